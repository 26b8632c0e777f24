"""From a description to primitives: split, occlude, join by material, weld."""

import numpy as np

import coplanar
import glb
import model as modelling
import occlusion
import palette
import shapes

SPLIT = 0.75  # metres: longer edges are split so that occlusion has somewhere to live
FAR_TRIANGLES = 600
FAR_MATERIALS = 3


def full(describe, name):
    """The full level: the description and its tree of primitives for `glb.write`."""
    model = modelling.Model(name)
    describe(model)
    nodes = [n for n in model.nodes() if n.pieces]
    pieces = [(node, piece) for node in nodes for piece in node.pieces]
    parted = coplanar.part([piece.shape for _, piece in pieces])
    pieces = [(node, piece, _split(shape)) for (node, piece), shape in zip(pieces, parted)]
    shade = _shade([shape for _, _, shape in pieces])
    joined = {node.name: {} for node in nodes}
    folded = {node.name: palette.fold(dict.fromkeys(p.material for p in node.pieces)) for node in nodes}
    for (node, piece, shape), brightness in zip(pieces, shade):
        host, tint = folded[node.name][piece.material]
        tint = tuple(a * b for a, b in zip(tint, piece.tint))
        joined[node.name].setdefault(host, []).append((shape, brightness, tint))

    def tree(node, parent_pivot):
        pivot = np.array(node.pivot)
        return {
            "name": node.name,
            "translation": (pivot - parent_pivot).tolist(),
            "primitives": [_primitive(m, parts, pivot) for m, parts in joined.get(node.name, {}).items()],
            "children": [tree(child, pivot) for child in node.children],
            "same_as": node.same_as,
        }

    return model, tree(model.body, np.zeros(3))


def far(describe, name):
    """The far level: one mesh, at most `FAR_TRIANGLES` triangles and `FAR_MATERIALS` materials."""
    for smallest in (0.08, 0.12, 0.18, 0.26, 0.36, 0.5, 0.7, 0.95, 1.3, 1.6, 2.0):
        model = modelling.Model(name, modelling.FAR, smallest)
        describe(model)
        everything = _with_shared(model)
        if sum(len(shape[2]) for _, shape in everything) <= FAR_TRIANGLES and everything:
            break
    parted = coplanar.part([shape for _, shape in everything])
    everything = [(piece, shape) for (piece, _), shape in zip(everything, parted)]
    shade = _shade([shape for _, shape in everything])
    materials = _main_materials(everything)
    joined = {}
    for (piece, shape), brightness in zip(everything, shade):
        host, tint = materials[piece.material]
        tint = tuple(a * b for a, b in zip(tint, piece.tint))
        joined.setdefault(host, []).append((shape, brightness, tint))
    return {
        "name": name,
        "translation": (0.0, 0.0, 0.0),
        "primitives": [_primitive(m, parts, np.zeros(3)) for m, parts in joined.items()],
        "children": [],
        "same_as": None,
    }


def _with_shared(model):
    """All pieces in model space, those of nodes that share a mesh moved to their own pivot."""
    nodes = {n.name: n for n in model.nodes()}
    out = []
    for node in model.nodes():
        source = nodes[node.same_as] if node.same_as else node
        offset = np.array(node.pivot) - np.array(source.pivot)
        out += [(p, (p.shape[0] + offset, p.shape[1], p.shape[2])) for p in source.pieces]
    return out


def _split(shape):
    return shapes.split_long_edges(*shape, SPLIT)


def _shade(all_shapes):
    starts = np.cumsum([0] + [len(s[0]) for s in all_shapes])
    v = np.concatenate([s[0] for s in all_shapes])
    n = np.concatenate([s[1] for s in all_shapes])
    t = np.concatenate([s[2] + start for s, start in zip(all_shapes, starts)])
    reach = float(np.clip(0.35 * np.ptp(v, axis=0).max(), 0.02, 0.7))
    brightness = occlusion.bake(v, n, t, reach)
    return [brightness[a:b] for a, b in zip(starts, starts[1:])]


def _primitive(material, parts, pivot):
    starts = np.cumsum([0] + [len(shape[0]) for shape, _, _ in parts])
    v = np.concatenate([shape[0] for shape, _, _ in parts]) - pivot
    n = np.concatenate([shape[1] for shape, _, _ in parts])
    t = np.concatenate([shape[2] + start for (shape, _, _), start in zip(parts, starts)])
    c = np.concatenate([b[:, None] * np.array(tint)[None, :] for _, b, tint in parts])
    v, n, c, t = glb.weld(v, n, c, t)
    return {"material": material, "positions": v, "normals": n, "colours": c, "triangles": t}


def _main_materials(everything):
    """Which material draws which: the largest stay, the others become vertex colours of the nearest."""
    area = {}
    for piece, (v, _, t) in everything:
        cross = np.cross(v[t[:, 1]] - v[t[:, 0]], v[t[:, 2]] - v[t[:, 0]])
        area[piece.material] = area.get(piece.material, 0.0) + float(np.linalg.norm(cross, axis=1).sum())
    kept = sorted(area, key=lambda m: (-area[m], m))[:FAR_MATERIALS]
    out = {}
    for name in area:
        colour = np.array(palette.linear(palette.MATERIALS[name].srgb))
        if name in kept:
            out[name] = (name, (1.0, 1.0, 1.0))
            continue
        def cost(host):
            base = np.array(palette.linear(palette.MATERIALS[host].srgb))
            return float(np.abs(np.minimum(colour / base, 1.0) * base - colour).sum())
        host = min(kept, key=lambda k: (cost(k), k))
        base = np.array(palette.linear(palette.MATERIALS[host].srgb))
        out[name] = (host, tuple(np.minimum(colour / base, 1.0)))
    return out
