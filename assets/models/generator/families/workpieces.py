"""What flows: parts in their stages, and what carries them. They stand on y = 0."""

import math

from families.catalogue import model
from fittings import SD, ST, A, D, L, M


def gear_profile(teeth, outer, root):
    """A spur gear's outline with straight flanks."""
    points = []
    step = 2 * math.pi / teeth
    for k in range(teeth):
        for share, r in ((-0.32, root), (-0.14, outer), (0.14, outer), (0.32, root)):
            a = step * (k + share)
            points.append((r * math.cos(a), r * math.sin(a)))
    return points


@model("blank", "Steel blank")
def blank(m):
    m.body.rod("y", (0, 0.125, 0), 0.06, 0.25, "tint_raw", 0.004, 28, keep=True)
    m.body.rod("y", (0, 0.125, 0), 0.056, 0.2506, ST, 0.0, 28)


@model("shaft", "Turned shaft, standing")
def shaft(m):
    profile = [(0, 0), (0.024, 0), (0.024, 0.05), (0.034, 0.05), (0.034, 0.1), (0.055, 0.1), (0.055, 0.15),
               (0.042, 0.15), (0.042, 0.23), (0.028, 0.23), (0.028, 0.3), (0, 0.3)]
    m.body.lathe(profile, "y", (0, 0, 0), ST, 0.003, 28, keep=True)
    m.body.box((-0.006, 0.006), (0.245, 0.288), (0.024, 0.0285), SD, 0.0)


@model("gear", "Spur gear, lying")
def gear(m):
    b = m.body
    far = m.level == 1
    profile = gear_profile(12 if far else 28, 0.1, 0.084)
    b.prism(profile, (0, 0.045), "y", ST, 0.002, keep=True)
    b.ring("y", (0, 0.0225, 0), 0.055, 0.028, 0.052, SD, 0.003, 26, keep=True)
    if not far:
        b.rod("y", (0, 0.0225, 0), 0.027, 0.0455, "plastic_dark", 0.0, 20)


@model("housing", "Cast gearbox housing, lower half")
def housing(m):
    b = m.body
    b.box((-0.19, 0.19), (0, 0.022), (-0.13, 0.13), M, 0.005)
    for s in (-1, 1):
        b.box((-0.17, 0.17), (0.02, 0.17), sorted((s * 0.078, s * 0.1)), M, 0.006)
        b.box(sorted((s * 0.148, s * 0.17)), (0.02, 0.17), (-0.1, 0.1), M, 0.006)
        b.box((-0.19, 0.19), (0.155, 0.175), sorted((s * 0.072, s * 0.125)), ST, 0.003)
        b.box(sorted((s * 0.142, s * 0.19)), (0.155, 0.175), (-0.125, 0.125), ST, 0.003)
        for x in (-0.085, 0.075):
            b.ring("z", (x, 0.135, s * 0.104), 0.045, 0.03, 0.03, ST, 0.003, 20)
            b.rod("z", (x, 0.135, s * 0.1), 0.031, 0.018, "plastic_dark", 0.0, 16)
        for x in (-0.12, 0.0, 0.12):
            b.box((x - 0.006, x + 0.006), (0.02, 0.12), sorted((s * 0.098, s * 0.118)), M, 0.003)
    b.box((-0.15, 0.15), (0.02, 0.03), (-0.08, 0.08), D, 0.0)


@model("gearbox", "Finished gearbox")
def gearbox(m):
    b = m.body
    b.box((-0.19, 0.19), (0, 0.022), (-0.13, 0.13), A, 0.005, keep=True)
    b.box((-0.17, 0.17), (0.02, 0.16), (-0.1, 0.1), A, 0.008, keep=True)
    b.box((-0.185, 0.185), (0.155, 0.185), (-0.122, 0.122), A, 0.004, keep=True)
    b.prism([(-0.165, 0.18), (0.165, 0.18), (0.165, 0.215), (0.12, 0.27), (-0.12, 0.29), (-0.165, 0.25)], (-0.096, 0.096), "z", A, 0.01, keep=True)
    for s in (-1, 1):
        for x in (-0.13, -0.045, 0.045, 0.13):
            b.rod("y", (x, 0.19, s * 0.11), 0.009, 0.02, ST, 0.0, 6)
            b.box((x - 0.005, x + 0.005), (0.02, 0.16), sorted((s * 0.098, s * 0.118)), A, 0.002)
    b.rod("z", (-0.085, 0.17, 0.11), 0.052, 0.03, D, 0.005, 24)
    b.rod("z", (-0.085, 0.17, 0.17), 0.02, 0.12, ST, 0.003, 16, keep=True)
    b.rod("z", (0.075, 0.17, -0.11), 0.06, 0.03, D, 0.005, 24)
    b.rod("z", (0.075, 0.17, -0.175), 0.028, 0.13, ST, 0.003, 16, keep=True)
    b.rod("z", (0.075, 0.17, 0.108), 0.055, 0.02, D, 0.005, 24)
    b.box((-0.03, 0.05), (0.07, 0.12), (0.099, 0.102), ST, 0.0)
    b.rod("y", (0.0, 0.29, 0.0), 0.02, 0.04, D, 0.004, 14)


@model("box", "Shipping carton")
def box(m):
    b = m.body
    b.box((-0.3, 0.3), (0, 0.34), (-0.2, 0.2), "cardboard", 0.006, keep=True)
    b.box((-0.301, 0.301), (0.25, 0.3406), (-0.03, 0.03), "wood", 0.0)
    b.box((0.05, 0.24), (0.1, 0.22), (0.199, 0.2012), L, 0.0)


@model("pallet", "Euro pallet, 1.2 × 0.8 m")
def pallet(m):
    b = m.body
    for k in range(5):
        z = -0.3275 + k * 0.16375
        w = 0.0725 if k % 2 == 0 else 0.05
        b.box((-0.6, 0.6), (0.122, 0.144), (z - w, z + w), "wood", 0.003, keep=True)
    for x in (-0.5275, 0.0, 0.5275):
        b.box((x - 0.0725, x + 0.0725), (0.1, 0.122), (-0.4, 0.4), "wood", 0.003)
        for z in (-0.35, 0.0, 0.35):
            w = 0.05 if z else 0.0725
            b.box((x - 0.0725, x + 0.0725), (0.022, 0.1), (z - w, z + w), "wood", 0.003, keep=True)
    for z in (-0.35, 0.0, 0.35):
        w = 0.05 if z else 0.0725
        b.box((-0.6, 0.6), (0, 0.022), (z - w, z + w), "wood", 0.003)
    m.slot((0, 0.144, 0))


@model("tote", "Plastic tote, 0.6 × 0.4 m")
def tote(m):
    b = m.body
    hx, hz, h, t = 0.3, 0.2, 0.22, 0.014
    b.box((-hx + 0.02, hx - 0.02), (0, 0.016), (-hz + 0.02, hz - 0.02), A, 0.004, keep=True)
    for s in (-1, 1):
        b.box((-hx + 0.012, hx - 0.012), (0.012, h), sorted((s * (hz - 0.012), s * (hz - 0.012 - t))), A, 0.004, keep=True)
        b.box(sorted((s * (hx - 0.012), s * (hx - 0.012 - t))), (0.012, h), (-hz + 0.014, hz - 0.014), A, 0.004, keep=True)
        b.box((-hx, hx), (h - 0.022, h), sorted((s * hz, s * (hz - 0.03))), A, 0.005)
        b.box(sorted((s * hx, s * (hx - 0.03))), (h - 0.022, h), (-hz + 0.02, hz - 0.02), A, 0.005)
        b.box(sorted((s * (hx - 0.012), s * (hx - 0.008))), (h - 0.09, h - 0.045), (-0.06, 0.06), D, 0.0)
        for x in (-0.2, -0.1, 0.0, 0.1, 0.2):
            b.box((x - 0.006, x + 0.006), (0.02, h - 0.03), sorted((s * (hz - 0.013), s * (hz - 0.004))), A, 0.0)
    m.slot((0, 0.016, 0))
