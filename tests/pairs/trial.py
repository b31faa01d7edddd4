"""Many random functions in one module: fixed in memory by the real engine, run as they were and as they are now."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module
from random import Random
from types import ModuleType
from typing import Any

from pair_case import FIXES
from trial_place import Run, runner
from variation import Function

from nplusone_lint import engine, fixing
from nplusone_lint.config import Settings
from nplusone_lint.finding import Finding, Report
from nplusone_lint.source import Source, Unreadable

FUNCTIONS = 60
"""So many stand in one module."""

FEW = 6
"""More trips no call makes whose findings are all mended: one for the rows, and one for each relationship.

Not so where rows are added to a session: SQLite takes them one by one, however many are flushed.
"""


@dataclass
class Tally:
    """The fixes made, by shape of the function; what was left, with the code and why; where behaviour differs."""

    made: Counter[str] = field(default_factory=Counter)
    left: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def tried(world: str, seed: int, redis_url: str = "", unsafe: bool = False) -> Tally:
    """Make a module of random functions, fix it, and compare. To be run in a process of its own."""
    random = Random(f"{world} {unsafe} {seed}")
    variations = import_module(f"variation_{world.partition('_')[0]}")
    functions: list[Function] = [variations.variations(random, number, unsafe=unsafe) for number in range(FUNCTIONS)]
    text = "\n\n".join([variations.HEADER, *(one.text for one in functions)])
    models = (FIXES / "worlds" / f"{world}.py").read_text(encoding="utf-8")
    tally = Tally()
    made, left, new = fixed(text, models, tally, unsafe=unsafe)
    with runner(world, models, redis_url) as run:
        before, after = module_of(text, "before"), module_of(new, "after")
        for function in functions:
            tally.made[function.shape] += len(of(function, made))
            for finding in of(function, left):
                tally.left[finding.code, function.shape, finding.refused.reason if finding.refused else ""] += 1
            cured = bool(of(function, made)) and not of(function, left) and ".add(" not in function.text
            faults = compare(function, before, after, run, FEW if cured else None)
            tally.faults += [f"{fault}\n{function.text}\nbecame\n\n{source_of(function, new)}" for fault in faults]
    return tally


def compared(world: str, before: str, after: str, calls: tuple[str, ...]) -> list[str]:
    """What is wrong with a rewrite."""
    models = (FIXES / "worlds" / f"{world}.py").read_text(encoding="utf-8")
    with runner(world, models, "") as run:
        function = Function("f", "given", before, calls)
        return compare(function, module_of(before, "before"), module_of(after, "after"), run, FEW)


def fixed(text: str, models: str, tally: Tally, *, unsafe: bool) -> tuple[list[Finding], list[Finding], str]:
    """What was mended, what was not, and the module then; no comment may go, and a second run must change nothing."""
    found = _fix_all(text, models, unsafe=unsafe)
    new = next((change.after.text for change in found.changes), text)
    if lost := comments(text) - comments(new):
        tally.faults.append(f"comments were lost: {lost}")
    if again := _fix_all(new, models, unsafe=unsafe).changes:
        tally.faults.append(f"a second run changes something: {again[0].after.text}")
    return found.made, found.report.findings, new


def of(function: Function, findings: list[Finding]) -> list[Finding]:
    """The findings in a function, and in what stands within it."""
    return [finding for finding in findings if function.name in finding.function.split(".")]


def source_of(function: Function, text: str) -> str:
    """The text of a function now."""
    holders = (function.name, f"Holder{function.name[1:]}")
    nodes = [node for node in ast.parse(text).body if getattr(node, "name", "") in holders]
    return "\n".join(ast.get_source_segment(text, node) or "" for node in nodes)


def _fix_all(text: str, models: str, *, unsafe: bool) -> fixing.Fixed:
    settings = Settings()

    def analysed(sources: Any) -> Report:
        return engine.check_sources(sources, settings, fixing=True)

    files: list[Source | Unreadable] = [Source("shop/__init__.py", ""), Source("shop/models.py", models)]
    return fixing.fix_all([*files, Source("shop/case.py", text)], analysed, unsafe=unsafe)


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def module_of(text: str, name: str) -> ModuleType:
    module = ModuleType(f"shop.{name}")
    exec(compile(text, f"<{name}>", "exec"), module.__dict__)
    return module


def compare(function: Function, before: ModuleType, after: ModuleType, run: Run, most: int | None) -> list[str]:
    """Both must answer the same and leave the same; all in all no more trips, and in one call at `most` so many."""
    faults = []
    old = [run(before, call) for call in function.calls]
    new = [run(after, call) for call in function.calls]
    for call, was, now in zip(function.calls, old, new, strict=True):
        if was.answer != now.answer:
            faults.append(f"{call}\n  gave {was.answer}\n  gives {now.answer}")
        if was.state != now.state:
            faults.append(f"{call} leaves something else in the database")
        if most is not None and now.trips > most:
            faults.append(f"{call} made {was.trips} trips and still makes {now.trips}")
    if (trips := sum(one.trips for one in new)) > sum(one.trips for one in old):
        faults.append(f"made {sum(one.trips for one in old)} trips, and makes {trips}")
    return faults
