"""
## What it does
Finds a Django relation that was prefetched and is then asked in a way that the prefetched rows cannot serve:
`.filter()`, `.order_by()`, `.first()`, `.get()`, `.values_list()` and others query again for every row.

## Why it matters
The prefetch is paid for and not used. Measured: 10 rows sent 12 queries and 20 sent 22, one more than without any
prefetch.

## Example
```python bad scene=bookshop_django
def praised() -> dict[str, int]:
    praise = {}
    for book in Book.objects.prefetch_related("reviews"):
        praise[book.title] = book.reviews.filter(stars=5).count()
    return praise
```
Use instead:
```python good scene=bookshop_django
def praised() -> dict[str, int]:
    praise = {}
    for book in Book.objects.prefetch_related("reviews"):
        praise[book.title] = sum(1 for review in book.reviews.all() if review.stars == 5)
    return praise
```

## Fix safety
The fix filters, sorts and counts the prefetched rows in Python. It is safe where Python compares as the database does
(numbers and booleans do), and what is compared is a plain literal of the kind that the column holds. It is unsafe for
text, whose case and order a database may see otherwise, where something unknown is called in the function, and where
the rows come from another one. For many related rows prefetch only those one needs instead:
`Prefetch("reviews", queryset=…, to_attr="praise")`.

It is refused where a value may be None or of another kind, where the rows are written, where a `Prefetch` object may
have loaded other rows, and where the query stands in a function that is called: others may call it, too.

Counter-example: on a database that compares text without regard to case, `.filter(name="anna")` finds `Anna`, and
`author.name == "anna"` does not. `.first()` orders an unordered relation by primary key, `.all()[0]` does not. And a
filtered `Prefetch` without `to_attr` changes what every later `book.reviews.all()` returns.

## When it stays quiet
- The call is served by the prefetched rows: `.all()`, iteration, `.count()`, `.exists()`, `.contains()`, slices.
- The relation was not prefetched: that is `lazy-load-in-loop` or `query-in-loop`.
- The rows were prefetched under another name with `to_attr`, and that name is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.prefetched import ask_loaded_rows
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if not trip.bypassed:
            continue
        yield RULE.finding(
            trip.spot,
            f"queries `{trip.link}` once per `{trip.variable}` though it was prefetched: {trip.spot.cost} queries",
            "filter in Python over the prefetched rows, or prefetch the filtered ones under a name of their own",
            about=trip,
        )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return ask_loaded_rows(program, finding)


RULE = Rule(
    "NPO112", "prefetch-bypassed", "a prefetched relation is queried again for every row", "0.1", __doc__, check, fix
)
