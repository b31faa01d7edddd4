"""How a library is asked for figures of rows (counts, sums, whether there are any) instead of for the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf


@dataclass(frozen=True, slots=True)
class FigureForm:
    """With `lookups` the conditions of a query are keywords (`filter(author=key)`), with `comparisons` they compare
    columns (`where(Book.author_id == key)`).

    In its texts `{column}` is the column (or field) whose values are the keys, `{model}` the model.
    """

    style: OneOf["lookups", "comparisons"]
    home: str  # the module that names the functions: `from sqlalchemy import func`
    names: Mapping[str, str]  # count, sum, min, max → the name to import
    spelt: Mapping[str, str]  # count, sum, min, max → how it is called for `{column}`; `count` of whole rows
    conditions: tuple[str, ...]  # links that take conditions
    filled: str  # a `{figure}` that is `{default}` where there are no rows
    filled_since: tuple[str, str] = ("", "")  # the package and the release that brought it
    keeps: tuple[str, ...] = ()  # links that leave the groups what they are
    drops: tuple[str, ...] = ()  # links that a query for groups does not need
    group: tuple[str, ...] = ()  # the links that ask for pairs of a key and its figure
    present: tuple[str, ...] = ()  # the links that ask for the keys there are
    starts: tuple[str, ...] = ()  # functions and methods that begin a query with what it selects
    replaces: str = ""  # the link that selects something else, where a query begins without a selection
    runs: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # method → the ones that give pairs, and single
    ends: tuple[str, ...] = ()  # methods that give the figure of a result or a query
    as_dict: bool = True  # the pairs are tuples as `dict(…)` wants them, also for a type checker
    in_tuples: bool = False  # keys that are asked for alone come as tuples of one
    lazy: tuple[str, ...] = ()  # links that give a query of its own, which has not been sent
    refused: tuple[str, ...] = ()  # links after which rows cannot be counted without fetching them
    fetches: tuple[str, ...] = ()  # methods that fetch the rows of a result or a query
    rows: str = ""  # the link that names the `{model}` whose rows are counted
    one: str = ""  # the link that gives the figure of a result
    whole: str = ""  # a query for all rows of a model
    recount: str = ""  # a `{query}` for rows that is asked for the `{figure}` instead
    recount_since: tuple[str, str] = ("", "")
    unordered: str = ""  # the link that takes the order away
    nested: str = ""  # the link that makes a subquery of a query
    columns: str = ""  # the link that gives values instead of rows
    key: str = "id"  # the attribute that is the key of a row, where the model names none


@dataclass(frozen=True, slots=True)
class OrderForm:
    """How a query is told the order of its rows, so that it may be limited; `FigureForm` says how it begins and runs.

    With `lookups` columns are named (`order_by("-pages")`) and rows taken by index; with `comparisons` a column of the
    model is turned (`order_by(Book.pages.desc())`), and a link limits the rows.
    """

    style: OneOf["lookups", "comparisons"]
    sorts: str
    first: str  # gives the first row of a query or a result, or None
    keeps: tuple[str, ...]  # other links that leave it open in which order the rows come, and how many
    turns: str  # before a name, or behind a column: the other direction
    limited: tuple[str, ...] = ()  # links behind which the first row may be asked for, but no other order be told
    backwards: str = ""  # the link that turns the order that there is
    random: tuple[str, ...] = ()  # names that stand for no order
    limits: str = ""  # the link that limits the rows
    straight: str = ""  # the other direction of what is turned, where it is written
    repeats: tuple[str, ...] = ()  # of the links those that may give a row several times
    cuts: tuple[str, ...] = ()  # links by which rows that are joined may be loaded: a limit would cut them off
    whole: str = ""  # the call without arguments that leaves a manager's rows what they are


@dataclass(frozen=True, slots=True)
class PresenceForm:
    """How a library is asked whether there are rows, and how its users ask instead. `words` say it in a sentence.

    With `query` and `statement` a query is wrapped, in words of the `{session}` and of how it is `{start}`ed.
    """

    words: str
    asks: Mapping[str, str] = field(default_factory=dict)  # what counts the rows of a query → what asks for one
    conditions: tuple[str, ...] = ()  # links after which the rows are others
    one: Mapping[str, str] = field(default_factory=dict)  # what gives one row, or None → what asks, "" where nothing
    raises: tuple[str, ...] = ()  # ends that give one row, and raise where there is none
    manager: str = ""  # an attribute that speaks for a query, whatever it stands on: `objects`
    whole: str = ""  # a call without arguments that does: `all()`
    flat: str = ""  # a keyword by which a query gives the values of a column
    keeps: tuple[str, ...] = ()  # further links that a query may have and be asked, all where there are none
    refused: tuple[str, ...] = ()  # links that stand in the way
    query: str = ""  # what begins the question that a query is wrapped in: `{session}.query(`
    ends: Mapping[str, str] = field(default_factory=dict)  # what ends a query → what ends the question
    statement: str = ""  # what a statement that a session runs is wrapped in
    runs: Mapping[str, str] = field(default_factory=dict)  # methods of a session → the one that gives a single value
    fetches: tuple[str, ...] = ()  # methods that fetch the rows of a result
    seldom: tuple[str, ...] = ()  # modules and functions in which a whole table is asked by hand, or has one row
    tried: bool = True  # the rewrite was run against the library
