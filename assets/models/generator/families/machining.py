"""Machine tools: enclosures with a sliding door, a dark window, a control panel and what turns inside."""

import math

import fittings as f
from families.catalogue import model
from fittings import SD, ST, A, D, L, M
from model import rotate, slide


def chuck(n, x, y, z, radius):
    """A three-jaw chuck on a spindle nose, facing +X."""
    n.rod("x", (x, y, z), radius * 0.75, 0.08, SD, 0.008)
    n.rod("x", (x + 0.08, y, z), radius, 0.1, ST, 0.012, keep=True)
    for k in range(3):
        turn = ("x", 120 * k, (x, y, z))
        n.box((x + 0.12, x + 0.17), (y + radius * 0.3, y + radius * 0.92), (z - 0.03, z + 0.03), SD, 0.006, turn)
        n.box((x + 0.16, x + 0.2), (y + radius * 0.3, y + radius * 0.6), (z - 0.03, z + 0.03), SD, 0.006, turn)


def chip_conveyor(n, x, z, y_low=0.16, y_high=1.02, reach=0.5):
    """A chip conveyor leaving a machine at ``x``, rising towards +X, with its discharge head."""
    z0, z1 = z
    zc = (z0 + z1) / 2
    side = [(x - 0.2, 0.06), (x + 0.06, 0.06), (x + reach * 0.62, y_high - 0.3), (x + reach, y_high - 0.22),
            (x + reach, y_high), (x + reach * 0.42, y_high), (x - 0.06, y_low + 0.2), (x - 0.2, y_low + 0.2)]
    n.prism(side, z, "z", M, 0.012)
    n.box((x + reach * 0.62, x + reach + 0.004), (y_high - 0.27, y_high - 0.2), (z0 + 0.03, z1 - 0.03), D, 0.006)
    f.motor(n, (x + reach * 0.7, y_high - 0.1, z1 + 0.1), 0.06, 0.2, "z", A)
    n.box((x + reach * 0.3, x + reach * 0.42), (0, 0.5), (zc - 0.15, zc + 0.15), D, 0.008)


def chip_bin(n, x, z, height=0.5):
    """A tipping bin on castors."""
    x0, x1 = x
    n.prism([(x0 + 0.06, 0.12), (x1 - 0.06, 0.12), (x1, height), (x0, height)], z, "z", A, 0.01)
    n.box((x0 + 0.02, x1 - 0.02), (height - 0.01, height + 0.004), (z[0] + 0.03, z[1] - 0.03), SD, 0.0)
    for px in (x0 + 0.12, x1 - 0.12):
        for pz in (z[0] + 0.08, z[1] - 0.08):
            n.rod("z", (px, 0.06, pz), 0.06, 0.04, "rubber", 0.008, 12)


def lining(n, x, y, z):
    """Dark sheet on both inner walls of a work area, so that what moves in it stands out."""
    n.box((x[0] - 0.004, x[0] + 0.004), y, z, D, 0.0)
    n.box((x[1] - 0.004, x[1] + 0.004), y, z, D, 0.0)


@model("cnc-lathe", "CNC turning centre with chip conveyor")
def cnc_lathe(m):
    b = m.body
    x0, x1, back, front, top = -1.6, 1.1, -0.92, 0.66, 1.92
    left, right = -0.62, 0.5  # the opening
    b.box((x0 + 0.06, x1 - 0.06), (0.05, 0.22), (back + 0.06, front - 0.04), D, 0.01)
    f.feet(b, (x0 + 0.15, x1 - 0.15), (back + 0.15, front - 0.12), 0.07)
    shell = [(back, 0.2), (front, 0.2), (front, 1.6), (front - 0.24, top), (back, top)]
    b.prism(shell, (x0, left), "x", L, 0.022)
    b.prism(shell, (right, x1), "x", L, 0.022)
    b.prism([(back, 0.2), (front - 0.05, 0.2), (front - 0.05, 0.78), (front - 0.2, 0.84), (back, 0.84)], (left, right), "x", L, 0.012)
    b.prism([(back, 1.54), (front - 0.02, 1.54), (front - 0.02, 1.6), (front - 0.25, top - 0.01), (back, top - 0.01)], (left, right), "x", L, 0.012)
    b.box((left, right), (0.8, 1.65), (back, -0.42), D, 0.0)
    lining(b, (left, right), (0.84, 1.56), (-0.45, front - 0.06))
    b.box((left - 0.02, right + 0.02), (0.7, 0.9), (-0.45, 0.5), SD, 0.0, turn=("x", 14, (0, 0.8, 0)))
    # Headstock side: accent field, electrical cabinet door at the back is on the left end.
    b.box((x0 + 0.12, left - 0.16), (0.62, 1.42), (front - 0.004, front + 0.014), A, 0.008)
    b.box((x0 + 0.12, left - 0.16), (0.28, 0.56), (front - 0.004, front + 0.012), M, 0.006)
    f.louvre(b, (x0 + 0.2, left - 0.24), (0.32, 0.52), front + 0.01, 1, 5)
    b.box((x0 - 0.02, x0 + 0.005), (0.4, 1.75), (back + 0.12, front - 0.3), M, 0.01)
    f.louvre_x(b, x0 - 0.018, (1.35, 1.65), (back + 0.25, front - 0.45), -1, 6)
    # Roof: mist extractor, cable duct, and a flat plate where the stack light stands.
    b.box((-1.35, -0.95), (top - 0.02, top + 0.16), (-0.75, -0.25), M, 0.02)
    b.rod("y", (-1.15, top + 0.16, -0.5), 0.13, 0.06, D, 0.01)
    b.box((0.68, 0.86), (top - 0.01, top + 0.02), (0.0, 0.18), M, 0.006)
    m.lamp_spot = (0.77, top + 0.02, 0.09)
    # Guide rails the door runs on.
    b.box((left - 0.05, x1 - 0.04), (0.83, 0.86), (front - 0.06, front + 0.02), SD, 0.004)
    b.box((left - 0.05, x1 - 0.04), (1.5, 1.53), (front - 0.06, front + 0.02), SD, 0.004)
    f.panel_on_arm(b, (x1 - 0.16, 1.86, front - 0.22), (0.05, 0.3), 1.42, (0.36, 0.46), -20)
    chip_conveyor(b, x1, (-0.6, -0.12), reach=0.5)
    chip_bin(b, (x1 + 0.03, x1 + 0.5), (-0.02, 0.52), 0.46)

    spindle = m.node("spindle", (left, 1.2, 0.08), rotate("x"))
    chuck(spindle, left + 0.03, 1.2, 0.08, 0.15)
    b.rod("x", (left, 1.2, 0.08), 0.19, 0.08, D, 0.01)
    turret = m.node("turret", (0.16, 1.3, -0.1), rotate("x"))
    turret.rod("x", (0.16, 1.3, -0.1), 0.19, 0.14, M, 0.012, 12)
    for k in range(12):
        turn = ("x", 30 * k, (0.16, 1.3, -0.1))
        turret.box((0.08, 0.18), (1.3 + 0.17, 1.3 + 0.25), (-0.125, -0.075), SD if k % 2 else ST, 0.004, turn)
    b.box((0.22, right + 0.02), (1.06, 1.55), (-0.45, 0.04), M, 0.012)
    b.rod("x", (0.24, 1.3, -0.1), 0.15, 0.06, SD, 0.01)

    door = m.node("door", (0, 1.2, front), slide("x", 0.0, 0.62))
    f.window_door(door, (left - 0.06, right + 0.06), (0.62, 1.56), front - 0.01, 0.1, L, (0.92, 1.46), 0.05)
    f.handle(door, (left + 0.0, 1.15, front + 0.04), 0.34)
    m.slot((left + 0.2, 1.2, 0.08), "spindle")


@model("cnc-mill", "CNC vertical machining centre")
def cnc_mill(m):
    b = m.body
    x0, x1, back, front, top = -1.3, 1.3, -1.0, 0.86, 2.1
    left, right = -0.6, 0.6
    b.box((x0 + 0.08, x1 - 0.08), (0.05, 0.2), (back + 0.05, front - 0.06), D, 0.01)
    f.feet(b, (x0 + 0.18, x1 - 0.18), (back + 0.15, front - 0.15), 0.07)
    side = [(back + 0.3, 0.18), (front, 0.18), (front, top - 0.2), (front - 0.14, top), (back + 0.3, top)]
    b.prism(side, (x0, left), "x", L, 0.022)
    b.prism(side, (right, x1), "x", L, 0.022)
    b.box((left - 0.01, right + 0.01), (0.18, 0.86), (back + 0.3, front - 0.06), L, 0.01)
    lintel = [(0.1, 1.9), (front - 0.02, 1.9), (front - 0.02, top - 0.2), (front - 0.15, top - 0.02), (0.1, top - 0.02)]
    b.prism(lintel, (left - 0.01, right + 0.01), "x", L, 0.012)
    b.box((left, right), (1.94, top - 0.03), (back + 0.32, 0.12), L, 0.0)
    b.box((left, right), (0.8, top - 0.05), (back + 0.3, -0.42), D, 0.0)
    lining(b, (left, right), (0.86, 1.93), (-0.45, front - 0.06))
    b.box((left, right), (0.84, 0.92), (-0.45, 0.74), SD, 0.0)
    # Column and spindle-head cover that stand above the enclosure: the mill's silhouette.
    b.prism([(-0.42, 0.2), (0.42, 0.2), (0.42, 2.45), (0.3, 2.56), (-0.3, 2.56), (-0.42, 2.45)], (back - 0.02, back + 0.42), "z", M, 0.02)
    b.box((-0.27, 0.27), (1.75, 2.5), (back + 0.4, 0.1), L, 0.03)
    b.rod("y", (0, 2.5, -0.14), 0.15, 0.18, D, 0.02)
    # Tool magazine drum on the left flank.
    b.rod("x", (-0.47, 2.06, -0.36), 0.33, 0.2, A, 0.02, 28)
    b.rod("x", (-0.6, 2.06, -0.36), 0.12, 0.1, D, 0.01)
    # Electrical cabinet behind, coolant tank and chip drawer below.
    b.box((0.5, 1.2), (0.3, 1.95), (back - 0.14, back + 0.32), L, 0.015)
    f.louvre(b, (0.6, 1.1), (0.5, 0.9), back - 0.14, -1, 7)
    b.box((x0 + 0.1, left - 0.12), (0.7, 1.75), (front - 0.004, front + 0.014), A, 0.008)
    f.louvre(b, (x0 + 0.18, left - 0.2), (0.32, 0.56), front, 1, 5)
    b.box((right + 0.14, x1 - 0.1), (0.28, 0.9), (front - 0.004, front + 0.014), M, 0.006)
    b.box((left + 0.05, right - 0.05), (0.24, 0.4), (front - 0.1, front + 0.1), M, 0.01)
    f.handle(b, (0, 0.32, front + 0.09), 0.3, "x", 0.04)
    # Windows in the flanks.
    for s, xf in ((-1, x0), (1, x1)):
        b.box(sorted((xf, xf + s * 0.012)), (1.1, 1.7), (-0.1, 0.6), "glass", 0.0)
        b.box(sorted((xf - s * 0.002, xf + s * 0.02)), (1.04, 1.1), (-0.16, 0.66), D, 0.004)
        b.box(sorted((xf - s * 0.002, xf + s * 0.02)), (1.7, 1.76), (-0.16, 0.66), D, 0.004)
    b.box((-1.12, -0.94), (top - 0.01, top + 0.02), (0.3, 0.48), M, 0.006)
    m.lamp_spot = (-1.03, top + 0.02, 0.39)
    b.box((left - 0.06, x1 - 0.05), (0.86, 0.89), (front - 0.04, front + 0.025), SD, 0.004)
    b.box((left - 0.06, x1 - 0.05), (1.88, 1.91), (front - 0.04, front + 0.025), SD, 0.004)
    f.panel_on_arm(b, (x1 - 0.2, 2.02, front - 0.2), (0.06, 0.42), 1.5, (0.44, 0.54), -20)

    spindle = m.node("spindle", (0, 1.6, 0.1), rotate("y"))
    spindle.lathe([(0, 1.32), (0.045, 1.34), (0.075, 1.46), (0.075, 1.56), (0.11, 1.6), (0.11, 1.8), (0, 1.8)], "y", (0, 0, 0.1), ST, 0.006, 16)
    spindle.rod("y", (0, 1.25, 0.1), 0.018, 0.2, SD, 0.003, 8)
    spindle.box((-0.085, 0.085), (1.62, 1.66), (0.08, 0.12), SD, 0.003)
    b.rod("y", (0, 1.8, 0.1), 0.16, 0.24, M, 0.015)
    table = m.node("table", (0, 0.9, 0.1), slide("x", -0.25, 0.25))
    table.box((-0.45, 0.45), (0.98, 1.06), (-0.15, 0.4), ST, 0.008)
    for z in (-0.04, 0.125, 0.29):
        table.box((-0.45, 0.45), (1.055, 1.063), (z - 0.012, z + 0.012), SD, 0.0)
    table.box((-0.3, 0.3), (0.92, 0.99), (-0.1, 0.34), SD, 0.006)
    table.box((-0.16, -0.08), (1.06, 1.16), (0.02, 0.22), SD, 0.008)
    table.box((0.08, 0.16), (1.06, 1.16), (0.02, 0.22), SD, 0.008)

    door = m.node("door", (0, 1.35, front), slide("x", 0.0, 0.68))
    f.window_door(door, (left - 0.06, right + 0.06), (0.66, 1.94), front - 0.005, 0.12, L, (1.02, 1.8), 0.05)
    f.handle(door, (left + 0.02, 1.25, front + 0.045), 0.42)
    m.slot((0, 1.06, 0.12), "table")


@model("grinder", "Cylindrical grinding machine")
def grinder(m):
    b = m.body
    x0, x1, back, front = -1.3, 1.3, -1.0, 0.72
    left, right = -0.72, 0.58
    f.feet(b, (x0 + 0.2, x1 - 0.2), (back + 0.2, front - 0.15), 0.08)
    b.prism([(back + 0.05, 0.06), (front - 0.1, 0.06), (front - 0.02, 0.5), (front - 0.02, 0.78), (back + 0.05, 0.78)], (x0 + 0.02, x1 - 0.02), "x", M, 0.02)
    # A rounded hood is what tells a grinder from a lathe.
    hood = [(back, 0.74), (front, 0.74), (front, 1.32)] + [
        (front - 0.5 + 0.5 * math.cos(math.radians(a)), 1.32 + 0.5 * math.sin(math.radians(a))) for a in (22.5, 45, 67.5)
    ] + [(front - 0.5, 1.82), (back, 1.82)]
    b.prism(hood, (x0, left), "x", L, 0.02)
    b.prism(hood, (right, x1), "x", L, 0.02)
    b.prism([(back, 1.68), (0.44, 1.68), (0.41, 1.765), (0.3, 1.808), (back, 1.81)], (left - 0.01, right + 0.01), "x", L, 0.0)
    b.box((left, right), (0.76, 1.7), (back, -0.5), D, 0.0)
    lining(b, (left, right), (0.76, 1.7), (-0.52, front - 0.1))
    b.box((x0 + 0.3, x0 + 0.9), (1.78, 1.98), (back + 0.15, back + 0.75), M, 0.03)
    f.louvre(b, (x0 + 0.36, x0 + 0.84), (1.83, 1.93), back + 0.75, 1, 3)
    b.box((x0 + 0.1, left - 0.1), (0.86, 1.28), (front - 0.004, front + 0.014), A, 0.008)
    f.screen(b, (right + 0.36, 1.22, front + 0.05), (0.42, 0.5), 6)
    b.box((right + 0.3, right + 0.42), (0.95, 1.4), (front - 0.01, front + 0.03), D, 0.008)
    b.box((x0 + 0.25, x0 + 0.8), (0.2, 0.62), (front - 0.06, front + 0.012), D, 0.01)
    f.louvre(b, (x0 + 0.32, x0 + 0.73), (0.26, 0.56), front + 0.01, 1, 6, M)
    b.box((0.3, 1.1), (0.16, 0.6), (front - 0.06, front + 0.005), L, 0.01)
    b.box((0.9, 1.08), (1.81, 1.84), (-0.3, -0.12), M, 0.006)
    m.lamp_spot = (0.99, 1.84, -0.21)
    # Bed, work head and tailstock.
    b.box((left + 0.02, right - 0.02), (0.76, 0.92), (0.0, 0.44), SD, 0.01)
    b.box((left, left + 0.26), (0.9, 1.3), (0.05, 0.42), M, 0.02)
    b.rod("x", (left + 0.3, 1.15, 0.22), 0.07, 0.12, ST, 0.01)
    b.box((right - 0.26, right - 0.02), (0.9, 1.26), (0.08, 0.38), M, 0.02)
    b.lathe([(0.0, -0.16), (0.012, -0.15), (0.045, -0.06), (0.045, 0.06), (0, 0.06)], "x", (right - 0.3, 1.15, 0.22), ST, 0.004, 12)
    wheel = m.node("wheel", (0.0, 1.18, -0.2), rotate("x"))
    wheel.ring("x", (0.0, 1.18, -0.2), 0.3, 0.1, 0.09, "paint_mid", 0.006, 32)
    wheel.rod("x", (0.0, 1.18, -0.2), 0.11, 0.12, SD, 0.01)
    for k in range(6):
        wheel.box((0.05, 0.066), (1.245, 1.275), (-0.213, -0.187), ST, 0.003, ("x", 60 * k, (0, 1.18, -0.2)))
    b.prism([(-0.56, 0.9), (-0.3, 0.9), (-0.2, 1.1), (-0.2, 1.54), (-0.56, 1.54)], (0.06, 0.26), "x", L, 0.02)
    b.prism([(-0.56, 0.86), (0.0, 0.86), (-0.12, 0.98), (-0.56, 0.98)], (-0.3, 0.3), "x", M, 0.01)
    b.box((-0.09, 0.09), (1.45, 1.58), (-0.55, -0.02), A, 0.02)
    door = m.node("door", (0, 1.2, front), slide("x", 0.0, 0.66))
    x = (left - 0.05, right + 0.05)
    f.window_door(door, x, (0.76, 1.34), front - 0.005, 0.1, L, (0.9, 1.335), 0.045)
    c = (0, 1.34, front + 0.02)
    door.box(x, (1.335, 1.8), (front - 0.02, front + 0.025), L, 0.012, ("x", -38, c))
    door.box((x[0] + 0.1, x[1] - 0.1), (1.39, 1.68), (front + 0.02, front + 0.03), "glass", 0.0, ("x", -38, c))
    f.handle(door, (left + 0.02, 1.08, front + 0.04), 0.3)
    m.slot((-0.06, 1.15, 0.22))


@model("gear-hobber", "CNC gear hobbing machine")
def gear_hobber(m):
    b = m.body
    x0, x1, back, front = -1.3, 1.3, -1.0, 0.8
    f.feet(b, (x0 + 0.2, x1 - 0.2), (back + 0.2, front - 0.2), 0.08)
    b.box((x0, x1), (0.06, 0.72), (back + 0.1, front), M, 0.02)
    left, right, top = -0.5, 0.75, 2.0
    # Tall hob column on the left, counter column on the right, work area between them.
    b.prism([(back + 0.1, 0.7), (front - 0.02, 0.7), (front - 0.02, 2.1), (front - 0.3, 2.5), (back + 0.1, 2.5)], (x0, left), "x", L, 0.025)
    b.prism([(back + 0.1, 0.7), (front - 0.02, 0.7), (front - 0.02, 1.8), (front - 0.2, 2.05), (back + 0.1, 2.05)], (right, x1), "x", L, 0.025)
    b.box((left - 0.01, right + 0.01), (0.7, top), (back + 0.1, -0.4), D, 0.0)
    lining(b, (left, right), (0.7, 1.9), (-0.42, front - 0.06))
    b.box((left - 0.01, right + 0.01), (1.88, 2.04), (back + 0.1, front - 0.05), L, 0.012)
    b.box((x0 + 0.14, left - 0.14), (1.0, 1.95), (front - 0.024, front - 0.004), A, 0.008)
    b.rod("y", (-0.9, 2.55, -0.3), 0.16, 0.2, D, 0.02)
    b.box((-1.15, -0.65), (2.48, 2.52), (-0.62, 0.02), M, 0.01)
    b.box((0.95, 1.13), (2.04, 2.07), (0.0, 0.18), M, 0.006)
    m.lamp_spot = (1.04, 2.07, 0.09)
    f.louvre(b, (x0 + 0.2, left - 0.1), (0.25, 0.55), front, 1, 6)
    b.box((0.0, 1.0), (0.2, 0.6), (front - 0.004, front + 0.012), L, 0.008)
    f.screen(b, (1.03, 1.4, front + 0.03), (0.44, 0.56), 6)
    # Hob slide and head.
    b.box((left - 0.02, left + 0.1), (0.95, 1.85), (-0.36, 0.2), SD, 0.01)
    b.box((left + 0.08, left + 0.34), (1.2, 1.62), (-0.3, 0.14), M, 0.02)
    hob = m.node("hob", (-0.06, 1.4, -0.05), rotate("z"))
    c = (-0.06, 1.4, -0.05)
    hob.rod("z", c, 0.09, 0.2, SD, 0.01, 18)
    for k in range(8):
        for s in range(4):
            hob.slab((-0.06, 1.4 + 0.1, -0.125 + 0.05 * s + k * 0.006), (0.04, 0.035, 0.026), ST, 0.0, ("z", 45 * k, c))
    hob.rod("z", c, 0.035, 0.34, ST, 0.006, 12)
    b.box((-0.14, 0.02), (1.32, 1.48), (-0.34, -0.22), M, 0.015)
    b.box((-0.14, 0.02), (1.32, 1.48), (0.12, 0.2), M, 0.015)
    table = m.node("table", (0.28, 0.72, 0.1), rotate("y"))
    table.rod("y", (0.28, 0.86, 0.1), 0.3, 0.12, ST, 0.012, 28)
    for k in range(8):
        table.box((0.28 + 0.1, 0.28 + 0.29), (0.915, 0.925), (0.088, 0.112), SD, 0.0, ("y", 45 * k, (0.28, 0, 0.1)))
    table.rod("y", (0.28, 1.05, 0.1), 0.06, 0.3, SD, 0.01, 16)
    b.rod("y", (0.28, 0.76, 0.1), 0.34, 0.1, SD, 0.012, 28)
    b.box((0.18, right + 0.02), (1.62, 1.78), (-0.02, 0.22), M, 0.015)
    b.lathe([(0, -0.2), (0.02, -0.18), (0.05, -0.06), (0.05, 0.06), (0, 0.06)], "y", (0.28, 1.62, 0.1), ST, 0.004, 12)
    door = m.node("door", (0, 1.3, front), slide("x", 0.0, 0.5))
    f.window_door(door, (left - 0.04, right + 0.04), (0.66, 1.92), front - 0.03, 0.11, L, (1.0, 1.78), 0.05)
    f.handle(door, (left + 0.03, 1.3, front + 0.02), 0.4)
    m.slot((0.28, 1.2, 0.1), "table")
