"""
## What it does
Finds whole rows that are fetched for one or two of their columns, where the table has many more, or where others are
wide: texts, documents, files, ciphertexts, vectors. Also a statement in SQL with a column that nobody reads.

## Why it matters
It is one query either way, but the one ships and builds everything. Measured on SQLite, 2,000 rows with a text of 20 kB
each: whole rows took 37 ms and 42 MB, their ids alone 3 ms and 0.4 MB. A database on another machine makes it worse.

## Example
```python bad scene=bookshop
def titles(session: Session) -> list[str]:
    return [book.title for book in session.scalars(select(Book).order_by(Book.title)).all()]
```
Use instead:
```python good scene=bookshop
def titles(session: Session) -> list[str]:
    return session.scalars(select(Book.title).order_by(Book.title)).all()
```
With Django it is `values_list("title", flat=True)`; where rows are wanted all the same, `only("title")` or
`load_only(Book.title)`.

## Fix safety
The fix is offered where a list of one column is made on the spot: with Django it is safe; with SQLAlchemy it is
unsafe, because a row that the session holds already keeps the value it was loaded with.

It is refused where two columns are read, where something is computed of them, or rows are filtered in Python; where
the query is distinct or put together of several; where another function fetches the rows; where the type of the column
is not known; and where the model (or its query class) says itself how rows are made.

Counter-example: `book.cover` of a Django `FileField` is a file, and `values_list("cover")` gives its name. Rows that
are distinct may not be so in one column: `distinct()` would then drop some.

## When it stays quiet
- A row is used otherwise, too: passed on, kept, changed; a relationship of it is touched.
- The query loads only some columns already.
- A relationship is gone through whose rows may have come with their owner: then they cost nothing.
- Rows that several functions fetch by the same helper.
- The table has less than five times as many columns as are read, and none of the others is wide.
- Another finding speaks of the rows: they are counted or summed up.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Place, Refusal
from nplusone_lint.fixer.picked_column import pick_column
from nplusone_lint.fixer.questions import inside, mentions
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.folds import Fold
from nplusone_lint.seen.loads import FewColumns, UnreadColumns

NAMED = 3  # wide columns that a message names


def check(program: Program) -> Iterator[Finding]:
    folded = [spot.place for spot, _ in program.seen(Fold)]
    for spot, found in program.seen(FewColumns):
        if not _is_folded(spot.place, folded) and (not found.helper or mentions(program, found.helper) == 1):
            yield RULE.finding(spot, _message(found), _help(found), about=found)
    for spot, unread in program.seen(UnreadColumns):
        named = _listed(unread.columns)
        message = f"selects {named} with every row, and nobody reads {'it' if len(unread.columns) == 1 else 'them'}"
        yield RULE.finding(spot, message, "select what is read", about=unread)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    found = finding.about
    if not isinstance(found, FewColumns):
        return Refusal("SQL is not rewritten: what else reads the statement is not known")
    return pick_column(program, found)


def _is_folded(place: Place, folded: list[Place]) -> bool:
    """Whether a number is made of what is read: then the number is what to ask for."""
    return any(inside(place, outer) for outer in folded)


def _message(found: FewColumns) -> str:
    others = _listed(found.wide[:NAMED])
    besides = f"{others} included" if others else f"all {found.of} columns"
    return f"fetches whole rows of `{found.subject}`, {besides}, and reads {_listed(found.columns)} alone"


def _help(found: FewColumns) -> str:
    if not found.pick:
        return f"let `{found.helper}` fetch the {'column' if len(found.columns) == 1 else 'columns'}"
    names = ", ".join(f'"{name}"' for name in found.columns)
    attributes = ", ".join(f"{found.subject}.{name}" for name in found.columns)
    flat = ", flat=True" if len(found.columns) == 1 else ""
    return f"ask for what is read: {found.pick.format(names=names, attributes=attributes, flat=flat)}"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(f"`{n}`" for n in names[:-1]), *(f"`{n}`" for n in names[-1:]))))


RULE = Rule(
    "NPO410",
    "whole-row-for-few-columns",
    "whole rows are fetched, and one or two of their columns are read",
    "0.1",
    __doc__,
    check,
    fix,
    preview=True,
    excess=True,
)
