"""One file per family of equipment; importing them all fills `MODELS`, family by family."""

from families import (
    bottles,
    bottling,
    conveying,
    handling,
    liquids,
    machining,
    processing,
    site,
    storage,
    utilities,
    workpieces,
)
from families.catalogue import MODELS

__all__ = ["MODELS"]
