/* The job page is whole without this file. It adds: keys, the people filter, "where am I", copying,
   and printing with full-size photos. The lightbox is in lightbox.js, the check in check.js. */
(function () {
  'use strict';
  var $ = function (s, r) { return (r || document).querySelector(s); };
  var $$ = function (s, r) { return Array.from((r || document).querySelectorAll(s)); };
  var A = window.Archive, prefs = A.prefs, tr = A.tr, record = $('#record');
  var shots = $$('.shot', record), pictures = $$('.shot[data-pswp-width]', record);

  /* an address unfolds its message; a very long job is parted: what another part has leads there */
  function arrive() {
    var id = /^#(p|m|photo-)0*(\d+)$/.exec(location.hash), at = id && $(id[0]), fold = at && $('.fold input', at);
    if (fold) fold.checked = true;
    if (!id || at) return;
    $$('.parts a').some(function (a) {
      var there = a.dataset.holds.split(' ').some(function (run) {
        var ends = run.slice(1).split('-').map(Number);
        return run[0] === id[1][0] && ends[0] <= +id[2] && +id[2] <= ends.pop();
      });
      if (there) location.replace(a.getAttribute('href') + location.hash);
      return there;
    });
  }
  addEventListener('hashchange', arrive); arrive();

  /* views: radio buttons; the choice is kept, and the reader's place with it */
  var views = $$('input[name="view"]', record);
  function setView(id) {
    var at = topmost(), r = document.getElementById(id); if (!r) return;
    r.checked = true; prefs.set('view', id);
    if (at && scrollY > record.offsetTop) at.scrollIntoView({ block: 'start' });
  }
  function topmost() { /* what is first below the bar */
    var all = $$('.ph, .e', record), lo = 0, hi = all.length;
    while (lo < hi) { var m = (lo + hi) >> 1; if (all[m].getBoundingClientRect().bottom < 60) lo = m + 1; else hi = m; }
    return all[lo];
  }
  views.forEach(function (v) { v.addEventListener('change', function () { setView(v.id); }); });
  var kept = views.filter(function (v) { return v.id === prefs.get('view'); })[0];
  if (kept && !location.hash) kept.checked = true;

  /* people filter */
  var boxes = $$('[data-person]'), shown = $('#shown');
  function filter() {
    var off = {}, n = 0;
    boxes.forEach(function (b) { if (!b.checked) off[b.dataset.person] = 1; });
    $$('.e', record).forEach(function (e) { e.hidden = !!off[e.dataset.p]; if (e.hidden) n++; });
    $$('.day', record).forEach(function (d) { d.hidden = !$('.e:not([hidden])', d); });
    shown.textContent = n ? tr('Some people are hidden. The record is whole.') : '';
  }
  boxes.forEach(function (b) { b.checked = true; b.addEventListener('change', filter); });

  /* which day is on screen; a long day is several sections with one link */
  var links = {}; $$('.days a').forEach(function (a) { links[a.hash.slice(1)] = a; });
  function dayLink(id) { return links[id] || links[id.replace(/-\d+$/, '')]; }
  var io = new IntersectionObserver(function (seen) {
    seen.forEach(function (e) {
      if (!e.isIntersecting) return;
      for (var k in links) links[k].removeAttribute('aria-current');
      var a = dayLink(e.target.id); if (a) a.setAttribute('aria-current', 'true');
    });
  }, { rootMargin: '-60px 0px -75% 0px' });
  $$('.day', record).forEach(function (d) { io.observe(d); });

  /* copy */
  var live = A.el('p', 'vh'); live.setAttribute('role', 'status'); document.body.append(live);
  function say(b, s) { var title = b.title; live.textContent = b.title = s; setTimeout(function () { b.title = title; live.textContent = ''; }, 1600); }
  document.addEventListener('click', function (e) {
    var b = e.target.closest && e.target.closest('[data-copy]'); if (!b) return;
    if (!navigator.clipboard) { say(b, tr('Copy failed')); return; }
    navigator.clipboard.writeText(b.dataset.copy).then(function () { say(b, tr('Copied')); }, function () { say(b, tr('Copy failed')); });
  });

  /* keys; WCAG 2.1.4: single keys can be switched off */
  var keys = $('#keys'), sw = $('#single');
  function single() { return prefs.get('keys') !== 'off'; }
  function mod(e) { return e.ctrlKey || e.metaKey || e.altKey; }
  A.singleKey = function (e) { return single() && !mod(e); };
  sw.checked = single(); sw.addEventListener('change', function () { prefs.set('keys', sw.checked ? null : 'off'); });
  $('[data-act="keys"]').addEventListener('click', function () { keys.showModal(); });
  function step(by) { /* to the next or previous photo that is not filtered out */
    var open = shots.filter(function (s) { return !s.closest('.e').hidden; }), i = open.indexOf(document.activeElement);
    if (i >= 0) i += by;
    else { i = open.findIndex(function (s) { return s.getBoundingClientRect().top > 60; }); i = Math.max(0, by > 0 ? i : i - 1); }
    if (open[i]) { open[i].focus(); open[i].scrollIntoView({ block: 'center' }); }
  }
  document.addEventListener('keydown', function (e) {
    var field = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && e.target.type !== 'radio';
    if (mod(e) || !single() || field || keys.open || $('.pswp--open')) return;
    var key = e.key.toLowerCase();
    if (e.key >= '1' && e.key <= '3') { if (views.length) setView(views[e.key - 1].id); }
    else if (key === 'j') step(1);
    else if (key === 'k') step(-1);
    else if (e.key === '?') keys.showModal();
    else return;
    e.preventDefault();
  });

  /* print: up to 120 photos the originals are put in place of the thumbnails first */
  function enlarge(shot) {
    var im = $('img', shot); if (!im.dataset.thumb) im.dataset.thumb = im.getAttribute('src');
    im.loading = 'eager'; im.src = shot.getAttribute('href');
    return im.decode().catch(function () { im.src = im.dataset.thumb; });
  }
  $('[data-act="print"]').addEventListener('click', function (e) {
    var b = e.currentTarget; if (pictures.length > 120) { window.print(); return; }
    b.disabled = true;
    Promise.all(pictures.map(enlarge)).then(function () { b.disabled = false; window.print(); });
  });
  addEventListener('afterprint', function () {
    pictures.forEach(function (s) { var im = $('img', s); if (im.dataset.thumb) { im.src = im.dataset.thumb; im.loading = 'lazy'; } });
    shut.forEach(function (d) { d.open = false; });
  });
  var shut = [];
  addEventListener('beforeprint', function () { shut = $$('details:not([open])'); shut.forEach(function (d) { d.open = true; }); });
})();
