"""What a loop does with the row that it saves or deletes: where the row comes from, what is set on it, who gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.loop_body import Pass, names, within
from nplusone_lint.source import Span

if TYPE_CHECKING:  # see `concrete`
    import libcst


def changed_before(found: Pass) -> libcst.Name | None:
    """Where a variable that the loop runs over is used between its assignment and the loop."""
    import libcst

    draft, loop = found.draft, found.loops[0]
    read = {node.value for node in [loop.iter, *within(loop.iter)] if isinstance(node, libcst.Name)}
    own = set(within(loop.iter)) | {loop.iter}
    bound = {
        node.target.value: draft.spans[node].start
        for node in draft.parents
        if isinstance(node, libcst.AssignTarget) and isinstance(node.target, libcst.Name)
    }
    for node in names(draft):
        at = draft.spans[node].start
        is_local = node.value in read and node.value in bound
        is_between = is_local and node not in own and bound[node.value] < at < draft.spans[loop].start
        if is_between and not isinstance(draft.parents[node], libcst.AssignTarget):
            return node
    return None


def is_target(found: Pass, name: str) -> bool:
    import libcst

    target = found.loops[0].target
    return isinstance(target, libcst.Name) and target.value == name and not assigned(found, name)


def assigned(found: Pass, name: str) -> list[libcst.Assign]:
    import libcst

    return [
        node
        for node in within(found.loop)
        if isinstance(node, libcst.Assign)
        and any(isinstance(t.target, libcst.Name) and t.target.value == name for t in node.targets)
    ]


def made_in(found: Pass, name: str) -> libcst.BaseExpression | None:
    """What a name is assigned in every pass before the call, if that is one thing."""
    given = assigned(found, name)
    if len(given) != 1 or len(given[0].targets) != 1 or is_bound_by_loop(found, name):
        return None
    draft = found.draft
    block = draft.parents[draft.parents[given[0]]]
    inside = any(outer is block for outer in draft.around(found.statement))
    loop_body = found.loops[0].body
    is_within = block is loop_body or any(outer is loop_body for outer in draft.around(block))
    before = draft.spans[given[0]].start < draft.spans[found.statement].start
    return given[0].value if inside and is_within and before else None


def is_bound_by_loop(found: Pass, name: str) -> bool:
    import libcst

    return any(
        isinstance(node, libcst.Name) and node.value == name
        for loop in found.loops
        for node in [loop.target, *within(loop.target)]
    )


def mentions(found: Pass, name: str) -> list[libcst.Name]:
    """Where a name is read in the loop, the call itself left out."""
    import libcst

    own = {chains.receiver(found.call)}
    heads = {node for loop in found.loops for node in [loop.target, *within(loop.target)]}
    nodes = [node for node in within(found.loop) if isinstance(node, libcst.Name) and node.value == name]
    reads = [n for n in nodes if n not in own and not isinstance(found.draft.parents[n], libcst.AssignTarget)]
    return sorted(
        (
            n
            for n in reads
            if (n not in heads and not isinstance(found.draft.parents[n], libcst.Arg)) or is_value(found, n)
        ),
        key=lambda n: found.draft.spans[n].start,
    )


def is_value(found: Pass, name: libcst.Name) -> bool:
    import libcst

    parent = found.draft.parents[name]
    return isinstance(parent, libcst.Arg) and parent.value is name


def is_read_outside(found: Pass, name: str) -> bool:
    import libcst

    inside = set(within(found.loop))
    end = found.draft.spans[found.loop].end
    return any(
        isinstance(node, libcst.Name) and node.value == name and node not in inside and span.start > end
        for node, span in found.draft.spans.items()
    )


def set_on(found: Pass, name: str) -> list[str]:
    """The attributes of a row that the loop sets before the call, in the order of the code."""
    import libcst

    start = found.draft.spans[found.statement].start
    targets = [
        node.target
        for node in within(found.loop)
        if isinstance(node, (libcst.AssignTarget, libcst.AugAssign, libcst.AnnAssign))
    ]
    spans: list[tuple[Span, str]] = [
        (found.draft.spans[target], target.attr.value)
        for target in targets
        if isinstance(target, libcst.Attribute)
        and isinstance(target.value, libcst.Name)
        and target.value.value == name
        and found.draft.spans[target].start < start
    ]
    return list(dict.fromkeys(attribute for _, attribute in sorted(spans)))


def handed_on(found: Pass, row: libcst.Name) -> libcst.CSTNode | None:
    """Where the row is an argument, is given another name, or has a method called."""
    import libcst

    for name in mentions(found, row.value):
        parent = found.draft.parents[name]
        outer = found.draft.parents[parent]
        if not isinstance(parent, libcst.Attribute) or (isinstance(outer, libcst.Call) and outer.func is parent):
            return name
    return None


def texts_in(told: libcst.Arg) -> list[str] | None:
    import libcst

    if not isinstance(told.value, (libcst.List, libcst.Tuple, libcst.Set)):
        return None
    texts = [chains.text_of(element.value) for element in told.value.elements]
    return [text for text in texts if text is not None] if None not in texts else None
