"""The abstract values of the analysis: what an expression may be when the program runs.

All are hashable: a tuple of argument values is the key under which a function's outcome is kept. Nobody changes a
value once it is made (see `changed`); they are not declared frozen, because that makes making one three times as dear.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar

from nplusone_lint.roundtrip import Verb


@dataclass(slots=True, unsafe_hash=True)
class Unknown:
    """Nothing is known."""


@dataclass(slots=True, unsafe_hash=True)
class Constant:
    value: str | int | bool | None


@dataclass(slots=True, unsafe_hash=True)
class Text:
    """A string of which only the beginning is known: an f-string, or a sum of strings."""

    start: str


@dataclass(slots=True, unsafe_hash=True)
class Module:
    """A module of the program."""

    name: str


@dataclass(slots=True, unsafe_hash=True)
class External:
    """Something imported from outside the program, by dotted name."""

    name: str


@dataclass(slots=True, unsafe_hash=True)
class Class:
    """A class of the program."""

    name: str


@dataclass(slots=True, unsafe_hash=True)
class Function:
    """A function of the program, perhaps bound to its receiver, perhaps with leading arguments given.

    `captured` are the functions that a function defined inside another one found there, by name.
    """

    name: str
    receiver: Value | None = None
    given: tuple[Value, ...] = ()
    captured: tuple[tuple[str, Value], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class LibraryMethod:
    """A method of a library's type, bound to its receiver."""

    receiver: Value
    name: str


@dataclass(slots=True, unsafe_hash=True)
class Super:
    """`super()` inside a method: attributes are looked up behind `cls` in the order of the receiver's classes."""

    cls: str
    receiver: Value


@dataclass(slots=True, unsafe_hash=True)
class Instance:
    """An object of a program class; `fields` are the attributes whose values its constructor call decided."""

    cls: str
    fields: tuple[tuple[str, Value], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Handle:
    """An object of a library through which round trips are made: session, connection, cursor, client.

    `guessed` says that only its name or use speaks for it. `keeps`: it was told to leave rows as they are when it
    commits.
    """

    type: str
    guessed: bool = False
    keeps: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Origin:
    """The expression that makes rows; `parameter` is set where they come in from the caller.

    `via` is the dotted relationship path over which rows were reached from those that the expression makes, which are
    of the model `root`. `close` is the relation's own query (`author.books`), where one of these stands in between.
    All three tell a fix where to go, and no value from another: they take no part in comparisons.
    """

    path: str
    at: int
    parameter: str = ""
    via: str = field(default="", compare=False)
    root: str = field(default="", compare=False)
    close: Origin | None = field(default=None, compare=False)


@dataclass(slots=True, unsafe_hash=True)
class Row:
    """An instance of a model. `loads` are the dotted relationship paths already fetched with it (`*`: all).

    A path may end in `!` (told to be lazy) or `-` (never loaded). `deferred` are the columns left out: names, `*` for
    all, `+name` for one that is not, `!` where the whole row is read again when touched; those of a related row stand
    below its path.
    `assumed` says that only an annotation or a name tells the model, and nothing of what is loaded.
    """

    model: str
    loads: frozenset[str] = frozenset()
    deferred: frozenset[str] = frozenset()
    origin: Origin | None = None
    asynchronous: bool = False
    assumed: bool = False
    fresh: bool = False  # made here, not read


@dataclass(slots=True, unsafe_hash=True)
class Cell:
    """The value of a column of a row; not `certain` where on another path it is something unknown."""

    row: Row
    column: str
    certain: bool = True


@dataclass(slots=True, unsafe_hash=True)
class Query:
    """A query, or the result of one: something of library type `type` that yields `element`.

    `cls` is the project's own subclass of the library's type. A query that is reached over a relationship knows its
    `owner` and `link`; `narrowed` says that it was filtered or ordered since, so that a prefetch does not serve it.
    """

    type: str
    element: Value
    cls: str = ""
    origin: Origin | None = None
    owner: Row | None = None
    link: str = ""
    narrowed: bool = False
    evaluated: bool = False
    limited: bool = False
    asynchronous: bool = False
    cached: bool = False  # was iterated before, and keeps its rows
    adorned: bool = False  # locks its rows, refreshes them, or loads more with them
    keys: tuple[Comparison, ...] = ()
    shape: frozenset[str] = frozenset()  # what its links make of the rows, see `Method.shapes`
    only: Cell | None = None  # the column whose values it gives instead of rows; one without a name: no value twice
    besides: bool = False  # it may have conditions that are not among its keys


@dataclass(slots=True, unsafe_hash=True)
class Collection:
    """Items held in memory. `bound` is their number where it is small and constant; `rows` came from a query."""

    element: Value
    bound: int = -1
    origin: Origin | None = None
    chunked: bool = False
    limited: bool = False  # the query had a limit, or its conditions pin a key


@dataclass(slots=True, unsafe_hash=True)
class Record:
    """A tuple of known length."""

    items: tuple[Value, ...]


@dataclass(slots=True, unsafe_hash=True)
class Dictionary:
    """Keys and values; `known` are the values under constant keys, as far as they are kept apart."""

    key: Value
    value: Value
    bound: int = -1
    known: tuple[tuple[Value, Value], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Counting:
    """`range(…)`: numbers; `bound` as in `Collection`. `rows`: they are the places of rows, `range(len(rows))`."""

    bound: int = -1
    rows: bool = False


@dataclass(slots=True, unsafe_hash=True)
class ModelAttribute:
    """`Book.author`: a column or relationship named on its class."""

    model: str
    name: str


@dataclass(slots=True, unsafe_hash=True)
class Comparison:
    """`Book.id == value` as a condition of a query; without an operator, what is yet to be compared."""

    model: str
    column: str
    operator: str
    value: Value


@dataclass(slots=True, unsafe_hash=True)
class Scalar:
    """What a statement asks for other than rows: a count, an existence test, another aggregate, a write."""

    kind: Verb


@dataclass(slots=True, unsafe_hash=True)
class Option:
    """A loader option; `paths` are dotted relationship paths of `model` (of any, where it is "").

    `kind`: load; within (leads to further options, loads nothing itself). `columns` go to the rows' `deferred`.
    `joined` are those of the paths that a join of the query brings anyway.
    """

    kind: str
    paths: tuple[str, ...]
    model: str = ""
    columns: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Lookup:
    """A relationship path with a query of its own (`Prefetch("books", queryset=…, to_attr=…)`)."""

    path: str
    element: Value
    attribute: str = ""


@dataclass(slots=True, unsafe_hash=True)
class Awaitable:
    """What a coroutine function returns before it is awaited."""

    value: Value


@dataclass(slots=True, unsafe_hash=True)
class Union:
    options: tuple[Value, ...]


Value = (
    Unknown
    | Constant
    | Text
    | Module
    | External
    | Class
    | Function
    | LibraryMethod
    | Super
    | Instance
    | Handle
    | Row
    | Cell
    | Query
    | Collection
    | Record
    | Dictionary
    | Counting
    | ModelAttribute
    | Comparison
    | Scalar
    | Option
    | Lookup
    | Awaitable
    | Union
)

UNKNOWN = Unknown()
FIELDS: dict[type, tuple[dict[str, int], Callable[[Any], tuple[Any, ...]]]] = {}  # places of fields, and their values
Kept = TypeVar("Kept")


def changed(value: Kept, **changes: object) -> Kept:
    """A copy of a value of several fields with some of them changed: `dataclasses.replace`, at a third of its cost."""
    kind = type(value)
    known = FIELDS.get(kind)
    if known is None:
        names = [field.name for field in fields(value)]  # type: ignore[arg-type]
        known = FIELDS[kind] = {name: place for place, name in enumerate(names)}, attrgetter(*names)
    places, values_of = known
    values = list(values_of(value))
    for name, new in changes.items():
        values[places[name]] = new
    return kind(*values)


NONE = Constant(None)
NOTHING = Record(())


def options_of(value: Value) -> tuple[Value, ...]:
    """The alternatives of a union, or the value alone."""
    return value.options if isinstance(value, Union) else (value,)


def first_of(value: Value, *kinds: type) -> Value:
    """The alternative that is of one of the kinds, else unknown."""
    for option in options_of(value):
        if isinstance(option, kinds):
            return option
    return UNKNOWN
