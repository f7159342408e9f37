"""Pipes, leaks, traps and fittings."""

from __future__ import annotations

import math

from archiver.localapi.brushes import BRASS, CHROME, COPPER, Canvas, gradient, shade
from archiver.localapi.scenes.readings import Slot, screen


def pipes(c: Canvas) -> None:
    if c.rng.random() < 0.4:
        c.bricks((150, 92, 70), across=8)
    else:
        c.plaster((182, 174, 158))
    levels = sorted(c.h * c.rng.uniform(0.2, 0.75) for _ in range(2))
    for y in levels:
        c.shadow((0, y + 24, c.w, y + 60), blur=14, strength=100, round_=4)
        c.rail(0, y, c.w, y + 34, COPPER)
    count = c.rng.randint(4, 5)
    for i in range(count):
        x = c.w * (0.1 + 0.8 * (i + c.rng.uniform(0, 0.5)) / count)
        wide = c.rng.choice((26, 34, 44))
        metal = COPPER if c.rng.random() < 0.75 else CHROME
        c.shadow((x + 20, 0, x + wide + 26, c.h), blur=14, strength=100, round_=4)
        c.pipe(x, 0, x + wide, c.h, metal)
        for y in levels:
            c.pipe(x - 8, y - 20, x + wide + 8, y + 54, shade(COPPER, 1.05))
        if c.rng.random() < 0.7:
            y = c.h * c.rng.uniform(0.1, 0.8)
            c.pipe(x - 14, y, x + wide + 14, y + 74, BRASS)
            lever = (176, 36, 32) if c.rng.random() < 0.5 else (40, 84, 150)
            c.shadow((x - 46, y + 34, x + wide + 60, y + 66), blur=8, strength=120)
            c.pen.rounded_rectangle((x - 54, y + 22, x + wide + 54, y + 50), 13, fill=lever)
            c.pen.line((x - 44, y + 28, x + wide + 44, y + 28), fill=shade(lever, 1.5), width=4)
        y = c.h * c.rng.uniform(0.05, 0.95)
        c.pen.rounded_rectangle((x - 16, y, x + wide + 16, y + 22), 6, fill=(236, 234, 228))
        c.screw(x + wide / 2, y + 11, 7)


def leak(c: Canvas) -> None:
    c.plaster((170, 160, 142))
    y = c.h * 0.4
    c.stain(c.w * 0.52, c.h * 0.72, 330, (98, 92, 74), 150)
    c.stain(c.w * 0.48, c.h * 0.86, 240, (122, 96, 60), 120)
    c.shadow((0, y + 50, c.w, y + 150), blur=26, strength=120)
    c.rail(0, y, c.w, y + 96, COPPER)
    cx = c.w * 0.5
    c.rail(cx - 210, y - 22, cx + 210, y + 118, BRASS)
    for x in (cx - 210, cx + 90):
        for k in range(3):
            c.rail(x + k * 42, y - 38, x + k * 42 + 38, y + 134, shade(BRASS, 0.92 + 0.12 * k))
    for _ in range(26):
        x = cx + c.rng.gauss(60, 70)
        c.stain(x, y + c.rng.uniform(70, 140), c.rng.uniform(16, 52), (70, 150, 122), 220)
    for _ in range(34):
        x, drop = cx + c.rng.gauss(50, 90), y + 130 + abs(c.rng.gauss(0, 130))
        size = c.rng.uniform(4, 11)
        c.pen.ellipse((x - size, drop - size, x + size, drop + size * 1.5), fill=(120, 118, 104))
        c.pen.ellipse((x - size, drop - size, x + size * 0.6, drop + size), fill=(206, 212, 208))
        c.pen.ellipse((x - size * 0.6, drop - size * 0.6, x, drop), fill=(250, 252, 252))


def sink_trap(c: Canvas) -> None:
    c.image.paste(gradient((c.w, c.h), (150, 140, 124), (86, 76, 64)))
    c.boards((152, 134, 108), count=3)
    c.image.paste(gradient((c.w, int(c.h * 0.2)), (226, 230, 232), (150, 154, 158)), (0, 0))
    c.soft((0, c.h * 0.2, c.w, c.h * 0.34), lambda p, b: p.rectangle(b, fill=150), (30, 26, 22), 26)
    c.pen.rectangle((0, c.h * 0.86, c.w, c.h), fill=(126, 104, 78))
    for part, tail in ((0.16, COPPER), (0.24, COPPER)):
        x = c.w * part
        c.shadow((x + 20, 0, x + 50, c.h * 0.86), blur=14, strength=120)
        c.pipe(x, 0, x + 28, c.h * 0.9, tail)
        c.pipe(x - 12, c.h * 0.5, x + 40, c.h * 0.6, CHROME)
        c.pen.rounded_rectangle((x + 4, c.h * 0.53, x + 24, c.h * 0.57), 3, fill=(40, 42, 44))
    cx = c.w * 0.52
    c.shadow((cx - 60, c.h * 0.2, cx + 150, c.h * 0.76), blur=26, strength=140)
    c.pipe(cx - 96, c.h * 0.14, cx + 96, c.h * 0.22, (232, 232, 228))
    c.pipe(cx - 48, c.h * 0.18, cx + 48, c.h * 0.5, (240, 240, 236))
    c.rail(cx + 30, c.h * 0.38, c.w, c.h * 0.38 + 84, (238, 238, 234))
    c.pipe(cx + 130, c.h * 0.36, cx + 196, c.h * 0.36 + 124, (226, 226, 222))
    c.pipe(cx - 84, c.h * 0.48, cx + 84, c.h * 0.72, (236, 236, 232))
    for part in (0.3, 0.46):
        c.pipe(cx - 66, c.h * part, cx + 66, c.h * part + 46, (224, 224, 220))
        for k in range(9):
            x = cx - 58 + k * 15
            c.pen.line((x, c.h * part + 4, x, c.h * part + 42), fill=(176, 176, 172), width=3)
    c.pen.ellipse((cx - 84, c.h * 0.68, cx + 84, c.h * 0.76), fill=(206, 206, 202))
    bowl = c.rng.choice(((66, 98, 150), (178, 66, 52), (88, 132, 84)))
    c.shadow((cx - 200, c.h * 0.88, cx + 220, c.h * 0.98), blur=20, strength=150)
    c.pen.polygon(
        ((cx - 210, c.h * 0.84), (cx + 210, c.h * 0.84), (cx + 170, c.h), (cx - 170, c.h)),
        fill=bowl,
    )
    c.pen.ellipse((cx - 210, c.h * 0.8, cx + 210, c.h * 0.89), fill=shade(bowl, 1.25))
    c.pen.ellipse((cx - 184, c.h * 0.812, cx + 184, c.h * 0.88), fill=(110, 124, 126))


def shower(c: Canvas) -> None:
    c.wall_tiles(c.rng.choice(((226, 230, 230), (176, 202, 208), (232, 226, 214))), across=6)
    x = c.w * 0.5
    c.shadow((x + 26, c.h * 0.1, x + 60, c.h * 0.62), blur=14, strength=110)
    c.pipe(x - 14, c.h * 0.06, x + 14, c.h * 0.6, CHROME)
    c.shadow((x - 190, c.h * 0.64, x + 220, c.h * 0.74), blur=20, strength=120)
    c.rail(x - 210, c.h * 0.61, x + 210, c.h * 0.68, CHROME)
    for side in (-210, 154):
        c.rail(x + side, c.h * 0.6, x + side + 56, c.h * 0.69, shade(CHROME, 1.1))
    c.cable(
        [
            (x, c.h * 0.68),
            (x - 40, c.h * 0.8),
            (x - 150, c.h * 0.83),
            (x - 210, c.h * 0.6),
            (x - 170, c.h * 0.32),
            (x - 60, c.h * 0.205),
        ],
        (176, 182, 186),
        18,
    )
    c.shadow((x - 40, c.h * 0.1, x + 200, c.h * 0.24), blur=22, strength=120, round_=200)
    c.cable(
        [(x - 60, c.h * 0.205), (x - 10, c.h * 0.19), (x + 60, c.h * 0.14)], (186, 192, 196), 44
    )
    c.rail(x - 34, c.h * 0.185, x + 34, c.h * 0.222, shade(CHROME, 0.9))
    for q, tone in ((112, (150, 156, 160)), (106, (218, 223, 226)), (88, (116, 122, 126))):
        c.pen.ellipse(
            (x + 82 - q, c.h * 0.12 - q * 0.8, x + 82 + q, c.h * 0.12 + q * 0.8), fill=tone
        )
    for _ in range(40):
        px, py = x + 82 + c.rng.uniform(-58, 58), c.h * 0.12 + c.rng.uniform(-46, 46)
        c.pen.ellipse((px - 3, py - 3, px + 3, py + 3), fill=(60, 64, 66))
    for _ in range(60):
        px, py = c.rng.uniform(0, c.w), c.rng.uniform(c.h * 0.3, c.h)
        c.pen.ellipse((px, py, px + 5, py + 9), fill=(246, 250, 250))


def floor_void(c: Canvas) -> None:
    c.boards((166, 122, 80), count=7)
    x0, x1 = c.w * 0.28, c.w * 0.72
    c.shadow((x0 - 14, 0, x1 + 14, c.h), blur=12, strength=160, round_=4)
    c.image.paste(gradient((int(x1 - x0), c.h), (58, 48, 40), (38, 32, 26)), (int(x0), 0))
    c.roughen((x0, 0, x1, c.h), 24, 0.1)
    for part in (0.16, 0.66):
        y = c.h * part
        c.rail(x0, y, x1, y + 76, (142, 106, 68))
        c.roughen((x0, y, x1, y + 76), 9, 0.12)
    for part, metal in ((0.36, COPPER), (0.45, COPPER), (0.6, (222, 222, 218))):
        x = c.w * part
        c.shadow((x + 16, 0, x + 44, c.h), blur=8, strength=140)
        c.pipe(x, 0, x + 30, c.h, metal)
    c.pipe(c.w * 0.36 - 10, c.h * 0.4, c.w * 0.36 + 40, c.h * 0.5, BRASS)
    c.cable(
        [(c.w * 0.54, 0), (c.w * 0.53, c.h * 0.3), (c.w * 0.55, c.h * 0.6), (c.w * 0.53, c.h)],
        (206, 206, 202),
        12,
    )
    for x in (x0, x1):
        c.pen.line((x, 0, x, c.h), fill=(92, 66, 42), width=8)


def parts_on_floor(c: Canvas) -> None:
    c.ground(0, (112, 118, 126), (168, 172, 178), 3)
    for fold in range(0, c.w, 64):
        c.pen.line((fold, 0, fold + 40, c.h), fill=(128, 134, 142), width=2)
    x, y = c.w * 0.2, c.h * 0.2
    c.shadow((x + 10, y + 20, x + 360, y + 220), blur=16, strength=120)
    c.rail(x, y, x + 330, y + 70, COPPER)
    c.rail(x + 40, y + 110, x + 350, y + 160, COPPER)
    c.pipe(x + 300, y - 14, x + 380, y + 90, BRASS)
    cx, cy = c.w * 0.66, c.h * 0.36
    c.shadow((cx - 130, cy - 110, cx + 170, cy + 170), blur=20, strength=150, round_=400)
    for q, tone in (
        (140, (176, 150, 80)),
        (132, (222, 188, 108)),
        (84, (150, 124, 62)),
        (76, (44, 40, 34)),
    ):
        c.pen.ellipse((cx - q, cy - q, cx + q, cy + q), fill=tone)
    for i in range(4):
        px, py = c.w * 0.2 + i * 170, c.h * 0.74 + c.rng.uniform(-30, 40)
        c.shadow((px - 40, py - 34, px + 54, py + 58), blur=10, strength=130, round_=160)
        c.pen.ellipse((px - 44, py - 44, px + 44, py + 44), fill=BRASS if i % 2 else (40, 42, 44))
        c.pen.ellipse(
            (px - 40, py - 42, px + 36, py + 36), fill=shade(BRASS, 1.2) if i % 2 else (70, 72, 74)
        )
        c.pen.ellipse((px - 24, py - 24, px + 24, py + 24), fill=(126, 132, 140))
    c.shadow((c.w * 0.7, c.h * 0.7, c.w * 0.96, c.h * 0.82), blur=14, strength=130)
    c.rail(c.w * 0.72, c.h * 0.7, c.w, c.h * 0.76, (190, 48, 42))
    c.rail(c.w * 0.6, c.h * 0.7, c.w * 0.74, c.h * 0.755, CHROME)


def stopcock_pit(c: Canvas) -> Slot:
    c.ground(0, (120, 118, 112), (176, 172, 164), 4)
    for row in range(4):
        c.pen.line((0, c.h * row / 3, c.w, c.h * row / 3 + 14), fill=(96, 92, 86), width=8)
        c.pen.line((c.w * row / 3, 0, c.w * row / 3 + 8, c.h), fill=(96, 92, 86), width=8)
    cx, cy, r = c.w * 0.48, c.h * 0.5, 330
    c.pen.ellipse((cx - r, cy - r, cx + r, cy + r), fill=(66, 68, 70))
    c.pen.ellipse((cx - r + 26, cy - r + 26, cx + r - 26, cy + r - 26), fill=(30, 28, 26))
    c.glow((cx - 200, cy, cx + 260, cy + 260), (84, 72, 58), 150, 40)
    c.pipe(cx - 40, cy - 120, cx + 40, cy + 290, (52, 96, 170))
    c.pen.ellipse((cx - 150, cy - 170, cx + 150, cy + 130), fill=(150, 124, 70))
    c.pen.ellipse((cx - 140, cy - 166, cx + 134, cy + 112), fill=(214, 180, 104))
    c.pen.ellipse((cx - 112, cy - 138, cx + 112, cy + 90), fill=(238, 238, 232))
    for k in range(4):
        a = math.radians(40 + 30 * k)
        px, py = cx + 70 * math.cos(a), cy + 20 + 52 * math.sin(a)
        c.pen.ellipse((px - 14, py - 14, px + 14, py + 14), outline=(150, 40, 36), width=3)
        c.pen.line((px, py, px + 9, py - 9), fill=(190, 40, 36), width=3)
    return Slot(cx, cy - 54, screen(156, 40, (34, 34, 36), (240, 240, 236), size=0.8))
