"""Paths with double underscores, as Django and Tortoise name them: `"author__publisher"`, `Prefetch("books", …)`.

`author__publisher` loads `author` and `author.publisher`. A prefetch with `to_attr` puts its rows under a name of
their own (kept in `Row.loads` as `=name=relation`).
"""

from __future__ import annotations

from collections.abc import Iterable

from nplusone_lint.libraries.vocabulary import Invocation
from nplusone_lint.values import Collection, Constant, Lookup, Record, Row, Value, changed


def loading(row: Row, paths: Iterable[str]) -> Row:
    return changed(row, loads=row.loads.union(paths))


def prefetched(row: Row, lookups: tuple[Value, ...]) -> Row:
    row = loading(row, paths_of(lookups))
    for lookup in spread(lookups):
        if isinstance(lookup, Lookup):
            row = _looked_up(row, lookup)
    return row


def _looked_up(row: Row, lookup: Lookup) -> Row:
    """With what the queryset of a `Prefetch` loads in its turn, and leaves out."""
    inner = lookup.element if isinstance(lookup.element, Row) else Row("")
    before, _, name = lookup.path.rpartition("__")
    way = [part for part in before.split("__") if part]
    here = [".".join((*way, f"={lookup.attribute}={name}"))] if lookup.attribute else []
    below = ".".join((*way, lookup.attribute or name, ""))
    row = loading(row, (*prefixes(way), *here, *(below + path for path in inner.loads)))
    return changed(row, deferred=row.deferred.union(below + name for name in inner.deferred))


def paths_of(arguments: tuple[Value, ...]) -> list[str]:
    """The dotted form of `"author__publisher"`, with all its prefixes."""
    paths: list[str] = []
    for argument in spread(arguments):
        if isinstance(argument, Lookup) and argument.attribute:
            continue  # its rows stand under a name of their own
        name = argument.path if isinstance(argument, Lookup) else text_of(argument)
        if name:
            paths.extend(prefixes(name.split("__")))
        elif not isinstance(argument, Constant):
            paths.append("*")  # a path that only runs know: assume that it loads what is asked
    return paths


def prefixes(parts: list[str]) -> list[str]:
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def only_below(parts: list[str]) -> set[str]:
    """`author__name`: of the book the author's key, of the author nothing but the name."""
    marks: set[str] = set()
    for n, part in enumerate(parts):
        way = ".".join((*parts[:n], ""))
        marks |= {way + "*", f"{way}+{part}"}
    return marks


def is_none(call: Invocation) -> bool:
    """`select_related(None)`"""
    first = call.argument(0)
    return isinstance(first, Constant) and first.value is None


def names_of(arguments: tuple[Value, ...]) -> list[str]:
    """The fields among the arguments whose names are known."""
    return [name for name in map(text_of, spread(arguments)) if name]


def spread(arguments: tuple[Value, ...]) -> list[Value]:
    """The arguments with those that are lists or tuples laid out: `only(*COLUMNS)`."""
    flat: list[Value] = []
    for argument in arguments:
        if isinstance(argument, Record):
            flat.extend(argument.items)
        elif isinstance(argument, Collection):
            flat.append(argument.element)
        else:
            flat.append(argument)
    return flat


def text_of(value: Value) -> str:
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else ""
