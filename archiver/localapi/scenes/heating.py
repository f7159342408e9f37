"""Boilers, gauges, radiators and what belongs to them."""

from __future__ import annotations

import math

from archiver.localapi.brushes import (
    BRASS,
    CHROME,
    COPPER,
    INK,
    WHITE,
    Canvas,
    Colour,
    gradient,
    shade,
)
from archiver.localapi.scenes.readings import LCD, LCD_INK, Slot, needle, screen


def boiler(c: Canvas) -> Slot:
    if c.rng.random() < 0.5:
        c.wall_tiles((224, 222, 212), across=6)
    else:
        c.plaster((206, 200, 186))
    x0, y0, x1, y1 = c.w * 0.24, c.h * 0.06, c.w * 0.76, c.h * 0.7
    for part, wide, metal in (
        (0.32, 20, COPPER),
        (0.41, 20, COPPER),
        (0.49, 30, BRASS),
        (0.58, 20, COPPER),
        (0.66, 20, COPPER),
    ):
        x = c.w * part
        c.shadow((x + 12, y1, x + wide + 14, c.h), blur=10, strength=90, round_=4)
        c.pipe(x, y1 - 8, x + wide, c.h, metal)
        c.pipe(x - 7, y1 + 66, x + wide + 7, y1 + 108, CHROME if wide == 20 else BRASS)
        c.pen.rounded_rectangle((x - 16, y1 + 80, x + wide + 16, y1 + 92), 5, fill=(58, 60, 62))
    c.shadow((x0 + 22, y0 + 40, x1 + 34, y1 + 40), blur=26, strength=130)
    c.panel((x0, y0, x1, y1), (250, 250, 247), (214, 215, 212), round_=22, shadow=False)
    c.soft(
        (x0 + 30, y0 + 20, x0 + 90, y1 - 240),
        lambda p, b: p.rectangle(b, fill=120),
        (255, 255, 255),
        24,
    )
    seam = y1 - 190
    c.pen.line((x0, seam, x1, seam), fill=(150, 152, 150), width=4)
    c.pen.rounded_rectangle((x0 + 14, seam + 12, x1 - 14, y1 - 18), 12, fill=(54, 58, 62))
    middle = c.w * 0.5
    c.pen.rounded_rectangle((middle - 82, seam + 38, middle + 82, seam + 128), 8, fill=(28, 30, 32))
    for x in (x0 + 82, x1 - 82):
        c.shadow((x - 34, seam + 50, x + 38, seam + 122), blur=8, strength=130, round_=120)
        c.pen.ellipse((x - 36, seam + 46, x + 36, seam + 118), fill=(206, 208, 208))
        c.pen.ellipse((x - 28, seam + 50, x + 26, seam + 106), fill=(224, 226, 226))
        a = c.rng.uniform(3.6, 5.6)
        c.pen.line(
            (x, seam + 82, x + 30 * math.cos(a), seam + 82 + 30 * math.sin(a)),
            fill=(60, 60, 62),
            width=6,
        )
    c.text(x0 + 40, y0 + 40, "HALDEN 24c", 34, (96, 104, 110), bold=True)
    c.pen.rounded_rectangle((x1 - 118, y0 + 40, x1 - 40, y0 + 84), 6, fill=(206, 76, 52))
    return Slot(middle, seam + 83, screen(150, 76, LCD, LCD_INK, size=0.74))


def data_plate(c: Canvas) -> Slot:
    c.image.paste(gradient((c.w, c.h), (158, 162, 164), (112, 116, 120)))
    c.roughen((0, 0, c.w, c.h), 3, 0.1)
    x0, y0, x1, y1 = c.w * 0.1, c.h * 0.1, c.w * 0.9, c.h * 0.9
    c.panel((x0, y0, x1, y1), (236, 237, 234), (206, 208, 206), round_=16)
    c.pen.rounded_rectangle((x0 + 12, y0 + 12, x1 - 12, y1 - 12), 10, outline=(60, 62, 64), width=3)
    c.text(x0 + 48, y0 + 40, "HALDEN 24c", 68, bold=True)
    rows = (
        ("Gas", "G20  20 mbar", "II2H3P"),
        ("Heat input Qn", "24.8 kW", "net"),
        ("PMS", "3.0 bar", "PMW 10 bar"),
        ("Tmax", "90 °C", "IPX4D"),
        ("230 V ~ 50 Hz", "112 W", "Class I"),
    )
    for i, row in enumerate(rows):
        y = y0 + 236 + i * 64
        c.pen.line((x0 + 40, y - 10, x1 - 40, y - 10), fill=(150, 152, 152), width=2)
        for j, cell in enumerate(row):
            c.text(x0 + 48 + j * 330, y, cell, 40, (52, 54, 58))
    x = x1 - 380
    while x < x1 - 60:
        wide = c.rng.choice((3, 3, 5, 8))
        c.pen.rectangle((x, y1 - 150, x + wide - 1, y1 - 56), fill=(30, 30, 30))
        x += wide + c.rng.choice((3, 4, 7))
    c.text(x0 + 48, y1 - 120, "CE 0063", 46, (52, 54, 58), bold=True)
    for x in (x0 + 28, x1 - 28):
        for y in (y0 + 28, y1 - 28):
            c.screw(x, y, 12)
    c.glow((c.w * 0.5, -80, c.w * 0.95, c.h * 0.5), (255, 255, 255), 84, 60)
    return Slot(x0 + 400, y0 + 168, screen(700, 62, (226, 228, 225), INK, size=0.8, left=True))


def gauge(c: Canvas) -> Slot:
    c.image.paste(gradient((c.w, c.h), (84, 88, 92), (44, 46, 50)))
    c.roughen((0, 0, c.w, c.h), 26, 0.12)
    cx, cy, r = c.w * 0.5, c.h * 0.47, min(c.w, c.h) * 0.4
    c.pipe(cx - 34, cy + r * 0.8, cx + 34, c.h, BRASS)
    c.pipe(cx - 54, c.h * 0.93, cx + 54, c.h, BRASS)
    c.shadow((cx - r + 26, cy - r + 36, cx + r + 36, cy + r + 46), blur=26, strength=170, round_=r)

    def ring(part: float, fill: Colour, dx: float = 0, dy: float = 0) -> None:
        q = r * part
        c.pen.ellipse((cx - q + dx, cy - q + dy, cx + q + dx, cy + q + dy), fill=fill)

    ring(1, (30, 31, 32))
    ring(0.97, (196, 200, 202))
    ring(0.94, (120, 124, 126), 3, 3)
    ring(0.89, (243, 241, 233))
    band = (cx - r * 0.8, cy - r * 0.8, cx + r * 0.8, cy + r * 0.8)
    c.pen.arc(band, 202, 270, fill=(58, 142, 78), width=int(r * 0.08))
    c.pen.arc(band, 338, 405, fill=(190, 46, 40), width=int(r * 0.08))
    for i in range(41):
        a = math.radians(135 + 270 * i / 40)
        cos, sin = math.cos(a), math.sin(a)
        inner = 0.72 if i % 10 == 0 else 0.77
        c.pen.line(
            (cx + r * 0.86 * cos, cy + r * 0.86 * sin, cx + r * inner * cos, cy + r * inner * sin),
            fill=INK,
            width=6 if i % 10 == 0 else 3,
        )
        if i % 10 == 0:
            c.text(
                cx + r * 0.58 * cos,
                cy + r * 0.58 * sin,
                str(i // 10),
                r * 0.15,
                anchor="mm",
                bold=True,
            )
    c.text(cx, cy + r * 0.36, "bar", r * 0.13, (50, 50, 52), anchor="mm")
    c.text(cx, cy - r * 0.34, "HALDEN", r * 0.07, (90, 92, 94), anchor="mm")
    c.soft(
        (cx - r * 0.7, cy - r * 0.85, cx + r * 0.1, cy - r * 0.1),
        lambda p, b: p.ellipse(b, fill=66),
        (255, 255, 255),
        40,
    )
    return Slot(cx, cy, needle(r, 4.0))


def thermostat(c: Canvas) -> Slot:
    c.plaster(c.rng.choice(((212, 208, 200), (188, 198, 194), (214, 200, 186))))
    x0, y0, x1, y1 = c.w * 0.29, c.h * 0.22, c.w * 0.71, c.h * 0.76
    c.shadow((x0 + 14, y0 + 26, x1 + 26, y1 + 36), blur=24, strength=120, round_=36)
    c.panel((x0, y0, x1, y1), (250, 250, 248), (222, 223, 221), round_=40, shadow=False)
    box = (x0 + 44, y0 + 54, x1 - 44, y0 + 272)
    c.pen.rounded_rectangle(
        (box[0] - 5, box[1] - 5, box[2] + 5, box[3] + 5), 14, fill=(96, 100, 98)
    )
    c.pen.rounded_rectangle(box, 10, fill=LCD)
    c.text(box[0] + 26, box[3] - 44, "heating on", 28, LCD_INK)
    c.text(box[2] - 26, box[3] - 44, c.rng.choice(("Mon", "Wed", "Fri")), 28, LCD_INK, anchor="ra")
    for i in range(3):
        x = x0 + 60 + i * 148
        c.shadow((x, y1 - 146, x + 112, y1 - 84), blur=6, strength=70, round_=14)
        c.pen.rounded_rectangle((x, y1 - 150, x + 110, y1 - 90), 14, fill=(214, 216, 216))
        c.text(x + 55, y1 - 120, ("-", "+", "set")[i], 40, (80, 84, 86), anchor="mm")
    c.text((x0 + x1) / 2, y1 - 44, "calva", 30, (150, 154, 156), anchor="mm")
    return Slot((box[0] + box[2]) / 2, box[1] + 88, screen(390, 150, LCD, LCD_INK, size=0.84))


def flue(c: Canvas) -> None:
    c.bricks(c.rng.choice(((152, 88, 64), (164, 112, 84), (136, 76, 60))), across=7)
    cx, cy, r = c.w * c.rng.uniform(0.44, 0.56), c.h * 0.44, 170
    c.shadow(
        (cx - r + 30, cy - r + 60, cx + r + 110, cy + r + 150), blur=34, strength=150, round_=r
    )
    for q, tone in (
        (1.36, (168, 168, 162)),
        (1.32, (212, 212, 206)),
        (1.04, (150, 150, 146)),
        (1.0, (240, 240, 235)),
        (0.86, (206, 206, 202)),
        (0.7, (40, 38, 36)),
    ):
        c.pen.ellipse((cx - r * q, cy - r * q, cx + r * q, cy + r * q), fill=tone)
    for k in range(6):
        y = cy - r * 0.58 + k * r * 0.22
        half = math.sqrt(max(0.0, (r * 0.7) ** 2 - (y - cy) ** 2))
        c.pen.rectangle((cx - half, y, cx + half, y + 9), fill=(126, 126, 122))
    c.soft(
        (cx - r * 0.9, cy - r * 0.9, cx, cy),
        lambda p, b: p.ellipse(b, fill=90),
        (255, 255, 255),
        30,
    )
    c.stain(cx + 20, cy - r * 1.9, 150, (60, 50, 46), 90)
    c.pipe(c.w * 0.86, 0, c.w * 0.86 + 62, c.h, (64, 66, 68))
    c.pipe(c.w * 0.86 - 8, c.h * 0.3, c.w * 0.86 + 70, c.h * 0.34, (52, 54, 56))
    c.grass(0.9)


def radiator(c: Canvas) -> None:
    c.plaster(c.rng.choice(((198, 206, 208), (214, 204, 190), (196, 206, 190))))
    c.ground(0.86, (104, 88, 72), (150, 130, 108), 3)
    c.pen.rectangle((0, c.h * 0.79, c.w, c.h * 0.86), fill=(238, 238, 234))
    c.pen.line((0, c.h * 0.79, c.w, c.h * 0.79), fill=(190, 190, 186), width=3)
    x0, x1, y0, y1 = c.w * 0.1, c.w * 0.84, c.h * 0.22, c.h * 0.73
    c.shadow((x0 + 16, y0 + 36, x1 + 34, y1 + 44), blur=22, strength=120)
    count = 18
    wide = (x1 - x0) / count
    for i in range(count):
        c.pipe(x0 + i * wide, y0, x0 + (i + 1) * wide + 1, y1, (236, 236, 232))
    for y in (y0 + 26, y1 - 40):
        c.rail(x0, y, x1, y + 14, (232, 232, 228))
    c.panel(
        (x0 - 6, y0 - 18, x1 + 6, y0 + 10), (250, 250, 247), (226, 226, 222), round_=4, shadow=False
    )
    for i in range(40):
        x = x0 + 10 + i * (x1 - x0 - 20) / 40
        c.pen.rectangle((x, y0 - 12, x + 9, y0 + 2), fill=(176, 176, 172))
    for x in (x1 + 14, x0 - 42):
        c.pipe(x, y1 - 40, x + 26, c.h * 0.87, CHROME)
        c.rail(min(x, x1) - 6, y1 - 54, x + 30, y1 - 26, BRASS)
    c.pipe(x1 - 2, y1 - 128, x1 + 58, y1 - 46, (248, 248, 246))
    for k in range(6):
        c.pen.line(
            (x1 + 4 + k * 10, y1 - 120, x1 + 4 + k * 10, y1 - 54), fill=(214, 214, 212), width=2
        )
    c.text(x1 + 28, y1 - 148, "3", 32, (90, 90, 92), anchor="mm", bold=True)
    c.glow((x0 + 60, y0 + 60, x0 + 300, y1 - 60), (255, 255, 255), 50, 50)


def cylinder(c: Canvas) -> None:
    c.image.paste(gradient((c.w, c.h), (128, 116, 100), (84, 74, 62)))
    c.boards((136, 108, 76), count=5)
    c.image.paste(shade((128, 116, 100), 0.5), (0, 0, int(c.w * 0.06), c.h))
    x0, x1, top = c.w * 0.24, c.w * 0.74, c.h * 0.2
    c.shadow((x0 + 40, top + 40, x1 + 70, c.h), blur=34, strength=160)
    jacket = c.rng.choice(((150, 178, 128), (214, 184, 116), (226, 226, 222)))
    c.pen.ellipse((x0, top - 74, x1, top + 90), fill=shade(jacket, 0.98))
    c.pipe(x0, top + 8, x1, c.h * 0.96, jacket)
    c.pen.ellipse((x0 + 30, top - 62, x1 - 70, top + 40), fill=shade(jacket, 1.12))
    c.roughen((x0, top, x1, c.h * 0.96), 5, 0.1)
    for part in (0.34, 0.6, 0.84):
        c.rail(x0 - 4, c.h * part, x1 + 4, c.h * part + 15, (84, 84, 88))
    middle = (x0 + x1) / 2
    c.pipe(middle - 15, 0, middle + 15, top - 40, COPPER)
    c.pipe(middle - 26, top - 74, middle + 26, top - 40, BRASS)
    for y, metal in ((0.28, COPPER), (0.74, COPPER), (0.9, CHROME)):
        c.rail(x1 - 10, c.h * y, c.w, c.h * y + 30, metal)
        c.pipe(x1 + 30, c.h * y - 14, x1 + 74, c.h * y + 44, BRASS)
    c.panel(
        (x0 + 130, c.h * 0.47, x0 + 290, c.h * 0.56), (244, 244, 242), (214, 214, 212), round_=8
    )
    c.pen.ellipse((x0 + 152, c.h * 0.485, x0 + 208, c.h * 0.485 + 56), fill=(60, 62, 66))
    c.text(x0 + 250, c.h * 0.515, "60°", 34, anchor="mm")
    c.cable(
        [
            (x0 + 210, c.h * 0.56),
            (x0 + 190, c.h * 0.7),
            (x0 + 250, c.h * 0.8),
            (x0 + 180, c.h * 0.97),
        ],
        (236, 236, 232),
        13,
    )


def underfloor_manifold(c: Canvas) -> Slot:
    c.image.paste(gradient((c.w, c.h), (196, 198, 200), (150, 152, 156)))
    c.roughen((0, 0, c.w, c.h), 3, 0.05)
    c.pen.rectangle((24, 24, c.w - 24, c.h - 24), outline=(108, 110, 114), width=10)
    for y, cap in ((c.h * 0.28, (196, 52, 44)), (c.h * 0.56, (48, 92, 168))):
        c.shadow((90, y + 22, c.w - 90, y + 90), blur=14, strength=120)
        for i in range(7):
            x = 170 + i * 138
            c.pipe(
                x + 20,
                y + 40,
                x + 50,
                c.h - 30,
                (236, 234, 226) if cap[0] > 100 else (224, 224, 226),
            )
            c.pipe(x + 12, y + 64, x + 58, y + 108, BRASS)
        c.rail(90, y, c.w - 130, y + 66, BRASS)
        for i in range(7):
            x = 170 + i * 138
            c.pipe(x + 8, y - 70, x + 62, y + 8, cap if cap[0] > 100 else WHITE)
            c.pen.ellipse(
                (x + 8, y - 84, x + 62, y - 54),
                fill=shade(cap, 1.15) if cap[0] > 100 else (250, 250, 248),
            )
        c.pipe(c.w - 160, y - 20, c.w - 110, y + 86, CHROME)
        c.pen.rounded_rectangle((c.w - 150, y + 18, c.w - 40, y + 44), 10, fill=cap)
    return Slot(c.w * 0.5, c.h * 0.91, screen(520, 62, (250, 246, 214), INK, size=0.62))
