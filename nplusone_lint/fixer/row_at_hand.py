"""A row fetched again by its own key: whether the row at hand is the same in all that is done with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nplusone_lint.codemods.chains import called_name
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import root_of, targets_of, walk
from nplusone_lint.codemods.row_at_hand import Again, fetched_again, use_owner
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Place, Refusal
from nplusone_lint.fixer.forms import gives_or_raises, rows_are_shared
from nplusone_lint.fixer.questions import draft_around, inside
from nplusone_lint.fixer.seen_values import words_in
from nplusone_lint.fixer.since_loaded import between, bound, is_handed_in
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Model
from nplusone_lint.seen.redundancy import Requery

if TYPE_CHECKING:
    import libcst

MORE = re.compile(r"for_update|populate_existing|execution_options|options\(|using|defer|only\(|annotate|with_entities")
"""Words of a query that does more than fetch the row: it locks, or loads otherwise, or from elsewhere."""
REREADS = ("update", "delete", "execute", "refresh", "save", "remove")


def use_row_at_hand(program: Program, finding: Finding) -> Fix | Refusal:
    """The name of the row at hand takes the place of the query."""
    place, function, requery = finding.place, finding.function, finding.about
    assert isinstance(requery, Requery)
    model = program.analysis.models.named(requery.model)
    draft = draft_around(program, place)
    if isinstance(draft, Refused) or model is None:
        return Refusal(draft.message if isinstance(draft, Refused) else "the model is not known")
    values = words_in(program, function, place.path)
    again = fetched_again(draft, place.span, values, requery.row, (f"row of {requery.row}",))
    if isinstance(again, Refusal):
        return again
    more = MORE.search(draft.code(again.row) + draft.code(again.query))
    if more is not None:
        return Refusal(f"the query does more than fetch the row: `{more[0].strip('(')}`")
    start = bound(draft, again)
    if start is None:
        return Refusal(f"it is not plain where `{draft.code(again.owner)}` comes from")
    given = values.get(draft.spans[start], "")
    if f"row of {requery.row}" not in given or is_handed_in(draft, start):
        return Refusal(f"it is not plain that `{draft.code(again.owner)}` is a row")
    fresh, shared = given.startswith("new "), rows_are_shared(program, model.name)
    doubt = _by_deeds(program, draft, again, start, function, shared=shared, fresh=fresh)
    if isinstance(doubt, Refusal):
        return doubt
    if not shared:
        apart = _apart(draft, again, model, start, fresh=fresh)
        if isinstance(apart, Refusal):
            return apart
        doubt = doubt or apart
    doubt = doubt or _otherwise(program, draft, again, model, start, fresh=fresh)
    edits = use_owner(draft, again)
    if isinstance(edits, Refusal):
        return edits
    message = f"use `{draft.code(again.owner)}` instead of fetching it again"
    return Fix("unsafe" if doubt else "safe", message, edits, doubt)


def _by_deeds(
    program: Program, draft: Draft, again: Again, start: libcst.CSTNode, function: str, *, shared: bool, fresh: bool
) -> str | Refusal:
    """What happens to the row between the two; "" where it is nothing."""
    owner = draft.code(again.owner)
    query = Place(draft.path, draft.spans[again.query])
    doubt = ""
    for deed in between(program, draft, again, start, function):
        if inside(deed.place, query):
            if not (deed.kind == "trip" and deed.verb in ("select", "get")):
                return Refusal(f"the call that fetches it also {deed.words}", (deed.note(),))
            continue
        changed = deed.kind == "changes" and deed.what.rpartition(".")[0] == owner
        if changed and not shared:
            return Refusal("the row at hand was changed: the query gives it as it is stored", (deed.note(),))
        if deed.kind == "trip" and deed.verb in REREADS:
            return Refusal("the row may have been written since it was loaded", (deed.note(),))
        if deed.kind == "trip" and deed.verb == "commit":
            if not fresh:
                return Refusal("the commit lets the row be read again in any case", (deed.note(),))
            doubt = "after the commit others may change or delete the row, and nothing tells"
        elif (deed.kind == "trip" and deed.writes) or deed.kind == "unknown" or changed:
            doubt = doubt or f"row {deed.place.span.start.row} {deed.words}"
    return doubt


def _apart(draft: Draft, again: Again, model: Model, start: libcst.CSTNode, *, fresh: bool) -> str | Refusal:
    """Where each query makes an object of its own: whether anybody could tell the two from one."""
    import libcst

    if fresh:
        return Refusal("the row at hand holds what it was made with: the query gives what the database made of it")
    names = {root_of(again.owner)}
    statement = draft.statement(again.row)
    for node in walk(statement) if statement is not None else ():
        if isinstance(node, libcst.AssignTarget):
            names.update(targets_of(node.target))
    for node in walk(draft.module):
        target = node.target if isinstance(node, libcst.AssignTarget | libcst.AugAssign) else None
        if isinstance(target, libcst.Attribute) and root_of(target) in names:
            return Refusal("one of the two rows is changed: the query makes an object of its own")
    if any(model.managers.values()) and not _of_one_manager(draft, again, start):
        return "the manager of the query may leave out rows"
    for node in walk(draft.module):
        if isinstance(node, libcst.Name) and node.value in names:
            parent = draft.parents[node]
            reads = isinstance(parent, libcst.Attribute) and parent.value is node
            outer = draft.parents[parent]
            called = reads and isinstance(outer, libcst.Call) and outer.func is parent
            binds = isinstance(parent, (libcst.AssignTarget, libcst.For, libcst.CompFor, libcst.Param))
            keyword = isinstance(parent, libcst.Arg) and parent.keyword is node
            if not (binds or keyword) and (not reads or called):
                return (
                    f"row {draft.spans[node].start.row} hands on `{node.value}`, which is one object with the other now"
                )
    parent = draft.parents[again.row]
    return (
        "" if isinstance(parent, libcst.Attribute | libcst.Assign) else "whoever gets the row gets the object at hand"
    )


def _of_one_manager(draft: Draft, again: Again, start: libcst.CSTNode) -> bool:
    """`Book.objects.get(…)` both times."""
    first, second = (draft.code(node).split(".")[:2] for node in (start, again.query))
    return first == second


def _otherwise(
    program: Program, draft: Draft, again: Again, model: Model, start: libcst.CSTNode, *, fresh: bool
) -> str:
    """Why the row at hand may be another one, or none, or hold less; "" where it is the same."""
    import libcst

    if fresh:
        return "what the database fills in by itself is not read back"
    chain = start.expression if isinstance(start, libcst.Await) else start
    parent = draft.parents[start]
    in_loop = isinstance(parent, (libcst.For, libcst.CompFor))
    present = isinstance(chain, libcst.Call) and called_name(chain) in gives_or_raises(program, model.name)
    if not in_loop and not present:
        return "where there is no row, `None` is used instead of raising an error at once"
    receiver, other = root_of(again.query), root_of(chain)
    if receiver != other and rows_are_shared(program, model.name):
        return "the row may belong to another session"
    return ""
