/* Photos that other jobs have too say so. Which they are stands in the archive's search/reused.js: a job's page is
   made of that job alone, and goes to others without knowing of any. */
(function () {
  'use strict';
  var A = window.Archive, tr = A.tr, top = '../../../', here = decodeURIComponent(location.pathname).split('/').slice(-4, -1);
  if (here[0] !== 'jobs') return;                  /* the folder lies by itself */
  A.reused = function (json) {
    (JSON.parse(json)[here[1] + '/' + here[2]] || []).forEach(function (one) {    /* exhibit, place in the list, whether the bytes are the same */
      var said = document.querySelector('#p' + String(one[0]).padStart(4, '0') + ' figcaption'), a = A.el('a', 'again');
      if (!said) return;                           /* in another part */
      a.href = top + 'reused.html#' + one[1]; a.title = one[2] ? tr('Also in another job') : tr('Alike in another job');
      a.append(A.icon('sheet'), A.el('span', '', a.title)); said.append(a);
    });
    document.dispatchEvent(new Event('again'));
  };
  A.read(top + 'search/reused.js', function () {});
})();
