"""Django's QuerySets: what each link of a chain leaves of the rows, and what comes with them.

A link gives a new QuerySet that has not queried yet. `select_related` and `prefetch_related` name paths with double
underscores: `"author__publisher"` loads `author` and `author.publisher`.

https://docs.djangoproject.com/en/stable/ref/models/querysets/
https://docs.djangoproject.com/en/stable/topics/db/optimization/
"""

from __future__ import annotations

from collections.abc import Callable

from nplusone_lint.libraries.vocabulary import Invocation
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    Collection,
    Comparison,
    Constant,
    Dictionary,
    External,
    Lookup,
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
    keys = tuple(Comparison(model, name.removesuffix("__exact"), "Eq", value) for name, value in call.keywords.items())
    return changed(query, narrowed=True, keys=query.keys + keys)


def locked(call: Invocation) -> Value:
    """`.select_for_update()`: the rows are wanted anew."""
    query = narrowed(call)
    return changed(query, adorned=True) if isinstance(query, Query) else query


def values(call: Invocation) -> Value:
    """`.values("title")`: dictionaries or tuples instead of rows."""
    query = queryset(call)
    return changed(query, element=UNKNOWN, narrowed=True) if isinstance(query, Query) else query


def raw(call: Invocation) -> Value:
    """`.raw("SELECT * FROM shop_book")`: rows of the model, by a statement of one's own."""
    query = narrowed(call)
    return changed(query, type=RAW, adorned=True) if isinstance(query, Query) else query


def _with_rows(call: Invocation, change: Callable[[Row], Row], **marks: bool) -> Value:
    """The chain goes on with changed rows."""
    query = queryset(call)
    if not isinstance(query, Query):
        return query
    element = change(query.element) if isinstance(query.element, Row) else query.element
    return changed(query, element=element, **marks)


def _loading(row: Row, paths: list[str]) -> Row:
    return changed(row, loads=row.loads | frozenset(paths))


# --- what comes with the rows


def select_related(call: Invocation) -> Value:
    """`.select_related("author__publisher")`; without names it follows every non-null foreign key."""
    if call.arguments and isinstance(call.arguments[0], Constant) and call.arguments[0].value is None:
        return _with_rows(call, lambda row: changed(row, loads=frozenset()))
    paths = _paths(call.arguments) if call.arguments or call.keywords else ["*"]
    return _with_rows(call, lambda row: _loading(row, paths), narrowed=True, adorned=True)


def prefetch_related(call: Invocation) -> Value:
    """`.prefetch_related("books", Prefetch("tags", queryset=…, to_attr="all_tags"))`"""
    paths = _paths(call.arguments)
    for argument in _spread(call.arguments):
        if isinstance(argument, Lookup):
            inner = argument.element
            if isinstance(inner, Row):
                paths.extend(f"{_dotted(argument.path)}.{below}" for below in inner.loads)
            if argument.attribute:
                paths.append(f"={argument.attribute}")
    return _with_rows(call, lambda row: _loading(row, paths), adorned=True)


def prefetch(call: Invocation) -> Value:
    """`Prefetch("tags", queryset=Tag.objects.all(), to_attr="all_tags")`"""
    query = first_of(call.argument(1, "queryset"), Query)
    element = query.element if isinstance(query, Query) else UNKNOWN
    return Lookup(call.text(0, "lookup"), element, call.text(2, "to_attr"))


def prefetched_rows(call: Invocation) -> Value:
    """`prefetch_related_objects(books, "author")` fills the rows of a list in place."""
    rows = call.argument(0)
    if isinstance(rows, (Collection, Query)) and isinstance(rows.element, Row):
        return changed(rows, element=_loading(rows.element, _paths(call.arguments[1:])))
    return rows


def only(call: Invocation) -> Value:
    """`.only("title", "author__name")`"""
    names = _names(call.arguments)
    if len(names) != len(_spread(call.arguments)):
        return queryset(call)
    return _with_rows(call, lambda row: changed(row, deferred=frozenset({"*", *(f"+{name}" for name in names)})))


def defer(call: Invocation) -> Value:
    """`.defer("text")`"""
    names = _names(call.arguments)
    return _with_rows(call, lambda row: changed(row, deferred=row.deferred | frozenset(names)))


def fetch_mode(call: Invocation) -> Value:
    """`.fetch_mode(models.FETCH_PEERS)`: the first touch of a foreign key loads it for all rows (Django 6.1).

    A mode that nobody can read may be that one, or the one that raises.
    """
    mode = call.argument(0, "mode")
    row = _row_of(call)
    if row is None or (isinstance(mode, External) and mode.name.endswith(".FETCH_ONE")):
        return queryset(call)
    paths = _single_links(call, row.model, depth=3)
    return _with_rows(call, lambda row: changed(_loading(row, paths), deferred=frozenset()))


def _single_links(call: Invocation, name: str, depth: int) -> list[str]:
    """The paths from a model over links that lead to one row."""
    model = call.model(name) if depth else None
    links = [link for link in model.relationships.values() if link.access == "row"] if model is not None else []
    paths = [link.name for link in links]
    for link in links:
        paths.extend(f"{link.name}.{below}" for below in _single_links(call, link.target, depth - 1))
    return paths


def _row_of(call: Invocation) -> Row | None:
    row = call.receiver.element if isinstance(call.receiver, Query) else None
    return row if isinstance(row, Row) else None


def _paths(arguments: tuple[Value, ...]) -> list[str]:
    """The dotted form of `"author__publisher"`, with all its prefixes."""
    paths: list[str] = []
    for argument in _spread(arguments):
        if isinstance(argument, Lookup) and argument.attribute:
            continue  # its rows stand under a name of their own
        name = argument.path if isinstance(argument, Lookup) else _text(argument)
        if name:
            parts = name.split("__")
            paths.extend(".".join(parts[: n + 1]) for n in range(len(parts)))
        elif not isinstance(argument, Constant):
            paths.append("*")  # a path that only runs know: assume that it loads what is asked
    return paths


def _names(arguments: tuple[Value, ...]) -> list[str]:
    """The columns among the arguments whose names are known."""
    spread = _spread(arguments)
    return [_dotted(one.value) for one in spread if isinstance(one, Constant) and isinstance(one.value, str)]


def _spread(arguments: tuple[Value, ...]) -> list[Value]:
    """The arguments with those that are lists or tuples laid out: `only(*COLUMNS)`."""
    flat: list[Value] = []
    for argument in arguments:
        if isinstance(argument, Record):
            flat.extend(argument.items)
        elif isinstance(argument, Collection):
            flat.append(argument.element)
        else:
            flat.append(argument)
    return flat


def _text(value: Value) -> str:
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else ""


def _dotted(path: str) -> str:
    return path.replace("__", ".")


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
        return changed(query.element, fresh=True, loads=frozenset({"*"}))
    return UNKNOWN


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
    source = first_of(call.argument(0), Query, Class, External)
    if isinstance(source, Query):
        return source.element
    return Row(source.name) if isinstance(source, Class) else UNKNOWN


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
