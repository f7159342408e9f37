/* Photos in full: PhotoSwipe with the facts of the photo beside it. Everything is read from the page. */
(function () {
  'use strict';
  var $ = function (s, r) { return r.querySelector(s); };
  var A = window.Archive, prefs = A.prefs, tr = A.tr, el = A.el, icon = A.icon, record = document.getElementById('record');
  if (!window.PhotoSwipeLightbox || !window.PhotoSwipe || !$('.shot[data-pswp-width]', record)) return;

  var still = matchMedia('(prefers-reduced-motion: reduce)').matches, noFacts = prefs.get('facts') === 'off', last = null;
  var box = new window.PhotoSwipeLightbox({
    gallery: '#record', children: '.shot[data-pswp-width]', pswpModule: window.PhotoSwipe,
    bgOpacity: 1, loop: false, wheelToZoom: true, preload: [1, 2], showHideAnimationType: still ? 'none' : 'zoom', zoomAnimationDuration: still ? false : 333,
    /* zooming leads to the original's own pixels, or to twice the size of what is small anyway */
    secondaryZoomLevel: function (z) { return z.fit < 1 ? 1 : 2 * z.fit; }, maxZoomLevel: function (z) { return Math.max(2, 4 * z.fit); },
    arrowPrevTitle: tr('Previous photo (left arrow)'), arrowNextTitle: tr('Next photo (right arrow)'), closeTitle: tr('Close (Esc)'), zoomTitle: tr('Zoom (Z)'), errorMsg: tr('The image cannot be loaded'),
    paddingFn: function (v) { return v.x > 720 && !noFacts ? { top: 60, bottom: 24, left: 24, right: 324 } : { top: 52, bottom: noFacts || v.x > 720 ? 24 : Math.round(v.y * .38), left: 0, right: 0 }; }
  });
  box.on('uiRegister', function () {
    var ps = box.pswp;
    ps.ui.registerElement({ name: 'facts', order: 9, isButton: true, title: tr('Details (I)'), onInit: function (b) { b.append(icon('info')); }, onClick: toggleFacts });
    ps.ui.registerElement({ name: 'details', appendTo: 'root', onInit: function (panel) {
      panel.className = 'pswp__details'; panel.setAttribute('role', 'region'); panel.setAttribute('aria-label', tr('Details of the photo'));
      var head = el('h2', 'num'), body = el('div'); head.setAttribute('aria-live', 'polite'); panel.append(head, body);
      ps.on('change', function () { fill(head, body, ps.currSlide.data.element); });
    } });
  });
  box.on('afterInit', function () { box.pswp.element.setAttribute('aria-label', tr('Photos of this job')); box.pswp.element.classList.toggle('pswp--nofacts', noFacts); });
  box.on('destroy', function () {
    if (!last) return;
    last.focus({ preventScroll: true }); last.scrollIntoView({ block: 'nearest' });
    address(last.closest('.ph').id);
  });
  function address(id) { try { history.replaceState(null, '', '#' + id); } catch (e) { /* not allowed here */ } }

  /* #photo-0012 opens the photo, #p0012 only leads to it */
  function openNamed() {
    var id = location.hash.slice(1), shot = /^photo-\d+$/.test(id) && document.getElementById(id);
    if (!shot || !shot.matches('.shot[data-pswp-width]')) return;
    shot.scrollIntoView({ block: 'center' });
    var all = record.querySelectorAll('.shot[data-pswp-width]'), at = Array.from(all).indexOf(shot);
    if (box.pswp) box.pswp.goTo(at); else box.loadAndOpen(at, { gallery: record });
  }

  function toggleFacts() {
    noFacts = !noFacts; prefs.set('facts', noFacts ? 'off' : null);
    box.pswp.element.classList.toggle('pswp--nofacts', noFacts); box.pswp.updateSize(true);
  }
  /* the caption of a photo: who and when, file and size, SHA-256, then what else is to be said of it */
  function fill(head, panel, shot) {
    last = shot;
    var f = shot.closest('.ph'), who = $('bdi', f), file = $('.x .mono', f), hash = $('.hash', f), geo = $('.geo', f), again = $('.again', f), time = $('time', f);
    panel.textContent = '';
    head.textContent = tr('Photo {number}', { number: $('.no', f).textContent });
    var dl = el('dl'); panel.append(dl);
    function row(k, v, c) { var d = el('div'), dd = el('dd', c, v); dd.dir = 'auto'; d.append(el('dt', '', k), dd); dl.append(d); }
    row(tr('Uploaded by'), who.textContent);
    row(tr('Uploaded'), who.nextSibling.data.replace(/^, /, '').replace(/ \(.*\)$/, ''), 'num');
    if (time) row('UTC', time.getAttribute('datetime').replace('T', ' ').replace('Z', ''), 'num');
    row(tr('File'), file.textContent, 'mono');
    row(tr('Size'), file.nextSibling.data.replace(/^, | $/g, ''), 'num');
    row('SHA-256', hash.textContent.replace('SHA-256 ', '').replace(/(.{8})/g, '$1 '), 'mono');
    f.querySelectorAll('.more').forEach(function (x) {
      var name = $('b', x), said = x.textContent;
      row(name ? name.textContent : tr('Note'), name ? said.slice(name.textContent.length + 1) : said);
    });
    shot.closest('.e').querySelectorAll('.said').forEach(function (x) { /* gone, with its message or by its number */
      var said = x.textContent; if (said[0] !== '#' || said.indexOf($('.no', f).textContent + ':') === 0) row(tr('Note'), said);
    });
    address(shot.id);
    var acts = el('div', 'acts'), open = el('a', 'btn line');
    open.href = $('.dl', f).getAttribute('href'); open.download = ''; open.append(icon('down'), ' ' + tr('Original file'));
    acts.append(open, copier('copy', tr('Copy SHA-256'), hash.textContent.replace('SHA-256 ', '')), copier('link', tr('Copy link to photo'), location.href));
    if (geo && record.dataset.map) acts.append(map(geo));
    if (again) { again = again.cloneNode(true); again.className = 'btn line'; acts.append(again); }
    panel.append(acts);
  }
  function copier(sign, words, text) {
    var b = el('button', 'btn line'); b.type = 'button'; b.dataset.copy = text; b.append(icon(sign), ' ' + words);
    return b;
  }
  function map(geo) { /* a plain link: nothing is asked for until it is clicked */
    var at = geo.lastChild.data.trim().split(', '), a = el('a', 'btn line');
    a.href = record.dataset.map.replace(/LAT/g, at[0]).replace(/LON/g, at[1]);
    a.rel = 'noopener noreferrer'; a.target = '_blank'; a.append(icon('pin'), ' ' + tr('Place on OpenStreetMap'));
    return a;
  }
  box.init();
  document.addEventListener('again', function () { if (box.pswp) box.pswp.dispatch('change'); });
  addEventListener('hashchange', openNamed);
  openNamed();
  document.addEventListener('keydown', function (e) {
    if (box.pswp && (e.key === 'i' || e.key === 'I') && A.singleKey(e)) { e.preventDefault(); toggleFacts(); }
  });
})();
