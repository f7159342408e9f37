/* The index of all jobs. Data comes from classic scripts (search/meta.js, search/jobs-0000.js …), because file://
   lets a page run a script beside it but not fetch one. Each shard is columns, newest job first, in one JSON string:
   JSON.parse of a string is quicker than the same data as an object literal. Columns: archiver/search.py.
   The 40 newest jobs are in the page without this file, and every job in the month pages. */
(function () {
  'use strict';
  var A = window.Archive, tr = A.tr, trn = A.trn, el = A.el, icon = A.icon, path = A.path, grouped = A.number, $ = function (s) { return document.querySelector(s); };
  var meta = null, shards = [], total = 0, loaded = 0, N = 0, DAY = 86400;
  var MISSING = 1, CHANGED = 2, GONE = 4, DAMAGED = 8;
  var starts = [];                               /* first job number of each shard */
  var result = new Uint32Array(0), orders = {}, terms = [], Q = A.query;
  var state = { q: '', p: '', d: '', from: '', to: '', s: '', ph: '', o: 'created', v: '' };
  var LATELY = 30;                               /* days before the newest change */
  var q = $('#q'), list = $('#list'), body = $('#rows'), count = $('#count'), bar = $('#load');
  /* the gravest first; a job may be several of these at once */
  var STATUS = [[DAMAGED, tr('Damaged'), 'bad', 'alert'], [GONE, tr('No longer upstream'), 'mute', 'off'], [MISSING, tr('Photos missing'), 'warn', 'alert'], [CHANGED, tr('Changed upstream'), 'mute', 'pen']];

  /* loading */
  A.index = function (m) {
    meta = m; total = m.jobs; setup();
    if (!total) { bar.hidden = true; say(trn('{n} job', '{n} jobs', 0)); ready(); }
    next(); next(); next(); next();
  };
  function column(text) { var a = text.split('\n'); return text.indexOf('\v') < 0 ? a : a.map(function (t) { return t.replace(/\v/g, '\n'); }); }
  A.shard = function (number, json) {              /* numbered from the oldest, so that a new job changes the last alone */
    var k = meta.shards.length - 1 - number;
    var s = JSON.parse(json), n = s.created.length, i, t = 0, d = 0;
    s.name = column(s.name); s.folder = column(s.folder); s.thumb = column(s.thumb); s.sub = column(s.sub); s.n = n;
    var created = new Float64Array(n), updated = new Float64Array(n), on = new Float64Array(n), uon = new Float64Array(n);
    for (i = 0; i < n; i++) {                      /* steps from job to job, and from creation to update */
      created[i] = t += s.created[i]; updated[i] = t + s.updated[i]; on[i] = d += s.day[i]; uon[i] = d + s.uday[i];
    }
    s.created = created; s.updated = updated; s.day = on; s.uday = uon;
    s.undated.forEach(function (j) { s.day[j] = NaN; }); s.still.forEach(function (j) { s.uday[j] = NaN; s.updated[j] = -Infinity; });
    s.photos = Uint32Array.from(s.photos); s.st = Uint8Array.from(s.st);
    /* one long lower-case string a shard and where each job starts in it: indexOf over it is the whole search engine */
    var parts = new Array(n), off = s.off = new Uint32Array(n + 1), pos = 0, all;
    for (i = 0; i < n; i++) {
      var p = s.name[i] + '\t' + names(s.who[i]) + '\t' + id(s, i) + '\t' + s.sub[i] + '\t' + (s.former[i] || '') + '\t' + (s.alt[i] || '');
      parts[i] = p.indexOf('\n') < 0 ? p : p.replace(/\n/g, ' ');
    }
    all = parts.join('\n') + '\n';
    if (Q.plain(all)) all = all.toLowerCase(); else { parts = parts.map(Q.fold); all = parts.join('\n') + '\n'; }
    for (i = 0; i < n; i++) { off[i] = pos; pos += parts[i].length + 1; }
    off[n] = pos; s.hay = all; shards[k] = s; loaded += n;
    merge();
  };
  function id(s, j) { var f = s.folder[j]; return s.ids[j] || f.slice(f.lastIndexOf('-') + 1); }
  function ready() { document.documentElement.dataset.ready = '1'; }
  /* when jobs were last verified: may be missing, may come late, and is read by this page alone */
  var checks = null;                               /* { place: Map of job id to place, at: seconds, bad: Set of places } */
  A.checks = function (json) {
    var c = JSON.parse(json), n = 0, oldest = Infinity;
    checks = { place: new Map(), at: c.at, bad: new Set(c.bad) };
    c.id.forEach(function (k, j) { checks.place.set(k, j); if (c.at[j] !== null) { n++; oldest = Math.min(oldest, c.at[j]); } });
    if (n) {
      var p = $('#checked'), when = new Date(oldest * 1000), t = el('time', 'num', zoned(when)); t.dateTime = when.toISOString();
      p.textContent = ''; p.append(el('span', 'sep', '·')); around(p, n >= total ? tr('every job checked since {day}') : trn('{n} job checked, on {day}', '{n} jobs checked, the first on {day}', n), t);
    }
    stale = true; if (N) run(true);
  };
  /* photos that are used in other jobs as well, by folder; no part of an index that was handed over */
  var reused = {};
  A.reused = function (json) { reused = JSON.parse(json); stale = true; if (N) run(true); };
  function check(s, j) { return checks ? checks.place.get(id(s, j)) : undefined; }
  function bits(s, j) { return s.st[j] | (checks && checks.bad.size && checks.bad.has(check(s, j)) ? DAMAGED : 0); }
  var asked = 0, merged = 0;
  function next() {
    if (asked >= meta.shards.length) return;
    var sc = document.createElement('script'); sc.src = 'search/' + meta.shards[asked++]; sc.async = false;
    sc.onload = function () { sc.remove(); setTimeout(next, 0); }; sc.onerror = function () { A.calendar.label(); count.textContent = tr('A part of the index is missing: {file}', { file: sc.getAttribute('src') }); };
    document.head.append(sc);
  }
  function merge() {                              /* shards take their place in order */
    var first = merged === 0;
    while (shards[merged]) { starts[merged] = N; N += shards[merged].n; merged++; }
    bar.style.transform = 'scaleX(' + loaded / total + ')'; if (loaded >= total) { bar.hidden = true; ready(); setTimeout(A.calendar.label, 50); setTimeout(A.lines.start, 200); }
    orders = {}; found.clear(); stale = true;
    if (first || search || merged === 2 || loaded >= total || merged % 8 === 0) run(search ? search.keep : !first);
  }
  function names(ids) { for (var r = '', i = 0; i < ids.length; i++) r += meta.people[ids[i]] + '\t'; return r; }
  function at(i) { var k = i < shards[0].n ? 0 : 1 + ((i - shards[0].n) / meta.per | 0); return [shards[k], i - starts[k]]; }

  /* search: every term must be in a job's row or in its chat. It goes shard by shard, the newest jobs first, and lets
     go of the browser every few milliseconds: the rows in view are shown as soon as they are known. */
  var found = new Map(), FOUND = 24, SLICE = 10;   /* what was typed last, by text: { flags: one a job, n: hits a shard }; ms */
  function inRows(text, k) {                       /* the jobs of a shard, and maybe of others, whose row holds the text */
    var one = found.get(text), part = null, s = shards[k], h = s.hay, off = s.off, b = starts[k], n = 0, p, r, i;
    if (!one) {
      found.set(text, one = { flags: new Uint8Array(N), n: new Int32Array(merged).fill(-1) });
      if (found.size > FOUND) found.delete(found.keys().next().value);
    }
    if (one.n[k] >= 0) return one.flags;
    found.forEach(function (x, t) { if (x.n[k] >= 0 && text.indexOf(t) >= 0 && (!part || x.n[k] < part.n[k])) part = x; });
    if (part && part.n[k] * 4 < s.n)               /* typed on: look only where its beginning was */
      for (i = 0; i < s.n; i++) { if (part.flags[b + i] && h.slice(off[i], off[i + 1]).indexOf(text) >= 0) { one.flags[b + i] = 1; n++; } }
    else
      for (p = h.indexOf(text), r = 0; p >= 0; p = h.indexOf(text, off[r])) { while (off[r + 1] <= p) r++; one.flags[b + r++] = 1; n++; }
    one.n[k] = n; return one.flags;
  }
  A.chatCame = function () { if (terms.length) run(true); };
  var search = null;                               /* the search on its way */
  function day(y, m, d) { return Date.UTC(y, m, d) / 1000 / DAY; }          /* days as in the archive's time zone */
  function run(keep) {
    clearTimeout(search && search.next); terms = Q.parse(state.q);
    var photos = mode === 'photos', w = { keep: keep, photos: photos, who: state.p === '' ? -1 : +state.p, lo: -Infinity, hi: Infinity, none: state.d === 'none', st: /^\d+$/.test(state.s) ? +state.s : -1, since: state.s === 'new' ? newest() - LATELY : NaN };
    if (/^\d{4}$/.test(state.d)) { w.lo = day(+state.d, 0, 1); w.hi = day(+state.d + 1, 0, 1); }
    else if (/^\d{4}-\d\d$/.test(state.d)) { var y = +state.d.slice(0, 4), m = +state.d.slice(5) - 1; w.lo = day(y, m, 1); w.hi = day(y, m + 1, 1); }
    else if (state.d === 'range') { if (state.from) w.lo = Date.parse(state.from) / 1000 / DAY; if (state.to) w.hi = Date.parse(state.to) / 1000 / DAY + 1; }
    w.dated = w.lo > -Infinity || w.hi < Infinity;
    w.jobs = { who: photos ? -1 : w.who, dated: w.dated && !photos, none: w.none && !photos };
    w.chat = terms.map(function (t) { return A.lines.jobs(t, total); }); w.coming = w.chat.indexOf(null) >= 0;
    w.any = terms.length || w.who >= 0 || state.s || state.d || state.ph;
    w.order = order(state.o); w.ok = new Uint8Array(N); w.out = new Uint32Array(N); w.k = w.n = 0; w.was = result.length;
    w.need = photos || w.order ? Infinity : (Math.ceil(((keep ? Math.max(0, scrollY - top()) : 0) + innerHeight) / rowH) + SPARE) * cols;
    $('#clear').hidden = !w.any;
    search = w; goOn(w, SLICE);
  }
  function goOn(w, time) {
    var end = performance.now() + time;
    while (w.k < merged && (w.shown || w.n < w.need)) { take(w, w.k++); if (performance.now() > end) break; }
    function later() { if (search === w) w.next = setTimeout(goOn, 0, w, time); }
    if (w.k >= merged) whole(w);
    else if (w.shown || w.n < w.need) later();
    else { show(w); requestAnimationFrame(later); }  /* the browser draws it first */
  }
  function take(w, k) {                            /* the jobs of a shard that are wanted */
    var s = shards[k], b = starts[k], last = b + s.n, ok = w.ok, jobs = w.jobs, i, d;
    if (!terms.length) ok.fill(1, b, last);
    terms.forEach(function (t, n) {
      var has = n ? new Uint8Array(s.n) : ok.subarray(b, last), x;
      t.alts.forEach(function (alt) {              /* a term is there in one of its ways, which may be several texts */
        var all = alt.hay.map(function (h) { return inRows(h, k); });
        if (all.length === 1 && alt === t.alts[0]) has.set(all[0].subarray(b, last));
        else for (i = 0; i < s.n; i++) { if (!has[i]) { for (x = 0; x < all.length && all[x][b + i]; x++); has[i] = +(x === all.length); } }
      });
      if (w.chat[n]) for (i = 0; i < s.n; i++) has[i] |= w.chat[n][b + i];
      if (n) for (i = 0; i < s.n; i++) ok[b + i] &= has[i];
    });
    if (jobs.who >= 0 || w.st >= 0 || jobs.dated || jobs.none || state.ph || state.s)
      for (i = 0; i < s.n; i++) if (ok[b + i]) {
        d = s.day[i];                              /* NaN: no date */
        if (jobs.dated && !(d >= w.lo && d < w.hi) || jobs.none && d === d || jobs.who >= 0 && s.who[i].indexOf(jobs.who) < 0 || state.ph && !s.photos[i] || state.s === 'new' && !(s.uday[i] >= w.since) || state.s === 'again' && !reused[s.folder[i]]) ok[b + i] = 0;
        else if (w.st >= 0) { var is = bits(s, i); if (w.st ? !(is & w.st) : is) ok[b + i] = 0; }
      }
    if (!w.order) for (i = b; i < last; i++) if (ok[i]) w.out[w.n++] = i;
  }
  function show(w) {                               /* what is known so far, if it fills the window */
    result = w.out.subarray(0, w.n);
    if (!w.shown && !w.keep) { active = -1; if (scrollY > top()) scrollTo(0, top()); }
    paint(!w.shown); w.shown = true;
  }
  function whole(w) {
    var i, dated = w.dated && [w.lo * DAY, w.hi * DAY]; search = null;
    if (!w.coming) document.documentElement.dataset.searched = state.q;
    if (w.photos) { pictures(w.who, dated || null, w.none, terms.length || state.s ? w.ok : null); return; }
    if (w.order) for (i = 0; i < N; i++) if (w.ok[w.order[i]]) w.out[w.n++] = w.order[i];
    say((w.any ? tr('{n} of {total} jobs', { n: grouped(w.n), total: grouped(total) }) : trn('{n} job', '{n} jobs', w.n)) + (loaded < total ? tr(', still reading') : w.coming ? tr(', reading chat') : ''));
    $('#empty').hidden = w.n > 0 || w.coming;
    list.querySelector('table').setAttribute('aria-rowcount', w.n + 1);
    show(w);
  }
  function finish() { if (search) { clearTimeout(search.next); search.need = Infinity; goOn(search, Infinity); } }
  /* photos: by person and day of upload; words and status choose their jobs */
  var places = null;                               /* job number by folder */
  function place(folder) {
    if (!places || places.of !== N) { places = new Map(); places.of = N; for (var k = 0; k < merged; k++) for (var j = 0; j < shards[k].n; j++) places.set(shards[k].folder[j], starts[k] + j); }
    return places.get(folder);
  }
  function pictures(who, days, none, ok) {
    if (loaded < total) { say(tr('still reading')); return; }
    A.photoList.show({
      person: who < 0 ? null : meta.people[who], dated: !!days, from: days && days[0], to: days && days[1], none: none, oldest: state.o === 'oldest',
      jobs: ok && function (f) { var i = place(f); return i !== undefined && ok[i] === 1; },
      title: function (f) { var i = place(f), g = i === undefined ? null : at(i); return g && g[0].name[g[1]] || tr('(no title)'); },
      noPicture: function () { var e = el('span', 'none'); e.append(icon('noimg')); return e; },
      say: function (text, any) { say(text); $('#empty').hidden = any; }, over: function () { return $('.find').offsetHeight; }, back: function () { q.focus(); }
    });
  }
  function newest() { var d = -Infinity; for (var k = 0; k < merged; k++) for (var i = 0, u = shards[k].uday; i < u.length; i++) if (u[i] > d) d = u[i]; return d; }
  function order(o) {
    if (o === 'created') return null;
    if (orders[o]) return orders[o];
    var ix = new Uint32Array(N), i; for (i = 0; i < N; i++) ix[i] = i;
    if (o === 'oldest') ix.reverse();
    else {
      var key = o === 'name' ? new Array(N) : new Float64Array(N), g = 0;
      for (var k = 0; k < merged; k++) { var s = shards[k]; for (i = 0; i < s.n; i++) key[g++] = o === 'name' ? s.name[i].toLowerCase() : o === 'updated' ? s.updated[i] : s.photos[i]; }
      ix.sort(o === 'name' ? function (a, b) { return key[a] < key[b] ? -1 : key[a] > key[b] ? 1 : a - b; } : function (a, b) { return key[b] - key[a] || a - b; });
    }
    return (orders[o] = ix);
  }
  var sayT, said = ''; function tell() { clearTimeout(sayT); count.textContent = said; }
  function say(t) { said = t; clearTimeout(sayT); sayT = setTimeout(tell, 120); if (!count.textContent) tell(); }

  /* the list: only what is in view is in the document */
  var SPARE = 3, stale = false;                    /* rows beyond what is in view; whether rows must be made anew */
  var live = new Map(), padA = pad(), padB = pad(), active = -1, rowH = 60, cols = 1, mode = A.prefs.get('list') || 'dense';
  function pad() { var t = el('tr', 'pad'), d = el('td'); t.setAttribute('aria-hidden', 'true'); t.append(d); return t; }
  function over() { return $('.find').offsetHeight + (mode === 'dense' && innerWidth > 720 ? 34 : 0); }   /* what covers the top of the list */
  function top() { return body.getBoundingClientRect().top + scrollY - over(); }
  function measure() {
    stale = true;
    document.documentElement.style.setProperty('--find-h', $('.find').offsetHeight + 'px');
    list.className = mode; list.hidden = mode === 'photos'; document.getElementById('v-' + mode).checked = true;
    $('#date optgroup').label = mode === 'photos' ? tr('Uploaded in') : tr('Created in'); $('#none').textContent = mode === 'photos' ? tr('No photo matches.') : total ? tr('No job matches.') : tr('No job yet.');
    if (mode === 'photos') return;
    A.photoList.show(null);
    if (mode === 'cards') { var w = list.clientWidth; cols = Math.max(2, Math.floor((w + 16) / 232)); rowH = 288; list.style.setProperty('--cols', cols); }
    else { cols = 1; rowH = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--row-h')) ; }
  }
  /* paper has no scroll: what was found stands there as a whole, up to so many rows; the count says so */
  var PAPER = 1000, paper = false;
  function print(on) {
    if (on) finish();
    tell(); paper = on; measure(); if (on) { list.className = 'dense'; cols = 1; }
    paint(true); A.photoList.paper(on && PAPER);
    if (on && mode !== 'photos' && result.length > PAPER) count.textContent = tr('{n} of {total} jobs', { n: grouped(PAPER), total: grouped(result.length) });
  }
  addEventListener('beforeprint', function () { print(true); });
  addEventListener('afterprint', function () { print(false); });
  function paint(fresh) {
    if (!N || mode === 'photos') return;
    var there = new Map(), y = scrollY - top(), lines = Math.ceil(Math.max(result.length, search ? search.was : 0) / cols), a = Math.max(0, Math.floor(y / rowH) - SPARE), b = Math.min(lines, Math.ceil((y + innerHeight) / rowH) + SPARE);
    if (fresh) { live.forEach(function (t) { if (stale) t.remove(); else there.set(t.job, t); }); live.clear(); stale = false; }
    if (paper) { a = 0; b = Math.min(lines, Math.ceil(PAPER / cols)); }
    if (a > b) a = Math.max(0, b - 1);
    var i0 = a * cols, i1 = Math.min(result.length, b * cols);
    if (padA.parentNode !== body) { body.textContent = ''; body.append(padA, padB); }
    live.forEach(function (t, i) { if (i < i0 || i >= i1) { t.remove(); live.delete(i); } });
    var after = padA;
    for (var i = i0; i < i1; i++) {
      var t = live.get(i), job = result[i];
      if (!t && (t = there.get(job))) { there.delete(job); if (terms.length || t.said || t.at !== i) name(t, i); live.set(i, t); }   /* its picture need not be read again */
      if (!t) { t = row(i); live.set(i, t); }
      if (after.nextSibling !== t) after.after(t);
      after = t;
    }
    there.forEach(function (t) { t.remove(); });
    padA.style.height = a * rowH + 'px'; padB.style.height = (lines - b) * rowH + 'px';
    padA.hidden = a === 0; padB.hidden = b >= lines || paper;
  }
  function dmy(d) { return A.day(d.getUTCDate(), d.getUTCMonth() + 1, d.getUTCFullYear()); }
  function around(e, text, node) { var k = text.indexOf('{'); e.append(text.slice(0, k), node, text.slice(text.indexOf('}') + 1)); return e; }    /* an element in the place of a message's last placeholder */
  function hit(e, text) { return Q.mark(e, text, terms.length ? Q.places(text, terms, false) : []); }
  var inZone = null;
  function zoned(d) {                              /* the day of an instant, as in the archive's time zone */
    var p = {}; try { inZone = inZone || new Intl.DateTimeFormat('en-US', { day: 'numeric', month: 'numeric', year: 'numeric', timeZone: meta.timezone }); inZone.formatToParts(d).forEach(function (x) { p[x.type] = +x.value; }); } catch (e) { return dmy(d); }
    return A.day(p.day, p.month, p.year);
  }
  function date(sec, day) {                        /* the day as in the archive's time zone, the instant in UTC */
    if (day !== day) return el('span', 'none', tr('no date'));
    var d = new Date(sec * 1000), u = d.toISOString(), t = el('time', 'num', dmy(new Date(day * DAY * 1000)));
    t.dateTime = u.slice(0, 19) + 'Z'; t.title = u.replace('T', ' ').slice(0, 19) + ' UTC'; return t;
  }
  function name(t, i) {                            /* what of a row depends on its place and on what was typed */
    var g = at(t.job), s = g[0], j = g[1], c = t.querySelector('.c-name'), a = el('a'), sub = hit(el('span', 'sub'), s.sub[j]), was = former(s, j);
    t.at = i; t.said = terms.length; t.setAttribute('aria-rowindex', i + 2); a.dir = sub.dir = 'auto';
    if (s.name[j]) hit(a, s.name[j]); else a.append(tr('(no title)'));
    a.href = base(s.folder[j]) + 'index.html'; a.dataset.i = i; c.replaceChildren(a, was || sub);
    if (terms.length && !was && !shows(s, j)) line(sub, t.job, a);
  }
  function row(i) {
    var g = at(result[i]), s = g[0], j = g[1], t = el('tr'), c;
    t.job = result[i];
    c = el('td', 'c-img');
    if (s.thumb[j]) {
      var im = el('img'); im.alt = ''; im.decoding = 'async'; im.loading = 'lazy'; im.width = 56; im.height = 44;
      im.src = base(s.folder[j]) + path(s.thumb[j].indexOf('/') < 0 ? 'data/thumbnails/' + s.thumb[j] : s.thumb[j]); c.append(im);
    } else { var no = el('span', 'none'); no.append(icon('noimg')); c.append(no); }
    if (reused[s.folder[j]]) { var twice = el('span', 'again'); twice.title = tr('Photos used in several jobs'); twice.append(icon('sheet'), el('span', 'vh', twice.title)); c.append(twice); }
    t.append(c);
    t.append(el('td', 'c-name')); name(t, i);
    c = el('td', 'c-ppl'); var ids = s.who[j], label = ids.map(function (p) { return meta.people[p]; }).join(', ');
    ids.slice(0, 4).forEach(function (p) { var v = el('span', 'av s av' + tint(meta.people[p]), initials(meta.people[p])); v.setAttribute('aria-hidden', 'true'); c.append(v); });
    if (ids.length > 4) { var more = el('span', 'more', '+' + (ids.length - 4)); more.setAttribute('aria-hidden', 'true'); c.append(more); }
    c.title = label; c.append(el('span', 'vh', label)); t.append(c);
    t.append(el('td', 'c-num num', grouped(s.photos[j])));
    c = el('td', 'c-date'); c.append(date(s.created[j], s.day[j])); t.append(c);
    c = el('td', 'c-date c-upd'); c.append(date(s.updated[j], s.uday[j])); t.append(c);
    c = el('td', 'c-st'); state_(c, bits(s, j)); var k = check(s, j);
    if (k !== undefined && checks.at[k] !== null && mode === 'dense') c.append(el('span', 'sub', tr('checked {day}', { day: zoned(new Date(checks.at[k] * 1000)) })));
    t.append(c);
    return t;
  }
  function has(text, term) { return term.alts.some(function (a) { return a.hay.every(function (h) { return text.indexOf(h) >= 0; }); }); }
  function shows(s, j) {                           /* whether the row says by itself why it is here */
    var text = Q.fold(s.name[j] + '\t' + names(s.who[j]) + '\t' + id(s, j) + '\t' + (s.former[j] || '') + '\t' + (s.alt[j] || ''));
    return terms.every(function (t) { return has(text, t); });
  }
  function former(s, j) {                          /* a job found by a name it had before says so */
    if (!s.former[j] || !terms.length || terms.every(function (t) { return has(Q.fold(s.name[j]), t); })) return null;
    var old = s.former[j].split('\t').filter(function (n) { return terms.some(function (t) { return has(Q.fold(n), t); }); })[0];
    if (!old) return null;
    var b = el('bdi'); hit(b, old); return around(el('span', 'sub'), tr('Formerly {name}'), b);
  }
  function line(sub, job, title) {                 /* the line of chat that was found, in the place of the job's first words */
    var asked = terms;
    A.lines.best(job, total, terms, function (l) {
      if (!l || asked !== terms || !sub.parentNode) return;
      var spots = Q.places(l.text, asked, true), all = l.text;
      if (!spots.length) spots = Q.places(all, asked, false);
      var from = densest(spots), cut = from > 48 ? all.indexOf(' ', from - 32) + 1 : 0;
      if (cut > from) cut = from;
      var a = el('a', 'sub line'), who = el('b', '', l.person + (l.former ? ' ' + tr('(edited since)') : '') + ': '), said = el('span');
      said.dir = who.dir = 'auto'; a.href = title.getAttribute('href') + '#m' + String(l.message).padStart(4, '0'); a.dataset.i = title.dataset.i;
      Q.mark(said, (cut ? '…' : '') + all.slice(cut, cut + 240), spots.map(function (x) { return [x[0] - cut + !!cut, x[1] - cut + !!cut]; }).filter(function (x) { return x[1] <= 240; }));
      a.append(who, said); if (l.more) a.append(el('span', 'more', ' +' + l.more));
      sub.replaceWith(a);
    });
  }
  function densest(spots) {                        /* where the words that were typed stand closest, the rarer ones before all */
    var many = [], top = 0, from = 0;
    spots.forEach(function (x) { many[x[2]] = (many[x[2]] || 0) + 1; });
    spots.forEach(function (x, i) {
      for (var seen = [], sum = 0; i < spots.length && spots[i][1] - x[0] <= 60; i++) if (!seen[spots[i][2]]) { seen[spots[i][2]] = 1; sum += 1 / many[spots[i][2]]; }
      if (sum > top) { top = sum; from = x[0]; }
    });
    return from;
  }
  function state_(c, b) {                          /* the gravest in sight, the others for who listens */
    var all = STATUS.filter(function (x) { return b & x[0]; }), x = all[0];
    if (!x) { if (mode === 'dense') c.append(el('span', 'tag quiet', tr('Complete'))); return; }
    var tag = el('span', 'tag ' + x[2]); tag.append(icon(x[3]), x[1]); c.append(tag);
    if (all.length > 1) { c.title = all.map(function (y) { return y[1]; }).join(', '); c.append(el('span', 'vh', ', ' + all.slice(1).map(function (y) { return y[1]; }).join(', '))); }
  }
  function base(f) { return 'jobs/' + path(f) + '/'; }
  /* as archiver/pagetext.py does them */
  function initials(n) {
    var l = n.split(/\s+/).map(function (w) { return (w.match(/[\p{L}\p{N}]/u) || [''])[0]; }).filter(Boolean);
    return l.length ? (l[0] + (l.length > 1 ? l[l.length - 1] : '')).toUpperCase() : '·';
  }
  var tints = {};
  function tint(n) {                               /* CRC-32 of the name, as in Python's zlib */
    if (n in tints) return tints[n];
    var c = -1; new TextEncoder().encode(n).forEach(function (b) { c ^= b; for (var k = 0; k < 8; k++) c = c >>> 1 ^ (c & 1 ? 0xedb88320 : 0); });
    return (tints[n] = ((c ^ -1) >>> 0) % 8);
  }

  /* controls */
  function setup() {
    meta.people.map(function (n, i) { return [n, i]; }).sort(function (a, b) { return a[0].localeCompare(b[0], document.documentElement.lang); })
      .forEach(function (p) { var o = el('option', '', p[0]); o.value = p[1]; $('#person').append(o); });
    var years = {}; Object.keys(meta.months).forEach(function (k) { years[k.slice(0, 4)] = 1; });
    Object.keys(years).sort().reverse().forEach(function (y) { var o = el('option', '', y); o.value = y; $('#date optgroup').append(o); });
    A.calendar.setup(meta.months, function (m) { state.d = state.d === m ? '' : m; sync(); run(); });
    read(); measure(); sync(true);
  }
  function read() { var h = new URLSearchParams(location.hash.slice(1)); for (var k in state) state[k] = h.get(k) || (k === 'o' ? 'created' : ''); mode = /^(dense|cards|photos)$/.test(state.v) ? state.v : A.prefs.get('list') || 'dense'; }
  function sync(quiet, typing) {
    if (q.value !== state.q) q.value = state.q;
    var d = $('#date'), extra = $('#date-months'), year = /^\d{4}/.test(state.d) ? state.d.slice(0, 4) : '';
    if (extra && extra.dataset.year !== year) { extra.remove(); extra = null; }
    if (year && !extra) {                          /* the months of the year that is chosen */
      var group = el('optgroup'); group.id = 'date-months'; group.dataset.year = year; group.label = tr('{year} by month', { year: year });
      for (var m = 1; m <= 12; m++) { var o = el('option'); o.value = year + '-' + (m < 10 ? '0' : '') + m; o.textContent = A.calendar.month(o.value); group.append(o); }
      d.append(group);
    }
    $('#person').value = state.p; d.value = state.d; $('#status').value = state.s; $('#sort').value = state.o; $('#from').value = state.from; $('#to').value = state.to;
    $('#ph').checked = !!state.ph;
    $('#range').hidden = state.d !== 'range';
    [['#person', state.p], ['#date', state.d], ['#status', state.s]].forEach(function (x) { $(x[0]).parentNode.classList.toggle('on', x[1] !== ''); });
    A.calendar.mark(state.d);
    document.querySelectorAll('th[data-o]').forEach(function (th) { var o = state.o, k = th.dataset.o; if (o === k || k === 'created' && o === 'oldest') th.setAttribute('aria-sort', o === 'name' || o === 'oldest' ? 'ascending' : 'descending'); else th.removeAttribute('aria-sort'); });
    clearTimeout(addressed); addressed = 0;
    if (typing) addressed = setTimeout(address, 200); else if (!quiet) address();
  }
  var addressed = 0;
  function address() {                             /* not with every keystroke: browsers count how often it changes */
    addressed = 0;
    var h = new URLSearchParams(); for (var k in state) if (state[k] && !(k === 'o' && state[k] === 'created')) h.set(k, state[k]);
    try { history.replaceState(null, '', '#' + h); } catch (e) { /* the address stays as it is */ }
  }
  addEventListener('pagehide', function () { if (addressed) address(); });
  q.addEventListener('input', function () { state.q = q.value; sync(false, true); run(); });
  $('#ph').addEventListener('change', function (e) { state.ph = e.target.checked ? '1' : ''; sync(); run(); });
  [['#person', 'p'], ['#date', 'd'], ['#status', 's'], ['#sort', 'o'], ['#from', 'from'], ['#to', 'to']].forEach(function (x) { $(x[0]).addEventListener('change', function (e) { state[x[1]] = e.target.value; sync(); run(); }); });
  $('form').addEventListener('submit', function (e) { e.preventDefault(); });
  document.querySelectorAll('th[data-o] button').forEach(function (b) { b.addEventListener('click', function () { var k = b.parentNode.dataset.o; state.o = k === 'created' && state.o === 'created' ? 'oldest' : k; sync(); run(); }); });
  $('#clear').addEventListener('click', function () { state = { q: '', p: '', d: '', from: '', to: '', s: '', ph: '', o: state.o, v: state.v }; sync(); run(); q.focus(); });
  addEventListener('hashchange', function () { read(); measure(); sync(true); run(); });
  document.querySelectorAll('input[name="list"]').forEach(function (r) { r.addEventListener('change', function () { mode = r.value; state.v = mode === 'dense' ? '' : mode; A.prefs.set('list', mode === 'photos' ? null : mode); measure(); sync(); run(true); }); });
  var tick = 0; addEventListener('scroll', function () { if (!tick) tick = requestAnimationFrame(function () { tick = 0; paint(false); }); }, { passive: true });
  addEventListener('resize', function () { measure(); paint(true); });

  /* keys */
  function go(i) {
    finish(); if (!result.length) return;
    i = Math.max(0, Math.min(result.length - 1, i)); active = i;
    var y = top() + Math.floor(i / cols) * rowH, h = innerHeight - over();
    if (scrollY > y) scrollTo(0, y); else if (scrollY + h < y + rowH) scrollTo(0, y + rowH - h);
    paint(false); var a = live.get(i) && live.get(i).querySelector('a'); if (a) a.focus({ preventScroll: true });
  }
  document.addEventListener('keydown', function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    var t = e.target, inRow = t.dataset && t.dataset.i != null, inField = /^(INPUT|SELECT)$/.test(t.tagName);
    if (e.key === '/' && !inField && A.prefs.get('keys') !== 'off') { q.focus(); q.select(); e.preventDefault(); }
    else if (t === q && e.key === 'ArrowDown') { if (mode === 'photos') A.photoList.go(); else go(active < 0 ? 0 : active); e.preventDefault(); }
    else if (t === q && e.key === 'Escape' && q.value) { state.q = ''; sync(); run(); e.preventDefault(); }
    else if (inRow || t === document.body && active >= 0) {
      finish();
      var page = Math.max(1, Math.floor((innerHeight - over()) / rowH) - 1) * cols, i = inRow ? +t.dataset.i : active;
      var to = { ArrowDown: i + cols, ArrowUp: i - cols, ArrowRight: i + 1, ArrowLeft: i - 1, PageDown: i + page, PageUp: i - page, Home: 0, End: result.length - 1 }[e.key];
      if (e.key === 'ArrowUp' && i < cols) { q.focus(); e.preventDefault(); } else if (to != null && (cols > 1 || !/Left|Right/.test(e.key))) { go(to); e.preventDefault(); }
      else if (e.key === 'Escape') q.focus();
    }
  });
  ['search/meta.js', 'search/checks.js'].concat($('#status [value="again"]') ? 'search/reused.js' : []).forEach(function (src) {
    var s = document.createElement('script'); s.src = src; s.async = false; document.head.append(s);
  });
})();
