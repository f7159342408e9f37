/* The jobs of the index. Data comes from classic scripts (search/meta.js, search/jobs-0000.js …), because file:// lets
   a page run a script beside it but not fetch one. Each shard is columns, newest job first, in one JSON string:
   JSON.parse of a string is quicker than the same data as an object literal. Columns: archiver/search.py.
   A job is known by its number, from the newest; `at` gives its shard and its place in it. */
(function () {
  'use strict';
  var A = window.Archive, Q = A.query;
  var MISSING = 1, CHANGED = 2, GONE = 4, DAMAGED = 8;
  var asked = 0, orders = {}, places = null;
  var shards = [], starts = [];                    /* starts: first job number of each shard */
  var J = A.jobs = {
    MISSING: MISSING, CHANGED: CHANGED, GONE: GONE, DAMAGED: DAMAGED,
    shards: shards, starts: starts, meta: null,
    total: 0, loaded: 0,                           /* jobs there are, and jobs read */
    n: 0, merged: 0,                               /* jobs and shards that took their place, in order */
    checks: null, reused: {},
    at: at, id: id, names: names, bits: bits, check: check, place: place, newest: newest, order: order,
    /* set by the page */
    begun: null, came: null, told: null, missing: null
  };

  A.index = function (meta) {
    J.meta = meta; J.total = meta.jobs; J.begun();
    next(); next(); next(); next();
  };
  function next() {
    if (asked >= J.meta.shards.length) return;
    var script = document.createElement('script');
    script.src = 'search/' + J.meta.shards[asked++]; script.async = false;
    script.onload = function () { script.remove(); setTimeout(next, 0); };
    script.onerror = function () { J.missing(script.getAttribute('src')); };
    document.head.append(script);
  }
  A.shard = function (number, json) {              /* numbered from the oldest, so that a new job changes the last alone */
    var s = columns(JSON.parse(json));
    searchable(s);
    shards[J.meta.shards.length - 1 - number] = s; J.loaded += s.n;
    var first = J.merged === 0;
    while (shards[J.merged]) { starts[J.merged] = J.n; J.n += shards[J.merged].n; J.merged++; }
    orders = {};
    J.came(first);
  };
  function columns(s) {
    var n = s.n = s.created.length, i, t = 0, d = 0;
    s.name = column(s.name); s.folder = column(s.folder); s.thumb = column(s.thumb); s.sub = column(s.sub);
    var created = new Float64Array(n), updated = new Float64Array(n), day = new Float64Array(n), uday = new Float64Array(n);
    for (i = 0; i < n; i++) {                      /* steps from job to job, and from creation to update */
      created[i] = t += s.created[i]; updated[i] = t + s.updated[i];
      day[i] = d += s.day[i]; uday[i] = d + s.uday[i];
    }
    s.undated.forEach(function (j) { day[j] = NaN; });
    s.still.forEach(function (j) { uday[j] = NaN; updated[j] = -Infinity; });
    s.created = created; s.updated = updated; s.day = day; s.uday = uday;
    s.photos = Uint32Array.from(s.photos); s.st = Uint8Array.from(s.st);
    return s;
  }
  function column(text) {
    var values = text.split('\n');
    return text.indexOf('\v') < 0 ? values : values.map(function (t) { return t.replace(/\v/g, '\n'); });
  }
  /* one long lower-case string a shard and where each job starts in it: indexOf over it is the whole search engine */
  function searchable(s) {
    var n = s.n, parts = new Array(n), off = s.off = new Uint32Array(n + 1), pos = 0, all, i;
    for (i = 0; i < n; i++) {
      var p = words(s, i) + '\t' + s.sub[i];
      parts[i] = p.indexOf('\n') < 0 ? p : p.replace(/\n/g, ' ');
    }
    all = parts.join('\n') + '\n';
    if (Q.plain(all)) all = all.toLowerCase();
    else { parts = parts.map(Q.fold); all = parts.join('\n') + '\n'; }
    for (i = 0; i < n; i++) { off[i] = pos; pos += parts[i].length + 1; }
    off[n] = pos; s.hay = all;
  }

  /* when jobs were last verified: may be missing, may come late, and is read by this page alone */
  A.checks = function (json) {
    var c = JSON.parse(json), known = J.checks = { place: new Map(), at: c.at, bad: new Set(c.bad), n: 0, oldest: Infinity };
    c.id.forEach(function (key, j) {
      known.place.set(key, j);
      if (c.at[j] !== null) { known.n++; known.oldest = Math.min(known.oldest, c.at[j]); }
    });
    J.told();
  };
  /* photos that are used in other jobs as well, by folder; no part of an index that was handed over */
  A.reused = function (json) { J.reused = JSON.parse(json); J.told(); };

  /* one job: s is its shard, j its place there */
  function at(i) { var k = i < shards[0].n ? 0 : 1 + ((i - shards[0].n) / J.meta.per | 0); return [shards[k], i - starts[k]]; }
  function id(s, j) { var f = s.folder[j]; return s.ids[j] || f.slice(f.lastIndexOf('-') + 1); }
  function names(ids) { for (var r = '', i = 0; i < ids.length; i++) r += J.meta.people[ids[i]] + '\t'; return r; }
  J.words = words;
  function words(s, j) {                           /* all that a row is found by, but for the job's first words */
    return s.name[j] + '\t' + names(s.who[j]) + '\t' + id(s, j) + '\t' + (s.former[j] || '') + '\t' + (s.alt[j] || '');
  }
  function check(s, j) { return J.checks ? J.checks.place.get(id(s, j)) : undefined; }
  function bits(s, j) {                            /* what is the matter with it, as one number */
    var bad = J.checks && J.checks.bad;
    return s.st[j] | (bad && bad.size && bad.has(check(s, j)) ? DAMAGED : 0);
  }

  /* all jobs */
  function place(folder) {                         /* job number by folder */
    if (!places || places.of !== J.n) {
      places = new Map(); places.of = J.n;
      for (var k = 0; k < J.merged; k++)
        for (var j = 0; j < shards[k].n; j++) places.set(shards[k].folder[j], starts[k] + j);
    }
    return places.get(folder);
  }
  function newest() {                              /* the day of the newest change */
    var d = -Infinity;
    for (var k = 0; k < J.merged; k++)
      for (var i = 0, u = shards[k].uday; i < u.length; i++) if (u[i] > d) d = u[i];
    return d;
  }
  function order(by) {                             /* job numbers in an order other than the newest first; null for that */
    if (by === 'created') return null;
    if (orders[by]) return orders[by];
    var numbers = new Uint32Array(J.n), i;
    for (i = 0; i < J.n; i++) numbers[i] = i;
    if (by === 'oldest') numbers.reverse();
    else numbers.sort(comparing(by, keys(by)));
    return (orders[by] = numbers);
  }
  function keys(by) {
    var key = by === 'name' ? new Array(J.n) : new Float64Array(J.n), g = 0;
    for (var k = 0; k < J.merged; k++) {
      var s = shards[k];
      for (var i = 0; i < s.n; i++) key[g++] = by === 'name' ? s.name[i].toLowerCase() : by === 'updated' ? s.updated[i] : s.photos[i];
    }
    return key;
  }
  function comparing(by, key) {
    if (by === 'name') return function (a, b) { return key[a] < key[b] ? -1 : key[a] > key[b] ? 1 : a - b; };
    return function (a, b) { return key[b] - key[a] || a - b; };
  }
})();
