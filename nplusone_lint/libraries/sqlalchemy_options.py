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

LAZY, NEVER = "!", "-"
"""The marks at the end of a path in `Row.loads` that is told to be lazy, or not to load."""

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
    loads = row.loads.union(option.paths) if option.kind == "load" else row.loads
    return changed(row, loads=loads, deferred=row.deferred.union(option.columns))


# --- how options are written


def _loader(kind: str, *, joined: bool = False) -> Hook:
    """`selectinload(Book.author)`, `joinedload(Author.books, Book.tags)`, `defaultload(Author.books)`"""

    def option(call: Invocation) -> Value:
        names = _names(call)
        paths = tuple(".".join(names[: n + 1]) for n in range(len(names)))
        return Option(kind, paths, _model_of(call), joined=paths if joined else ()) if names else ANYTHING

    return option


def _marking(mark: str) -> Hook:
    """`lazyload(Book.author)`, `raiseload("*")`"""

    def option(call: Invocation) -> Value:
        names = _names(call)
        return Option("load", (".".join(names) + mark,), _model_of(call)) if names else ANYTHING

    return option


def _of_columns(kind: str) -> Hook:
    """`load_only(Book.title)`, `defer(Book.text)`, `undefer(Book.text)`: of the query's own rows"""

    def option(call: Invocation) -> Value:
        return Option("within", ("",), _model_of(call), _columns(kind, call))

    return option


def _columns(kind: str, call: Invocation) -> tuple[str, ...]:
    """How `Row.deferred` tells it. What may not be loaded at all (`raiseload=True`) costs nothing."""
    names = _names(call)
    strict = call.keywords.get("raiseload")
    if isinstance(strict, Constant) and strict.value is True:
        return ()
    if kind == "defer":
        return tuple(names)
    if not names:
        return ("+*",) if kind == "undefer" else ()
    return (*(("*",) if kind == "only" else ()), *("+" + name for name in names))


def _names(call: Invocation) -> list[str]:
    """The attributes that the arguments name; none if one of them cannot be read."""
    names = [part for argument in call.arguments for part in _attribute_name(argument).split(".")]
    return names if all(names) else []


def _model_of(call: Invocation) -> str:
    first = call.argument(0)
    return first.model if isinstance(first, ModelAttribute) else ""


def _loader_of_class(call: Invocation) -> Value:
    """`Load(Book)`, as in `Load(Book).selectinload(Book.author)`"""
    entity = first_of(call.argument(0), Class)
    return Option("within", ("",), entity.name) if isinstance(entity, Class) else UNKNOWN


def _loading_further(call: Invocation) -> Value:
    """`selectinload(Author.books).joinedload(Book.publisher)`: the path goes on from the last one named."""
    return _with_path(call, "")


def _joined_further(call: Invocation) -> Value:
    """`contains_eager(Book.author).contains_eager(Author.publisher)`"""
    longer = _with_path(call, "")
    return changed(longer, joined=(*longer.joined, longer.paths[-1])) if isinstance(longer, Option) else longer


def _marking_further(mark: str) -> Hook:
    """`selectinload(Author.books).raiseload("*")`"""
    return lambda call: _with_path(call, mark)


def _with_path(call: Invocation, mark: str) -> Value:
    before, path = call.receiver, _longer_path(call)
    if not isinstance(before, Option) or not path:
        return before
    loaded = before.paths if before.kind == "load" else ()
    return changed(before, kind="load", paths=(*loaded, path + mark))


def _leading_further(call: Invocation) -> Value:
    """`defaultload(Author.books).defaultload(Book.publisher)`: a longer way to what follows, which loads nothing."""
    before, path = call.receiver, _longer_path(call)
    if not isinstance(before, Option) or not path or before.kind != "within":
        return before
    return changed(before, paths=(path,))


def _columns_below(kind: str) -> Hook:
    """`selectinload(Author.books).load_only(Book.title)`"""

    def option(call: Invocation) -> Value:
        before = call.receiver
        if not isinstance(before, Option) or not before.paths:
            return before
        below = tuple(_below(before, name) for name in _columns(kind, call))
        return changed(before, columns=before.columns + below)

    return option


def _nested_options(call: Invocation) -> Value:
    """`selectinload(Author.books).options(selectinload(Book.tags))`"""
    before = call.receiver
    if not isinstance(before, Option) or not before.paths:
        return before
    inner = [option for argument in call.arguments for option in _flat(argument)]
    paths = [_below(before, path) for option in inner if option.kind == "load" for path in option.paths]
    columns = tuple(_below(before, name) for option in inner for name in option.columns)
    joined = tuple(_below(before, path) for option in inner for path in option.joined)
    loaded = before.paths if before.kind == "load" else ()
    kind = "load" if paths else before.kind
    kept = (*loaded, *paths) if kind == "load" else before.paths
    return changed(before, kind=kind, paths=kept, columns=before.columns + columns, joined=before.joined + joined)


def _longer_path(call: Invocation) -> str:
    """The path that an option's next link names, "" where it cannot be read."""
    before, name = call.receiver, _attribute_name(call.argument(0))
    return _below(before, name) if isinstance(before, Option) and before.paths and name else ""


def _below(option: Option, path: str) -> str:
    return f"{option.paths[-1].rstrip(LAZY + NEVER)}.{path}".lstrip(".")


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
        *methods("selectinload joinedload subqueryload immediateload", returns=_loading_further),
        Method("contains_eager", returns=_joined_further),
        Method("defaultload", returns=_leading_further),  # defaultload(Author.books).defaultload(Book.publisher)
        # selectinload(Author.books).load_only(Book.title)
        Method("load_only", returns=_columns_below("only")),
        Method("defer", returns=_columns_below("defer")),
        *methods("undefer undefer_group", returns=_columns_below("undefer")),
        Method("lazyload", returns=_marking_further(LAZY)),
        *methods("noload raiseload", returns=_marking_further(NEVER)),
        Method("options", returns=_nested_options),  # selectinload(Author.books).options(selectinload(Book.tags))
    ),
    stands_for=Option,
)

PACKAGES = ("sqlalchemy.orm", "sqlalchemy.orm.strategy_options")


LOADING = "selectinload joinedload subqueryload immediateload"

OPTIONS: dict[str, Hook] = {
    **dict.fromkeys(LOADING.split(), _loader("load")),  # selectinload(Book.author)
    "contains_eager": _loader("load", joined=True),  # contains_eager(Book.author)
    **dict.fromkeys(("eagerload", "joinedload_all"), _loader("load")),  # joinedload_all("books.tags") of 1.x
    "defaultload": _loader("within"),  # defaultload(Author.books)
    "lazyload": _marking(LAZY),  # lazyload(Book.author)
    "noload": _marking(NEVER),
    "raiseload": _marking(NEVER),  # raiseload("*")
    "load_only": _of_columns("only"),  # load_only(Book.title)
    "defer": _of_columns("defer"),  # defer(Book.text)
    "undefer": _of_columns("undefer"),  # undefer(Book.text)
    "undefer_group": lambda call: Option("within", ("",), "", ("+*",)),  # undefer_group("long")
}

LOADERS = (
    *(Method(f"{package}.{name}", returns=hook) for name, hook in OPTIONS.items() for package in PACKAGES),
    Method("sqlalchemy.orm.Load", returns=_loader_of_class),  # Load(Book).selectinload(Book.author)
)
