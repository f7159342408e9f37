/* Photos by person and day of upload, across all jobs. search/photos.js names the months; each month is a file
   (archiver/photoshards.py), loaded when its days are looked at, the newest first, and only as far as one scrolls. */
(function () {
  'use strict';
  var A = window.Archive, tr = A.tr, el = A.el, DAY = 86400, box = document.getElementById('photos');
  var months = null, asked = false, data = {};     /* month: its columns, or null while they come */
  var want = null, todo = [], found = [], live = new Map(), cols = 6, rowH = 212, active = -1;
  var padA = gap(), padB = gap(), paper = 0;       /* tiles on paper at most, while the page is printed */

  function gap() { var g = el('div', 'gap'); g.setAttribute('aria-hidden', 'true'); return g; }

  /* loading */
  A.photos = function (m) { months = m.months; };
  A.month = function (key, json) {
    var m = JSON.parse(json), n = m.n.length, t = 0, at = new Float64Array(n), local = new Float64Array(n), i, k = 0;
    m.folder = m.folder.split('\n');
    if (!m.at.length) { at.fill(NaN); local.fill(NaN); }
    else m.shift.forEach(function (run) { for (i = 0; i < run[0]; i++, k++) { t -= m.at[k]; at[k] = t; local[k] = t + run[1]; } });
    m.at = at; m.local = local; m.n = Uint32Array.from(m.n); m.job = Uint32Array.from(m.job); m.by = Uint16Array.from(m.by);
    data[key] = m;
  };
  function more() {                                /* one month after the other, as far as is looked for */
    if (!want || !todo.length || !want.all && found.length > needed()) { tell(); return; }
    var key = todo[0], mine = want;
    if (data[key] === undefined) {
      data[key] = null;
      A.read('search/photos-' + key + '.js', function () { if (!data[key]) data[key] = { n: [] }; more(); });
    } else if (data[key]) { todo.shift(); pick(key); paint(false); setTimeout(function () { if (mine === want) more(); }, 0); }
  }
  function pick(key) {
    var m = data[key], w = want, n = m.n.length, who = w.person === null ? -1 : m.who ? m.who.indexOf(w.person) : -1, jobs = null;
    if (!n || w.person !== null && who < 0) return;
    if (w.jobs) jobs = m.folder.map(function (f) { return w.jobs(f); });
    for (var x = 0; x < n; x++) {
      var i = w.oldest ? n - 1 - x : x;
      if (who >= 0 && m.by[i] !== who || jobs && !jobs[m.job[i]]) continue;
      if (w.dated && !(m.local[i] >= w.from && m.local[i] < w.to)) continue;
      found.push(m, i);
    }
  }
  function number() { return found.length / 2; }
  function needed() { return 2 * cols * (Math.ceil((scrollY - top() + innerHeight) / rowH) + 6); }
  function sofar(n) { return want.free ? tr('{n} photos of {total}', { n: n, total: A.number(want.free) }) : tr('{n} photos so far', { n: n }); }
  function tell() {
    var n = number(), whole = !todo.length;
    if (want) want.say(whole ? A.trn('{n} photo', '{n} photos', n) : sofar(A.number(n)), n > 0 || !whole);
    if (whole) document.documentElement.dataset.photos = n;
  }

  /* the tiles: only those in view are in the document */
  function top() { return box.getBoundingClientRect().top + scrollY; }
  function measure() {
    var narrow = innerWidth <= 720;
    cols = Math.max(2, Math.floor((box.clientWidth + 12) / (narrow ? 120 : 180))); rowH = narrow ? 164 : 196;
    box.style.setProperty('--cols', cols);
  }
  function paint(fresh) {
    if (!want) return;
    if (fresh) { live.forEach(function (t) { t.remove(); }); live.clear(); }
    var n = number(), y = scrollY - top(), lines = Math.ceil(n / cols);
    var a = Math.max(0, Math.min(lines, Math.floor(y / rowH) - 2)), b = Math.min(lines, Math.max(0, Math.ceil((y + innerHeight) / rowH) + 2));
    if (paper) { a = 0; b = Math.min(lines, Math.ceil(paper / cols)); }
    var i0 = a * cols, i1 = Math.min(n, b * cols), after = padA;
    if (padA.parentNode !== box) box.append(padA, padB);
    live.forEach(function (t, i) { if (i < i0 || i >= i1) { t.remove(); live.delete(i); } });
    for (var i = i0; i < i1; i++) { var t = live.get(i); if (!t) { t = tile(i); live.set(i, t); after.after(t); } after = t; }
    padA.style.height = a * rowH + 'px'; padB.style.height = paper ? 0 : Math.max(0, lines - b) * rowH + 'px';
  }
  function clock(d) {
    return A.day(d.getUTCDate(), d.getUTCMonth() + 1, d.getUTCFullYear()) + ', ' + two(d.getUTCHours()) + ':' + two(d.getUTCMinutes());
  }
  function two(n) { return String(n).padStart(2, '0'); }
  var path = A.path = function (p) { return p.split('/').map(encodeURIComponent).join('/'); };
  function tile(k) {
    var m = found[2 * k], i = found[2 * k + 1], folder = m.folder[m.job[i]];
    var base = 'jobs/' + path(folder) + '/', no = String(m.n[i]).padStart(4, '0');
    var t = el('a', 'tile'), d = new Date(m.local[i] * 1000), dated = d.getTime() === d.getTime();
    t.href = base + 'index.html#photo-' + no; t.dataset.k = k;
    var thumb = m.thumb[i];
    if (thumb === undefined) thumb = 'data/thumbnails/' + no + '-' + (dated ? new Date(m.at[i] * 1000).toISOString().replace(/[-:]|\.\d+/g, '') : 'undated') + '.jpeg';
    if (thumb) { var im = el('img'); im.alt = ''; im.decoding = 'async'; im.loading = 'lazy'; im.src = base + path(thumb); t.append(im); }
    else t.append(want.noPicture());
    var who = el('b', '', m.who[m.by[i]]), said = el('span', 'num', dated ? clock(d) : tr('no date'));
    who.dir = 'auto'; t.append(who, said); t.title = tr('{job}, photo {number}', { job: want.title(folder), number: '#' + no });
    t.setAttribute('aria-label', who.textContent + ', ' + said.textContent + ', ' + t.title);
    return t;
  }

  /* keys */
  function go(k) {
    k = Math.max(0, Math.min(number() - 1, k)); if (k < 0) return;
    active = k; var y = top() + Math.floor(k / cols) * rowH, h = innerHeight - want.over();
    if (scrollY + want.over() > y) scrollTo(0, y - want.over());
    else if (scrollY + want.over() + h < y + rowH) scrollTo(0, y + rowH - h - want.over());
    paint(false); more(); var t = live.get(k); if (t) t.focus({ preventScroll: true });
  }
  box.addEventListener('keydown', function (e) {
    var k = e.target.dataset.k; if (k == null || e.ctrlKey || e.metaKey || e.altKey) return; k = +k;
    var page = Math.max(1, Math.floor((innerHeight - want.over()) / rowH) - 1) * cols;
    var to = { ArrowDown: k + cols, ArrowUp: k - cols, ArrowRight: k + 1, ArrowLeft: k - 1, PageDown: k + page, PageUp: k - page, Home: 0, End: number() - 1 }[e.key];
    if (e.key === 'Escape' || e.key === 'ArrowUp' && k < cols) { want.back(); e.preventDefault(); }
    else if (to != null) { go(to); e.preventDefault(); }
  });
  var tick = 0;
  addEventListener('scroll', function () { if (want && !tick) tick = requestAnimationFrame(function () { tick = 0; paint(false); more(); }); }, { passive: true });
  addEventListener('resize', function () { if (want) { measure(); paint(true); more(); } });

  function span(w) {                               /* the months a filter needs, in the order of the list */
    var keys = months.map(function (m) { return m[0]; }).filter(function (k) {
      if (w.none || k === 'undated') return k === 'undated' && (w.none || !w.dated);
      if (!w.dated) return true;
      var y = +k.slice(0, 4), m = +k.slice(5) - 1;
      return Date.UTC(y, m + 1, 1) / 1000 > w.from && Date.UTC(y, m, 1) / 1000 < w.to;
    });
    return w.oldest ? keys.reverse() : keys;
  }
  A.photoList = {
    /* w: person (a name, or null), from and to (local seconds; dated if either is set), none (without a date), oldest, jobs (a test of a folder,
       or null), title, noPicture, say, over, back; null hides the list */
    show: function (w) {
      want = null; found = []; active = -1; box.hidden = !w; live.forEach(function (t) { t.remove(); }); live.clear();
      delete document.documentElement.dataset.photos;
      if (!w) return;
      box.className = 'tiles';
      if (!months) {
        if (!asked) { asked = true; A.read('search/photos.js', function () { months = months || []; A.photoList.show(w); }); } else pending = w;
        return;
      }
      if (pending) { w = pending; pending = null; }
      w.free = w.person === null && !w.jobs && !w.dated && !w.none ? months.reduce(function (n, m) { return n + m[1]; }, 0) : 0;
      w.all = w.dated;                             /* a stretch of time is read whole, so that its count is known */
      want = w; todo = span(w); measure(); paint(true); more();
    },
    go: function () { go(active < 0 ? 0 : active); },
    paper: function (most) { paper = most; paint(true); }
  };
  var pending = null;
})();
