"""
## What it does
Finds rows that are all fetched for the first, the last, the smallest, or the first few: `sorted(books, key=…)[0]`,
`max(books, key=…)`, `nlargest(3, books, key=…)`, `list(books)[0]`, `books[0]` of a list that nothing else looks at.

A sort of all rows by a column is told with low confidence: it saves no rows, only the sort.

## Why it matters
It is one query either way, but all rows travel and become objects, and one is kept. Measured with 10,000 rows:
155 ms for the last by a column, and 4 ms when the query ordered and limited.

## Example
```python bad scene=bookshop_django
def best(book_id: int) -> Review:
    return max(Review.objects.filter(book_id=book_id), key=lambda review: review.stars)
```
Use instead:
```python good scene=bookshop_django
def best(book_id: int) -> Review:
    return Review.objects.filter(book_id=book_id).order_by("-stars")[0]
```

## Fix safety
There is no fix: of rows with equal keys Python takes the first that came, and the database any. It may also order texts
by a collation, and NULL first or last, where Python raises `TypeError`. And of no rows, `rows[0]` raises `IndexError`,
`max` raises `ValueError`, and `first()` gives None.

## When it stays quiet
- The rows are used besides: iterated, returned, counted.
- The key is more than a column: a property, a method, a column of another row.
- The query is limited, or asks by a unique key: there is one row at most.
- The index stands on a query that has not been sent: `Book.objects.all()[0]` of Django is limited by it.
- The query comes from another function, which may keep its rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.first_rows import fetch_first
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.picks import Pick

SAID = {
    "end": "fetches all rows of `{}` and uses one of them",
    "top": "fetches all rows of `{}` and uses the first few",
    "sort": "sorts all rows of `{}` in Python",
}


def check(program: Program) -> Iterator[Finding]:
    for spot, item in program.seen(Pick):
        if item.choosing in SAID:
            if item.choosing == "sort":
                helps = "order the query"
            else:
                helps = "order and limit the query" if item.columns else "limit the query"
            yield RULE.finding(spot, SAID[item.choosing].format(item.subject), helps, about=item)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return fetch_first(program, finding)


RULE = Rule(
    "NPO406",
    "sort-in-python",
    "rows are sorted, or one of them taken, in Python",
    "0.1",
    __doc__,
    check,
    fix,
    excess=True,
)
