"""The words for writing many rows at once: how a library spells it, and what the writing of one row does besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf

Takes = OneOf["row", "saved", "removed", "keyed", "first", "second", "rest", "statement", "objects", "last"]


@dataclass(frozen=True, slots=True)
class BulkForm:
    """What of each call in a loop is collected for the one call of `method` behind it.

    | takes | of each call | behind the loop |
    |---|---|---|
    | `row` | the row that its arguments make: `create(name=n)` | `bulk_create([Tag(name=n), …])` |
    | `saved` | the row it is called on: `tag.save()` | `bulk_create(tags)`, or `update` for rows that were loaded |
    | `removed` | the key of the row it is called on: `tag.delete()` | `filter(pk__in=keys).delete()` |
    | `keyed` | the key that its query compares with: `filter(pk=key).update(…)` | `filter(pk__in=keys).update(…)` |
    | `first` | the first argument: `insert_one(book)` | `insert_many(books)` |
    | `second` | the second argument: `execute(sql, row)` | `executemany(sql, rows)` |
    | `rest` | all arguments but the first, as a tuple: `execute(sql, key, name)` | `executemany(sql, rows)` |
    | `statement` | what its statement differs in: `execute(insert(Tag).values(…))` | `execute(insert(Tag), rows)` |
    | `objects` | the argument: `add(tag)` | `add(*tags)` |
    | `last` | nothing: it need only be called once | itself |
    """

    takes: Takes
    method: str
    update: str = ""
    guarded: bool = False  # with nothing, it fails or writes a row
    alike: bool = False  # a row that fails leaves the rows before it, as the loop does
    by_key: bool = False  # an UPDATE takes rows with their keys
    caution: str = ""  # what is different about it
    name: str = "rows"  # a name for what is collected, where no model gives one
    leaves: tuple[str, ...] = ()  # attributes and methods that tell of the last call
    covers: tuple[str, ...] = ()  # methods that do it, too
    blinds: str = ""  # an option with which queries do not see what is not sent yet
    locks: tuple[str, ...] = ()  # links of a query whose locks it gives back
    sends: str = ""  # the method that sends what is pending, so that its keys are known
    rereads: str = ""  # the method that reads a row again after it
    undoes: str = ""  # the method that takes it back


@dataclass(frozen=True, slots=True)
class Writing:
    """What the writing of one row of a model may do besides, which the bulk form does not."""

    manager: str = ""  # the attribute of a model on which bulk forms are called; "" is the model itself
    key: str = "pk"
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of each `takes`, the methods passed over
    signals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # likewise, the signals not sent
    receivers: tuple[str, ...] = ()  # decorators that tie a function to signals
    bases: tuple[str, ...] = ()  # classes of packages that add nothing to the writing of a row
    fields: tuple[str, ...] = ()  # likewise, what a class body may call; `*` is any text
    stamps: tuple[str, ...] = ()  # arguments of fields that are set whenever a row is saved
    files: tuple[str, ...] = ()  # last names of fields that store something elsewhere
    narrowing: tuple[str, ...] = ()  # links after which a query can still delete all its rows
    atomic: tuple[str, ...] = ()  # what makes a block, or a function, one transaction
    listening: tuple[str, ...] = ()  # packages that hear of every row that is saved
