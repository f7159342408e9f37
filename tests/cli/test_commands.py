"""Every command as a person or a script uses it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from archiver.cli import COMMANDS
from archiver.localapi import LocalApi, LocalImage
from tests.cli.conftest import Cli
from tests.pipeline import folder_of

SUMMARY_KEYS = {
    "jobs_listed",
    "jobs_new",
    "jobs_updated",
    "jobs_unchanged",
    "jobs_vanished",
    "jobs_failed",
    "images_downloaded",
    "images_deduplicated",
    "images_failed",
    "bytes_downloaded",
    "failures",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(cli: Cli, command: str) -> None:
    """-h and --help, without doing anything."""
    done = cli(command, "-h")
    assert done.code == 0
    assert done.out.startswith("Usage: archiver")


def test_start_up_loads_neither_pillow_nor_aiohttp_nor_jinja() -> None:
    """`archiver --help` answers at once."""
    code = (
        "import sys; from archiver.cli import run; run(['--help']);"
        "print([m for m in ('PIL', 'aiohttp', 'jinja2', 'cattrs', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_sync_says_what_came_of_it_in_json(cli: Cli, api: LocalApi, tmp_path: Path) -> None:
    """One object on stdout, every key of the design present, also when zero."""
    done = cli("sync", "a", "--json")
    assert done.code == 0
    assert set(done.json) >= SUMMARY_KEYS
    assert done.json["jobs_new"] == 2
    assert done.json["images_downloaded"] == 4
    assert cli("sync", "a", "--json").json["jobs_unchanged"] == 2


def test_sync_is_silent_with_q_when_all_is_well(cli: Cli, api: LocalApi) -> None:
    """For cron: no mail."""
    done = cli("sync", "a", "-q")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_sync_names_each_failure_and_exits_3(cli: Cli, api: LocalApi) -> None:
    """With the address as received."""
    job = api.workspace.jobs[0]
    path = next(path for path in api.workspace.images if path.startswith(f"/images/{job.job_id}"))
    api.workspace.images[path] = LocalImage(status=404)
    done = cli("sync", "a", "--json")
    assert done.code == 3
    (failure,) = done.json["failures"]
    assert failure["job_id"] == job.job_id
    assert failure["url"] == api.url + path
    assert "404" in failure["reason"]


def test_dry_run_says_what_would_be_fetched_and_writes_nothing(
    cli: Cli, api: LocalApi, tmp_path: Path
) -> None:
    """Jobs, photos and, where the host tells, bytes."""
    done = cli("sync", "a", "--dry-run", "--json")
    assert done.code == 0
    assert (done.json["jobs_new"], done.json["images"], done.json["photos"]) == (2, 4, 2)
    assert done.json["bytes"] > 1000
    assert list(tmp_path.iterdir()) == []
    cli("sync", "a")
    again = cli("sync", "a", "--dry-run", "--json").json
    assert (again["jobs_unchanged"], again["images"]) == (2, 0)
    assert cli("sync", "a", "--dry-run").out.startswith("2 jobs listed")


def test_dry_run_looks_at_the_jobs_that_the_sync_would_look_at(cli: Cli, api: LocalApi) -> None:
    """With --failed at those alone; one that is named and not listed is asked for all the same."""
    unlisted, broken = api.workspace.jobs
    path = broken.messages[1]["urlToImage"]
    kept = api.workspace.images[path]
    api.workspace.images[path] = LocalImage(status=404)
    cli("sync", "a")
    api.workspace.images[path] = kept
    failed = cli("sync", "a", "--dry-run", "--failed", "--json").json
    assert (failed["jobs_listed"], failed["photos"]) == (1, 1)
    unlisted.listed = False
    named = cli("sync", "b", "--dry-run", "--job", unlisted.job_id, "--json").json
    assert (named["jobs_listed"], named["jobs_new"], named["photos"]) == (1, 1, 1)


def test_the_key_comes_from_a_file_a_command_or_the_environment(
    cli: Cli, api: LocalApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never from an argument."""
    monkeypatch.delenv("WORKPHOTOS_AUTH_KEY")
    (tmp_path / "key").write_text(f"{api.auth_key}\n")
    assert cli("jobs", "list", "--auth-key-file", "key").code == 0
    assert cli("jobs", "list", "--auth-key-command", "cat key").code == 0
    assert cli("jobs", "list", "--auth-key-command", "false").code == 2
    assert cli("jobs", "list", "--auth-key-file", "none").code == 2
    refused = cli("jobs", "list", "--no-input")
    assert refused.code == 2
    assert "--auth-key-file" in refused.err


def test_a_wrong_key_exits_4_and_is_never_shown(
    cli: Cli, api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in words nor in JSON."""
    monkeypatch.setenv("WORKPHOTOS_AUTH_KEY", "sesame-sesame")
    for done in (cli("sync", "a"), cli("sync", "a", "--json", "--debug")):
        assert done.code == 4
        assert "sesame" not in done.out + done.err


def test_an_error_is_one_json_object_with_code_message_and_hint(cli: Cli) -> None:
    """Also for wrong usage."""
    for arguments, code in (
        (("verify", "nowhere", "--json"), 1),
        (("sync", "--json"), 2),
        (("no-such-command", "--json"), 2),
        (("sync", "a", "--timezone", "Mars/Olympus", "--json", "--workspace-id", "x"), 2),
    ):
        done = cli(*arguments)
        assert done.code == code
        assert set(done.json["error"]) == {"code", "message", "hint"}
        assert done.json["schema_version"] == 1
        assert done.json["error"]["message"] in done.err


def test_verify_finds_nothing_on_a_fresh_archive_and_names_what_was_changed(
    cli: Cli, api: LocalApi, tmp_path: Path
) -> None:
    """0 before, 3 after; the page then says so in words, and the index knows of it."""
    cli("sync", "a")
    first = cli("verify", "a", "--json")
    assert (first.code, first.json["ok"], first.json["recorded"]) == (0, True, True)
    job_id = api.workspace.jobs[0].job_id
    folder = folder_of(tmp_path / "a", job_id)
    image = next((folder / "data/images").iterdir())
    image.chmod(0o644)
    image.write_bytes(image.read_bytes()[:-1] + b"x")
    done = cli("verify", "a", "--json")
    assert done.code == 3
    (fault,) = done.json["faults"]
    assert fault["path"].endswith(image.name)
    assert fault["expected"] != fault["found"]
    page = (folder / "index.html").read_text("utf-8")
    assert image.name in page
    assert "damaged" in page.lower()
    assert job_id in (tmp_path / "a/search/checks.js").read_text("utf-8")
    assert cli("status", "a").code == 3
    quick = cli("verify", "a", "--quick")
    assert quick.code == 0


def test_verify_checks_one_job_or_any_bag(cli: Cli, api: LocalApi, tmp_path: Path) -> None:
    """By id; and with --bag a folder that lies anywhere."""
    cli("sync", "a")
    job_id = api.workspace.jobs[0].job_id
    assert cli("verify", "a", job_id, "--json").json["jobs"] == 1
    folder = folder_of(tmp_path / "a", job_id)
    assert cli("verify", "--bag", folder).code == 0
    (folder / "data/stranger.txt").write_text("mine")
    done = cli("verify", "--bag", folder)
    assert done.code == 3
    assert "stranger.txt" in done.err
    assert cli("verify").code == 2


def test_build_after_another_time_zone_makes_all_pages_again(
    cli: Cli, api: LocalApi, tmp_path: Path
) -> None:
    """And a second build finds nothing to do; verification holds throughout."""
    cli("sync", "a", "--timezone", "Europe/London")
    assert cli("build", "a", "--json").json["rebuilt"] == 0
    assert cli("sync", "a", "--timezone", "Asia/Tokyo").code == 0
    done = cli("build", "a", "--json")
    assert (done.code, done.json["rebuilt"]) == (0, 2)
    assert cli("build", "a", "--json").json["rebuilt"] == 0
    assert cli("verify", "a").code == 0
    assert (
        "JST"
        in (folder_of(tmp_path / "a", api.workspace.jobs[0].job_id) / "index.html").read_text()
    )


def test_a_time_zone_that_this_computer_does_not_know_is_said_and_can_be_changed(
    cli: Cli, api: LocalApi, tmp_path: Path
) -> None:
    """The archive may come from a computer that knows newer ones; the evidence is not affected."""
    cli("sync", "a")
    file = tmp_path / "a/archive.json"
    file.write_text(json.dumps({**json.loads(file.read_bytes()), "time_zone": "Mars/Olympus"}))
    for command in (("build", "a"), ("photo-log", "a"), ("dump", "a", "--sqlite", "d.sqlite")):
        done = cli(*command)
        assert done.code == 1
        assert "time zone “Mars/Olympus”" in done.err
        assert "--timezone" in done.err
    assert cli("verify", "a").code == 0
    assert cli("sync", "a", "--timezone", "Europe/London").code == 0
    assert cli("build", "a").code == 0


@pytest.mark.parametrize(
    "longer",
    [
        ("verify", "a", "--max-age", "999999d"),
        ("verify", "a", "--max-duration", f"{'9' * 400}w"),
        ("status", "a", "--due", "--retention", "9999y"),
    ],
)
def test_a_time_longer_than_the_calendar_is_wrong_usage(cli: Cli, longer: tuple[str, ...]) -> None:
    """And no internal error."""
    done = cli(*longer)
    assert done.code == 2
    assert "too long" in done.err


@pytest.mark.parametrize("days", ["99999999", "-5", "1.5", "true"])
def test_a_retention_that_is_none_is_wrong_usage(cli: Cli, tmp_path: Path, days: str) -> None:
    """An archive's own file may say anything."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/archiver.toml").write_text(f"retention = {days}\n")
    assert cli("status", "a", "--due").code == 2


def test_build_makes_a_forged_page_right_again(cli: Cli, api: LocalApi, tmp_path: Path) -> None:
    """Verification finds it first."""
    cli("sync", "a")
    page = folder_of(tmp_path / "a", api.workspace.jobs[0].job_id) / "index.html"
    page.write_text(page.read_text("utf-8") + "<p>forged</p>", "utf-8")
    assert cli("verify", "a").code == 3
    assert cli("build", "a", "--json").json["rebuilt"] == 1
    assert cli("verify", "a").code == 0
    assert "forged" not in page.read_text("utf-8")


def test_status_says_what_is_in_an_archive(cli: Cli, api: LocalApi) -> None:
    """Counts, last run, last check; never written to."""
    cli("sync", "a")
    done = cli("status", "a", "--json").json
    assert (done["jobs"], done["photos"], done["messages"]) == (2, 2, 2)
    assert done["jobs_never_verified"] == 2
    cli("verify", "a")
    assert cli("status", "a", "--json").json["last_verified"] is not None
    assert "2 jobs, 2 photos" in cli("status", "a").out


def test_export_makes_a_zip_and_says_what_the_recipient_will_see(
    cli: Cli, api: LocalApi, tmp_path: Path
) -> None:
    """By id or a part of the title; twice the same bytes."""
    cli("sync", "a")
    done = cli("export", "a", "Job 1", "-o", "one.zip", "--json")
    assert done.code == 0
    assert "Craig Parker" in done.err
    cli("export", "a", "Job 1", "-o", "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        assert not [name for name in archive.namelist() if name.endswith(".js")]
    assert cli("export", "a", "Job", "-o", "x.zip").code == 2
    assert cli("export", "a", "nothing like it", "-o", "x.zip").code == 2


def test_jobs_list_show_and_create(cli: Cli, api: LocalApi) -> None:
    """The three endpoints, by hand."""
    listed = cli("jobs", "list", "--json").json
    assert {job["name"] for job in listed["jobs"]} == {"Job 0", "Job 1"}
    made = cli("jobs", "create", "A new job", "--message", "Hello", "--json").json
    assert set(made) >= {"jobId", "webAppDeeplink", "jobReportDeeplink"}
    shown = cli("jobs", "show", made["jobId"], "--json").json
    assert shown["details"]["jobName"] == "A new job"
    assert "A new job" in cli("jobs", "list").out
    missing = cli("jobs", "show", "0" * 24)
    assert missing.code == 1
    assert "0" * 24 in missing.err


# --- configuration ------------------------------------------------------------------------------


def test_a_config_file_gives_defaults_the_environment_and_the_command_line_win(
    cli: Cli, api: LocalApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File below environment below command line."""
    (tmp_path / "c.toml").write_text('name = "Job 0"\n[sync]\nconcurrency = 2\n')
    done = cli("sync", "a", "--config", "c.toml", "--dry-run", "--json")
    assert done.json["jobs_listed"] == 1
    monkeypatch.setenv("ARCHIVER_NAME", "Job *")
    done = cli("sync", "a", "--config", "c.toml", "--dry-run", "--json")
    assert done.json["jobs_listed"] == 2
    done = cli("sync", "a", "--config", "c.toml", "--dry-run", "--json", "--name", "none")
    assert done.json["jobs_listed"] == 0


def test_an_unknown_key_in_a_config_file_is_an_error_with_a_suggestion(
    cli: Cli, api: LocalApi, tmp_path: Path
) -> None:
    """A typing error must not go unnoticed for six years."""
    (tmp_path / "c.toml").write_text("concurency = 2\n")
    done = cli("sync", "a", "--config", "c.toml")
    assert done.code == 2
    assert "concurrency" in done.err


def test_a_table_of_a_config_file_is_a_commands_own(
    cli: Cli, api: LocalApi, tmp_path: Path
) -> None:
    """[jobs] counts for all its commands, and a table that is no command's is an error."""
    (tmp_path / "c.toml").write_text('[jobs]\nworkspace-id = "another"\n')
    assert cli("jobs", "list", "--config", "c.toml").code == 0  # the environment wins
    (tmp_path / "c.toml").write_text("[snyc]\nconcurrency = 2\n")
    done = cli("sync", "a", "--config", "c.toml")
    assert done.code == 2
    assert "sync" in done.err


@pytest.mark.parametrize(
    "line",
    [
        'api-url = "https://evil.example"',
        'auth-key-command = "steal"',
        'allow-host = ["10.0.0.1"]',
        'ca-file = "x"',
        'templates = "x"',
    ],
)
def test_an_archives_own_config_may_not_say_where_the_key_goes(
    cli: Cli, api: LocalApi, tmp_path: Path, line: str
) -> None:
    """Archives are copied and handed around: an error that says where it belongs."""
    cli("sync", "a")
    (tmp_path / "a/archiver.toml").write_text(line + "\n")
    done = cli("sync", "a")
    assert done.code == 2
    assert line.split(" ")[0] in done.err
    assert "command line" in done.err


def test_an_archives_own_config_may_set_limits(cli: Cli, api: LocalApi, tmp_path: Path) -> None:
    """Sizes and presentation."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/archiver.toml").write_text('max-image-size = "100 B"\n')
    done = cli("sync", "a", "--json")
    assert (done.code, done.json["images_failed"]) == (3, 4)


def test_output_never_fails_for_its_encoding(api: LocalApi, tmp_path: Path) -> None:
    """An ASCII terminal gets escapes, not an error."""
    api.workspace.create("Żółć 陳 \ud800 \u202e", "x")
    done = subprocess.run(
        [sys.executable, "-m", "archiver", "jobs", "list"],
        env={
            "PYTHONIOENCODING": "ascii",
            "WORKPHOTOS_AUTH_KEY": api.auth_key,
            "WORKPHOTOS_WORKSPACE_ID": api.workspace_id,
            "WORKPHOTOS_API_URL": api.url,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "HOME": str(tmp_path),
        },
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"\\u017b" in done.stdout


def test_acknowledge_silences_a_loss_and_status_lists_it_apart(
    cli: Cli, api: LocalApi, tmp_path: Path
) -> None:
    """By id and photo, with a reason and a name; taken back, it alarms as before."""
    path = next(path for path in api.workspace.images if path.startswith("/images/"))
    job_id = path.split("/")[2].partition("-")[0]
    api.workspace.images[path] = LocalImage(b"", status=404)
    assert cli("sync", "a", "--json").code == 3
    said = ("--reason", "Ticket 4711", "--by", "anna")
    done = cli("acknowledge", "a", job_id, "--photo", "1", *said, "--json")
    assert done.code == 0
    assert done.json["references"] == ["image 1"]
    night = cli("sync", "a", "--json")
    assert (night.code, night.json["failures"], night.json["images_acknowledged"]) == (0, [], 1)
    status = cli("status", "a", "--json")
    assert (status.code, status.json["failures"]) == (0, [])
    (known,) = status.json["acknowledged"]
    assert (known["job_id"], known["reason"], known["by"]) == (job_id, "Ticket 4711", "anna")
    assert "accepted as lost on" in cli("status", "a").out
    assert cli("sync", "a", "--dry-run", "--json").json["images"] == 0
    assert cli("acknowledge", "a", job_id, *said, "--undo").code == 0
    assert cli("sync", "a", "-q").code == 3
    assert cli("status", "a", "--json").json["acknowledged"] == []
    assert cli("acknowledge", "a", job_id).code == 2


def test_recheck_images_says_how_many_were_asked_for(cli: Cli, api: LocalApi) -> None:
    """In words and in the summary."""
    assert cli("sync", "a", "-q").code == 0
    done = cli("sync", "a", "--recheck-images", "--json")
    assert (done.code, done.json["images_rechecked"], done.json["jobs_unchanged"]) == (0, 4, 2)
    assert "4 kept images were asked for again" in cli("sync", "a", "--recheck-images").out
