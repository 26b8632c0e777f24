"""Where parts wait: buffer racks, receiving and dispatch."""

from families.catalogue import model
from fittings import SD, A, D, L, M


def upright_frame(b, x, z, height, material=A, size=0.08):
    """Two perforated uprights with diagonal bracing, as pallet racking has."""
    for pz in z:
        b.box((x - size / 2, x + size / 2), (0.0, height), (pz - size / 2, pz + size / 2), material, 0.005)
        b.box((x - size * 0.9, x + size * 0.9), (0, 0.012), (pz - size * 0.9, pz + size * 0.9), SD, 0.0)
    count = int(height / 0.7)
    for k in range(count):
        y = 0.25 + k * 0.7
        a, c = (z[0], z[1]) if k % 2 else (z[1], z[0])
        if y + 0.6 < height:
            b.tube([(x, y, a), (x, y + 0.6, c)], 0.014, M, segments=6)
    b.box((x - 0.015, x + 0.015), (0.18, 0.21), (z[0], z[1]), M, 0.0)


@model("buffer-rack", "Flow rack whose bays show what waits in them")
def buffer_rack(m):
    b = m.body
    x0, x1, z0, z1 = -1.16, 1.16, -0.44, 0.44
    for x in (x0, x1):
        upright_frame(b, x, (z0, z1), 2.18, L, 0.07)
    # Four levels, six bays each.
    for level, y in enumerate((0.35, 0.82, 1.29, 1.76)):
        for z in (z0, z1):
            b.box((x0, x1), (y - 0.07, y + 0.012), (z - 0.025, z + 0.025), A, 0.006)
        b.box((x0 + 0.035, x1 - 0.035), (y - 0.03, y - 0.008), (z0, z1), SD, 0.0, keep=True)
        for k in range(7):
            x = x0 + 0.08 + k * (x1 - x0 - 0.16) / 6
            b.box((x - 0.01, x + 0.01), (y - 0.01, y + 0.035), (z0 + 0.02, z1 - 0.02), M, 0.0)
        for k in range(6):
            x = x0 + 0.08 + (k + 0.5) * (x1 - x0 - 0.16) / 6
            b.box((x - 0.08, x + 0.08), (y - 0.055, y - 0.005), (z1 + 0.024, z1 + 0.03), "paint_light", 0.0)
            m.slot((x, y - 0.008, 0.0))
    b.box((x0, x1), (2.1, 2.16), (z0 - 0.02, z0 + 0.02), M, 0.005)
    b.box((x0, x1), (2.1, 2.16), (z1 - 0.02, z1 + 0.02), M, 0.005)
    for s in (x0, x1):
        b.box((s - 0.045, s + 0.045), (0.0, 0.35), (z1 + 0.04, z1 + 0.06), "tint_yellow", 0.006)


def pallet_places(m, flow):
    """Racking over two levels with three floor places in front; shared by receiving and dispatch."""
    b = m.body
    x0, x1 = -1.44, 1.44
    for x in (x0, 0.0, x1):
        upright_frame(b, x, (-0.95, -0.05), 2.6, A, 0.09)
    for y in (1.3, 2.35):
        for z in (-0.95, -0.05):
            b.box((x0, x1), (y - 0.1, y), (z - 0.025, z + 0.025), "tint_accent" if y < 2 else L, 0.006)
        for k in range(10):
            x = x0 + 0.16 + k * 0.285
            b.box((x - 0.09, x + 0.09), (y - 0.012, y + 0.006), (-0.95, -0.05), M, 0.0)
    for level in (0.0, 1.306, 2.356):
        for x in (-0.72, 0.72):
            m.slot((x, level, -0.5))
    # Floor marking of the two hand-over places, and impact guards.
    for x in (x0, 0.0, x1):
        b.box((x - 0.03, x + 0.03), (0.0, 0.004), (0.05, 0.98), "tint_yellow", 0.0)
    b.box((x0, x1), (0.0, 0.004), (0.92, 0.98), "tint_yellow", 0.0)
    for x in (x0, x1):
        b.box((x - 0.07, x + 0.07), (0.0, 0.4), (0.0, 0.06), "tint_yellow", 0.012)
    for x in (-0.72, 0.72):
        m.slot((x, 0.004, 0.5))
    # A sign that tells receiving from dispatch by the way its arrow points.
    b.box((-0.5, 0.5), (2.62, 2.94), (-0.08, -0.04), L, 0.008)
    for x in (-0.4, 0.4):
        b.box((x - 0.02, x + 0.02), (2.3, 2.7), (-0.09, -0.05), M, 0.0)
    tip = 0.16 * flow
    b.prism([(tip, 2.78), (-tip * 0.2, 2.9), (-tip * 0.2, 2.66)], (-0.045, -0.025), "z", D, 0.0)
    b.box(sorted((-tip * 1.4, -tip * 0.15)), (2.75, 2.81), (-0.045, -0.025), D, 0.0)
    b.box(sorted((tip * 1.5, tip * 1.7)), (2.66, 2.9), (-0.045, -0.025), D, 0.0)


@model("goods-in", "Receiving: pallet racking and hand-over places")
def goods_in(m):
    m.ports = {"out": [1.5, 0.0, 0.5]}
    pallet_places(m, 1)


@model("goods-out", "Dispatch: pallet racking and hand-over places")
def goods_out(m):
    m.ports = {"in": [-1.5, 0.0, 0.5]}
    pallet_places(m, -1)
    # Dispatch has a scale and a label printer on a post.
    b = m.body
    b.box((0.95, 1.25), (0.9, 1.12), (0.62, 0.84), D, 0.015)
    b.box((1.07, 1.13), (0.0, 0.9), (0.7, 0.76), M, 0.006)
    b.box((0.95, 1.25), (0.0, 0.03), (0.58, 0.88), SD, 0.006)
    b.box((1.0, 1.2), (0.98, 1.04), (0.835, 0.86), "paint_light", 0.0)
