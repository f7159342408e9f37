"""How long is the search for near looks among very many?

    python bench/near.py [LOOKS]

Prints JSON: seconds for all looks at once and for a night's 5,000 new ones, peak memory, and how
many of the planted pairs (looks a few bits away) were found. Needs the extra `looks`.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time

from archiver.looks import BITS, NEAR
from archiver.nearsearch import near_links


def main(count: int) -> None:
    """Search among `count` looks, a thousandth of which are near another one."""
    rng = random.Random(6)
    looks = [rng.getrandbits(BITS) for _ in range(count)]
    planted = max(1, count // 1000)
    for at in range(planted):
        look = looks[at]
        for bit in rng.sample(range(BITS), rng.randint(1, NEAR)):
            look ^= 1 << bit
        looks[count - 1 - at] = look
    body = b"".join(look.to_bytes(BITS // 8, "big") for look in looks)
    del looks
    begun = time.perf_counter()
    found = list(near_links(body, range(count)))
    whole = time.perf_counter() - begun
    begun = time.perf_counter()
    night = list(near_links(body, range(count - 5000, count), ()))
    print(
        json.dumps(
            {
                "looks": count,
                "all_s": round(whole, 1),
                "night_s": round(time.perf_counter() - begun, 2),
                "planted": planted,
                "found": len(found),
                "found_by_night": len(night),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
