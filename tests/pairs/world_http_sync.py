"""An HTTP client on a real server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from http_counter import HttpCounter, counting_server
from opened import Opened, Setting


@contextmanager
def opened(setting: Setting) -> Iterator[Opened]:
    shop = import_module("shop.models")
    with counting_server(lambda path: answer(path, setting.n)) as counter, shop.connect(counter.url) as client:
        yield Opened((client,), lambda: counts(counter), lambda: asked(counter))


def answer(path: str, n: int) -> Any:
    """`/books/7` answers with the book; there are N of them, whose numbers `/books` lists."""
    if path == "/books":
        return list(range(1, n + 1))
    number = path.rpartition("/")[2]
    if not number.isdigit() or int(number) > n:
        return None
    return {"id": int(number), "title": f"Title {number}", "attachments": [f"cover-{number}"]}


def counts(counter: HttpCounter) -> dict[str, int]:
    return {"trips": counter.trips, "waits": counter.waits}


def asked(counter: HttpCounter) -> list[str]:
    """Which requests were made, in any order."""
    return sorted(path for path, _, _ in counter.requests)
