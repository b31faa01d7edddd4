"""Django's QuerySets: what each link of a chain leaves of the rows, and what is asked of a chain.

A link gives a new QuerySet that has not queried yet.

https://docs.djangoproject.com/en/stable/ref/models/querysets/
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Invocation
from nplusone_lint.roundtrip import Relationship, RoundTrip
from nplusone_lint.values import (
    UNKNOWN,
    Cell,
    Class,
    Collection,
    Comparison,
    Constant,
    Dictionary,
    External,
    Query,
    Record,
    Row,
    Scalar,
    Value,
    changed,
    first_of,
)

QUERYSET = "django.db.models.QuerySet"
RAW = "django.db.models.query.RawQuerySet"
ABSENT = {True: Constant(True), False: Constant(None)}  # `author__isnull=True`, `author=None`


# --- links of a chain


def queryset(call: Invocation) -> Value:
    """`Book.objects.all()`: any lazy method of a manager or QuerySet that keeps the rows' form."""
    query = call.receiver
    if not isinstance(query, Query):
        return UNKNOWN
    return changed(query, type=QUERYSET, evaluated=False, cached=False)


def narrowed(call: Invocation) -> Value:
    """`.filter(author=author)`, `.order_by("title")`: a prefetch no longer serves it."""
    query = queryset(call)
    if not isinstance(query, Query):
        return query
    row = first_of(query.element, Row)
    model = row.model if isinstance(row, Row) else ""
    keys = tuple(Comparison(model, _column(name), "Eq", value) for name, value in call.keywords.items())
    return changed(query, narrowed=True, keys=query.keys + keys)


def _column(lookup: str) -> str:
    """`author__id` and `author__pk` are the column `author_id`, `title__exact` is `title`."""
    name = lookup.removesuffix("__exact")
    for key in ("__id", "__pk"):
        if name.endswith(key) and name.count("__") == 1:
            return f"{name.removesuffix(key)}_id"
    return name


def filtered(call: Invocation) -> Value:
    """`.filter(Q(author=author) | Q(editor=author))`"""
    query = _conditions(call)
    return _without(call, query) if isinstance(query, Query) else query


def _conditions(call: Invocation) -> Value:
    query = narrowed(call)
    return changed(query, besides=True) if isinstance(query, Query) and call.arguments else query


def _without(call: Invocation, query: Query) -> Query:
    """`.filter(author__isnull=True)`, `.filter(author=None)`: without a key there is no author to be loaded."""
    absent = {name.removesuffix("__isnull") for name, value in call.keywords.items() if value == ABSENT["__" in name]}
    row = query.element
    model = call.model(row.model) if absent and isinstance(row, Row) else None
    if model is None or not isinstance(row, Row):
        return query
    links = [link for link in model.relationships.values() if not link.many and link.column]
    held = frozenset(f"{link.name}-" for link in links if not absent.isdisjoint((link.name, link.column)))
    return changed(query, element=changed(row, loads=row.loads | held)) if held else query


def ordered(call: Invocation) -> str:
    """`.order_by("-title")`: by columns of the row, or by something else."""
    query = call.receiver
    model = call.model(query.element.model) if isinstance(query, Query) and isinstance(query.element, Row) else None
    names = [call.text(position).lstrip("-") for position in range(len(call.arguments))]
    known = model is not None and all(name in ("id", "pk") or name in model.columns for name in names)
    return "ordered" if known else "arranged"


def excluded(call: Invocation) -> Value:
    """`.exclude(author=author)`: rows that have another value."""
    query = _conditions(call)
    if not isinstance(query, Query):
        return query
    before = len(query.keys) - len(call.keywords)
    others = tuple(changed(key, operator="NotEq") for key in query.keys[before:])
    return changed(query, keys=query.keys[:before] + others)


def locked(call: Invocation) -> Value:
    """`.select_for_update()`: the rows are wanted anew."""
    query = narrowed(call)
    return changed(query, adorned=True) if isinstance(query, Query) else query


def raw(call: Invocation) -> Value:
    """`Book.objects.raw("SELECT * FROM book")`: rows without anything that was to come with them"""
    query = call.receiver
    if not isinstance(query, Query):
        return UNKNOWN
    element = Row(query.element.model) if isinstance(query.element, Row) else query.element
    return Query(RAW, element)


def constructed(call: Invocation) -> Value:
    """`BookQuerySet(self.model, using=self._db)`"""
    model = first_of(call.argument(0, "model"), Class)
    return Query(QUERYSET, Row(model.name) if isinstance(model, Class) else UNKNOWN)


def model_of(call: Invocation) -> Value:
    """`self.model` of a manager or QuerySet"""
    query = call.receiver
    return Class(query.element.model) if isinstance(query, Query) and isinstance(query.element, Row) else UNKNOWN


def values(call: Invocation) -> Value:
    """`.values("title")`, `.values_list("title", flat=True)`: dictionaries, tuples or values instead of rows."""
    query = queryset(call)
    if not isinstance(query, Query):
        return query
    name = call.argument(0)
    flat = call.keywords.get("flat") == Constant(True) and len(call.arguments) == 1 and query.only is None
    if flat and isinstance(query.element, Row) and isinstance(name, Constant) and isinstance(name.value, str):
        return changed(query, element=UNKNOWN, narrowed=True, only=Cell(query.element, name.value.replace("__", ".")))
    return changed(query, element=UNKNOWN, narrowed=True)


def distinct(call: Invocation) -> Value:
    """`.values_list("title", flat=True).distinct()`; of `distinct("title")`, no figures can be asked."""
    query = narrowed(call)
    if isinstance(query, Query) and call.arguments:
        return changed(query, limited=True)
    row = query.element if isinstance(query, Query) else UNKNOWN
    held = query.only.row if isinstance(query, Query) and query.only is not None else row
    return changed(query, only=Cell(held, "")) if isinstance(query, Query) and isinstance(held, Row) else query


# --- what is asked of a chain


def awaited_row(call: Invocation) -> Value:
    """`await Book.objects.aget(pk=key)`: on an event loop a row cannot load lazily."""
    query = call.receiver
    row = query.element if isinstance(query, Query) else UNKNOWN
    if isinstance(row, Row) and isinstance(query, Query):
        return changed(row, origin=row.origin or query.origin, asynchronous=True)
    return row


def created(call: Invocation) -> Value:
    """`Book.objects.create(title=…)`"""
    query = call.receiver
    if isinstance(query, Query) and isinstance(query.element, Row):
        by_key = {name.removesuffix("_id") + "!" for name in call.keywords if name.endswith("_id")}
        return changed(query.element, fresh=True, loads=frozenset({"*", *by_key}))
    return UNKNOWN


def bulk_created(call: Invocation) -> Value:
    """`Book.objects.bulk_create(books)` gives the list back."""
    rows = call.argument(0, "objs")
    return rows if isinstance(rows, Collection) else UNKNOWN


def added(call: Invocation) -> RoundTrip:
    """`book.tags.add(tag)` writes to the table between; `author.books.add(book)` to the books' foreign key."""
    link = _link_of(call)
    return RoundTrip("update" if link is not None and not link.through else "insert")


def gone_through(call: Invocation) -> Value:
    """`book.tags.set(tags)` fetches the rows of a query that it is given, which keeps them."""
    query = call.argument(0)
    return changed(query, cached=True) if isinstance(query, Query) else query


def _link_of(call: Invocation) -> Relationship | None:
    """The relationship over which the receiver was reached."""
    query = call.receiver
    owner = query.owner if isinstance(query, Query) else None
    model = call.model(owner.model) if owner is not None else None
    return model.relationships.get(query.link) if model is not None and isinstance(query, Query) else None


def reloaded(call: Invocation) -> Value:
    """`book.refresh_from_db()` forgets what was loaded with the row."""
    row = call.receiver
    return changed(row, loads=frozenset(), deferred=frozenset(), fresh=False) if isinstance(row, Row) else UNKNOWN


def unless_remembered(call: Invocation) -> RoundTrip | None:
    """`ContentType.objects.get_by_natural_key("shop", "book")` is answered from memory after the first time."""
    query = call.receiver
    row = first_of(query.element, Row) if isinstance(query, Query) else UNKNOWN
    return None if isinstance(row, Row) and row.model.endswith(".ContentType") else RoundTrip("select")


def is_ordered(call: Invocation) -> bool:
    """`author.books.first()`: where the model has an order, the first of the prefetched rows (measured, Django 5.2)."""
    query = call.receiver
    model = call.model(query.element.model) if isinstance(query, Query) and isinstance(query.element, Row) else None
    return model is not None and model.ordered


def created_pair(call: Invocation) -> Value:
    """`book, made = Book.objects.get_or_create(title=…)`"""
    query = call.receiver
    return Record((query.element if isinstance(query, Query) else UNKNOWN, UNKNOWN))


def in_bulk(call: Invocation) -> Value:
    """`Book.objects.in_bulk(keys)`: rows by key."""
    query = call.receiver
    return Dictionary(UNKNOWN, query.element) if isinstance(query, Query) else UNKNOWN


def counted(call: Invocation) -> Value:
    """`Count("books")`"""
    return Scalar("count")


def summed(call: Invocation) -> Value:
    """`Sum("price")`"""
    return Scalar("aggregate")


# --- functions that take a model, a manager or a QuerySet


def object_or_404(call: Invocation) -> Value:
    """`get_object_or_404(Book, pk=key)`, `get_object_or_404(author.books, pk=key)`"""
    source = first_of(call.argument(0, "klass"), Query, Class, External)
    if isinstance(source, Query):
        return source.element
    return Row(source.name) if isinstance(source, Class) else UNKNOWN


def demanded(call: Invocation) -> Value:
    """The query of `get_object_or_404(author.books, pk=key)`, where what it is given is one with conditions."""
    source = first_of(call.argument(0, "klass"), Query)
    if not isinstance(source, Query) or not (source.keys or source.owner is not None):
        return UNKNOWN
    return filtered(Invocation(changed(source, evaluated=False), call.arguments[1:], call.keywords, call.model))


def awaited_object_or_404(call: Invocation) -> Value:
    """`await aget_object_or_404(Book, pk=key)`"""
    row = object_or_404(call)
    return changed(row, asynchronous=True) if isinstance(row, Row) else row


def list_or_404(call: Invocation) -> Value:
    """`get_list_or_404(Book, author=author)`"""
    row = object_or_404(call)
    return Collection(row) if row is not UNKNOWN else UNKNOWN


def named_model(call: Invocation) -> Value:
    """`apps.get_model("shop", "Book")`, `apps.get_model("shop.Book")`"""
    app, name = call.text(0, "app_label"), call.text(1, "model_name")
    model = call.model(f"{app}.{name}" if name else app)
    return Class(model.name) if model is not None else UNKNOWN
