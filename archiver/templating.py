"""Templates and assets: where they lie, how they are rendered, and what stands in their place.

A folder of one's own may override them file by file (docs/templates.md): what it has is taken from
there, everything else from ours, which its templates can still extend as `archiver/job.html`.
Templates are programs of whoever runs this one; an archive, which is handed around, cannot name
such a folder.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
    nodes,
)
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

from archiver.errors import UsageProblem
from archiver.language import Language, language_of

_SPECIAL = re.compile("[&<>'\"]").search
_SCRIPT_MESSAGE = re.compile(r"\btrn?\('((?:[^'\\]|\\.)+)'(?:, '((?:[^'\\]|\\.)+)')?")
"""A message in a script: `tr('All jobs')`, `trn('{n} job', '{n} jobs', …)`."""
_TYPES = (".html", ".css", ".js", ".svg", ".png", ".jpg", ".jpeg", ".webp")
"""What a folder of templates may hold; other files in it (notes, backups) are left alone."""


@cache
def templates_folder() -> Path:
    """Where our own lie: in the installed package, else in the source checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_templates", here.parent / "templates"):
        if (folder / "job.html").is_file():
            return folder
    raise FileNotFoundError(f"no templates beside {here}: the installation is incomplete")


def check_templates(own: Path) -> None:
    """Refuse a folder that cannot override ours. Raises UsageProblem: the file and the line."""
    if not own.is_dir():
        raise UsageProblem(f"{own} is not a folder of templates.")
    ours = {path.name for path in templates_folder().glob("*.html")}
    environment = _environment(own, "en")
    for path in sorted(own.glob("*.html")):
        if path.name not in ours and not path.name.startswith("_"):
            pages = [name for name in ours if not name.startswith("_")]
            near = difflib.get_close_matches(path.name, pages, 1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(pages))}."
            raise UsageProblem(
                f"{path} overrides nothing.",
                f"{hint} The name of a piece of your own begins with an underscore.",
            )
        try:
            environment.get_template(path.name)
        except TemplateSyntaxError as error:
            where = error.filename or path
            raise UsageProblem(f"{where}, line {error.lineno}: {error.message}.") from error
        except (OSError, UnicodeDecodeError) as error:
            raise UsageProblem(f"{path} cannot be read: {error}.") from error


@cache
def templates_digest(own: Path | None = None) -> str:
    """The version of templates and assets: SHA-256 over the name and SHA-256 of each file."""
    folder = templates_folder()
    listed = list(_listed(folder, sorted(path for path in folder.rglob("*.*") if path.is_file())))
    if own is not None:
        listed += _listed(own, _own_files(own))
    return hashlib.sha256("".join(listed).encode()).hexdigest()


def _listed(folder: Path, files: Sequence[Path]) -> Iterator[str]:
    for path in files:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yield f"{digest}  {path.relative_to(folder).as_posix()}\n"


def _own_files(own: Path) -> list[Path]:
    found = [*own.glob("*.html"), *(own / "assets").rglob("*")]
    return sorted(path for path in found if path.is_file() and path.suffix.lower() in _TYPES)


@cache
def asset(name: str, own: Path | None = None) -> bytes:
    """The bytes of an asset by its name below `assets/`."""
    if own is not None and (own / "assets" / name).is_file():
        return (own / "assets" / name).read_bytes()
    return (templates_folder() / "assets" / name).read_bytes()


@cache
def own_assets(own: Path | None) -> tuple[str, ...]:
    """Assets that a folder has besides those it overrides, by their names below `assets/`."""
    if own is None:
        return ()
    assets = own / "assets"
    names = (
        path.relative_to(assets).as_posix() for path in _own_files(own) if assets in path.parents
    )
    return tuple(name for name in names if not (templates_folder() / "assets" / name).is_file())


@cache
def template(name: str, language: str, own: Path | None = None) -> Template:
    """A template for pages in a language, by its BCP 47 tag."""
    return _environment(own, language).get_template(name)


def rendered(name: str, language: str, own: Path | None, **context: object) -> Iterator[str]:
    """A page in pieces. Raises UsageProblem when a template of somebody's own fails."""
    pieces = template(name, language, own).generate(**context)
    return pieces if own is None else _named(pieces, name, own)


def _named(pieces: Iterator[str], name: str, own: Path) -> Iterator[str]:
    try:
        yield from pieces
    except (TemplateError, TypeError, ValueError) as error:
        raise UsageProblem(
            f"{name} could not be made with the templates in {own}: {error}.",
            "Mend the template, or leave --templates out.",
        ) from error


@cache
def script_texts(scripts: tuple[str, ...], language: str, own: Path | None = None) -> Markup:
    """What scripts say, as JSON for the page they run in; empty in English, which is theirs.

    `texts` has each message with its translation, two of them where it is counted. Scripts find
    their messages themselves: whatever `tr` and `trn` are called with in their sources.
    """
    spoken = language_of(language)
    if spoken.is_english:
        return Markup("")
    texts: dict[str, object] = {}
    for script in scripts:
        for found in _SCRIPT_MESSAGE.finditer(asset(script, own).decode()):
            one, many = (_unquoted(text) for text in found.groups(""))
            if many:
                texts[one] = [spoken.catalogue.ngettext(one, many, number) for number in (1, 2)]
            else:
                texts[one] = spoken.tr(one)
    value = {"texts": texts, "months": spoken.months_short, "group": spoken.group}
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Markup(body.replace("<", "\\u003c"))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


@cache
def _environment(own: Path | None, language: str) -> Environment:
    ours = FileSystemLoader(templates_folder())
    loaders = [FileSystemLoader(own)] if own is not None else []
    environment = (_OurEnvironment if own is None else _Environment)(
        loader=ChoiceLoader([*loaders, ours, PrefixLoader({"archiver": ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(_words(language_of(language)))
    return environment


class _Writer(CodeGenerator):
    """Has templates escape with `_Environment.text` instead of `escape`."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.text(")


class _Environment(Environment):
    """Jinja2's, but what needs no escaping is written as it is. Most of a page is dates, digests
    and addresses: making each of them `Markup` took a tenth of the time of rendering it."""

    code_generator_class = _Writer

    @staticmethod
    def text(value: Any) -> Any:
        """What `escape` gives, as it is joined into a page."""
        kind = type(value)
        if kind is Markup or (kind is str and _SPECIAL(value) is None):
            return value
        return str(value) if kind is int else escape(value)


class _DirectWriter(_Writer):
    """Reads attributes and calls macros as Python does. Jinja2 looks an attribute up as an item
    too, and offers each callable the context; our templates have use for neither, and it took a
    seventh of the time of rendering a page. Templates of somebody's own have all that Jinja2
    promises."""

    _asks_whether = False

    def visit_Test(self, node: nodes.Test, frame: Frame) -> None:
        self._asks_whether = node.name == "defined"
        super().visit_Test(node, frame)
        self._asks_whether = False

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        if self._asks_whether:
            super().visit_Getattr(node, frame)
            return
        self.write("(")
        self.visit(node.node, frame)
        self.write(f").{node.attr}")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        self.write("environment.call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")


class _OurEnvironment(_Environment):
    """For our own templates alone."""

    code_generator_class = _DirectWriter
    call: Any = staticmethod(operator.call)


def _words(language: Language) -> dict[str, Callable[..., object]]:
    """What templates say words with: `tr`, `counted` and `number`, as `Language` has them; what is
    put into a message is escaped, or is markup of a macro's."""
    whole: dict[str, Markup] = {}
    pieces: dict[str, tuple[tuple[str, str | None], ...]] = {}

    def tr(message: str, /, **values: object) -> Markup:
        if not values:
            said = whole.get(message)
            if said is None:
                said = whole[message] = escape(language.tr(message))
            return said
        if message not in pieces:
            parsed = Formatter().parse(language.tr(message))
            pieces[message] = tuple((str(escape(text)), name) for text, name, _, _ in parsed)
        # Joined as plain strings, each escaped once: `Markup` would escape them all again.
        made = [
            text + (str(escape(values[name])) if name else "") for text, name in pieces[message]
        ]
        return Markup("".join(made))

    return {"tr": tr, "counted": language.counted, "number": language.number}
