"""All libraries that are known: every module of this package that describes one."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from nplusone_lint import libraries
from nplusone_lint.libraries.vocabulary import Library

APART = ("catalogue", "vocabulary", "writing")


def _discover() -> tuple[Library, ...]:
    """In the order of their file names. A module without `LIBRARY` holds what several libraries share."""
    names = sorted(module.name for module in pkgutil.iter_modules(libraries.__path__) if module.name not in APART)
    modules = [import_module(f"{libraries.__name__}.{name}") for name in names]
    return tuple(module.LIBRARY for module in modules if hasattr(module, "LIBRARY"))


LIBRARIES: tuple[Library, ...] = _discover()
