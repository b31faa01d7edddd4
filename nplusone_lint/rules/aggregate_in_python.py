"""
## What it does
Finds rows that are fetched only to add up a column, or to find its smallest, largest or mean value, in Python: by a
function (`sum(row.hours for row in rows)`), or by a loop that does nothing else.

## Why it matters
It is one query either way, but the one ships N rows to make one number of them. Measured: a sum of hours shipped 38
rows, as an aggregate 1.

## Example
```python bad scene=bookshop_django
def stars(book_id: int) -> int:
    return sum(review.stars for review in Review.objects.filter(book_id=book_id))
```
Use instead:
```python good scene=bookshop_django
def stars(book_id: int) -> int:
    return Review.objects.filter(book_id=book_id).aggregate(
        total=Sum("stars", default=0)
    )["total"]
```

## Fix safety
The fix has the database compute the number, and writes out what it is of no rows: 0 for a sum, the `default` of `max`
and `min`. It is safe for a column of whole numbers (or dates, for `max` and `min`) that is never NULL, and unsafe for
floats. Where another function fetches the rows, one that computes the number is written beside it. A loop that adds up
a column becomes one addition.

It is refused where the column may be NULL; for decimals, which some databases add up as floats; for texts, which they
order by rules of their own; where `max` or `min` would raise `ValueError`; where several figures, or one of some of
the rows, are made of one query; and where the query is limited or grouped.

Counter-example: one NULL in the column makes Python raise `TypeError`; SQL skips it and gives a sum. Floats may
differ in the last digit, because the database adds them in another order. And durations: `extract(epoch)` of
`end - start` is negative for a shift that ends after midnight, where Python's `.seconds` wraps (13 h against 85 h).

## When it stays quiet
- The rows are used besides: iterated, returned, passed on; or some of them are, in a list that is made of them.
- The loop stops early, or a pass needs what an earlier one has found out.
- The summand, or the condition, is nothing that a database computes: a property, a method, a Python function.
- The query is limited.
- The collection is loaded already.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.fold import fold_in_database
from nplusone_lint.program import Folded, Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.folds import Figure, Reduced

WORDS = {"min": "minimum", "max": "maximum"}


def check(program: Program) -> Iterator[Finding]:
    for fold in program.folds():
        if fold.kind != "len":
            what = WORDS.get(fold.kind, fold.kind)
            yield RULE.finding(
                fold.spot,
                f"fetches all rows of `{fold.spot.subject}` for the {what} of `{fold.column}`: N rows for 1 number",
                f"let the database compute the {what}; for no rows it gives NULL",
                about=fold,
            )
    for spot, seen in program.seen(Reduced):
        if not seen.keyed and not seen.distinct:
            yield RULE.finding(
                spot, _message(seen), "let the database compute it; of no rows it gives NULL", about=seen
            )


def _message(seen: Reduced) -> str:
    figures = [figure for figure in seen.figures if figure.kind != "exists"]
    words = list(dict.fromkeys(_word(figure) for figure in figures))
    told = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    numbers = "1 number" if len(figures) == 1 else f"{len(figures)} numbers"
    return f"fetches all rows of `{seen.subject}` for {told}: N rows for {numbers}"


def _word(figure: Figure) -> str:
    if figure.kind == "related":
        return f"the number of their `{figure.column}`"
    if figure.kind == "count":
        return "the number of some of them" if figure.conditional else "their number"
    if figure.kind == "distinct":
        return f"the values of `{figure.column}`"
    what = WORDS.get(figure.kind, figure.kind)
    of = " of some of them" if figure.conditional else ""
    return f"the {what} of `{figure.column}`{of}" if figure.column else f"a {what}{of}"


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    fold = finding.about
    if isinstance(fold, Reduced):
        return Refusal(_reason(fold))
    assert isinstance(fold, Folded)
    return fold_in_database(program, fold)


def _reason(seen: Reduced) -> str:
    if len(seen.figures) > 1:
        return "more than one figure is made of the rows"
    if seen.figures[0].conditional:
        return "only some of the rows count"
    return "what is added up or compared is more than a column, or without rows Python gives something else"


RULE = Rule(
    "NPO402",
    "aggregate-in-python",
    "rows are fetched only to be summed up or compared in Python",
    "0.1",
    __doc__,
    check,
    fix,
    excess=True,
)
