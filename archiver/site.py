"""The site: every page and asset of an archive, as bytes made from values.

Nothing here reads the archive, the clock or the network; the same record and settings give the
same bytes. Pages are Jinja2 templates (`templating`) over typed contexts (`jobpage`, `indexpage`);
this module adds what the pages share: the assets, and the Content-Security-Policy.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path

from markupsafe import Markup

from archiver import photopages, search
from archiver.branding import PLAIN, Branding
from archiver.capturetime import FAR
from archiver.indexpage import browse_pages, export_page, index_page
from archiver.jobpage import job_page_context
from archiver.jobparts import part_name, parts_of
from archiver.language import ENGLISH
from archiver.models import JobRecord, JobSummary, RelPath, Seal, Tombstone
from archiver.pagetext import page_bytes
from archiver.photoshards import PhotoOfJob
from archiver.pins import Decision
from archiver.plan import Slot
from archiver.reader import Reader, reader_of
from archiver.renditionplan import Rendition
from archiver.summary import job_summary
from archiver.templating import asset, own_assets, rendered, script_texts

__all__ = [
    "ExportEntry",
    "Shell",
    "SiteSettings",
    "checks_js",
    "export_index",
    "job_assets",
    "job_pages",
    "job_summary",
    "photo_month_pages",
    "photo_months_page",
    "plain_page",
    "site_files",
]

PHOTOSWIPE = "vendor/photoswipe-5.4.4"
JOB_SCRIPTS = (
    f"{PHOTOSWIPE}/photoswipe.umd.min.js",
    f"{PHOTOSWIPE}/photoswipe-lightbox.umd.min.js",
    "job.js",
    "lightbox.js",
    "check.js",
)
PAUSE = "pause.js"
"""A script that does nothing, between the sections of a long page. Chromium reads half a second of
page at a time, blocking all else, unless it comes upon a script: then it may paint before it goes
on."""
AGAIN = "again.js"
"""Marks photos that other jobs have too; only where the job lies in its archive, and is no copy."""
JOB_STYLES = (
    "icon.svg",
    "base.css",
    "job.css",
    "photos.css",
    "ratios.css",
    "print.css",
    f"{PHOTOSWIPE}/photoswipe.css",
    f"{PHOTOSWIPE}/LICENSE",
)
ALONE = (
    "img,svg,button,input,select{display:none}"
    ".alone{margin:1em;padding:1em;border:2px solid;font:1.1em/1.5 sans-serif}"
)
"""How a page looks that was opened alone, from inside a zip or on a phone: words instead of broken
pictures. `assets/base.css` undoes each of these rules, and so does it without scripts."""
INDEX_ASSETS = (
    "icon.svg",
    "base.css",
    "index.css",
    "found.css",
    "prefs.js",
    "words.js",
    "chat.js",
    "photolist.js",
    "calendar.js",
    "jobs.js",
    "jobsearch.js",
    "jobrows.js",
    "index.js",
)


_INDEX_SCRIPTS = tuple(name for name in INDEX_ASSETS if name.endswith(".js"))


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What pages depend on besides the record: `archive.json`'s choices, and `archiver.toml`'s.

    `timezone` is an IANA name, `language` a BCP 47 tag. `workspace_name` is shown as the archive's
    title. `templates` is a folder that overrides ours. From `far` on a photo is far from its
    upload.
    """

    workspace_name: str | None
    timezone: str
    language: str = ENGLISH
    branding: Branding = PLAIN
    templates: Path | None = None
    far: timedelta = FAR

    @property
    def reader(self) -> Reader:
        """Whom the pages are made for."""
        return reader_of(self.language, self.timezone)


@dataclass(frozen=True, slots=True)
class ExportEntry:
    """A job in a zip: the name of its folder there, and its row."""

    folder: str
    summary: JobSummary


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame of a page needs: its policy, and what stands inline under it.

    `alone` is the style of a page that was opened without its style sheets, which undo it.
    `files` says whether the page has assets beside it, `scripted` whether it loads `prefs.js`,
    `texts` what its scripts say, where that is not English.
    """

    csp: str
    alone: Markup
    style: Markup
    head_script: Markup
    scripts: tuple[Markup, ...]
    files: bool
    scripted: bool
    branding: Branding
    texts: str = ""


# --- pages --------------------------------------------------------------------------------------


def job_pages(
    record: JobRecord,
    seal: Seal,
    settings: SiteSettings,
    *,
    sheets: tuple[str, ...] = (),
    sheet_pdf: str | None = None,
    damaged: tuple[str, ...] = (),
    accepted: Mapping[Slot, Decision] | None = None,
    renditions: Mapping[RelPath, Rendition] | None = None,
    standalone: bool = False,
    report_pdf: str | None = None,
) -> Iterator[tuple[RelPath, bytes]]:
    """A job's pages by name: `index.html`, and `part-2.html` and so on when it is very long.

    `sheets` and `sheet_pdf` are contact sheets, `damaged` the files that `verify` found altered or
    missing, all relative to the job's folder. `accepted` are losses that a person has accepted, by
    what the ledger says, `renditions` the JPEG copies that stand for kept files which browsers do
    not show, by those files. A `standalone` page is for customers' zips: its
    scripts stand inline and nothing leads out of the folder. `report_pdf` is the evidence report
    beside it.
    """
    reader = settings.reader
    page = job_page_context(
        record,
        seal,
        workspace=settings.workspace_name,
        reader=reader,
        sheets=sheets,
        sheet_pdf=sheet_pdf,
        damaged=damaged,
        accepted=accepted or {},
        renditions=renditions or {},
        standalone=standalone,
        report_pdf=report_pdf,
        far=settings.far,
    )
    inline = _inline_scripts(settings.templates) if standalone else ()
    copied = standalone or record.derived is not None
    texts = script_texts(_job_scripts(copied=copied), settings.language, settings.templates)
    shell = _shell(settings, style=page.style, inline=inline, texts=texts)
    for number, part in enumerate(parts_of(page, reader), 1):
        yield RelPath(part_name(number)), _page(settings, "job.html", page=part, shell=shell)


def _page(settings: SiteSettings, name: str, **context: object) -> bytes:
    """A page of any length. `render` would hold every piece of it at once, besides the whole:
    200 MB for a job of 150,000 messages."""
    pieces = rendered(name, settings.language, settings.templates, **context)
    page = io.BytesIO()
    while batch := list(islice(pieces, 8192)):
        page.write(page_bytes("".join(batch)))
    return page.getvalue()


def job_assets(
    settings: SiteSettings, *, standalone: bool = False, copied: bool = False
) -> dict[str, bytes]:
    """The `assets/` of a job's folder by path (`assets/base.css`); no scripts when standalone, none
    that looks at other jobs where it is a copy."""
    scripts = () if standalone else (PAUSE, *_job_scripts(copied=copied))
    return _assets(settings, (*JOB_STYLES, *scripts))


def _job_scripts(*, copied: bool) -> tuple[str, ...]:
    """The scripts of a job's page that say anything; a copy has none that looks at other jobs."""
    return ("prefs.js", *JOB_SCRIPTS) if copied else ("prefs.js", *JOB_SCRIPTS, AGAIN)


def _assets(settings: SiteSettings, names: tuple[str, ...]) -> dict[str, bytes]:
    own = settings.templates
    files = {name: asset(name, own) for name in (*names, *own_assets(own))}
    files |= settings.branding.assets()
    return {f"assets/{name}": files[name] for name in sorted(files)}


def site_files(
    summaries: Sequence[JobSummary],
    settings: SiteSettings,
    erased: Sequence[Tombstone] = (),
    *,
    published: bool = False,
) -> dict[str, bytes]:
    """The archive's own pages by path: index, month pages, assets and search data; `erased` are
    the jobs that are no longer there because they were erased. `published` ones stand alone,
    without an archive around them.

    All but `search/checks.js`, which only `checks_js` makes.
    """
    reader, name = settings.reader, settings.workspace_name
    ordered = search.newest_first(summaries)
    files = _assets(settings, INDEX_ASSETS)
    shell, texts = (
        _shell(settings),
        script_texts(_INDEX_SCRIPTS, settings.language, settings.templates),
    )
    index = replace(index_page(ordered, reader, name, erased), published=published)
    files["index.html"] = _page(
        settings, "index.html", page=index, shell=replace(shell, texts=texts)
    )
    browse, months = browse_pages(ordered, reader, name, erased)
    files["browse.html"] = _page(settings, "browse.html", page=browse, shell=shell)
    for path, month in months.items():
        files[path] = _page(settings, "month.html", page=month, shell=shell)
    files.update(search.search_files(ordered, reader.tz))
    return dict(sorted(files.items()))


def photo_month_pages(
    month: str,
    photos: Sequence[PhotoOfJob],
    settings: SiteSettings,
    *,
    newer: str | None = None,
    older: str | None = None,
) -> dict[str, bytes]:
    """The pages of one month's photos by path, for readers without scripts; `photos` are the
    newest first, `newer` and `older` the months beside it."""
    reader, name = settings.reader, settings.workspace_name
    pages = photopages.month_pages(month, photos, reader, name, newer=newer, older=older)
    shell = _shell(settings)
    return {
        path: _page(settings, "photomonth.html", page=page, shell=shell)
        for path, page in pages.items()
    }


def photo_months_page(months: Sequence[tuple[str, int]], settings: SiteSettings) -> bytes:
    """`photos.html`: every month that has photos, the newest first, each with their number."""
    page = photopages.months_page(months, settings.reader, settings.workspace_name)
    return _page(settings, "photos.html", page=page, shell=_shell(settings))


def plain_page(settings: SiteSettings, template: str, page: object) -> bytes:
    """A page of the index without scripts: a template and its context."""
    return _page(settings, template, page=page, shell=_shell(settings))


def export_index(entries: Sequence[ExportEntry], settings: SiteSettings) -> bytes:
    """The `index.html` of a zip with several jobs: one file, whole by itself, without scripts."""
    pairs = [(entry.folder, entry.summary) for entry in entries]
    page = export_page(pairs, settings.reader, settings.workspace_name)
    accent, own = settings.branding.accent, settings.templates
    style = (asset("base.css", own) + asset("index.css", own)).decode()
    shell = _shell(settings, style=style + (accent.css if accent else ""), files=False)
    return _page(settings, "export.html", page=page, shell=shell)


def checks_js(checks: Mapping[str, tuple[datetime | None, bool]]) -> bytes:
    """`search/checks.js`: by job id, when its bag was last verified (UTC), and if it is damaged."""
    return search.checks_js(checks)


# --- frame and assets ---------------------------------------------------------------------------


@cache
def _inline_scripts(own: Path | None) -> tuple[str, ...]:
    """The page's scripts for a page without files: first the one for the head."""
    return tuple(asset(name, own).decode() for name in ("prefs.js", *JOB_SCRIPTS))


@lru_cache(64)
def _shell(
    settings: SiteSettings,
    *,
    style: str = "",
    inline: tuple[str, ...] = (),
    files: bool = True,
    texts: str = "",
) -> Shell:
    """The frame of a page with a strict policy: what stands inline is named by its hash."""
    scripts = " ".join(_csp_hash(script) for script in inline) if inline else "'self'"
    inner = ([ALONE] if files else []) + ([style] if style else [])
    styles = " ".join((["'self'"] if files else []) + [_csp_hash(one) for one in inner])
    policy = (
        "default-src 'none'",
        f"script-src {scripts}" if files else "",
        f"style-src {styles}",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return Shell(
        csp="; ".join(part for part in policy if part),
        alone=Markup(ALONE),
        style=Markup(style),
        head_script=Markup(inline[0]) if inline else Markup(""),
        scripts=tuple(Markup(script) for script in inline[1:]),
        files=files,
        scripted=files,
        branding=settings.branding,
        texts=texts,
    )


@cache
def _csp_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
