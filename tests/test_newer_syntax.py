"""Syntax newer than the running Python is read all the same, and every character keeps its place."""

from __future__ import annotations

import ast

import pytest

from nplusone_lint.newer_syntax import respelt
from nplusone_lint.source import Source, parse

NEWER = [
    ("class Box[T](Base):\n    pass\n", "class Box   (Base):\n    pass\n"),
    ("class Box[T: (int, str), *Ts]:\n    pass\n", "class Box                    :\n    pass\n"),
    ("class Box[\n    T: Base,\n](Base):\n    pass\n", "class Box\\\n           \\\n (Base):\n    pass\n"),
    ("async def first[T](items: list[T]) -> T: ...\n", "async def first   (items: list[T]) -> T: ...\n"),
    ("if x:\n    type Pair[T] = tuple[T, T]\n", "if x:\n    Pair         = tuple[T, T]\n"),
    ("type Id = int\n", "Id      = int\n"),
    (
        "try:\n    f()\nexcept KeyError, ValueError:\n    pass\n",
        "try:\n    f()\nexcept KeyError+ ValueError:\n    pass\n",
    ),
    (
        "try:\n    f()\nexcept a.B, f(1, 2):\n    pass\n",
        "try:\n    f()\nexcept a.B+ f(1, 2):\n    pass\n",
    ),
]

OLDER = [
    "type = 1\n",
    "type(x)\n",
    "print(type)\n",
    "try:\n    f()\nexcept (KeyError, ValueError):\n    pass\n",
    "def f(items: list[int]) -> None: ...\n",
    "x = 'class Box[T]:'\n",
]


@pytest.mark.parametrize(("text", "expected"), NEWER)
def test_newer_syntax_is_respelt_in_place(text: str, expected: str) -> None:
    known = respelt(text)
    assert known == expected
    assert [len(line) for line in known.splitlines()] == [len(line) for line in text.splitlines()]
    assert isinstance(parse(Source("x.py", text)), ast.Module)


@pytest.mark.parametrize("text", OLDER)
def test_other_syntax_is_left_alone(text: str) -> None:
    assert respelt(text) is None


@pytest.mark.parametrize("text", ["class Box[T(:\n", "def f[T\n", "class Box[T]: x = (\n", 'f"{x["a"]}" [T'])
def test_broken_text_stays_an_error(text: str) -> None:
    assert not isinstance(parse(Source("x.py", text)), ast.Module)
