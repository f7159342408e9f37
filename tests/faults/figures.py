"""What a run of `make torture` tried and what came of it, as a table.

python -m tests.faults.figures FILE     the file that `ARCHIVER_FIGURES` named
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path


def main(path: Path) -> None:
    """Print one line for each count, sorted by what was counted, and the sum."""
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        what, said = row.pop("what"), row.pop("said", [])
        sums[what].update(row)
        for fault in said:
            print(f"FAULT {what}: {fault}\n")
    for what, numbers in sorted(sums.items()):
        print(f"{what:58}", *(f"{name} {number:,}" for name, number in numbers.items()))
    whole = sum(sums.values(), Counter[str]())
    print(f"{'in all':58}", *(f"{name} {whole[name]:,}" for name in ("tried", "faults")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
