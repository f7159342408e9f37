"""What a run of `make torture` tried and what came of it, as a table.

python -m tests.faults.figures FILE     the file that `ARCHIVER_FIGURES` named
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(path: Path) -> None:
    """Print one line for each count, sorted by what was counted, and the sum."""
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    for row in sorted(rows, key=lambda row: str(row["what"])):
        what = row.pop("what")
        print(f"{what:58}", *(f"{name} {number:,}" for name, number in row.items()))
    print(f"{'in all':58}", *(f"{name} {_sum(rows, name):,}" for name in ("tried", "faults")))


def _sum(rows: list[dict[str, int]], name: str) -> int:
    return sum(row.get(name, 0) for row in rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
