"""The same query in every pass: whether one answer above the loop serves all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import bound_in, uses_of, walk
from nplusone_lint.codemods.sent_once import Invariant, hoisted, invariant_at
from nplusone_lint.codemods.words import plural_or_items
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Note, Place, Refusal
from nplusone_lint.fixer.forms import raising_methods
from nplusone_lint.fixer.questions import deeds_of, draft_around, inside, lists_of
from nplusone_lint.fixer.seen_values import words_in
from nplusone_lint.program import Program, Repeated
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

DATABASE = "sql"
VALUES = ("count", "exists", "aggregate")


def send_once(program: Program, finding: Finding) -> Fix | Refusal:
    """The query moves above the loop; for no passes it is harmless there, or guarded."""
    trip = finding.about
    assert isinstance(trip, Repeated)
    draft = draft_around(program, finding.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    found = invariant_at(draft, finding.place.span)
    if isinstance(found, Refusal):
        return found
    doubt = _by_deeds(program, draft, trip, found)
    if isinstance(doubt, Refusal):
        return doubt
    seen = words_in(program, finding.function, draft.path)
    shared = _shared(draft, trip, found, seen.get(draft.spans[found.value], ""))
    if isinstance(shared, Refusal):
        return shared
    guard = ""
    if _may_raise(program, draft, trip, found):
        guard = _guard(program, draft, found, finding.function)
        if not guard or not found.first:
            return Refusal("what may raise would be raised for an empty loop, or before the first pass has begun")
    edits = hoisted(draft, found, guard, *_names(trip))
    if isinstance(edits, Refusal):
        return edits
    doubt = doubt or shared
    if trip.resource != DATABASE:
        doubt = doubt or "each pass asked anew, and the answer might have changed in between"
    return Fix("unsafe" if doubt else "safe", "send it once, above the loop", edits, doubt)


def _names(trip: Repeated) -> tuple[str, ...]:
    subject = trip.spot.subject.rpartition(".")[2].lower()
    if trip.verb == "count":
        return ("total", "total_count")
    if trip.verb in VALUES:
        return ("found", "any_found")
    if not subject or subject == trip.verb:
        return "answer", "answers"
    many = plural_or_items(subject)
    return many, f"all_{many}"


def _by_deeds(program: Program, draft: Draft, trip: Repeated, found: Invariant) -> str | Refusal:
    """What else happens in the loop that may change the answer."""
    loop = Place(draft.path, draft.spans[found.loop])
    own = Place(draft.path, draft.spans[found.value])
    doubt = ""
    for deed in deeds_of(program, trip.spot.function, trip):
        if not inside(deed.place, loop) or inside(deed.place, own):
            continue
        if deed.writes and not deed.reads:
            return Refusal("a pass may change what the next one is answered", (deed.note(),))
        if deed.kind in ("unknown", "changes"):
            doubt = doubt or f"row {deed.place.span.start.row} {deed.words}"
    return doubt


def _shared(draft: Draft, trip: Repeated, found: Invariant, words: str) -> str | Refusal:
    """Whether passes can share the answer: it is a value, or nobody changes or keeps it."""
    import libcst

    if " of " in words and not words.startswith(("row of ", "list of ", "new row of ", "dict of ")):
        return Refusal("the answer is used up when it is gone through: each pass needs one of its own")
    is_value = trip.verb in VALUES or words.startswith(("scalar", "numbers", "constant"))
    if found.alone:
        if len([1 for node in uses_of(draft, found.alone) if _binds(draft, node)]) != 1:
            return Refusal(f"`{found.alone}` is given something else, too")
        loop = draft.spans[found.loop]
        outside = [node for node in uses_of(draft, found.alone) if not _within(draft.spans[node], loop)]
        if outside:
            note = Note(Place(draft.path, draft.spans[outside[0]]), f"uses `{found.alone}`")
            return Refusal(f"`{found.alone}` is used outside of the loop, where it may not be set", (note,))
        uses: list[libcst.CSTNode] = [node for node in uses_of(draft, found.alone) if not _binds(draft, node)]
    else:
        uses = [found.value]
    if is_value:
        return ""
    for node in uses:
        parent = draft.parents[node]
        outer = draft.parents.get(parent)
        if isinstance(parent, libcst.Attribute | libcst.Subscript) and parent.value is node:
            if isinstance(outer, libcst.AssignTarget | libcst.AugAssign | libcst.Del):
                note = Note(Place(draft.path, draft.spans[node]), "changes it")
                return Refusal("a pass changes what all passes would share", (note,))
            if not (isinstance(outer, libcst.Call) and outer.func is parent):
                continue
        while isinstance(parent, libcst.BooleanOperation | libcst.UnaryOperation):
            parent = draft.parents[parent]
        looked_at = libcst.Comparison | libcst.FormattedStringExpression | libcst.If | libcst.For | libcst.CompFor
        if isinstance(parent, looked_at) or _is_looked_at(parent, outer):
            continue
        return f"row {draft.spans[node].start.row} may keep or change what all passes share now"
    return ""


def _is_looked_at(parent: libcst.CSTNode, outer: libcst.CSTNode | None) -> bool:
    """`len(books)`, `print(book)`"""
    import libcst

    function = outer.func if isinstance(outer, libcst.Call) and isinstance(parent, libcst.Arg) else None
    return isinstance(function, libcst.Name) and function.value in (
        "len",
        "str",
        "print",
        "bool",
        "repr",
        "sum",
        "any",
        "all",
    )


def _binds(draft: Draft, node: libcst.Name) -> bool:
    import libcst

    parent = draft.parents[node]
    return node.value in bound_in([parent]) or isinstance(parent, libcst.Param | libcst.AssignTarget)


def _within(span: Span, outer: Span) -> bool:
    return outer.start <= span.start and span.end <= outer.end


def _may_raise(program: Program, draft: Draft, trip: Repeated, found: Invariant) -> bool:
    """Whether evaluating it can fail for what is (not) there: `.one()`, `answer["total"]`, an attribute of no row."""
    import libcst

    if trip.resource != DATABASE:
        return True
    node: libcst.CSTNode = found.value
    call: libcst.CSTNode | None = draft.at(trip.spot.place.span, libcst.Call)
    raising = raising_methods(program)
    for part in walk(node):
        if isinstance(part, libcst.Subscript) and call in list(walk(part)):
            return True
        if isinstance(part, libcst.Attribute) and call in list(walk(part)):
            parent = draft.parents[part]
            if not (isinstance(parent, libcst.Call) and parent.func is part):
                return True
        if isinstance(part, libcst.Call) and isinstance(part.func, libcst.Attribute | libcst.Name):
            name = part.func.attr.value if isinstance(part.func, libcst.Attribute) else part.func.value
            if name in raising:
                return True
    return False


def _guard(program: Program, draft: Draft, found: Invariant, function: str) -> str:
    """A condition that says whether there will be a pass: the list that the loop runs over; "" where there is none."""
    import libcst

    loop = found.loop
    if isinstance(loop, libcst.For):
        items = loop.iter
    elif isinstance(loop, libcst.BaseComp) and loop.for_in.inner_for_in is None and not loop.for_in.ifs:
        items = loop.for_in.iter
    else:
        return ""
    text = draft.code(items)
    return text if text in lists_of(program, function) else ""
