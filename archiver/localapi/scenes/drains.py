"""Manholes, drain cameras and downpipes."""

from __future__ import annotations

import math

from archiver.localapi.brushes import Canvas, gradient, shade
from archiver.localapi.scenes.readings import Slot, screen


def manhole(c: Canvas) -> None:
    c.ground(0, (110, 108, 104), (166, 162, 154), 4)
    c.grass(0.82)
    x0, y0, x1, y1 = c.w * 0.16, c.h * 0.12, c.w * 0.84, c.h * 0.84
    c.pen.rectangle((x0 - 26, y0 - 26, x1 + 26, y1 + 26), fill=(92, 92, 92))
    c.pen.rectangle((x0 - 26, y0 - 26, x1 + 26, y1 + 26), outline=(130, 130, 128), width=6)
    pit = Canvas(int(x1 - x0), int(y1 - y0), c.rng)
    pit.bricks((120, 84, 68), across=8)
    pit.soft((0, 0, pit.w, pit.h), lambda p, b: p.rectangle(b, fill=120), (14, 12, 10), 30)
    pit.pen.rectangle((90, 100, pit.w - 90, pit.h - 90), fill=(118, 112, 102))
    pit.roughen((90, 100, pit.w - 90, pit.h - 90), 40, 0.14)
    cy = pit.h * 0.5
    pit.rail(0, cy - 90, pit.w, cy + 90, (150, 96, 70))
    pit.image.paste((66, 60, 48), (0, int(cy - 52), pit.w, int(cy + 56)))
    pit.soft(
        (30, cy - 30, pit.w - 30, cy + 24),
        lambda p, b: p.rectangle(b, fill=150),
        (128, 134, 124),
        12,
    )
    pit.pen.polygon(
        ((pit.w * 0.3, 100), (pit.w * 0.42, 100), (pit.w * 0.56, cy - 60), (pit.w * 0.42, cy - 60)),
        fill=(140, 90, 66),
    )
    for _ in range(16):
        px, py = pit.rng.uniform(60, pit.w - 60), cy + pit.rng.uniform(-40, 50)
        s = pit.rng.uniform(6, 24)
        pit.pen.ellipse(
            (px - s, py - s * 0.5, px + s, py + s * 0.5),
            fill=shade((206, 200, 184), pit.jitter(0.2)),
        )
    c.put(pit.image, (x0, y0))
    c.soft((x0, y0, x0 + 90, y1), lambda p, b: p.rectangle(b, fill=180), (10, 8, 8), 30)
    c.soft((x0, y0, x1, y0 + 80), lambda p, b: p.rectangle(b, fill=160), (10, 8, 8), 30)
    c.leaves((0, c.h * 0.86, c.w, c.h), 50)


def drain_camera(c: Canvas) -> Slot:
    c.image.paste(gradient((c.w, c.h), (46, 48, 52), (26, 28, 30)))
    x0, y0, x1, y1 = c.w * 0.06, c.h * 0.06, c.w * 0.94, c.h * 0.94
    c.pen.rounded_rectangle((x0 - 20, y0 - 20, x1 + 20, y1 + 20), 26, fill=(16, 17, 18))
    view = Canvas(int(x1 - x0), int(y1 - y0), c.rng)
    view.image.paste((34, 28, 24), (0, 0, view.w, view.h))
    cx, cy = view.w * 0.5, view.h * 0.52
    clay = c.rng.choice(((176, 120, 84), (150, 140, 126), (186, 106, 66)))
    for step in range(40):
        part = 1 - step / 40
        r = view.w * (0.06 + 0.62 * part)
        joint = step % 9 == 4
        light = (0.22 + 0.95 * part) * (0.7 if joint else 1) * view.jitter(0.015)
        view.pen.ellipse((cx - r, cy - r * 0.94, cx + r, cy + r * 0.94), fill=shade(clay, light))
    view.pen.ellipse((cx - 66, cy - 62, cx + 66, cy + 62), fill=(14, 10, 8))
    view.pen.polygon(
        ((cx - 60, cy + 40), (cx + 60, cy + 40), (view.w * 0.74, view.h), (view.w * 0.26, view.h)),
        fill=(92, 88, 68),
    )
    for _ in range(46):
        a = view.rng.uniform(3.5, 5.2)
        r = view.w * view.rng.uniform(0.16, 0.4)
        px, py = cx + r * math.cos(a), cy + r * math.sin(a) * 0.94
        view.pen.line(
            (px, py, px + view.rng.uniform(-40, 40), py + view.rng.uniform(30, 170)),
            fill=shade((92, 66, 46), view.jitter(0.3)),
            width=view.rng.choice((2, 3, 5)),
        )
    view.roughen((0, 0, view.w, view.h), 5, 0.1)
    view.glow((cx - 300, cy + 60, cx + 300, view.h + 60), (255, 244, 220), 90, 60)
    c.put(view.image, (x0, y0))
    c.text(x0 + 30, y0 + 24, "REC", 40, (240, 70, 60), bold=True)
    c.text(x1 - 30, y0 + 24, "CAM 1   DN150", 40, (240, 244, 240), anchor="ra")
    c.glow((x0, y0 - 60, x0 + 520, y0 + 300), (255, 255, 255), 26, 60)
    return Slot(x0 + 190, y1 - 54, screen(330, 66, (22, 24, 24), (250, 236, 120), size=0.72))


def downpipe(c: Canvas) -> None:
    c.bricks((166, 112, 84), across=7)
    c.ground(0.8, (120, 118, 112), (160, 156, 150), 4)
    x = c.w * 0.46
    c.stain(x + 130, c.h * 0.6, 210, (70, 84, 60), 170)
    c.shadow((x + 46, 0, x + 140, c.h * 0.78), blur=20, strength=160)
    c.pipe(x, 0, x + 92, c.h * 0.76, (44, 46, 50))
    for part in (0.16, 0.52):
        c.pipe(x - 12, c.h * part, x + 104, c.h * part + 46, (58, 60, 64))
        c.screw(x - 2, c.h * part + 23, 8)
        c.screw(x + 94, c.h * part + 23, 8)
    c.pipe(x - 16, c.h * 0.72, x + 108, c.h * 0.79, (50, 52, 56))
    c.pen.rectangle((x - 110, c.h * 0.8, x + 200, c.h * 0.94), fill=(96, 98, 98))
    c.pen.rectangle((x - 84, c.h * 0.815, x + 174, c.h * 0.925), fill=(26, 26, 26))
    for i in range(8):
        px = x - 76 + i * 32
        c.pen.rectangle((px, c.h * 0.815, px + 13, c.h * 0.925), fill=(74, 76, 78))
    c.leaves((x - 110, c.h * 0.8, x + 220, c.h * 0.93), 46)
