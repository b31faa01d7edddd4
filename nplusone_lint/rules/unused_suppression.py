"""
## What it does
Finds a suppression comment that silences nothing: `# noqa: NPO102`, `# nplusone: ignore[NPO102]` or
`# nplusone: ignore-file[NPO102]` where the rule has nothing to say. A comment that names no rule is found as well.

## Why it matters
The comment says that something is wrong here and known. If nothing is, it misleads the reader, and it will hide the
next finding on its line.

## Example
```python bad scene=bookshop
def shelf(session: Session) -> list[str]:
    books = session.scalars(select(Book).options(joinedload(Book.author)))
    return [book.author.name for book in books]  # noqa: NPO102
```
Use instead:
```python good scene=bookshop
def shelf(session: Session) -> list[str]:
    books = session.scalars(select(Book).options(joinedload(Book.author)))
    return [book.author.name for book in books]
```

## Fix safety
No fix is offered yet. To remove the code from the comment changes no behaviour of the program. Keep the words that
explain something.

Counter-example: a comment that is idle today because the run read only one file may be needed when the whole project
is read, with the caller that loads the rows in a loop. Judge by a run over the project.

## When it stays quiet
- The comment silences at least one finding of each rule it names.
- The rule it names did not run, because it is not selected or ignored for the file.
- A bare `# noqa`, or one with the codes of other linters: they have their own checks.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    """Only known once all other findings are: `suppressions.apply` makes these findings."""
    return iter(())


RULE = Rule("NPO900", "unused-suppression", "a suppression comment silences nothing", "0.1", __doc__, check)
