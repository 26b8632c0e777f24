"""Renders contact sheets of the built models, to be looked at. Run: ``python preview.py OUT [NAME …]``.

Reads the committed ``.glb`` files through Blender's importer (so it also proves that another program
reads them) and paints with Cycles on the CPU. Names may end in ``.lod1``.
"""

import math
import os
import sys
from pathlib import Path

import bpy
from mathutils import Vector

MODELS = Path(__file__).resolve().parent.parent
CELL, SAMPLES, COLUMNS = (440, 370), 8, 4


def scene_with_light():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = SAMPLES
    scene.cycles.use_denoising = True
    scene.cycles.max_bounces = 3
    scene.render.threads_mode, scene.render.threads = "FIXED", 2
    scene.render.resolution_x, scene.render.resolution_y = CELL
    scene.view_settings.view_transform = "AgX"
    world = bpy.data.worlds.new("w")
    scene.world = world
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (0.82, 0.86, 0.9, 1)
    world.node_tree.nodes["Background"].inputs[1].default_value = 0.75
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy, sun.data.angle = 2.6, 0.15
    sun.rotation_euler = (math.radians(42), math.radians(8), math.radians(-28))
    scene.collection.objects.link(sun)
    bpy.ops.mesh.primitive_plane_add(size=200)
    ground = bpy.data.materials.new("ground")
    ground.use_nodes = True
    ground.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.36, 0.35, 0.335, 1)
    ground.node_tree.nodes["Principled BSDF"].inputs["Roughness"].default_value = 0.9
    bpy.context.object.data.materials.append(ground)
    return scene


def render(scene, name, path, yaw=-32, pitch=22, focus=None, zoom=1.0, pose=None):
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(MODELS / f"{name}.glb"))
    added = [o for o in bpy.data.objects if o not in before]
    for node, (axis, amount, kind) in (pose or {}).items():
        o = next(o for o in added if o.name.split(".")[0] == node)
        o.rotation_mode = "XYZ"
        # Blender is Z up: glTF (x, y, z) is Blender (x, -z, y).
        index, sign = {"x": (0, 1), "y": (2, 1), "z": (1, -1)}[axis]
        if kind == "rotate":
            o.rotation_euler[index] += sign * math.radians(amount)
        else:
            o.location[index] += sign * amount
    bpy.context.view_layer.update()
    points = [o.matrix_world @ Vector(c) for o in added if o.type == "MESH" for c in o.bound_box]
    low = Vector(min(p[i] for p in points) for i in range(3))
    high = Vector(max(p[i] for p in points) for i in range(3))
    centre, size = (low + high) / 2, (high - low).length
    if focus:
        centre = Vector((focus[0], -focus[2], focus[1]))
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.lens = 50
    camera.data.clip_start = 0.01
    away = size * 1.75 / zoom
    y, p = math.radians(yaw), math.radians(pitch)
    camera.location = centre + Vector((-math.sin(y) * math.cos(p), -math.cos(y) * math.cos(p), math.sin(p))) * away
    camera.rotation_euler = (centre - camera.location).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    for o in [*added, camera]:
        bpy.data.objects.remove(o)


def sheet(pictures, path, columns=COLUMNS):
    import numpy as np

    w, h = CELL
    rows = (len(pictures) + columns - 1) // columns
    canvas = np.ones((rows * h, columns * w, 4), np.float32)
    for k, picture in enumerate(pictures):
        image = bpy.data.images.load(str(picture))
        pixels = np.array(image.pixels[:], np.float32).reshape(h, w, 4)
        row, column = rows - 1 - k // columns, k % columns
        canvas[row * h : (row + 1) * h, column * w : (column + 1) * w] = pixels
        bpy.data.images.remove(image)
    out = bpy.data.images.new("sheet", columns * w, rows * h)
    out.pixels = canvas.ravel()
    out.filepath_raw, out.file_format = str(path), "PNG"
    out.save()


def main(folder, names):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = names or sorted(p.stem for p in MODELS.glob("*.glb") if ".lod1" not in p.name)
    scene, pictures = scene_with_light(), []
    for name in names:
        picture = folder / f"{name}.png"
        render(scene, name, picture)
        pictures.append(picture)
    for k in range(0, len(pictures), 12):
        sheet(pictures[k : k + 12], folder / f"sheet-{k // 12 + 1}.png")
    print("pictures in", folder)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
    sys.stdout.flush()
    os._exit(0)
