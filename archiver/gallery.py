"""Justified rows of photos without style attributes: shapes and row heights as class names.

The CSS (`assets/photos.css`) lays a group out by flex-wrap: each photo asks for `ratio * height`
pixels. Which height leaves no photo alone on a last row is worked out here, for the widest page.
"""

from __future__ import annotations

from collections.abc import Sequence

RATIO_MIN, RATIO_MAX = 40, 250
"""Hundredths of width / height; photos beyond are cropped to it in the overview."""
DEFAULT_RATIO = 133

_WIDTH = 794.0
"""Pixels: the column of the job page at its widest, less the initials."""
_GAP = 6.0
_HEIGHTS = (152, 144, 160, 136, 168, 128, 176, 120, 112)
_USUAL = 152


def ratio(width: int | None, height: int | None, orientation: int = 1) -> int:
    """Width / height in hundredths as it is looked at (EXIF orientation applied), within bounds."""
    if not width or not height:
        return DEFAULT_RATIO
    if orientation >= 5:
        width, height = height, width
    return min(RATIO_MAX, max(RATIO_MIN, round(100 * width / height)))


def roll_class(ratios: Sequence[int]) -> str:
    """`h120 full`: the height class of a group, and whether its last row may stretch."""
    best, best_cost, best_full = _USUAL, 1e9, False
    for height in _HEIGHTS:
        alone, fill, rows = _last_row(ratios, height)
        full = fill >= 0.8
        cost = abs(height - _USUAL) / 8.0
        if rows > 1:
            cost += 100.0 * alone + 30.0 * (not full)
        if cost < best_cost:
            best, best_cost, best_full = height, cost, full
        if cost == 0:
            break
    return f"h{best} full" if best_full else f"h{best}"


def _last_row(ratios: Sequence[int], height: int) -> tuple[bool, float, int]:
    """Whether one photo ends up alone on the last row, how full that row is, how many rows."""
    used, on_row, rows = 0.0, 0, 1
    scale = height / 100.0
    for item in ratios:
        need = item * scale
        if on_row and used + _GAP + need > _WIDTH:
            used, on_row, rows = need, 1, rows + 1
        else:
            used += need + (_GAP if on_row else 0.0)
            on_row += 1
    return on_row == 1 and len(ratios) > 1, used / _WIDTH, rows


def ratio_rules() -> str:
    """The ratio classes, `.r40` to `.r250`: how `assets/ratios.css` was made."""
    values = ((r, f"{r / 100:g}".removeprefix("0")) for r in range(RATIO_MIN, RATIO_MAX + 1))
    return "".join(f".r{r}{{--r:{value}}}" for r, value in values)
