"""Files beside the modules of a story, held in memory."""

from __future__ import annotations

import os
from collections.abc import Mapping

from nplusone_lint.source import Source, Unreadable


class Beside:
    """Files by path, as if they stood in the working directory."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = {os.path.abspath(name): text for name, text in texts.items()}

    def names(self, folder: str) -> frozenset[str]:
        inside = [path[len(folder) + 1 :] for path in self.texts if path.startswith(folder + os.sep)]
        return frozenset(place.partition(os.sep)[0] for place in inside)

    def read(self, path: str) -> Source | Unreadable:
        return Source(path, self.texts[path]) if path in self.texts else Unreadable(path, "is not there")
