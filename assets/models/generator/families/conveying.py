"""Conveyors. Tiles are exactly one metre long and meet without a seam; the belt is 0.85 m high.

A moving belt shows its motion by ribs on a node of their own: one pitch apart, they start at the tile's
upstream edge and never reach past its downstream edge while they travel less than one pitch.
"""

import math

import fittings as f
from families.catalogue import model
from fittings import SD, ST, A, D, L, M
from model import arc_points, roll, slide, wrap, wrap_turn

HEIGHT, HALF = 0.85, 0.3
PITCH = 0.125


def legs(b, x, half=HALF, top=HEIGHT - 0.16, material=M):
    """A pair of legs with cross-beam under the side rails at ``x``."""
    for s in (-1, 1):
        z = s * (half - 0.03)
        b.box((x - 0.03, x + 0.03), (0.03, top), (z - 0.03, z + 0.03), material, 0.008)
        b.box((x - 0.06, x + 0.06), (0, 0.03), (z - 0.06, z + 0.06), SD, 0.005)
    b.box((x - 0.02, x + 0.02), (0.22, 0.27), (-half + 0.04, half - 0.04), material, 0.006)


def rails(b, x, half=HALF, top=HEIGHT + 0.03, material=L):
    """Side rails with a slot, flush at both ends so that tiles join."""
    for s in (-1, 1):
        outer, inner = s * half, s * (half - 0.035)
        b.box(x, (HEIGHT - 0.17, top), sorted((outer, inner)), material, 0.0)
        b.box(x, (HEIGHT - 0.1, HEIGHT - 0.06), sorted((outer, outer + s * 0.004)), SD, 0.0)


@model("belt-conveyor", "Straight belt conveyor, one tile")
def belt(m):
    b = m.body
    m.tiles = 1.0
    m.ports = {"in": [-0.5, HEIGHT, 0.0], "out": [0.5, HEIGHT, 0.0]}
    legs(b, 0.0)
    rails(b, (-0.5, 0.5))
    width = HALF - 0.045
    b.box((-0.5, 0.5), (HEIGHT - 0.03, HEIGHT - 0.002), (-width, width), "belt", 0.0)
    b.box((-0.5, 0.5), (HEIGHT - 0.16, HEIGHT - 0.14), (-width, width), "belt", 0.0)
    for x in (-0.25, 0.25):
        b.rod("z", (x, HEIGHT - 0.1, 0), 0.025, 2 * width, ST, 0.0, 10)
    moving = m.node("belt", (0, HEIGHT, 0), wrap("x", PITCH))
    for k in range(8):
        x = -0.5 + k * PITCH
        moving.box((x, x + 0.02), (HEIGHT - 0.004, HEIGHT), (-width + 0.02, width - 0.02), "paint_dark", 0.0, keep=True)
    m.slot((0, HEIGHT, 0))


@model("roller-conveyor", "Straight roller conveyor, one tile")
def roller(m):
    b = m.body
    m.tiles = 1.0
    m.ports = {"in": [-0.5, HEIGHT, 0.0], "out": [0.5, HEIGHT, 0.0]}
    legs(b, 0.0)
    rails(b, (-0.5, 0.5), top=HEIGHT - 0.015)
    for s in (-1, 1):
        b.box((-0.5, 0.5), (HEIGHT + 0.09, HEIGHT + 0.115), sorted((s * HALF, s * (HALF - 0.02))), ST, 0.0)
        b.box((-0.02, 0.02), (HEIGHT - 0.02, HEIGHT + 0.1), sorted((s * HALF, s * (HALF + 0.012))), SD, 0.004)
    rollers = m.node("rollers", (0, HEIGHT - 0.03, 0))
    for k in range(8):
        x = -0.5 + (k + 0.5) * PITCH
        name = f"roller_{k + 1}"
        c = (x, HEIGHT - 0.03, 0)
        one = rollers.node(name, c, roll("z", 0.03), same_as=None if k == 0 else "roller_1")
        if k == 0:
            one.rod("z", c, 0.03, 2 * HALF - 0.08, ST, 0.004, 12, keep=True)
            one.box((x - 0.004, x + 0.004), (HEIGHT - 0.004, HEIGHT + 0.0005), (-0.2, -0.12), SD, 0.0)
            one.box((x - 0.004, x + 0.004), (HEIGHT - 0.004, HEIGHT + 0.0005), (0.12, 0.2), SD, 0.0)
    m.slot((0, HEIGHT, 0))


@model("conveyor-curve", "90° belt curve of 1 m radius, from -X towards +Z")
def curve(m):
    b = m.body
    edge = 1.3 / 2  # half the square footprint; the curve's centre is its corner at -X, +Z
    cx, cz = -edge, edge
    m.ports = {"in": [-edge, HEIGHT, cz - 1.0], "out": [cx + 1.0, HEIGHT, edge]}
    full = m.level == 0
    count = 17 if full else 7

    def band(inner, outer, y, material):
        # Profile angles in (x, z): from -90° (entry, towards -Z) to 0° (exit, towards +X).
        profile = arc_points((cx, cz), outer, -90, 0, count) + arc_points((cx, cz), inner, 0, -90, count)
        b.prism(profile, y, "y", material, 0.0, keep=True)

    band(0.745, 1.255, (HEIGHT - 0.03, HEIGHT - 0.002), "belt")
    band(1.265, 1.3, (HEIGHT - 0.17, HEIGHT + 0.03), L)
    band(0.7, 0.735, (HEIGHT - 0.17, HEIGHT + 0.03), L)
    band(1.3, 1.304, (HEIGHT - 0.1, HEIGHT - 0.06), SD)
    for angle in (-80, -45, -10):
        a = math.radians(angle)
        for r in (0.73, 1.27):
            x, z = cx + r * math.cos(a), cz + r * math.sin(a)
            b.box((x - 0.03, x + 0.03), (0.03, HEIGHT - 0.16), (z - 0.03, z + 0.03), M, 0.008, ("y", -angle, (x, 0, z)))
            b.box((x - 0.06, x + 0.06), (0, 0.03), (z - 0.06, z + 0.06), SD, 0.005, ("y", -angle, (x, 0, z)))
        b.box((cx + 0.74, cx + 1.26), (0.22, 0.27), (cz - 0.02, cz + 0.02), M, 0.006, ("y", -angle, (cx, 0, cz)))
    ribs, pitch = 12, 7.5
    moving = m.node("belt", (cx, HEIGHT, cz), wrap_turn("y", pitch, -57.296))
    for k in range(ribs):
        moving.box((cx + 0.765, cx + 1.235), (HEIGHT - 0.004, HEIGHT), (cz - 0.01, cz + 0.01), "paint_dark", 0.0, ("y", 90 - pitch * k - 0.6, (cx, 0, cz)), keep=True)
    a = math.radians(-45)
    m.slot((cx + math.cos(a), HEIGHT, cz + math.sin(a)))


@model("transfer-table", "Transfer table that passes parts straight on or to the side")
def transfer(m):
    b = m.body
    m.ports = {"in": [-0.5, HEIGHT, 0.0], "out": [0.5, HEIGHT, 0.0], "side": [0.0, HEIGHT, 0.5]}
    for x in (-0.44, 0.44):
        for z in (-0.44, 0.44):
            b.box((x - 0.035, x + 0.035), (0.03, HEIGHT - 0.15), (z - 0.035, z + 0.035), M, 0.008)
            b.box((x - 0.06, x + 0.06), (0, 0.03), (z - 0.06, z + 0.06), SD, 0.005)
    for s in (-1, 1):
        b.box((-0.5, 0.5), (HEIGHT - 0.2, HEIGHT - 0.02), sorted((s * 0.5, s * 0.46)), L, 0.01)
        b.box(sorted((s * 0.5, s * 0.46)), (HEIGHT - 0.2, HEIGHT - 0.06), (-0.46, 0.46), L, 0.01)
    b.box((-0.4, 0.4), (HEIGHT - 0.3, HEIGHT - 0.16), (-0.4, 0.4), D, 0.015)
    f.motor(b, (0.0, HEIGHT - 0.4, 0.0), 0.08, 0.3, "x", A)
    rollers = m.node("rollers", (0, HEIGHT - 0.03, 0))
    for k in range(7):
        x = -0.5 + (k + 1) * 0.125
        c = (x, HEIGHT - 0.03, 0)
        one = rollers.node(f"roller_{k + 1}", c, roll("z", 0.03), same_as=None if k == 0 else "roller_1")
        if k == 0:
            one.rod("z", c, 0.03, 0.9, ST, 0.004, 12, keep=True)
            one.box((x - 0.004, x + 0.004), (HEIGHT - 0.004, HEIGHT + 0.0005), (-0.3, -0.2), SD, 0.0)
    lift = m.node("lift", (0, HEIGHT - 0.06, 0), slide("y", 0.0, 0.05))
    for x in (-0.3125, -0.0625, 0.1875):
        lift.box((x - 0.02, x + 0.02), (HEIGHT - 0.12, HEIGHT - 0.02), (-0.43, 0.43), D, 0.006)
        lift.box((x - 0.012, x + 0.012), (HEIGHT - 0.022, HEIGHT - 0.01), (-0.43, 0.43), "rubber", 0.003)
    m.slot((0, HEIGHT, 0))


@model("conveyor-end", "Drive end of a belt conveyor; stands after the last tile")
def end(m):
    b = m.body
    # The footprint is 0.3 m long; it meets the tile before it at x = -0.15.
    x0, x1 = -0.15, 0.15
    width = HALF - 0.045
    m.ports = {"in": [x0, HEIGHT, 0.0], "out": [x1, HEIGHT, 0.0]}
    for s in (-1, 1):
        z = sorted((s * HALF, s * (HALF - 0.035)))
        b.prism([(x0, HEIGHT - 0.17), (x1 - 0.1, HEIGHT - 0.17), (x1, HEIGHT - 0.12), (x1, HEIGHT + 0.0), (x1 - 0.05, HEIGHT + 0.03), (x0, HEIGHT + 0.03)], z, "z", L, 0.008)
    b.box((x0, x1 - 0.08), (HEIGHT - 0.03, HEIGHT - 0.002), (-width, width), "belt", 0.0)
    b.box((x0, x1 - 0.08), (HEIGHT - 0.16, HEIGHT - 0.14), (-width, width), "belt", 0.0)
    drum = m.node("drum", (x1 - 0.08, HEIGHT - 0.081, 0), roll("z", 0.081))
    drum.rod("z", (x1 - 0.08, HEIGHT - 0.081, 0), 0.079, 2 * width, "belt", 0.004, 22, keep=True)
    for k in range(4):
        drum.box((x1 - 0.09, x1 - 0.07), (HEIGHT - 0.006, HEIGHT), (-width + 0.02, width - 0.02), "paint_dark", 0.0, ("z", 90 * k, (x1 - 0.08, HEIGHT - 0.081, 0)))
    b.box((x0 + 0.02, x0 + 0.18), (HEIGHT - 0.34, HEIGHT - 0.14), (HALF - 0.02, HALF + 0.1), D, 0.012)
    f.motor(b, (x0 + 0.1, HEIGHT - 0.26, HALF - 0.14), 0.08, 0.3, "z", A)
    legs(b, x0 + 0.06)
    b.rod("z", (x1 - 0.08, HEIGHT - 0.081, HALF + 0.012), 0.045, 0.03, SD, 0.005, 16)
    b.rod("z", (x1 - 0.08, HEIGHT - 0.081, -HALF - 0.012), 0.045, 0.03, SD, 0.005, 16)
