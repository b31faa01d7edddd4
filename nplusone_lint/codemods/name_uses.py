"""Names in the concrete tree: which are read, which are bound, and which are free for new code."""

from __future__ import annotations

import builtins
import itertools
import keyword
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import walk

if TYPE_CHECKING:
    import libcst


RESERVED = frozenset([*keyword.kwlist, *dir(builtins)])


def read_in(draft: Draft, node: libcst.CSTNode) -> set[str]:
    """The names that stand in a node, without those of attributes and keywords."""
    import libcst

    return {
        inner.value
        for inner in walk(node)
        if isinstance(inner, libcst.Name) and not is_label(draft, inner)
    }  # fmt: skip


def is_label(draft: Draft, name: libcst.Name) -> bool:
    """Whether a name is that of an attribute or a keyword."""
    import libcst

    parent = draft.parents.get(name)
    if isinstance(parent, libcst.Attribute):
        return parent.attr is name
    return isinstance(parent, libcst.Arg) and parent.keyword is name


def uses(draft: Draft, name: str) -> list[libcst.Name]:
    """Where a name is read or bound in the draft."""
    import libcst

    found = (node for node in draft.parents if isinstance(node, libcst.Name) and node.value == name)
    return [node for node in found if not is_label(draft, node)]


def bound_in(node: libcst.CSTNode) -> set[str]:
    """The names that a node binds anew: targets of assignments, loops, `with`, `except`, `:=`, imports, definitions."""
    import libcst

    found: set[str] = set()
    bindings = (
        libcst.AssignTarget, libcst.AugAssign, libcst.AnnAssign, libcst.NamedExpr, libcst.For, libcst.CompFor,
    )  # fmt: skip
    for inner in walk(node):
        if isinstance(inner, bindings):
            found |= _targets(inner.target)
        elif isinstance(inner, libcst.AsName):
            found |= _targets(inner.name)
        elif isinstance(inner, libcst.Del):
            found |= _targets(inner.target)
        elif isinstance(inner, (libcst.FunctionDef, libcst.ClassDef)):
            found.add(inner.name.value)
        elif isinstance(inner, (libcst.Global, libcst.Nonlocal)):
            found |= {item.name.value for item in inner.names}
        elif isinstance(inner, libcst.ImportAlias) and isinstance(inner.name, libcst.Name):
            found.add(inner.name.value)
    return found


def _targets(target: libcst.CSTNode) -> set[str]:
    import libcst

    if isinstance(target, (libcst.Attribute, libcst.Subscript)):
        return set()
    return {inner.value for inner in walk(target) if isinstance(inner, libcst.Name)}


def fresh(draft: Draft, *wished: str, taken: Iterable[str] = ()) -> str:
    """The first of some names that neither stands in the draft nor is `taken`; else the last one with a number."""
    used = read_in(draft, draft.module) | set(taken) | RESERVED
    numbered = (f"{wished[-1]}_{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain(wished, numbered) if name.isidentifier() and name not in used)
