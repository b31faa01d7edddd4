"""
## What it does
Finds rows that are fetched only for the different values of one of their columns: a set that is made of all rows, and
is listed or counted.

## Why it matters
It fetches all rows, and mostly builds an object of each, for a few values. Measured with SQLite in memory: the five
values of a column of 20,000 rows took 127 ms, with DISTINCT 1 ms.

## Example
```python bad scene=bookshop_django
def grades(book_id: int) -> list[int]:
    stars = {review.stars for review in Review.objects.filter(book_id=book_id)}
    return sorted(stars)
```
Use instead:
```python good scene=bookshop_django
def grades(book_id: int) -> list[int]:
    stars = set(
        Review.objects.filter(book_id=book_id)
        .values_list("stars", flat=True)
        .distinct()
    )
    return sorted(stars)
```

## Fix safety
The fix asks for the column alone and has the database tell its values apart; what is made of them stays a set, so that
NULL is in it as None, and the order of the query plays no part. It is safe for whole numbers, dates, UUIDs and truth
values, and unsafe for texts, which a database may take for equal where Python does not.

It is refused for floats, decimals and moments; for columns with a collation of their own; for queries that are joined,
limited or annotated; and where another function fetches the rows.

Counter-example: with a collation that ignores case, DISTINCT gives one of `Essay` and `essay`, a Python set both.
`len({row.rating for row in rows})` counts None; `COUNT(DISTINCT rating)` does not (5 against 4), which is why the fix
counts the items of a set.

## When it stays quiet
- The set is made to look into it (`in`, `-`, `&`): perhaps no value occurs twice. `--min-confidence low` shows it.
- The column is unique, or the key; or it is unique together with others, which the query pins.
- The values of several columns are wanted: the rows come by one query, the values by one for each column.
- The rows are used besides, the query is limited, or the rows came with their owner.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.reduced_rows import values_in_database
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.folds import Reduced


def check(program: Program) -> Iterator[Finding]:
    for spot, seen in program.seen(Reduced):
        if seen.distinct and not seen.keyed:
            column = next(figure.column for figure in seen.figures if figure.kind == "distinct")
            message = f"fetches all rows of `{seen.subject}` for the values of `{column}`: N rows for a few values"
            yield RULE.finding(spot, message, "let the database tell them apart (DISTINCT)", about=seen)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    seen = finding.about
    assert isinstance(seen, Reduced)
    return values_in_database(program, finding.place, seen)


RULE = Rule(
    "NPO409",
    "distinct-in-python",
    "rows are fetched only for the different values of a column",
    "0.1",
    __doc__,
    check,
    fix,
    excess=True,
)
