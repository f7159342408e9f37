"""`search/reused.js`: which photos are used in another job too, for the pages' scripts to mark.

`Archive.reused(json)`: by job's folder below `jobs/`, for each such photo its exhibit number, where
`reused.html` tells of it, and 1 where another job has the same bytes, 0 where it looks alike. The
job's own page holds nothing of it: it is made of its own evidence, and is handed over.
"""

from __future__ import annotations

from collections.abc import Iterable

from archiver.reused import Reused
from archiver.scripttext import js_string, json_text


def reused_js(groups: Iterable[Reused]) -> bytes:
    """The file. A photo of several versions is named once, and the same bytes say more than looks
    that are alike."""
    marks: dict[str, dict[int, tuple[str, int]]] = {}
    for group in groups:
        for one in group.photos:
            same = int(one.bits is None)
            of_job = marks.setdefault(one.folder.removeprefix("jobs/"), {})
            if same >= of_job.get(one.exhibit, ("", 0))[1]:
                of_job[one.exhibit] = (group.anchor, same)
    columns = {
        folder: [[exhibit, *of_job[exhibit]] for exhibit in sorted(of_job)]
        for folder, of_job in sorted(marks.items())
    }
    return f"Archive.reused({js_string(json_text(columns))})\n".encode()
