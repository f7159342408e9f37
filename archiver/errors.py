"""Every error this program raises on purpose, and the exit code it ends with.

    ArchiverError                1   could not run
    ├── NetworkDown              1   nothing could be reached for a stated time
    ├── ListRefused              1   the job list is an error, HTML, broken, or not a list
    ├── NotAnArchive             1   the folder is something else
    ├── WrongWorkspace           1   the archive belongs to another workspace
    ├── NewerFormat              1   written by a newer version of this program
    ├── ArchiveDamaged           1   the ledger or archive.json cannot be trusted
    ├── ErasureRefused           1   a hold forbids an erasure, or it reaches further than was said
    ├── NotWritable              1   the archive's folder cannot be written
    ├── UsageProblem             2   a setting or option makes no sense
    ├── KeyRefused               4   the key or the workspace was refused
    ├── ArchiveLocked            5   another run holds the archive
    ├── DiskFull                 6   the disk is full, or would be
    └── Stopped                130   Ctrl-C; 143 for SIGTERM
    JobProblem                       one job cannot go on; becomes a `Problem`, never ends the run

What stops the run is raised. What is merely wrong is a value (`models.Problem`), collected and
reported: the run goes on and ends with 3.
"""

from __future__ import annotations


class ArchiverError(Exception):
    """Something that stops the run, with what to do about it.

    `message` says what failed and why, `hint` what to do next; neither ever holds the key.
    """

    exit_code = 1
    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NetworkDown(ArchiverError):
    """Nothing could be reached for the stated time; what was fetched is kept."""

    code = "network-down"


class ListRefused(ArchiverError):
    """The job list could not be read as one."""

    code = "list-refused"


class NotAnArchive(ArchiverError):
    """The folder is not an archive of ours, or not empty where a new one should begin."""

    code = "not-an-archive"


class WrongWorkspace(ArchiverError):
    """The archive is bound to another workspace."""

    code = "wrong-workspace"


class NewerFormat(ArchiverError):
    """The archive was written by a newer version, which this one must not write to."""

    code = "newer-format"


class ArchiveDamaged(ArchiverError):
    """The archive's own books cannot be trusted; nothing is written until a person has looked."""

    code = "archive-damaged"


class ErasureRefused(ArchiverError):
    """Something must be decided by a person before anything is erased."""

    code = "erasure-refused"


class NotWritable(ArchiverError):
    """The archive's folder cannot be written."""

    code = "not-writable"


class UsageProblem(ArchiverError):
    """A setting or option makes no sense."""

    exit_code = 2
    code = "usage"


class KeyRefused(ArchiverError):
    """The key or the workspace was refused; nothing more can be done."""

    exit_code = 4
    code = "key-refused"


class ArchiveLocked(ArchiverError):
    """Another run holds the archive."""

    exit_code = 5
    code = "archive-locked"


class DiskFull(ArchiverError):
    """The disk is full, or less than the wanted reserve is left."""

    exit_code = 6
    code = "disk-full"


class Stopped(ArchiverError):
    """The run was stopped by a signal; what was kept has been said."""

    exit_code = 130
    code = "stopped"

    def __init__(self, message: str, hint: str = "", *, exit_code: int = 130) -> None:
        super().__init__(message, hint)
        self.exit_code = exit_code


class Terminated(KeyboardInterrupt):
    """SIGTERM, which is treated as Ctrl-C, where no event loop listens for it."""


class JobProblem(Exception):
    """One job cannot go on. The run records `reason` for it and goes on with the others."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
