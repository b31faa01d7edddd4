"""SQLAlchemy's statements: what `select(…)`, `session.query(…)`, `insert(…)` and `text(…)` ask for, link by link.

A statement is a `Query` whose element is what one row of its result holds: a `Record` of models, columns and
figures. A write and a text carry the verb of their statement as the first item of that record.

https://docs.sqlalchemy.org/en/20/orm/queryguide/select.html
https://docs.sqlalchemy.org/en/20/orm/queryguide/query.html
"""

from __future__ import annotations

from collections.abc import Callable

from nplusone_lint.libraries.dbapi import verb_of
from nplusone_lint.libraries.vocabulary import Hook, Invocation
from nplusone_lint.roundtrip import RoundTrip, Verb
from nplusone_lint.values import (
    UNKNOWN,
    Cell,
    Class,
    Collection,
    Comparison,
    Constant,
    ModelAttribute,
    Query,
    Record,
    Row,
    Scalar,
    Value,
    changed,
    first_of,
)

SELECT = "sqlalchemy.Select"
WRITE = "sqlalchemy.Dml"
TEXT = "sqlalchemy.TextClause"
TABLE = "sqlalchemy.Table"
QUERY = "sqlalchemy.orm.Query"
SUBQUERY = "sqlalchemy.Subquery"

BEGUN = frozenset({"begun"})
"""The shape of a statement whose first link is known."""

READ = RoundTrip("select")
COUNT = RoundTrip("count")


# --- what a row of the result holds


def _entity(value: Value) -> Value:
    """What one argument of `select(…)` contributes to each row of the result."""
    value = first_of(value, Class, ModelAttribute, Scalar, Row)
    return Row(value.name) if isinstance(value, Class) else value


def _element(arguments: tuple[Value, ...]) -> Value:
    """A result row: a tuple of the selected entities."""
    if len(arguments) == 1 and isinstance(arguments[0], (Collection, Record)):
        listed = arguments[0]  # the list form of 1.x: select([Book.id])
        return _element(listed.items) if isinstance(listed, Record) else UNKNOWN
    return Record(tuple(_entity(argument) for argument in arguments))


def map_rows(element: Value, change: Callable[[Row], Row]) -> Value:
    """Apply a change to every row inside a result element."""
    if isinstance(element, Row):
        return change(element)
    if isinstance(element, Record):
        return Record(tuple(map_rows(item, change) for item in element.items))
    return element


def first_item(element: Value) -> Value:
    """The first entity of a result element: what `scalars()` leaves of each row."""
    return element.items[0] if isinstance(element, Record) and element.items else element


def width(element: Value) -> int:
    """How many entities a row of the result has."""
    return len(element.items) if isinstance(element, Record) else 1


def scalar_kinds(element: Value) -> list[Verb]:
    """The kinds of the figures among the entities, in order."""
    items = element.items if isinstance(element, Record) else (element,)
    return [item.kind for item in items if isinstance(item, Scalar)]


def reading_trip(element: Value) -> RoundTrip:
    """What a statement that reads asks for: rows, unless it selects nothing but figures."""
    kinds = scalar_kinds(element)
    if not kinds or len(kinds) != width(element):
        return READ
    return RoundTrip(kinds[0] if kinds[0] in ("count", "exists") else "aggregate")


# --- how a statement begins


def selected(call: Invocation) -> Value:
    """`select(Book, Author.name)`"""
    return Query(SELECT, _element(call.arguments), shape=BEGUN)


def queried(call: Invocation) -> Value:
    """`session.query(Book)` gives plain rows, `session.query(Book, Author)` gives tuples."""
    return Query(QUERY, _query_element(call.arguments), shape=BEGUN | {"legacy"})


def _query_element(arguments: tuple[Value, ...]) -> Value:
    element = _element(arguments)
    return first_item(element) if width(element) == 1 and isinstance(first_item(element), (Row, Scalar)) else element


def written(verb: Verb) -> Hook:
    """`insert(Book)`, `update(Book)`, `delete(Book)`"""

    def statement(call: Invocation) -> Value:
        return Query(WRITE, Record((Scalar(verb), _entity(call.argument(0)))))

    return statement


def of_table(verb: Verb) -> Hook:
    """`users.insert()`, `Book.__table__.update()`"""

    def statement(call: Invocation) -> Value:
        table = call.receiver
        row = table.element if isinstance(table, Query) else UNKNOWN
        if verb == "select":
            return Query(SELECT, Record((UNKNOWN,)))  # a table gives tuples, whatever is mapped to it
        return Query(WRITE, Record((Scalar(verb), row)))

    return statement


def of_relationship(call: Invocation) -> Value:
    """`author.books.select()` of a collection that is written only"""
    collection = call.receiver
    return Query(SELECT, Record((collection.element,)), narrowed=True) if isinstance(collection, Query) else UNKNOWN


def returning(call: Invocation) -> Value:
    """`insert(Book).returning(Book.id)`: the third item of a write's record is what it gives."""
    statement = call.receiver
    if not isinstance(statement, Query) or not isinstance(statement.element, Record):
        return statement
    return changed(statement, element=Record((*statement.element.items[:2], _element(call.arguments))))


def returned(statement: Query) -> Value:
    """What a row of a write's result holds."""
    element = statement.element
    return element.items[2] if isinstance(element, Record) and len(element.items) > 2 else UNKNOWN


def same_class(call: Invocation) -> Value:
    """`aliased(Book)`"""
    return first_of(call.argument(0), Class)


def text_statement(call: Invocation) -> Value:
    """`text("SELECT …")`: only its verb is known."""
    return Query(TEXT, Record((Scalar(verb_of(call.text(0))),)))


def scalar(kind: Verb) -> Hook:
    """`func.count(Book.id)`, `exists(…)`: a figure or a truth value, not rows."""

    def figure(call: Invocation) -> Value:
        return Scalar(kind)

    return figure


# --- how it goes on


def where(call: Invocation) -> Value:
    """`.where(Book.author_id == author.id)`: filters are kept where they compare a column."""
    query = call.receiver
    if not isinstance(query, Query):
        return query
    comparisons = tuple(argument for argument in call.arguments if isinstance(argument, Comparison))
    besides = query.besides or len(comparisons) < len(call.arguments)
    narrowed = changed(query, keys=query.keys + comparisons, narrowed=True, besides=besides)
    return _beside_held(call, narrowed, comparisons)


def _beside_held(call: Invocation, query: Query, comparisons: tuple[Comparison, ...]) -> Query:
    """`.where(Book.author_id == author.id)`: while `author` is held, `book.author` is found in the identity map.

    Nothing is asked of `.where(Book.author_id.is_(None))` either: without a key there is no author.
    """
    for key in comparisons:
        cell, model = key.value, call.model(key.model)
        if key.operator != "Eq" or model is None:
            continue
        target = cell.row.model if isinstance(cell, Cell) and cell.column in ("id", "pk") else ""
        if not target and cell != Constant(None):
            continue
        held = frozenset(
            link.name if target else f"{link.name}-"
            for link in model.relationships.values()
            if link.column == key.column and not link.many and target in ("", link.target)
        )
        if held:
            name = model.name
            query = changed(
                query,
                element=map_rows(
                    query.element,
                    lambda row: changed(row, loads=row.loads | held) if row.model == name else row,  # noqa: B023
                ),
            )
    return query


def filter_by(call: Invocation) -> Value:
    """`.filter_by(author_id=author.id)` compares columns of the first entity."""
    query = call.receiver
    if not isinstance(query, Query):
        return query
    row = first_of(query.element, Row)
    if row is UNKNOWN:
        row = first_item(query.element)
    model = row.model if isinstance(row, Row) else ""
    keys = tuple(Comparison(model, name, "Eq", value) for name, value in call.keywords.items())
    return _beside_held(call, changed(query, keys=query.keys + keys, narrowed=True), keys)


def compared(operator: str) -> Hook:
    """`Book.id.in_(keys)`, `Book.author_id.is_(None)`"""

    def comparison(call: Invocation) -> Value:
        attribute = call.receiver
        if isinstance(attribute, ModelAttribute):
            return Comparison(attribute.model, attribute.name, operator, call.argument(0))
        return Comparison("", "", operator, call.argument(0))

    return comparison


def folded(function: str) -> Hook:
    """`func.lower(Book.title)`: what it is compared with, a unique index of the same may tell."""

    def folding(call: Invocation) -> Value:
        attribute = call.argument(0)
        if not isinstance(attribute, ModelAttribute):
            return UNKNOWN
        return Comparison(attribute.model, f"{function}({attribute.name})", "", UNKNOWN)

    return folding


def is_keys(call: Invocation) -> bool:
    """`links.c.book_id.in_(book_ids)`: the column of a table that is no model."""
    keys = call.argument(0)
    return isinstance(keys, Collection) and isinstance(keys.element, Cell)


def adorned(call: Invocation) -> Value:
    """`with_for_update()`, `execution_options(populate_existing=True)`: the rows are wanted anew."""
    return changed(call.receiver, adorned=True) if isinstance(call.receiver, Query) else call.receiver


def limited(call: Invocation) -> Value:
    """`.limit(10)`, `.offset(20)`"""
    return changed(call.receiver, limited=True) if isinstance(call.receiver, Query) else call.receiver


def ordered(call: Invocation) -> str:
    """`.order_by(Book.title)`: by columns, or by something else."""
    return "ordered" if all(isinstance(argument, ModelAttribute) for argument in call.arguments) else "arranged"


def column_itself(call: Invocation) -> Value:
    """`desc(Book.title)`"""
    return call.argument(0)


def as_subquery(call: Invocation) -> Value:
    """`query.subquery()`: of it only its shape is wanted."""
    query = call.receiver
    if not isinstance(query, Query):
        return UNKNOWN
    items = query.element.items if isinstance(query.element, Record) else (query.element,)
    plain = all(isinstance(item, (Row, ModelAttribute)) for item in items)  # a figure would be one row for all
    return Query(SUBQUERY, query.element, shape=query.shape | {"subquery" if plain else "reduced"})


def with_entities(call: Invocation) -> Value:
    """`.with_only_columns(Book.id)`, `.with_entities(Book.id)`: other entities, the same filters."""
    if not isinstance(call.receiver, Query):
        return call.receiver
    element = _query_element(call.arguments) if call.receiver.type == QUERY else _element(call.arguments)
    return changed(call.receiver, element=element)
