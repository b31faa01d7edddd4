"""Who calls whom, where a value alone does not show it: the edges behind `debug calls`."""

from __future__ import annotations

import textwrap

import pytest

from nplusone_lint.config import Settings
from nplusone_lint.engine import build
from nplusone_lint.source import Source

STORIES = {
    "raising a class makes an exception": (
        """
        class Missing(Exception):
            def __init__(self): ...

        class Lost(Missing): ...

        def look(error: Missing):
            raise Lost

        def again(error: Missing):
            raise error
        """,
        {"shop.look": {"shop.Missing.__init__"}},
    ),
    "a decorator is called where it stands, and what it made is called by the name": (
        """
        def logged(function):
            def inner():
                function()
            return inner

        @logged
        def look(): ...

        def run():
            look()
        """,
        {
            "shop.<module>": {"shop.logged"},
            "shop.run": {"shop.logged.inner"},
            "shop.logged.inner": {"shop.look"},
        },
    ),
    "what Python brings is called too": (
        """
        class Shelf(Exception):
            def __init__(self):
                super().__init__()

        def look(books):
            len(books)
            raise ValueError(sorted(books))
        """,
        {
            "shop.Shelf.__init__": {"builtins.super"},
            "shop.look": {"builtins.len", "builtins.sorted", "builtins.ValueError"},
        },
    ),
}


@pytest.mark.parametrize(("story", "edges"), STORIES.values(), ids=STORIES)
def test_edges(story: str, edges: dict[str, set[str]]) -> None:
    program, unreadable = build([Source("shop.py", textwrap.dedent(story))], Settings(), observe=True)
    assert not unreadable
    assert program.analysis.edges == edges
