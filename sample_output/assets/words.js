/* What is typed, understood as archiver/words.py understands what was written; keep the two alike.
   A query is a list of terms that must all be found. A term has alternatives: { hay: texts that must all occur in what
   the index shows of a job, look: words that must all occur in its chat }. Numbers are found however they are spaced. */
(function () {
  'use strict';
  var A = window.Archive || (window.Archive = {});
  var MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/g;
  var LETTERS = { 'ß': 'ss', 'æ': 'ae', 'œ': 'oe', 'ø': 'o', 'ł': 'l', 'đ': 'd', 'ð': 'd', 'þ': 'th', 'ı': 'i', 'ς': 'σ' };
  var OTHER = /[ßæœøłđðþıς]/g, PLAIN = /^[\x00-\x7f]*$/;
  var WORD = /[\p{L}\p{M}\p{N}]+/gu;
  var UNSPACED = /([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]+)/u;
  var DIGITS = /(?<![a-z0-9])\+?[0-9]+(?:[ ./()-]{1,2}[0-9]+)*(?![a-z0-9])/g;
  var HOUSE = /(?<![a-z0-9])([0-9]{1,4})[ /-]([a-z])(?![a-z0-9])/g;
  var POSTCODE = /(?<![a-z0-9])(?:([a-z]{1,2}[0-9][a-z0-9]?)[ -]([0-9][a-z]{2})|([a-z][0-9][a-z])[ -]([0-9][a-z][0-9])|([0-9]{4}) ([a-z]{2}))(?![a-z0-9])/g;
  var LONGEST = 64;

  function fold(s) {
    if (PLAIN.test(s)) return s.toLowerCase();
    return s.normalize('NFKD').replace(MARKS, '').toLowerCase().normalize('NFC').replace(OTHER, function (c) { return LETTERS[c]; });
  }

  /* a query */
  function parse(text) {
    var folded = fold(text).trim(), terms = [], m, re = /\S+/g;
    while ((m = re.exec(folded))) terms.push({ from: m.index, to: m.index + m[0].length, alts: [{ hay: [m[0]], look: looks(m[0]) }] });
    spans(folded).forEach(function (span) {
      var inside = terms.filter(function (t) { return t.from < span.to && t.to > span.from; });
      /* what is glued to a number ("flat,12 a") stays a term of its own */
      if (!inside.length || /[^\s.,;:()/+-]/.test(folded.slice(inside[0].from, span.from) + folded.slice(span.to, inside[inside.length - 1].to))) return;
      var all = { hay: [], look: [] };
      /* apart they are looked for in rows alone: chat that has them side by side has them joined too */
      inside.forEach(function (t) {
        all.hay = all.hay.concat(t.alts[0].hay);
        if (inside.length === 1 && t.alts[0].look.length === 1) all.look = t.alts[0].look;
      });
      var one = { from: inside[0].from, to: inside[inside.length - 1].to, alts: [all] };
      inside.forEach(function (t) { one.alts = one.alts.concat(t.alts.slice(1)); });
      span.forms.forEach(function (f) { one.alts.push({ hay: [f], look: [look(f)] }); });
      terms.splice.apply(terms, [terms.indexOf(inside[0]), inside.length, one]);
    });
    terms.forEach(function (t) { t.mark = marker(t); });
    return terms;
  }
  function look(word) { return { word: word.slice(0, LONGEST), whole: false }; }
  function looks(term) {                           /* the words of a term, as the index of chat has them */
    var out = [];
    (term.match(WORD) || []).forEach(function (run) {
      run.split(UNSPACED).forEach(function (piece, k) {
        if (!piece) return;
        var c = k % 2 ? Array.from(piece) : [];    /* by character, not by half of one */
        if (c.length < 2) out.push(piece.length === 1 && PLAIN.test(piece) ? { word: piece, whole: true } : look(piece));
        else for (var i = 0; i + 1 < c.length; i++) out.push({ word: c[i] + c[i + 1], whole: true });
      });
    });
    return out;
  }
  function spans(folded) {                         /* numbers and postcodes: where they are, and as they are without spaces */
    var out = [], m;
    DIGITS.lastIndex = HOUSE.lastIndex = POSTCODE.lastIndex = 0;
    while ((m = DIGITS.exec(folded))) {
      var groups = m[0].match(/[0-9]+/g), all = groups.join(''), forms = groups.length > 1 && all.length >= 5 ? [all] : [];
      if (all.length > 15) continue;
      if (all.length >= 7) forms = forms.concat(national(all, m[0][0] === '+'));
      if (forms.length) out.push({ from: m.index, to: m.index + m[0].length, forms: forms });
    }
    while ((m = HOUSE.exec(folded))) out.push({ from: m.index, to: m.index + m[0].length, forms: [m[1] + m[2]] });
    while ((m = POSTCODE.exec(folded))) out.push({ from: m.index, to: m.index + m[0].length, forms: [m.slice(1).filter(Boolean).join('')] });
    return out;
  }
  function national(digits, abroad) {              /* without leading zeros, without country code */
    var bare = digits.replace(/^0+/, ''), out = bare !== digits ? [bare] : [];
    if (abroad || digits.slice(0, 2) === '00') out.push(bare.slice(1), bare.slice(2), bare.slice(3));
    return out.filter(function (f) { return f.length >= 5; });
  }

  /* marks */
  function marker(t) {                             /* what to mark of a term in a folded text */
    var texts = [];
    t.alts.forEach(function (a) { a.hay.forEach(function (h) { if (texts.indexOf(h) < 0) texts.push(h); }); });
    texts.sort(function (a, b) { return b.length - a.length; });
    return new RegExp(texts.map(function (h) {
      var c = Array.from(h).map(function (x) { return x.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&'); });
      return c.join(/[0-9]/.test(h) && h.length > 1 ? '[ ./()-]{0,2}' : '');
    }).join('|'), 'g');
  }
  /* Where the terms are in a text, as pairs [from, to) in order; `begin` asks for beginnings of words alone. */
  function places(text, terms, begin) {
    var low = fold(text), map = null, out = [];
    if (low.length !== text.length || !PLAIN.test(text)) {
      map = []; low = '';
      for (var i = 0; i < text.length;) {
        var c = String.fromCodePoint(text.codePointAt(i)), f = fold(c);
        for (var k = 0; k < f.length; k++) map.push(i);
        low += f; i += c.length;
      }
      map.push(text.length);
    }
    terms.forEach(function (t, n) {
      var m, had = 0; t.mark.lastIndex = 0;
      while (had < 50 && (m = t.mark.exec(low))) {
        if (!m[0]) { t.mark.lastIndex++; continue; }
        if (begin && m.index && inWord(low, m.index)) continue;
        out.push([map ? map[m.index] : m.index, map ? map[m.index + m[0].length] : m.index + m[0].length, n]); had++;
      }
    });
    return out.sort(function (a, b) { return a[0] - b[0] || b[1] - a[1]; });
  }
  function inWord(low, p) { var two = low.slice(p - 1, p + 1); return /^[\p{L}\p{M}\p{N}]{2}$/u.test(two) && !UNSPACED.test(two); }
  function mark(e, text, spots) {                  /* the text into the element, its spots marked; never read as HTML */
    var z = 0;
    spots.forEach(function (s) {
      if (s[0] < z || s[1] <= s[0]) return;
      e.append(text.slice(z, s[0]), A.el('mark', '', text.slice(s[0], s[1]))); z = s[1];
    });
    e.append(text.slice(z)); return e;
  }

  A.query = { plain: function (s) { return PLAIN.test(s); }, fold: fold, parse: parse, places: places, mark: mark, looks: looks };
})();
