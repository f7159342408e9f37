"""Damp, cracks, windows, lofts, houses, and the van before them."""

from __future__ import annotations

import math
from itertools import pairwise

from archiver.localapi.brushes import BRASS, CHROME, INK, Canvas, Point, gradient, shade
from archiver.localapi.scenes.readings import LCD, LCD_INK, Slot, screen


def damp(c: Canvas) -> Slot:
    c.plaster(c.rng.choice(((216, 208, 190), (198, 206, 200), (218, 200, 188))))
    c.pen.rectangle((0, c.h * 0.88, c.w, c.h), fill=(232, 230, 224))
    c.pen.line((0, c.h * 0.88, c.w, c.h * 0.88), fill=(170, 166, 158), width=5)
    for _ in range(9):
        c.stain(
            c.w * c.rng.uniform(0.0, 0.6),
            c.h * c.rng.uniform(0.5, 0.86),
            c.rng.uniform(120, 250),
            (140, 118, 82),
            110,
        )
    for _ in range(60):
        c.stain(
            c.w * c.rng.uniform(0.02, 0.5),
            c.h * c.rng.uniform(0.55, 0.86),
            c.rng.uniform(6, 26),
            (52, 54, 48),
            190,
        )
    for _ in range(10):
        x, y = c.w * c.rng.uniform(0.05, 0.55), c.h * c.rng.uniform(0.4, 0.8)
        r = c.rng.uniform(14, 42)
        c.pen.polygon(
            [
                (
                    x + r * math.cos(a) * c.rng.uniform(0.6, 1),
                    y + r * math.sin(a) * c.rng.uniform(0.6, 1),
                )
                for a in (0, 1, 2, 3, 4, 5)
            ],
            fill=(190, 176, 152),
        )
    x0, y0 = c.w * 0.62, c.h * 0.3
    c.shadow((x0 + 40, y0 + 40, x0 + 290, y0 + 620), blur=30, strength=160, round_=40)
    for dy in (60, 100):
        c.rail(x0 - 90, y0 + dy, x0 + 10, y0 + dy + 9, CHROME)
    c.panel((x0, y0, x0 + 240, y0 + 600), (70, 74, 80), (36, 38, 42), round_=38, shadow=False)
    c.pen.rounded_rectangle((x0 + 26, y0 + 40, x0 + 214, y0 + 180), 10, fill=(20, 22, 22))
    for i in range(9):
        tone = (70, 200, 90) if i < 3 else (240, 200, 60) if i < 6 else (232, 66, 50)
        c.pen.rectangle((x0 + 36 + i * 19, y0 + 214, x0 + 50 + i * 19, y0 + 250), fill=tone)
    c.pen.ellipse((x0 + 80, y0 + 300, x0 + 160, y0 + 380), fill=(206, 76, 52))
    c.text(x0 + 120, y0 + 440, "HYDRA", 30, (200, 204, 206), anchor="mm", bold=True)
    return Slot(x0 + 120, y0 + 110, screen(172, 124, LCD, LCD_INK, size=0.6))


def crack(c: Canvas) -> Slot:
    if c.rng.random() < 0.5:
        c.bricks((172, 120, 92), across=6)
    else:
        c.plaster((214, 210, 202))
    x, y = c.w * 0.46, -10.0
    points: list[Point] = []
    while y < c.h + 20:
        points.append((x, y))
        x += c.rng.uniform(-46, 40)
        y += c.rng.uniform(22, 62)
    c.pen.line([(px + 5, py + 3) for px, py in points], fill=(238, 232, 222), width=6)
    for (ax, ay), (bx, by) in pairwise(points):
        c.pen.line((ax, ay, bx, by), fill=(34, 28, 24), width=c.rng.randint(4, 13))
        if c.rng.random() < 0.3:
            c.pen.line(
                (ax, ay, ax + c.rng.uniform(-120, 120), ay + c.rng.uniform(10, 90)),
                fill=(70, 60, 54),
                width=3,
            )
    x0, y0 = c.w * 0.34, c.h * 0.4
    c.shadow((x0 + 14, y0 + 22, x0 + 470, y0 + 190), blur=14, strength=130)
    c.panel((x0, y0, x0 + 450, y0 + 170), (250, 250, 248), (232, 232, 228), round_=6, shadow=False)
    for i in range(12):
        c.pen.line(
            (x0 + 24 + i * 36, y0 + 16, x0 + 24 + i * 36, y0 + 64), fill=(30, 30, 32), width=1 + i
        )
    c.text(x0 + 24, y0 + 78, "mm", 24, (90, 92, 94))
    c.text(x0 + 426, y0 + 78, "CRACK WIDTH", 24, (90, 92, 94), anchor="ra")
    return Slot(x0 + 225, y0 + 134, screen(420, 54, (250, 250, 246), (32, 62, 150), size=0.84))


def window(c: Canvas) -> None:
    c.plaster((206, 198, 188))
    x0, y0, x1, y1 = c.w * 0.14, c.h * 0.1, c.w * 0.86, c.h * 0.8
    view = Canvas(int(x1 - x0), int(y1 - y0), c.rng)
    view.sky(0.62)
    view.grass(0.66)
    view.pen.rectangle((0, view.h * 0.6, view.w, view.h * 0.68), fill=(124, 100, 76))
    for i in range(18):
        view.pen.line(
            (view.w * i / 18, view.h * 0.6, view.w * i / 18, view.h * 0.68),
            fill=(92, 72, 54),
            width=3,
        )
    for _ in range(60):
        a, b = view.rng.gauss(view.w * 0.76, 80), view.rng.gauss(view.h * 0.42, 70)
        view.pen.ellipse(
            (a - 34, b - 30, a + 34, b + 30), fill=shade((78, 104, 62), view.jitter(0.2))
        )
    c.put(view.image, (x0, y0))
    frame = (244, 244, 241)
    for x in (x0 - 26, (x0 + x1) / 2 - 22, x1 - 22):
        c.pipe(x, y0 - 24, x + 46, y1 + 20, frame)
    for y in (y0 - 26, y0 + (y1 - y0) * 0.34, y1 - 22):
        c.rail(x0 - 26, y, x1 + 24, y + 42, frame)
    c.shadow((x0 - 50, y1 + 50, x1 + 60, y1 + 96), blur=16, strength=110)
    c.panel(
        (x0 - 70, y1 + 16, x1 + 70, y1 + 70),
        (250, 250, 247),
        (216, 216, 212),
        round_=6,
        shadow=False,
    )
    c.stain(x0 + 40, y1 + 20, 120, (60, 58, 52), 170)
    for _ in range(90):
        px, py = c.rng.uniform(x0, x1), y1 - 24 - abs(c.rng.gauss(0, 70))
        c.pen.ellipse((px, py, px + 6, py + 8), fill=(228, 236, 240))
    c.glow((x0 + 60, y0, x0 + 420, y0 + 380), (255, 255, 255), 90, 70)


def sketch(c: Canvas) -> Slot:
    c.boards((120, 90, 64), count=6)
    x0, y0, x1, y1 = c.w * 0.07, c.h * 0.06, c.w * 0.93, c.h * 0.94
    c.shadow((x0 + 16, y0 + 26, x1 + 26, y1 + 30), blur=20, strength=150)
    c.panel((x0, y0, x1, y1), (250, 249, 243), (234, 232, 224), round_=4, shadow=False)
    for i in range(int((x1 - x0) / 32)):
        c.pen.line((x0 + i * 32, y0, x0 + i * 32, y1), fill=(206, 222, 232), width=1)
    for i in range(int((y1 - y0) / 32)):
        c.pen.line((x0, y0 + i * 32, x1, y0 + i * 32), fill=(206, 222, 232), width=1)
    ink = (36, 52, 110)

    def wobbly(points: list[Point]) -> None:
        for (ax, ay), (bx, by) in pairwise(points):
            steps = 6
            line = [
                (
                    ax + (bx - ax) * k / steps + c.rng.gauss(0, 1.6),
                    ay + (by - ay) * k / steps + c.rng.gauss(0, 1.6),
                )
                for k in range(steps + 1)
            ]
            c.pen.line(line, fill=ink, width=5, joint="curve")

    a, b, d, e = x0 + 90, y0 + 130, x1 - 120, y1 - 110
    mid, level = a + (d - a) * 0.55, b + (e - b) * 0.5
    wobbly([(a, b), (d, b), (d, e), (a, e), (a, b)])
    wobbly([(mid, b), (mid, level - 80)])
    wobbly([(mid, level + 10), (mid, e)])
    wobbly([(a, level), (mid - 110, level)])
    c.pen.arc((mid - 90, level - 85, mid + 90, level + 95), 270, 360, fill=ink, width=3)
    for x, y, name in ((0.22, 0.22, "Kitchen"), (0.22, 0.7, "Hall"), (0.74, 0.45, "Living room")):
        c.text(a + (d - a) * x, b + (e - b) * y, name, 42, ink, anchor="mm")
    c.text((a + mid) / 2, b - 34, "3.42 m", 34, ink, anchor="mm")
    c.text(d + 50, (b + e) / 2, "5.1", 34, ink, anchor="mm")
    red = (190, 44, 40)
    px, py = mid + (d - mid) * 0.3, e - 60
    c.pen.ellipse((px - 60, py - 36, px + 60, py + 36), outline=red, width=5)
    c.pen.line((px + 60, py, px + 170, py - 80), fill=red, width=5)
    c.text(px + 176, py - 110, "damp", 38, red)
    c.rail(x0 + 260, y1 - 60, x0 + 700, y1 - 34, (230, 176, 40))
    c.pen.polygon(
        ((x0 + 700, y1 - 60), (x0 + 700, y1 - 34), (x0 + 750, y1 - 47)), fill=(222, 190, 150)
    )
    return Slot((x0 + x1) / 2, y0 + 52, screen(820, 66, (250, 249, 243), ink, size=0.68))


def loft(c: Canvas) -> None:
    c.image.paste(gradient((c.w, c.h), (66, 54, 44), (96, 80, 62)))
    for i in range(6):
        x = c.w * (0.1 + 0.18 * i)
        c.pen.polygon(
            (
                (x, 0),
                (x + 34, 0),
                (x + 34 + (x - c.w / 2) * 0.7, c.h * 0.5),
                (x + (x - c.w / 2) * 0.7, c.h * 0.5),
            ),
            fill=shade((142, 106, 70), c.jitter(0.08)),
        )
    c.rail(0, c.h * 0.18, c.w, c.h * 0.24, (128, 94, 62))
    y0 = int(c.h * 0.46)
    wool = (232, 196, 92) if c.rng.random() < 0.6 else (222, 178, 170)
    c.ground(0.46, shade(wool, 0.5), shade(wool, 1.12), 6)
    for i in range(5):
        top = c.w * 0.5 + (i - 2) * 150
        low = c.w * 0.5 + (i - 2) * 430
        c.pen.polygon(
            ((top - 10, y0), (top + 14, y0), (low + 34, c.h), (low - 26, c.h)), fill=(120, 88, 58)
        )
        c.pen.line((top - 10, y0, low - 26, c.h), fill=(64, 46, 32), width=9)
    for _ in range(50):
        c.stain(
            c.rng.uniform(0, c.w),
            c.rng.uniform(y0 + 30, c.h),
            c.rng.uniform(20, 70),
            shade(wool, c.rng.choice((0.7, 1.15))),
            120,
        )
    c.pipe(c.w * 0.72, c.h * 0.1, c.w * 0.72 + 90, c.h * 0.62, (206, 206, 202))
    c.glow((c.w * 0.2, c.h * 0.3, c.w * 0.75, c.h), (255, 240, 200), 70, 90)


def house(c: Canvas) -> None:
    c.sky(0.86)
    c.pen.rectangle((0, c.h * 0.68, c.w, c.h * 0.86), fill=(84, 100, 62))
    for _ in range(160):
        px, py = c.rng.uniform(-20, c.w), c.h * c.rng.uniform(0.67, 0.85)
        tone = shade((84, 104, 62), c.jitter(0.18))
        c.pen.ellipse((px - 26, py - 20, px + 26, py + 20), fill=tone)
    c.grass(0.84)
    x0, x1, y0 = c.w * 0.14, c.w * 0.84, c.h * 0.34
    tone = c.rng.choice(((168, 112, 84), (186, 150, 116), (150, 92, 72)))
    wall = Canvas(int(x1 - x0), int(c.h * 0.86 - y0), c.rng)
    wall.bricks(tone, across=22)
    c.put(wall.image, (x0, y0))
    roof = shade((94, 92, 100), c.jitter(0.08))
    c.pen.polygon(
        ((x0 - 40, y0), (x0 + 90, c.h * 0.14), (x1 - 90, c.h * 0.14), (x1 + 40, y0)), fill=roof
    )
    for k in range(1, 9):
        y = c.h * 0.14 + (y0 - c.h * 0.14) * k / 9
        lean = 130 * k / 9
        c.pen.line((x0 + 90 - lean, y, x1 - 90 + lean, y), fill=shade(roof, 0.75), width=3)
    c.pen.rectangle((x1 - 250, c.h * 0.06, x1 - 160, c.h * 0.2), fill=shade(tone, 0.85))
    c.rail(x0 - 44, y0 - 6, x1 + 44, y0 + 16, (240, 240, 236))
    for px in (0.24, 0.52, 0.7):
        for py in (0.4, 0.63):
            if px == 0.52 and py > 0.5:
                continue
            x, y = c.w * px, c.h * py
            c.pen.rectangle((x - 8, y - 8, x + 128, y + 138), fill=(244, 244, 240))
            c.image.paste(gradient((120, 130), (70, 84, 98), (150, 166, 178)), (int(x), int(y)))
            c.pen.line((x + 60, y, x + 60, y + 130), fill=(244, 244, 240), width=7)
            c.pen.rectangle((x - 16, y + 136, x + 136, y + 150), fill=(206, 202, 192))
    x, y = c.w * 0.5, c.h * 0.6
    door = c.rng.choice(((150, 38, 42), (36, 70, 110), (44, 88, 66)))
    c.pen.rectangle((x - 10, y - 12, x + 140, c.h * 0.86), fill=(244, 244, 240))
    c.pen.rectangle((x, y, x + 130, c.h * 0.86), fill=door)
    c.pen.rectangle((x + 24, y + 24, x + 106, y + 90), fill=(170, 186, 194))
    c.pen.ellipse((x + 104, y + 132, x + 120, y + 148), fill=BRASS)
    c.pipe(x1 - 30, y0, x1 - 12, c.h * 0.86, (44, 46, 50))
    c.pen.polygon(
        ((x - 20, c.h * 0.86), (x + 150, c.h * 0.86), (x + 300, c.h), (x - 200, c.h)),
        fill=(176, 168, 156),
    )
    c.roughen((0, c.h * 0.84, c.w, c.h), 4, 0.1)
    for _ in range(50):
        px, py = c.rng.gauss(c.w * 0.04, 60), c.rng.gauss(c.h * 0.8, 60)
        c.pen.ellipse((px - 34, py - 34, px + 34, py + 34), fill=shade((70, 96, 56), c.jitter(0.2)))


def van(c: Canvas) -> Slot:
    c.sky(0.4)
    c.bricks((170, 120, 92), across=18, top=0.2, bottom=0.62)
    c.pen.rectangle((0, c.h * 0.5, c.w, c.h * 0.64), fill=(78, 100, 60))
    for _ in range(180):
        px, py = c.rng.uniform(-20, c.w), c.h * c.rng.uniform(0.48, 0.62)
        tone = shade((80, 104, 60), c.jitter(0.18))
        c.pen.ellipse((px - 30, py - 24, px + 30, py + 24), fill=tone)
    c.ground(0.62, (124, 122, 118), (168, 164, 158), 4)
    x0, x1, y0, y1 = c.w * 0.1, c.w * 0.9, c.h * 0.22, c.h * 0.8
    c.soft(
        (x0 - 10, y1 - 30, x1 + 10, y1 + 70), lambda p, b: p.ellipse(b, fill=210), (20, 18, 18), 20
    )
    body = (238, 240, 242)
    outline = [
        (x0, y0 + 20),
        (x0 + 30, y0),
        (x1 - 290, y0),
        (x1 - 150, y0 + 190),
        (x1 - 20, y0 + 230),
        (x1, y0 + 280),
        (x1, y1),
        (x0, y1),
    ]
    c.pen.polygon(outline, fill=body)
    c.pen.polygon([(x0, y1 - 130), (x1, y1 - 130), (x1, y1), (x0, y1)], fill=shade(body, 0.82))
    c.soft(
        (x0 + 10, y0 + 10, x1 - 320, y0 + 90),
        lambda p, b: p.rectangle(b, fill=130),
        (255, 255, 255),
        20,
    )
    c.pen.polygon(
        ((x1 - 330, y0 + 40), (x1 - 300, y0 + 40), (x1 - 190, y0 + 190), (x1 - 330, y0 + 190)),
        fill=(60, 70, 80),
    )
    c.pen.polygon(
        ((x1 - 284, y0 + 30), (x1 - 262, y0 + 30), (x1 - 158, y0 + 186), (x1 - 178, y0 + 186)),
        fill=(120, 140, 154),
    )
    for x in (x0 + 190, x1 - 380):
        c.pen.line((x, y0 + 20, x, y1 - 40), fill=(186, 190, 194), width=4)
    c.pen.rectangle((x0, y1 - 150, x1, y1 - 134), fill=(34, 90, 134))
    c.text(x0 + 60, y0 + 120, "RIDGEWAY", 92, (34, 90, 134), bold=True)
    c.text(x0 + 64, y0 + 226, "Property Services", 46, (96, 106, 114))
    for x in (x0 + 170, x1 - 190):
        c.pen.ellipse((x - 96, y1 - 96, x + 96, y1 + 96), fill=(24, 24, 26))
        c.pen.ellipse((x - 58, y1 - 58, x + 58, y1 + 58), fill=(150, 154, 158))
        c.pen.ellipse((x - 50, y1 - 54, x + 44, y1 + 40), fill=(196, 200, 202))
        for k in range(5):
            a = math.tau * k / 5
            px, py = x + 34 * math.cos(a), y1 + 34 * math.sin(a)
            c.pen.ellipse((px - 11, py - 11, px + 11, py + 11), fill=(70, 72, 76))
    c.pen.ellipse((x1 - 50, y0 + 290, x1 - 6, y0 + 350), fill=(250, 246, 220))
    return Slot((x0 + x1) / 2 + 20, y1 - 66, screen(190, 48, (246, 206, 60), INK, size=0.82))
