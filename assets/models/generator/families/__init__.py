"""One file per family of equipment; importing them all fills `MODELS`, family by family."""

from families import conveying, handling, machining, processing, site, storage, utilities, workpieces
from families.catalogue import MODELS

__all__ = ["MODELS"]
