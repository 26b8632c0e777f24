"""Builds every model, its far level, the manifest and the table.

``python build.py [NAME …]`` writes them; ``python build.py --check`` builds all into a temporary folder
and compares them, byte for byte, with what is committed.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bake
import glb
import manifest
from families import MODELS

COMMITTED = Path(__file__).resolve().parent.parent


def build(names, folder):
    """Write the named models, all of them if none is named, and what describes them."""
    for name in names or MODELS:
        start = time.monotonic()
        model, tree = bake.full(MODELS[name].describe, name)
        size = glb.write(folder / f"{name}.glb", tree)
        far = bake.far(MODELS[name].describe, name)
        far_size = glb.write(folder / f"{name}.lod1.glb", far)
        entry = manifest.entry(MODELS[name], model, tree, size, far, far_size)
        manifest.keep(name, entry)
        print(
            f"{name:22} {entry['triangles']:6} triangles {size / 1000:6.1f} kB "
            f"| far {entry['far_triangles']:4} {far_size / 1000:5.1f} kB | {entry['draws']:2} draws "
            f"| {' × '.join(f'{s:.2f}' for s in entry['size'])} m | {time.monotonic() - start:.1f} s",
            flush=True,
        )
    manifest.write(folder, list(MODELS))


def check():
    """Build all into a temporary folder; the names of files that differ from the committed ones."""
    with tempfile.TemporaryDirectory() as folder:
        build([], Path(folder))
        made = {p.name: p.read_bytes() for p in Path(folder).iterdir()}
    present = {p.name for p in COMMITTED.iterdir() if p.is_file()}
    return sorted(
        name
        for name in made.keys() | present
        if name not in made or name not in present or made[name] != (COMMITTED / name).read_bytes()
    )


def main(arguments):
    """The exit status: 0 if all went well, 1 if the check found a difference, 2 for a wrong name."""
    if arguments == ["--check"]:
        different = check()
        for name in different:
            print(f"{name} is not what the generator makes")
        return 1 if different else 0
    unknown = [name for name in arguments if name not in MODELS]
    if unknown:
        print(f"no such model: {', '.join(unknown)}; there are: {', '.join(MODELS)}")
        return 2
    build(arguments, COMMITTED)
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # Blender's module can crash while the interpreter shuts down.
