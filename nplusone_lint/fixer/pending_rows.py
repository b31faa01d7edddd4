"""Rows that are handed to a session and not sent yet: who in a loop would miss their keys and defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.loop_body import Pass, calls_nothing, within
from nplusone_lint.finding import Note, Place, Refusal
from nplusone_lint.fixer.questions import Deed, inside
from nplusone_lint.program import Program

if TYPE_CHECKING:  # see `concrete`
    pass


def needed_row(program: Program, found: Pass, receiver: str) -> Refusal | None:
    """A row that a pass makes, and uses after it was sent."""
    import libcst

    draft = found.draft
    end = draft.spans[found.statement].end
    suspects = made_in(found) | handed_to(found, receiver)
    for node in within(found.loop):
        if isinstance(node, libcst.Name) and node.value in suspects and draft.spans[node].start > end:
            place = Place(draft.path, draft.spans[node])
            return Refusal(
                f"`{node.value}` is used after it was sent: its key and defaults may be missing till then",
                (Note(place, "is used here"),),
            )
    return None


def needed_key(program: Program, found: Pass, there: list[Deed], receiver: str) -> Refusal | None:
    """A key that the database makes, read of a row that an earlier pass may have made."""
    import libcst

    draft = found.draft
    keys = {
        c.name for model in program.analysis.models.models.values() for c in model.columns.values() if c.primary_key
    }
    suspects = made_in(found) | handed_to(found, receiver)
    loaded = _loaded(found, there)
    adds = [deed for deed in there if deed.verb in ("add", "insert")]
    for node in within(found.loop) if adds else ():
        if not isinstance(node, libcst.Attribute) or node.attr.value not in {*keys, "id", "pk"}:
            continue
        if draft.spans[node].start > draft.spans[found.statement].end:
            continue  # see `needed_row`
        name = node.value.value if isinstance(node.value, libcst.Name) else ""
        if name in loaded or (name and name in _targets(found) and name not in suspects):
            continue
        if name and name not in suspects and not _is_bound(found, name):
            continue  # it comes from before the loop
        place = Place(draft.path, draft.spans[node])
        return Refusal(
            f"`{draft.code(node)}` is the key of a row that may not be sent yet", (Note(place, "is read here"),)
        )
    return None


def made_in(found: Pass) -> set[str]:
    """Names that a statement in the loop gives to something that a call made."""
    import libcst

    return {
        target.target.value
        for node in within(found.loop)
        if isinstance(node, libcst.Assign) and not calls_nothing(node.value)
        for target in node.targets
        if isinstance(target.target, libcst.Name)
    }


def handed_to(found: Pass, receiver: str) -> set[str]:
    """Names that are given to a method of the session."""
    import libcst

    return {
        arg.value.value
        for node in within(found.loop)
        if isinstance(node, libcst.Call)
        and isinstance(node.func, libcst.Attribute)
        and found.draft.code(node.func.value) == receiver
        for arg in node.args
        if isinstance(arg.value, libcst.Name)
    }


def _loaded(found: Pass, there: list[Deed]) -> set[str]:
    """Names of what only a query made."""
    import libcst

    names: dict[str, bool] = {}
    for node in within(found.loop):
        if not isinstance(node, libcst.Assign):
            continue
        place = Place(found.draft.path, found.draft.spans[node.value])
        done = [deed for deed in there if inside(deed.place, place)]
        read = bool(done) and all(deed.kind == "trip" and not deed.writes and deed.verb != "add" for deed in done)
        for target in node.targets:
            if isinstance(target.target, libcst.Name):
                names[target.target.value] = read and names.get(target.target.value, True)
    return {name for name, read in names.items() if read}


def _targets(found: Pass) -> set[str]:
    import libcst

    nodes = [node for loop in found.loops for node in [loop.target, *within(loop.target)]]
    return {node.value for node in nodes if isinstance(node, libcst.Name)}


def _is_bound(found: Pass, name: str) -> bool:
    import libcst

    nodes = [n for n in within(found.loop) if isinstance(n, (libcst.AssignTarget, libcst.NamedExpr, libcst.For))]
    return name in {n.target.value for n in nodes if isinstance(n.target, libcst.Name)}
