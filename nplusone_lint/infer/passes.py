"""Passes over rows: a loop that goes once through what a query fetched, and what it makes of each row."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.fetched import Evaluate, executed, quiet_value
from nplusone_lint.infer.few_columns import Read, helper_of, note_columns
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.lazy_loads import is_loaded
from nplusone_lint.infer.parts import decorator_name, expressions_of, last_name, nodes_in
from nplusone_lint.infer.row_reads import reads_of
from nplusone_lint.link.names import short
from nplusone_lint.seen.loads import Pass
from nplusone_lint.values import Collection, ModelAttribute, Origin, Query, Record, Row, Value, first_of

LISTED = ("list", "dict")


@dataclass(slots=True)
class Loop:
    """A loop, where it stands, its body or the parts of its comprehension, and the comprehension's kind."""

    node: facts.Loop
    at: int
    body: list[facts.Statement] = field(default_factory=list)
    parts: tuple[facts.Expr, ...] = ()
    kind: str = ""

    @property
    def expressions(self) -> list[facts.Expr]:
        return [*self.parts, *expressions_of(self.body)]


def note_loop(frame: Frame, node: facts.Loop, items: Value, evaluate: Evaluate) -> None:
    """Note what a `for` statement makes of the rows of a query; it has been run."""
    if frame.loops or not isinstance(items, (Query, Collection)) or not isinstance(node.target, facts.Name):
        return
    if not any(isinstance(statement, (facts.Define, facts.DefineClass)) for statement in walk(node.body)):
        _note(frame, Loop(node, node.at, node.body), items, evaluate)


def note_comprehension(frame: Frame, node: facts.Comprehension, items: Value, evaluate: Evaluate) -> None:
    """Note what a comprehension makes of the rows of a query."""
    if frame.loops or not isinstance(items, (Query, Collection)) or len(node.loops) > 1:
        return
    loop = node.loops[0]
    if isinstance(loop.target, facts.Name):
        _note(frame, Loop(loop, node.at, [], (*node.elements, *loop.tests), node.kind), items, evaluate)


def _note(frame: Frame, loop: Loop, items: Query | Collection, evaluate: Evaluate) -> None:
    entity = _entity(items)
    if entity is None or items.limited:
        return
    rows = loop.node.iterable
    model = frame.analysis.models.get(entity.model)
    reached = _is_lazily_reached(frame, rows, evaluate)
    if model is None or (isinstance(entity, Row) and (entity.fresh or (entity.assumed and not reached))):
        return
    source = None if reached else _only_source(frame, rows)
    if not reached and (source is None or _may_be_loaded(items)):
        return
    assert isinstance(loop.node.target, facts.Name)
    reads = reads_of(frame, model, loop.node.target.id, loop.expressions, loop.body)
    query = items if isinstance(items, Query) and not items.evaluated else None
    if source is not None:
        held = items if source is rows else frame.names.get(last_name(rows))
        query = executed(frame, source, held, evaluate)
    if query is not None and source is not None and query.owner is None and not query.limited:
        asked = query.type, query.shape
        _note_pass(frame, loop, source, asked, model.name, reads.kept, query.origin)
    elif query is None and source is not None and (told := _of_helper(frame, source, items)) is not None:
        _note_pass(frame, loop, source, told, model.name, reads.kept, items.origin, helper=True)
    if isinstance(entity, Row) and (not loop.kind or loop.kind in LISTED):
        listed = bool(loop.kind) and not reached
        note_columns(frame, Read(loop.at, source, items, query, entity, model, reads, listed))


def _entity(items: Query | Collection) -> Row | ModelAttribute | None:
    """What each pass gets: a row, or a column alone."""
    element = items.element
    if isinstance(element, Record) and len(element.items) == 1:
        element = element.items[0]
    found = first_of(element, Row, ModelAttribute)
    return found if isinstance(found, (Row, ModelAttribute)) else None


def _may_be_loaded(items: Query | Collection) -> bool:
    """Whether the rows may have come with their owner."""
    return isinstance(items, Query) and items.owner is not None and not items.narrowed


def _only_source(frame: Frame, rows: facts.Expr) -> facts.Expr | None:
    """The expression that gives the rows, where nothing else looks at them."""
    if not isinstance(rows, facts.Name):
        return rows if isinstance(rows, (facts.Call, facts.Await)) else None
    if not isinstance(frame.names.get(rows.id), (Query, Collection)):
        return None
    key = (frame.function.qualname, f"{rows.id}:")
    known = frame.analysis.only_values
    if key not in known:
        known[key] = given_and_read_once(frame.function, rows.id)
    return known[key]


def given_and_read_once(function: facts.FunctionFacts, name: str) -> facts.Expr | None:
    """What a name is assigned, if it stands in the function once besides."""
    given = [
        statement.value
        for statement in walk(function.body)
        if isinstance(statement, facts.Assign)
        and any(isinstance(target, facts.Name) and target.id == name for target in statement.targets)
    ]
    if len(given) != 1 or any(parameter.name == name for parameter in function.parameters):
        return None
    mentioned = sum(isinstance(n, facts.Name) and n.id == name for n in nodes_in(expressions_of(function.body)))
    return given[0] if mentioned == 2 else None


def _is_lazily_reached(frame: Frame, rows: facts.Expr, evaluate: Evaluate) -> bool:
    """Whether the loop runs over a relationship, and that sends a query of its own."""
    node = rows.function if isinstance(rows, facts.Call) and not rows.arguments else rows
    if isinstance(node, facts.Attribute) and node.name == "all":
        node = node.value
    if not isinstance(node, facts.Attribute):
        return False
    owner = quiet_value(frame, node.value, evaluate)
    model = frame.analysis.models.get(owner.model) if isinstance(owner, Row) else None
    link = model.relationships.get(node.name) if model is not None else None
    if link is None or not isinstance(owner, Row) or is_loaded(owner, link) or owner.fresh:
        return False
    # a dynamic relationship always sends a query; others keep their rows, which may have come with the owner
    handed = owner.assumed or owner.origin is None or bool(owner.origin.parameter)
    return link.loading == "query" or (link.access == "query" and not handed)


def _of_helper(frame: Frame, source: facts.Expr, items: Query | Collection) -> tuple[str, frozenset[str]] | None:
    """The type and shape of the query whose rows another function fetched and returned."""
    node = source.value if isinstance(source, facts.Await) else source
    origin = items.origin
    if not isinstance(node, facts.Call) or origin is None or not helper_of(frame, node, origin):
        return None
    return frame.analysis.fetches.get((origin.path, origin.at))


def _note_pass(
    frame: Frame,
    loop: Loop,
    source: facts.Expr,
    asked: tuple[str, frozenset[str]],
    name: str,
    kept: bool,
    held: Origin | None,
    *,
    helper: bool = False,
) -> None:
    known = frame.analysis.tables.types.get(asked[0])
    if known is None or not known.streams or _commits(frame, loop):
        return
    model = frame.analysis.models.models[name]
    inner = list(nodes_in(loop.expressions))
    calls = {last_name(node.function) for node in inner if isinstance(node, facts.Call)}
    yields = {"yield"} if any(isinstance(node, facts.Yield) for node in inner) else set()
    child = any(link.column and not link.many for link in model.relationships.values())
    lazily = known.iterates is not None and source is loop.node.iterable
    frame.observations.append(
        Pass(
            frame.site(loop.node.at if lazily else getattr(source, "at", 0) or loop.node.at),
            short(name),
            name,
            asked[0],
            asked[1],
            known.streams,
            helper,
            frozenset(calls | yields),
            tuple(decorator_name(decorator) for decorator in frame.function.decorators),
            keeps=kept,
            lists=loop.kind not in ("", "generator"),
            child=child or any(column.references for column in model.columns.values()),
            held=held,
            confidence=Confidence.MEDIUM,
            notes=((frame.site(loop.node.head), "the rows are gone through once here"),),
        )
    )


def _commits(frame: Frame, loop: Loop) -> bool:
    """Whether the loop ends transactions, with which a stream ends, too."""
    calls = (node for node in nodes_in(loop.expressions) if isinstance(node, facts.Call))
    if any(last_name(call.function) in ("commit", "rollback") for call in calls):
        return True
    ends = (effect.loop for effect in frame.effects if effect.made.trip.verb == "commit")
    return any(around is not None and around.site.at == loop.node.head for around in ends)
