/* A row of the index: a job's first picture, its name with what was found, people, photos, dates and state. */
(function () {
  'use strict';
  var A = window.Archive, J = A.jobs, S = A.search, Q = A.query, tr = A.tr, el = A.el, icon = A.icon;
  var FACES = 4;                                   /* people shown by their initials */
  /* the gravest first; a job may be several of these at once */
  var STATUS = [
    [J.DAMAGED, tr('Damaged'), 'bad', 'alert'],
    [J.GONE, tr('No longer upstream'), 'mute', 'off'],
    [J.MISSING, tr('Photos missing'), 'warn', 'alert'],
    [J.CHANGED, tr('Changed upstream'), 'mute', 'pen']
  ];
  A.rows = { make: make, place: place, around: around, zoned: zoned };

  function make(job, i, dense) {                   /* the row of a job, number i of those found */
    var g = J.at(job), s = g[0], j = g[1], t = el('tr'), c;
    t.job = job;
    t.append(picture(s, j), el('td', 'c-name')); place(t, i);
    t.append(people(s, j), el('td', 'c-num num', A.number(s.photos[j])));
    c = el('td', 'c-date'); c.append(date(s.created[j], s.day[j])); t.append(c);
    c = el('td', 'c-date c-upd'); c.append(date(s.updated[j], s.uday[j])); t.append(c);
    t.append(standing(s, j, dense));
    return t;
  }
  function picture(s, j) {
    var c = el('td', 'c-img'), thumb = s.thumb[j];
    if (thumb) {
      var im = el('img'); im.alt = ''; im.decoding = 'async'; im.loading = 'lazy'; im.width = 56; im.height = 44;
      im.src = base(s.folder[j]) + A.path(thumb.indexOf('/') < 0 ? 'data/thumbnails/' + thumb : thumb); c.append(im);
    } else { var no = el('span', 'none'); no.append(icon('noimg')); c.append(no); }
    if (J.reused[s.folder[j]]) {
      var twice = el('span', 'again'); twice.title = tr('Photos used in several jobs');
      twice.append(icon('sheet'), el('span', 'vh', twice.title)); c.append(twice);
    }
    return c;
  }
  function people(s, j) {
    var c = el('td', 'c-ppl'), ids = s.who[j], label = ids.map(function (p) { return J.meta.people[p]; }).join(', ');
    ids.slice(0, FACES).forEach(function (p) {
      var name = J.meta.people[p], face = el('span', 'av s av' + tint(name), initials(name));
      face.setAttribute('aria-hidden', 'true'); c.append(face);
    });
    if (ids.length > FACES) { var more = el('span', 'more', '+' + (ids.length - FACES)); more.setAttribute('aria-hidden', 'true'); c.append(more); }
    c.title = label; c.append(el('span', 'vh', label));
    return c;
  }
  function standing(s, j, dense) {                 /* the gravest in sight, the others for who listens */
    var c = el('td', 'c-st'), b = J.bits(s, j), all = STATUS.filter(function (x) { return b & x[0]; }), x = all[0], k = J.check(s, j);
    if (x) {
      var tag = el('span', 'tag ' + x[2]); tag.append(icon(x[3]), x[1]); c.append(tag);
    } else if (dense) c.append(el('span', 'tag quiet', tr('Complete')));
    if (all.length > 1) {
      c.title = all.map(function (y) { return y[1]; }).join(', ');
      c.append(el('span', 'vh', ', ' + all.slice(1).map(function (y) { return y[1]; }).join(', ')));
    }
    if (dense && k !== undefined && J.checks.at[k] !== null)
      c.append(el('span', 'sub', tr('checked {day}', { day: zoned(new Date(J.checks.at[k] * 1000)) })));
    return c;
  }

  /* what of a row depends on its place and on what was typed */
  function place(t, i) {
    if (!S.terms.length && !t.said && t.at === i) return;
    var g = J.at(t.job), s = g[0], j = g[1], a = el('a'), sub = hit(el('span', 'sub'), s.sub[j]), was = former(s, j);
    t.at = i; t.said = S.terms.length; t.setAttribute('aria-rowindex', i + 2); a.dir = sub.dir = 'auto';
    if (s.name[j]) hit(a, s.name[j]); else a.append(tr('(no title)'));
    a.href = base(s.folder[j]) + 'index.html'; a.dataset.i = i;
    t.querySelector('.c-name').replaceChildren(a, was || sub);
    if (S.terms.length && !was && !shows(s, j)) line(sub, t.job, a);
  }
  function hit(e, text) { return Q.mark(e, text, S.terms.length ? Q.places(text, S.terms, false) : []); }
  function shows(s, j) {                           /* whether the row says by itself why it is here */
    var text = Q.fold(J.words(s, j));
    return S.terms.every(function (t) { return S.has(text, t); });
  }
  function former(s, j) {                          /* a job found by a name it had before says so */
    if (!s.former[j] || !S.terms.length) return null;
    var now = Q.fold(s.name[j]);
    if (S.terms.every(function (t) { return S.has(now, t); })) return null;
    var old = s.former[j].split('\t').filter(function (n) { return S.terms.some(function (t) { return S.has(Q.fold(n), t); }); })[0];
    return old ? around(el('span', 'sub'), tr('Formerly {name}'), hit(el('bdi'), old)) : null;
  }
  function line(sub, job, title) {                 /* the line of chat that was found, in the place of the job's first words */
    var asked = S.terms;
    A.lines.best(job, J.total, asked, function (l) {
      if (!l || asked !== S.terms || !sub.parentNode) return;
      var all = l.text, spots = Q.places(all, asked, true);
      if (!spots.length) spots = Q.places(all, asked, false);
      var from = densest(spots), cut = from > 48 ? Math.min(from, all.indexOf(' ', from - 32) + 1) : 0;
      var a = el('a', 'sub line'), who = el('b', '', l.person + (l.former ? ' ' + tr('(edited since)') : '') + ': '), said = el('span');
      said.dir = who.dir = 'auto'; a.dataset.i = title.dataset.i;
      a.href = title.getAttribute('href') + '#m' + String(l.message).padStart(4, '0');
      spots = spots.map(function (x) { return [x[0] - cut + !!cut, x[1] - cut + !!cut]; }).filter(function (x) { return x[1] <= 240; });
      Q.mark(said, (cut ? '…' : '') + all.slice(cut, cut + 240), spots);
      a.append(who, said); if (l.more) a.append(el('span', 'more', ' +' + l.more));
      sub.replaceWith(a);
    });
  }
  function densest(spots) {                        /* where the words that were typed stand closest, the rarer ones before all */
    var many = [], top = 0, from = 0;
    spots.forEach(function (x) { many[x[2]] = (many[x[2]] || 0) + 1; });
    spots.forEach(function (x, i) {
      var seen = [], sum = 0;
      for (; i < spots.length && spots[i][1] - x[0] <= 60; i++) {
        var word = spots[i][2];
        if (!seen[word]) { seen[word] = true; sum += 1 / many[word]; }
      }
      if (sum > top) { top = sum; from = x[0]; }
    });
    return from;
  }
  function base(folder) { return 'jobs/' + A.path(folder) + '/'; }

  /* dates */
  function date(sec, day) {                        /* the day as in the archive's time zone, the instant in UTC */
    if (day !== day) return el('span', 'none', tr('no date'));
    var utc = new Date(sec * 1000).toISOString(), t = el('time', 'num', dmy(new Date(day * S.DAY * 1000)));
    t.dateTime = utc.slice(0, 19) + 'Z'; t.title = utc.replace('T', ' ').slice(0, 19) + ' UTC';
    return t;
  }
  function dmy(d) { return A.day(d.getUTCDate(), d.getUTCMonth() + 1, d.getUTCFullYear()); }
  var inZone = null;
  function zoned(d) {                              /* the day of an instant, as in the archive's time zone */
    var p = {};
    try {
      inZone = inZone || new Intl.DateTimeFormat('en-US', { day: 'numeric', month: 'numeric', year: 'numeric', timeZone: J.meta.timezone });
      inZone.formatToParts(d).forEach(function (x) { p[x.type] = +x.value; });
    } catch (e) { return dmy(d); }                 /* a zone that the browser does not know */
    return A.day(p.day, p.month, p.year);
  }
  function around(e, text, node) {                 /* an element in the place of a message's last placeholder */
    var k = text.indexOf('{');
    e.append(text.slice(0, k), node, text.slice(text.indexOf('}') + 1));
    return e;
  }

  /* as archiver/pagetext.py does them */
  function initials(n) {
    var l = n.split(/\s+/).map(function (w) { return (w.match(/[\p{L}\p{N}]/u) || [''])[0]; }).filter(Boolean);
    return l.length ? (l[0] + (l.length > 1 ? l[l.length - 1] : '')).toUpperCase() : '·';
  }
  var tints = {};
  function tint(n) {                               /* CRC-32 of the name, as in Python's zlib */
    if (n in tints) return tints[n];
    var c = -1;
    new TextEncoder().encode(n).forEach(function (b) { c ^= b; for (var k = 0; k < 8; k++) c = c >>> 1 ^ (c & 1 ? 0xedb88320 : 0); });
    return (tints[n] = ((c ^ -1) >>> 0) % 8);
  }
})();
