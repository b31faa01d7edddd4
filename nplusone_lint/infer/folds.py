"""Rows that are fetched only to be counted: `len(rows)`."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.fetched import Evaluate, fetched_alone
from nplusone_lint.infer.frames import Frame
from nplusone_lint.link.names import short
from nplusone_lint.seen.folds import Fold
from nplusone_lint.values import Query, Value

FOLDS = {"builtins.len": "len"}


def note_fold(frame: Frame, node: facts.Call, kind: str, value: Value, evaluate: Evaluate) -> None:
    """Note the call of a function of `FOLDS` if it reduces rows of a query that nothing else in the function looks at.

    `value` is that of its one argument.
    """
    found = fetched_alone(frame, node.arguments[0], value, evaluate)
    if found is None:
        return
    fetched, row = found
    library = fetched.type if isinstance(fetched, Query) else ""
    related = isinstance(fetched, Query) and fetched.owner is not None and not fetched.narrowed
    site, subject = frame.site(node.at), short(row.model)
    frame.observations.append(
        Fold(site, subject, kind, row.model, library=library, related=related, held=fetched.origin)
    )
