"""What stands between machines: fences, terminals, lamps, columns."""

import fittings as f
from families.catalogue import model
from fittings import SD, D, L, M
from model import rotate


@model("operator-terminal", "Free-standing operator terminal")
def terminal(m):
    b = m.body
    b.box((-0.3, 0.3), (0.0, 0.03), (-0.28, 0.28), SD, 0.008)
    b.prism([(-0.12, 0.03), (0.12, 0.03), (0.08, 0.98), (-0.12, 0.98)], (-0.14, 0.14), "x", L, 0.015)
    b.prism([(-0.26, 0.96), (0.3, 0.96), (0.3, 0.99), (-0.06, 1.06), (-0.26, 1.06)], (-0.34, 0.34), "x", M, 0.01)
    b.box((-0.22, 0.22), (1.0, 1.012), (0.06, 0.22), D, 0.004, ("x", 10, (0, 1.0, 0.14)))
    f.screen(b, (0, 1.34, -0.06), (0.62, 0.46), 10, 0, L, 0.08)
    b.box((-0.06, 0.06), (1.0, 1.3), (-0.18, -0.1), D, 0.01)
    f.cabinet_door(b, (-0.11, 0.11), (0.2, 0.8), 0.095, L)
    m.lamp_spot = (0.26, 1.06, -0.2)


@model("safety-fence", "Safety fence, one tile")
def fence(m):
    b = m.body
    m.tiles = 1.0
    post(b, -0.5)
    post(b, 0.5)
    b.box((-0.5, 0.5), (1.94, 1.97), (-0.015, 0.015), D, 0.0, keep=True)
    b.box((-0.5, 0.5), (0.15, 0.18), (-0.015, 0.015), D, 0.0, keep=True)
    mesh_field(b, (-0.47, 0.47), (0.18, 1.94))


def post(b, x):
    """A fence post with its foot and a band of safety yellow."""
    b.box((x - 0.025, x + 0.025), (0.0, 2.0), (-0.025, 0.025), D, 0.004, keep=True)
    b.box((x - 0.027, x + 0.027), (1.7, 1.84), (-0.027, 0.027), "safety_yellow", 0.0, keep=True)
    b.box((x - 0.06, x + 0.06), (0.0, 0.012), (-0.06, 0.06), D, 0.0)


def mesh_field(n, x, y, bars=11, rows=5):
    """Wire mesh: upright bars and a few cross-bars; square wires without ends to spare triangles."""
    far = n.model.level == 1
    count = 6 if far else bars
    step = (x[1] - x[0]) / (count + 1)
    for k in range(count):
        px = x[0] + (k + 1) * step
        n.box((px - 0.003, px + 0.003), y, (-0.003, 0.003), SD, 0.0, keep=True)
    for k in range(rows):
        py = y[0] + (k + 1) * (y[1] - y[0]) / (rows + 1)
        n.box(x, (py - 0.003, py + 0.003), (0.003, 0.007), SD, 0.0, keep=k % 2 == 0)


@model("fence-gate", "Hinged gate in a safety fence, one tile")
def gate(m):
    b = m.body
    m.tiles = 1.0
    post(b, -0.5)
    post(b, 0.5)
    b.box((-0.5, 0.5), (2.0, 2.04), (-0.025, 0.025), D, 0.004)
    b.box((0.44, 0.53), (1.0, 1.2), (0.024, 0.07), "safety_yellow", 0.006)
    b.box((0.455, 0.515), (1.05, 1.15), (0.068, 0.085), "plastic_dark", 0.004)
    door = m.node("door", (-0.46, 1.0, 0), rotate("y", 0, 100))
    for px in (-0.445, 0.445):
        door.box((px - 0.018, px + 0.018), (0.12, 1.96), (-0.018, 0.018), "safety_yellow", 0.004, keep=True)
    for y in (0.138, 1.05, 1.942):
        door.box((-0.43, 0.43), (y - 0.018, y + 0.018), (-0.016, 0.016), "safety_yellow", 0.004, keep=True)
    mesh_field(door, (-0.43, 0.43), (0.156, 1.032), 10, 2)
    mesh_field(door, (-0.43, 0.43), (1.068, 1.924), 10, 2)
    f.handle(door, (0.4, 1.2, 0.018), 0.2, out=0.05, material=SD)


@model("stack-light", "Five-lamp stack light; its foot stands on a machine's lamp_spot")
def stack_light(m):
    b = m.body
    b.lathe([(0, 0), (0.05, 0), (0.05, 0.012), (0.02, 0.03), (0.013, 0.03), (0.013, 0.24), (0, 0.24)], "y", (0, 0, 0), "steel_brushed", 0.002, 16)
    b.rod("y", (0, 0.25, 0), 0.036, 0.03, "plastic_dark", 0.004, 18)
    y = 0.265
    for lamp in ("blue", "white", "green", "yellow", "red"):
        name = f"lamp_{lamp}"
        node = m.node(name, (0, y + 0.03, 0))
        node.rod("y", (0, y + 0.029, 0), 0.034, 0.058, name, 0.003, 18, keep=True)
        b.rod("y", (0, y + 0.061, 0), 0.036, 0.008, "plastic_dark", 0.0, 18)
        y += 0.0645
    b.lathe([(0, y - 0.001), (0.036, y - 0.001), (0.03, y + 0.012), (0, y + 0.014)], "y", (0, 0, 0), "plastic_dark", 0.0, 18)


@model("column", "Building column, 6 m")
def column(m):
    b = m.body
    b.box((-0.3, 0.3), (0.0, 0.02), (-0.3, 0.3), SD, 0.0)
    b.box((-0.2, 0.2), (0.0, 6.0), (-0.2, 0.2), "concrete", 0.03, keep=True)
    # Corner guards of the lower metre, striped.
    for sx in (-1, 1):
        for sz in (-1, 1):
            for k in range(6):
                y = (0.05 + k * 0.18, 0.05 + (k + 1) * 0.18)
                mat = "safety_yellow" if k % 2 == 0 else D
                b.box(sorted((sx * 0.13, sx * 0.206)), y, sorted((sz * 0.175, sz * 0.206)), mat, 0.0)
                b.box(sorted((sx * 0.175, sx * 0.206)), y, sorted((sz * 0.13, sz * 0.206)), mat, 0.0)
