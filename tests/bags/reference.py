"""The reference validator in a process of its own, which many bags can be shown to.

python -m tests.bags.reference     reads one folder a line on stdin, answers with JSON
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Self


class Reference:
    """Bags go in, what the reference validator says of each comes out; empty when valid."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bags.reference"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate("", 10)

    def __call__(self, bag: Path) -> str:
        """Why it refuses a bag; empty when it does not."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(str(bag)) + "\n")
        self._process.stdin.flush()
        return str(json.loads(self._process.stdout.readline()))


def main() -> None:
    """Answer until stdin ends."""
    import bagit

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        try:
            bagit.Bag(json.loads(line)).validate()
            said = ""
        except Exception as error:  # its command line lets some of these through as tracebacks
            said = f"{type(error).__name__}: {error}"
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
