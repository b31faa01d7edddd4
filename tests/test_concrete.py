"""The two trees meet by span: whatever `ast` calls a node, LibCST confirms, and nothing beside it."""

from __future__ import annotations

import ast
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nplusone_lint.concrete import ALIKE, Concrete, Refused, confirm, confirm_within, open_concrete
from nplusone_lint.source import Point, Source, Span, pack, read

STDLIB = Path(sysconfig.get_path("stdlib"))
MODULES = (
    *("bisect", "calendar", "contextlib", "dataclasses", "fractions", "functools", "heapq", "json/decoder", "shlex"),
    *("asyncio/streams", "asyncio/queues", "concurrent/futures/process", "importlib/_bootstrap", "unittest/mock"),
)


def source_of(text: str) -> Source:
    return Source("app.py", text)


def spans_of(source: Source, kinds: tuple[type[ast.AST], ...] = ALIKE) -> set[Span]:
    nodes = [node for node in ast.walk(ast.parse(source.text)) if isinstance(node, kinds)]
    return {source.span(pack(node)) for node in nodes if isinstance(node, ast.expr | ast.stmt | ast.keyword)}


def beside(span: Span) -> Iterator[Span]:
    """The spans one character or one row beside a span."""
    start, end = span.start, span.end
    yield Span(start, Point(end.row, end.column + 1))
    yield Span(Point(start.row, start.column + 1), end)
    yield Span(Point(start.row, start.column + 1), Point(end.row, end.column + 1))
    yield Span(Point(start.row + 1, start.column), Point(end.row + 1, end.column))


def is_name(span: Span, source: Source) -> bool:
    """Whether a span holds one word: LibCST has nodes for `name=` and `def name` where `ast` has strings."""
    if span.start.row > len(source.lines) or span.start.row != span.end.row:
        return False
    return source.lines[span.start.row - 1][span.start.column - 1 : span.end.column - 1].isidentifier()


@pytest.mark.parametrize("module", MODULES)
def test_every_span_of_ast_is_confirmed_and_no_other(module: str) -> None:
    source = read(str(STDLIB / f"{module}.py"))
    assert isinstance(source, Source)
    wanted = spans_of(source)
    assert confirm(source, wanted) == wanted
    others = {other for span in wanted for other in beside(span)} - spans_of(source, (ast.expr, ast.stmt, ast.keyword))
    assert confirm(source, {span for span in others if not is_name(span, source)}) == set()


ODD = {
    "wide and combining characters": "é = '🙂'; f('ü', e\u0301.a, 名.b[0])\n",
    "tabs and a form feed": "if a:\n\tb.c\n\f\n\tfor d in e:\n\t\tf(d)\n",
    "carriage returns": "if a:\r    b.c(d)\r    e.f\r",
    "mixed line ends": "if a:\r\n    b.c(d)\n    e.f\r\n",
    "no last line end": "if a:\n    b.c(d)",
    "two statements on a row": "a.b; c(d); e[f]\n",
    "a block on the row of its header": "for a in b: c(a); d.e\n",
    "a statement behind the end of another": "x = '''\n'''; a.b(c)\n",
    "elif and else": "if a.b:\n    c.d\nelif e.f:\n    g.h\nelif i.j: k.l\nelse:\n    m.n\n",
    "try": "try:\n    a.b\nexcept c.d as e:\n    f.g\nelse:\n    h.i\nfinally:\n    j.k\n",
    "match": "match a.b:\n    case c.d if e.f:\n        g.h(i)\n    case _:\n        j.k\n",
    "decorators": "@a.b(\n    c\n)\n@d\nclass E:\n    @f.g\n    async def h(self, i=j.k):\n        await l.m\n",
    "a comment that ends in a backslash": "def f():\n    return a.b(c)  # c:\\dir\\\nd\n",
    "continued lines": "if a:\n    b.c = d \\\n  .e\n    f \\\n  (g.h)\n",
    "text at the margin inside a string": "def f():\n    a = '''\ndef g():\n    b\n'''\n    c.d(e)\n",
    "a generator as the only argument": "sum(a.b for a in c)\nsum (  # d\n    a.b for a in c\n)\n(f)((a for a in b))\n",
    "brackets": "a = ((b.c)), (d.e(f)), ((g, h),), (i for i in j), ((k for k in l))\n",
    "inside f-strings": "a = f'{b.c} é {d.e!r:>{f.g}}' f'{h.i}'\nj = f'''\n  {k.l}\n{m(n.o)}'''\n",
    "await and async for": "async def a():\n  async with b.c as d:\n    async for e in d.f:\n      await e.g\n",
    "lambdas, stars and slices": "a(*b.c, **d.e, f=lambda: g.h)[i.j:k.l, ::m.n]\n",
    "conditions and walrus": "a = b.c if d.e else f.g or h.i and not j.k\nif (l := m.n) is None: o.p\n",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_layout_is_confirmed(text: str) -> None:
    source = source_of(text)
    wanted = spans_of(source)
    assert len(wanted) > 3
    assert confirm(source, wanted) == wanted
    for span in wanted:
        assert confirm(source, [span]) == {span}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_the_rows_of_a_function_are_told_without_libcst_and_alike(text: str) -> None:
    source = source_of(text)
    wanted = spans_of(source)
    others = {other for span in wanted for other in beside(span)}
    rows = (1, len(source.lines))
    inside = {span for span in wanted | others if span.end.row <= len(source.lines)}
    assert confirm_within(source, inside, rows) == confirm(source, inside)


def test_a_span_of_two_nodes_is_not_confirmed() -> None:
    assert confirm(source_of("a.b; c.d\n"), [Span(Point(1, 1), Point(1, 9))]) == set()


def test_what_libcst_cannot_read_is_kept() -> None:
    rejected = source_of("class C(k=1, *a.b): pass\nc.d\n")
    assert confirm(rejected, [NONSENSE]) == {NONSENSE}
    assert confirm(source_of("def broken(:\n"), [NONSENSE]) == {NONSENSE}
    assert confirm(None, [NONSENSE]) == {NONSENSE}


def test_the_rest_of_a_file_that_libcst_cannot_read_is_looked_at() -> None:
    rejected = source_of("class C(k=1, *a.b): pass\nc.d\n")
    here = Span(Point(2, 1), Point(2, 4))
    assert confirm(rejected, [here, Span(Point(2, 2), Point(2, 4))]) == {here}


NONSENSE = Span(Point(1, 2), Point(1, 4))
DEEP = {
    "brackets": "x = " + "[" * 190 + "a.b" + "]" * 190,
    "calls": "x = " + "f(" * 190 + "a.b" + ")" * 190,
    "and": "x = a.b" + " and a" * 10_000,
    "plus": "x = a.b" + " + a" * 900,
    "attributes": "x = a.b" + ".c" * 900,
    "calls in a chain": "x = a.b" + ".c()" * 450,
    "not": "x = " + "not " * 900 + "a.b",
    "lambda": "x = " + "lambda: " * 900 + "a.b",
    "choices": "x = " + "a if b else " * 900 + "a.b",
    "elif": "if a.b: pass\n" + "elif c: pass\n" * 500,
    "comprehension": "x = [a.b " + "for a in b " * 10_000 + "]",
    "strings": "x = a.b, " + "'a' " * 10_000,
    "power": "x = a.b" + " ** a" * 900,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_nesting_is_refused_and_the_process_lives(text: str) -> None:
    program = (
        "import sys; from nplusone_lint.concrete import *; from nplusone_lint.source import *\n"
        "source = Source('app.py', sys.stdin.read()); span = Span(Point(1, 2), Point(1, 4))\n"
        "print(confirm(source, [span]) == {span}, type(open_concrete(source)).__name__)"
    )
    ran = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "True Refused\n", "")


def test_moderate_nesting_is_read() -> None:
    source = source_of("x = a" + " + a.b" * 60 + "\n")
    assert confirm(source, [NONSENSE]) == set()
    assert isinstance(open_concrete(source), Concrete)


LOSSY = {
    "a lone carriage return at the end": "a = 1\r",
    "a backslash at the end of the last comment": "z = 1  # c:\\dir\\\n",
}


@pytest.mark.parametrize("text", LOSSY.values(), ids=LOSSY)
def test_a_file_that_libcst_would_change_is_refused(text: str) -> None:
    assert open_concrete(source_of(text)) == Refused("app.py", "LibCST does not give the file back unchanged")


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_open_file_gives_its_text_back(text: str) -> None:
    opened = open_concrete(source_of(text))
    assert isinstance(opened, Refused) == text.endswith("\r")
    if isinstance(opened, Concrete):
        assert opened.module.code == opened.source.text


@pytest.mark.parametrize(
    ("text", "message"),
    [("class C(k=1, *a): pass\n", "LibCST cannot read it: "), ("def f(:\n", "syntax error")],
)
def test_the_reason_for_a_refusal_is_told(text: str, message: str) -> None:
    refused = open_concrete(source_of(text))
    assert isinstance(refused, Refused)
    assert refused.message.startswith(message)


def test_one_finding_costs_little_more_than_the_bare_parse_of_ast() -> None:
    source = read(str(STDLIB / "argparse.py"))
    assert isinstance(source, Source)
    spans = sorted(spans_of(source))
    middle = [spans[len(spans) // 2]]
    bare = min(_seconds(lambda: ast.parse(source.text)) for _ in range(5))
    confirmed = min(_seconds(lambda: confirm(source, middle)) for _ in range(5))
    assert confirmed < 3 * bare


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
