"""Slates, ridges, gutters, chimneys and what stands on roofs."""

from __future__ import annotations

from archiver.localapi.brushes import COPPER, Canvas, Colour, gradient, mix, shade


def _slate_rows(c: Canvas, top: float, colour: Colour, rows: int) -> None:
    height = c.h * (1 - top) / rows
    c.pen.rectangle((0, c.h * top, c.w, c.h), fill=shade(colour, 0.35))
    for row in range(rows + 1):
        deep = 0.7 + 0.6 * row / rows
        wide = 118 * deep
        y = c.h * top + row * height
        for column in range(-1, int(c.w / wide) + 2):
            x = column * wide + (wide / 2 if row % 2 else 0)
            tone = shade(mix(colour, (112, 92, 104), c.rng.random() * 0.3), c.jitter(0.1))
            drop = y + height * c.rng.uniform(1.0, 1.08)
            c.pen.polygon(
                ((x + 2, y), (x + wide - 3, y), (x + wide - 3, drop), (x + 2, drop)), fill=tone
            )
            c.pen.line((x + 2, drop, x + wide - 3, drop), fill=shade(tone, 0.45), width=6)
            c.pen.line((x + 3, y, x + 3, drop), fill=shade(tone, 1.12), width=2)
    c.roughen((0, c.h * top, c.w, c.h), 3, 0.12)


def slates_sound(c: Canvas) -> None:
    _slate_rows(c, 0.16, (92, 104, 122), 6)
    c.image.paste(gradient((c.w, int(c.h * 0.07)), (206, 214, 222), (226, 230, 234)))
    for i in range(6):
        c.rail(i * c.w / 5 - 30, c.h * 0.05, (i + 1) * c.w / 5 - 36, c.h * 0.19, (150, 86, 62))
    for x in (0.3, 0.62):
        c.shadow((c.w * x + 8, c.h * 0.5, c.w * x + 40, c.h * 0.62), blur=8, strength=110)
        c.pipe(c.w * x, c.h * 0.48, c.w * x + 24, c.h * 0.6, COPPER)


def slates(c: Canvas) -> None:
    colour = c.rng.choice(((96, 102, 114), (112, 108, 116)))
    _slate_rows(c, 0, colour, 7)
    x, y = c.w * c.rng.uniform(0.4, 0.55), c.h * c.rng.uniform(0.4, 0.52)
    c.pen.rectangle((x, y, x + 126, y + 150), fill=(50, 44, 38))
    for k in range(3):
        c.pen.rectangle((x, y + 30 + k * 44, x + 126, y + 46 + k * 44), fill=(142, 108, 72))
    c.shadow((x + 26, y + 150, x + 176, y + 320), blur=12, strength=170)
    c.pen.polygon(
        ((x + 18, y + 120), (x + 140, y + 146), (x + 110, y + 292), (x - 8, y + 266)),
        fill=shade(colour, 1.14),
    )
    c.pen.line((x - 8, y + 266, x + 110, y + 292), fill=shade(colour, 0.5), width=6)
    for _ in range(26):
        c.stain(
            c.rng.uniform(0, c.w), c.rng.uniform(0, c.h), c.rng.uniform(12, 40), (138, 146, 92), 150
        )


def _ridge_tiles(c: Canvas, clay: Colour, joint: Colour) -> None:
    y, wide = c.h * 0.4, c.w / 5
    c.shadow((0, y + 90, c.w, y + 150), blur=20, strength=170)
    for i in range(-1, 6):
        x = i * wide + 30
        c.rail(x, y - 12, x + wide - 6, y + 116, shade(clay, c.jitter(0.1)))
        c.pen.rectangle((x + wide - 18, y - 4, x + wide - 2, y + 116), fill=joint)


def ridge_sound(c: Canvas) -> None:
    c.sky(0.5)
    _slate_rows(c, 0.45, (98, 104, 118), 5)
    _ridge_tiles(c, (142, 74, 54), (70, 62, 58))
    for i in range(6):
        x = i * c.w / 5 + 18
        c.pen.ellipse((x - 16, c.h * 0.43 - 16, x + 16, c.h * 0.43 + 16), fill=(60, 62, 64))
        c.screw(x, c.h * 0.43, 11)


def ridge(c: Canvas) -> None:
    c.sky(0.5)
    _slate_rows(c, 0.45, (108, 106, 114), 5)
    _ridge_tiles(c, (164, 92, 64), (176, 170, 158))
    y = c.h * 0.4
    gap = c.rng.randint(1, 3) * c.w / 5 + 30
    for _ in range(30):
        px, py = gap + c.rng.gauss(0, 30), y + 110 + abs(c.rng.gauss(0, 50))
        s = c.rng.uniform(4, 15)
        c.pen.ellipse(
            (px - s, py - s * 0.7, px + s, py + s * 0.7), fill=shade((172, 166, 154), c.jitter(0.1))
        )
    c.pen.line((gap - 4, y, gap + 10, y + 50, gap - 8, y + 116), fill=(36, 30, 28), width=9)
    for _ in range(14):
        left, down = c.rng.uniform(0, c.w), y + c.rng.uniform(0, 110)
        c.stain(left, down, c.rng.uniform(14, 36), (150, 150, 86), 150)


def gutter(c: Canvas) -> None:
    c.bricks((160, 108, 82), across=9, top=0.5)
    _slate_rows(c, 0, (104, 104, 112), 7)
    c.bricks((160, 108, 82), across=9, top=0.62)
    c.image.paste(gradient((c.w, 74), (244, 244, 240), (196, 196, 192)), (0, int(c.h * 0.55)))
    y = c.h * 0.4
    c.shadow((0, y + 120, c.w, y + 230), blur=24, strength=160)
    c.pen.rectangle((0, y - 6, c.w, y + 60), fill=(38, 36, 34))
    c.leaves((0, y - 14, c.w, y + 52), 190)
    c.rail(0, y + 40, c.w, y + 150, (52, 54, 58))
    c.rail(0, y + 32, c.w, y + 48, (84, 86, 90))
    for i in range(3):
        x = c.w * (0.12 + 0.36 * i)
        c.pipe(x, y + 34, x + 34, y + 158, (44, 46, 50))
    x = c.w * 0.72
    c.pipe(x, y + 130, x + 76, c.h, (50, 52, 56))
    c.pipe(x - 10, y + 160, x + 86, y + 206, (44, 46, 48))
    c.stain(c.w * 0.4, c.h * 0.8, 210, (74, 84, 62), 150)


def chimney(c: Canvas) -> None:
    c.sky(1)
    _slate_rows(c, 0.78, (98, 104, 114), 3)
    x0, x1 = c.w * 0.24, c.w * 0.76
    stack = Canvas(int(x1 - x0), int(c.h * 0.6), c.rng)
    stack.bricks((158, 96, 70), across=5)
    stack.soft(
        (stack.w * 0.72, 0, stack.w, stack.h),
        lambda p, b: p.rectangle(b, fill=120),
        (30, 22, 20),
        40,
    )
    c.put(stack.image, (x0, c.h * 0.26))
    for i, y in enumerate((0.24, 0.27)):
        spread = 34 - i * 18
        c.image.paste(
            gradient((int(x1 - x0) + spread * 2, 34), (180, 124, 96), (126, 78, 60)),
            (int(x0) - spread, int(c.h * y)),
        )
    for i in range(2):
        x = x0 + (x1 - x0) * (0.18 + 0.42 * i)
        c.pipe(x, c.h * 0.08, x + 112, c.h * 0.245, (196, 118, 78))
        c.rail(x - 10, c.h * 0.08, x + 122, c.h * 0.105, (176, 100, 64))
        c.pen.ellipse((x, c.h * 0.072, x + 112, c.h * 0.092), fill=(46, 34, 30))
    base = c.h * 0.86
    c.pen.polygon(
        ((x0 - 40, base), (x1 + 50, base), (x1 + 70, base + 90), (x0 - 60, base + 90)),
        fill=(122, 128, 136),
    )
    for k in range(5):
        x = x0 + k * (x1 - x0) / 5
        c.pen.polygon(
            ((x, base), (x + 120, base), (x + 120, base - 70), (x + 40, base - 70)),
            fill=shade((136, 142, 150), c.jitter(0.06)),
        )
        c.pen.line((x, base - 4, x + 120, base - 4), fill=(80, 84, 90), width=4)
    c.pen.line((x1 - 60, 0, x1 - 60, c.h * 0.3), fill=(90, 92, 94), width=8)
    for i in range(6):
        y = 30 + i * 24
        c.pen.line((x1 - 130 + i * 6, y, x1 + 10 - i * 6, y), fill=(120, 122, 124), width=5)


def flat_roof(c: Canvas) -> None:
    c.sky(0.3)
    c.pen.rectangle((0, c.h * 0.22, c.w, c.h * 0.36), fill=(96, 108, 84))
    for _ in range(150):
        px, py = c.rng.uniform(-20, c.w), c.h * c.rng.uniform(0.2, 0.3)
        tone = shade((88, 106, 70), c.jitter(0.18))
        c.pen.ellipse((px - 30, py - 24, px + 30, py + 24), fill=tone)
    c.bricks((150, 98, 76), across=12, top=0.28, bottom=0.4)
    c.ground(0.38, (64, 68, 72), (112, 116, 118), 3)
    for i in range(5):
        x = c.w * (0.1 + 0.25 * i)
        far = c.w * 0.5 + (x - c.w * 0.5) * 0.45
        c.pen.line((far, c.h * 0.39, x, c.h), fill=(54, 56, 60), width=8)
        c.pen.line((far + 5, c.h * 0.39, x + 8, c.h), fill=(126, 130, 132), width=3)
    cx, cy = c.w * c.rng.uniform(0.4, 0.6), c.h * 0.7
    c.soft(
        (cx - 330, cy - 70, cx + 330, cy + 80),
        lambda p, b: p.ellipse(b, fill=210),
        (120, 140, 158),
        14,
    )
    c.soft(
        (cx - 200, cy - 40, cx + 160, cy + 10),
        lambda p, b: p.ellipse(b, fill=170),
        (206, 218, 228),
        18,
    )
    for k in range(3):
        x, y = c.w * (0.2 + 0.3 * k), c.h * c.rng.uniform(0.5, 0.9)
        c.pen.ellipse((x - 60, y - 22, x + 60, y + 22), fill=(84, 88, 92))
        c.pen.ellipse((x - 54, y - 22, x + 50, y + 14), fill=(116, 120, 122))


def solar(c: Canvas) -> None:
    c.sky(0.24)
    _slate_rows(c, 0.2, (120, 96, 88), 7)
    rows, columns = 2, 4
    skew = 60
    for row in range(rows):
        for column in range(columns):
            x = c.w * 0.1 + column * c.w * 0.2 - row * skew * 0.4
            y = c.h * 0.3 + row * c.h * 0.31
            wide, tall = c.w * 0.19, c.h * 0.29
            quad = (
                (x + skew * 0.4, y),
                (x + skew * 0.4 + wide, y),
                (x + wide, y + tall),
                (x, y + tall),
            )
            c.pen.polygon([(px + 16, py + 24) for px, py in quad], fill=(40, 34, 34))
            tone = shade((30, 44, 84), c.jitter(0.06))
            c.pen.polygon(quad, fill=tone, outline=(190, 194, 198), width=6)
            for k in range(1, 6):
                px = x + wide * k / 6
                c.pen.line(
                    (px + skew * 0.4, y + 5, px, y + tall - 5), fill=shade(tone, 1.7), width=2
                )
            for k in range(1, 5):
                py = y + tall * k / 5
                lean = skew * 0.4 * (1 - k / 5)
                c.pen.line(
                    (x + lean + 5, py, x + lean + wide - 5, py), fill=shade(tone, 1.6), width=2
                )
    c.soft(
        (c.w * 0.3, c.h * 0.3, c.w * 0.62, c.h * 0.9),
        lambda p, b: p.polygon(
            ((b[0], b[3]), (b[2] - 20, b[1]), (b[2], b[1]), (b[0] + 44, b[3])), fill=110
        ),
        (226, 234, 244),
        22,
    )
