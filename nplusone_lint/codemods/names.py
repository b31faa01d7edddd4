"""Names on the concrete tree: which ones code reads, binds or may change, and which ones are free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nplusone_lint.codemods.chains import text_of
from nplusone_lint.codemods.draft import Draft

if TYPE_CHECKING:
    import libcst

PURE = frozenset({
    "len", "str", "int", "float", "bool", "repr", "abs", "min", "max", "sum", "round", "sorted", "tuple", "list",
    "dict", "set", "frozenset", "isinstance", "issubclass", "hasattr", "getattr", "type", "id", "any", "all", "ord",
    "chr", "divmod", "bytes", "format", "hash", "enumerate", "zip", "reversed", "range", "print",
})  # fmt: skip
"""Built-in functions that change nothing they are given (an iterator, which some use up, aside)."""

TEXT_METHODS = frozenset({
    "format", "strip", "lstrip", "rstrip", "lower", "upper", "title", "replace", "split", "rsplit", "join",
    "startswith", "endswith", "isoformat", "strftime", "removeprefix", "removesuffix", "encode", "decode",
    "zfill", "casefold", "partition", "rpartition", "items", "keys", "values", "get", "count", "index",
    "copy",
})  # fmt: skip
"""Methods of texts, dates and containers that change nothing; `get` of other objects may do anything."""


def walk(node: libcst.CSTNode, *without: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    """A node and all nodes in it, in the order of the text; not those of some parts of it."""
    pending = [node]
    while pending:
        current = pending.pop()
        if current in without:
            continue
        yield current
        pending.extend(reversed(current.children))


def read_in(node: libcst.CSTNode, *without: libcst.CSTNode) -> list[str]:
    """The names that code reads, in the order of the text; what a comprehension or lambda in it binds is its own.

    Targets of assignments count as read.
    """
    import libcst

    own: set[str] = set()
    found: dict[str, None] = {}
    skipped: set[libcst.CSTNode] = set()
    for inner in walk(node, *without):
        if isinstance(inner, libcst.Attribute):
            skipped.add(inner.attr)
        elif isinstance(inner, libcst.Arg) and inner.keyword is not None:
            skipped.add(inner.keyword)
        elif isinstance(inner, libcst.Param):
            own.add(inner.name.value)
        elif isinstance(inner, libcst.CompFor):
            own.update(targets_of(inner.target))
        elif isinstance(inner, libcst.Name) and inner not in skipped:
            found[inner.value] = None
    return [name for name in found if name not in own]


def targets_of(target: libcst.BaseExpression) -> list[str]:
    """The names that an assignment to a target binds."""
    import libcst

    if isinstance(target, libcst.Name):
        return [target.value]
    if isinstance(target, (libcst.Tuple, libcst.List)):
        return [name for element in target.elements for name in targets_of(element.value)]
    return targets_of(target.value) if isinstance(target, libcst.StarredElement) else []


def bound_in(nodes: Iterable[libcst.CSTNode]) -> set[str]:
    """The names that statements bind, as far as they are assigned, looped over, imported or defined there."""
    import libcst

    found: set[str] = set()
    for node in nodes:
        for inner in walk(node):
            for target in _targets(inner):
                found.update(targets_of(target))
            if isinstance(inner, libcst.FunctionDef | libcst.ClassDef):
                found.add(inner.name.value)
            elif isinstance(inner, libcst.ImportAlias):
                name = inner.asname.name if inner.asname is not None else inner.name
                found.update(read_in(name)[:1])
    return found


def _targets(node: libcst.CSTNode) -> Iterator[libcst.BaseExpression]:
    import libcst

    targeted = libcst.AssignTarget | libcst.AnnAssign | libcst.AugAssign | libcst.For | libcst.NamedExpr | libcst.Del
    if isinstance(node, targeted):
        yield node.target
    elif isinstance(node, libcst.AsName):
        yield node.name


def changed_in(nodes: Iterable[libcst.CSTNode], *without: libcst.CSTNode) -> dict[str, libcst.CSTNode]:
    """The names whose values statements may change, each with the place: bound, written into, or told to do something.

    What is only given to a call is not among them.
    """
    import libcst

    found: dict[str, libcst.CSTNode] = {}
    for node in nodes:
        for inner in walk(node, *without):
            for target in _targets(inner):
                for name in targets_of(target) or [root_of(target)]:
                    found.setdefault(name, inner)
            if isinstance(inner, libcst.Call) and isinstance(inner.func, libcst.Attribute):
                found.setdefault(root_of(inner.func, through_calls=False), inner)
    found.pop("", None)
    return found


def attributes_set_in(nodes: Iterable[libcst.CSTNode]) -> set[str]:
    """The names of attributes, and of keys that are plain texts, that statements assign."""
    targets = (target for node in nodes for inner in walk(node) for target in _targets(inner))
    return {name for target in targets if (name := _part(target))}


def attributes_read_in(node: libcst.CSTNode) -> set[str]:
    """The names of attributes, and of keys that are plain texts, that code reads."""
    return {name for inner in walk(node) if (name := _part(inner))}


def _part(node: libcst.CSTNode) -> str:
    """`title` of `book.title` and of `book["title"]`"""
    import libcst

    if isinstance(node, libcst.Attribute):
        return node.attr.value
    if not isinstance(node, libcst.Subscript) or not isinstance(node.slice[0].slice, libcst.Index):
        return ""
    return text_of(node.slice[0].slice.value) or ""


def root_of(node: libcst.CSTNode, *, through_calls: bool = True) -> str:
    """`book` of `book.author.name`, `books[key].title`, `book.title.lower()`; "" where it is none.

    Without `through_calls`, what a call gives is not a part of what it was called on.
    """
    import libcst

    while True:
        if isinstance(node, (libcst.Attribute, libcst.Subscript)):
            node = node.value
        elif isinstance(node, libcst.Call) and through_calls:
            node = node.func
        elif isinstance(node, libcst.Await) and through_calls:
            node = node.expression
        else:
            return node.value if isinstance(node, libcst.Name) else ""


def is_pure(node: libcst.CSTNode) -> bool:
    """Whether evaluating an expression, once more or earlier, can do nothing: no call but of the plainest kind."""
    import libcst

    lasting = (libcst.Await, libcst.Yield, libcst.NamedExpr, libcst.Lambda, libcst.GeneratorExp)
    for inner in walk(node):
        if isinstance(inner, lasting):
            return False
        if isinstance(inner, libcst.Call):
            function = inner.func
            known = isinstance(function, libcst.Name) and function.value in PURE and function.value != "print"
            plain = isinstance(function, libcst.Attribute) and function.attr.value in TEXT_METHODS
            if not (known or plain):
                return False
    return True


def uses_of(draft: Draft, name: str) -> list[libcst.Name]:
    """Where a function mentions a name, but for attributes and keywords that are called so."""
    import libcst

    other: set[libcst.CSTNode | None] = set()
    found = []
    for node in walk(draft.module):
        if isinstance(node, libcst.Attribute):
            other.add(node.attr)
        elif isinstance(node, libcst.Arg):
            other.add(node.keyword)
        elif isinstance(node, libcst.Name) and node.value == name and node not in other:
            found.append(node)
    return found
