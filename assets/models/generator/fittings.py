"""Parts that many machines share: feet, panels on arms, handles, motors, grilles."""

import math

L, M, D, A = "paint_light", "paint_mid", "paint_dark", "paint_accent"
ST, SD = "steel_brushed", "steel_dark"


def feet(n, x, z, height=0.08, radius=0.05, material=SD):
    """Levelling feet at the corners of the ranges."""
    for px in x:
        for pz in z:
            n.lathe(
                [(0, 0), (radius, 0), (radius, 0.02), (radius * 0.4, 0.03), (radius * 0.4, height), (0, height)],
                "y", (px, 0, pz), material, bevel=0.003, segments=12,
            )


def screen(n, centre, size, tilt=0.0, yaw=0.0, material=D, depth=0.06):
    """An operator's display facing +Z, tilted back by ``tilt`` and turned by ``yaw`` degrees."""
    turn = [("x", -tilt, centre), ("y", yaw, centre)]
    x, y, z = centre
    w, h = size
    n.slab(centre, (w, h, depth), material, 0.012, turn)
    n.slab((x, y + h * 0.1, z + depth / 2), (w * 0.82, h * 0.6, 0.012), "glass", 0.004, turn)
    for k in range(4):
        n.slab((x - w * 0.3 + k * w * 0.14, y - h * 0.36, z + depth / 2 + 0.002), (w * 0.08, h * 0.08, 0.012), "tint_label", 0.003, turn)
    n.rod("z", (x + w * 0.33, y - h * 0.36, z + depth / 2 + 0.01), 0.022, 0.03, "tint_stop", 0.005, 12, turn)


def panel_on_arm(n, base, reach, height=1.45, size=(0.42, 0.5), yaw=-18):
    """A control panel hung from an arm: ``base`` on the machine, ``reach`` towards +X and +Z."""
    bx, by, bz = base
    end = (bx + reach[0], by, bz + reach[1])
    n.rod("y", (bx, by, bz), 0.06, 0.12, D, 0.01, 14)
    n.tube([base, end, (end[0], height + size[1] * 0.3, end[2])], 0.032, ST, bend=0.12, segments=10)
    screen(n, (end[0], height, end[2] + 0.03), size, 8, yaw)


def handle(n, centre, length, axis="y", out=0.05, material=ST, facing="z", radius=0.012):
    """A bar handle standing ``out`` from a surface that faces ``facing``."""
    x, y, z = centre
    h = length / 2
    along = {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1)}[axis]
    away = {"z": (0, 0, 1), "x": (1, 0, 0), "-x": (-1, 0, 0), "-z": (0, 0, -1), "y": (0, 1, 0)}[facing]
    at = lambda s, o: tuple(c + a * s + b * o for c, a, b in zip((x, y, z), along, away))
    n.tube([at(-h, -0.01), at(-h, out), at(h, out), at(h, -0.01)], radius, material, bend=0.03, segments=8)


def louvre(n, x, y, z_face, facing=1, count=6, material=D, depth=0.012):
    """A ventilation field of horizontal slats in a wall that faces +Z (or -Z)."""
    step = (y[1] - y[0]) / count
    for k in range(count):
        lo = y[0] + k * step
        zs = sorted((z_face - 0.002 * facing, z_face + depth * facing))
        n.box(x, (lo, lo + step * 0.55), zs, material, 0.003)


def louvre_x(n, x_face, y, z, facing=1, count=6, material=D, depth=0.012):
    """The same on a wall that faces +X or -X."""
    step = (y[1] - y[0]) / count
    for k in range(count):
        lo = y[0] + k * step
        xs = sorted((x_face - 0.002 * facing, x_face + depth * facing))
        n.box(xs, (lo, lo + step * 0.55), z, material, 0.003)


def motor(n, centre, radius, length, axis="x", material=A, fins=5):
    """A finned electric motor along an axis, with its fan cowl and terminal box."""
    i = "xyz".index(axis)
    n.rod(axis, centre, radius * 0.92, length, material, radius * 0.12)
    for k in range(fins):
        c = list(centre)
        c[i] += -length * 0.3 + k * length * 0.12
        n.rod(axis, c, radius, length * 0.05, material, radius * 0.04)
    c = list(centre)
    c[i] -= length * 0.44
    n.rod(axis, c, radius * 0.98, length * 0.14, D, radius * 0.1)
    c = list(centre)
    c[1 if axis != "y" else 2] += radius
    size = [radius * 0.8] * 3
    size[i] = length * 0.3
    n.slab(c, size, D, 0.006)


def fan(n, centre, radius, axis="z", blades=6, depth=0.05, material=SD, hub="paint_dark"):
    """Fan blades about an axis, for a node of their own."""
    i = "xyz".index(axis)
    n.rod(axis, centre, radius * 0.22, depth * 1.2, hub, 0.006, 14)
    u = (i + 1) % 3
    for k in range(blades):
        size, c = [0.0] * 3, list(centre)
        size[i], size[u], size[3 - i - u] = 0.008, radius * 0.76, radius * 0.34
        c[u] += radius * 0.58
        pitch = ("xyz"[u], 32, tuple(c))
        n.slab(tuple(c), tuple(size), material, 0.003, [pitch, (axis, 360 * k / blades, tuple(centre))], keep=False)


def guard(n, centre, radius, axis="z", rings=3, material=SD, spokes=4, thickness=0.008):
    """A wire guard of rings and spokes in front of a fan."""
    for k in range(rings):
        r = radius * (k + 1) / rings
        n.ring(axis, centre, r, r - thickness, thickness, material, 0.0, 20)
    i = "xyz".index(axis)
    for k in range(spokes):
        size = [thickness] * 3
        size[(i + 1) % 3] = 2 * radius
        n.slab(centre, size, material, 0.0, (axis, 180 * k / spokes, centre))


def window_door(n, x, y, z, frame=0.09, material=L, window_y=None, thick=0.05, pane=None):
    """A sliding door facing +Z with a frame and a window.

    Transparent panes would have to be sorted, so the window has none: what turns behind it can be seen.
    From far away, or where ``pane`` names a material, it is a dark pane.
    """
    z0, z1 = z, z + thick
    wy = window_y or (y[0] + (y[1] - y[0]) * 0.3, y[1] - frame)
    wx = (x[0] + frame, x[1] - frame)
    n.box(x, (y[0], wy[0]), (z0, z1), material, 0.012)
    n.box(x, (wy[1], y[1]), (z0, z1), material, 0.012)
    n.box((x[0], wx[0]), (wy[0] - 0.005, wy[1] + 0.005), (z0, z1), material, 0.012)
    n.box((wx[1], x[1]), (wy[0] - 0.005, wy[1] + 0.005), (z0, z1), material, 0.012)
    if pane or n.model.level == 1:
        n.box((wx[0] - 0.01, wx[1] + 0.01), (wy[0] - 0.01, wy[1] + 0.01), (z0 + 0.01, z1 - 0.018), pane or "glass", 0.0, keep=True)
        return
    # A rubber seal around the opening.
    seal, zs = 0.022, (z0 + 0.004, z1 - 0.012)
    n.box((wx[0] - 0.01, wx[1] + 0.01), (wy[0] - 0.01, wy[0] + seal), zs, "rubber", 0.004)
    n.box((wx[0] - 0.01, wx[1] + 0.01), (wy[1] - seal, wy[1] + 0.01), zs, "rubber", 0.004)
    n.box((wx[0] - 0.01, wx[0] + seal), (wy[0] + seal, wy[1] - seal), zs, "rubber", 0.004)
    n.box((wx[1] - seal, wx[1] + 0.01), (wy[0] + seal, wy[1] - seal), zs, "rubber", 0.004)


def flange(n, axis, centre, radius, material=ST, thick=0.03, bolts=6):
    """A pipe flange with bolt heads."""
    i = "xyz".index(axis)
    n.rod(axis, centre, radius, thick, material, 0.004)
    for k in range(bolts):
        a = 2 * math.pi * k / bolts
        c = list(centre)
        c[(i + 1) % 3] += radius * 0.78 * math.cos(a)
        c[(i + 2) % 3] += radius * 0.78 * math.sin(a)
        n.rod(axis, c, radius * 0.1, thick * 1.7, SD, 0.0, 6)


def stripes(n, x, y, z, count, axis="x", tints=("tint_yellow", "paint_dark")):
    """A band of alternating safety marking."""
    i = "xyz".index(axis)
    ranges = [x, y, z]
    lo, hi = ranges[i]
    step = (hi - lo) / count
    for k in range(count):
        r = list(ranges)
        r[i] = (lo + k * step, lo + (k + 1) * step)
        n.box(*r, tints[k % 2], 0.0)


def cabinet_door(n, x, y, z, material=L, handle_side=1):
    """A flat sheet door on a wall facing +Z, with a swing handle."""
    n.box(x, y, (z - 0.005, z + 0.018), material, 0.006)
    hx = x[1] - 0.06 if handle_side > 0 else x[0] + 0.06
    my = (y[0] + y[1]) / 2
    n.box((hx - 0.018, hx + 0.018), (my - 0.09, my + 0.09), (z + 0.015, z + 0.04), "paint_dark", 0.006)
