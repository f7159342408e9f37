"""Boards, sockets, meters and testers."""

from __future__ import annotations

import math

from archiver.localapi.brushes import INK, Canvas, gradient, shade
from archiver.localapi.scenes.readings import LCD, LCD_INK, Slot, screen


def consumer_unit(c: Canvas) -> Slot:
    c.plaster((194, 188, 176))
    x0, y0, x1, y1 = c.w * 0.12, c.h * 0.2, c.w * 0.88, c.h * 0.72
    for part in (0.26, 0.36, 0.46, 0.62):
        c.pipe(c.w * part, 0, c.w * part + 20, y0 + 10, (206, 206, 204))
    c.shadow((x0 + 14, y0 + 26, x1 + 28, y1 + 38), blur=24, strength=130)
    c.panel((x0, y0, x1, y1), (244, 244, 241), (212, 213, 211), round_=12, shadow=False)
    rail = (x0 + 44, y0 + 110, x1 - 44, y0 + 330)
    c.pen.rectangle(rail, fill=(60, 64, 68))
    names = ["100A", "RCBO", "B6", "B6", "B16", "B32", "B32", "B32", "B40", "B16", "B20", ""]
    wide = (rail[2] - rail[0] - 16) / 12
    off = c.rng.randint(2, 10)
    for i, name in enumerate(names):
        x = rail[0] + 8 + i * wide
        c.image.paste(
            gradient((int(wide) - 5, 204), (232, 233, 232), (196, 198, 198)),
            (int(x), int(rail[1] + 8)),
        )
        if not name:
            continue
        on = i != off
        y = rail[1] + (74 if on else 116)
        c.pen.rectangle(
            (x + wide * 0.2, rail[1] + 66, x + wide * 0.7, rail[1] + 166), fill=(126, 130, 132)
        )
        lever = (180, 40, 36) if i == 0 else (44, 48, 54) if on else (40, 120, 70)
        c.pen.rectangle((x + wide * 0.24, y, x + wide * 0.66, y + 44), fill=lever)
        c.pen.line((x + wide * 0.24, y, x + wide * 0.66, y), fill=shade(lever, 1.6), width=3)
        c.text(x + wide * 0.46, rail[1] + 34, name, 22, (60, 62, 66), anchor="mm")
    rooms = (
        "Main",
        "Cooker",
        "Lts up",
        "Lts dn",
        "Imm",
        "Skts up",
        "Skts dn",
        "Kitchen",
        "Shower",
        "Boiler",
        "Garage",
        "",
    )
    for i, room in enumerate(rooms):
        x = rail[0] + 8 + i * wide
        c.pen.rectangle((x, y1 - 128, x + wide - 5, y1 - 82), fill=(250, 250, 246))
        c.text(x + wide * 0.46, y1 - 105, room, 17, (44, 46, 50), anchor="mm")
    c.text(x0 + 44, y0 + 40, "Kerrow 18th Ed.", 32, (110, 114, 118), bold=True)
    c.pen.polygon(((x1 - 96, y0 + 86), (x1 - 44, y0 + 86), (x1 - 70, y0 + 40)), fill=(246, 206, 52))
    c.text(x1 - 70, y0 + 72, "!", 30, INK, anchor="mm", bold=True)
    return Slot(c.w * 0.5, c.h * 0.83, screen(420, 88, (248, 246, 240), (32, 62, 140), size=0.62))


def socket_test(c: Canvas) -> Slot:
    c.plaster(c.rng.choice(((214, 206, 192), (186, 196, 204), (206, 212, 200))))
    x0, y0, x1, y1 = c.w * 0.2, c.h * 0.2, c.w * 0.86, c.h * 0.62
    c.shadow((x0 + 12, y0 + 18, x1 + 22, y1 + 28), blur=18, strength=120)
    c.panel((x0, y0, x1, y1), (250, 250, 248), (226, 227, 225), round_=18, shadow=False)
    right = x0 + (x1 - x0) * 0.72
    c.pen.rectangle((right - 18, y0 + 90, right + 18, y0 + 160), fill=(48, 50, 52))
    for dx in (-84, 40):
        c.pen.rectangle((right + dx, y0 + 220, right + dx + 46, y0 + 252), fill=(48, 50, 52))
    for x in (x0 + (x1 - x0) * 0.36, right + 100):
        c.pen.rounded_rectangle((x - 24, y0 + 30, x + 24, y0 + 100), 6, fill=(232, 233, 231))
        c.pen.rectangle((x - 16, y0 + 36, x + 16, y0 + 54), fill=(206, 60, 50))
    for x in (x0 + 36, x1 - 36):
        c.screw(x, (y0 + y1) / 2, 11)
    tx, ty = x0 + 40, y0 + 70
    c.shadow((tx + 30, ty + 50, tx + 330, ty + 430), blur=24, strength=170)
    c.panel((tx, ty, tx + 290, ty + 380), (250, 196, 44), (222, 158, 22), round_=26, shadow=False)
    c.text(tx + 145, ty + 44, "SOCKET CHECK", 30, (40, 36, 24), anchor="mm", bold=True)
    lit = c.rng.choice(((1, 1, 0), (1, 1, 0), (1, 0, 0)))
    for i, on in enumerate(lit):
        x, y = tx + 66 + i * 78, ty + 116
        colour = (70, 236, 110) if i < 2 else (236, 60, 50)
        if on:
            c.glow((x - 40, y - 40, x + 40, y + 40), colour, 190, 16)
        c.pen.ellipse((x - 20, y - 20, x + 20, y + 20), fill=colour if on else shade(colour, 0.3))
    c.pen.rectangle((tx + 40, ty + 172, tx + 250, ty + 250), fill=(40, 44, 46))
    for i, row in enumerate(("● ● ○  correct", "● ○ ○  no earth", "○ ○ ○  dead")):
        c.text(
            tx + 46, ty + 266 + i * 32, row.replace("●", "x").replace("○", "o"), 25, (50, 44, 26)
        )
    return Slot(tx + 145, ty + 211, screen(200, 68, LCD, LCD_INK, size=0.74))


def multimeter(c: Canvas) -> Slot:
    c.boards((138, 104, 74), count=5)
    x0, y0, x1, y1 = c.w * 0.26, c.h * 0.05, c.w * 0.74, c.h * 0.93
    c.shadow((x0 + 24, y0 + 40, x1 + 46, y1 + 50), blur=28, strength=170, round_=60)
    c.panel((x0, y0, x1, y1), (250, 190, 40), (206, 140, 20), round_=54, shadow=False)
    c.panel(
        (x0 + 28, y0 + 30, x1 - 28, y1 - 30), (66, 70, 76), (40, 42, 46), round_=34, shadow=False
    )
    c.pen.rounded_rectangle((x0 + 56, y0 + 64, x1 - 56, y0 + 300), 12, fill=(26, 28, 30))
    c.pen.rounded_rectangle((x0 + 66, y0 + 74, x1 - 66, y0 + 290), 8, fill=LCD)
    cx, cy = (x0 + x1) / 2, y0 + (y1 - y0) * 0.56
    c.pen.ellipse((cx - 150, cy - 150, cx + 150, cy + 150), fill=(58, 62, 68))
    for i in range(12):
        a = math.tau * i / 12
        c.text(
            cx + 128 * math.cos(a),
            cy + 128 * math.sin(a),
            ("V~", "V", "mV", "ohm", "))", "diode", "uA", "mA", "A", "°C", "Hz", "OFF")[i],
            24,
            (226, 228, 230),
            anchor="mm",
        )
    c.pen.ellipse((cx - 88, cy - 88, cx + 88, cy + 88), fill=(30, 32, 34))
    c.pen.ellipse((cx - 80, cy - 84, cx + 78, cy + 74), fill=(76, 80, 86))
    a = math.tau * c.rng.randint(0, 11) / 12
    c.pen.line(
        (cx, cy, cx + 80 * math.cos(a), cy + 80 * math.sin(a)), fill=(240, 240, 238), width=14
    )
    for dx, colour in ((-96, (24, 24, 26)), (96, (196, 36, 32)), (0, (24, 24, 26))):
        x, y = cx + dx, y1 - 96
        c.pen.ellipse((x - 30, y - 30, x + 30, y + 30), fill=shade(colour, 0.6))
        if dx:
            c.cable([(x, y), (x + dx * 0.5, c.h + 10)], colour, 24)
    c.glow((x0 + 60, y0 + 60, x0 + 240, y0 + 200), (255, 255, 255), 50, 30)
    return Slot(cx, y0 + 182, screen(440, 200, LCD, LCD_INK, size=0.66))


def meter_cupboard(c: Canvas) -> Slot:
    c.plaster((150, 142, 130))
    c.boards((146, 118, 86), count=6, top=0.0, bottom=1.0)
    c.roughen((0, 0, c.w, c.h), 8, 0.1)
    x0, y0, x1, y1 = c.w * 0.14, c.h * 0.12, c.w * 0.52, c.h * 0.72
    c.shadow((x0 + 16, y0 + 26, x1 + 34, y1 + 40), blur=22, strength=160)
    c.panel((x0, y0, x1, y1), (222, 222, 216), (176, 176, 170), round_=20, shadow=False)
    c.pen.rounded_rectangle((x0 + 40, y0 + 60, x1 - 40, y0 + 190), 8, fill=(28, 30, 30))
    c.text((x0 + x1) / 2, y0 + 232, "kWh", 38, anchor="mm")
    c.text((x0 + x1) / 2, y0 + 286, "20 (100) A  230 V", 28, (70, 72, 74), anchor="mm")
    c.pen.ellipse((x0 + 70, y0 + 330, x0 + 94, y0 + 354), fill=(226, 40, 32))
    c.panel((x0 + 30, y1 - 130, x1 - 30, y1 - 24), (60, 62, 64), (36, 38, 40), round_=6)
    for i, tone in enumerate(((120, 84, 58), (60, 92, 170), (120, 84, 58), (60, 92, 170))):
        x = x0 + 70 + i * 100
        c.cable(
            [(x, y1 - 30), (x + 6, y1 + 60), (x - 30 + i * 30, y1 + 150), (x + 40, c.h)], tone, 30
        )
    x2, y2 = c.w * 0.6, c.h * 0.2
    c.shadow((x2 + 14, y2 + 20, x2 + 330, y2 + 300), blur=20, strength=150)
    c.panel((x2, y2, x2 + 300, y2 + 270), (58, 60, 62), (34, 36, 38), round_=10, shadow=False)
    c.pen.rectangle((x2 + 70, y2 + 50, x2 + 230, y2 + 210), fill=(222, 222, 218))
    c.text(x2 + 150, y2 + 100, "100 A", 46, anchor="mm", bold=True)
    c.text(x2 + 150, y2 + 160, "BS 1361", 28, (70, 72, 74), anchor="mm")
    c.cable([(x2 + 200, y2 + 270), (x2 + 220, c.h * 0.7), (x2 + 150, c.h)], (52, 128, 62), 22)
    c.cable([(x2 + 260, y2 + 270), (x2 + 290, c.h * 0.8), (x2 + 330, c.h)], (206, 186, 60), 16)
    return Slot((x0 + x1) / 2, y0 + 125, screen(370, 110, (34, 36, 36), (236, 238, 232), size=0.72))


def ceiling_light(c: Canvas) -> None:
    c.plaster((222, 220, 214))
    cx, cy = c.w * 0.5, c.h * 0.46
    c.pen.ellipse((cx - 190, cy - 190, cx + 190, cy + 190), fill=(206, 204, 198))
    c.pen.ellipse((cx - 176, cy - 176, cx + 176, cy + 176), fill=(44, 40, 36))
    c.roughen((cx - 120, cy - 120, cx + 120, cy + 120), 5, 0.2)
    for i, tone in enumerate(
        ((120, 84, 58), (60, 92, 170), (196, 186, 62), (120, 84, 58), (160, 160, 160))
    ):
        a = math.radians(200 + i * 36)
        c.cable(
            [
                (cx + 60 * math.cos(a), cy + 60 * math.sin(a)),
                (cx + 150 * math.cos(a), cy + 130 * math.sin(a) + 60),
                (cx - 80 + i * 40, cy + 220),
                (cx - 60 + i * 30, cy + 300),
            ],
            tone,
            13,
        )
    c.shadow((cx - 120, cy + 310, cx + 150, cy + 420), blur=18, strength=120)
    c.panel(
        (cx - 130, cy + 290, cx + 130, cy + 390),
        (246, 246, 244),
        (216, 216, 214),
        round_=14,
        shadow=False,
    )
    for i in range(5):
        c.screw(cx - 96 + i * 48, cy + 322, 12)
    c.glow((c.w * 0.6, -100, c.w * 1.1, c.h * 0.4), (255, 250, 232), 110, 60)


def ev_charger(c: Canvas) -> Slot:
    c.bricks((158, 104, 78), across=8, bottom=0.88)
    c.ground(0.86, (112, 112, 110), (156, 156, 152), 4)
    x0, y0, x1, y1 = c.w * 0.36, c.h * 0.14, c.w * 0.62, c.h * 0.6
    c.shadow((x0 + 30, y0 + 40, x1 + 56, y1 + 60), blur=26, strength=170, round_=60)
    c.panel((x0, y0, x1, y1), (64, 68, 74), (30, 32, 36), round_=52, shadow=False)
    c.glow((x0 + 120, y0 + 60, x1 - 120, y0 + 130), (80, 220, 250), 150, 20)
    c.pen.rounded_rectangle((x0 + 60, y0 + 80, x1 - 60, y0 + 96), 8, fill=(96, 226, 250))
    c.pen.ellipse((x0 + 86, y1 - 200, x1 - 86, y1 - 46), fill=(18, 20, 22))
    c.cable(
        [
            ((x0 + x1) / 2, y1 - 110),
            (x1 + 60, y1 - 20),
            (x1 + 110, y1 + 120),
            (x1 - 10, y1 + 220),
            (x0 - 70, y1 + 180),
            (x0 - 110, y1 + 40),
            (x0 + 20, y1 - 40),
        ],
        (30, 32, 34),
        30,
    )
    c.pipe((x0 + x1) / 2 - 14, y1, (x0 + x1) / 2 + 14, c.h * 0.88, (214, 214, 210))
    return Slot((x0 + x1) / 2, y0 + 190, screen(200, 60, (24, 26, 28), (150, 236, 250), size=0.7))
