"""A user's own rows as a library like the others."""

from __future__ import annotations

from collections.abc import Iterable

from nplusone_lint.libraries.vocabulary import Library, Method, Type
from nplusone_lint.taught import WORD, Taught


def taught_library(rows: Iterable[Taught]) -> Library:
    """The functions and types that a user describes."""
    functions: list[Method] = []
    types: dict[str, list[Method]] = {}
    for row in rows:
        if row.function:
            functions.append(_method(row.function, row))
        else:
            types.setdefault(row.type, []).append(_method(row.method, row))
    return Library(
        "helpers of the configuration",
        imports=(),  # they may stand inside the program
        types=tuple(Type(name, tuple(methods)) for name, methods in types.items()),
        functions=tuple(functions),
        own=True,
    )


def _method(name: str, row: Taught) -> Method:
    batch = f"`{row.batch}`" if all(WORD.fullmatch(part) for part in row.batch.split(".")) else row.batch
    return Method(name, row.trip, row.returns, batch, awaited=row.awaited)
