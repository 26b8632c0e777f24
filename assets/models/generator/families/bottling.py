"""Machines of a bottling line.

Rotary machines take bottles from the lane with an infeed star, carry them once around the back, and put
them on the lane again. The lane runs along +X on the operator's side; bottles stand at its height.
"""

import math

import fittings as f
from families.bottles import LANE, S, SK, SM, glass_pallet, lane, lane_legs, pallet_bed, sheet, slats
from families.catalogue import model
from fittings import SD, A, D, L
from model import FAR, arc_points, rotate, slide, wrap

GLASS = "glass"


def cabinet(b, x, z, top=0.92, bottom=0.14, material=S, bevel=0.014):
    """A machine's closed base on feet, with doors towards the operator."""
    for px in (x[0] + 0.15, x[1] - 0.15):
        for pz in (z[0] + 0.15, z[1] - 0.15):
            b.rod("y", (px, 0.01, pz), 0.055, 0.02, "plastic_dark", 0.0, 10)
            b.rod("y", (px, bottom / 2 + 0.01, pz), 0.025, bottom, SK, 0.0, 8)
    b.box(x, (bottom, top), z, material, bevel, keep=True)
    width = x[1] - x[0]
    doors = max(1, round(width / 1.25))
    for k in range(doors):
        x0 = x[0] + 0.05 + k * (width - 0.1) / doors
        x1 = x[0] + 0.05 + (k + 1) * (width - 0.1) / doors - 0.02
        b.box((x0, x1), (bottom + 0.06, top - 0.1), (z[1] - 0.005, z[1] + 0.012), SM, 0.005)
        b.box((x1 - 0.07, x1 - 0.045), (0.5, 0.64), (z[1] + 0.01, z[1] + 0.03), SK, 0.004)


def cage(b, x, z, y, doors=2, size=0.05):
    """Guarding as posts and rails without panes: what turns behind it can be seen."""
    for px in x:
        for pz in z:
            b.box((px - size / 2, px + size / 2), y, (pz - size / 2, pz + size / 2), S, 0.006, keep=True)
    for pz in z:
        b.box(x, (y[1] - size, y[1]), (pz - size / 2, pz + size / 2), S, 0.0)
    for px in x:
        b.box((px - size / 2, px + size / 2), (y[1] - size, y[1]), z, S, 0.0)
    step = (x[1] - x[0]) / doors
    for k in range(1, doors):
        px = x[0] + k * step
        for pz in z:
            b.box((px - size / 2, px + size / 2), y, (pz - size / 2, pz + size / 2), S, 0.0)


def star(m, name, centre, radius, pockets, same_as=None):
    """A star wheel of two plates with pockets for bottles; it turns with the flow, about +Y."""
    x, z = centre
    n = m.node(name, (x, LANE, z), rotate("y"), same_as)
    if same_as:
        return
    if m.level == FAR:
        n.rod("y", (x, LANE + 0.1, z), radius, 0.1, "plastic_dark", 0.0, 8, keep=True)
        return
    step, r = 360 / pockets, radius + 0.022
    outline = []
    for k in range(pockets):
        at = k * step
        lip = step / 2 - math.degrees(0.046 / radius)
        outline += [(r, at - step / 2 - lip), (r, at - step / 2 + lip)]
        outline += [(radius - 0.038, at - step * 0.13), (radius - 0.038, at + step * 0.13)]
    profile = [(x + q * math.cos(math.radians(a)), z + q * math.sin(math.radians(a))) for q, a in outline]
    for y in (LANE + 0.05, LANE + 0.14):
        n.prism(profile, (y, y + 0.014), "y", "plastic_dark", 0.0)
    n.rod("y", (x, LANE + 0.07, z), 0.05, 0.26, S, 0.006, 16)
    n.rod("y", (x, LANE + 0.205, z), 0.03, 0.03, SK, 0.004, 6)


def rotary(m, radius, count, zc, lane_z, star_radius, pockets, half):
    """Carousel, stars and lane ends; the places of the bottles run from infeed to outfeed."""
    b = m.body
    star_z = lane_z - star_radius
    xs = math.sqrt((radius + star_radius) ** 2 - (star_z - zc) ** 2)
    m.ports = {"in": [-half, LANE, lane_z], "out": [half, LANE, lane_z]}
    chain = m.node("chain", (0, LANE, lane_z), wrap("x", 0.0625))
    edge = math.floor((half - xs + 0.1) / 0.0625) * 0.0625
    for s in (-1, 1):
        ends = sorted((s * half, s * (half - edge)))
        lane(b, ends, lane_z)
        slats(chain, *ends, lane_z)
        # A plate the bottles slide on under the star.
        b.rod("y", (s * xs, LANE - 0.012, star_z), star_radius + 0.07, 0.02, SM, 0.0, 24)
    star(m, "infeed_star", (-xs, star_z), star_radius, pockets)
    star(m, "outfeed_star", (xs, star_z), star_radius, pockets, "infeed_star")
    # A curved guide holds the bottles in the stars.
    for s in (-1, 1):
        arc = arc_points((s * xs, star_z), star_radius + 0.06, 20 if s > 0 else 60, 120 if s > 0 else 160, 7)
        b.tube([(x, LANE + 0.1, z) for x, z in arc], 0.012, "plastic_dark", segments=6)
    carousel = m.node("carousel", (0, LANE, zc), rotate("y"))
    carousel.ring("y", (0, LANE - 0.015, zc), radius + 0.055, radius - 0.16, 0.03, SM, 0.0, 36, keep=True)
    first = math.degrees(math.atan2(xs, star_z - zc))
    for k in range(count):
        a = math.radians(first + 360 * k / count)
        m.slot((round(-radius * math.sin(a), 4), LANE, round(zc + radius * math.cos(a), 4)), "carousel")
    return carousel, xs, star_z


def around(radius, zc, count, offset=0.0):
    """Angles in degrees and points on a circle about the carousel's axis."""
    for k in range(count):
        a = 360 * (k + offset) / count
        yield a, -radius * math.sin(math.radians(a)), zc + radius * math.cos(math.radians(a))


def stem(n, x, z, y, radius, material, segments=6):
    """A round bar whose ends are not seen; a carousel has many."""
    n.lathe([(radius, y[0]), (radius, y[1])], "y", (x, 0, z), material, 0.0, segments)


def cup(n, x, z, profile, material, segments=8):
    """A tapered tool over a bottle: its open top is hidden in what carries it."""
    n.lathe(profile, "y", (x, 0, z), material, 0.0, segments)


@model("depalletiser", "Layer depalletiser: a head sweeps layers of bottles off the pallet")
def depalletiser(m):
    b = m.body
    m.ports = {"in": [-2.4, 0.45, 0.0], "out": [2.4, LANE, 0.0]}
    pallet_bed(b, (-2.4, -0.75), 0.0)
    glass_pallet(b, -1.52, 0.0, 0.45, layers=3, top=False)
    # Portal over pallet and table.
    for x in (-2.3, 0.75):
        for s in (-1, 1):
            b.box((x - 0.07, x + 0.07), (0.0, 3.2), (s * 0.86 - 0.07, s * 0.86 + 0.07), L, 0.01, keep=True)
            b.box((x - 0.13, x + 0.13), (0, 0.025), (s * 0.86 - 0.13, s * 0.86 + 0.13), SD, 0.0)
        b.box((x - 0.06, x + 0.06), (3.06, 3.2), (-0.86, 0.86), L, 0.01)
    for s in (-1, 1):
        b.box((-2.37, 0.82), (3.2, 3.36), (s * 0.86 - 0.07, s * 0.86 + 0.07), L, 0.012, keep=True)
        b.box((-2.35, 0.8), (3.355, 3.375), (s * 0.86 - 0.02, s * 0.86 + 0.02), S, 0.0)
    # The head: a carriage on the portal, a mast, and a frame with four clamping bars.
    head = m.node("head_x", (-1.52, 3.36, 0.0), slide("x", 0.0, 1.9))
    head.box((-1.75, -1.29), (3.36, 3.5), (-0.95, 0.95), A, 0.015)
    f.motor(head, (-1.52, 3.6, 0.5), 0.1, 0.42, "z", D, 3)
    mast = head.node("head_y", (-1.52, 2.2, 0.0), slide("y", -1.0, 0.55))
    for x in (-1.62, -1.42):
        mast.box((x - 0.04, x + 0.04), (1.95, 3.1), (-0.1, 0.1), S, 0.008)
    mast.box((-2.15, -0.89), (1.83, 1.95), (-0.1, 0.1), S, 0.012, keep=True)
    for x in (-2.12, -0.92):
        mast.box((x - 0.04, x + 0.04), (1.83, 1.93), (-0.58, 0.58), S, 0.01)
        mast.box((x - 0.025, x + 0.025), (1.66, 1.83), (-0.5, 0.5), SK, 0.006)
    for s in (-1, 1):
        mast.box((-2.15, -0.89), (1.83, 1.93), sorted((s * 0.62, s * 0.54)), S, 0.01)
        mast.box((-2.05, -0.99), (1.66, 1.83), sorted((s * 0.6, s * 0.55)), SK, 0.006)
    # The discharge table with its mat chain.
    for x in (-0.55, 0.95, 2.15):
        for s in (-1, 1):
            b.box((x - 0.035, x + 0.035), (0.04, LANE - 0.1), (s * 0.5 - 0.035, s * 0.5 + 0.035), S, 0.006)
            b.rod("y", (x, 0.02, s * 0.5), 0.05, 0.04, "plastic_dark", 0.0, 10)
    b.box((-0.65, 2.4), (LANE - 0.14, LANE - 0.004), (-0.55, 0.55), SM, 0.0, keep=True)
    for s in (-1, 1):
        b.box((-0.65, 2.4), (LANE - 0.15, LANE + 0.02), sorted((s * 0.59, s * 0.55)), S, 0.0)
        b.box((-0.65, 2.4), (LANE + 0.1, LANE + 0.13), sorted((s * 0.59, s * 0.565)), S, 0.0)
        for x in (-0.6, 0.4, 1.4, 2.35):
            b.box((x - 0.015, x + 0.015), (LANE, LANE + 0.12), sorted((s * 0.595, s * 0.565)), SM, 0.0)
    belt = m.node("belt", (0, LANE, 0), wrap("x", 0.125))
    slats(belt, -0.6, 2.275, 0.0, 0.53, 0.125, keep=True)
    f.motor(b, (2.1, LANE - 0.27, 0.2), 0.09, 0.4, "z", A, 3)
    # Magazine for layer pads, and the controls.
    b.box((-0.35, 0.55), (0.1, 0.16), (-1.25, -0.62), S, 0.006, keep=True)
    b.box((-0.3, 0.5), (0.16, 0.62), (-1.2, -0.66), "wood", 0.004, keep=True)
    for x in (-0.36, 0.56):
        b.box((x - 0.02, x + 0.02), (0.0, 1.1), (-1.26, -1.2), SM, 0.004)
    f.panel_on_arm(b, (0.75, 2.1, 0.93), (0.02, 0.08), 1.45, (0.42, 0.5), -14)
    b.box((0.6, 0.78), (3.375, 3.4), (-0.97, -0.78), L, 0.004)
    m.lamp_spot = (0.69, 3.4, -0.87)
    for column in range(14):
        for row in range(12):
            m.slot((round(2.26 - column * 0.0865, 4), LANE, round((row - 5.5) * 0.0865, 4)))


@model("bottle-rinser", "Rotary rinser: grippers turn bottles over jets")
def rinser(m):
    b = m.body
    carousel, xs, star_z = rotary(m, 0.85, 36, -0.15, 1.0, 0.283, 12, 1.6)
    cabinet(b, (-1.35, 1.35), (-1.15, 0.9), 0.86)
    b.box((-1.38, 1.38), (0.86, 0.9), (-1.18, 0.93), SM, 0.006)
    b.rod("y", (0, 0.93, -0.15), 0.95, 0.06, S, 0.01, 32)
    cage(b, (-1.34, 1.34), (-1.13, 0.86), (0.9, 2.3), 2)
    for x in (-0.7, 0.7):
        b.box((x - 0.05, x + 0.05), (2.25, 2.36), (-1.15, 0.88), S, 0.008)
    b.box((-0.95, 0.95), (2.3, 2.42), (-0.6, 0.3), S, 0.02)
    b.rod("y", (0, 2.2, -0.15), 0.12, 0.3, S, 0.01)
    b.tube([(0, 2.36, -0.15), (0, 2.6, -0.15), (0, 2.6, -1.05), (0, 0.4, -1.22)], 0.04, S, 0.12, 10)
    f.panel_on_arm(b, (1.3, 2.26, 0.86), (0.1, 0.3), 1.45, (0.4, 0.48), -16)
    b.box((-1.3, -1.12), (2.3, 2.34), (0.7, 0.88), L, 0.004)
    m.lamp_spot = (-1.21, 2.34, 0.79)
    # Turning: column, gripper heads and the cam ring that turns them over.
    carousel.rod("y", (0, 1.55, -0.15), 0.16, 1.1, S, 0.01, 24)
    carousel.ring("y", (0, 1.42, -0.15), 0.72, 0.6, 0.09, S, 0.006, 36, keep=True)
    for k in range(6):
        carousel.box((-0.62, -0.1), (1.4, 1.44), (-0.18, -0.12), SM, 0.0, ("y", 60 * k, (0, 0, -0.15)))
    for a, x, z in around(0.85, -0.15, 36):
        turn = ("y", 180 - a, (x, 0, z))
        carousel.box((x - 0.03, x + 0.03), (1.24, 1.3), (z - 0.01, z + 0.15), SK, 0.0, turn)
        cup(carousel, x, z, [(0.022, 1.28), (0.016, 1.38)], "plastic_dark", 6)


@model("bottle-filler", "Rotary filler: a ring bowl with 48 filling valves")
def filler(m):
    b = m.body
    zc = -0.15
    carousel, xs, star_z = rotary(m, 1.2, 48, zc, 1.45, 0.3, 12, 2.2)
    cabinet(b, (-1.85, 1.85), (-1.5, 1.33), 0.84)
    b.box((-1.88, 1.88), (0.84, 0.88), (-1.53, 1.36), SM, 0.006)
    b.rod("y", (0, 0.93, zc), 1.3, 0.08, S, 0.0, 28)
    cage(b, (-1.84, 1.84), (-1.48, 1.31), (0.88, 2.62), 2)
    # Roof with the clean-air filters; open above the bowl so that it can be seen turning.
    for z in (-1.35, 1.18):
        b.box((-1.26, 1.26), (2.6, 2.74), (z - 0.15, z + 0.15), S, 0.015)
    for x in (-1.55, 1.55):
        b.box((x - 0.31, x + 0.31), (2.6, 2.86), (-1.5, 1.33), S, 0.02, keep=True)
        for y in (2.69, 2.76):
            s = 1 if x > 0 else -1
            sheet(b, (x + s * 0.311, y, 0.85 if s > 0 else -1.0), (0, 0, -s * 1.85), (0, 0.035, 0), SK)
    b.rod("y", (0, 2.62, zc), 0.2, 0.36, S, 0.015)
    b.box((-1.3, 1.3), (2.62, 2.72), (zc - 0.08, zc + 0.08), S, 0.01)
    b.tube([(0, 2.78, zc), (0, 3.0, zc), (0, 3.0, -1.62), (0, 0.5, -1.62)], 0.05, S, 0.16, 8)
    f.panel_on_arm(b, (1.84, 2.5, 1.31), (0.1, 0.32), 1.45, (0.5, 0.56), -18)
    b.box((-1.8, -1.6), (2.86, 2.9), (0.82, 1.02), L, 0.004)
    m.lamp_spot = (-1.7, 2.9, 0.92)
    # What turns: lifting cylinders below, the ring bowl with its valves above.
    bowl = [(1.0, 1.72), (1.34, 1.72), (1.36, 1.76), (1.36, 2.0), (1.32, 2.06), (1.02, 2.06), (0.98, 2.0), (0.98, 1.74), (1.0, 1.72)]
    carousel.lathe(bowl, "y", (0, 0, zc), S, 0.006, 32, keep=True)
    carousel.rod("y", (0, 1.7, zc), 0.2, 1.4, S, 0.01, 24)
    carousel.rod("y", (0, 2.1, zc), 0.34, 0.1, S, 0.015, 24)
    for k in range(6):
        turn = ("y", 60 * k, (0, 0, zc))
        carousel.tube([(-0.3, 2.1, zc), (-0.75, 2.16, zc), (-1.12, 2.05, zc)], 0.03, S, 0.0, 6, turn)
    for _, x, z in around(1.2, zc, 48):
        stem(carousel, x, z, (1.43, 1.74), 0.034, SM)
        cup(carousel, x, z, [(0.018, 1.31), (0.034, 1.43)], "plastic_dark", 6)


@model("bottle-capper", "Rotary capper with its cap hopper")
def capper(m):
    b = m.body
    zc = -0.1
    carousel, xs, star_z = rotary(m, 0.4, 12, zc, 0.75, 0.267, 8, 1.3)
    cabinet(b, (-0.95, 0.95), (-0.85, 0.64), 0.86)
    b.box((-0.98, 0.98), (0.86, 0.9), (-0.88, 0.67), SM, 0.006)
    b.rod("y", (0, 0.94, zc), 0.5, 0.08, S, 0.01, 28)
    cage(b, (-0.94, 0.94), (-0.83, 0.62), (0.9, 2.3), 2)
    b.box((-0.96, 0.96), (2.28, 2.36), (-0.85, 0.64), S, 0.012, keep=True)
    # The hopper with its elevator, and the chute that brings the caps down.
    b.lathe([(0.0, 2.5), (0.16, 2.5), (0.42, 2.82), (0.42, 3.12), (0.4, 3.12), (0.4, 2.84), (0.0, 2.62)], "y", (-0.3, 0, -0.3), S, 0.008, 32, keep=True)
    b.rod("y", (-0.3, 2.43, -0.3), 0.12, 0.16, SM, 0.006)
    b.lathe([(0.0, 2.98), (0.39, 2.98)], "y", (-0.3, 0, -0.3), "tint_accent", 0.0, 32)
    b.box((-0.02, 0.16), (2.36, 2.9), (-0.42, -0.18), S, 0.01)
    b.tube([(0.08, 2.82, -0.3), (0.45, 2.7, -0.3), (0.5, 2.2, -0.25), (0.36, 1.62, zc)], 0.035, SM, 0.25, 8)
    f.motor(b, (-0.75, 2.47, 0.3), 0.1, 0.34, "x", A, 3)
    f.panel_on_arm(b, (0.92, 2.26, 0.62), (0.08, 0.28), 1.45, (0.36, 0.44), -16)
    b.box((0.72, 0.9), (2.36, 2.4), (-0.78, -0.6), L, 0.004)
    m.lamp_spot = (0.81, 2.4, -0.69)
    carousel.rod("y", (0, 1.6, zc), 0.12, 1.2, S, 0.008, 24)
    carousel.lathe([(0.0, 1.88), (0.5, 1.88), (0.52, 1.92), (0.52, 2.12), (0.48, 2.18), (0.0, 2.18)], "y", (0, 0, zc), S, 0.01, 32, keep=True)
    for _, x, z in around(0.4, zc, 12):
        stem(carousel, x, z, (1.46, 1.9), 0.045, S, 12)
        cup(carousel, x, z, [(0.0, 1.34), (0.034, 1.34), (0.047, 1.4), (0.047, 1.47), (0.03, 1.48)], "plastic_dark", 10)
        carousel.rod("y", (x, 2.2, z), 0.03, 0.07, SK, 0.0, 8)


@model("bottle-labeller", "Rotary labeller with two label stations")
def labeller(m):
    b = m.body
    zc = -0.1
    carousel, xs, star_z = rotary(m, 0.8, 30, zc, 1.05, 0.267, 10, 1.7)
    cabinet(b, (-1.2, 1.2), (-1.25, 0.94), 0.86)
    b.box((-1.23, 1.23), (0.86, 0.9), (-1.28, 0.97), SM, 0.006)
    b.rod("y", (0, 0.94, zc), 0.92, 0.08, S, 0.01, 32)
    cage(b, (-1.19, 1.19), (-1.23, 0.92), (0.9, 2.1), 2)
    for x in (-1.19, 1.19):
        b.box((x - 0.03, x + 0.03), (1.3, 1.36), (-1.2, 0.9), S, 0.004)
    b.rod("y", (0, 2.05, zc), 0.14, 0.3, S, 0.012)
    b.box((-1.19, 1.19), (2.05, 2.13), (zc - 0.12, zc + 0.12), S, 0.01)
    # Label stations at both sides of the back: a roll, dancer rollers and the peel plate.
    for s, name in ((-1, "label_roll_1"), (1, "label_roll_2")):
        x, z = s * 1.5, -0.62
        b.box((x - 0.26, x + 0.26), (0.1, 0.94), (z - 0.3, z + 0.3), S, 0.014, keep=True)
        b.box((x - 0.28, x + 0.28), (0.94, 0.98), (z - 0.32, z + 0.32), SM, 0.006)
        b.rod("y", (x, 1.4, z), 0.03, 0.9, SM, 0.0, 12)
        roll = m.node(name, (x, 1.15, z), rotate("y"))
        roll.rod("y", (x, 1.0, z), 0.24, 0.02, "plastic_dark", 0.003, 24)
        roll.rod("y", (x, 1.08, z), 0.2, 0.14, L, 0.003, 28, keep=True)
        roll.rod("y", (x, 1.09, z), 0.05, 0.16, "cardboard", 0.0, 14)
        roll.box((x + 0.06, x + 0.18), (1.15, 1.154), (z - 0.012, z + 0.012), "paint_accent", 0.0)
        for k, (dx, dz) in enumerate(((-0.3, 0.22), (-0.42, 0.05), (-0.2, 0.36))):
            b.rod("y", (x + s * dx, 1.12, z + dz), 0.022, 0.3, "plastic_dark" if k == 1 else S, 0.002, 12)
        b.box(sorted((x - s * 0.5, x - s * 0.2)), (1.0, 1.2), (z + 0.14, z + 0.18), SM, 0.004)
        b.box((x - 0.2, x + 0.2), (1.6, 1.95), (z - 0.12, z + 0.12), L, 0.014)
        b.box((x - 0.14, x + 0.14), (1.7, 1.85), (z + 0.118, z + 0.128), GLASS, 0.0)
    f.panel_on_arm(b, (1.16, 2.1, 0.92), (0.1, 0.3), 1.45, (0.42, 0.5), -16)
    b.box((-1.15, -0.97), (2.1, 2.14), (0.8, 0.94), L, 0.004)
    m.lamp_spot = (-1.06, 2.14, 0.87)
    carousel.rod("y", (0, 1.5, zc), 0.14, 1.0, S, 0.008, 24)
    carousel.lathe([(0.0, 1.6), (0.86, 1.6), (0.88, 1.63), (0.88, 1.76), (0.84, 1.8), (0.0, 1.84)], "y", (0, 0, zc), S, 0.006, 30, keep=True)
    for _, x, z in around(0.8, zc, 30):
        cup(carousel, x, z, [(0.05, 1.0015), (0.0, 1.0015)], "plastic_dark")
        stem(carousel, x, z, (1.38, 1.61), 0.02, SM)
        cup(carousel, x, z, [(0.024, 1.3), (0.02, 1.4)], "plastic_dark")


@model("bottle-inspector", "Inspector over the lane, with a pusher and a table for rejects")
def inspector(m):
    b = m.body
    m.ports = {"in": [-1.0, LANE, 0.0], "out": [1.0, LANE, 0.0]}
    lane(b, (-1.0, 1.0), posts=(-0.85, 0.9))
    for x in (-0.75, 0.75):
        lane_legs(b, x)
    slats(m.node("chain", (0, LANE, 0), wrap("x", 0.0625)), -1.0, 1.0)
    # The housing bridges the lane on a column behind it.
    b.box((-0.5, 0.2), (0.12, 1.9), (-0.62, -0.2), S, 0.02, keep=True)
    f.feet(b, (-0.4, 0.1), (-0.52, -0.3), 0.13, 0.05, "plastic_dark")
    b.box((-0.56, 0.26), (1.4, 1.95), (-0.62, 0.34), S, 0.025, keep=True)
    b.box((-0.52, 0.22), (1.38, 1.42), (-0.18, 0.18), SK, 0.004)
    b.box((-0.46, 0.16), (1.5, 1.86), (0.338, 0.352), SM, 0.006)
    b.box((-0.36, 0.06), (1.58, 1.8), (0.35, 0.358), GLASS, 0.0)
    b.box((0.08, 0.14), (1.6, 1.64), (0.35, 0.365), "tint_stop", 0.004)
    # Camera and lamp at both sides of the bottles.
    b.box((-0.3, 0.0), (1.02, 1.36), (-0.22, -0.12), D, 0.01)
    b.box((-0.27, -0.03), (1.04, 1.34), (-0.125, -0.118), "lamp_white", 0.0)
    b.box((-0.28, -0.02), (1.1, 1.32), (0.14, 0.3), D, 0.012)
    b.rod("z", (-0.15, 1.2, 0.135), 0.035, 0.03, GLASS, 0.003, 16)
    for x in (-0.24, -0.06):
        b.box((x - 0.015, x + 0.015), (1.3, 1.42), (0.2, 0.24), SM, 0.0)
    b.box((-0.2, 0.0), (1.95, 1.985), (-0.46, -0.28), L, 0.004)
    m.lamp_spot = (-0.1, 1.985, -0.37)
    # Pusher behind the lane, table for rejects in front of it.
    b.box((0.48, 0.68), (LANE + 0.02, LANE + 0.16), (-0.5, -0.2), S, 0.01)
    b.box((0.5, 0.66), (0.3, LANE + 0.02), (-0.42, -0.3), SM, 0.006)
    pusher = m.node("pusher", (0.58, LANE + 0.09, -0.13), slide("z", 0.0, 0.12))
    pusher.box((0.53, 0.63), (LANE + 0.04, LANE + 0.14), (-0.15, -0.11), "plastic_dark", 0.008)
    pusher.rod("z", (0.58, LANE + 0.09, -0.28), 0.014, 0.28, S, 0.0, 10)
    b.rod("y", (0.58, LANE - 0.02, 0.42), 0.31, 0.03, SM, 0.004, 28, keep=True)
    b.ring("y", (0.58, LANE + 0.03, 0.42), 0.315, 0.305, 0.07, S, 0.002, 28)
    b.rod("y", (0.58, 0.5, 0.42), 0.05, 0.94, S, 0.006, 14)
    b.rod("y", (0.58, 0.015, 0.42), 0.22, 0.03, SK, 0.004, 24)
    # The outlet first: what stands there leaves next.
    for k in range(25):
        m.slot((round(0.96 - k * 0.08, 4), LANE, 0.0))


@model("case-packer", "Case packer: gripper heads set twelve bottles into a crate")
def packer(m):
    b = m.body
    low = 0.85
    m.ports = {"in": [-1.9, LANE, 0.7], "in_crates": [-1.9, low, -0.7], "out": [1.9, low, -0.7]}
    # Bottles come in on the operator's side and spread over four lanes.
    lane(b, (-1.9, -1.25), 0.7)
    b.box((-1.25, 0.7), (LANE - 0.12, LANE - 0.004), (0.48, 0.92), SM, 0.004, keep=True)
    for k in range(5):
        z = 0.51 + k * 0.095
        b.box((-1.2, 0.66), (LANE, LANE + 0.16), (z - 0.004, z + 0.004), S, 0.0)
    for x in (-1.6, -0.9, 0.5):
        lane_legs(b, x, 0.7, LANE - 0.11)
    # Crates run behind.
    for s in (-1, 1):
        b.box((-1.9, 1.9), (low - 0.16, low - 0.01), sorted((-0.7 + s * 0.26, -0.7 + s * 0.22)), S, 0.006, keep=True)
        b.box((-1.9, 1.9), (low + 0.08, low + 0.11), sorted((-0.7 + s * 0.25, -0.7 + s * 0.23)), SM, 0.0)
        for x in (-1.7, 0.0, 1.7):
            b.box((x - 0.03, x + 0.03), (0.0, low - 0.15), sorted((-0.7 + s * 0.27, -0.7 + s * 0.21)), S, 0.005)
    for k in range(19):
        b.rod("z", (-1.8 + k * 0.2, low - 0.032, -0.7), 0.03, 0.42, SM, 0.0, 8)
    # Portal.
    for x in (-1.1, 1.1):
        for z in (-1.15, 1.15):
            b.box((x - 0.07, x + 0.07), (0.0, 2.7), (z - 0.07, z + 0.07), S, 0.01, keep=True)
            b.box((x - 0.12, x + 0.12), (0.0, 0.025), (z - 0.12, z + 0.12), SK, 0.0)
        b.box((x - 0.08, x + 0.08), (2.62, 2.78), (-1.22, 1.22), S, 0.012, keep=True)
        b.box((x - 0.02, x + 0.02), (2.775, 2.8), (-1.15, 1.15), SM, 0.0)
    for z in (-1.15, 1.15):
        b.box((-1.1, 1.1), (2.6, 2.72), (z - 0.05, z + 0.05), S, 0.01)
        b.box((-1.1, 1.1), (1.32, 1.38), (z - 0.025, z + 0.025), S, 0.006)
        b.box((-0.02, 0.02), (1.38, 2.6), (z - 0.02, z + 0.02), S, 0.0)
    # The head: a bridge across, a column that goes up and down, and the twelve grippers.
    bridge = m.node("bridge", (0.0, 2.8, 0.7), slide("z", -1.4, 0.0))
    bridge.box((-1.18, 1.18), (2.8, 2.94), (0.58, 0.82), A, 0.014, keep=True)
    f.motor(bridge, (-0.6, 3.02, 0.7), 0.09, 0.4, "x", D, 3)
    head = bridge.node("head", (0.0, 1.9, 0.7), slide("y", -0.4, 0.3))
    for x in (-0.16, 0.16):
        head.rod("y", (x, 2.3, 0.7), 0.035, 0.95, S, 0.004, 12)
    head.box((-0.24, 0.24), (1.78, 1.88), (0.52, 0.88), S, 0.012)
    for i in range(4):
        for j in range(3):
            x, z = -0.141 + 0.094 * i, 0.7 + 0.092 * (j - 1)
            head.lathe([(0.0, 1.64), (0.02, 1.64), (0.034, 1.7), (0.034, 1.78), (0.0, 1.78)], "y", (x, 0, z), "plastic_dark", 0.0, 10)
    b.box((1.2, 1.75), (0.1, 1.9), (0.72, 1.16), S, 0.016, keep=True)
    f.feet(b, (1.3, 1.65), (0.8, 1.08), 0.11, 0.04, "plastic_dark")
    f.screen(b, (1.47, 1.5, 1.18), (0.4, 0.46), 4)
    b.box((1.0, 1.2), (2.78, 2.82), (-1.2, -1.02), L, 0.004)
    m.lamp_spot = (1.1, 2.82, -1.11)
    m.slot((0.0, low, -0.7))
    for k in range(12):
        m.slot((round(0.6 - (k // 4) * 0.09, 4), LANE, round(0.5575 + (k % 4) * 0.095, 4)))
