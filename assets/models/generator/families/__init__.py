"""One file per family of equipment; importing them all fills `MODELS`, in catalogue order."""

from families.catalogue import MODELS
from families import machining, handling, conveying, processing, storage, utilities, site, workpieces

__all__ = ["MODELS"]
