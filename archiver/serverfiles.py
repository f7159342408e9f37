"""How a static host should serve a published folder: headers and caching, for four kinds of host.

`_headers` (Netlify, Cloudflare Pages) and `.htaccess` (Apache) lie in the folder itself; nginx and
Caddy are told from outside. All say the same: nothing hidden, no listings, no scripts but ours, and
how long a copy may be kept. Pages are asked for again each time, so that what was erased is gone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from archiver.serve import GUARDS, PAGE_POLICY

KEPT = 3600
"""Seconds that pictures, styles and scripts may be kept without asking: a photo that is withdrawn
is gone everywhere after that."""
_STATIC = r"\.(?:jpe?g|png|webp|gif|bmp|tiff?|heic|heif|avif|css|svg|pdf)$"
_TEXTS = {"text/html": "html", "text/javascript": "js", "application/json": "json"}
_TYPES = {
    "image/jpeg": "jpeg jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/bmp": "bmp",
    "image/tiff": "tiff tif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/avif": "avif",
    "image/svg+xml": "svg",
    "text/css": "css",
    "application/pdf": "pdf",
}
"""Said anew, since servers' own lists may lack them: a browser shows no picture that is sent as
anything else with `nosniff`."""
_INLINE = re.compile(rb"<script(?:\s[^>]*)?>(.*?)</script>", re.DOTALL)
_DATA = re.compile(rb"<script[^>]*(?:\ssrc=|application/json)")


@dataclass(frozen=True, slots=True)
class Serving:
    """What the headers depend on: the policy of pages, and whether the addresses are unlisted."""

    policy: str
    unlisted: bool = False

    @property
    def pages(self) -> dict[str, str]:
        """Headers of everything."""
        found = {
            **GUARDS,
            "Content-Security-Policy": self.policy,
            "Cache-Control": "private, no-cache" if self.unlisted else "no-cache",
        }
        return found | ({"X-Robots-Tag": "noindex, nofollow"} if self.unlisted else {})

    @property
    def kept(self) -> str:
        """The caching of what changes seldom."""
        return f"{'private' if self.unlisted else 'public'}, max-age={KEPT}"


def policy_for(pages: Iterable[bytes]) -> str:
    """A policy for pages, some of which have scripts of ours inline: each named by its hash."""
    hashes = sorted({_hash(script) for page in pages for script in _inline(page)})
    if not hashes:
        return PAGE_POLICY
    return PAGE_POLICY.replace("script-src 'self'", " ".join(["script-src 'self'", *hashes]))


def _inline(page: bytes) -> Iterable[bytes]:
    for found in _INLINE.finditer(page):
        if found[1].strip() and not _DATA.match(found[0]):
            yield found[1]


def _hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def files_in_folder(serving: Serving) -> dict[str, bytes]:
    """What lies in the published folder itself, by path."""
    return {"_headers": _headers(serving).encode(), ".htaccess": _htaccess(serving).encode()}


def files_for_servers(serving: Serving) -> dict[str, bytes]:
    """What is put into a server's own settings, by name."""
    return {"nginx.conf": _nginx(serving).encode(), "Caddyfile": _caddy(serving).encode()}


def _headers(serving: Serving) -> str:
    lines = ["/*", *(f"  {name}: {value}" for name, value in serving.pages.items())]
    for where in ("/*/data/images/*", "/*/data/thumbnails/*", "/assets/*"):
        lines += [where, "  ! Cache-Control", f"  Cache-Control: {serving.kept}"]
    return "\n".join(lines) + "\n"


def _htaccess(serving: Serving) -> str:
    always = "\n".join(
        f'  Header always set {name} "{value}"' for name, value in serving.pages.items()
    )
    types = "\n".join(
        f"  AddType {kind} {' '.join(f'.{one}' for one in suffixes.split())}"
        for kind, suffixes in (_TEXTS | _TYPES).items()
    )
    return f"""\
# Made by archiver publish: how Apache serves this folder; AllowOverride must allow it.
Options -Indexes -ExecCGI -Includes -MultiViews -FollowSymLinks -SymLinksIfOwnerMatch
AddDefaultCharset utf-8
<IfModule mod_dir.c>
  DirectoryIndex index.html
</IfModule>
<IfModule mod_mime.c>
{types}
</IfModule>
<IfModule mod_headers.c>
{always}
  <FilesMatch "{_STATIC}">
    Header always set Cache-Control "{serving.kept}"
  </FilesMatch>
</IfModule>
# Nothing hidden, whatever the folder, and no settings of other hosts.
<IfModule !mod_alias.c>
  <FilesMatch "^(\\.|_headers$)">
    Require all denied
  </FilesMatch>
</IfModule>
<IfModule mod_alias.c>
  RedirectMatch 404 "/(\\.|_headers$)"
</IfModule>
# Files are sent, never run, whatever stands in their names.
<FilesMatch ".">
  SetHandler default-handler
</FilesMatch>
"""


def _nginx(serving: Serving) -> str:
    def headers(spaces: str, changed: dict[str, str]) -> str:
        said = (serving.pages | changed).items()
        return "\n".join(f'{spaces}add_header {name} "{value}" always;' for name, value in said)

    types = "\n".join(f"        {kind} {suffixes};" for kind, suffixes in _TYPES.items())
    return f"""\
# Made by archiver publish. Put this into the server block whose root is the published folder.
charset utf-8;
autoindex off;
disable_symlinks on from=$document_root;
index index.html;
{headers("", {})}

# Nothing hidden, whatever the folder, and no settings of other hosts.
location ~ /\\. {{ return 404; }}
location = /_headers {{ return 404; }}

# nginx forgets the headers above where it is given others.
location ~* "{_STATIC}" {{
    types {{
{types}
    }}
{headers("    ", {"Cache-Control": serving.kept})}
    try_files $uri =404;
}}
location / {{ try_files $uri $uri/index.html =404; }}
"""


def _caddy(serving: Serving) -> str:
    every = dict(serving.pages)
    # Of two lines for one header Caddy takes whichever it likes: each file has but one.
    caching = every.pop("Cache-Control")
    lines = "\n".join(f'\t{name} "{value}"' for name, value in every.items())
    return f"""\
# Made by archiver publish. Import this in the site whose root is the published folder.
header {{
{lines}
}}
@kept path_regexp kept (?i){_STATIC}
header @kept Cache-Control "{serving.kept}"
@asked not path_regexp asked (?i){_STATIC}
header @asked Cache-Control "{caching}"
@hidden path_regexp hidden (/\\.|^/_headers$)
handle @hidden {{
\trespond 404
}}
handle {{
\tfile_server {{
\t\tindex index.html
\t}}
}}
"""
