/* Jobs a month, as bars: a picture of the archive, and a way to pick a month by click or by key.
   One bar is in the tab order; the arrows move to the others (up and down by a year), Enter or Space picks. */
(function () {
  'use strict';
  var A = window.Archive, MANY = 180;              /* months: above, a bar is a year */
  var box = document.getElementById('months'), axis = document.getElementById('months-y'), said = document.getElementById('months-at');

  var chosen = null;

  var MON = A.say().months || 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');    /* as the pages write them: Intl says Sept */
  A.day = function (day, month, year) { return A.tr('{day} {mon} {year}', { day: day, mon: MON[month - 1], year: year }); };

  var long = null;                                 /* made when it is needed: that takes some 50 ms */
  function month(key) {
    long = long || new Intl.DateTimeFormat(document.documentElement.lang, { month: 'long', year: 'numeric', timeZone: 'UTC' });
    return long.format(new Date(key + '-15'));
  }
  function bars() { return Array.prototype.slice.call(box.children); }
  function stop(bar) { bars().forEach(function (b) { b.tabIndex = b === bar ? 0 : -1; }); }
  function tell(bar) { said.textContent = bar ? bar.getAttribute('aria-label') : ''; }

  A.calendar = {
    month: month,
    /* months: number of jobs by `2025-10`; pick is called with a month, or a year where bars are years */
    setup: function (months, pick) {
      var keys = Object.keys(months).sort(), counts = {}, years = {}, max = 0, size = keys.length > MANY ? 4 : 7;
      keys.forEach(function (k) { counts[k.slice(0, size)] = (counts[k.slice(0, size)] || 0) + months[k]; });
      keys = Object.keys(counts).sort();
      keys.forEach(function (k) { max = Math.max(max, counts[k]); years[k.slice(0, 4)] = (years[k.slice(0, 4)] || 0) + 1; });
      keys.forEach(function (k) {
        var b = A.el('button'), n = counts[k];
        b.type = 'button'; b.dataset.m = k; b.style.setProperty('--n', Math.max(2, n / max * 100) + '%');
        b.jobs = n; box.append(b);
      });
      Object.keys(years).sort().forEach(function (y, n, all) {
        var room = size === 7 ? years[y] > 2 : !(n % Math.ceil(all.length / 24)), s = A.el('span', '', room ? y : '');
        s.style.flex = years[y]; axis.append(s);
      });
      stop(box.lastElementChild);
      box.addEventListener('click', function (e) { var b = e.target.closest('button'); if (b) { stop(b); pick(b.dataset.m); } });
      box.addEventListener('focusin', function (e) { tell(e.target); });
      box.addEventListener('mouseover', function (e) { if (e.target !== box) tell(e.target); });
      ['focusout', 'mouseleave'].forEach(function (x) {
        box.addEventListener(x, function () { tell(box.contains(document.activeElement) && x !== 'focusout' ? document.activeElement : null); });
      });
      box.addEventListener('keydown', function (e) {
        var all = bars(), at = all.indexOf(e.target), year = size === 7 ? 12 : 1;
        var to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - year, ArrowDown: at + year, Home: 0, End: all.length - 1 }[e.key];
        if (at < 0 || to == null || e.ctrlKey || e.metaKey || e.altKey) return;
        to = Math.max(0, Math.min(all.length - 1, to)); stop(all[to]); all[to].focus(); e.preventDefault();
      });
    },
    label: function () {                           /* what each bar says: not before the jobs are there */
      bars().forEach(function (b) {
        var k = b.dataset.m;
        b.setAttribute('aria-label', (k.length === 4 ? k : month(k)) + ': ' + A.trn('{n} job', '{n} jobs', b.jobs));
      });
    },
    mark: function (d) {                           /* the month or year that is chosen */
      if (d === chosen) return; chosen = d;
      bars().forEach(function (b) {
        var k = b.dataset.m, on = /^\d{4}(-\d\d)?$/.test(d) && (k.indexOf(d) === 0 || d.indexOf(k) === 0);
        b.setAttribute('aria-pressed', on ? 'true' : 'false'); if (on && k === d) stop(b);
      });
    }
  };
})();
