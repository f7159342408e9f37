"""Bringing the catalogue up to what lies in the archive: it is only a cache of the bags.

Apart from `sync`, so that a command without network does not load what talks to one.
"""

from __future__ import annotations

from archiver.archive import OpenArchive, accounted_for, job_folders, load_job, recorded_folder
from archiver.bag import read_bag
from archiver.errors import ArchiverError
from archiver.models import Problem
from archiver.standing import catalogue, is_last_seal
from archiver.summary import job_summary


def reconcile(opened: OpenArchive) -> list[Problem]:
    """Take folders into the catalogue that it does not know, or not as they were sealed last: a
    killed run leaves it behind the bags, and so does a backup of it.

    Gives what cannot be taken in, because the ledger does not know it; of a folder that the
    catalogue has, that is left to whoever works on the job. Raises OSError.
    """
    problems: list[Problem] = []
    known = opened.catalog.numbers()
    for folder in job_folders(opened.archive.root):
        relative = recorded_folder(opened.archive.root, folder)
        if relative in known and is_last_seal(opened, *known[relative]):
            continue
        try:
            bag, record = read_bag(folder), load_job(folder)
        except (OSError, ValueError, ArchiverError) as error:
            if relative not in known:
                problems.append(Problem(folder.name, f"{relative} cannot be read: {error}"))
            continue
        if accounted_for(bag, opened.pins, record.job_id):
            catalogue(opened, bag, record, job_summary(record))
        elif relative not in known:
            problems.append(Problem(record.job_id, f"{relative} is not a bag the ledger knows"))
    return problems
