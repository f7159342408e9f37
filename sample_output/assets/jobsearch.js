/* Which jobs are wanted: every term must be in a job's row (assets/jobs.js) or in its chat (assets/chat.js), and every
   filter must hold. It goes shard by shard, the newest jobs first, and lets go of the browser every few milliseconds:
   the rows in view are shown as soon as they are known. */
(function () {
  'use strict';
  var A = window.Archive, J = A.jobs, DAY = 86400;
  var LATELY = 30;                                 /* days before the newest change */
  var FOUND = 24, SLICE = 10;                      /* texts remembered; milliseconds */
  var found = new Map();                           /* what was typed last, by text: { flags: one a job, n: hits a shard } */
  var S = A.search = { DAY: DAY, terms: [], now: null, run: run, finish: finish, forget: forget, has: has };

  /* `state` is what the page's controls say. `page` says whether `photos` are looked for, how many jobs fill the window
     (`fill`), and is told `some(numbers, first)`: what is known so far, and `whole(search)` at the end. The search that
     is on its way is `now`. */
  function run(state, page) {
    stop(); S.terms = A.query.parse(state.q);
    var w = { page: page, state: state, terms: S.terms, out: new Uint32Array(J.n), n: 0, k: 0, ok: new Uint8Array(J.n), shown: false };
    w.who = state.p === '' ? -1 : +state.p;
    w.status = /^\d+$/.test(state.s) ? +state.s : -1;
    w.since = state.s === 'new' ? J.newest() - LATELY : NaN;
    w.days = days(state); w.none = state.d === 'none';
    w.chat = w.terms.map(function (t) { return A.lines.jobs(t, J.total); });
    w.coming = w.chat.indexOf(null) >= 0;
    w.order = J.order(state.o);
    w.need = page.photos || w.order ? Infinity : page.fill;
    S.now = w; goOn(w, SLICE);
  }
  function days(state) {                           /* from and to, in days as in the archive's time zone; null: any */
    var lo = -Infinity, hi = Infinity, year = +state.d.slice(0, 4), month = +state.d.slice(5);
    if (/^\d{4}$/.test(state.d)) { lo = day(year, 0); hi = day(year + 1, 0); }
    else if (/^\d{4}-\d\d$/.test(state.d)) { lo = day(year, month - 1); hi = day(year, month); }
    else if (state.d === 'range') {
      if (state.from) lo = Date.parse(state.from) / 1000 / DAY;
      if (state.to) hi = Date.parse(state.to) / 1000 / DAY + 1;
    }
    return lo > -Infinity || hi < Infinity ? [lo, hi] : null;
  }
  function day(year, month) { return Date.UTC(year, month, 1) / 1000 / DAY; }

  function goOn(w, time) {
    var end = performance.now() + time;
    while (w.k < J.merged && (w.shown || w.n < w.need)) { take(w, w.k++); if (performance.now() > end) break; }
    function later() { if (S.now === w) w.next = setTimeout(goOn, 0, w, time); }
    if (w.k >= J.merged) whole(w);
    else if (w.shown || w.n < w.need) later();
    else { some(w); requestAnimationFrame(later); }  /* the browser draws it first */
  }
  function some(w) { w.page.some(w.out.subarray(0, w.n), !w.shown); w.shown = true; }
  function whole(w) {
    S.now = null;
    if (w.order) for (var i = 0; i < J.n; i++) if (w.ok[w.order[i]]) w.out[w.n++] = w.order[i];
    w.page.whole(w);
    if (!w.page.photos) some(w);
  }
  function stop() { if (S.now) clearTimeout(S.now.next); S.now = null; }
  function finish() {                              /* at once, however long it takes */
    var w = S.now;
    if (w) { clearTimeout(w.next); w.need = Infinity; goOn(w, Infinity); }
  }
  function forget() { found.clear(); }             /* there are more jobs now */

  /* the jobs of a shard that are wanted */
  function take(w, k) {
    var first = J.starts[k], last = first + J.shards[k].n;
    if (!w.terms.length) w.ok.fill(1, first, last);
    w.terms.forEach(function (t, n) {
      var has = n ? new Uint8Array(last - first) : w.ok.subarray(first, last), i;
      t.alts.forEach(function (alt, a) { add(has, alt, k, a === 0); });
      if (w.chat[n]) for (i = first; i < last; i++) has[i - first] |= w.chat[n][i];
      if (n) for (i = first; i < last; i++) w.ok[i] &= has[i - first];
    });
    filter(w, k);
    if (!w.order) for (var i = first; i < last; i++) if (w.ok[i]) w.out[w.n++] = i;
  }
  function add(has, alt, k, first) {               /* a term is there in one of its ways, which may be several texts */
    var all = alt.hay.map(function (text) { return inRows(text, k); }), b = J.starts[k], i, x;
    if (all.length === 1 && first) { has.set(all[0].subarray(b, b + has.length)); return; }
    for (i = 0; i < has.length; i++)
      if (!has[i]) { for (x = 0; x < all.length && all[x][b + i]; x++); has[i] = +(x === all.length); }
  }
  function inRows(text, k) {                       /* the jobs of a shard, and maybe of others, whose row holds the text */
    var one = found.get(text), part = null, s = J.shards[k], hay = s.hay, off = s.off, b = J.starts[k], n = 0, p, r, i;
    if (!one) {
      found.set(text, one = { flags: new Uint8Array(J.n), n: new Int32Array(J.merged).fill(-1) });
      if (found.size > FOUND) found.delete(found.keys().next().value);
    }
    if (one.n[k] >= 0) return one.flags;
    found.forEach(function (x, t) { if (x.n[k] >= 0 && text.indexOf(t) >= 0 && (!part || x.n[k] < part.n[k])) part = x; });
    if (part && part.n[k] * 4 < s.n) {             /* typed on: look only where its beginning was */
      for (i = 0; i < s.n; i++)
        if (part.flags[b + i] && hay.slice(off[i], off[i + 1]).indexOf(text) >= 0) { one.flags[b + i] = 1; n++; }
    } else {
      for (p = hay.indexOf(text), r = 0; p >= 0; p = hay.indexOf(text, off[r])) {
        while (off[r + 1] <= p) r++;
        one.flags[b + r++] = 1; n++;
      }
    }
    one.n[k] = n; return one.flags;
  }
  function filter(w, k) {                          /* photos are chosen by person and day themselves, not by their jobs' */
    var state = w.state, photos = w.page.photos, s = J.shards[k], b = J.starts[k];
    var who = photos ? -1 : w.who, days = photos ? null : w.days, none = w.none && !photos;
    if (who < 0 && !days && !none && !state.ph && !state.s) return;
    for (var i = 0; i < s.n; i++) if (w.ok[b + i]) w.ok[b + i] = +holds(i);
    function holds(j) {
      var d = s.day[j];                            /* NaN: no date */
      if (days && !(d >= days[0] && d < days[1]) || none && d === d) return false;
      if (who >= 0 && s.who[j].indexOf(who) < 0 || state.ph && !s.photos[j]) return false;
      if (state.s === 'new') return s.uday[j] >= w.since;
      if (state.s === 'again') return !!J.reused[s.folder[j]];
      if (w.status < 0) return true;
      return w.status ? !!(J.bits(s, j) & w.status) : !J.bits(s, j);
    }
  }
  function has(text, term) {                       /* whether a folded text holds a term */
    return term.alts.some(function (a) { return a.hay.every(function (h) { return text.indexOf(h) >= 0; }); });
  }
})();
