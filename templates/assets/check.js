/* Check it yourself: hashes the files of the folder the reader chose, and compares them with the payload
   manifest (data/), the tag manifest (all else that is sealed) and the seal. Nothing leaves the
   machine. Pages, sheets and assets are not sealed, and not looked at. */
(function () {
  'use strict';
  var A = window.Archive, tr = A.tr, pick = document.getElementById('verify'), out = document.getElementById('verdict');
  if (!pick) return; /* the later parts of a very long job */
  var seal = document.getElementById('seal').textContent.replace(/ /g, '');
  if (!(window.crypto && crypto.subtle)) {
    document.getElementById('checker').textContent = tr('This page came over plain http, where browsers have no SHA-256. Use the command above, or open the page from a disk or over https.');
    return;
  }
  pick.addEventListener('change', function () {
    var files = {};
    Array.from(pick.files).forEach(function (f) { files[f.webkitRelativePath.split('/').slice(1).join('/')] = f; });
    pick.value = ''; verdict('', tr('Reading…'));
    check(files).then(function (r) { verdict(r.bad.length ? 'bad' : 'ok', r.text); }, function (e) { verdict('bad', e.message); });
  });
  function verdict(c, t) { out.hidden = false; out.className = 'verdict ' + c; out.textContent = t; out.scrollIntoView({ block: 'nearest' }); }
  function hex(d) { return Array.from(new Uint8Array(d), function (x) { return (x + 256).toString(16).slice(1); }).join(''); }
  async function sha(f) { return hex(await crypto.subtle.digest('SHA-256', await f.arrayBuffer())); }
  function lines(text) { /* [path, SHA-256] of each line; RFC 8493 §2.1.3 encodes CR, LF and % in paths */
    return text.split('\n').map(function (l) { return /^([0-9a-f]{64}) [ *](.+)$/.exec(l); }).filter(Boolean)
      .map(function (p) { return [p[2].replace(/%(0A|0D|25)/gi, decodeURIComponent), p[1]]; });
  }
  async function check(files) {
    var payload = files['manifest-sha256.txt'], tags = files['tagmanifest-sha256.txt'], bad = [];
    if (!payload || !tags) throw new Error(tr('This folder has no manifest. Choose the folder that holds this page.'));
    var want = lines(await payload.text()).concat(lines(await tags.text())), known = {};
    if (await sha(tags) !== seal) bad.push(tr('the seal differs from the one on this page'));
    for (var i = 0; i < want.length; i++) {
      var name = want[i][0], f = files[name]; known[name] = true;
      if (!f) bad.push(tr('{file} is missing', { file: name }));
      else if (await sha(f) !== want[i][1]) bad.push(tr('{file} was altered', { file: name }));
      if ((i + 1) % 25 === 0) verdict('', tr('Checked {i} of {n} files…', { i: i + 1, n: want.length }));
    }
    Object.keys(files).forEach(function (name) {
      if (/^(data|seals)\//.test(name) && !known[name]) bad.push(tr('{file} does not belong here', { file: name }));
    });
    var text = tr('All {n} files match their SHA-256, and the seal matches this page.', { n: want.length });
    if (bad.length) text = A.trn('{n} problem: {list}', '{n} problems: {list}', bad.length, { list: bad.slice(0, 5).join('; ') }) + (bad.length > 5 ? tr('; and more.') : '.');
    return { bad: bad, text: text };
  }
})();
