"""What the rest of the program may rely on, written as `models.toml` and as a table in `README.md`."""

import json

import numpy as np

_ENTRIES = {}


def entry(catalogued, model, tree, size, far, far_size):
    """Everything the manifest says about one model."""
    primitives = list(_primitives(tree, np.zeros(3)))
    points = np.concatenate([p["positions"] + offset for p, offset in primitives])
    low, high = points.min(axis=0), points.max(axis=0)
    return {
        "family": catalogued.family,
        "summary": catalogued.summary,
        "size": [round(float(c), 3) for c in high - low],
        "min": [round(float(c), 3) for c in low],
        "max": [round(float(c), 3) for c in high],
        "triangles": sum(len(p["triangles"]) for p, _ in primitives),
        "bytes": size,
        "draws": len({id(p) for p, _ in primitives}),
        "materials": sorted({p["material"] for p, _ in primitives}),
        "far_triangles": sum(len(p["triangles"]) for p in far["primitives"]),
        "far_bytes": far_size,
        "tiles": model.tiles,
        "lamp_spot": model.lamp_spot,
        "ports": model.ports,
        "slots": model.slots,
        "nodes": [_node(n) for n in model.nodes()[1:]],
    }


def _primitives(tree, parent, meshes=None):
    meshes = {} if meshes is None else meshes
    here = parent + np.array(tree["translation"])
    own = meshes[tree["same_as"]] if tree["same_as"] else tree["primitives"]
    meshes[tree["name"]] = own
    for p in own:
        yield p, here
    for child in tree["children"]:
        yield from _primitives(child, here, meshes)


def _node(node):
    motion = node.motion
    return {
        "name": node.name,
        "parent": node.parent.name,
        "pivot": [round(c, 4) for c in node.pivot],
        "motion": motion.type if motion else None,
        "axis": motion.axis if motion else None,
        "range": list(motion.range) if motion and motion.range else None,
        "period": motion.period if motion else None,
        "per_metre": motion.per_metre if motion else None,
    }


def keep(name, data):
    """Remember an entry for `write`."""
    _ENTRIES[name] = data


def _load(folder, name):
    """An entry of an earlier run, so that building one model keeps the others' rows."""
    import tomllib

    path = folder / "models.toml"
    if not path.exists():
        return None
    return tomllib.loads(path.read_text()).get("model", {}).get(name)


def _value(v):
    if isinstance(v, str):
        return json.dumps(v, ensure_ascii=False)
    if isinstance(v, (list, tuple)):
        return "[" + ", ".join(_value(c) for c in v) + "]"
    if isinstance(v, dict):
        return "{ " + ", ".join(f"{k} = {_value(c)}" for k, c in v.items() if c is not None) + " }"
    return str(v)


def write(folder, names):
    """Write `models.toml` and `README.md` for the named models."""
    entries = {n: _ENTRIES.get(n) or _load(folder, n) for n in names}
    entries = {n: e for n, e in entries.items() if e}
    (folder / "models.toml").write_text(_toml(entries))
    (folder / "README.md").write_text(_readme(entries))


def _toml(entries):
    lines = [
        "# Written by generator/build.py; do not edit.",
        "# Metres and degrees, model space: Y up, origin on the floor at the centre of the footprint,",
        "# length and flow along +X, operator's side +Z. README.md explains the keys.",
        "format = 1",
    ]
    for name, e in entries.items():
        lines += ["", f"[model.{name}]"]
        for key, value in e.items():
            if value is None or (value == [] or value == {}):
                continue
            if key in ("nodes", "slots"):
                lines.append(f"{key} = [")
                lines += [f"    {_value(item)}," for item in value]
                lines.append("]")
            else:
                lines.append(f"{key} = {_value(value)}")
    return "\n".join(lines) + "\n"


_INTRODUCTION = """# Models

Our own models of plant equipment, licensed like the program (MIT OR Apache-2.0). They are made by
[`generator/`](generator/README.md), which also writes this file and [`models.toml`](models.toml), the
same facts for programs. Do not edit them by hand.

- Metres, Y up, origin on the floor at the centre of the footprint. Length and material flow run along
  +X; the operator stands at +Z.
- One root node per file, named like the model; it holds everything that does not move. Each moving part
  is a node of its own with its origin at its axis and no rotation at rest.
- All materials are opaque and come from one palette; vertex colours (`COLOR_0`, linear) carry ambient
  occlusion and small tints.
- `NAME.lod1.glb` is the far level: same root, one mesh, at most 600 triangles and 3 materials.

Motions: `rotate` turns about the axis through the node's origin (degrees, right-handed); `slide` moves
along the axis by an offset from rest (metres). `wrap` and `wrap_turn` are the same for a pattern that
repeats: show the movement modulo `period`, keeping its sign, and it runs for ever without leaving its
place. `per_metre` is how far a part moves for each metre of material flow (metres or degrees; below zero
against the axis). `rollers` is a group: its children turn, not the group.

In `models.toml`, `slots` are the places where a workpiece rests (a point on the carrying surface; with
`node` it moves along with that node), `ports` where flow enters and leaves (`in`, `out`), `lamp_spot`
where a stack light stands, `tiles` the length a tile repeats at, `draws` the distinct meshes × materials
at full detail (nodes that share a mesh count once).
"""


def _readme(entries):
    total = sum(e["bytes"] + e["far_bytes"] for e in entries.values())
    lines = [_INTRODUCTION, f"{len(entries)} models, {total / 1e6:.1f} MB with their far levels.", ""]
    for family in dict.fromkeys(e["family"] for e in entries.values()):
        lines += [f"## {family.capitalize()}", ""]
        lines += ["| model | what | size x × y × z (m) | triangles (far) | kB (far) | draws | nodes and how they move |"]
        lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
        for name, e in entries.items():
            if e["family"] != family:
                continue
            size = " × ".join(f"{s:.2f}" for s in e["size"])
            nodes = "; ".join(_describe(n) for n in e.get("nodes") or [])
            lines.append(
                f"| `{name}` | {e['summary']} | {size} | {e['triangles']} ({e['far_triangles']}) "
                f"| {e['bytes'] / 1000:.0f} ({e['far_bytes'] / 1000:.0f}) | {e['draws']} | {nodes or '–'} |"
            )
        lines.append("")
    return "\n".join(lines)


def _describe(node):
    if not node.get("motion"):
        return f"`{node['name']}`"
    text = f"`{node['name']}` {node['motion']} {node['axis'].upper()}"
    if node.get("range"):
        text += f" {node['range'][0]:g}…{node['range'][1]:g}"
    if node.get("period"):
        text += f" per {node['period']:g}"
    return text
