"""Solids with bevelled edges, as vertices, normals and triangles.

Every flat face keeps its own normal and every bevel shares the vertices of the two faces it joins, so a
bevel costs no vertex and shades as a round edge (what modellers call face-weighted normals). A shape is
a tuple ``(V, N, T)``: positions in metres ``(n, 3)``, unit normals ``(n, 3)``, triangle indices
``(m, 3)`` counter-clockwise seen from outside.
"""

import math

import numpy as np

SMOOTH = math.cos(math.radians(32))  # corners flatter than this are curved surfaces, not edges

# For each extrusion axis: where the profile's two coordinates go, and the axis itself.
BASES = {
    "x": np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], float),  # profile (z, y)
    "y": np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], float),  # profile (x, z)
    "z": np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], float),  # profile (x, y)
}


class _Soup:
    """Collects vertices and triangles; `done` makes arrays and turns every triangle outwards."""

    def __init__(self):
        self.v, self.n, self.t = [], [], []

    def vert(self, position, normal):
        self.v.append(tuple(position))
        self.n.append(tuple(normal))
        return len(self.v) - 1

    def tri(self, a, b, c):
        self.t.append((a, b, c))

    def quad(self, a, b, c, d):
        self.t.append((a, b, c))
        self.t.append((a, c, d))

    def done(self):
        return finish(np.array(self.v, float), np.array(self.n, float), np.array(self.t, int))


def finish(v, n, t):
    """Drop triangles without area, orient the others along their normals, normalise the normals."""
    cross = np.cross(v[t[:, 1]] - v[t[:, 0]], v[t[:, 2]] - v[t[:, 0]])
    keep = np.linalg.norm(cross, axis=1) > 1e-10
    t, cross = t[keep], cross[keep]
    flip = np.einsum("ij,ij->i", cross, n[t].sum(axis=1)) < 0
    t[flip] = t[flip][:, ::-1]
    return v, n / np.linalg.norm(n, axis=1, keepdims=True), t


def _corners(points, closed):
    """Edge directions, outward normals and, for each point, whether its corner is smooth."""
    nxt = np.roll(points, -1, axis=0) - points
    if not closed:
        nxt = nxt[:-1]
    length = np.linalg.norm(nxt, axis=1)
    direction = nxt / length[:, None]
    normal = np.stack([direction[:, 1], -direction[:, 0]], axis=1)
    return length, direction, normal


def _ears(poly):
    """Triangulate a simple counter-clockwise polygon by cutting ears."""

    def turn(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    left, out = list(range(len(poly))), []
    while len(left) > 3:
        best = None
        for k in range(len(left)):
            a, b, c = left[k - 1], left[k], left[(k + 1) % len(left)]
            if turn(poly[a], poly[b], poly[c]) <= 1e-12:
                continue
            inside = any(
                turn(poly[a], poly[b], poly[q]) >= 0
                and turn(poly[b], poly[c], poly[q]) >= 0
                and turn(poly[c], poly[a], poly[q]) >= 0
                for q in left
                if q not in (a, b, c)
            )
            if inside:
                continue
            # The ear with the shortest cut gives fat triangles, which carry occlusion best.
            cut = math.dist(poly[a], poly[c])
            if best is None or cut < best[0] - 1e-9:
                best = (cut, k, (a, b, c))
        if best is None:
            raise ValueError("polygon crosses itself")
        out.append(best[2])
        del left[best[1]]
    out.append(tuple(left))
    return out


def prism(profile, lo, hi, axis="y", bevel=0.0):
    """Extrude a simple polygon along ``axis`` from ``lo`` to ``hi``; bevel every sharp edge."""
    p = np.array(profile, float)
    area = np.sum(p[:, 0] * np.roll(p[:, 1], -1) - np.roll(p[:, 0], -1) * p[:, 1])
    if area < 0:
        p = p[::-1]
    length, direction, normal = _corners(p, closed=True)
    count = len(p)
    before = np.roll(normal, 1, axis=0)
    smooth = np.einsum("ij,ij->i", before, normal) > SMOOTH
    bevel = min(bevel, 0.45 * (hi - lo))
    sharp_lengths = [length[i] for i in range(count) if not (smooth[i] and smooth[(i + 1) % count])]
    if sharp_lengths:
        bevel = min(bevel, 0.42 * min(sharp_lengths))
    basis, soup = BASES[axis], _Soup()

    def at(uv, w):
        return uv[0] * basis[0] + uv[1] * basis[1] + w * basis[2]

    def out(uv):
        return uv[0] * basis[0] + uv[1] * basis[1]

    side = []
    for i in range(count):
        j = (i + 1) % count
        start, end, n0, n1 = p[i], p[j], normal[i], normal[i]
        if smooth[i]:
            n0 = normal[i] + before[i]
        else:
            start = start + direction[i] * bevel
        if smooth[j]:
            n1 = normal[i] + normal[j]
        else:
            end = end - direction[i] * bevel
        ring = [soup.vert(at(q, w), out(n)) for w in (lo + bevel, hi - bevel) for q, n in ((start, n0), (end, n1))]
        soup.quad(ring[0], ring[1], ring[3], ring[2])
        side.append(ring)
    inset = p - (normal + before) / (1 + np.einsum("ij,ij->i", normal, before))[:, None] * bevel
    triangles = _ears(inset)
    for w, sign, row in ((lo, -1, 0), (hi, 1, 2)):
        cap = [soup.vert(at(q, w), sign * basis[2]) for q in inset]
        for a, b, c in triangles:
            soup.tri(cap[a], cap[b], cap[c])
        if bevel > 0:
            for i in range(count):
                j = (i + 1) % count
                soup.quad(cap[i], cap[j], side[i][row + 1], side[i][row])
                if not smooth[i]:
                    soup.tri(cap[i], side[i][row], side[i - 1][row + 1])
    if bevel > 0:
        for i in range(count):
            if not smooth[i]:
                soup.quad(side[i - 1][1], side[i][0], side[i][2], side[i - 1][3])
    return soup.done()


def box(x, y, z, bevel=0.0):
    """Axis-aligned box from three ``(lo, hi)`` ranges."""
    return prism([(x[0], z[0]), (x[1], z[0]), (x[1], z[1]), (x[0], z[1])], y[0], y[1], "y", bevel)


def lathe(profile, axis="y", centre=(0, 0, 0), segments=24, bevel=0.0, arc=None):
    """Turn a profile of ``(radius, position)`` around ``axis`` through ``centre``.

    The profile runs so that outside lies on its right: a cylinder is ``(0,0) (r,0) (r,h) (0,h)``.
    ``arc`` limits the turn to ``(from, to)`` degrees and leaves the ends open.
    """
    p = np.array(profile, float)
    length, direction, normal = _corners(p, closed=False)
    rings = []
    for i in range(len(p)):
        first, last = i == 0, i == len(p) - 1
        if first or last:
            n = normal[0] if first else normal[-1]
            rings.append((p[i], n))
        elif np.dot(normal[i - 1], normal[i]) > SMOOTH:
            rings.append((p[i], normal[i - 1] + normal[i]))
        else:
            r = min(bevel, 0.42 * length[i - 1], 0.42 * length[i])
            rings.append((p[i] - direction[i - 1] * r, normal[i - 1]))
            rings.append((p[i] + direction[i] * r, normal[i]))
    basis, soup, centre = BASES[axis], _Soup(), np.array(centre, float)
    turn = (0.0, 360.0) if arc is None else arc
    steps = segments if arc is None else segments + 1
    angles = [math.radians(turn[0] + (turn[1] - turn[0]) * k / segments) for k in range(steps)]
    grid = []
    for (radius, w), (nr, nw) in rings:
        row = []
        for a in angles:
            ray = math.cos(a) * basis[0] + math.sin(a) * basis[1]
            row.append(soup.vert(centre + ray * radius + basis[2] * w, ray * nr + basis[2] * nw))
        grid.append(row)
    for low, high in zip(grid, grid[1:]):
        for k in range(segments):
            j = (k + 1) % steps
            soup.quad(low[k], low[j], high[j], high[k])
    return soup.done()


def _rounded_path(points, bend, steps):
    """Replace the inner corners of a polyline by arcs of about ``bend`` metres."""
    points = [np.array(q, float) for q in points]
    out = [points[0]]
    for a, b, c in zip(points, points[1:], points[2:]):
        r = min(bend, 0.45 * np.linalg.norm(b - a), 0.45 * np.linalg.norm(c - b))
        start, end = b + (a - b) / np.linalg.norm(a - b) * r, b + (c - b) / np.linalg.norm(c - b) * r
        for k in range(steps + 1):
            s = k / steps
            out.append((1 - s) ** 2 * start + 2 * s * (1 - s) * b + s**2 * end)
    out.append(points[-1])
    return out


def tube(points, radius, segments=8, bend=0.0, steps=4):
    """A round bar, pipe or cable along a polyline whose corners are bent."""
    path = _rounded_path(points, bend, steps) if bend > 0 else [np.array(q, float) for q in points]
    tangents = []
    for k in range(len(path)):
        t = path[min(k + 1, len(path) - 1)] - path[max(k - 1, 0)]
        tangents.append(t / np.linalg.norm(t))
    helper = np.array([0, 1, 0] if abs(tangents[0][1]) < 0.9 else [1, 0, 0], float)
    u = np.cross(helper, tangents[0])
    soup, rows = _Soup(), []
    for q, t in zip(path, tangents):
        u = u - t * np.dot(u, t)
        u = u / np.linalg.norm(u)
        w = np.cross(t, u)
        rays = [math.cos(a) * u + math.sin(a) * w for a in np.arange(segments) * (2 * math.pi / segments)]
        rows.append([soup.vert(q + ray * radius, ray) for ray in rays])
    for low, high in zip(rows, rows[1:]):
        for k in range(segments):
            j = (k + 1) % segments
            soup.quad(low[k], low[j], high[j], high[k])
    for row, t in ((rows[0], -tangents[0]), (rows[-1], tangents[-1])):
        cap = [soup.vert(soup.v[i], t) for i in row]
        for k in range(1, segments - 1):
            soup.tri(cap[0], cap[k], cap[k + 1])
    return soup.done()


def turned(shape, axis, degrees, about=(0, 0, 0)):
    """Rotate a shape by ``degrees`` about an axis through a point (right-handed)."""
    v, n, t = shape
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    matrix = {
        "x": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
        "y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
        "z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
    }[axis]
    about = np.array(about, float)
    return (v - about) @ matrix.T + about, n @ matrix.T, t


def split_long_edges(v, n, t, limit):
    """Split every edge longer than ``limit`` metres, so that large faces can carry occlusion.

    Whether an edge is split depends on its ends only: neighbours split alike and no crack can open.
    """
    v, n, t = [tuple(q) for q in v], [tuple(q) for q in n], [tuple(q) for q in t]
    while True:
        middle, out, split = {}, [], False

        def mid(a, b, middle=middle):
            if math.dist(v[a], v[b]) <= limit + 1e-9:
                return None
            key = (min(a, b), max(a, b))
            if key not in middle:
                normal = np.array(n[a]) + np.array(n[b])
                v.append(tuple((np.array(v[key[0]]) + np.array(v[key[1]])) / 2))
                n.append(tuple(normal / np.linalg.norm(normal)))
                middle[key] = len(v) - 1
            return middle[key]

        for a, b, c in t:
            ab, bc, ca = mid(a, b), mid(b, c), mid(c, a)
            found = sum(m is not None for m in (ab, bc, ca))
            if found == 0:
                out.append((a, b, c))
                continue
            split = True
            if found == 3:
                out += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
                continue
            # Rotate until the one edge to split (or the one left whole) is a-b.
            while (ab is None) if found == 1 else (ab is not None):
                a, b, c, ab, bc, ca = b, c, a, bc, ca, ab
            if found == 1:
                out += [(a, ab, c), (ab, b, c)]
            elif math.dist(v[a], v[bc]) <= math.dist(v[b], v[ca]):
                out += [(a, b, bc), (a, bc, ca), (ca, bc, c)]
            else:
                out += [(a, b, ca), (b, bc, ca), (ca, bc, c)]
        t = out
        if not split:
            return np.array(v), np.array(n), np.array(t, int)
