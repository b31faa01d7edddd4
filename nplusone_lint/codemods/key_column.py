"""The shape "read the key": `book.author.id` becomes `book.author_id`, and so does each test whether there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import root_of, walk
from nplusone_lint.finding import Edit, Note, Place, Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class KeyRead:
    """The edits, the name of the row at hand, and the first key that is read though there may be no row."""

    edits: tuple[Edit, ...]
    root: str
    unguarded: Span | None


def read_key(draft: Draft, place: Span, link: str, column: str, faces: tuple[str, ...]) -> KeyRead | Refusal:
    """Every use that the function makes of `row.link` as one of `row.column`.

    `faces` are attributes of a row that give the row again.
    """
    import libcst

    found = draft.at(place, libcst.Attribute)
    first = _link_in(found, link) if found is not None else None
    if first is None:
        return Refusal("the attribute was not found")
    base = draft.code(first.value)
    owner = first.value.value if isinstance(first.value, libcst.Attribute) and _name(first.value) in faces else None
    key = f"{draft.text(draft.whole(owner or first.value))}.{column}"
    uses: list[libcst.Attribute] = []
    for node in walk(draft.module):
        if not isinstance(node, libcst.Attribute) or _name(node) not in (link, column):
            continue
        if _is_target(draft, node):
            where = Place(draft.path, draft.spans[node])
            return Refusal(f"`{draft.code(node)}` is set: the key follows later", (Note(where, "sets it"),))
        if _name(node) == link and draft.code(node.value) == base:
            uses.append(node)
    edits: dict[Span, str] = {}
    unguarded: Span | None = None
    for use in uses:
        node, text = _rewritten(draft, use, key)
        edits[draft.whole(node) if node is not _key_read(draft, use) else draft.spans[node]] = text
        if _key_read(draft, use) is node and not _is_guarded(draft, node, use) and unguarded is None:
            unguarded = draft.spans[node]
    outermost = [
        span for span in edits if not any(o != span and o.start <= span.start and span.end <= o.end for o in edits)
    ]
    return KeyRead(tuple(draft.edit(span, edits[span]) for span in outermost), root_of(first), unguarded)


def _name(node: libcst.Attribute) -> str:
    return node.attr.value


def _link_in(node: libcst.Attribute, link: str) -> libcst.Attribute | None:
    """`book.author` of `book.author.id`, `(await book.author).id`, or itself."""
    import libcst

    inner: libcst.BaseExpression = node
    while isinstance(inner, (libcst.Attribute, libcst.Await)):
        if isinstance(inner, libcst.Await):
            inner = inner.expression
        elif _name(inner) == link:
            return inner
        else:
            inner = inner.value
    return None


def _is_target(draft: Draft, node: libcst.Attribute) -> bool:
    import libcst

    parent = draft.parents[node]
    if isinstance(parent, (libcst.AssignTarget, libcst.AnnAssign, libcst.AugAssign)):
        return parent.target is node
    return isinstance(parent, (libcst.Del, libcst.For, libcst.AsName)) or (
        isinstance(parent, libcst.Element) and draft.enclosing(node, libcst.AssignTarget) is not None
    )


def _loaded(draft: Draft, use: libcst.Attribute) -> libcst.BaseExpression:
    """`await book.author`, or `book.author` where nobody awaits it."""
    import libcst

    parent = draft.parents[use]
    return parent if isinstance(parent, libcst.Await) else use


def _key_read(draft: Draft, use: libcst.Attribute) -> libcst.Attribute | None:
    """`book.author.id`"""
    import libcst

    loaded = _loaded(draft, use)
    parent = draft.parents[loaded]
    return parent if isinstance(parent, libcst.Attribute) and parent.value is loaded else None


def _rewritten(draft: Draft, use: libcst.Attribute, key: str) -> tuple[libcst.BaseExpression, str]:
    """What is replaced, and by what."""
    import libcst

    read = _key_read(draft, use)
    if read is not None:
        outer = draft.parents[read]
        none_else = isinstance(outer, libcst.IfExp) and outer.body is read and draft.code(outer.orelse) == "None"
        if isinstance(outer, libcst.IfExp) and none_else and _asks(draft, outer.test, use):
            return outer, key  # `book.author.id if book.author else None`
        return read, key
    loaded = _loaded(draft, use)
    outer = draft.parents[loaded]
    if isinstance(outer, libcst.Comparison):
        return loaded, key
    if isinstance(outer, libcst.UnaryOperation):
        return outer, f"{key} is None"
    return loaded, f"{key} is not None"


def _asks(draft: Draft, test: libcst.BaseExpression, use: libcst.Attribute) -> bool:
    """`book.author`, `book.author is not None`, or either among what else must hold."""
    import libcst

    if isinstance(test, libcst.BooleanOperation) and isinstance(test.operator, libcst.And):
        return _asks(draft, test.left, use) or _asks(draft, test.right, use)
    if isinstance(test, libcst.Comparison) and len(test.comparisons) == 1:
        if not isinstance(test.comparisons[0].operator, libcst.IsNot):
            return False
        test = test.left
    if isinstance(test, libcst.Await):
        test = test.expression
    return isinstance(test, libcst.Attribute) and draft.code(test) == draft.code(use)


def _is_guarded(draft: Draft, node: libcst.CSTNode, use: libcst.Attribute) -> bool:
    """Whether a condition around the read lets it be reached only where there is a row."""
    return any(_asks(draft, test, use) for test in _conditions(draft, node))


def _conditions(draft: Draft, node: libcst.CSTNode) -> Iterator[libcst.BaseExpression]:
    """What must hold around a node, in its own function."""
    import libcst

    inner = node
    for outer in draft.around(node):
        if isinstance(outer, (libcst.FunctionDef, libcst.Lambda)):
            return
        if isinstance(outer, (libcst.If, libcst.IfExp)) and outer.body is inner:
            yield outer.test
        if (
            isinstance(outer, libcst.BooleanOperation)
            and outer.right is inner
            and isinstance(outer.operator, libcst.And)
        ):
            yield outer.left
        if isinstance(outer, libcst.BaseComp):
            for clause in outer.for_in.ifs:
                yield clause.test
        inner = outer
