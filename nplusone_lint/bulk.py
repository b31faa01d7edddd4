"""How libraries spell what is asked for many keys at once: what the fixes of queries and cache calls in loops write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf


@dataclass(frozen=True, slots=True)
class KeyedForm:
    """How a library is asked for the rows of one key, and for those of many keys at once.

    With `comparisons` a condition is `Book.id == key`, for many keys `Book.id.in_(keys)`; with `lookups` it is a
    keyword, `id=key` and `id__in=keys`.
    """

    style: OneOf["comparisons", "lookups"]
    conditions: tuple[str, ...]  # links that take conditions: `where(Book.id == key)`, `filter(id=key)`
    keywords: tuple[str, ...] = ()  # of these, those that take `column=value`
    bears: tuple[str, ...] = ()  # further links that are the same for many keys
    orders: tuple[str, ...] = ()  # links that say in which order the rows come
    maybe: tuple[str, ...] = ()  # ends that give None where there is no row
    single: tuple[str, ...] = ()  # of these, those that raise where there are several
    surely: tuple[str, ...] = ()  # ends that raise where there is none
    every: tuple[str, ...] = ()  # ends that give all rows
    starts: tuple[str, ...] = ()  # functions and methods that begin a query: `select(Book)`, `session.query(Book)`
    of_model: tuple[str, ...] = ()  # attributes and methods of a model that begin one: `Book.query`, `Book.select()`
    runs: tuple[str, ...] = ()  # methods of a session that send the statement they are given
    gives_tuples: tuple[str, ...] = ()  # of these, those whose rows are tuples
    gives_first: tuple[str, ...] = ()  # of these, those that give the first row themselves, or None
    unpacks: tuple[str, ...] = ()  # links of a result that give the first column of each row: `scalars`
    unique: str = ""  # the link of a result that rows need which collections are joined to
    by_key: tuple[str, ...] = ()  # methods that are given the model and the key: `session.get(Book, key)`
    own_by_key: tuple[str, ...] = ()  # methods of a query that are given the key: `query.get(key)`
    own: tuple[str, ...] = ()  # methods of the model that are given a condition: `Book.get_or_none(Book.id == key)`
    select: str = ""  # what a statement for all rows of a model is made with: `sqlalchemy.select`
    run: str = ""  # the method of a session that gives whole rows
    in_bulk: str = ""  # the method of a query that gives rows by key: `in_bulk`
    asynchronous: str = ""  # what the names of coroutine twins begin with: `aget`
    row_value: str = ""  # what several columns are compared together with: `tuple_(Book.id, Book.shop).in_(keys)`
    adds: str = ""  # the method of a session that stores a row: `session.add(book)`
    missing: str = ""  # what is raised where there is no row; `{model}` is the model
    missing_text: str = ""


@dataclass(frozen=True, slots=True)
class ManyKeys:
    """How a cache is told for many keys at once what a method does for one.

    `together`: one method takes all keys; it gives a list in their order, or a dictionary of what it found. Without it
    the commands are sent by a pipeline. `empty`: it bears an empty list of keys.
    """

    together: str = ""
    gives: OneOf["list", "found"] = "list"
    empty: bool = False
    pipeline: str = ""  # how one is opened: `pipeline(transaction=False)`
    sends: str = ""  # the method that sends what is queued: `execute`
