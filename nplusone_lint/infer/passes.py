"""Passes over rows: a loop that goes once through what a query fetched, and what it reads of each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.fetched import Evaluate, executed, quiet_value
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.lazy_loads import is_deferred, is_key_of_link, is_loaded
from nplusone_lint.infer.parts import decorator_name, expressions_of, last_name, parts_of
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import Model
from nplusone_lint.seen.loads import FewColumns, Pass
from nplusone_lint.source import unpack
from nplusone_lint.values import Collection, ModelAttribute, Origin, Query, Record, Row, Value, first_of

KEEPERS = frozenset({"append", "extend", "insert", "appendleft", "add", "setdefault", "update", "put"})
"""Methods that keep what they are given."""
DEPTH = 2  # methods of a row that call each other
FEW = 2  # columns that are read
MAX_ROWS = 1 << 30
PART = 5  # of so many columns one is read


@dataclass(slots=True)
class Reads:
    """What a piece of code reads of the row that a name holds."""

    columns: set[str] = field(default_factory=set)
    others: bool = False  # something besides columns: a relationship, the row itself
    kept: bool = False


def note_loop(frame: Frame, loop: facts.Loop, items: Value, evaluate: Evaluate) -> None:
    """Note what a `for` statement makes of the rows of a query; it has been run."""
    if not frame.loops and isinstance(loop.target, facts.Name) and isinstance(items, (Query, Collection)):
        if not any(isinstance(statement, (facts.Define, facts.DefineClass)) for statement in walk(loop.body)):
            _note(frame, loop, loop.at, items, loop.body, (), "", evaluate)


def note_comprehension(frame: Frame, node: facts.Comprehension, items: Value, evaluate: Evaluate) -> None:
    """Note what a comprehension makes of the rows of a query."""
    loop = node.loops[0]
    if not frame.loops and isinstance(loop.target, facts.Name) and isinstance(items, (Query, Collection)):
        if len(node.loops) == 1:
            _note(frame, loop, node.at, items, [], (*node.elements, *loop.tests), node.kind, evaluate)


def _note(
    frame: Frame,
    loop: facts.Loop,
    at: int,
    items: Query | Collection,
    body: list[facts.Statement],
    parts: tuple[facts.Expr, ...],
    kind: str,
    evaluate: Evaluate,
) -> None:
    entity = first_of(items.element, Row, ModelAttribute)
    if isinstance(items.element, Record) and len(items.element.items) == 1:
        entity = first_of(items.element.items[0], Row, ModelAttribute)
    if not isinstance(entity, (Row, ModelAttribute)) or items.limited:
        return
    model = frame.analysis.models.get(entity.model)
    related = _lazily_reached(frame, loop.iterable, evaluate)
    if model is None or (isinstance(entity, Row) and (entity.fresh or (entity.assumed and related is None))):
        return
    source = None if related is not None else _only_source(frame, loop.iterable)
    if related is None and (source is None or _may_be_loaded(items)):
        return
    assert isinstance(loop.target, facts.Name)
    expressions = [*parts, *expressions_of(body)]
    reads = Reads()
    _read(frame, model, loop.target.id, expressions, body, reads, DEPTH)
    if related is None and source is not None:
        query = executed(
            frame, source, items if source is loop.iterable else frame.names.get(last_name(loop.iterable)), evaluate
        )
        if isinstance(query, Query) and query.owner is None and not query.limited:
            _note_pass(frame, loop, source, query, model, body, expressions, reads, kind)
    if isinstance(entity, Row) and kind in ("", "list", "dict"):
        _note_columns(frame, at, source, items, entity, model, reads, kind, evaluate)


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
        known[key] = _given_and_read_once(frame.function, rows.id)
    return known[key]


def _given_and_read_once(function: facts.FunctionFacts, name: str) -> facts.Expr | None:
    """What a name is assigned, if it stands in the function once besides."""
    given = [
        statement.value
        for statement in walk(function.body)
        if isinstance(statement, facts.Assign)
        and any(isinstance(target, facts.Name) and target.id == name for target in statement.targets)
    ]
    if len(given) != 1 or any(parameter.name == name for parameter in function.parameters):
        return None
    mentioned = sum(isinstance(n, facts.Name) and n.id == name for n in _nodes(expressions_of(function.body)))
    return given[0] if mentioned == 2 else None


def _lazily_reached(frame: Frame, rows: facts.Expr, evaluate: Evaluate) -> Row | None:
    """The owner of rows over whose relationship a loop runs, where that sends a query of its own."""
    node = rows.function if isinstance(rows, facts.Call) and not rows.arguments else rows
    if isinstance(node, facts.Attribute) and node.name == "all":
        node = node.value
    if not isinstance(node, facts.Attribute):
        return None
    owner = quiet_value(frame, node.value, evaluate)
    model = frame.analysis.models.get(owner.model) if isinstance(owner, Row) else None
    link = model.relationships.get(node.name) if model is not None else None
    if link is None or not isinstance(owner, Row) or is_loaded(owner, link) or owner.fresh:
        return None
    # a dynamic relationship always sends a query; others keep their rows, which may have come with the owner
    return owner if link.loading == "query" or (link.access == "query" and not owner.assumed) else None


def _read(
    frame: Frame,
    model: Model,
    name: str,
    expressions: list[facts.Expr],
    body: list[facts.Statement],
    reads: Reads,
    depth: int,
) -> None:
    """Add what the code reads of the row in `name`."""
    for statement in walk(body):
        if isinstance(statement, facts.Assign):
            given = isinstance(statement.value, facts.Name) and statement.value.id == name
            reads.kept |= given or _holds(statement.value, name)
            written = [t for t in statement.targets if isinstance(t, facts.Attribute) and last_name(t.value) == name]
            reads.others |= bool(written) or any(last_name(t) == name for t in statement.targets)
    for node in _nodes(expressions):
        if isinstance(node, facts.Attribute) and isinstance(node.value, facts.Name) and node.value.id == name:
            _read_attribute(frame, model, node.name, reads, depth)
        elif any(isinstance(part, facts.Name) and part.id == name for part in parts_of(node)):
            reads.others = True
            reads.kept |= _keeps(node)
    if any(isinstance(expression, facts.Name) and expression.id == name for expression in expressions):
        reads.others = reads.kept = True


def _nodes(expressions: list[facts.Expr]) -> Iterator[facts.Expr]:
    stack = list(expressions)
    while stack:
        node = stack.pop()
        yield node
        stack.extend(parts_of(node))


def _holds(value: facts.Expr, name: str) -> bool:
    """`pairs[key] = (row, 1)`"""
    return isinstance(value, facts.Display) and any(isinstance(i, facts.Name) and i.id == name for i in value.items)


def _keeps(node: facts.Expr) -> bool:
    """`rows.append(row)`, `[row, …]`: the row outlives its pass. `yield row` hands it on."""
    if isinstance(node, facts.Call):
        return last_name(node.function) in KEEPERS
    kinds = (facts.Display, facts.Mapping, facts.Comprehension, facts.Choice, facts.Walrus, facts.Item)
    return isinstance(node, kinds)


def _read_attribute(frame: Frame, model: Model, name: str, reads: Reads, depth: int) -> None:
    """A column, or a method or property of the model that reads columns alone."""
    if name in model.columns or name in ("id", "pk") or is_key_of_link(model, name):
        reads.columns.add(name)
        return
    method = frame.analysis.hierarchy.method(model.name, name)
    if method is None or not depth or not method.parameters or method.is_generator:
        reads.others = True
        return
    _read(frame, model, method.parameters[0].name, expressions_of(method.body), method.body, reads, depth - 1)


# --- a pass over a whole table


def _note_pass(
    frame: Frame,
    loop: facts.Loop,
    source: facts.Expr,
    query: Query,
    model: Model,
    body: list[facts.Statement],
    expressions: list[facts.Expr],
    reads: Reads,
    kind: str,
) -> None:
    known = frame.analysis.tables.types.get(query.type)
    if known is None or not known.streams or _commits(frame, loop, expressions):
        return
    calls = frozenset(last_name(n.function) for n in _nodes(expressions) if isinstance(n, facts.Call))
    yields = any(isinstance(node, facts.Yield) for node in _nodes(expressions))
    sinks = calls | ({"yield"} if yields else set())
    marks = tuple(decorator_name(decorator) for decorator in frame.function.decorators)
    at = loop.at if not query.evaluated and source is loop.iterable else getattr(source, "at", 0) or loop.at
    lists = kind in ("list", "set", "dict")
    child = any(link.column and not link.many for link in model.relationships.values())
    child = child or any(column.references for column in model.columns.values())
    frame.observations.append(
        Pass(
            frame.site(at), short(model.name), model.name, query.shape, known.streams, sinks, marks,
            reads.kept, lists, child, held=query.origin, confidence=Confidence.MEDIUM,
            notes=((frame.site(loop.head), "the rows are gone through once here"),),
        )
    )  # fmt: skip


def _commits(frame: Frame, loop: facts.Loop, expressions: list[facts.Expr]) -> bool:
    """Whether the loop ends transactions, with which a stream ends, too."""
    if any(isinstance(n, facts.Call) and last_name(n.function) in ("commit", "rollback") for n in _nodes(expressions)):
        return True
    return any(
        e.made.trip.verb == "commit" and e.loop is not None and e.loop.site.at == loop.head for e in frame.effects
    )


# --- a pass that reads few columns


def _note_columns(
    frame: Frame,
    at: int,
    source: facts.Expr | None,
    items: Query | Collection,
    row: Row,
    model: Model,
    reads: Reads,
    kind: str,
    evaluate: Evaluate,
) -> None:
    if (
        reads.others
        or not 0 < len(reads.columns) <= FEW
        or row.deferred
        or any(is_deferred(row, model, c) for c in reads.columns)
    ):
        return
    keys = [link.column for link in model.relationships.values() if link.column and not link.many]
    columns = {*model.columns, *keys}
    wide = tuple(sorted(c.name for c in model.columns.values() if c.wide and not c.deferred))
    unread = tuple(name for name in wide if name not in reads.columns)
    if len(reads.columns) * PART > len(columns) and not unread:
        return
    if (kind == "" or source is None) and not (unread and len(wide) == len(unread)):
        return
    query = items if isinstance(items, Query) else _query_behind(frame, source, items, evaluate)
    helper = ""
    if isinstance(query, Query):
        distinct = "reduced" in query.shape and reads.columns.isdisjoint(("id", "pk"))
        elsewhere = source is not None and isinstance(items, Query) and not _is_here(frame, items.origin)
        if distinct or elsewhere or query.limited or "limited" in query.shape:
            return
    elif source is not None:
        helper = _helper(frame, source, items.origin, reads)
        if not helper:
            return
    known = frame.analysis.tables.types.get(query.type) if isinstance(query, Query) else None
    pick = known.picks if known is not None else ""
    frame.observations.append(
        FewColumns(
            frame.site(at), short(model.name), model.name, tuple(sorted(reads.columns)), len(columns), unread,
            pick, helper=helper, related=source is None, held=items.origin,
            confidence=Confidence.MEDIUM if helper or source is None else Confidence.HIGH,
        )
    )  # fmt: skip


def _query_behind(
    frame: Frame, source: facts.Expr | None, items: Collection | Query, evaluate: Evaluate
) -> Query | None:
    """The query that a list of rows was made of here."""
    return executed(frame, source, items, evaluate) if source is not None else None


def _is_here(frame: Frame, origin: Origin | None) -> bool:
    """Whether the function itself builds the query: what another one gives may be kept there."""
    if origin is None or origin.path != frame.module.path or origin.parameter:
        return False
    first, _, last, _ = unpack(frame.function.at) if frame.function.at else (1, 0, MAX_ROWS, 0)
    row = unpack(origin.at)[0]
    return first <= row <= last


def _helper(frame: Frame, source: facts.Expr, origin: Origin | None, reads: Reads) -> str:
    """The function that fetched the rows, and returns them as it did; "" where it was told which columns to fetch."""
    node = source.value if isinstance(source, facts.Await) else source
    if origin is None or origin.parameter or not isinstance(node, facts.Call):
        return ""
    given = _nodes([*node.arguments, *(value for _, value in node.keywords)])
    if any(isinstance(part, facts.Attribute) and part.name in reads.columns for part in given):
        return ""
    helper = last_name(node.function)
    return helper if _returns_as_fetched(frame, helper, origin.at) else ""


def _returns_as_fetched(frame: Frame, helper: str, at: int) -> bool:
    """Whether the one function of that name returns what the expression at `at` fetched, and nothing else."""
    functions = [one for one in frame.analysis.names.functions.values() if one.name == helper]
    if len(functions) != 1:
        return False
    returned = [s.value for s in walk(functions[0].body) if isinstance(s, facts.Return)]
    value = returned[0] if len(returned) == 1 else facts.NOTHING
    if isinstance(value, facts.Name):
        value = _given_and_read_once(functions[0], value.id) or facts.NOTHING
    value = value.value if isinstance(value, facts.Await) else value
    return getattr(value, "at", 0) == at
