"""Bottles of 0.75 l, the crates and pallets they travel in, and what carries them in single file.

A bottle is 80 mm wide and 290 mm high. Glass is opaque here: empty bottles are pale, full ones dark.
Bottle conveyors are one metre high; their straight tile is one metre long.
"""

import math

import numpy as np

import fittings as f
import shapes
from families.catalogue import model
from fittings import SD, D, L
from model import FAR, arc_points, slide, wrap, wrap_turn

LANE = 1.0
PITCH = 0.0625
DIAMETER, TALL = 0.08, 0.29
CRATE = (0.4, 0.3, 0.315)

S, SM, SK = "stainless", "stainless_mid", "stainless_dark"
EMPTY, FULL = "bottle_glass", "bottle_full"


def sheet(n, corner, u, v, material, turn=None, keep=False):
    """A flat rectangle spanned by ``u`` and ``v`` from a corner, seen from where u × v points."""
    p, u, v = (np.array(c, float) for c in (corner, u, v))
    points = np.array([p, p + u, p + u + v, p + v])
    normals = np.repeat(np.cross(u, v)[None, :], 4, axis=0)
    n.add(material, shapes.finish(points, normals, np.array([(0, 1, 2), (0, 2, 3)])), turn, keep)


def bottle(n, at, glass, cap=None, label=None, segments=10, base=0.0):
    """A bottle standing at a point; ``base`` leaves out what lies below that height."""
    x, y, z = at
    outline = [
        (0.0, 0.0), (0.036, 0.0), (0.04, 0.006), (0.04, 0.155), (0.0355, 0.185), (0.021, 0.22),
        (0.0155, 0.245), (0.0145, 0.272), (0.0165, 0.274), (0.0165, 0.285), (0.0125, 0.29), (0.0, 0.29),
    ]
    if n.model.level == FAR:
        outline = [(0.0, 0.0), (0.04, 0.0), (0.04, 0.165), (0.016, 0.235), (0.016, 0.29), (0.0, 0.29)]
    if base:
        outline = [(0.04, base), *(p for p in outline if p[1] > base)]
    n.lathe(outline, "y", at, glass, 0.0, segments, keep=True)
    if label:
        n.lathe([(0.0402, 0.045), (0.0406, 0.045), (0.0406, 0.135), (0.0402, 0.135)], "y", at, label, 0.0, segments, keep=True)
        n.lathe([(0.0208, 0.226), (0.0192, 0.242)], "y", at, label, 0.0, segments)
    if cap:
        n.rod("y", (x, y + 0.281, z), 0.0185, 0.022, cap, 0.002, min(segments, 12), keep=True)


@model("bottle-empty", "Empty glass bottle, 0.75 l")
def bottle_empty(m):
    bottle(m.body, (0, 0, 0), EMPTY)


@model("bottle-filled", "Filled bottle without a cap")
def bottle_filled(m):
    bottle(m.body, (0, 0, 0), FULL)
    m.body.rod("y", (0, 0.281, 0), 0.0168, 0.019, EMPTY, 0.001, 12)


@model("bottle-capped", "Filled and capped bottle")
def bottle_capped(m):
    bottle(m.body, (0, 0, 0), FULL, cap=L)


@model("bottle", "Labelled bottle, ready to be packed")
def bottle_labelled(m):
    bottle(m.body, (0, 0, 0), FULL, cap="tint_accent", label=L)


def crate_shell(b, x=0.0, y=0.0, z=0.0, bevel=0.004):
    """A crate's walls with hand holes, ribs and floor."""
    hx, hz, h, t = CRATE[0] / 2, CRATE[1] / 2, CRATE[2], 0.012
    b.box((x - hx + 0.006, x + hx - 0.006), (y, y + 0.014), (z - hz + 0.006, z + hz - 0.006), "crate", 0.0, keep=True)
    for s in (-1, 1):
        # Long walls: a high band, a low band and three posts between; short walls with a hand hole.
        wall = sorted((z + s * hz, z + s * (hz - t)))
        b.box((x - hx, x + hx), (y + 0.0, y + 0.15), wall, "crate", bevel, keep=True)
        b.box((x - hx, x + hx), (y + 0.245, y + h), wall, "crate", bevel, keep=True)
        for px in (-hx + 0.012, -0.068, 0.068, hx - 0.012):
            b.box((x + px - 0.012, x + px + 0.012), (y + 0.145, y + 0.25), wall, "crate", 0.0)
        end = sorted((x + s * hx, x + s * (hx - t)))
        b.box(end, (y, y + 0.21), (z - hz + t, z + hz - t), "crate", bevel, keep=True)
        b.box(end, (y + 0.262, y + h), (z - hz + t, z + hz - t), "crate", bevel, keep=True)
        for s2 in (-1, 1):
            b.box(end, (y + 0.2, y + 0.27), sorted((z + s2 * (hz - t), z + s2 * 0.065)), "crate", 0.0)
        b.box((x - 0.11, x + 0.11), (y + 0.03, y + 0.13), sorted((z + s * hz, z + s * (hz + 0.0015))), L, 0.0)


def compartments(b, y=0.0):
    """The partition of a crate: four by three places."""
    for k in (-1, 0, 1):
        b.box((k * 0.094 - 0.003, k * 0.094 + 0.003), (y + 0.014, y + 0.16), (-0.138, 0.138), "crate", 0.0)
    for k in (-0.5, 0.5):
        b.box((-0.188, 0.188), (y + 0.014, y + 0.16), (k * 0.092 - 0.003, k * 0.092 + 0.003), "crate", 0.0)


def crate_places():
    """Where the twelve bottles of a crate stand, front rows first."""
    return [(0.141 - 0.094 * i, 0.016, 0.092 * (j - 1)) for i in range(4) for j in range(3)]


@model("crate", "Empty crate for twelve bottles")
def crate(m):
    crate_shell(m.body)
    compartments(m.body)


@model("case", "Crate with twelve bottles")
def case(m):
    crate_shell(m.body)
    for place in crate_places():
        if m.level == FAR:
            m.body.box((place[0] - 0.028, place[0] + 0.028), (0.2, 0.305), (place[2] - 0.028, place[2] + 0.028), FULL, 0.0, keep=True)
        else:
            bottle(m.body, place, FULL, cap="tint_accent", segments=6, base=0.15)


def euro_pallet(b, y=0.0):
    """A plain Euro pallet under a load."""
    for k in range(5):
        z = -0.3275 + k * 0.16375
        b.box((-0.6, 0.6), (y + 0.122, y + 0.144), (z - 0.06, z + 0.06), "wood", 0.0, keep=True)
    for z in (-0.35, 0.0, 0.35):
        w = 0.05 if z else 0.07
        b.box((-0.6, 0.6), (y, y + 0.022), (z - w, z + w), "wood", 0.0)
        for x in (-0.53, 0.0, 0.53):
            b.box((x - 0.07, x + 0.07), (y + 0.022, y + 0.122), (z - w, z + w), "wood", 0.0, keep=True)


@model("pallet-of-cases", "Euro pallet with forty crates")
def pallet_of_cases(m):
    b = m.body
    euro_pallet(b)
    for layer in range(5):
        y = 0.146 + layer * 0.305
        # What stands inside is not seen: one block per layer, and the crates' outer walls on it.
        b.box((-0.585, 0.585), (y + 0.14, y + 0.24), (-0.385, 0.385), FULL, 0.0)
        if m.level == FAR:
            b.box((-0.6, 0.6), (y, y + 0.15), (-0.4, 0.4), "crate", 0.0, keep=True)
            b.box((-0.6, 0.6), (y + 0.235, y + 0.302), (-0.4, 0.4), "crate", 0.0, keep=True)
            continue
        for i in range(4):
            for j in range(2):
                w, d = 0.3, 0.4
                x, z = -0.45 + i * w, -0.2 + j * d
                x0, x1, z0, z1 = x - w / 2 + 0.002, x + w / 2 - 0.002, z - d / 2 + 0.002, z + d / 2 - 0.002
                b.box((x0, x1), (y, y + 0.15), (z0, z1), "crate", 0.0)
                b.box((x0, x1), (y + 0.235, y + 0.302), (z0, z1), "crate", 0.003 if layer == 4 else 0.0)
                s = 1 if j else -1
                sheet(b, (x - s * 0.08, y + 0.035, (z1 if j else z0) + s * 0.001), (s * 0.16, 0, 0), (0, 0.09, 0), L)
                if i in (0, 3):
                    s = 1 if i else -1
                    sheet(b, ((x1 if i else x0) + s * 0.001, y + 0.035, z + s * 0.11), (0, 0, -s * 0.22), (0, 0.09, 0), L)
    top = 0.146 + 4 * 0.305 + 0.302
    for i in range(12):
        for j in range(8):
            at = (-0.55 + i * 0.1, top, -0.35 + j * 0.1)
            b.lathe([(0.018, -0.01), (0.018, 0.004), (0.0, 0.004)], "y", at, "tint_accent", 0.0, 6)


def lane_legs(b, x, z=0.0, top=LANE - 0.12):
    """A conveyor's single stainless column with its three-legged foot."""
    b.rod("y", (x, top / 2 + 0.05, z), 0.03, top - 0.1, S, 0.0, 12)
    for s in (-1, 1):
        b.tube([(x, 0.16, z), (x, 0.02, z + s * 0.2)], 0.017, SM, segments=8)
        b.rod("y", (x, 0.01, z + s * 0.2), 0.035, 0.02, "plastic_dark", 0.0, 10)
    b.box((x - 0.035, x + 0.035), (top - 0.04, top + 0.01), (z - 0.085, z + 0.085), S, 0.006)


def lane(b, x, z=0.0, half=0.045, posts=()):
    """Frame, chain bed and guide rails of a single-file lane, flush at both ends."""
    for s in (-1, 1):
        b.box(x, (LANE - 0.115, LANE - 0.012), sorted((z + s * (half + 0.03), z + s * (half + 0.016))), S, 0.0, keep=True)
        for y in (LANE + 0.07, LANE + 0.155):
            b.box(x, (y - 0.012, y + 0.012), sorted((z + s * (half + 0.002), z + s * (half + 0.012))), "plastic_dark", 0.0)
        for px in posts:
            out = z + s * (half + 0.075)
            b.rod("y", (px, LANE + 0.06, out), 0.011, 0.25, S, 0.0, 8)
            b.box((px - 0.014, px + 0.014), (LANE - 0.075, LANE - 0.045), sorted((z + s * (half + 0.028), out + s * 0.014)), SM, 0.003)
            for y in (LANE + 0.07, LANE + 0.155):
                b.box((px - 0.008, px + 0.008), (y - 0.008, y + 0.008), sorted((z + s * (half + 0.01), out + s * 0.02)), SM, 0.0)
    b.box(x, (LANE - 0.03, LANE - 0.002), (z - half, z + half), SM, 0.0, keep=True)
    b.box(x, (LANE - 0.11, LANE - 0.098), (z - half, z + half), SK, 0.0)


def slats(node, x0, x1, z=0.0, half=0.043, pitch=PITCH, keep=False):
    """The gaps between a chain's slats, one pitch apart; they run."""
    for k in range(round((x1 - x0) / pitch)):
        x = x0 + k * pitch
        sheet(node, (x, LANE, z - half), (0, 0, 2 * half), (0.009, 0, 0), SK, keep=keep)


@model("bottle-conveyor", "Slat-chain conveyor for bottles in single file, one tile")
def bottle_conveyor(m):
    b = m.body
    m.tiles = 1.0
    m.ports = {"in": [-0.5, LANE, 0.0], "out": [0.5, LANE, 0.0]}
    lane_legs(b, 0.0)
    lane(b, (-0.5, 0.5), posts=(-0.25, 0.25))
    slats(m.node("chain", (0, LANE, 0), wrap("x", PITCH)), -0.5, 0.5, keep=True)
    m.slot((0, LANE, 0))


@model("bottle-curve", "90° slat-chain curve of 0.8 m radius, from -X towards +Z")
def bottle_curve(m):
    b = m.body
    radius, edge = 0.8, 0.45
    cx, cz = -edge, edge
    m.ports = {"in": [-edge, LANE, cz - radius], "out": [cx + radius, LANE, edge]}
    count = 15 if m.level != FAR else 6

    def band(inner, outer, y, material, keep=True):
        profile = arc_points((cx, cz), outer, -90, 0, count) + arc_points((cx, cz), inner, 0, -90, count)
        b.prism(profile, y, "y", material, 0.0, keep=keep)

    band(radius - 0.045, radius + 0.045, (LANE - 0.03, LANE - 0.002), SM)
    for s in (-1, 1):
        inner, outer = sorted((radius + s * 0.061, radius + s * 0.075))
        band(inner, outer, (LANE - 0.115, LANE - 0.012), S)
        inner, outer = sorted((radius + s * 0.047, radius + s * 0.057))
        for y in (LANE + 0.07, LANE + 0.155):
            band(inner, outer, (y - 0.012, y + 0.012), "plastic_dark", keep=False)
        for angle in (-75, -45, -15):
            a = math.radians(angle)
            out = radius + s * 0.12
            px, pz = cx + out * math.cos(a), cz + out * math.sin(a)
            b.rod("y", (px, LANE + 0.06, pz), 0.011, 0.25, S, 0.0, 8)
            lo, hi = sorted((radius + s * 0.055, radius + s * 0.14))
            for y, h in ((LANE - 0.06, 0.015), (LANE + 0.07, 0.008), (LANE + 0.155, 0.008)):
                b.box((cx + lo, cx + hi), (y - h, y + h), (cz - 0.01, cz + 0.01), SM, 0.0, ("y", -angle, (cx, 0, cz)))
    a = math.radians(-45)
    lane_legs(b, cx + radius * math.cos(a), cz + radius * math.sin(a))
    pitch = 4.5
    moving = m.node("chain", (cx, LANE, cz), wrap_turn("y", pitch, -round(math.degrees(1 / radius), 3)))
    for k in range(20):
        start = (cx + radius - 0.043, LANE, cz - 0.004)
        sheet(moving, start, (0, 0, 0.009), (0.086, 0, 0), SK, ("y", 90 - pitch * k - 0.4, (cx, 0, cz)), keep=True)
    # The outlet first: what stands there leaves next.
    for k in range(15):
        a = math.radians(-(k + 0.5) * 6.0)
        m.slot((round(cx + radius * math.cos(a), 4), LANE, round(cz + radius * math.sin(a), 4)))


@model("bottle-table", "Accumulation table: ten lanes that narrow to single file")
def bottle_table(m):
    b = m.body
    x0, x1, half, narrow = -2.0, 2.0, 0.45, 0.95
    m.ports = {"in": [x0, LANE, 0.0], "out": [x1, LANE, 0.0]}
    for x in (-1.75, -0.45, 0.75):
        for s in (-1, 1):
            b.box((x - 0.03, x + 0.03), (0.04, LANE - 0.12), (s * 0.42 - 0.03, s * 0.42 + 0.03), S, 0.006)
            b.rod("y", (x, 0.02, s * 0.42), 0.045, 0.04, "plastic_dark", 0.004, 12)
        b.box((x - 0.025, x + 0.025), (0.2, 0.25), (-0.4, 0.4), SM, 0.004)
    lane_legs(b, 1.6)
    # The bed with its side plates; it narrows towards the outlet.
    bed = [(x0, -half), (narrow, -half), (1.45, -0.06), (x1, -0.06), (x1, 0.06), (1.45, 0.06), (narrow, half), (x0, half)]
    b.prism(bed, (LANE - 0.12, LANE - 0.03), "y", S, 0.004, keep=True)
    deck = [(x0, -half + 0.012), (narrow, -half + 0.012), (1.45, -0.046), (x1, -0.046), (x1, 0.046), (1.45, 0.046), (narrow, half - 0.012), (x0, half - 0.012)]
    b.prism(deck, (LANE - 0.031, LANE - 0.004), "y", SM, 0.0, keep=True)
    for s in (-1, 1):
        path = [(x0, s * (half + 0.005)), (narrow, s * (half + 0.005)), (1.45, s * 0.05), (x1, s * 0.05)]
        for y in (LANE + 0.07, LANE + 0.155):
            b.tube([(x, y, z) for x, z in path], 0.011, "plastic_dark", bend=0.1, segments=6, keep=True)
        for px in (-1.8, -1.1, -0.4, 0.3, 0.9):
            b.rod("y", (px, LANE + 0.06, s * (half + 0.03)), 0.012, 0.28, S, 0.0, 8)
    for k in range(1, 10):
        z = -half + 0.02 + k * 0.086
        b.box((x0, narrow - 0.02), (LANE - 0.0045, LANE - 0.003), (z - 0.002, z + 0.002), SK, 0.0)
    f.motor(b, (0.75, LANE - 0.27, 0.12), 0.085, 0.36, "z", "paint_accent")
    b.box((-1.2, -0.8), (0.42, 0.82), (half + 0.0, half + 0.14), S, 0.012)
    b.rod("z", (-1.0, 0.7, half + 0.145), 0.02, 0.02, "tint_stop", 0.004, 12)
    moving = m.node("chain", (0, LANE, 0), wrap("x", 0.125))
    slats(moving, x0, narrow - 0.075, 0.0, half - 0.02, 0.125, keep=True)
    # Front rows fill first: what comes next leaves first.
    for column in range(28):
        x = narrow - 0.06 - column * 0.09
        for row in range(10):
            side = (row + 1) // 2 * (1 if row % 2 else -1)
            m.slot((round(x, 4), LANE, round((side - 0.5) * 0.086, 4)))


@model("crate-store", "Stacks of empty crates with an unstacker")
def crate_store(m):
    b = m.body
    m.ports = {"in": [-1.5, 0.0, 0.0], "out": [1.5, 0.85, 0.0]}
    for x in (-1.05, 0.0):
        for z in (-0.2, 0.2):
            b.box((x - 0.45, x + 0.45), (0.0, 0.13), (z - 0.17, z + 0.17), "wood", 0.006)
    for i, x in enumerate((-1.3, -0.88, -0.25, 0.17)):
        for z in (-0.16, 0.16):
            levels = 5 if (i + (z > 0)) % 3 else 4
            if m.level == FAR:
                b.box((x - 0.2, x + 0.2), (0.132, 0.13 + levels * 0.3), (z - 0.15, z + 0.15), "crate", 0.0, keep=True)
                continue
            for level in range(levels):
                y = 0.132 + level * 0.3
                b.box((x - 0.2, x + 0.2), (y, y + 0.16), (z - 0.15, z + 0.15), "crate", 0.0, keep=True)
                b.box((x - 0.2, x + 0.2), (y + 0.24, y + 0.298), (z - 0.15, z + 0.15), "crate", 0.0, keep=level == 4)
                b.box((x - 0.185, x + 0.185), (y + 0.15, y + 0.25), (z - 0.135, z + 0.135), "plastic_dark", 0.0)
                b.box((x - 0.11, x + 0.11), (y + 0.04, y + 0.13), sorted((0.3105 * (1 if z > 0 else -1), 0.305 * (1 if z > 0 else -1))), L, 0.0)
    # The unstacker: a portal whose lift takes crate by crate to the roller bed.
    for z in (-0.45, 0.45):
        b.box((0.62, 0.72), (0.0, 2.55), (z - 0.05, z + 0.05), S, 0.008)
        b.box((0.57, 0.77), (0.0, 0.02), (z - 0.1, z + 0.1), SD, 0.0)
    b.box((0.6, 0.74), (2.45, 2.58), (-0.55, 0.55), S, 0.012)
    f.motor(b, (0.67, 2.68, 0.1), 0.1, 0.4, "z", "paint_accent")
    b.box((0.58, 0.76), (1.2, 1.6), (0.5, 0.62), D, 0.012)
    for s in (-1, 1):
        b.box((0.45, 1.5), (0.72, 0.84), sorted((s * 0.3, s * 0.26)), S, 0.008)
        for x in (0.9, 1.4):
            b.box((x - 0.03, x + 0.03), (0.0, 0.74), sorted((s * 0.29, s * 0.23)), SM, 0.006)
    for k in range(9):
        b.rod("z", (0.5 + k * 0.12, 0.82, 0.0), 0.03, 0.52, "stainless_mid", 0.0, 10)
    lift = m.node("lift", (0.67, 1.3, 0.0), slide("y", -0.42, 1.0))
    lift.box((0.6, 0.74), (1.22, 1.4), (-0.42, 0.42), SM, 0.01)
    for z in (-0.24, 0.24):
        lift.box((0.3, 0.66), (1.26, 1.31), (z - 0.03, z + 0.03), SD, 0.006)
        lift.box((0.72, 1.06), (1.26, 1.31), (z - 0.03, z + 0.03), SD, 0.006)
    m.lamp_spot = (0.67, 2.58, -0.4)
    m.slot((1.2, 0.85, 0.0))


def glass_pallet(b, x, z, y=0.0, layers=4, size=(1.2, 1.0), top=True):
    """A bulk pallet of new bottles: layers on pads, wrapped in film."""
    hx, hz = size[0] / 2, size[1] / 2
    for k in (-1, 0, 1):
        b.box((x - hx, x + hx), (y, y + 0.1), (z + k * (hz - 0.06) - 0.06, z + k * (hz - 0.06) + 0.06), "wood", 0.0, keep=True)
    b.box((x - hx, x + hx), (y + 0.1, y + 0.13), (z - hz, z + hz), "wood", 0.004, keep=True)
    for layer in range(layers):
        base = y + 0.135 + layer * 0.305
        b.box((x - hx + 0.02, x + hx - 0.02), (base, base + 0.175), (z - hz + 0.02, z + hz - 0.02), EMPTY, 0.0, keep=True)
        b.box((x - hx + 0.045, x + hx - 0.045), (base + 0.17, base + 0.295), (z - hz + 0.045, z + hz - 0.045), SK, 0.0, keep=True)
        b.box((x - hx + 0.01, x + hx - 0.01), (base + 0.293, base + 0.303), (z - hz + 0.01, z + hz - 0.01), "wood", 0.0)
        for s in (-1, 1):
            # Necks of the outer bottles, seen between shoulder and pad.
            for k in range(7):
                corner = (x - hx + 0.12 + k * 0.16 - s * 0.018, base + 0.175, z + s * (hz - 0.03))
                sheet(b, corner, (s * 0.036, 0, 0), (0, 0.12, 0), EMPTY)
            for k in range(6):
                corner = (x + s * (hx - 0.03), base + 0.175, z - hz + 0.1 + k * 0.16 + s * 0.018)
                sheet(b, corner, (0, 0, -s * 0.036), (0, 0.12, 0), EMPTY)
    for s in (-1, 1):
        # The gaps between bottles.
        for k in range(1, 14):
            for layer in range(layers):
                corner = (x - hx + 0.02 + k * 0.083 - s * 0.004, y + 0.135 + layer * 0.305, z + s * (hz - 0.0195))
                sheet(b, corner, (s * 0.008, 0, 0), (0, 0.175, 0), SK)
    if top:
        b.box((x - hx, x + hx), (y + 0.135 + layers * 0.305, y + 0.165 + layers * 0.305), (z - hz, z + hz), "wood", 0.004, keep=True)


@model("glass-store", "Bulk pallets of new bottles and the pallet conveyor to the depalletiser")
def glass_store(m):
    b = m.body
    m.ports = {"in": [-1.6, 0.0, 0.0], "out": [1.6, 0.45, 0.0]}
    pallet_bed(b, (-1.6, 1.6), 0.0)
    glass_pallet(b, -0.85, 0.0, 0.45)
    glass_pallet(b, 0.6, 0.0, 0.45)
    for s in (-1, 1):
        b.box((-1.6, 1.6), (0.52, 0.6), sorted((s * 0.68, s * 0.64)), "tint_yellow", 0.006)
        for x in (-1.5, 0.0, 1.5):
            b.box((x - 0.03, x + 0.03), (0.0, 0.6), sorted((s * 0.68, s * 0.62)), SM, 0.004)


def pallet_bed(b, x, z, top=0.45, half=0.58):
    """A heavy roller conveyor for pallets."""
    for s in (-1, 1):
        b.box(x, (top - 0.22, top - 0.02), sorted((z + s * half, z + s * (half - 0.05))), L, 0.008, keep=True)
    count = round((x[1] - x[0]) / 0.2)
    for k in range(count):
        b.rod("z", (x[0] + (k + 0.5) * 0.2, top - 0.045, z), 0.044, 2 * half - 0.1, SM, 0.0, 10)
    for px in (x[0] + 0.12, x[1] - 0.12):
        for s in (-1, 1):
            b.box((px - 0.05, px + 0.05), (0.0, top - 0.2), (z + s * (half - 0.05) - 0.05, z + s * (half - 0.05) + 0.05), L, 0.006)
