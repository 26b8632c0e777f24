"""Finds faces of different shapes that lie in one plane, look the same way and overlap, and parts them.

Such faces flicker when drawn. The later shape is drawn in by a hair, which no eye sees and any depth
buffer tells apart.
"""

import numpy as np

HAIR = 0.0004  # metres
PASSES = 6


def part(all_shapes):
    """The same shapes, in the same order, without overlapping coplanar faces."""
    out = list(all_shapes)
    for _ in range(PASSES):
        later = _overlapping(out)
        if not later:
            return out
        for i in later:
            out[i] = _drawn_in(out[i])
    return out


def _drawn_in(shape):
    v, n, t = shape
    low, high = v.min(axis=0), v.max(axis=0)
    extent = np.maximum(high - low, 1e-9)
    scale = np.maximum(extent - 2 * HAIR, 0.5 * extent) / extent
    return (v - (low + high) / 2) * scale + (low + high) / 2, n, t


def _overlapping(all_shapes):
    """Indices of shapes with a face over a coplanar face of an earlier shape."""
    planes = {}
    for i, (v, _, t) in enumerate(all_shapes):
        a, b, c = v[t[:, 0]], v[t[:, 1]], v[t[:, 2]]
        cross = np.cross(b - a, c - a)
        area = np.linalg.norm(cross, axis=1)
        for k in np.nonzero(area > 2e-5)[0]:
            normal = cross[k] / area[k]
            key = (*np.round(normal, 3), round(float(normal @ a[k]), 4))
            planes.setdefault(key, []).append((i, normal, np.array([a[k], b[k], c[k]])))
    out = set()
    for entries in planes.values():
        if len({e[0] for e in entries}) < 2:
            continue
        drop = int(np.argmax(np.abs(entries[0][1])))
        flat = [(i, np.delete(tri, drop, axis=1)) for i, _, tri in entries]
        boxes = [(tri.min(axis=0), tri.max(axis=0)) for _, tri in flat]
        for x, (i, one) in enumerate(flat):
            for y in range(x + 1, len(flat)):
                j, two = flat[y]
                if i == j or i in out or j in out:
                    continue
                if np.any(boxes[x][0] > boxes[y][1] - 1e-3) or np.any(boxes[y][0] > boxes[x][1] - 1e-3):
                    continue
                if _triangles_overlap(one, two):
                    out.add(max(i, j))
    return out


def _triangles_overlap(one, two, slack=5e-4):
    """Whether two flat triangles share an area (separating axes, touching does not count)."""
    for tri in (one, two):
        for k in range(3):
            edge = tri[(k + 1) % 3] - tri[k]
            axis = np.array([-edge[1], edge[0]])
            length = np.linalg.norm(axis)
            if length < 1e-9:
                continue
            axis /= length
            p, q = one @ axis, two @ axis
            if p.max() <= q.min() + slack or q.max() <= p.min() + slack:
                return False
    return True
