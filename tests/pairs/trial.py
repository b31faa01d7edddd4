"""Many random functions in one module: fixed in memory by the real engine, run as they were and as they are now."""

from __future__ import annotations

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
from nplusone_lint.finding import Report
from nplusone_lint.source import Source, Unreadable

FUNCTIONS = 60
"""So many stand in one module."""


@dataclass
class Tally:
    """How many fixes were made, by shape of the function, and where behaviour differs."""

    made: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def tried(world: str, seed: int, redis_url: str = "", unsafe: bool = False) -> Tally:
    """Make a module of random functions, fix it, and compare. To be run in a process of its own."""
    random = Random(f"{world} {unsafe} {seed}")
    variations = import_module(f"variation_{world.partition('_')[0]}")
    functions: list[Function] = [variations.variations(random, number, unsafe=unsafe) for number in range(FUNCTIONS)]
    text = "\n\n".join([variations.HEADER, *(one.text for one in functions)])
    models = (FIXES / "worlds" / f"{world}.py").read_text(encoding="utf-8")
    tally = Tally()
    new = fixed(text, models, functions, tally, unsafe=unsafe)
    with runner(world, models, redis_url) as run:
        before, after = module_of(text, "before"), module_of(new, "after")
        for function in functions:
            compare(function, before, after, run, tally)
    return tally


def compared(world: str, before: str, after: str, calls: tuple[str, ...]) -> list[str]:
    """What is wrong with a rewrite."""
    models = (FIXES / "worlds" / f"{world}.py").read_text(encoding="utf-8")
    tally = Tally()
    with runner(world, models, "") as run:
        compare(
            Function("f", "given", before, calls), module_of(before, "before"), module_of(after, "after"), run, tally
        )
    return tally.faults


def fixed(text: str, models: str, functions: list[Function], tally: Tally, *, unsafe: bool) -> str:
    """The module with all fixes; each must leave the comments, and a second run must change nothing."""
    found = _fix_all(text, models, unsafe=unsafe)
    shapes = {function.name: function.shape for function in functions}
    new = next((change.after.text for change in found.changes), text)
    for finding in found.made:
        tally.made[_shape(finding.function, shapes)] += 1
    for finding in found.report.findings:
        reason = finding.refused.reason if finding.refused else "no fixer" if finding.fix is None else "unsafe"
        tally.refused[finding.code, _shape(finding.function, shapes), reason] += 1
    if lost := comments(text) - comments(new):
        tally.faults.append(f"comments were lost: {lost}")
    if again := _fix_all(new, models, unsafe=unsafe).changes:
        tally.faults.append(f"a second run changes something: {again[0].after.text}")
    return new


def _shape(function: str, shapes: dict[str, str]) -> str:
    return next((shapes[part] for part in function.split(".") if part in shapes), function)


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


def compare(function: Function, before: ModuleType, after: ModuleType, run: Run, tally: Tally) -> None:
    """Both must answer the same and leave the same, and over all calls the fixed one must not make more trips."""
    old = [run(before, call) for call in function.calls]
    new = [run(after, call) for call in function.calls]
    for call, was, now in zip(function.calls, old, new, strict=True):
        if was.answer != now.answer:
            tally.faults.append(f"{call}\n  gave {was.answer}\n  gives {now.answer}\n{function.text}")
        elif was.state != now.state:
            tally.faults.append(f"{call}: leaves something else in the database\n{function.text}")
    if (trips := sum(one.trips for one in new)) > sum(one.trips for one in old):
        tally.faults.append(f"{trips} trips for {sum(one.trips for one in old)}\n{function.text}")
