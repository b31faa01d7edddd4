"""Round trips and what they talk about: the domain's own words, shared by libraries, inference and rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Verb = Literal[
    "select", "count", "exists", "aggregate",
    "insert", "update", "delete", "save", "add", "execute",
    "commit", "flush", "refresh",
    "get", "set", "remove", "scan",
    "request", "publish", "dispatch",
]  # fmt: skip
Resource = Literal["sql", "documents", "cache", "http", "rpc", "broker", "file"]
DATABASES: tuple[Resource, ...] = ("sql", "documents")
"""What is asked with queries: relational databases, and stores of documents such as MongoDB."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One request to something outside the process.

    `add` is not yet one: a row is handed over, to be written at the next flush. `reads`: of a request, that it changes
    nothing on the other side.
    """

    verb: Verb
    resource: Resource = "sql"
    reads: bool = False


Kind = Literal["", "int", "text", "bool", "uuid", "decimal", "float", "date", "datetime", "time", "bytes", "json"]
"""What a column holds in Python; "" where nobody can tell."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a model; a `deferred` one is not loaded with the row. `unique`: the database sees to it.

    `nullable` is told where the declaration tells, else None.
    """

    name: str
    deferred: bool = False
    primary_key: bool = False
    references: str = ""  # `table.column` or a class, where it is a foreign key
    kind: Kind = ""
    unique: bool = False
    nullable: bool | None = None
    folds: bool = False  # a collation of its own decides which texts are equal
    wide: bool = False  # a text without bound, a document, a file
    indexed: bool = False  # by an index of its own, beside those of the model
    few: bool = False  # it holds one of few values: an enumeration, choices


Loading = Literal["lazy", "eager", "query", "raise", "never"]
Access = Literal["row", "rows", "query", "awaited"]


@dataclass(frozen=True, slots=True)
class Relationship:
    """A model's link to another. `access` is what touching it gives: a row, loaded rows, or a query of its own;
    "awaited" is a row where it is loaded, else a query that gives one.

    `column` is the foreign key column on this side, if it stands here; `shared` says that rows of equal keys share
    one loaded target (an identity map), so that touching N rows costs at most N queries.
    """

    name: str
    target: str
    many: bool | None  # None: the foreign key decides, see `link.models`
    loading: Loading = "lazy"
    joined: bool = field(default=False, kw_only=True)  # where it is eager: by the query that loads its owner
    access: Access = "row"
    column: str = ""
    shared: bool = False
    reverse_name: str = ""
    query_type: str = ""  # the library type of the query, where `access` is "query"
    reverse_loading: Loading = "lazy"
    through: bool = False  # a table of its own links the rows: many on both sides
    inverse: str = ""  # the attribute of the target that leads back
    order: str = ""  # `Book.title`, by which its rows are ordered; "?" where it is another order
    table: str = ""  # the table of its own, by its variable or name
    optional: bool = False  # told by the declaration: a row may have none
    doubtful: bool = False  # each side has a key of the other: which of them it goes by, nobody says
    unchecked: bool = False  # the database does not see to it that the key leads to a row
    primary: bool = False  # its column is the primary key of its model
    unique: bool = False  # no two rows of its model lead to one
    holds: str = ""  # the column of the target that `column` holds, where it is not the primary key


@dataclass(frozen=True, slots=True)
class Proxy:
    """An attribute that is read through a relationship of the same model."""

    name: str
    link: str


@dataclass(slots=True)
class Model:
    """An ORM class of the program. `row_type` names the library type whose methods its rows have."""

    name: str
    row_type: str
    table: str = ""
    columns: dict[str, Column] = field(default_factory=dict)
    relationships: dict[str, Relationship] = field(default_factory=dict)
    proxies: dict[str, str] = field(default_factory=dict)  # attribute → the relationship behind it
    managers: dict[str, str] = field(default_factory=dict)  # attribute → the project's manager class, or ""
    ordered: bool = False  # its queries have an order unless they say otherwise
    order: tuple[str, ...] | None = ()  # by which columns; None where that cannot be read
    indexes: list[tuple[str, ...]] = field(default_factory=list)  # columns of several, or unique ones, in order
    unique: list[tuple[str, ...]] = field(default_factory=list)  # columns that no two rows have in common
    more_indexes: bool = False  # some are declared in a way that nobody can read

    @property
    def short_name(self) -> str:
        return self.name.rpartition(".")[2]


ModelLookup = Callable[[str], "Model | None"]
