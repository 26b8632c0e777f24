"""Ambient occlusion per vertex, by casting rays through the assembled model.

Cosine-weighted directions on a fixed spiral, so that every run gives the same bytes. The floor counts
as an occluder. A ray that starts inside another solid (two shapes may overlap) sees that solid's inner
side first; such a hit darkens only by half, or the hidden end of a bar would blacken its visible end.
"""

import math

import bpy  # noqa: F401  (makes mathutils importable)
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

RAYS = 40
STRENGTH = 0.52  # how dark full occlusion gets: 1 - STRENGTH
LIFT = 0.003  # metres a ray starts off its surface


def _hemisphere():
    golden = math.pi * (3 - math.sqrt(5))
    out = []
    for k in range(RAYS):
        r = math.sqrt((k + 0.5) / RAYS)
        out.append((r * math.cos(golden * k), r * math.sin(golden * k), math.sqrt(1 - r * r)))
    return np.array(out)


def bake(vertices, normals, triangles, reach):
    """Brightness 0..1 for each vertex; occluders further than ``reach`` metres do not count."""
    tree = BVHTree.FromPolygons(vertices.tolist(), triangles.tolist())
    local, seen = _hemisphere(), {}
    out = np.ones(len(vertices))
    for i, (p, n) in enumerate(zip(vertices, normals)):
        key = (*np.round(p, 4), *np.round(n, 2))
        if key not in seen:
            seen[key] = _one(tree, p, n, local, reach)
        out[i] = seen[key]
    return out


def _one(tree, position, normal, local, reach):
    helper = np.array([0.0, 1, 0] if abs(normal[1]) < 0.9 else [1.0, 0, 0])
    u = np.cross(helper, normal)
    u /= np.linalg.norm(u)
    directions = local @ np.array([u, np.cross(normal, u), normal])
    start, blocked = position + normal * LIFT, 0.0
    origin = Vector(start)
    for d in directions:
        direction = Vector(d)
        _, hit_normal, _, distance = tree.ray_cast(origin, direction, reach)
        weight = 1.0
        if distance is not None and hit_normal.dot(direction) > 0:
            weight = 0.5
        if d[1] < -1e-6 and start[1] >= 0:
            ground = start[1] / -d[1]
            if ground < reach and (distance is None or ground < distance):
                distance, weight = ground, 0.7
        if distance is not None:
            blocked += weight * (1 - distance / reach)
    return 1 - STRENGTH * blocked / RAYS
