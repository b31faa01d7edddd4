"""A whole table in memory, of which each row is wanted once: the rows come one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.streamed import UNTOLD, Stream, find_stream, streamed
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Note, Place, Refusal
from nplusone_lint.fixer.databases import is_mysql
from nplusone_lint.fixer.forms import rows_are_shared
from nplusone_lint.fixer.questions import Deed, called_in, deeds_of, draft_around, inside
from nplusone_lint.fixer.stream_options import loads_of
from nplusone_lint.fixer.whose_rows import has_own_methods
from nplusone_lint.libraries.streaming import StreamForm
from nplusone_lint.program import Program
from nplusone_lint.seen.loads import Pass

if TYPE_CHECKING:
    import libcst

CAUTION = (
    "the cursor stays open while the loop runs: rows that others change meanwhile may be seen as they are then, who"
    " writes to the table may have to wait, and a connection that is lost fails when some rows are done"
)
ENDS = "a stream of rows ends with its transaction, or with its session"


@dataclass(slots=True, eq=False)
class Case:
    """What is known of the loop, and what each of its passes does."""

    program: Program
    found: Pass
    form: StreamForm
    draft: Draft
    stream: Stream
    done: list[Deed]  # by the whole function

    @property
    def deeds(self) -> list[Deed]:
        """What is done in the passes."""
        bodies = [self.place(node) for node in self.stream.body]
        return [deed for deed in self.done if any(inside(deed.place, body) for body in bodies)]

    def place(self, node: libcst.CSTNode) -> Place:
        return Place(self.draft.path, self.draft.spans[node])

    def refusal(self, reason: str, node: libcst.CSTNode, words: str) -> Refusal:
        return Refusal(reason, (Note(self.place(node), words),))


def stream_rows(program: Program, finding: Finding) -> Fix | Refusal:
    """Never safe: between two rows, others may do anything. Refused where the loop itself does what ends a stream."""
    found = finding.about
    assert isinstance(found, Pass)
    case = _case(program, found)
    if isinstance(case, Refusal):
        return case
    batched = loads_of(program, found.model, case.form, case.stream, found.site.path)
    if isinstance(batched, Refusal):
        return batched
    refused = (
        _leaves(case)
        or _ends(case, case.stream.body)
        or _writes(case)
        or _sends(case, batched)
        or _later(case)
        or _model(case)
    )
    if refused is not None:
        return refused
    edits = streamed(case.stream, case.form)
    if isinstance(edits, Refusal):
        return edits
    return Fix(
        "unsafe", "have the rows one after the other", tuple(edits), "; ".join((CAUTION, *_doubts(case, batched)))
    )


def _case(program: Program, found: Pass) -> Case | Refusal:
    known = program.analysis.tables.types.get(found.library)
    form = known.stream if known is not None else None
    if form is None:
        return Refusal("queries of this library are not rewritten")
    if found.helper:
        return Refusal("another function fetches the rows, which others may call")
    head = program.place(found.notes[0][0])
    draft = draft_around(program, head)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    stream = find_stream(draft, head.span, form)
    if isinstance(stream, Refusal):
        return stream
    return Case(program, found, form, draft, stream, deeds_of(program, found.site.function))


def _nodes(nodes: Iterable[libcst.CSTNode]) -> Iterator[libcst.CSTNode]:
    for node in nodes:
        yield from walk(node)


# --- what ends a stream


def _leaves(case: Case) -> Refusal | None:
    """A loop that may end early, and leaves its cursor open; or that hands each row to who goes through its own."""
    import libcst

    for node in _nodes(case.stream.body):
        if isinstance(node, libcst.Yield):
            reason = "whoever takes what the function yields may do anything between two rows, with the cursor open"
            return case.refusal(reason, node, "yields")
        own = isinstance(node, libcst.Return) or (
            isinstance(node, libcst.Break) and case.draft.enclosing(node, libcst.For, libcst.While) is case.stream.loop
        )
        if own and not case.form.closes:
            return case.refusal("the loop may end early, and leaves its cursor open then", node, "ends the loop")
    around = next((node for node in case.draft.around(case.stream.loop) if isinstance(node, libcst.Try)), None)
    if around is not None and around.handlers and not case.form.closes:
        return case.refusal("an error in the loop is caught, and leaves the cursor open", around, "catches it")
    return None


def _ends(case: Case, nodes: list[libcst.CSTNode]) -> Refusal | None:
    """A transaction that is begun or ended there, or a session that is closed or handed to who may do so."""
    import libcst

    for node in _nodes(nodes):
        if isinstance(node, libcst.Call) and chains.called_name(node) in case.form.breaks:
            return case.refusal(ENDS, node, f"calls `{case.draft.code(node.func)}`")
    bodies = [case.place(node) for node in nodes]
    for place, function in called_in(case.program, case.found.site.function):
        word = min(function.words & set(case.form.breaks), default="")
        if word and any(inside(place, body) for body in bodies):
            note = Note(place, f"calls `{function.name}`, and that `{word}`")
            return Refusal(ENDS, (note,))
    return _uses_session(case, nodes) if case.form.asks else None


def _uses_session(case: Case, nodes: Iterable[libcst.CSTNode]) -> Refusal | None:
    import libcst

    draft = case.draft
    unknown = [deed.place for deed in case.done if deed.kind == "unknown"]
    for node in _nodes(nodes):
        if not isinstance(node, libcst.Name | libcst.Attribute) or not _is_session(case, draft.code(node)):
            continue
        outer = draft.parents[node]
        call = draft.parents.get(outer)
        if isinstance(outer, libcst.Attribute) and outer.value is node:
            if isinstance(call, libcst.Call) and outer.attr.value in case.form.asks:
                continue
        elif isinstance(outer, libcst.Arg) and isinstance(call, libcst.Call):
            place = case.place(call)
            if place not in unknown:
                continue
        elif isinstance(outer, libcst.Attribute):
            continue  # the name of another attribute
        statement = draft.statement(node) or node
        words = f"uses `{draft.code(node)}`"
        return case.refusal("what sends the query is used otherwise before the last row has come", statement, words)
    return None


def _is_session(case: Case, text: str) -> bool:
    """What the query was made on; any session, where a model gave it (`Book.query`)."""
    return text == case.stream.session or (not case.stream.session and text.rpartition(".")[2] == "session")


def _writes(case: Case) -> Refusal | None:
    """Writes over the connection, and rows that the session keeps because they were changed."""
    shared = rows_are_shared(case.program, case.found.model)
    for deed in case.deeds:
        if deed.writes and deed.resource == "sql":
            return Refusal("the loop writes to the database that it reads from", (deed.note(),))
        if deed.kind == "changes" and shared:
            reason = "the session keeps the rows that the loop changes until they are written"
            return Refusal(reason, (deed.note(),))
    return None


def _sends(case: Case, batched: str) -> Refusal | None:
    """Queries while the cursor is open, over a connection that may not send any."""
    asks = next((deed for deed in case.deeds if deed.kind == "trip" and deed.resource == "sql"), None)
    if not case.form.alone or not (asks or batched) or not _may_be_alone(case):
        return None
    reason = "MySQL sends no other query over a connection before the last row has come, and the project may use it"
    return Refusal(reason, (asks.note(),) if asks is not None else ())


def _may_be_alone(case: Case) -> bool:
    """Whether the project names no driver of a database that can do both, or one that cannot."""
    if is_mysql(case.program):
        return True
    named = set(case.program.analysis.versions.packages(case.found.site.path))
    able = named & set(case.program.analysis.tables.drivers) - set(case.form.alone)
    return not able or bool(named & set(case.form.alone))


def _later(case: Case) -> Refusal | None:
    """Between the query and the loop: the list was complete by then, and the stream has just begun."""
    import libcst

    stream, draft = case.stream, case.draft
    if not stream.named or not (stream.sent or (stream.lists is not None and "query" in case.form.starts)):
        return None
    first, loop = draft.statement(stream.named[-1]), draft.statement(stream.loop)
    if first is None or loop is None or draft.parents[first] is not draft.parents[loop]:
        return case.refusal("the loop stands in another block than the query", stream.named[-1], "fetches the rows")
    start, end = draft.spans[first].end, draft.spans[loop].start
    between = [
        deed
        for deed in case.done
        if deed.place.path == draft.path and start <= deed.place.span.start and deed.place.span.end <= end
    ]
    own = [case.place(assign) for assign in stream.named]
    for deed in between:
        if deed.kind == "trip" and deed.resource == "sql" and not any(inside(deed.place, place) for place in own):
            return Refusal("more is done with the database before the loop begins", (deed.note(),))
    block = draft.parents[first]
    rows = [node for node in getattr(block, "body", ()) if start <= draft.spans[node].start < end]
    rows = [node for node in rows if all(draft.statement(assign) is not node for assign in stream.named)]
    leaving = libcst.Return | libcst.Raise | libcst.Break | libcst.Continue | libcst.Yield
    leaves = next((node for node in _nodes(rows) if isinstance(node, leaving)), None)
    if leaves is not None:
        return case.refusal("the rows may not be gone through at all, with the cursor open", leaves, "leaves before")
    return _ends(case, rows)


# --- the query itself


def _model(case: Case) -> Refusal | None:
    """The library's own query, of its own manager: another may keep rows, or load more with them."""
    import libcst

    model = case.program.analysis.models.models[case.found.model]
    base = case.stream.base
    if has_own_methods(case.program, case.found.model, "all", "yield_per"):
        return Refusal(f"a query class of the program says itself how rows of `{model.short_name}` are fetched")
    if case.form.starts and isinstance(base, libcst.Call):
        return None
    managers = {*model.managers, "objects"} if not case.form.starts else {"query"}
    if not isinstance(base, libcst.Attribute) or base.attr.value not in managers:
        return UNTOLD
    return None


def _doubts(case: Case, batched: str) -> Iterator[str]:
    if batched:
        yield f"{batched} is loaded by a query for each batch of rows"
    unknown = next((deed for deed in case.deeds if deed.kind == "unknown"), None)
    if unknown is not None:
        yield f"not all is known of what `{_called_at(case, unknown)}` does: it must leave the connection alone"


def _called_at(case: Case, deed: Deed) -> str:
    import libcst

    call = case.draft.at(deed.place.span, libcst.Call)
    return case.draft.code(call.func) if call is not None else deed.what
