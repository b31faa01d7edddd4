"""Passes that read few columns of whole rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.lazy_loads import is_deferred
from nplusone_lint.infer.parts import last_name, nodes_in
from nplusone_lint.infer.row_reads import Reads
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import Model
from nplusone_lint.seen.loads import FewColumns
from nplusone_lint.source import unpack
from nplusone_lint.values import Collection, Origin, Query, Row

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

FEW = 2  # columns that are read
PART = 5  # of so many columns one is read


@dataclass(slots=True)
class Read:
    """A pass over rows: where, the expression that gives them (None for a relationship), the query, what is read.

    `listed`: a list or dictionary is made of it on the spot.
    """

    at: int
    source: facts.Expr | None
    items: Query | Collection
    query: Query | None
    row: Row
    model: Model
    reads: Reads
    listed: bool


def note_columns(frame: Frame, read: Read) -> None:
    """Note a pass that reads one or two columns of rows that have many more, or wide ones."""
    model, row, reads = read.model, read.row, read.reads
    if reads.others or not 0 < len(reads.columns) <= FEW or row.deferred:
        return
    if any(is_deferred(row, model, column) for column in reads.columns):
        return
    number = len({*model.columns, *(link.column for link in model.relationships.values() if link.column)})
    wide = tuple(sorted(column.name for column in model.columns.values() if column.wide and not column.deferred))
    unread = tuple(name for name in wide if name not in reads.columns)
    dear = bool(unread) and len(unread) == len(wide)
    if not dear and (not read.listed or (len(reads.columns) * PART > number and not unread)):
        return
    helper = "" if read.query is not None else _helper(frame, read)
    if not helper and (read.query is None or not _is_plain(frame, read, read.query)):
        return
    known = frame.analysis.tables.types.get(read.query.type) if read.query is not None else None
    certain = not helper and read.source is not None
    frame.observations.append(
        FewColumns(
            frame.site(read.at),
            short(model.name),
            model.name,
            tuple(sorted(reads.columns)),
            number,
            unread,
            known.picks if known is not None else "",
            helper=helper,
            related=read.source is None,
            held=read.items.origin,
            confidence=Confidence.HIGH if certain else Confidence.MEDIUM,
        )
    )


def _is_plain(frame: Frame, read: Read, query: Query) -> bool:
    """Whether asking the query for the columns gives what is read of its rows."""
    if query.limited or not query.shape.isdisjoint(("limited", "adorned")):
        return False
    if "reduced" in query.shape and read.reads.columns.isdisjoint(("id", "pk")):
        return False  # of distinct rows two may be equal in the columns
    built = isinstance(read.items, Collection) or _is_here(frame, read.items.origin)
    return read.source is None or built


def _is_here(frame: Frame, origin: Origin | None) -> bool:
    """Whether the function itself builds the query: what another one gives may be kept there."""
    if origin is None or origin.path != frame.module.path or origin.parameter:
        return False
    if not frame.function.at:
        return True
    first, _, last, _ = unpack(frame.function.at)
    return first <= unpack(origin.at)[0] <= last


def _helper(frame: Frame, read: Read) -> str:
    """The function that fetched the rows, and returns them as it did; "" where it was told which columns to fetch."""
    node = read.source.value if isinstance(read.source, facts.Await) else read.source
    origin = read.items.origin
    if not isinstance(node, facts.Call) or not isinstance(read.items, Collection) or origin is None or origin.parameter:
        return ""
    given = nodes_in([*node.arguments, *(value for _, value in node.keywords)])
    if any(isinstance(part, facts.Attribute) and part.name in read.reads.columns for part in given):
        return ""
    return helper_of(frame, node, origin)


def helper_of(frame: Frame, call: facts.Call, origin: Origin) -> str:
    """The one function of the name that is called, if it returns what the expression at `origin` fetched; else ""."""
    helper = last_name(call.function)
    function = _only_one(frame.analysis, helper)
    return helper if function is not None and _returns(function, origin.at) else ""


def _only_one(analysis: Analysis, name: str) -> facts.FunctionFacts | None:
    """The function of the program that has a name, if no other has it."""
    if not analysis.alone_named:
        for function in analysis.names.functions.values():
            alone = function.name not in analysis.alone_named
            analysis.alone_named[function.name] = function if alone else None
    return analysis.alone_named.get(name)


def _returns(function: facts.FunctionFacts, at: int) -> bool:
    """Whether a function returns what stands at `at`, and nothing else."""
    statements = walk(function.body)
    returned = [statement.value for statement in statements if isinstance(statement, facts.Return)]
    value = returned[0] if len(returned) == 1 else facts.NOTHING
    if isinstance(value, facts.Name):
        name = value.id
        given = [s.value for s in statements if isinstance(s, facts.Assign) and last_name(s.targets[0]) == name]
        value = given[0] if len(given) == 1 else facts.NOTHING
    value = value.value if isinstance(value, facts.Await) else value
    return getattr(value, "at", 0) == at
