"""The one palette every model is painted from.

Calm and matte (ISA-101): warm light greys, mid greys and a muted blue-grey accent. Saturated colour is
left to alarms, so lamps are dark tinted plastic here and light up only in the viewer. Metals are kept
at a low metallic factor: they must read as steel where no environment map is drawn.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Material:
    """One glTF material: sRGB colour as ``#rrggbb``, metallic and roughness factors in 0..1."""

    srgb: str
    metallic: float = 0.0
    roughness: float = 0.7


MATERIALS = {
    "paint_light": Material("#d9d6cf", 0.0, 0.62),
    "paint_mid": Material("#a5a7a6", 0.0, 0.62),
    "paint_dark": Material("#54595e", 0.0, 0.58),
    "paint_accent": Material("#607a89", 0.0, 0.58),
    "robot_ochre": Material("#b3894f", 0.0, 0.55),
    "safety_yellow": Material("#d8b23c", 0.0, 0.6),
    "steel_brushed": Material("#b7babc", 0.45, 0.40),
    "steel_dark": Material("#4b4e51", 0.35, 0.48),
    "rubber": Material("#2b2c2d", 0.0, 0.9),
    "plastic_dark": Material("#33373b", 0.0, 0.55),
    "glass": Material("#1d272e", 0.1, 0.12),
    "belt": Material("#3a3f42", 0.0, 0.82),
    "wood": Material("#b39871", 0.0, 0.85),
    "cardboard": Material("#b8a07c", 0.0, 0.9),
    "concrete": Material("#aeaba5", 0.0, 0.92),
    "floor": Material("#a19f9a", 0.0, 0.85),
    # Food and beverage: stainless sheet, bottle glass (opaque, see the models' README), crates.
    "stainless": Material("#cdd2d4", 0.5, 0.28),
    "bottle_glass": Material("#a9c0b0", 0.05, 0.14),
    "crate": Material("#41747a", 0.0, 0.6),
    "lamp_red": Material("#6b3936", 0.0, 0.35),
    "lamp_yellow": Material("#7d6d3d", 0.0, 0.35),
    "lamp_green": Material("#436252", 0.0, 0.35),
    "lamp_blue": Material("#3f5874", 0.0, 0.35),
    "lamp_white": Material("#b9bbb8", 0.0, 0.35),
}

# Small details that would not earn a draw call of their own: painted on another material by vertex
# colour. The colour must be darker than its host's in every channel.
TINTS = {
    "tint_yellow": ("paint_light", "#d4ae3e"),
    "tint_stop": ("paint_light", "#8e3a34"),
    "tint_accent": ("paint_light", "#607a89"),
    "tint_label": ("paint_light", "#8d9194"),
    "stainless_mid": ("stainless", "#9da2a5"),
    "stainless_dark": ("stainless", "#54585b"),
    "bottle_full": ("bottle_glass", "#3f6650"),
    "tint_raw": ("steel_brushed", "#7f7d79"),
    "tint_brass": ("steel_brushed", "#a8905c"),
    "tint_copper": ("steel_brushed", "#9c6f55"),
}


def linear(srgb: str) -> tuple[float, float, float]:
    """Linear RGB in 0..1 of an sRGB hex colour (IEC 61966-2-1)."""
    channels = (int(srgb[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def resolve(name: str) -> tuple[str, tuple[float, float, float]]:
    """The material that draws ``name`` and the vertex colour it is multiplied with."""
    if name in MATERIALS:
        return name, (1.0, 1.0, 1.0)
    host, srgb = TINTS[name]
    base = linear(MATERIALS[host].srgb)
    return host, tuple(min(1.0, c / b) for c, b in zip(linear(srgb), base))


# Materials that differ in little but colour: where a node uses several of a class, one host draws them all
# and vertex colour tells them apart, because every material of every node is a draw call.
_CLASSES = {
    "paint_light": {"paint_mid", "paint_dark", "paint_accent", "robot_ochre", "safety_yellow", "plastic_dark", "rubber"},
    "steel_brushed": {"steel_dark"},
}


def fold(names):
    """For the materials of one node: which material draws each, and the colour it is multiplied with."""
    out = {name: (name, (1.0, 1.0, 1.0)) for name in names}
    for host, guests in _CLASSES.items():
        used = [name for name in names if name == host or name in guests]
        if len(used) > 1:
            base = linear(MATERIALS[host].srgb)
            for name in used:
                colour = linear(MATERIALS[name].srgb)
                out[name] = (host, tuple(min(1.0, c / b) for c, b in zip(colour, base)))
    return out
