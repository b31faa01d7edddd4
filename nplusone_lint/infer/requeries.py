"""Queries for what is at hand: a row fetched by its own key, rows that came with a row already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.lazy_loads import is_loaded
from nplusone_lint.infer.on_purpose import MADE, SENT, has_own_session, is_meant, is_scratch, is_used_on
from nplusone_lint.infer.reads import names_read
from nplusone_lint.infer.signatures import parameter_of
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import Model, Relationship, RoundTrip
from nplusone_lint.seen.redundancy import EagerRepeat, Requery
from nplusone_lint.values import UNKNOWN, Cell, Collection, Dictionary, Query, Record, Row, Value


def note_repeats(frame: Frame, query: Query, subject: str, trip: RoundTrip, at: int) -> None:
    """A query by the key of a row at hand: for the row itself, or for what it has already loaded."""
    if trip.verb != "select" or query.owner is not None or (query.origin is not None and query.origin.parameter):
        return  # a query that was handed in is its maker's to answer for
    written = frame.writes_to(subject)
    if not written:
        _note_batch(frame, query, at)
    if len(query.keys) != 1:
        return
    key = query.keys[0]
    cell = Cell(key.value, "pk") if isinstance(key.value, Row) else key.value
    model = frame.analysis.models.get(key.model)
    if not isinstance(cell, Cell) or not cell.certain or model is None or key.operator != "Eq":
        return
    is_primary = key.column in ("id", "pk") or _is_whole_key(model, key.column)
    same_key = cell.column in (key.column, "id", "pk")
    plain = not query.adorned and not query.besides
    if _is_receiver(frame, cell.row):
        return  # `save` that looks up what is stored, to compare it with what is about to be
    if is_primary and same_key and cell.row.model == key.model and not cell.row.assumed and plain:
        alone = key_alone(frame, cell.row)
        # a key that was read before a commit saves nothing: the row at hand would be read again as well
        excused = (MADE | SENT if cell.row.fresh else set()) | (set() if alone else SENT)
        guess = alone and not is_reached(frame)  # for a row that the caller may not have
        if not written - excused and not guess and not is_meant(frame, cell.row, model, written, at):
            scratch = is_scratch(frame, model, at)
            if scratch and not alone and is_used_on(frame, cell.row, at):
                return
            seen = Requery(frame.site(at), subject, short(model.name), model.name, frame.trying > 0, scratch)
            frame.observations.append(replace(seen, held=cell.row.origin, handed=alone))
        return
    if plain and not written and not has_own_session(frame, cell.row):
        _note_eager_repeat(frame, cell.row, key.model, key.column, at, paged=query.limited or _pages(frame))


def _is_whole_key(model: Model, column: str) -> bool:
    """Whether a column is the primary key, and not one of several that make it up."""
    return [known.name for known in model.columns.values() if known.primary_key] == [column]


def _is_receiver(frame: Frame, row: Row) -> bool:
    """Whether a row is what the method that is run was called on."""
    function = frame.function
    receiver = function.parameters[0].name if function.cls and function.parameters else ""
    return bool(receiver) and row.origin is not None and parameter_of(row.origin, function) == receiver


def is_reached(frame: Frame) -> bool:
    """Whether who calls the function is sure to come here: outside of a branch, and with no `return` before."""
    return not frame.conditions and frame.left is None


def key_alone(frame: Frame, row: Row) -> bool:
    """Whether a row is known here by its key only: the parameter it came in by holds the key (or keys), not the row."""
    name = row.origin.parameter.rpartition(":")[2] if row.origin is not None else ""
    held = frame.names.get(name, UNKNOWN)
    if isinstance(held, Dictionary):  # `**conditions`
        return not any(isinstance(value, Row) for value in (held.value, *[value for _, value in held.known]))
    kinds = set(map(type, _items_of(held)))
    return Cell in kinds and Row not in kinds


def _items_of(value: Value) -> Iterator[Value]:
    """What lists and tuples come to in the end: `[(book.id, text)]`."""
    if isinstance(value, (Collection, Record)):
        for item in value.items if isinstance(value, Record) else (value.element,):
            yield from _items_of(item)
    else:
        yield value


def _note_batch(frame: Frame, query: Query, at: int) -> None:
    """`select(Book).join(…).where(link.c.author_id.in_(author_ids))` where `author.books` came with the authors."""
    if query.adorned or query.besides:
        return
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
                frame.observations.append(
                    EagerRepeat(frame.site(at), subject, link.name, cell.row.model, held=cell.row.origin, handed=handed)
                )


def _note_eager_repeat(frame: Frame, row: Row, target: str, column: str, at: int, *, paged: bool) -> None:
    """`select(Book).where(Book.author_id == author.id)` where `author.books` came with the author."""
    owner = frame.analysis.models.get(row.model)
    if owner is None:
        return
    for link in owner.relationships.values():
        back = frame.analysis.models.get(link.target)
        if link.target != target or not link.many or not is_loaded(row, link) or "*" in row.loads or back is None:
            continue
        if any(left_out.startswith(link.name + ".") for left_out in row.deferred):
            continue  # `Prefetch("books", Book.objects.filter(sold=True))`: some of them, or some of their columns
        if any(_is_by(column, way, back) and way.target == row.model for way in back.relationships.values()):
            subject = f"{short(row.model)}.{link.name}"
            if paged:
                _note_page(frame, row, link.name, at)
                return
            handed = key_alone(frame, row)
            frame.observations.append(
                EagerRepeat(frame.site(at), subject, link.name, row.model, held=row.origin, handed=handed)
            )
            return


def _note_page(frame: Frame, row: Row, link: str, at: int) -> None:
    """A page of rows is asked for, all of which an option of this function has loaded, and it reads none of these."""
    asked = next((one for one in frame.chosen_loads if one.model == row.model and link in one.paths), None)
    if asked is not None and _pages(frame) and link not in names_read(frame.function.body):
        notes = ((frame.site(at), "a page of them is asked for here"),)
        subject = f"{short(row.model)}.{link}"
        frame.observations.append(EagerRepeat(asked.site, subject, link, row.model, paged=True, notes=notes))


def _is_by(column: str, way: Relationship, model: Model) -> bool:
    """Whether a condition on a column or attribute is one on a relationship, whose column may be told by name alone."""
    by_name = not way.column and column == f"{way.name}_id" and column in model.columns
    return by_name or column in (way.column, way.name)


def _pages(frame: Frame) -> bool:
    """Whether a function asks for one page after the other, perhaps on one of its ways only."""
    return "offset" in frame.function.words and "limit" in frame.function.words
