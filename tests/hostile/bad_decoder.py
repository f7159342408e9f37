"""A decoder process that does what the picture says: `python -m tests.hostile.bad_decoder`.

A file that holds one of the words below is treated so; all others are decoded as by the product.
Only here: the product knows of no such words.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from archiver import decoderprocess
from archiver.decoders import Decoders

COMMAND = (sys.executable, "-P", "-m", "tests.hostile.bad_decoder")

HANGS, DIES, LIES, CHATTERS, ONCE = b"!hangs!", b"!dies!", b"!lies!", b"!chatters!", b"!once!"


def bad_decoders(deadline: float = 1.0) -> Decoders:
    """Decoders that heed the words; a hang lasts `deadline` seconds."""
    return Decoders(deadline=deadline, command=COMMAND)


def main() -> None:
    """Answer like the product, but for the words."""
    honest = decoderprocess._answer

    def answer(question: dict[str, Any], out: Any) -> None:
        path = Path(question["path"])
        body = path.read_bytes() if path.exists() else b""
        if HANGS in body:
            time.sleep(600)
        if DIES in body:
            os.abort()
        if LIES in body:
            out.write(b'{"kind": "shown", "size": [90000, 90000], "stored": [1, 1]}\n')
            out.flush()
            return
        if CHATTERS in body:
            out.write(b"x" * 1_000_000)
            out.flush()
        if ONCE in body:
            mark = path.with_name(path.name + ".seen")
            if not mark.exists():
                # Files it may not write, so it makes a folder.
                mark.mkdir()
                os.abort()
        honest(question, out)

    decoderprocess._answer = answer
    decoderprocess.main()


if __name__ == "__main__":
    main()
