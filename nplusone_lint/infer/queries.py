"""Where round trips are recorded: lazy loads of rows, executed queries, and calls of library methods."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.effects import Discarded, EagerRepeat, Effect, LoopSite, Made, Requery
from nplusone_lint.infer.frames import Frame, OpenLoop, names_in
from nplusone_lint.roundtrip import Model, Relationship, RoundTrip, Verb
from nplusone_lint.values import (
    UNKNOWN,
    Cell,
    Collection,
    ModelAttribute,
    Origin,
    Query,
    Record,
    Row,
    Value,
    changed,
)

SELECT = RoundTrip("select")


def short(name: str) -> str:
    return name.rpartition(".")[2]


def below(loads: frozenset[str], link: str) -> frozenset[str]:
    """The loaded paths as the target of the link sees them."""
    if not loads:
        return loads
    prefix = link + "."
    kept = {path[len(prefix) :] for path in loads if path.startswith(prefix)}
    if "*" in loads:
        kept.add("*")
    return frozenset(kept)


def record(
    frame: Frame,
    made: Made,
    origin: Origin | None,
    expression: facts.Expr,
    *,
    always: bool = False,
    concurrent: bool = False,
    once: bool = False,
) -> None:
    """Note a round trip made by an expression; the innermost loop whose passes change the expression repeats it.

    `always`: every pass does, whatever it asks. `once`: none does, unless it changes the expression.
    """
    if made.trip.verb in WRITES:
        frame.note_write(made.trip.verb, made.subject)
    if frame.filling:
        frame.effects.append(Effect(changed(made, kept=True), origin, concurrent))
        return
    names = None if always else names_in(expression)
    loop = frame.repeating_loop(names)
    if loop is not None:
        carried = not names_in(expression).isdisjoint(loop.carried)
        site, nested = named_for(loop, names), _depth(frame)
        frame.effects.append(Effect(made, origin, concurrent, (), site, made.site, nested, loop.conditions, carried))
        return
    around = frame.repeating_loop(None) if frame.loops and not (always or made.lazy or once) else None
    if around is None or around.conditions:
        frame.effects.append(Effect(made, origin, concurrent, conditions=frame.conditions))
    else:
        frame.effects.append(Effect(made, origin, concurrent, loop=around.site, frame=made.site, invariant=True))


def named_for(loop: OpenLoop, names: frozenset[str] | None) -> LoopSite | None:
    """The loop, told by that of its variables which the expression uses."""
    used = [name for name in loop.targets if names is not None and name in names]
    return changed(loop.site, variable=used[0]) if used and loop.site is not None else loop.site


def _depth(frame: Frame) -> int:
    return sum(1 for loop in frame.loops if loop.site is not None)


def touch(frame: Frame, row: Row, model: Model, link: Relationship, at: int, expression: facts.Expr) -> Value:
    """`row.link`: a loaded target, a lazy load, or a query of its own."""
    loaded = is_loaded(row, link)
    loads = below(row.loads, link.name) | _way_back(frame, link)
    target = Row(link.target, loads, origin=row.origin, asynchronous=row.asynchronous)
    target = changed(target, assumed=row.assumed and not loaded)
    if link.access == "query":
        manager = _default_manager(frame, link.target)
        return Query(link.query_type, target, manager, row.origin, row, link.name, asynchronous=row.asynchronous)
    never = link.name + "-" in row.loads or "*-" in row.loads
    told_lazy = link.name + "!" in row.loads
    if not loaded and not row.fresh and not never and (link.loading == "lazy" or told_lazy):
        made = Made(
            SELECT,
            f"{short(row.model)}.{link.name}",
            frame.site(at),
            link=link.name,
            lazy=True,
            asynchronous=row.asynchronous,
            assumed=row.assumed,
            shared=link.shared,
            library=model.row_type,
        )
        record(frame, made, row.origin, expression)
    return Collection(target, origin=row.origin) if link.access == "rows" else target


def _default_manager(frame: Frame, model: str) -> str:
    """The project's manager class behind a relation to the model: the first one it declares."""
    known = frame.analysis.models.get(model)
    return next(iter(known.managers.values()), "") if known is not None else ""


def _way_back(frame: Frame, link: Relationship) -> frozenset[str]:
    """Rows reached from their owner know it: touching `book.author` costs nothing in `for book in author.books`."""
    target = frame.analysis.models.get(link.target)
    back = target.relationships.get(link.inverse) if target is not None and link.inverse else None
    return frozenset({link.inverse}) if back is not None and not back.many else frozenset()


def is_loaded(row: Row, link: Relationship) -> bool:
    if link.name + "!" in row.loads:  # told to be lazy
        return False
    return link.name in row.loads or "*" in row.loads or link.loading == "eager"


def is_deferred(row: Row, model: Model, column: str) -> bool:
    known = model.columns.get(column)
    if (known is not None and known.primary_key) or column in ("id", "pk"):
        return False
    if "*" in row.deferred:
        return "+" + column not in row.deferred and "+" + column.removesuffix("_id") not in row.deferred
    return column in row.deferred or (known is not None and known.deferred)


def read_column(frame: Frame, row: Row, model: Model, column: str, at: int, expression: facts.Expr) -> Value:
    """`row.column`: free, unless the column was left out of the query."""
    if is_deferred(row, model, column) and not row.fresh and column in model.columns:
        made = Made(
            SELECT,
            f"{short(row.model)}.{column}",
            frame.site(at),
            link=column,
            lazy=True,
            deferred=True,
            asynchronous=row.asynchronous,
            library=model.row_type,
        )
        record(frame, made, row.origin, expression)
    return Cell(row, column)


def run_query(
    frame: Frame,
    query: Query,
    trip: RoundTrip,
    at: int,
    expression: facts.Expr,
    *,
    keeps_prefetch: bool = True,
    batch: str = "",
    awaited: bool = False,
    concurrent: bool = False,
) -> None:
    """A query that is executed here: by a terminal method, by iteration, by `len` or `bool`."""
    if query.evaluated or (query.cached and keeps_prefetch):
        return
    known = frame.analysis.tables.types.get(query.type)
    keeps = known is not None and known.keeps_rows and keeps_prefetch and trip == known.iterates
    if keeps and isinstance(expression, facts.Name):
        frame.names[expression.id] = changed(query, cached=True)
    subject = subject_of(query)
    made = Made(
        trip, subject, frame.site(at), batch=batch, asynchronous=query.asynchronous, awaited=awaited, library=query.type
    )
    origin = query.origin
    if query.owner is not None:
        owner, origin = query.owner, query.owner.origin
        loaded = query.link in owner.loads or "*" in owner.loads
        plain = keeps_prefetch and not query.narrowed
        if (loaded and plain) or (owner.fresh and "*" in owner.loads):
            return
        made = changed(
            made,
            subject=f"{short(owner.model)}.{query.link}",
            link=query.link,
            lazy=trip.verb == "select" and plain,
            bypassed=loaded and trip.verb in READS and "*" not in owner.loads,
            assumed=owner.assumed,
        )
    once = keeps and isinstance(expression, (facts.Name, facts.Attribute)) and query.owner is None
    record(frame, made, origin, expression, concurrent=concurrent, once=once)
    _note_repeats(frame, query, subject, trip, at)


def subject_of(query: Query) -> str:
    """The model a query is about: of its rows, else of a column it selects or compares."""
    for item in query.element.items if isinstance(query.element, Record) else (query.element,):
        if isinstance(item, (Row, ModelAttribute)):
            return short(item.model)
    return next((short(key.model) for key in query.keys if key.model), "")


WRITES = ("insert", "update", "delete", "save", "add", "execute")
MADE: set[Verb] = {"add", "insert"}
READS = ("select", "count", "exists", "aggregate")


def _note_repeats(frame: Frame, query: Query, subject: str, trip: RoundTrip, at: int) -> None:
    """A query by the key of a row at hand: for the row itself, or for what it has already loaded."""
    if trip.verb != "select" or query.owner is not None:
        return
    written = frame.writes_to(subject)
    if not written:
        _note_batch(frame, query, at)
    if len(query.keys) != 1:
        return
    key = query.keys[0]
    cell = Cell(key.value, "pk") if isinstance(key.value, Row) else key.value
    model = frame.analysis.models.get(key.model)
    if not isinstance(cell, Cell) or model is None or key.operator != "Eq":
        return
    is_primary = key.column in ("id", "pk") or (key.column in model.columns and model.columns[key.column].primary_key)
    same_key = cell.column in (key.column, "id", "pk")
    plain = not query.adorned
    if is_primary and same_key and cell.row.model == key.model and not cell.row.assumed and plain:
        if not written - (MADE if cell.row.fresh else set()):
            frame.observations.append(
                Requery(frame.site(at), subject, cell.row.origin, short(cell.row.model), key_alone(frame, cell.row))
            )
        return
    if plain and not written and not query.limited:
        note_eager_repeat(frame, cell.row, key.model, key.column, at)


def key_alone(frame: Frame, row: Row) -> bool:
    """Whether a row is known here by its key only: the parameter it came in by holds the key (or keys), not the row."""
    name = row.origin.parameter.rpartition(":")[2] if row.origin is not None else ""
    held = frame.names.get(name, UNKNOWN)
    return isinstance(held.element if isinstance(held, Collection) else held, Cell)


def _note_batch(frame: Frame, query: Query, at: int) -> None:
    """`select(Book).join(…).where(link.c.author_id.in_(author_ids))` where `author.books` came with the authors."""
    items = query.element.items if isinstance(query.element, Record) else (query.element,)
    targets = {item.model for item in items if isinstance(item, Row)}
    for key in query.keys:
        cell = key.value.element if isinstance(key.value, Collection) else UNKNOWN
        if key.operator != "In" or not isinstance(cell, Cell) or cell.column not in ("id", "pk"):
            continue
        owner = frame.analysis.models.get(cell.row.model)
        for link in owner.relationships.values() if owner is not None else ():
            if link.many and link.target in targets and is_loaded(cell.row, link) and "*" not in cell.row.loads:
                subject = f"{short(cell.row.model)}.{link.name}"
                handed = key_alone(frame, cell.row)
                frame.observations.append(EagerRepeat(frame.site(at), subject, link.name, cell.row.origin, handed))


def note_eager_repeat(frame: Frame, row: Row, target: str, column: str, at: int) -> None:
    """`select(Book).where(Book.author_id == author.id)` where `author.books` came with the author."""
    owner = frame.analysis.models.get(row.model)
    if owner is None:
        return
    for link in owner.relationships.values():
        back = frame.analysis.models.get(link.target)
        if link.target != target or not link.many or not is_loaded(row, link) or "*" in row.loads or back is None:
            continue
        if any(column in (r.column, r.name) and r.target == row.model for r in back.relationships.values()):
            subject = f"{short(row.model)}.{link.name}"
            handed = key_alone(frame, row)
            frame.observations.append(EagerRepeat(frame.site(at), subject, link.name, row.origin, handed))
            return


def note_discarded(frame: Frame, row: Row, link: Relationship, at: int) -> None:
    """A bare `row.link` whose value nobody takes."""
    if is_loaded(row, link) and "*" not in row.loads and not row.assumed:
        subject = f"{short(row.model)}.{link.name}"
        frame.observations.append(Discarded(frame.site(at), subject, link.name, True, None))


def born(frame: Frame, value: Value, at: int) -> Value:
    """A query that was made or extended by the expression at `at` comes from there."""
    if isinstance(value, Query) and value.owner is None:
        return changed(value, origin=Origin(frame.module.path, at))
    return value


def row_of_query(frame: Frame, query: Query, at: int) -> Value:
    """One item of a query that was just executed."""
    origin = query.origin or Origin(frame.module.path, at)
    element = query.element
    if isinstance(element, Row) and element.origin is None:
        return changed(element, origin=origin)
    return element
