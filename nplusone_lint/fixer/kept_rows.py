"""Whether anybody could notice that two passes with one key are given one object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Lookup, uses_of

if TYPE_CHECKING:
    import libcst

SHARED = "passes with the same key get the same object"


def escape_of(draft: Draft, lookup: Lookup) -> str:
    """How a row leaves the pass that asked for it, or is changed there, or ""."""
    if lookup.ending == "every":
        return _rows_escape(draft, lookup.call)
    return _row_escapes(draft, lookup.call)


def is_changed(draft: Draft, lookup: Lookup) -> bool:
    """Whether an attribute of the row is set, by the name that it is given."""
    import libcst

    above = draft.parents[lookup.call]
    name = _name(above.targets[0].target) if isinstance(above, libcst.Assign) and len(above.targets) == 1 else ""
    for use in uses_of(draft.module, name):
        outer = draft.parents[use]
        if isinstance(outer, libcst.Attribute) and isinstance(
            draft.parents[outer], libcst.AssignTarget | libcst.AugAssign | libcst.AnnAssign
        ):
            return True
    return False


def _row_escapes(draft: Draft, node: libcst.CSTNode) -> str:
    import libcst

    if _is_read(draft, node):
        return ""
    above = draft.parents[node]
    name = ""
    if isinstance(above, libcst.Assign) and len(above.targets) == 1:
        name = _name(above.targets[0].target)
    elif isinstance(above, libcst.NamedExpr):
        name = _name(above.target)
    if not name:
        return f"a row is handed on, and {SHARED}"
    for use in uses_of(draft.module, name):
        if not _is_read(draft, use):
            return f"`{name}` is handed on or changed, and {SHARED}"
    return ""


def _rows_escape(draft: Draft, node: libcst.CSTNode) -> str:
    import libcst

    above = draft.parents[node]
    places: list[libcst.CSTNode] = [node]
    if isinstance(above, libcst.Assign):
        places = list(uses_of(draft.module, _name(above.targets[0].target)))
    for place in places:
        loop = draft.parents[place]
        if not isinstance(loop, libcst.For | libcst.CompFor):
            if isinstance(loop, libcst.If | libcst.UnaryOperation):
                continue
            return f"the rows are handed on, and {SHARED}"
        scope = loop if isinstance(loop, libcst.For) else draft.parents[loop]
        name = _name(loop.target)
        if not name or not all(_is_read(draft, use) for use in uses_of(scope, name)):
            return f"the rows are handed on or changed, and {SHARED}"
    return ""


def _is_read(draft: Draft, node: libcst.CSTNode) -> bool:
    """An attribute is read, or it is asked whether there is a row."""
    import libcst

    above = draft.parents[node]
    if isinstance(above, libcst.Attribute):
        outer = draft.parents[above]
        return not isinstance(outer, libcst.AssignTarget | libcst.AugAssign | libcst.AnnAssign | libcst.Del)
    if isinstance(above, libcst.Comparison):
        return len(above.comparisons) == 1 and isinstance(above.comparisons[0].operator, libcst.Is | libcst.IsNot)
    if isinstance(above, libcst.ComparisonTarget):
        return isinstance(above.operator, libcst.Is | libcst.IsNot)
    if isinstance(above, libcst.If | libcst.IfExp):
        return above.test is node
    if isinstance(above, libcst.BooleanOperation):
        outer = draft.parents[above]
        return isinstance(outer, libcst.If | libcst.IfExp) and outer.test is above
    return isinstance(above, libcst.UnaryOperation) and isinstance(above.operator, libcst.Not)


def _name(node: libcst.BaseExpression) -> str:
    import libcst

    return node.value if isinstance(node, libcst.Name) else ""
