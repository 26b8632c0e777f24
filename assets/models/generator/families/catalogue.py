"""The register of models: a decorator that names a description and files it under its family."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One model: its name, family, one line of what it is, and the function that describes it."""

    name: str
    family: str
    summary: str
    describe: Callable


MODELS: dict[str, Entry] = {}


def model(name, summary):
    """File the decorated description under ``name``; its family is its file's name."""

    def file(describe):
        family = describe.__module__.rsplit(".", 1)[-1]
        MODELS[name] = Entry(name, family, summary, describe)
        return describe

    return file
