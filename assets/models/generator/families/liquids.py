"""What makes and moves a beverage: process tanks, cleaning in place, mixing. Stainless, on feet."""

import math

import fittings as f
from families.bottles import S, SK, SM
from families.catalogue import model
from fittings import SD, A, D
from model import rotate


def dished(n, at, radius, low, high, keep=True, segments=None, material=S):
    """An upright vessel with dished ends between two heights."""
    x, z = at
    depth = radius * 0.38
    steps = [(math.sin(math.radians(a)), math.cos(math.radians(a))) for a in (25, 50, 72, 90)]
    outline = [(0.0, low)]
    outline += [(radius * s, low + depth * (1 - c)) for s, c in steps]
    outline += [(radius * s, high - depth * (1 - c)) for s, c in reversed(steps)]
    outline += [(0.0, high)]
    n.lathe(outline, "y", (x, 0, z), material, 0.0, segments, keep=keep)


def band(n, at, radius, y, material=SM, height=0.05):
    """A weld or support ring around a vessel."""
    n.ring("y", (at[0], y, at[1]), radius + 0.008, radius - 0.01, height, material, 0.0, 28)


def valve(n, centre, axis="x", size=0.05):
    """A butterfly valve with its pneumatic actuator, in a pipe along an axis."""
    x, y, z = centre
    n.rod(axis, centre, size * 1.5, size * 1.1, SM, 0.0, 14)
    n.rod("y", (x, y + size * 2.6, z), size * 0.95, size * 3.0, S, 0.004, 14)
    n.rod("y", (x, y + size * 4.5, z), size * 0.7, size * 0.9, D, 0.003, 12)


@model("process-tank", "Stainless process tank with agitator, ladder and manway")
def process_tank(m):
    b = m.body
    r, low, high = 0.85, 0.75, 3.35
    m.ports = {"in": [0.0, high, -0.3], "out": [0.0, 0.5, 0.0]}
    dished(b, (0, 0), r, low, high, segments=36)
    for y in (1.25, 2.85):
        band(b, (0, 0), r, y)
    for k in range(4):
        a = math.radians(45 + 90 * k)
        x, z = 0.74 * math.cos(a), 0.74 * math.sin(a)
        b.rod("y", (x, 0.6, z), 0.05, 1.2, S, 0.0, 12)
        b.rod("y", (x, 0.015, z), 0.1, 0.03, SK, 0.003, 14)
    # Outlet, drain valve, sight and instruments on the operator's side.
    b.tube([(0, 0.78, 0), (0, 0.45, 0), (0, 0.45, 0.75)], 0.045, S, 0.1, 10)
    valve(b, (0, 0.45, 0.55), "z")
    b.rod("z", (0, 1.55, r), 0.2, 0.1, SM, 0.01, 24)
    b.rod("z", (0, 1.55, r + 0.05), 0.17, 0.03, S, 0.006, 24)
    for s in (-1, 1):
        b.rod("y", (s * 0.19, 1.55, r + 0.03), 0.018, 0.1, SK, 0.0, 8)
    b.box((-0.035, 0.035), (2.0, 2.7), (r - 0.01, r + 0.04), SM, 0.006)
    b.box((-0.014, 0.014), (2.03, 2.67), (r + 0.035, r + 0.045), "glass", 0.0)
    b.box((0.26, 0.5), (2.1, 2.4), (r - 0.09, r - 0.02), D, 0.01, ("y", 22, (0, 0, 0)))
    # Top: manway, spray-ball line, agitator drive.
    b.rod("y", (-0.42, 3.27, 0.1), 0.24, 0.1, S, 0.012, 24)
    f.handle(b, (-0.42, 3.32, 0.1), 0.26, "x", 0.05, SK, "y")
    b.tube([(0.45, 3.1, -0.2), (0.45, 3.55, -0.2), (0.45, 3.55, -0.95), (0.45, 0.35, -0.95)], 0.03, S, 0.12, 8)
    b.lathe([(0.16, 3.3), (0.16, 3.42), (0.1, 3.46), (0.1, 3.62)], "y", (0, 0, 0), SM, 0.0, 20)
    f.motor(b, (0, 3.86, 0), 0.13, 0.46, "y", A)
    stirrer = m.node("agitator", (0, 3.5, 0), rotate("y"))
    # What turns is seen at the coupling between gearbox and lid, open on all sides.
    stirrer.rod("y", (0, 3.53, 0), 0.125, 0.07, SK, 0.004, 20)
    for k in range(4):
        stirrer.box((0.115, 0.15), (3.5, 3.56), (-0.02, 0.02), "tint_yellow", 0.0, ("y", 90 * k, (0, 0, 0)))
    # Ladder with its cage up to the top.
    for s in (-1, 1):
        b.box((-r - 0.22, -r - 0.18), (0.05, 4.0), (s * 0.22 - 0.02, s * 0.22 + 0.02), SM, 0.0)
    for k in range(12):
        b.rod("z", (-r - 0.2, 0.35 + k * 0.28, 0), 0.014, 0.44, SM, 0.0, 6)
    for y in (1.2, 2.9):
        for s in (-1, 1):
            b.box((-r - 0.2, -r + 0.06), (y - 0.02, y + 0.02), (s * 0.22 - 0.015, s * 0.22 + 0.015), SM, 0.0)


@model("cip-skid", "Cleaning-in-place skid: lye, acid and water tanks, pump and heat exchanger")
def cip_skid(m):
    b = m.body
    m.ports = {"out": [2.0, 0.6, 0.7], "in": [2.0, 0.9, 0.7]}
    b.box((-2.0, 2.0), (0.0, 0.1), (-1.0, 1.0), SM, 0.008, keep=True)
    b.box((-1.94, 1.94), (0.1, 0.112), (-0.94, 0.94), SK, 0.0)
    for x, tint in ((-1.4, "tint_accent"), (-0.3, "tint_copper"), (0.8, "tint_label")):
        at, r = (x, -0.42), 0.5
        dished(b, at, r, 0.45, 2.55, segments=24)
        for k in range(3):
            a = math.radians(90 + 120 * k)
            b.rod("y", (x + 0.42 * math.cos(a), 0.4, at[1] + 0.42 * math.sin(a)), 0.035, 0.66, S, 0.0, 10)
        band(b, at, r, 2.2)
        # The colour of the medium, as pipes are marked.
        b.box((x - 0.13, x + 0.13), (1.45, 1.75), (at[1] + r - 0.03, at[1] + r + 0.012), tint, 0.004)
        b.rod("y", (x, 2.53, at[1]), 0.17, 0.08, SM, 0.006, 18)
        b.tube([(x, 0.5, at[1]), (x, 0.32, at[1]), (x, 0.32, 0.42)], 0.035, S, 0.08, 8)
        valve(b, (x, 0.32, 0.3), "z", 0.042)
        b.tube([(x + 0.25, 2.4, at[1]), (x + 0.25, 2.75, at[1]), (x + 0.25, 2.75, 0.28)], 0.025, S, 0.08, 8)
    for y, z, r in ((0.32, 0.45, 0.045), (2.75, 0.28, 0.035)):
        b.rod("x", (0.1, y, z), r, 3.6, S, 0.0, 12)
    # Plate heat exchanger, dosing pump and supply pump in front.
    for x in (-1.7, -0.95):
        b.box((x - 0.025, x + 0.025), (0.12, 1.15), (0.45, 0.95), A, 0.008)
    for k in range(11):
        x = -1.63 + k * 0.06
        b.box((x - 0.022, x + 0.022), (0.2, 1.08), (0.5, 0.9), S if k % 2 else SM, 0.0)
    for y in (0.2, 1.06):
        b.rod("x", (-1.3, y, 0.7), 0.02, 1.0, SK, 0.0, 8)
    b.rod("x", (0.35, 0.42, 0.7), 0.17, 0.1, S, 0.01, 22)
    f.motor(b, (-0.05, 0.42, 0.7), 0.14, 0.5, "x", A, 4)
    b.box((-0.3, 0.4), (0.1, 0.26), (0.58, 0.82), SK, 0.008)
    b.tube([(0.45, 0.42, 0.7), (1.2, 0.42, 0.7), (1.2, 0.6, 0.7), (2.0, 0.6, 0.7)], 0.04, S, 0.08, 8)
    b.rod("x", (1.45, 0.9, 0.7), 0.04, 1.1, S, 0.0, 10)
    valve(b, (1.65, 0.6, 0.7), "x", 0.042)
    valve(b, (1.75, 0.9, 0.7), "x", 0.042)
    pump = m.node("pump", (0.27, 0.42, 0.7), rotate("x"))
    pump.rod("x", (0.265, 0.42, 0.7), 0.05, 0.08, SM, 0.002, 12)
    for k in range(3):
        pump.box((0.235, 0.295), (0.465, 0.485), (0.685, 0.715), "tint_yellow", 0.0, ("x", 120 * k, (0, 0.42, 0.7)))
    b.box((1.45, 1.95), (0.1, 1.95), (-0.9, -0.35), S, 0.016, keep=True)
    f.screen(b, (1.7, 1.5, -0.33), (0.4, 0.42), 0)
    f.louvre(b, (1.52, 1.88), (0.3, 0.6), -0.35, 1, 4, SK)
    b.rod("y", (1.7, 1.97, -0.62), 0.06, 0.04, SD, 0.004, 14)
    m.lamp_spot = (1.7, 1.99, -0.62)


@model("carbonator", "Mixer and carbonator: deaeration, blending and carbon-dioxide saturation")
def carbonator(m):
    b = m.body
    m.ports = {"in": [-1.5, 0.5, 0.6], "out": [1.5, 0.5, 0.6]}
    for z in (-0.75, 0.75):
        b.box((-1.5, 1.5), (0.06, 0.16), (z - 0.05, z + 0.05), SM, 0.006, keep=True)
    for x in (-1.4, 0.0, 1.4):
        b.box((x - 0.05, x + 0.05), (0.06, 0.15), (-0.75, 0.75), SM, 0.006)
        for z in (-0.75, 0.75):
            b.rod("y", (x, 0.03, z), 0.06, 0.06, "plastic_dark", 0.0, 12)
    # Deaeration column and saturation vessel lying above it all.
    dished(b, (-1.1, -0.35), 0.32, 0.55, 2.9, segments=24)
    for y in (1.0, 2.5):
        band(b, (-1.1, -0.35), 0.32, y)
    b.rod("y", (-1.1, 0.4, -0.35), 0.26, 0.5, SM, 0.0, 20)
    ends = [(math.sin(math.radians(a)), math.cos(math.radians(a))) for a in (30, 60, 90)]
    lying = [(0.0, -0.55)] + [(0.42 * s, -0.55 + 0.16 * (1 - c)) for s, c in ends]
    lying += [(0.42 * s, 1.4 - 0.16 * (1 - c)) for s, c in reversed(ends)] + [(0.0, 1.4)]
    b.lathe(lying, "x", (0.0, 1.75, -0.3), S, 0.0, 28, keep=True)
    for x in (-0.25, 1.1):
        b.box((x - 0.04, x + 0.04), (0.15, 1.5), (-0.62, 0.02), SM, 0.006)
    b.rod("y", (0.4, 2.25, -0.3), 0.07, 0.26, SM, 0.0, 14)
    b.rod("y", (0.4, 2.4, -0.3), 0.13, 0.04, S, 0.006, 18)
    b.rod("z", (0.9, 1.75, 0.13), 0.09, 0.03, "glass", 0.004, 18)
    b.ring("z", (0.9, 1.75, 0.135), 0.12, 0.09, 0.04, SM, 0.0, 18)
    # Pipes, valves and two pumps in front.
    b.rod("x", (0.0, 0.5, 0.6), 0.05, 3.0, S, 0.0, 12)
    for x in (-0.9, 0.05, 0.95):
        b.tube([(x, 0.5, 0.6), (x, 0.95, 0.6), (x, 0.95, 0.1), (x, 1.35, -0.15)], 0.035, S, 0.1, 8)
        valve(b, (x - 0.2, 0.5, 0.6), "x", 0.042)
    for x in (-0.55, 0.55):
        b.rod("x", (x + 0.16, 0.34, 0.28), 0.14, 0.09, S, 0.008, 20)
        f.motor(b, (x - 0.12, 0.34, 0.28), 0.11, 0.36, "x", A, 4)
        b.box((x - 0.3, x + 0.1), (0.15, 0.23), (0.2, 0.36), SK, 0.004)
    b.box((1.05, 1.5), (0.15, 1.25), (-0.72, -0.2), S, 0.014)
    f.screen(b, (1.28, 1.5, 0.42), (0.36, 0.42), 6)
    b.rod("y", (1.28, 0.75, 0.42), 0.03, 1.2, S, 0.0, 12)
    b.box((-0.08, 0.12), (2.16, 2.2), (-0.4, -0.2), SM, 0.004)
    m.lamp_spot = (0.02, 2.2, -0.3)
