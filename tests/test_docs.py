"""The documentation is what the program does: fresh, complete, and every link leads somewhere."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from archiver.cli import COMMANDS, cli
from archiver.ledger import LedgerState
from tests.make_reference import REFERENCE, commands, long_name, options, reference
from tests.make_sample import ORDINARY
from tests.pipeline import folder_of

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_output"
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_MACHINE = re.compile(rb"/(?:root|home/[a-z][\w.-]*|Users/[A-Za-z][\w.-]*)/|[A-Z]:\\+Users\\")
_MAY_SPEAK_OF_PATHS = {"tests/test_docs.py"}


def name(path: Path) -> str:
    """A file's path from the top."""
    return path.relative_to(ROOT).as_posix()


def words(path: Path) -> str:
    """A page's text."""
    return path.read_text("utf-8")


def test_the_command_line_reference_is_fresh() -> None:
    """It is what `make docs` makes of the program as it is now."""
    assert words(REFERENCE) == reference(), "run `make docs`"


def test_every_command_is_in_the_readme() -> None:
    """With the commands inside `jobs`."""
    readme = words(ROOT / "README.md")
    assert [one for one, _ in commands() if f"`archiver {one}" not in readme] == []


def test_every_option_of_every_command_is_in_the_reference() -> None:
    """Each in its command's own section, or among those of every command."""
    sections = dict(
        re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", words(REFERENCE), re.DOTALL | re.MULTILINE)
    )
    everywhere = sections["Options of every command"]
    for command, one in commands():
        for option in options(one):
            told = sections[f"archiver {command}"] + everywhere
            assert re.search(rf"`--{long_name(option)}[ `]", told), (command, option.name)
            assert option.help, (command, option.name)


def test_every_command_says_what_it_does() -> None:
    """In `--help`, and in one line in the list of commands."""
    context = click.Context(cli)
    for command, one in commands():
        assert one.help, command
    for command, (_, line) in COMMANDS.items():
        assert line.endswith("."), command
        assert cli.get_command(context, command) is not None


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """To a file that is there and, where it names one, to a heading in it."""
    dead = [link for link in links(page) if not leads_somewhere(page, link)]
    assert dead == []


def links(page: Path) -> Iterator[str]:
    """The links and pictures of a page that are no addresses of the web."""
    for link in _LINK.findall(_CODE.sub("", words(page))):
        if not re.match(r"[a-z]+:", link):
            yield link


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a relative link has a target inside the project."""
    path, _, heading = unquote(link).partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.is_file() or not target.is_relative_to(ROOT):
        return False
    return not heading or target.suffix != ".md" or heading in headings(target)


@cache
def headings(page: Path) -> set[str]:
    """What links to the headings of a page look like."""
    found = re.findall(r"^#+ (.+)$", words(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", one.lower().replace("`", "")) for one in found)
    return {one.replace(" ", "-") for one in plain}


def test_every_page_can_be_reached_from_the_readme() -> None:
    """None lies in `docs/` that nobody finds."""
    found: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in found or not page.is_file():
            continue
        found.add(page)
        if page.suffix == ".md":
            waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
    assert [name(page) for page in PAGES if page not in found] == []
    pictures = [*(ROOT / "docs/images").iterdir()]
    assert [name(picture) for picture in pictures if picture not in found] == []


def test_pictures_are_small() -> None:
    """At most 200 kB each and 1.2 MB in all: everybody who clones the project has them."""
    sizes = [path.stat().st_size for path in (ROOT / "docs/images").iterdir()]
    assert max(sizes) <= 200_000
    assert sum(sizes) <= 1_200_000


def test_every_event_of_the_ledger_is_described() -> None:
    """And every event that has an effect is one that the table names."""
    design = words(ROOT / "docs/design.md")
    for method in vars(LedgerState):
        event = method.removeprefix("_").replace("_", "-")
        if method.startswith("_") and not method.startswith("__"):
            assert f"| `{event}` |" in design, event


def project_files() -> list[Path]:
    """What belongs to the project: tracked, or new and not ignored."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    names = [one.decode() for one in done.stdout.split(b"\0") if one]
    return [ROOT / one for one in names if (ROOT / one).is_file()]


def test_no_file_speaks_of_the_machine_it_was_made_on() -> None:
    """No folder of a person or of a build machine in any text of the project."""
    guilty = []
    for path in project_files():
        body = path.read_bytes()
        if b"\0" not in body[:8192] and name(path) not in _MAY_SPEAK_OF_PATHS:
            found = _MACHINE.search(body)
            guilty += [f"{name(path)}: {found[0]!r}"] if found else []
    assert guilty == []


# --- the README's own checks, done -------------------------------------------------------------


def shell(command: str, folder: Path) -> str:
    """What a command of the README prints."""
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[0] if done.stdout else ""


def in_readme(command: str) -> str:
    """A command, as the README has it."""
    assert command in words(ROOT / "README.md")
    return command


def entries() -> list[dict[str, str]]:
    """The sample's ledger."""
    lines = (SAMPLE / "ledger/ledger.jsonl").read_text("ascii").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("manifest", ["manifest", "tagmanifest", "view"])
def test_the_readmes_check_of_a_folder_works(manifest: str) -> None:
    """`sha256sum` alone finds nothing wrong with the sample."""
    command = in_readme(f"sha256sum -c --quiet {manifest}-sha256.txt")
    assert shell(command, folder_of(SAMPLE, ORDINARY)) == ""


def test_the_readmes_check_of_a_commitment_works() -> None:
    """Salt and tag manifest hash to what the ledger holds; salt and view list to its pin."""
    sealing = [e for e in entries() if e["event"] == "sealing" and e["job"] == ORDINARY][-1]
    folder = folder_of(SAMPLE, ORDINARY)
    seal = in_readme("cat seals/0002/salt tagmanifest-sha256.txt | sha256sum")
    view = in_readme("cat seals/0002/salt view-sha256.txt | sha256sum")
    assert shell(seal, folder) == sealing["new"]
    assert shell(view, folder) == sealing["view"]


def test_the_readmes_check_of_the_chain_works() -> None:
    """The hash of line 7 is what line 8 says."""
    command = in_readme("sed -n 7p ledger/ledger.jsonl | sha256sum")
    assert shell(command, SAMPLE) == entries()[7]["prev"]


def test_each_promise_of_trust_names_a_test_that_exists() -> None:
    """A promise without a test is a wish; a row that names a test that is gone is a lie."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", words(ROOT / "docs/trust.md"))
    assert len(named) > 40
    missing = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).is_file() or (test and f"def {test}(" not in words(ROOT / path))
    ]
    assert missing == []
