"""What the expressions of a function were seen to give, in words: `row of Book`, `new row of Book`."""

from __future__ import annotations

from nplusone_lint.infer.describe import describe
from nplusone_lint.program import Program
from nplusone_lint.source import Span


def words_in(program: Program, function: str, path: str) -> dict[Span, str]:
    """What the expressions in a file give when a function runs, and what it calls."""
    analysis, source = program.analysis, program.sources[path]
    runs = [key for key in analysis.outcomes if key[0] == function]
    best = max(runs, key=lambda key: analysis.outcomes[key].called, default=(function, ()))
    return {
        source.span(at): describe(value) for (where, at), value in analysis.values_in(best).items() if where == path
    }
