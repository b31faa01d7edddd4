"""
## What it does
Finds rows that are fetched and then dropped by a test in Python that the query could make: a comprehension with `if`,
a loop that is for some rows only, `filter(lambda …)`, `next(… if …)`, `any(row.price == 0 for row in rows)`.

## Why it matters
It is one query either way, but all rows travel and become objects. Measured with 10,000 rows in SQLite of which a tenth
was wanted: 198 ms, and 18 ms when the query filtered.

## Example
```python bad scene=bookshop_django
def praise(book_id: int) -> list[Review]:
    reviews = Review.objects.filter(book_id=book_id)
    return [review for review in reviews if review.stars == 5]
```
Use instead:
```python good scene=bookshop_django
def praise(book_id: int) -> list[Review]:
    reviews = Review.objects.filter(book_id=book_id)
    return [review for review in reviews.filter(stars=5)]
```

## Fix safety
The fix moves the one condition of a comprehension into the query of Django that it runs over. It is safe for a number
or a truth value that is written out, compared with a column of the same type that is never NULL.

It is unsafe for all else, since whether the database finds the same rows depends on its collation (`"Poe" == "poe"` in
MySQL), on NULL (`status != "open"` is true of None in Python, and unknown in SQL), and on the type of what is compared:
`"5" == 5` is false in Python, and a filter takes one for the other.

It is refused for loops, searches and functions, for more than one condition, for queries that lock rows or are
combined, for other libraries, and where a query class of the program says itself how its rows are fetched.

Counter-example: `[author for author in Author.objects.all() if author.handle == "poe"]`. Where the column ignores case,
`filter(handle="poe")` finds the author `Poe`, too.

## When it stays quiet
- The rows are used besides: those that fail the test are wanted, too, or the function hands all of them on.
- The test calls Python: a method, a property, `title.startswith(…)`; or asks for a column over a relationship.
- It is not about the row alone: it looks up what the loop has collected so far.
- The test is mere truth of a text or number: nearly all rows may pass. One that leaves out a single value
  (`book.status != "sold"`) is told with low confidence.
- The query is limited, asks by a unique key, or comes from another function, which may keep its rows; or an object
  keeps it (`self.books`): its rows are fetched once.
- The rows came with their owner: they cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.filtered import filter_in_query
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.picks import Pick

SAID = {
    "filter": "fetches all rows of `{}` and drops those that fail a test of {}",
    "find": "fetches all rows of `{}` to find one by {}",
    "any": "fetches all rows of `{}` to learn whether one passes a test of {}",
}


def check(program: Program) -> Iterator[Finding]:
    for spot, item in program.seen(Pick):
        if item.choosing in SAID:
            columns = ", ".join(f"`{column}`" for column in item.columns)
            yield RULE.finding(
                spot, SAID[item.choosing].format(item.subject, columns), "let the query filter", about=item
            )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return filter_in_query(program, finding)


RULE = Rule(
    "NPO403", "filter-in-python", "rows are fetched, then dropped in Python", "0.1", __doc__, check, fix, excess=True
)
