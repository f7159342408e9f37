"""`PROOF.txt`: what each file of `proof/` proves, and the commands that check it.

Plain English for an auditor, and commands for what is on a computer anyway and `openssl`, none for
this program. Each is written so that it fails, or says so in capitals, when one byte is another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from archiver.head import Head
from archiver.models import Sha256

PROOF_TEXT = "PROOF.txt"
SALT = "salt"
LINES = "ledger.jsonl"
SIGNED_HEAD = "signed-head.txt"
SIGNATURE = "signature.bin"
KEY = "public-key.pem"
STAMPED_HEAD = "stamped-head.txt"
STAMP = "timestamp.tsr"
CHAIN = "timestamp-chain.pem"
CA = "timestamp-ca.pem"

System = Literal["Linux", "macOS", "Windows"]


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head that is signed: when, by which key, and the SHA-256 of the key's 32 raw bytes."""

    head: Head
    time: datetime
    key: str
    fingerprint: Sha256


@dataclass(frozen=True, slots=True)
class StampedHead:
    """A head that is stamped: when, and by whom. `source` tells where the certificate `anchor`, on
    which the check is to rest, came from: somebody `given` it to the sender, the `token` itself
    holds it, or there is `none` of an authority, only the signer's own."""

    head: Head
    time: datetime
    authority: str
    source: Literal["given", "token", "none"]
    anchor: x509.Certificate


@dataclass(frozen=True, slots=True)
class Told:
    """What the lines tell beside this job: how many of them are its own, the keys of other jobs,
    lines with a reason and who decided, and lines that name files of other jobs as damaged."""

    lines: int
    own: int
    jobs: tuple[str, ...]
    reasons: tuple[int, ...]
    damaged: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """What `PROOF.txt` is made of. `first` is the number of the first line, `head` the last line's;
    `checkpoint` tells that a note of that line was once written for keeping elsewhere."""

    title: str
    seal: int
    first: int
    head: Head
    checkpoint: bool
    signed: SignedHead | None
    stamped: StampedHead | None
    told: Told

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be said on a terminal before this is handed out."""
        said = (_others(self.told), "" if self.signed or self.stamped else _NOT_TIED)
        return tuple(note.replace("\n", " ") for note in said if note)


_NOT_TIED = """\
Nothing outside the archive vouches for this seal yet: the proof ends with the
ledger's own head, which the sender could have made anew."""


def told_of_others(lines: Sequence[bytes], key: str) -> Told:
    """What the ledger's lines tell of others than the job with this key."""
    own, jobs, reasons, damaged = 0, set[str](), [], []
    for line in lines:
        value = json.loads(line)
        named = _jobs_in(value)
        own += named == {key}
        jobs |= named - {key}
        if _holds(value, "reason"):
            reasons.append(value["n"])
        if set(value.get("damaged", ())) - {key}:
            damaged.append(value["n"])
    return Told(len(lines), own, tuple(sorted(jobs)), tuple(reasons), tuple(damaged))


def _jobs_in(value: Mapping[str, Any]) -> set[str]:
    found = {value["job"]} if "job" in value else set()
    for name in ("views", "jobs", "adopted", "damaged"):
        found.update(value.get(name, ()))
    for erasure in value.get("erasures", ()):
        found.update(erasure["jobs"])
    return found


def _holds(value: Any, name: str) -> bool:
    if isinstance(value, Mapping):
        return name in value or any(_holds(one, name) for one in value.values())
    return isinstance(value, list) and any(_holds(one, name) for one in value)


def _others(told: Told) -> str:
    """What the lines tell of others, for the sender and the recipient alike; empty if nothing."""
    parts = []
    if told.jobs:
        many = len(told.jobs) > 1
        parts.append(
            f"{LINES} holds {told.lines} lines of the ledger, since each holds the hash of the\n"
            f"one before. They name {len(told.jobs)} other {'jobs' if many else 'job'} by "
            f"{'their ids' if many else 'its id'} in WorkPhotos (and numbers,\n"
            "times and salted hashes). Whoever has such an id may be able to open that job's\n"
            "report in WorkPhotos."
        )
    if told.reasons:
        parts.append(
            f"A reason somebody gave, and who it was, stands in {_line_numbers(told.reasons)}."
        )
    if told.damaged:
        parts.append(
            f"Names of damaged files of other jobs stand in {_line_numbers(told.damaged)}."
        )
    return "\n".join(parts)


def _line_numbers(numbers: Sequence[int]) -> str:
    return f"line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


# --- the text ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One check: what it proves, and its commands, by the systems they are for."""

    title: str
    says: str
    commands: Mapping[str, str]


def proof_text(facts: ProofFacts) -> bytes:
    """`PROOF.txt`: ASCII but for names, lines ended as Windows' oldest editor wants them."""
    parts = [
        f"PROOF OF A SEAL\n\n  {facts.title[:96]}\n  seal {facts.seal}, pinned by line "
        f"{facts.first} of the archive's ledger\n",
        _paragraph("WHAT THIS PROVES", _what_it_proves(facts)),
        _paragraph("THE FILES", "\n".join(_files(facts))),
    ]
    if _others(facts.told):
        parts.append(_paragraph("WHAT ELSE THE LINES OF THE LEDGER TELL", _others(facts.told)))
    parts.append(_paragraph("HOW TO CHECK IT", _HOW))
    parts.extend(_step(number, one) for number, one in enumerate(steps(facts), 1))
    return "\n\n".join(parts).replace("\n", "\r\n").encode("utf-8", "replace")


def _paragraph(title: str, text: str) -> str:
    lines = (f"  {line}" if line else "" for line in text.strip("\n").split("\n"))
    return "\n".join([title, "", *lines, ""])


def _step(number: int, step: Step) -> str:
    text = _paragraph(f"{number}. {step.title}", step.says)
    for systems, command in step.commands.items():
        indented = "".join(f"    {line}\n" for line in command.strip("\n").split("\n"))
        text += f"\n  {systems}:\n\n{indented}"
    return text


def _what_it_proves(facts: ProofFacts) -> str:
    return "\n\n".join(
        [
            "That the files of this job are, byte for byte, those that were sealed, and\n"
            "how long the seal has been what it is. Not that what they show is true: a photo\n"
            "shows what its sender sent.",
            *_vouching(facts),
        ]
    )


def _vouching(facts: ProofFacts) -> Iterator[str]:
    if facts.signed is not None:
        one = facts.signed
        yield (
            f"Signed: the ledger up to line {one.head.number}, on {_time(one.time)} by the\n"
            f"sender's clock, with the key {one.key}. The SHA-256 of its 32 bytes is\n"
            f"  {one.fingerprint}\n"
            "Ask the sender for that, by another way than this file came: whoever could change\n"
            "this file could have put another key in."
        )
    if facts.stamped is not None:
        yield _stamp_said(facts.stamped)
    if not (facts.signed or facts.stamped):
        yield (
            f"{_NOT_TIED}\nSo the lines below go to that head:\n  {facts.head}\n"
            "Whoever has written it down, or kept a note of it, can tell whether it is the same.\n"
            + (
                f"A note of line {facts.head.number} was made for keeping elsewhere (archiver "
                "ledger\ncheckpoint): ask the sender for it."
                if facts.checkpoint
                else "Ask the sender for it, by another way than this file came."
            )
        )


def _stamp_said(one: StampedHead) -> str:
    where = {
        "given": f"{CA} holds the authority's certificate as the sender has it",
        "token": f"{CA} holds the authority's certificate as the time stamp itself brought it",
        "none": "The authority's root certificate is not here. "
        f"{CA} holds the certificate\nthat signed",
    }[one.source]
    return (
        f"Time-stamped: the ledger up to line {one.head.number}, at {_time(one.time)}, by\n"
        f"  {one.authority[:96]}\n"
        "which is nobody's clock but that authority's. It is as good as the authority's\n"
        f"certificate. {where}; its SHA-256 is\n"
        f"  {one.anchor.fingerprint(SHA256()).hex()}\n"
        "Compare that with what the authority itself publishes, or take the file from there."
    )


def _files(facts: ProofFacts) -> Iterator[str]:
    yield f"{SALT:20} 32 random bytes of the seal, without which its hash tells nothing"
    yield f"{LINES:20} lines {facts.first} to {facts.head.number} of the ledger, byte for byte"
    if facts.signed:
        yield f"{SIGNED_HEAD:20} number and SHA-256 of the line that is signed"
        yield f"{SIGNATURE:20} the signature (Ed25519, 64 bytes)"
        yield f"{KEY:20} the public key that it is by"
    if facts.stamped:
        yield f"{STAMPED_HEAD:20} number and SHA-256 of the line that is time-stamped"
        yield f"{STAMP:20} the time stamp (RFC 3161)"
        yield f"{CHAIN:20} all certificates in it"
        yield f"{CA:20} the certificate on which the check rests"


_HOW = """\
Nothing of the sender's is needed. Open a terminal in the job's folder: the one in
which this folder "proof" lies, beside tagmanifest-sha256.txt.

  Windows   open the folder, type "powershell" into the address bar, press Enter
  macOS     open Terminal, type "cd ", drag the folder into the window, press Enter
  Linux     open a terminal in the folder

Paste each block as it is. The last steps need OpenSSL 3, which Linux has; on macOS:
brew install openssl. On Windows it comes with Git; if it is not found, type first:
$env:Path += ';C:\\Program Files\\Git\\usr\\bin'
"""


def steps(facts: ProofFacts) -> list[Step]:
    """The checks, each resting on those before it."""
    made = [_evidence(), _seal(facts), _chain()]
    if facts.signed is not None:
        made.append(_head(facts, facts.signed.head, SIGNED_HEAD, "signed"))
        made.append(_signature())
    if facts.stamped is not None:
        made.append(_head(facts, facts.stamped.head, STAMPED_HEAD, "time-stamped"))
        made.append(_stamp(facts.stamped))
    if not (facts.signed or facts.stamped):
        made.append(_last_line(facts))
    return made


def _evidence() -> Step:
    text = "{sum} -c{quiet} tagmanifest-sha256.txt && {sum} -c{quiet} manifest-sha256.txt"
    return Step(
        "The files are those that the seal lists",
        "Each file that is changed or missing is named; else it says that all are there.",
        _unix(text + ' && echo "All files are there and unchanged."')
        | {
            "Windows": """\
$bad = 0
foreach ($list in 'tagmanifest-sha256.txt', 'manifest-sha256.txt') {
  foreach ($line in Get-Content -LiteralPath $list -Encoding UTF8) {
    $hash, $file = $line -split '  ', 2
    $file = $file.Replace('%0D', "`r").Replace('%0A', "`n").Replace('%25', '%')
    if (-not (Test-Path -LiteralPath $file) -or
        (Get-FileHash -LiteralPath $file -Algorithm SHA256).Hash -ne $hash) {
      $bad++; "CHANGED OR MISSING: $file"
    }
  }
}
if ($bad -eq 0) { 'All files are there and unchanged.' }"""
        },
    )


def _seal(facts: ProofFacts) -> Step:
    command = f"""\
hash=$(cat proof/{SALT} tagmanifest-sha256.txt | {{sum}} | cut -d' ' -f1)
head -n 1 proof/{LINES} | grep "\\"new\\":\\"$hash\\"" && echo "The ledger pins this seal." """
    return Step(
        "The seal is the ledger's",
        f"The SHA-256 of {SALT} and tagmanifest-sha256.txt, one after the other, stands in line\n"
        f'{facts.first} of the ledger, the first one here, as "new".',
        _unix(command.strip())
        | {
            "Windows": f"""\
$sha = [Security.Cryptography.SHA256]::Create()
$salt = [IO.File]::ReadAllBytes("$PWD\\proof\\{SALT}")
$list = [IO.File]::ReadAllBytes("$PWD\\tagmanifest-sha256.txt")
$both = $sha.ComputeHash([byte[]]($salt + $list))
$hash = [BitConverter]::ToString($both).Replace('-', '').ToLower()
$lines = [IO.File]::ReadAllText("$PWD\\proof\\{LINES}").TrimEnd("`n").Split("`n")
if ($lines[0].Contains('"new":"' + $hash + '"')) {{ 'The ledger pins this seal.' }}
else {{ 'THIS SEAL IS NOT THE ONE IN THE LEDGER' }}"""
        },
    )


_LINE_HASH = """\
function LineHash($line) {
  $bytes = [Text.Encoding]::UTF8.GetBytes($line + "`n")
  [BitConverter]::ToString($sha.ComputeHash($bytes)).Replace('-', '').ToLower()
}"""


def _chain() -> Step:
    command = f"""\
prev= bad=
while IFS= read -r line; do
  case $line in *"\\"prev\\":\\"$prev"*) ;; *) bad=1; echo "DOES NOT FOLLOW: $line" ;; esac
  prev=$(printf '%s\\n' "$line" | {{sum}} | cut -d' ' -f1)
done < proof/{LINES}
test -z "$bad" && echo "Each line follows from the one before." """
    return Step(
        "The ledger's lines follow from each other",
        'Each line holds, as "prev", the SHA-256 of the line before it with its line feed. So\n'
        "no line can be changed without all that come after it.",
        _unix(command.strip())
        | {
            "Windows": f"""\
{_LINE_HASH}
$prev = ''; $bad = 0
foreach ($line in $lines) {{
  if (-not $line.Contains('"prev":"' + $prev)) {{ $bad++; "DOES NOT FOLLOW: $line" }}
  $prev = LineHash $line
}}
if ($bad -eq 0) {{ 'Each line follows from the one before.' }}"""
        },
    )


def _head(facts: ProofFacts, head: Head, file: str, what: str) -> Step:
    number = head.number - facts.first + 1
    command = f"""\
hash=$(sed -n {number}p proof/{LINES} | {{sum}} | cut -d' ' -f1)
printf '%s %s\\n' {head.number} "$hash" | cmp - proof/{file} && echo "It is this line." """
    return Step(
        f"What is {what} is line {head.number} of the ledger",
        f"{file} holds the number of a line and its SHA-256: line {number} of those here.",
        _unix(command.strip())
        | {
            "Windows": f"""\
$said = [IO.File]::ReadAllText("$PWD\\proof\\{file}")
if ($said -ceq "{head.number} $(LineHash $lines[{number - 1}])`n") {{ 'It is this line.' }}
else {{ 'IT IS ANOTHER LINE' }}"""
        },
    )


def _last_line(facts: ProofFacts) -> Step:
    command = f"echo {facts.head.number} $(tail -n 1 proof/{LINES} | {{sum}} | cut -d' ' -f1)"
    return Step(
        "The ledger's head",
        f"It must print: {facts.head}",
        _unix(command) | {"Windows": f'"{facts.head.number} $(LineHash $lines[-1])"'},
    )


def _signature() -> Step:
    return Step(
        "The signature",
        'It must say "Signature Verified Successfully".',
        {
            "Windows, macOS and Linux": f"openssl pkeyutl -verify -rawin -pubin -inkey proof/{KEY} "
            f"-in proof/{SIGNED_HEAD} -sigfile proof/{SIGNATURE}"
        },
    )


def _stamp(stamped: StampedHead) -> Step:
    partial = "-partial_chain " if stamped.source == "none" else ""
    moment = int(stamped.time.timestamp())
    return Step(
        "The time stamp",
        'The first must say "Verification: OK"; it is checked as of its own time, since\n'
        f"certificates end. The second shows that time: {_time(stamped.time)}.",
        {
            "Windows, macOS and Linux": f"openssl ts -verify -data proof/{STAMPED_HEAD} "
            f"-in proof/{STAMP} -CAfile proof/{CA} -untrusted proof/{CHAIN} {partial}"
            f"-attime {moment}\n"
            f"openssl ts -reply -in proof/{STAMP} -text"
        },
    )


def _unix(command: str) -> dict[str, str]:
    """A command for both, which differ in the name of one program."""
    return {
        "Linux": command.replace("{sum}", "sha256sum").replace("{quiet}", " --quiet --strict"),
        "macOS": command.replace("{sum}", "shasum -a 256").replace("{quiet}", ""),
    }


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
