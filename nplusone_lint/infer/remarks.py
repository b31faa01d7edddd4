"""What a link of a query's chain says by itself: rows are skipped, or counted through a subquery."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.fetched import only_value
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.infer.parts import last_name, names_in
from nplusone_lint.infer.queries import subject_of
from nplusone_lint.libraries.vocabulary import Invocation
from nplusone_lint.seen.loads import CountedSubquery, Skip
from nplusone_lint.values import Handle, Query, Record, Scalar, Value, options_of

PLAIN = frozenset({"begun", "subquery"})
KEEPS_ITS_NUMBER = frozenset({"begun", "subquery", "filtered", "joined", "ordered", "arranged", "legacy"})
"""Shapes of a query of which a count without the subquery gives the same number."""


COUNTERS = ("range", "count", "trange")


def note_remark(frame: Frame, remark: str, call: Invocation, site: CallSite) -> None:
    """What a link says, by the `remark` of its row in the library's table."""
    receiver = call.receiver
    if not isinstance(receiver, Query) or not site.expression.arguments:
        return
    if remark == "skips":
        note_skip(frame, receiver, site.expression.arguments[0], site.expression.function, site.at)
    elif _is_count(receiver):
        _note_count(frame, receiver, call.argument(0), site)


def _note_count(frame: Frame, counting: Query, rows: Value, site: CallSite) -> None:
    """`select(func.count()).select_from(query.subquery())`"""
    queries = [option for option in options_of(rows) if isinstance(option, Query)]
    told = len(queries) == len(options_of(rows)) and all(PLAIN <= q.shape <= KEEPS_ITS_NUMBER for q in queries)
    if told and _built_here(frame, site.expression.arguments[0]):
        shape = frozenset(word for query in queries for word in query.shape)
        subject = next(filter(None, map(subject_of, queries)), "")
        planned = shape.isdisjoint(("ordered", "arranged", "joined")) and _is_flattened(frame)
        confidence = Confidence.LOW if planned else Confidence.HIGH
        frame.observations.append(
            CountedSubquery(frame.site(site.at), subject, counting.type, shape, confidence=confidence)
        )


def _is_flattened(frame: Frame) -> bool:
    """Whether the project names drivers of such databases only that plan a plain subquery away."""
    named = frame.analysis.versions.packages(frame.module.path)
    drivers = [frame.analysis.tables.drivers[package] for package in named if package in frame.analysis.tables.drivers]
    return bool(drivers) and all(drivers)


def _is_count(query: Query) -> bool:
    """`select(func.count())`, and nothing besides."""
    items = query.element.items if isinstance(query.element, Record) else (query.element,)
    return all(isinstance(item, Scalar) and item.kind == "count" for item in items) and query.shape <= PLAIN | {
        "legacy"
    }


def _built_here(frame: Frame, source: facts.Expr) -> bool:
    """Whether the function itself builds the query: one that was handed in may be any."""
    if isinstance(source, facts.Name):
        assigned = only_value(frame.function, source.id)
        return assigned is not None and _built_here(frame, assigned)
    return isinstance(source, facts.Call) and not _is_handed(frame, source)


def _is_handed(frame: Frame, chain: facts.Expr) -> bool:
    """Whether the chain of a query starts at something that the function was handed, or that an object keeps."""
    start = chain
    while True:
        if isinstance(start, facts.Call) and isinstance(start.function, facts.Attribute):
            start = start.function.value
        elif isinstance(start, facts.Attribute) and isinstance(start.value, facts.Call):
            start = start.value
        else:
            break
    owner = start.value if isinstance(start, facts.Attribute) else start
    if not isinstance(owner, facts.Name) or all(owner.id != one.name for one in frame.function.parameters):
        return False
    # a session that was handed in begins queries of its own
    return not isinstance(frame.analysis.value_apart(frame.module, frame.function, start, frame.names), Handle)


def note_skip(frame: Frame, query: Query, number: facts.Expr, chain: facts.Expr, at: int) -> None:
    """`.offset((page - 1) * size)`, `rows[start:stop]`: note how the number of skipped rows comes about."""
    if isinstance(number, facts.Literal) or query.cached:
        return
    names = names_in(number)
    walks = any(_goes_on(frame, name) for loop in frame.loops for name in names & loop.binds)
    pages = _is_reckoned(number) or (isinstance(number, facts.Name) and _is_page(frame, number.id))
    if (pages or walks) and names and not _is_handed(frame, chain):
        skip = Skip(frame.site(at), subject_of(query), query.shape, held=query.origin, pages=pages, walks=walks)
        frame.observations.append(skip)


def _goes_on(frame: Frame, name: str) -> bool:
    """`start += size`, `for start in range(…)`: a number that grows from pass to pass."""
    for statement in walk(frame.function.body):
        if isinstance(statement, facts.Assign) and any(last_name(target) == name for target in statement.targets):
            if statement.augmented or name in names_in(statement.value):
                return True
        elif isinstance(statement, facts.Loop) and last_name(statement.target) == name:
            return isinstance(statement.iterable, facts.Call) and last_name(statement.iterable.function) in COUNTERS
    return False


def _is_page(frame: Frame, name: str) -> bool:
    """`start = (page - 1) * size`"""
    return any(
        isinstance(statement, facts.Assign)
        and _is_reckoned(statement.value)
        and any(isinstance(target, facts.Name) and target.id == name for target in statement.targets)
        for statement in walk(frame.function.body)
    )


def _is_reckoned(number: facts.Expr) -> bool:
    """`(page - 1) * size`, `page * size`: the product of a number of pages and their size."""
    return isinstance(number, facts.Compound) and number.operator == "Mult" and bool(names_in(number))
