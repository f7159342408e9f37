"""What `archiver publish` made, over http with the headers it asks for: from a small server that
reads `_headers`, and from real ones, Apache, nginx and Caddy, where they are installed."""

from __future__ import annotations

import http.server
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from archiver.cli import run
from tests.browser.chrome import barriers, keep_shot, visiting
from tests.pipeline import a_workspace, synced


class Published(NamedTuple):
    """Two sites of one archive, one listed, and what to tell servers of each."""

    listed: Path
    unlisted: Path
    config: Path
    job: str


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """An archive of the embedded server's jobs, published twice."""
    place = tmp_path_factory.mktemp("publish")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(place / "state"))
        patch.setenv("XDG_CONFIG_HOME", str(place / "config"))
        # Playwright's event loop runs in this thread.
        worker = threading.Thread(target=_make, args=(place,))
        worker.start()
        worker.join()
        (page,) = (place / "unlisted").glob("jobs/*/*-*/index.html")
        job = page.relative_to(place / "unlisted").as_posix()
        yield Published(place / "listed", place / "unlisted", place / "server", job)


def _make(place: Path) -> None:
    root = place / "archive"
    synced(root, a_workspace(jobs=3, photos=3))
    (root / "archiver.toml").write_text("[profile.talk]\nchat = true\n")
    named = ["--profile", "talk", "--server-config"]
    assert run(["publish", str(root), str(place / "listed"), *named, str(place / "server/0")]) == 0
    job = next(root.glob("jobs/*/*")).name
    named += [str(place / "server/1"), "--unlisted", "--job", job]
    assert run(["publish", str(root), str(place / "unlisted"), *named]) == 0


# --- four servers ---------------------------------------------------------------------------------


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files as `_headers` says: the sections that fit, a `!` takes a header away."""

    def log_message(self, format: str, *args: Any) -> None:
        """Quietly."""

    def end_headers(self) -> None:
        """With the site's own headers."""
        found: dict[str, str] = {}
        fits = False
        for line in (Path(self.directory) / "_headers").read_text().splitlines():
            if line.startswith("/"):
                fits = re.fullmatch(line.replace("*", ".*"), self.path) is not None
            elif fits and line.startswith("  ! "):
                found.pop(line[4:], None)
            elif fits:
                name, _, value = line.strip().partition(": ")
                found[name] = value
        for name, value in found.items():
            self.send_header(name, value)
        super().end_headers()


def a_port() -> int:
    """A port that is free."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def plain(site: Path, config: Path) -> Iterator[str]:
    """A static host that knows `_headers`."""
    del config
    handler = partial(_Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command: list[str], port: int) -> Iterator[str]:
    """A server of the system, as soon as it answers."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            while not _answers(port):
                if server.poll() is not None:
                    assert server.stdout is not None
                    pytest.fail(f"{command[0]} ended: {server.stdout.read().decode()}")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


_MODULES = (
    *("mpm_event", "authz_core", "alias", "dir", "mime"),
    *("headers", "autoindex", "negotiation", "status"),
)
_SUFFIXES = {
    "webp": "image/webp", "avif": "image/avif", "heic": "image/heic", "svg": "image/svg+xml",
}  # fmt: skip


@contextmanager
def apache(site: Path, config: Path) -> Iterator[str]:
    """Debian's Apache, as lax as hosts set it up, with the folder's own `.htaccess`."""
    program, modules = shutil.which("apache2"), Path("/usr/lib/apache2/modules")
    if program is None or not modules.is_dir():
        pytest.skip("apache2 is not installed")
    port = a_port()
    # Begun by root it reads files as another user, who may not look into pytest's folders.
    with tempfile.TemporaryDirectory(prefix="archiver-apache-") as name:
        place = Path(name)
        place.chmod(0o755)
        shutil.copytree(site, place / "www", symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(place)], check=True)
        loaded = "\n".join(f"LoadModule {one}_module {modules}/mod_{one}.so" for one in _MODULES)
        (place / "types").touch()  # so that the folder has to say all by itself
        (place / "apache.conf").write_text(
            f"""{loaded}
            Listen 127.0.0.1:{port}
            ServerName 127.0.0.1
            PidFile {place}/pid
            ErrorLog {place}/error.log
            TypesConfig {place}/types
            User nobody
            DocumentRoot {place}/www
            DirectoryIndex index.php welcome.html
            AddHandler server-status .php
            <Directory />
              Options Indexes FollowSymLinks MultiViews
              AllowOverride All
              Require all granted
            </Directory>
            """
        )
        with running([program, "-f", f"{place}/apache.conf", "-DFOREGROUND"], port) as at:
            yield at
    del config


@contextmanager
def nginx(site: Path, config: Path) -> Iterator[str]:
    """Debian's nginx with the snippet."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    port, place = a_port(), config / "run"
    place.mkdir(exist_ok=True)
    (place / "whole.conf").write_text(
        f"""user root; daemon off; pid {place}/pid; error_log {place}/error.log; events {{ }}
        http {{ include /etc/nginx/mime.types; access_log off; client_body_temp_path {place}/b;
        proxy_temp_path {place}/p; fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u;
        scgi_temp_path {place}/s;
        server {{ listen 127.0.0.1:{port}; root {site}; include {config}/nginx.conf; }} }}"""
    )
    with running(["nginx", "-e", f"{place}/error.log", "-c", f"{place}/whole.conf"], port) as at:
        yield at


@contextmanager
def caddy(site: Path, config: Path) -> Iterator[str]:
    """Debian's Caddy with the snippet."""
    if shutil.which("caddy") is None:
        pytest.skip("caddy is not installed")
    port = a_port()
    whole = config / "whole"
    whole.write_text(
        f"{{\n\tadmin off\n\tauto_https off\n}}\nhttp://127.0.0.1:{port} {{\n\troot * {site}\n"
        f"\timport {config}/Caddyfile\n}}\n"
    )
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(whole)]
    with running(command, port) as at:
        yield at


REAL = [apache, nginx, caddy]
SERVERS = [plain, *REAL]


def asked(address: str) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers)


# --- what a visitor sees --------------------------------------------------------------------------


def see_photo(page: Page) -> None:
    """A photo opens large, and is there."""
    page.locator("a.shot").first.click()
    expect(page.locator(".pswp__details")).to_contain_text("Photo #0001")
    expect(page.locator(".pswp__img").first).to_be_visible()
    page.keyboard.press("Escape")


@pytest.mark.parametrize("server", SERVERS, ids=lambda one: one.__name__)
def test_a_listed_site_works_without_a_word_on_the_console(
    browser: Browser, published: Published, server: Any
) -> None:
    """Search, a job, a photo, the way back: no violation of a policy, no request elsewhere."""
    with (
        server(published.listed, published.config / "0") as address,
        visiting(browser, origin=address) as visit,
    ):
        page = visit.page
        page.goto(address)
        expect(page.locator("#count")).to_have_text("3 jobs")
        page.fill("#q", "arrived at job 1")
        expect(page.locator("#count")).to_contain_text(" of 3 jobs")
        expect(page.locator("#list")).to_contain_text("Job 1")
        if server is plain:
            assert barriers(page) == []
            keep_shot(page, "published-index")
        page.fill("#q", "")
        page.locator("#list a").first.click()
        expect(page.locator("h1")).to_contain_text("Job")
        see_photo(page)
        if server is plain:
            assert barriers(page) == []
            keep_shot(page, "published-job")
        page.get_by_role("link", name="All jobs").click()
        page.goto(f"{address}browse.html")
        page.goto(f"{address}photos.html")
        expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("server", SERVERS, ids=lambda one: one.__name__)
def test_an_unlisted_job_works_and_leads_nowhere_else(
    browser: Browser, published: Published, server: Any
) -> None:
    """Its scripts stand inline, and the servers' policy names them by their hashes."""
    with (
        server(published.unlisted, published.config / "1") as address,
        visiting(browser, origin=address) as visit,
    ):
        page = visit.page
        page.goto(address)
        expect(page.locator("p")).to_have_text("Nothing is listed here.")
        assert page.locator("a").count() == 0
        page.goto(address + published.job)
        see_photo(page)
        links = page.locator("a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert not [one for one in links if one.startswith(("..", "/", "http"))]
        if server is plain:
            keep_shot(page, "published-unlisted")


@pytest.fixture
def laid_by_hand(published: Published) -> Iterator[tuple[Path, str]]:
    """The unlisted job's folder with what does not belong there, and pictures of other kinds."""
    job = (published.unlisted / published.job).parent
    odd = {
        "jobs/.git/config": b"hidden",
        "jobs/.env": b"hidden",
        **{f"{published.job[:-10]}data/images/x.{one}": b"picture" for one in _SUFFIXES},
        f"{published.job[:-10]}data/images/x.php.jpeg": b"picture",
    }
    for name, body in odd.items():
        (published.unlisted / name).parent.mkdir(exist_ok=True)
        (published.unlisted / name).write_bytes(body)
    link = job / "out"
    link.symlink_to("/etc")
    yield job, published.job
    link.unlink()
    for name in odd:
        (published.unlisted / name).unlink()
    (published.unlisted / "jobs/.git").rmdir()


@pytest.mark.parametrize("server", REAL, ids=lambda one: one.__name__)
def test_servers_tell_the_headers_and_hide_what_is_hidden(
    published: Published, laid_by_hand: tuple[Path, str], server: Any
) -> None:
    """For every kind of file; `unsafe-inline` for scripts in none."""
    job, _ = laid_by_hand
    with server(published.unlisted, published.config / "1") as address:
        page = address + published.job
        photo = page.rpartition("/")[0] + "/data/images/"
        name = next(job.glob("data/images/0*")).name
        for where, kept in ((page, "private, no-cache"), (photo + name, "private, max-age=3600")):
            status, headers = asked(where)
            assert (status, headers["Cache-Control"]) == (200, kept)
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["X-Robots-Tag"] == "noindex, nofollow"
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self' 'sha256-" in policy
        hidden = (
            ".htaccess",
            "_headers",
            "jobs/.git/config",
            "jobs/.env",
            "nothing.html",
            "nothing",
        )
        for one in hidden:
            status, headers = asked(address + one)
            assert status == 404, one
            assert "Content-Security-Policy" in headers
        assert asked(photo)[0] in (403, 404)  # no listing


@pytest.mark.parametrize("server", REAL, ids=lambda one: one.__name__)
def test_servers_show_pictures_of_every_kind_and_run_none(
    published: Published, laid_by_hand: tuple[Path, str], server: Any
) -> None:
    """By their media types: with `nosniff` a browser shows no picture that is sent as another."""
    with server(published.unlisted, published.config / "1") as address:
        photo = address + published.job.rpartition("/")[0] + "/data/images/x."
        found = {one: asked(photo + one)[1]["Content-Type"] for one in _SUFFIXES}
        assert found in (_SUFFIXES, _SUFFIXES | {"heic": "image/heif"})  # Caddy's word for it
        with urllib.request.urlopen(photo + "php.jpeg", timeout=10) as answer:
            assert (answer.read(), answer.headers["Content-Type"]) == (b"picture", "image/jpeg")
        assert asked(address)[1]["Content-Type"].lower() == "text/html; charset=utf-8"
        # No page is found by half its name.
        assert asked(address + published.job.removesuffix(".html"))[0] == 404


@pytest.mark.parametrize("server", [apache, nginx], ids=lambda one: one.__name__)
def test_nothing_is_read_through_a_link_that_leads_out(
    published: Published, laid_by_hand: tuple[Path, str], server: Any
) -> None:
    """Caddy cannot be told so."""
    with server(published.unlisted, published.config / "1") as address:
        out = address + published.job.rpartition("/")[0] + "/out/hostname"
        assert asked(out)[0] in (403, 404)
