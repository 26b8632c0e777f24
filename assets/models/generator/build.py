"""Builds every model, its far level, the manifest and the table. Run: ``python build.py [NAME …]``."""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bake
import glb
import manifest
from families import MODELS

OUT = Path(__file__).resolve().parent.parent


def main(names):
    unknown = [n for n in names if n not in MODELS]
    if unknown:
        sys.exit(f"no such model: {', '.join(unknown)}; there are: {', '.join(MODELS)}")
    for name in names or MODELS:
        start = time.monotonic()
        model, tree = bake.full(MODELS[name].describe, name)
        size = glb.write(OUT / f"{name}.glb", tree)
        far = bake.far(MODELS[name].describe, name)
        far_size = glb.write(OUT / f"{name}.lod1.glb", far)
        entry = manifest.entry(MODELS[name], model, tree, size, far, far_size)
        manifest.keep(OUT, name, entry)
        print(
            f"{name:22} {entry['triangles']:6} tri {size / 1000:6.1f} kB "
            f"| far {entry['far_triangles']:4} tri {far_size / 1000:5.1f} kB "
            f"| {entry['draws']} draws | {' × '.join(f'{s:.2f}' for s in entry['size'])} | {time.monotonic() - start:.1f} s",
            flush=True,
        )
    manifest.write(OUT, list(MODELS))


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # Blender's module can crash while the interpreter shuts down.
