"""Attributes of rows: a relationship or column that came with the row is free, another is fetched when touched."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.dragged import AS_DECLARED
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.elements import BEYOND, reached
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.key_loads import note_key_load
from nplusone_lint.infer.recording import SELECT, record
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import Model, Relationship
from nplusone_lint.seen.redundancy import Discarded
from nplusone_lint.values import Cell, Collection, Origin, Query, Row, Value, changed


def touch(frame: Frame, row: Row, model: Model, link: Relationship, at: int, expression: facts.Expr) -> Value:
    """`row.link`: a loaded target, a lazy load, or a query of its own."""
    loaded = is_loaded(row, link)
    loads = _below(row.loads, link.name) | _way_back(frame, link)
    deferred = _beneath(row.deferred, link.name)
    origin = reached(row.origin, link.name, row.model)
    target = Row(link.target, loads, deferred, origin, row.asynchronous)
    target = changed(target, assumed=row.assumed and not loaded)
    if link.access == "query" and link.name in row.loads and _is_list_then(frame, row.model):
        return Collection(target, origin=origin)
    if link.access == "query" or (link.access == "awaited" and not loaded):
        manager = _default_manager(frame, link.target)
        if not loaded:
            here = Origin(frame.module.path, at, root=link.target)
            origin = reached(row.origin, link.name, row.model, here)
            target = changed(target, origin=origin)
        return Query(link.query_type, target, manager, origin, row, link.name, asynchronous=row.asynchronous)
    never = link.name + "-" in row.loads or "*-" in row.loads
    told_lazy = is_told_lazy(row, link)
    if not loaded and not never and (told_lazy or (link.loading == "lazy" and not row.fresh)):
        made = Made(
            SELECT,
            f"{short(row.model)}.{link.name}",
            frame.site(at),
            link=link.name,
            lazy=True,
            for_key=note_key_load(frame, row, link, at, expression),
            asynchronous=row.asynchronous,
            assumed=row.assumed,
            shared=link.shared,
            library=model.row_type,
            one_object=_is_one_object(frame, row.model),
        )
        record(frame, made, reached(row.origin, "", row.model), expression)
    return Collection(target, origin=origin) if link.access == "rows" else target


def loaded_as(frame: Frame, row: Row, model: Model, name: str) -> Value | None:
    """Related rows that were loaded under a name of their own (`=chosen=books` of the row's loads)."""
    link_name = next((path.rpartition("=")[2] for path in row.loads if path.startswith(f"={name}=")), "")
    link = model.relationships.get(link_name)
    if link is None:
        return None
    loads = _below(row.loads, name) | _way_back(frame, link)
    origin = reached(row.origin, BEYOND, row.model)
    target = Row(link.target, loads, _beneath(row.deferred, name), origin, row.asynchronous)
    return Collection(target, origin=origin)


def _is_list_then(frame: Frame, model: str) -> bool:
    """Whether what was prefetched is a list where a query would stand else."""
    shape = frame.analysis.models.shapes.get(model)
    return shape is not None and shape.prefetched_as_list


def _is_one_object(frame: Frame, model: str) -> bool:
    shape = frame.analysis.models.shapes.get(model)
    return shape is not None and shape.shared_rows


def _below(loads: frozenset[str], link: str) -> frozenset[str]:
    """The loaded paths as the target of the link sees them."""
    below = _beneath(loads, link)
    if "*" in loads:
        below |= {"*"}
    return below | {AS_DECLARED} if AS_DECLARED in loads else below


def _beneath(paths: frozenset[str], link: str) -> frozenset[str]:
    """What the paths say of the link's target."""
    if not paths:
        return paths
    prefix = link + "."
    return frozenset(path[len(prefix) :] for path in paths if path.startswith(prefix))


def _default_manager(frame: Frame, model: str) -> str:
    """The project's manager class behind a relation to the model: the first one it declares."""
    known = frame.analysis.models.get(model)
    return next(iter(known.managers.values()), "") if known is not None else ""


def _way_back(frame: Frame, link: Relationship) -> frozenset[str]:
    """Rows reached from their owner know it: touching `book.author` costs nothing in `for book in author.books`.

    They all lead back to the one owner, so that what is loaded beyond it is not loaded once for each of them.
    """
    target = frame.analysis.models.get(link.target)
    back = target.relationships.get(link.inverse) if target is not None and link.inverse else None
    return frozenset({link.inverse, f"{link.inverse}.*"}) if back is not None and not back.many else frozenset()


def is_loaded(row: Row, link: Relationship) -> bool:
    if is_told_lazy(row, link):
        return False
    return link.name in row.loads or "*" in row.loads or link.loading == "eager"


def is_told_lazy(row: Row, link: Relationship) -> bool:
    """By an option for this relationship, or for all that no option loads."""
    return bool(row.loads) and (
        link.name + "!" in row.loads or ("*!" in row.loads and link.name not in row.loads and "*" not in row.loads)
    )


def is_deferred(row: Row, model: Model, column: str) -> bool:
    known = model.columns.get(column)
    if (known is not None and known.primary_key) or column in ("id", "pk"):
        return False
    if "*" in row.deferred:
        return "+" + column not in row.deferred and "+" + column.removesuffix("_id") not in row.deferred
    if known is None or not known.deferred:
        return column in row.deferred
    return row.deferred.isdisjoint(("+" + column, "+*"))


def is_key_of_link(model: Model, name: str) -> bool:
    """`book.author_id`"""
    link = model.relationships.get(name.removesuffix("_id")) if name.endswith("_id") else None
    return link is not None and link.column == name


def read_column(frame: Frame, row: Row, model: Model, column: str, at: int, expression: facts.Expr) -> Value:
    """`row.column`: free, unless the column was left out of the query."""
    if is_deferred(row, model, column) and not row.fresh:
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
        record(frame, made, reached(row.origin, "", row.model), expression)
    return Cell(row, column)


def note_discarded(frame: Frame, row: Row, link: Relationship, at: int) -> None:
    """A bare `row.link` whose value nobody takes."""
    if is_loaded(row, link) and "*" not in row.loads and not row.assumed:
        subject = f"{short(row.model)}.{link.name}"
        frame.observations.append(Discarded(frame.site(at), subject, link.name))
