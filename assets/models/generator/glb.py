"""Writes a model as binary glTF 2.0: plain attributes only, opaque materials, no extension.

Positions and normals are floats; COLOR_0 is linear and stored as normalised bytes.
"""

import json
import struct

import numpy as np

import palette

GENERATOR = "twinscape model generator"


class _Buffer:
    def __init__(self):
        self.data, self.views, self.accessors = bytearray(), [], []

    def accessor(self, array, component, kind, target, normalized=False, bounds=False):
        while len(self.data) % 4:
            self.data.append(0)
        raw = array.tobytes()
        self.views.append(
            {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw), "target": target}
        )
        self.data += raw
        entry = {
            "bufferView": len(self.views) - 1,
            "componentType": component,
            "count": len(array),
            "type": kind,
        }
        if normalized:
            entry["normalized"] = True
        if bounds:
            entry["min"] = [float(c) for c in array.min(axis=0)]
            entry["max"] = [float(c) for c in array.max(axis=0)]
        self.accessors.append(entry)
        return len(self.accessors) - 1


def weld(positions, normals, colours, triangles):
    """Merge equal vertices; keep first-seen order, so that output does not depend on sorting."""
    key = np.concatenate([np.round(positions, 5), np.round(normals, 3), np.round(colours, 3)], axis=1)
    index, new, keep = {}, np.zeros(len(key), int), []
    for i, row in enumerate(map(tuple, key.tolist())):
        if row not in index:
            index[row] = len(keep)
            keep.append(i)
        new[i] = index[row]
    t = new[triangles]
    distinct = (t[:, 0] != t[:, 1]) & (t[:, 1] != t[:, 2]) & (t[:, 0] != t[:, 2])
    return positions[keep], normals[keep], colours[keep], t[distinct]


def write(path, root):
    """Write the tree of ``{name, translation, primitives, children, same_as}``; returns its size."""
    buffer, nodes, meshes, materials, by_name = _Buffer(), [], [], [], {}

    def material(name):
        if name not in materials:
            materials.append(name)
        return materials.index(name)

    def primitive(p):
        positions = p["positions"].astype("<f4")
        colours = np.clip(np.round(p["colours"] * 255), 0, 255).astype("u1")
        rgba = np.concatenate([colours, np.full((len(colours), 1), 255, "u1")], axis=1)
        small = len(positions) <= 65535
        indices = p["triangles"].reshape(-1).astype("<u2" if small else "<u4")
        return {
            "attributes": {
                "POSITION": buffer.accessor(positions, 5126, "VEC3", 34962, bounds=True),
                "NORMAL": buffer.accessor(p["normals"].astype("<f4"), 5126, "VEC3", 34962),
                "COLOR_0": buffer.accessor(rgba, 5121, "VEC4", 34962, normalized=True),
            },
            "indices": buffer.accessor(indices, 5123 if small else 5125, "SCALAR", 34963),
            "material": material(p["material"]),
        }

    def node(description):
        index = len(nodes)
        entry = {"name": description["name"]}
        nodes.append(entry)
        if any(abs(c) > 1e-9 for c in description["translation"]):
            entry["translation"] = [round(c, 6) for c in description["translation"]]
        if description["same_as"]:
            entry["mesh"] = by_name[description["same_as"]]
        elif description["primitives"]:
            entry["mesh"] = by_name[description["name"]] = len(meshes)
            meshes.append({"name": description["name"]})
            meshes[entry["mesh"]]["primitives"] = [primitive(p) for p in description["primitives"]]
        children = [node(child) for child in description["children"]]
        if children:
            entry["children"] = children
        return index

    top = node(root)
    document = {
        "asset": {"version": "2.0", "generator": GENERATOR, "copyright": "MIT OR Apache-2.0"},
        "scene": 0,
        "scenes": [{"nodes": [top]}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": [_material(name) for name in materials],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.data)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data = bytes(buffer.data) + b"\0" * (-len(buffer.data) % 4)
    total = 12 + 8 + len(text) + 8 + len(data)
    out = struct.pack("<4sII", b"glTF", 2, total)
    out += struct.pack("<I4s", len(text), b"JSON") + text
    out += struct.pack("<I4s", len(data), b"BIN\0") + data
    path.write_bytes(out)
    return total


def _material(name):
    look = palette.MATERIALS[name]
    return {
        "name": name,
        "alphaMode": "OPAQUE",
        "pbrMetallicRoughness": {
            "baseColorFactor": [round(c, 5) for c in palette.linear(look.srgb)] + [1.0],
            "metallicFactor": look.metallic,
            "roughnessFactor": look.roughness,
        },
    }
