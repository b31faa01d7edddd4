"""SQLAlchemy's loader options: which relationships and columns come with a row.

`selectinload(Author.books)` loads a path, and a chain goes on from its last step:
`selectinload(Author.books).joinedload(Book.publisher)` loads `books` and `books.publisher`.

https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html
https://docs.sqlalchemy.org/en/20/orm/queryguide/columns.html
"""

from __future__ import annotations

from functools import partial

from nplusone_lint.libraries.sqlalchemy_statements import map_rows
from nplusone_lint.libraries.vocabulary import Hook, Invocation, Method, Type, methods
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    Collection,
    Constant,
    ModelAttribute,
    Option,
    Query,
    Record,
    Row,
    Value,
    changed,
    first_of,
)

MARKS = {"lazy": "!", "never": "-"}
"""How a path is kept in `Row.loads` that is told to be lazy, or not to load."""

ANYTHING = Option("load", ("*",))
"""An option nobody can read: it may load whatever is asked."""


# --- what options do to rows


def options(call: Invocation) -> Value:
    """`.options(selectinload(Book.author), load_only(Book.title))`"""
    query = call.receiver
    if not isinstance(query, Query):
        return query
    return changed(query, element=with_options(query.element, call.arguments), adorned=True)


def with_options(element: Value, arguments: tuple[Value, ...]) -> Value:
    """The rows with what the options load."""
    for argument in arguments:
        for option in _flat(argument) or (ANYTHING,):
            element = map_rows(element, partial(_apply, option))
    return element


def _flat(argument: Value) -> tuple[Option, ...]:
    """The options in an argument, which may be a list or a tuple of them."""
    if isinstance(argument, Option):
        return (argument,)
    if isinstance(argument, Collection):
        return _flat(argument.element)
    if isinstance(argument, Record):
        return tuple(option for item in argument.items for option in _flat(item))
    return ()


def _apply(option: Option, row: Row) -> Row:
    if option.model and option.model != row.model:
        return row
    if option.kind == "load":
        return changed(row, loads=row.loads | frozenset(option.paths))
    if option.kind in MARKS:
        return changed(row, loads=row.loads | {path + MARKS[option.kind] for path in option.paths})
    if option.kind == "only":
        return changed(row, deferred=row.deferred | {"*"} | {"+" + path for path in option.paths})
    if option.kind == "defer":
        return changed(row, deferred=row.deferred | frozenset(option.paths))
    return row


# --- how options are written


def _loader(kind: str) -> Hook:
    """`selectinload(Book.author)`, `joinedload(Author.books, Book.tags)`, `load_only(Book.title)`"""

    def option(call: Invocation) -> Value:
        names = [part for argument in call.arguments for part in _attribute_name(argument).split(".")]
        if not names or not all(names):
            return ANYTHING if kind == "load" else Option("other", ())
        first = call.arguments[0]
        model = first.model if isinstance(first, ModelAttribute) else ""
        if kind in ("only", "defer"):
            return Option(kind, tuple(names), model)
        return Option(kind, tuple(".".join(names[: n + 1]) for n in range(len(names))), model)

    return option


def _loader_of_class(call: Invocation) -> Value:
    """`Load(Book)`, as in `Load(Book).selectinload(Book.author)`"""
    entity = first_of(call.argument(0), Class)
    return Option("within", ("",), entity.name) if isinstance(entity, Class) else UNKNOWN


def _loading_further(call: Invocation) -> Value:
    """`selectinload(Author.books).joinedload(Book.publisher)`: the path goes on from the last one named."""
    before, path = call.receiver, _longer_path(call)
    if not isinstance(before, Option) or not path:
        return before
    loaded = before.paths if before.kind == "load" else ()
    return Option("load", (*loaded, path), before.model)


def _leading_further(call: Invocation) -> Value:
    """`defaultload(Author.books).defaultload(Book.publisher)`: a longer way to what follows, which loads nothing."""
    before, path = call.receiver, _longer_path(call)
    if not isinstance(before, Option) or not path or before.kind != "within":
        return before
    return Option("within", (path,), before.model)


def _nested_options(call: Invocation) -> Value:
    """`selectinload(Author.books).options(selectinload(Book.tags))`"""
    before = call.receiver
    if not isinstance(before, Option) or not before.paths:
        return before
    inner = [option for argument in call.arguments for option in _flat(argument) if option.kind == "load"]
    below = [_below(before, path) for option in inner for path in option.paths]
    return Option("load", (*(before.paths if before.kind == "load" else ()), *below), before.model)


def _longer_path(call: Invocation) -> str:
    """The path that an option's next link names, "" where it cannot be read."""
    before, name = call.receiver, _attribute_name(call.argument(0))
    return _below(before, name) if isinstance(before, Option) and before.paths and name else ""


def _below(option: Option, path: str) -> str:
    return f"{option.paths[-1]}.{path}".lstrip(".")


def _attribute_name(value: Value) -> str:
    """`Book.author`, or `"author"` of 1.x"""
    return value.name if isinstance(value, ModelAttribute) else text_of(value)


def text_of(value: Value) -> str:
    """A string that is known, or ""."""
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else ""


# --- tables

OPTION_TYPE = Type(
    "sqlalchemy.orm.Load",
    (
        # selectinload(Author.books).joinedload(Book.publisher)
        *methods("selectinload joinedload subqueryload immediateload contains_eager", returns=_loading_further),
        Method("defaultload", returns=_leading_further),  # defaultload(Author.books).defaultload(Book.publisher)
        # selectinload(Author.books).load_only(Book.title)
        *methods("lazyload noload raiseload load_only defer undefer", returns="same"),
        Method("options", returns=_nested_options),  # selectinload(Author.books).options(selectinload(Book.tags))
    ),
    stands_for=Option,
)

PACKAGES = ("sqlalchemy.orm", "sqlalchemy.orm.strategy_options")


def _loaders(names: str, kind: str) -> tuple[Method, ...]:
    """Functions that both packages export."""
    return tuple(Method(f"{package}.{name}", returns=_loader(kind)) for name in names.split() for package in PACKAGES)


LOADERS = (
    # selectinload(Book.author)
    *_loaders("selectinload joinedload subqueryload immediateload contains_eager", "load"),
    *_loaders("eagerload joinedload_all", "load"),  # joinedload_all("books.tags") of 1.x
    *_loaders("defaultload", "within"),  # defaultload(Author.books)
    *_loaders("lazyload", "lazy"),  # lazyload(Book.author)
    *_loaders("noload raiseload", "never"),  # raiseload("*")
    *_loaders("load_only", "only"),  # load_only(Book.title)
    *_loaders("defer", "defer"),  # defer(Book.text)
    Method("sqlalchemy.orm.Load", returns=_loader_of_class),  # Load(Book).selectinload(Book.author)
)
