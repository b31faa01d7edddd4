"""
## What it does
Finds whole rows that are fetched for one or two of their columns, where the table has many more or where the others
are wide: texts, documents, files, ciphertexts, vectors.

## Why it matters
It is one query either way, but the one ships and builds everything. Measured, for 2,000 rows with a text of 20,000
characters each: whole rows took 65 ms and 80 MB, the ids alone 1 ms and 0.2 MB.

## Example
```python bad scene=bookshop_django
def titles(pages: int) -> list[str]:
    return [book.title for book in Book.objects.filter(pages__gt=pages)]
```
Use instead:
```python good scene=bookshop_django
def titles(pages: int) -> list[str]:
    return list(Book.objects.filter(pages__gt=pages).values_list("title", flat=True))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.folds import Fold
from nplusone_lint.seen.loads import FewColumns, UnreadColumns


def check(program: Program) -> Iterator[Finding]:
    folded = [spot.place for spot, _ in program.seen(Fold)]
    for spot, found in program.seen(FewColumns):
        if any(p.path == spot.place.path and p.span.start <= spot.place.span.start <= p.span.end for p in folded):
            continue  # the number that is made of them is the better advice
        named = " and ".join(f"`{name}`" for name in found.columns)
        others = ", ".join(f"`{name}`" for name in found.wide[:3])
        besides = f"with {others}" if others else f"all {found.of} columns"
        message = f"fetches whole rows of `{found.subject}`, {besides}, and reads only {named}"
        yield RULE.finding(spot, message, f"{found.pick} {found.helper} {found.related}", about=found)
    for spot, unread in program.seen(UnreadColumns):
        named = " and ".join(f"`{name}`" for name in unread.columns)
        message = f"selects {named} with every row, and nobody reads it"
        yield RULE.finding(spot, message, "select what is read", about=unread)


RULE = Rule(
    "NPO410",
    "whole-row-for-few-columns",
    "whole rows are fetched, and one or two of their columns are read",
    "0.1",
    __doc__,
    check,
    preview=True,
)
