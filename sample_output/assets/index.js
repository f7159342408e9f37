/* The index of all jobs: its list, its controls, its keys. The jobs are in assets/jobs.js, which of them are wanted is
   found by assets/jobsearch.js, a row is made by assets/jobrows.js.
   The 40 newest jobs are in the page without scripts, and every job in the month pages. */
(function () {
  'use strict';
  var A = window.Archive, J = A.jobs, S = A.search, tr = A.tr, trn = A.trn, el = A.el;
  var $ = function (s) { return document.querySelector(s); };
  var root = document.documentElement, q = $('#q'), list = $('#list'), body = $('#rows'), count = $('#count'), bar = $('#load');
  var state = clean();
  var mode = A.prefs.get('list') || 'dense';       /* dense, cards or photos */

  /* jobs come, shard by shard */
  J.begun = function () {
    setup();
    if (!J.total) { bar.hidden = true; say(trn('{n} job', '{n} jobs', 0)); ready(); }
  };
  J.came = function (first) {
    bar.style.transform = 'scaleX(' + J.loaded / J.total + ')';
    if (J.loaded >= J.total) { bar.hidden = true; ready(); setTimeout(A.calendar.label, 50); setTimeout(A.lines.start, 200); }
    S.forget(); stale = true;
    if (first || S.now || J.merged === 2 || J.loaded >= J.total || J.merged % 8 === 0) run(S.now ? S.now.page.keep : !first);
  };
  J.told = function () {
    var known = J.checks, p = $('#checked');
    if (known && known.n) {
      var when = new Date(known.oldest * 1000), t = el('time', 'num', A.rows.zoned(when)); t.dateTime = when.toISOString();
      var said = known.n >= J.total ? tr('every job checked since {day}') : trn('{n} job checked, on {day}', '{n} jobs checked, the first on {day}', known.n);
      p.replaceChildren(el('span', 'sep', '·')); A.rows.around(p, said, t);
    }
    stale = true; if (J.n) run(true);
  };
  J.missing = function (file) { A.calendar.label(); count.textContent = tr('A part of the index is missing: {file}', { file: file }); };
  A.chatCame = function () { if (S.terms.length) run(true); };
  function ready() { root.dataset.ready = '1'; }

  /* what is wanted */
  var result = new Uint32Array(0);                 /* job numbers, in order */
  function run(keep) {                             /* keep: the reader stays where they are */
    var lines = Math.ceil(((keep ? Math.max(0, scrollY - top()) : 0) + innerHeight) / rowH);
    $('#clear').hidden = !filtered();
    S.run(state, { photos: mode === 'photos', keep: keep, fill: (lines + SPARE) * cols, was: result.length, some: some, whole: whole });
    function some(numbers, first) {
      result = numbers;
      if (first && !keep) { active = -1; if (scrollY > top()) scrollTo(0, top()); }
      paint(first);
    }
  }
  function filtered() { return !!(state.q.trim() || state.p || state.d || state.s || state.ph); }
  function whole(w) {
    if (!w.coming) root.dataset.searched = state.q;
    if (w.page.photos) { pictures(w); return; }
    var still = J.loaded < J.total ? tr(', still reading') : w.coming ? tr(', reading chat') : '';
    say((filtered() ? tr('{n} of {total} jobs', { n: A.number(w.n), total: A.number(J.total) }) : trn('{n} job', '{n} jobs', w.n)) + still);
    $('#empty').hidden = w.n > 0 || w.coming;
    list.querySelector('table').setAttribute('aria-rowcount', w.n + 1);
  }
  function pictures(w) {                           /* photos by person and day of upload; words and status choose their jobs */
    if (J.loaded < J.total) { say(tr('still reading')); return; }
    var chosen = w.terms.length || state.s ? w.ok : null, days = w.days;
    A.photoList.show({
      person: w.who < 0 ? null : J.meta.people[w.who], oldest: state.o === 'oldest',
      dated: !!days, from: days && days[0] * S.DAY, to: days && days[1] * S.DAY, none: w.none,
      jobs: chosen && function (f) { var i = J.place(f); return i !== undefined && chosen[i] === 1; },
      title: function (f) { var i = J.place(f), g = i === undefined ? null : J.at(i); return g && g[0].name[g[1]] || tr('(no title)'); },
      noPicture: function () { var e = el('span', 'none'); e.append(A.icon('noimg')); return e; },
      say: function (text, any) { say(text); $('#empty').hidden = any; },
      over: function () { return $('.find').offsetHeight; }, back: function () { q.focus(); }
    });
  }
  var saying, said = '';
  function say(text) {                             /* not with every keystroke: it is read aloud */
    said = text; clearTimeout(saying); saying = setTimeout(tell, 120);
    if (!count.textContent) tell();
  }
  function tell() { clearTimeout(saying); count.textContent = said; }

  /* the list: only what is in view is in the document */
  var SPARE = 3, stale = false;                    /* rows beyond what is in view; whether rows must be made anew */
  var live = new Map(), padA = pad(), padB = pad(), active = -1, rowH = 60, cols = 1;
  function pad() { var t = el('tr', 'pad'), d = el('td'); t.setAttribute('aria-hidden', 'true'); t.append(d); return t; }
  function over() { return $('.find').offsetHeight + (mode === 'dense' && innerWidth > 720 ? 34 : 0); }   /* what covers the top of the list */
  function top() { return body.getBoundingClientRect().top + scrollY - over(); }
  function measure() {
    var photos = mode === 'photos';
    stale = true;
    root.style.setProperty('--find-h', $('.find').offsetHeight + 'px');
    list.className = mode; list.hidden = photos; document.getElementById('v-' + mode).checked = true;
    $('#date optgroup').label = photos ? tr('Uploaded in') : tr('Created in');
    $('#none').textContent = photos ? tr('No photo matches.') : J.total ? tr('No job matches.') : tr('No job yet.');
    if (photos) return;
    A.photoList.show(null);
    if (mode === 'cards') {
      cols = Math.max(2, Math.floor((list.clientWidth + 16) / 232)); rowH = 288;
      list.style.setProperty('--cols', cols);
    } else { cols = 1; rowH = parseFloat(getComputedStyle(root).getPropertyValue('--row-h')); }
  }
  /* paper has no scroll: what was found stands there as a whole, up to so many rows; the count says so */
  var PAPER = 1000, paper = false;
  function print(on) {
    if (on) S.finish();
    tell(); paper = on; measure();
    if (on) { list.className = 'dense'; cols = 1; }
    paint(true); A.photoList.paper(on && PAPER);
    if (on && mode !== 'photos' && result.length > PAPER)
      count.textContent = tr('{n} of {total} jobs', { n: A.number(PAPER), total: A.number(result.length) });
  }
  addEventListener('beforeprint', function () { print(true); });
  addEventListener('afterprint', function () { print(false); });
  function paint(fresh) {
    if (!J.n || mode === 'photos') return;
    var there = new Map(), y = scrollY - top(), lines = Math.ceil(Math.max(result.length, S.now ? S.now.page.was : 0) / cols);
    var a = Math.max(0, Math.floor(y / rowH) - SPARE), b = Math.min(lines, Math.ceil((y + innerHeight) / rowH) + SPARE);
    if (fresh) { live.forEach(function (t) { if (stale) t.remove(); else there.set(t.job, t); }); live.clear(); stale = false; }
    if (paper) { a = 0; b = Math.min(lines, Math.ceil(PAPER / cols)); }
    if (a > b) a = Math.max(0, b - 1);
    var i0 = a * cols, i1 = Math.min(result.length, b * cols);
    if (padA.parentNode !== body) { body.textContent = ''; body.append(padA, padB); }
    live.forEach(function (t, i) { if (i < i0 || i >= i1) { t.remove(); live.delete(i); } });
    var after = padA;
    for (var i = i0; i < i1; i++) {
      var t = live.get(i), job = result[i];
      if (!t && (t = there.get(job))) { there.delete(job); A.rows.place(t, i); live.set(i, t); }   /* its picture need not be read again */
      if (!t) { t = A.rows.make(job, i, mode === 'dense'); live.set(i, t); }
      if (after.nextSibling !== t) after.after(t);
      after = t;
    }
    there.forEach(function (t) { t.remove(); });
    padA.style.height = a * rowH + 'px'; padB.style.height = (lines - b) * rowH + 'px';
    padA.hidden = a === 0; padB.hidden = b >= lines || paper;
  }

  /* controls; their state is in the address, so that a view can be kept */
  function clean() { return { q: '', p: '', d: '', from: '', to: '', s: '', ph: '', o: 'created', v: '' }; }
  function setup() {
    var people = J.meta.people.map(function (n, i) { return [n, i]; });
    people.sort(function (a, b) { return a[0].localeCompare(b[0], root.lang); });
    people.forEach(function (p) { choice($('#person'), p[1], p[0]); });
    var years = {};
    Object.keys(J.meta.months).forEach(function (month) { years[month.slice(0, 4)] = 1; });
    Object.keys(years).sort().reverse().forEach(function (year) { choice($('#date optgroup'), year, year); });
    A.calendar.setup(J.meta.months, function (month) { state.d = state.d === month ? '' : month; changed(); });
    read(); measure(); show();
  }
  function choice(box, value, text) { var o = el('option', '', text); o.value = value; box.append(o); }
  function read() {
    var h = new URLSearchParams(location.hash.slice(1)), none = clean();
    for (var k in state) state[k] = h.get(k) || none[k];
    mode = /^(dense|cards|photos)$/.test(state.v) ? state.v : A.prefs.get('list') || 'dense';
  }
  function changed() { show(); address(); run(); }
  function show() {                                /* the state, in the controls */
    if (q.value !== state.q) q.value = state.q;
    months();
    [['#person', state.p], ['#date', state.d], ['#status', state.s], ['#sort', state.o], ['#from', state.from], ['#to', state.to]].forEach(function (x) { $(x[0]).value = x[1]; });
    $('#ph').checked = !!state.ph;
    $('#range').hidden = state.d !== 'range';
    [['#person', state.p], ['#date', state.d], ['#status', state.s]].forEach(function (x) { $(x[0]).parentNode.classList.toggle('on', x[1] !== ''); });
    A.calendar.mark(state.d);
    document.querySelectorAll('th[data-o]').forEach(function (th) {
      var o = state.o, k = th.dataset.o;
      if (o === k || k === 'created' && o === 'oldest') th.setAttribute('aria-sort', o === 'name' || o === 'oldest' ? 'ascending' : 'descending');
      else th.removeAttribute('aria-sort');
    });
  }
  function months() {                              /* those of the year that is chosen */
    var group = $('#date-months'), year = /^\d{4}/.test(state.d) ? state.d.slice(0, 4) : '';
    if (group && group.dataset.year !== year) { group.remove(); group = null; }
    if (!year || group) return;
    group = el('optgroup'); group.id = 'date-months'; group.dataset.year = year; group.label = tr('{year} by month', { year: year });
    for (var m = 1; m <= 12; m++) { var key = year + '-' + (m < 10 ? '0' : '') + m; choice(group, key, A.calendar.month(key)); }
    $('#date').append(group);
  }
  var addressed = 0;
  function address() {
    clearTimeout(addressed); addressed = 0;
    var h = new URLSearchParams(), none = clean();
    for (var k in state) if (state[k] !== none[k]) h.set(k, state[k]);
    try { history.replaceState(null, '', '#' + h); } catch (e) { /* the address stays as it is */ }
  }
  addEventListener('pagehide', function () { if (addressed) address(); });
  q.addEventListener('input', function () {        /* not with every keystroke: browsers count how often the address changes */
    state.q = q.value; show(); run();
    clearTimeout(addressed); addressed = setTimeout(address, 200);
  });
  $('#ph').addEventListener('change', function (e) { state.ph = e.target.checked ? '1' : ''; changed(); });
  [['#person', 'p'], ['#date', 'd'], ['#status', 's'], ['#sort', 'o'], ['#from', 'from'], ['#to', 'to']].forEach(function (x) {
    $(x[0]).addEventListener('change', function (e) { state[x[1]] = e.target.value; changed(); });
  });
  $('form').addEventListener('submit', function (e) { e.preventDefault(); });
  document.querySelectorAll('th[data-o] button').forEach(function (b) {
    b.addEventListener('click', function () { var k = b.parentNode.dataset.o; state.o = k === 'created' && state.o === 'created' ? 'oldest' : k; changed(); });
  });
  $('#clear').addEventListener('click', function () { state = Object.assign(clean(), { o: state.o, v: state.v }); changed(); q.focus(); });
  addEventListener('hashchange', function () { read(); measure(); show(); run(); });
  document.querySelectorAll('input[name="list"]').forEach(function (r) {
    r.addEventListener('change', function () {
      mode = r.value; state.v = mode === 'dense' ? '' : mode; A.prefs.set('list', mode === 'photos' ? null : mode);
      measure(); show(); address(); run(true);
    });
  });
  var tick = 0;
  addEventListener('scroll', function () { if (!tick) tick = requestAnimationFrame(function () { tick = 0; paint(false); }); }, { passive: true });
  addEventListener('resize', function () { measure(); paint(true); });

  /* keys */
  function go(i) {
    S.finish(); if (!result.length) return;
    i = Math.max(0, Math.min(result.length - 1, i)); active = i;
    var y = top() + Math.floor(i / cols) * rowH, h = innerHeight - over();
    if (scrollY > y) scrollTo(0, y); else if (scrollY + h < y + rowH) scrollTo(0, y + rowH - h);
    paint(false);
    var t = live.get(i), a = t && t.querySelector('a'); if (a) a.focus({ preventScroll: true });
  }
  function target(key, i) {                        /* the number of the row that a key leads to */
    var page = Math.max(1, Math.floor((innerHeight - over()) / rowH) - 1) * cols;
    if (cols === 1 && /Left|Right/.test(key)) return null;
    return { ArrowDown: i + cols, ArrowUp: i - cols, ArrowRight: i + 1, ArrowLeft: i - 1, PageDown: i + page, PageUp: i - page, Home: 0, End: result.length - 1 }[key];
  }
  document.addEventListener('keydown', function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    var t = e.target, inRow = t.dataset && t.dataset.i != null, inField = /^(INPUT|SELECT)$/.test(t.tagName);
    if (e.key === '/' && !inField && A.prefs.get('keys') !== 'off') { q.focus(); q.select(); e.preventDefault(); }
    else if (t === q && e.key === 'ArrowDown') { if (mode === 'photos') A.photoList.go(); else go(active < 0 ? 0 : active); e.preventDefault(); }
    else if (t === q && e.key === 'Escape' && q.value) { state.q = ''; changed(); e.preventDefault(); }
    else if (inRow || t === document.body && active >= 0) {
      S.finish();
      var i = inRow ? +t.dataset.i : active, to = target(e.key, i);
      if (e.key === 'ArrowUp' && i < cols) { q.focus(); e.preventDefault(); }
      else if (to != null) { go(to); e.preventDefault(); }
      else if (e.key === 'Escape') q.focus();
    }
  });

  ['search/meta.js', 'search/checks.js'].concat($('#status [value="again"]') ? 'search/reused.js' : []).forEach(function (src) {
    var s = el('script'); s.src = src; s.async = false; document.head.append(s);
  });
})();
