"""A model under construction: a tree of nodes that hold painted shapes.

Everything is placed in the model's own space (metres, Y up, origin on the floor at the centre of the
footprint, length and flow along +X, operator's side +Z). A node only adds the point it moves about.
A model is described once and built twice: at full detail, and as the far level with plain edges, coarse
rounds, no small shapes, and every node melted into one mesh.
"""

import math
from dataclasses import dataclass, field

import numpy as np

import palette
import shapes

FULL, FAR = 0, 1


@dataclass(frozen=True)
class Motion:
    """How a node may move.

    ``type`` is ``rotate`` (degrees about an axis), ``slide`` (metres along it), or for a repeating pattern
    ``wrap`` and ``wrap_turn``: the same, shown modulo ``period``. ``per_metre`` is how far it moves for
    each metre of material flow; below zero it moves against the axis.
    """

    type: str
    axis: str
    range: tuple[float, float] | None = None
    period: float | None = None
    per_metre: float | None = None


def rotate(axis, lo=None, hi=None):
    """Turns about its own axis; without limits it turns for ever."""
    return Motion("rotate", axis, None if lo is None else (lo, hi))


def roll(axis, radius):
    """Turns for ever under what it carries along +X on its top."""
    return Motion("rotate", axis, per_metre=-round(math.degrees(1 / radius), 3))


def slide(axis, lo, hi):
    """Slides along an axis between two offsets from its rest place, in metres."""
    return Motion("slide", axis, (lo, hi))


def wrap(axis, period):
    """A repeating pattern that runs along an axis with the flow, one ``period`` in metres apart."""
    return Motion("wrap", axis, period=period, per_metre=1.0)


def wrap_turn(axis, period, per_metre):
    """A repeating pattern that runs about an axis with the flow, one ``period`` in degrees apart."""
    return Motion("wrap_turn", axis, period=period, per_metre=per_metre)


@dataclass
class Piece:
    """One painted shape."""

    material: str
    tint: tuple[float, float, float]
    shape: tuple


@dataclass
class Node:
    """A named node with its pivot in model space, its shapes and its children."""

    model: "Model"
    name: str
    pivot: tuple[float, float, float]
    motion: Motion | None = None
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    same_as: str | None = None

    def node(self, name, pivot, motion=None, same_as=None):
        """Add a child that moves about ``pivot``; ``same_as`` names a node whose mesh it shares."""
        child = Node(self.model, name, tuple(float(c) for c in pivot), motion, self, same_as=same_as)
        self.children.append(child)
        return child

    def add(self, material, shape, turn=None, keep=False):
        """Paint a shape and add it; ``turn`` is (axis, degrees, about); ``keep`` holds it when far."""
        for step in [] if turn is None else turn if isinstance(turn, list) else [turn]:
            shape = shapes.turned(shape, *step)
        if self.model.level == FAR and not keep:
            if np.ptp(shape[0], axis=0).max() < self.model.smallest:
                return
        host, tint = palette.resolve(material)
        self.pieces.append(Piece(host, tint, shape))

    def _bevel(self, bevel):
        return 0.0 if self.model.level == FAR else bevel

    def _segments(self, radius, segments):
        if self.model.level == FAR:
            return 8 if radius > 0.12 else 6
        return segments or int(min(36, max(10, 2 * round(5 + radius * 36))))

    def box(self, x, y, z, material, bevel=0.008, turn=None, keep=False):
        """A box from three (lo, hi) ranges."""
        self.add(material, shapes.box(x, y, z, self._bevel(bevel)), turn, keep)

    def slab(self, centre, size, material, bevel=0.008, turn=None, keep=False):
        """A box from its centre and size."""
        x, y, z = ((c - s / 2, c + s / 2) for c, s in zip(centre, size))
        self.box(x, y, z, material, bevel, turn, keep)

    def prism(self, profile, span, axis, material, bevel=0.01, turn=None, keep=False):
        """A polygon extruded along an axis: profile (z,y) along x, (x,z) along y, (x,y) along z."""
        self.add(material, shapes.prism(profile, *span, axis, self._bevel(bevel)), turn, keep)

    def lathe(self, profile, axis, centre, material, bevel=0.004, segments=None, turn=None, keep=False, arc=None):
        """A profile of (radius, position) turned about an axis."""
        radius = max(r for r, _ in profile)
        count = self._segments(radius, segments)
        shape = shapes.lathe(profile, axis, centre, count, self._bevel(bevel), arc)
        self.add(material, shape, turn, keep)

    def rod(self, axis, centre, radius, length, material, bevel=0.004, segments=None, turn=None, keep=False):
        """A cylinder centred on a point."""
        h = length / 2
        profile = [(0, -h), (radius, -h), (radius, h), (0, h)]
        self.lathe(profile, axis, centre, material, bevel, segments, turn, keep)

    def ring(self, axis, centre, outer, inner, length, material, bevel=0.004, segments=None, turn=None, keep=False):
        """A cylinder with a hole."""
        h = length / 2
        profile = [(inner, -h), (outer, -h), (outer, h), (inner, h), (inner, -h)]
        self.lathe(profile, axis, centre, material, bevel, segments, turn, keep)

    def tube(self, points, radius, material, bend=0.0, segments=8, turn=None, keep=False):
        """A bar, pipe or cable along points."""
        far = self.model.level == FAR
        shape = shapes.tube(points, radius, 4 if far else segments, 0.0 if far else bend)
        self.add(material, shape, turn, keep)


@dataclass
class Model:
    """One equipment model."""

    name: str
    level: int = FULL
    smallest: float = 0.0
    slots: list[dict] = field(default_factory=list)
    ports: dict = field(default_factory=dict)
    lamp_spot: tuple[float, float, float] | None = None
    tiles: float | None = None

    def __post_init__(self):
        self.body = Node(self, self.name, (0.0, 0.0, 0.0))

    def node(self, name, pivot, motion=None, same_as=None):
        """Add a moving node to the root."""
        return self.body.node(name, pivot, motion, same_as)

    def slot(self, at, node=None):
        """A place where a workpiece rests: model space, on the surface that carries it."""
        self.slots.append({"at": tuple(float(c) for c in at), "node": node})

    def nodes(self):
        """All nodes, parents first."""
        todo, out = [self.body], []
        while todo:
            node = todo.pop(0)
            out.append(node)
            todo = node.children + todo
        return out


def arc_points(centre, radius, start, end, count):
    """Points on a circle in a profile plane, from ``start`` to ``end`` degrees."""
    angles = (math.radians(start + (end - start) * k / (count - 1)) for k in range(count))
    return [(centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in angles]
