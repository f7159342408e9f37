"""Repair: only the very bytes that were sealed take a damaged file's place, or it stays and is
named."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive, job_folders
from archiver.bag import read_manifest
from archiver.chain import read_entries
from archiver.localapi import LocalApi, LocalImage, Served
from archiver.verify import verify_archive
from tests.cli.conftest import Cli, cli
from tests.pipeline import AMIRA, KEY, START, a_jpeg, a_workspace, run_sync

__all__ = ["cli"]


@pytest.fixture
def api() -> Iterator[LocalApi]:
    """Three jobs of two photos; one more photo is in two of them."""
    workspace = a_workspace(jobs=3, photos=2)
    for job in workspace.jobs[:2]:
        workspace.add_photo(
            job.job_id, a_jpeg(777), a_jpeg(777, (32, 24)), name="shared", by=AMIRA, at=START
        )
    with LocalApi(workspace).run_in_thread() as running:
        yield running


@pytest.fixture
def root(api: LocalApi, tmp_path: Path) -> Path:
    """Its archive."""
    asyncio.run(run_sync(tmp_path / "a", api))
    return tmp_path / "a"


@pytest.fixture
def copied(root: Path) -> Path:
    """The same on a disk without hard links: every job has bytes of its own."""
    aside = root.with_name("linked")
    root.rename(aside)
    shutil.copytree(aside, root)
    return root


def images(root: Path, number: int) -> list[Path]:
    """The pictures of a job, in the order of the API's jobs by their exhibit numbers."""
    folder = sorted(job_folders(root), key=lambda one: one.name.rpartition("-")[2])[number]
    return sorted((folder / "data/images").iterdir())


def shared(root: Path) -> tuple[Path, Path]:
    """The photo that two jobs have."""
    digest = hashlib.sha256(a_jpeg(777)).hexdigest()
    every = [path for folder in job_folders(root) for path in (folder / "data/images").iterdir()]
    one, other = [p for p in every if hashlib.sha256(p.read_bytes()).hexdigest() == digest]
    return one, other


def lonely(root: Path) -> Path:
    """A photo that only one job has."""
    return next(
        path
        for folder in job_folders(root)
        for path in sorted((folder / "data/images").iterdir())
        if path not in shared(root)
    )


def flip(path: Path) -> bytes:
    """Change one byte, through all hard links; gives the damaged bytes."""
    path.chmod(0o644)
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    with path.open("r+b") as file:
        file.write(body)
    return bytes(body)


def quarantine(root: Path) -> list[bytes]:
    """What was put aside."""
    return [path.read_bytes() for path in (root / ".archiver/quarantine").rglob("*.jp*")]


def events(root: Path, event: str) -> list[dict[str, object]]:
    """The fields of the ledger's entries of one kind."""
    with (root / "ledger/ledger.jsonl").open("rb") as file:
        return [dict(e.fields) for e, _ in read_entries(file) if e.event == event]


def faults(root: Path) -> list[str]:
    """What verification finds."""
    return [str(fault) for fault in verify_archive(Archive(root)).faults]


def online(api: LocalApi, *more: str) -> list[str]:
    """Options that let a repair reach the embedded server, with the key it needs for details."""
    return ["--api-url", api.url, "--network-wait", "2", *more]


# --- copies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", ["flip", "cut", "delete", "folder", "link"])
def test_a_damaged_file_is_replaced_by_another_jobs_copy(cli: Cli, copied: Path, deed: str) -> None:
    """Whatever was done to it; it is kept aside, the ledger says so, nothing else changes."""
    one, other = shared(copied)
    good = one.read_bytes()
    one.parent.chmod(0o755)
    if deed == "flip":
        flip(one)
    else:
        one.unlink()
    if deed == "cut":
        one.write_bytes(good[:100])
    elif deed == "folder":
        one.mkdir()
    elif deed == "link":
        one.symlink_to(other)
    done = cli("repair", copied, "--no-download", "--json")
    assert done.code == 0, done
    assert [(one["from"], one["file"]) for one in done.json["repaired"]] == [
        ("copy", f"data/images/{one.name}")
    ]
    assert one.is_file()
    assert not one.is_symlink()
    assert one.read_bytes() == good
    assert one.stat().st_mode & 0o222 == 0
    assert faults(copied) == []
    kept = list((copied / ".archiver/quarantine").rglob(f"*{one.name}"))
    assert bool(kept) == (deed != "delete")
    (entry,) = events(copied, "repaired")
    assert entry["files"] == {f"data/images/{one.name}": "copy"}
    assert cli("repair", copied, "--no-download").out.strip() == "Nothing is damaged."
    assert len(events(copied, "repaired")) == 1


def test_a_copy_that_is_damaged_too_is_not_used(cli: Cli, copied: Path) -> None:
    """Bytes are hashed before they are believed, whatever the other job's manifest says."""
    one, other = shared(copied)
    bad, worse = flip(one), flip(other)
    done = cli("repair", copied, "--no-download", "--json")
    assert done.code == 3
    assert done.json["repaired"] == []
    assert len(done.json["left"]) == 2
    assert all("backup" in left["advice"] for left in done.json["left"])
    assert (one.read_bytes(), other.read_bytes()) == (bad, worse)
    assert not (copied / ".archiver/quarantine").exists()


def test_a_verified_download_of_an_unfinished_job_is_a_copy_as_well(cli: Cli, root: Path) -> None:
    """It lies in staging until its job is sealed."""
    path = lonely(root)
    good = path.read_bytes()
    downloads = root / ".archiver/staging/downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    name = f"{'0' * 24}-{hashlib.sha256(good).hexdigest()}.bin"
    (downloads / name).write_bytes(good)
    damaged = flip(path)
    assert cli("repair", root, "--no-download").code == 0
    assert path.read_bytes() == good
    assert quarantine(root) == [damaged]


def test_the_list_of_the_payload_is_written_again_if_it_comes_out_as_sealed(
    cli: Cli, root: Path
) -> None:
    """Only its own hash, which the tag manifest has, decides."""
    folder = next(job_folders(root))
    path = folder / "manifest-sha256.txt"
    good = path.read_bytes()
    path.write_bytes(good.replace(b"data", b"dada", 1))
    done = cli("repair", root, "--no-download", "--json")
    assert (done.code, done.json["repaired"][0]["from"]) == (0, "made")
    assert path.read_bytes() == good
    # With a photo damaged besides, the list cannot be told from a forged one.
    path.write_bytes(b"")
    flip(lonely(root))
    assert cli("repair", root, "--no-download").code == 3
    assert path.read_bytes() == b""


def test_bagit_txt_comes_back_and_a_salt_does_not(cli: Cli, root: Path) -> None:
    """What a seal alone has can only be in a backup, which is said."""
    folder = next(job_folders(root))
    (folder / "bagit.txt").write_bytes(b"nothing")
    assert cli("repair", root, "--no-download").code == 0
    (folder / "seals/0001/salt").write_bytes(b"0" * 32)
    done = cli("repair", root, "--no-download")
    assert done.code == 3
    assert "bring it back from a backup" in done.err


def test_no_hash_is_ever_changed_to_fit_a_file(cli: Cli, root: Path) -> None:
    """Manifests and seals are the same bytes after a repair that could do nothing."""
    flip(lonely(root))
    tags = {p: p.read_bytes() for folder in job_folders(root) for p in folder.glob("*.txt")}
    assert cli("repair", root, "--no-download").code == 3
    for path, body in tags.items():
        if path.name != "view-sha256.txt":
            assert path.read_bytes() == body


def test_a_bag_the_ledger_does_not_know_is_left_alone(cli: Cli, copied: Path) -> None:
    """Its lists prove nothing, so nobody knows what the right bytes are."""
    one, _ = shared(copied)
    folder = one.parents[2]
    bad = flip(one)
    tag = folder / "tagmanifest-sha256.txt"
    tag.write_bytes(tag.read_bytes().replace(b"a", b"b", 1))
    done = cli("repair", copied, "--no-download")
    assert done.code == 3
    assert one.read_bytes() == bad


# --- shared damage ----------------------------------------------------------------------------


def test_damage_that_jobs_share_is_repaired_in_all_of_them(
    cli: Cli, api: LocalApi, root: Path
) -> None:
    """One byte through a hard link damages both; naming one job mends both."""
    one, other = shared(root)
    assert one.samefile(other)
    flip(one)
    done = cli("repair", root, one.parents[2].name, *online(api), "--json")
    assert done.code == 0, done
    assert len(done.json["repaired"]) == 2
    # Downloaded once; the second job links the first one's file.
    assert [each["from"] for each in done.json["repaired"]] == ["download", "copy"]
    assert one.read_bytes() == other.read_bytes() == a_jpeg(777)
    assert faults(root) == []


# --- downloads --------------------------------------------------------------------------------


def test_without_a_copy_the_recorded_address_is_asked_and_no_key_is_needed(
    cli: Cli, api: LocalApi, root: Path
) -> None:
    """Nothing but the picture is asked for."""
    path = lonely(root)
    good = path.read_bytes()
    damaged = flip(path)
    api.requests.clear()
    done = cli("repair", root, *online(api), "--json")
    assert (done.code, done.json["repaired"][0]["from"]) == (0, "download")
    assert path.read_bytes() == good
    assert quarantine(root) == [damaged]
    assert [request.method for request in api.requests] == ["GET"]
    assert not any((root / ".archiver/staging").rglob("*.part"))


def test_an_address_that_gives_other_bytes_now_repairs_nothing(
    cli: Cli, api: LocalApi, root: Path
) -> None:
    """Said in words; the damaged file stays."""
    path = lonely(root)
    damaged = flip(path)
    for address in list(api.workspace.images):
        api.workspace.images[address] = LocalImage(body=a_jpeg(4711))
    done = cli("repair", root, *online(api))
    assert done.code == 3
    assert "now gives other bytes" in done.err
    assert path.read_bytes() == damaged


def test_a_key_gets_a_fresh_address_when_the_recorded_one_has_expired(
    cli: Cli, api: LocalApi, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the key it is a named failure, with it the details are read again."""
    path = lonely(root)
    good = path.read_bytes()
    flip(path)
    _move_all_pictures(api)
    refused = cli("repair", root, *online(api))
    assert (refused.code, "404" in refused.err) == (3, True)
    monkeypatch.setenv("WORKPHOTOS_AUTH_KEY", KEY)
    done = cli("repair", root, *online(api))
    assert done.code == 0, done
    assert path.read_bytes() == good
    assert KEY not in done.out + done.err


def _move_all_pictures(api: LocalApi) -> None:
    """Every picture lies at another address from now on, and the details say so."""
    workspace = api.workspace
    for address in list(workspace.images):
        workspace.images[address.replace("/images/", "/moved/")] = workspace.images.pop(address)
    for job in workspace.jobs:
        for message in job.messages:
            for name in ("urlToImage", "thumbnailForImage"):
                if isinstance(message.get(name), str):
                    message[name] = Served(message[name].replace("/images/", "/moved/"))


def test_a_snapshot_comes_back_if_workphotos_still_says_the_very_same(
    cli: Cli, api: LocalApi, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte."""
    monkeypatch.setenv("WORKPHOTOS_AUTH_KEY", KEY)
    folder = next(job_folders(root))
    (snapshot,) = (folder / "data/snapshots").iterdir()
    good = snapshot.read_bytes()
    flip(snapshot)
    assert cli("repair", root, *online(api)).code == 0
    assert snapshot.read_bytes() == good
    flip(snapshot)
    job_id = folder.name.rpartition("-")[2]
    api.workspace.add_chat(job_id, "And another thing.", by=AMIRA, at=START)
    done = cli("repair", root, *online(api))
    assert done.code == 3
    assert "not what it said then" in done.err


def test_a_snapshot_kept_as_a_patch_comes_back_as_one(
    cli: Cli, api: LocalApi, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the one it is a patch of is there."""
    monkeypatch.setenv("WORKPHOTOS_AUTH_KEY", KEY)
    job_id = api.workspace.jobs[2].job_id
    api.workspace.add_chat(job_id, "A long story. " * 2000, by=AMIRA, at=START)
    asyncio.run(run_sync(root, api))
    (folder,) = (one for one in job_folders(root) if one.name.endswith(job_id))
    first, patch = sorted((folder / "data/snapshots").iterdir())
    assert patch.name.endswith(".from-0001.zst")
    good = patch.read_bytes()
    flip(patch)
    assert cli("repair", root, *online(api)).code == 0
    assert patch.read_bytes() == good
    flip(patch)
    first.chmod(0o600)
    first.unlink()
    done = cli("repair", root, *online(api))
    assert done.code == 3
    assert "the snapshot that it is a patch of is damaged as well" in done.err


def test_a_damaged_record_leads_nowhere(cli: Cli, api: LocalApi, root: Path) -> None:
    """Addresses are followed only from the record that was sealed."""
    path = lonely(root)
    flip(path)
    record = path.parents[1] / "record.json"
    record.chmod(0o644)
    record.write_bytes(record.read_bytes().replace(b"/images/", b"/elsewhere/"))
    api.requests.clear()
    done = cli("repair", root, *online(api))
    assert done.code == 3
    assert "and with it the addresses" in done.err
    assert api.requests == []


def test_a_private_address_on_record_is_not_asked(cli: Cli, api: LocalApi, root: Path) -> None:
    """An archive may come from a stranger: only the API named on the command line is exempt."""
    flip(lonely(root))
    api.requests.clear()
    done = cli("repair", root, "--network-wait", "0")
    assert done.code == 3
    assert api.requests == []


# --- what is said, before and after -----------------------------------------------------------


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(
    cli: Cli, copied: Path, api: LocalApi
) -> None:
    """Not even into the ledger."""
    one, _ = shared(copied)
    flip(lonely(copied))
    flip(one)
    (one.parents[2] / "index.html").write_text("forged")
    before = {p: p.read_bytes() for p in copied.rglob("*") if p.is_file()}
    api.requests.clear()
    done = cli("repair", copied, "--dry-run", "--json", *online(api))
    assert done.code == 3
    assert [each["from"] for each in done.json["repaired"]] == ["copy"]
    assert any("would try to download" in left["advice"] for left in done.json["left"])
    assert len(done.json["views"]) == 1
    assert {p: p.read_bytes() for p in copied.rglob("*") if p.is_file()} == before
    assert api.requests == []


def test_the_page_says_that_its_job_is_damaged_until_it_is_repaired(
    cli: Cli, api: LocalApi, root: Path
) -> None:
    """And so do index and status."""
    path = lonely(root)
    page = path.parents[2] / "index.html"
    sound = page.read_bytes()
    flip(path)
    assert cli("verify", root).code == 3
    assert page.read_bytes() != sound
    assert cli("status", root).code == 3
    assert cli("repair", root, *online(api)).code == 0
    assert page.read_bytes() == sound
    assert cli("status", root).code == 0
    assert faults(root) == []


@pytest.mark.parametrize("name", ["index.html", "view-sha256.txt", "contact-sheet-01.jpg"])
def test_a_forged_or_missing_view_is_made_again(cli: Cli, root: Path, name: str) -> None:
    """It is no evidence: it comes from the evidence."""
    folder = next(job_folders(root))
    good = (folder / name).read_bytes()
    for deed in (lambda: (folder / name).unlink(), lambda: (folder / name).write_bytes(b"x")):
        deed()
        done = cli("repair", root, "--no-download", "--json")
        assert done.code == 0, done
        assert done.json["views"] == [folder.relative_to(root).as_posix()]
        assert (folder / name).read_bytes() == good
        assert faults(root) == []


def test_what_is_not_ours_is_named_and_left(cli: Cli, root: Path) -> None:
    """A stranger's file is not removed."""
    stray = next(job_folders(root)) / "data/stray.txt"
    stray.write_text("x")
    done = cli("repair", root, "--no-download")
    assert done.code == 3
    assert "move it away" in done.err
    assert stray.read_text() == "x"


def test_what_a_killed_repair_could_not_say_is_said_by_the_next(cli: Cli, copied: Path) -> None:
    """The file was put right, the ledger's entry was not written."""
    one, _ = shared(copied)
    key = one.parents[2].name.rpartition("-")[2]
    listed = read_manifest((one.parents[2] / "manifest-sha256.txt").read_bytes())
    file = one.relative_to(one.parents[2]).as_posix()
    digest = {str(path): sha256 for path, sha256 in listed.items()}[file]
    journal = copied / f".archiver/repair-{key}.json"
    journal.write_text(
        f'{{"job": "{key}", "files": {{"{file}": ["{digest}", "copy"], "data/no": ["0", "copy"]}}}}'
    )
    assert cli("repair", copied, "--no-download").code == 0
    (entry,) = events(copied, "repaired")
    assert (entry["job"], entry["files"]) == (key, {file: "copy"})
    assert not journal.exists()


def test_the_pipeline_goes_on_after_a_repair(cli: Cli, api: LocalApi, root: Path) -> None:
    """The next sync finds nothing to do."""
    flip(lonely(root))
    assert cli("repair", root, *online(api)).code == 0
    done = cli(
        "sync", root, "--json", "--api-url", api.url, "--workspace-id", api.workspace_id,
        "--auth-key-command", f"echo {KEY}",
    )  # fmt: skip
    assert (done.code, done.json["jobs_unchanged"]) == (0, 3)
