/* Searching all chat. search/chat.js names buckets of jobs; for each there are files of words (which jobs have them)
   and files of lines (what was said), and only those for what was typed, or for a row in sight, are loaded.
   How the files are made: archiver/wordshards.py. Jobs are numbered as the page lists them: newest first. */
(function () {
  'use strict';
  var A = window.Archive, buckets = null, total = 0, per = 16, asked = false, bad = false;
  var KEPT_WORDS = 24e6, KEPT_TEXTS = 48, KEPT_FINDS = 32;   /* characters, files, results */
  var VALUE = new Uint8Array(128);
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('').forEach(function (c, i) { VALUE[c.charCodeAt(0)] = i; });

  /* which buckets there are */
  A.chat = function (m) {
    var from = 0; per = m.per;
    buckets = m.buckets.map(function (b) {
      var one = { key: b[0], n: b[1], from: from, files: b[2] ? b[2].split(' ') : [] };
      one.has = new Set(one.files); from += b[1];
      return one;
    });
    total = from;
  };
  function start() {                               /* a small file: read once the page has its jobs */
    if (asked) return; asked = true;
    A.read('search/chat.js', function () { bad = !buckets; changed(); });
  }
  var told = 0;
  function changed() { clearTimeout(told); told = setTimeout(function () { if (A.chatCame) A.chatCame(); }, 0); }

  /* words */
  var words = new Map(), size = 0, waiting = 0;    /* 'bucket/name': { words, places, size }, or null while it comes */
  A.words = function (key, name, text, places) {
    var n = text.length + places.length;
    words.set(key + '/' + name, { words: text.split(' '), places: places.split(' '), size: n });
    size += n;
  };
  function hex(n) { return n.toString(16); }
  function names(bucket, look) {                   /* the files that hold words beginning so; archiver/wordshards.py, _name */
    var a = look.word.codePointAt(0), rest = look.word.slice(String.fromCodePoint(a).length), out = [];
    function add(n) { if (bucket.has.has(n)) out.push(n); }
    if (a < 128) {
      if (!rest) { if (look.whole) add('_'); return out; }
      add(look.word[0]); var b = rest.codePointAt(0); add(look.word[0] + (b < 128 ? rest[0] : '-' + hex(b)));
      return out;
    }
    var wide = 'u' + hex(a >> 7), one = wide + '-' + hex(a);
    add(wide); add(one);
    if (rest) add(one + '-' + hex(rest.codePointAt(0)));
    else bucket.files.forEach(function (n) { if (n.indexOf(one + '-') === 0) out.push(n); });
    return out;
  }
  function load(path) {
    words.set(path, null); waiting++;
    A.read('search/words/' + path + '.js', function () {
      if (!words.get(path)) words.set(path, { words: [], places: [], size: 0 });
      if (--waiting === 0) changed();
    });
  }
  function spare() {                               /* the files longest unused go first; a Map keeps the order of coming */
    words.forEach(function (f, path) { if (size > KEPT_WORDS && f) { size -= f.size; words.delete(path); } });
  }
  function mark(f, look, bucket, ok) {             /* notes the jobs of a file's words that begin so */
    var w = f.words, lo = 0, hi = w.length, mid, last = bucket.from + bucket.n - 1;
    while (lo < hi) { mid = lo + hi >> 1; if (before(w[mid], look.word)) lo = mid + 1; else hi = mid; }
    for (; lo < w.length && (look.whole ? w[lo] === look.word : w[lo].lastIndexOf(look.word, 0) === 0); lo++) {
      var p = f.places[lo], job = 0, step = 0, shift = 0;
      for (var i = 0; i < p.length; i++) {
        var v = VALUE[p.charCodeAt(i)]; step |= (v & 31) << shift;
        if (v & 32) shift += 5; else { job += step; ok[last - job] = 1; step = shift = 0; }
      }
    }
  }
  function before(a, b) {                          /* by code point, as Python sorts: UTF-16 puts U+FFxx after what is above */
    if (a === b) return false;
    for (var i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a.codePointAt(i) < b.codePointAt(i);
    return a.length < b.length;
  }
  var finds = new Map();
  function find(look) {                            /* the jobs whose chat has a word: a flag each, or null while files come */
    var key = (look.whole ? '=' : '^') + look.word, ok = finds.get(key), whole = true;
    if (ok) { finds.delete(key); finds.set(key, ok); return ok; }
    var files = [];
    buckets.forEach(function (b) { names(b, look).forEach(function (n) {
      var path = b.key + '/' + n, f = words.get(path);
      if (f === undefined) load(path);
      if (!f) whole = false; else { words.delete(path); words.set(path, f); files.push([f, b]); }
    }); });
    if (!whole) return null;
    ok = new Uint8Array(total);
    files.forEach(function (x) { mark(x[0], look, x[1], ok); });
    finds.set(key, ok); if (finds.size > KEPT_FINDS) finds.delete(finds.keys().next().value);
    spare(); return ok;
  }

  /* lines */
  var texts = new Map(), calls = new Map();
  A.text = function (key, k, json) { texts.set(key + '/' + k, JSON.parse(json)); };
  function lines(job, then) {                      /* calls back with [names, lines] of a job, at once if they are there */
    var b = buckets.find(function (x) { return job < x.from + x.n; });
    var d = b.from + b.n - 1 - job, k = Math.floor(d / per), path = b.key + '/' + k;
    function give() { var t = texts.get(path); if (t) then(t[d % per]); }
    if (texts.has(path)) { give(); return; }
    if (calls.has(path)) { calls.get(path).push(give); return; }
    calls.set(path, [give]);
    A.read('search/text/' + b.key + '/' + String(k).padStart(4, '0') + '.js', function () {
      var all = calls.get(path); calls.delete(path); all.forEach(function (f) { f(); });
      if (texts.size > KEPT_TEXTS) texts.delete(texts.keys().next().value);
    });
  }
  function best(chat, terms) {                     /* the line with most of what was typed, and how many others have as much */
    var top = 0, at = null, more = 0;
    chat[1].forEach(function (l) {
      var low = A.query.fold(l[2]), n = 0;
      terms.forEach(function (t) { t.mark.lastIndex = 0; if (t.mark.test(low)) n++; });
      if (n > top) { top = n; at = l; more = 0; } else if (n && n === top && l[0] !== at[0]) more++;
    });
    return at && { message: at[0], person: chat[0][at[1]], text: at[2].replace(/\s+/g, ' '), former: !!at[3], more: more };
  }

  A.lines = {
    start: start,
    /* the jobs whose chat has a term in one of its ways; null while files are on their way, false if there are none */
    jobs: function (term, n) {
      if (!buckets) { start(); return bad ? false : null; }
      if (total !== n) return false;               /* made for another list of jobs */
      var all = null, wait = false;
      term.alts.forEach(function (alt) {
        if (!alt.look.length) return;
        var both = null;
        alt.look.forEach(function (l) {
          var ok = find(l); if (!ok) { wait = true; return; }
          if (!both) both = alt.look.length > 1 ? ok.slice() : ok; else for (var i = 0; i < n; i++) both[i] &= ok[i];
        });
        if (wait) return;
        if (!all) all = both; else { var sum = all.slice(); for (var i = 0; i < n; i++) sum[i] |= both[i]; all = sum; }
      });
      return wait ? null : all || false;
    },
    best: function (job, n, terms, then) { if (buckets && total === n) lines(job, function (chat) { then(best(chat, terms)); }); }
  };
})();
