"""Scores the call graph that the analysis finds against the micro-benchmark of PyCG (112 small programs).

The cases are those of https://github.com/vitsalis/pycg-evaluation, `data/micro-benchmark`: each is a folder with a
`main.py`, its modules, and `callgraph.json`, which names the callees of every caller. A case is *whole* when none of
its calls is missed, and *exact* when we name no call that is not there.

    python -m benchmarks.pycg pycg-evaluation/data/micro-benchmark [--edges]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from nplusone_lint.config import Settings
from nplusone_lint.engine import build
from nplusone_lint.source import Source, Unreadable, decode

Edge = tuple[str, str]
LAMBDA = re.compile(r"(.*)\.<lambda:(\d+):(\d+)>(.*)")


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("folder", type=Path, help="data/micro-benchmark of vitsalis/pycg-evaluation")
    options.add_argument("--edges", action="store_true", help="name the edges that are missed or wrong")
    given = options.parse_args()
    cases, whole, exact = Counter[str](), Counter[str](), Counter[str]()
    for case in sorted(path.parent for path in given.folder.rglob("callgraph.json")):
        wanted, found = expected_edges(case), found_edges(case)
        category = case.parent.name
        cases[category] += 1
        whole[category] += wanted <= found
        exact[category] += found <= wanted
        if given.edges:
            report(f"{category}/{case.name}", wanted, found)
    for category in cases:
        print(f"{category:14} {cases[category]:4} cases {whole[category]:4} whole {exact[category]:4} exact")
    print(f"{'all':14} {cases.total():4} cases {whole.total():4} whole {exact.total():4} exact")


def report(case: str, wanted: set[Edge], found: set[Edge]) -> None:
    for word, edges in (("missed", wanted - found), ("wrong", found - wanted)):
        for caller, callee in sorted(edges):
            print(f"{case}: {word} {caller} -> {callee}")


def expected_edges(case: Path) -> set[Edge]:
    graph = json.loads((case / "callgraph.json").read_text(encoding="utf-8"))
    return {(caller, callee) for caller, callees in graph.items() for callee in callees}


def found_edges(case: Path) -> set[Edge]:
    """What the analysis finds, in the benchmark's names."""
    program, unreadable = build(sources(case), Settings(), observe=True)
    if unreadable:
        sys.exit(f"{unreadable[0]}")
    edges = program.analysis.edges
    names = {*edges, *(callee for callees in edges.values() for callee in callees), *program.analysis.local_functions}
    renamed = dict(benchmark_names(names))
    return {(renamed[caller], renamed[callee]) for caller, callees in edges.items() for callee in callees}


def sources(case: Path) -> Iterator[Source | Unreadable]:
    for path in sorted(case.rglob("*.py")):
        yield decode(path.relative_to(case).as_posix(), path.read_bytes())


def benchmark_names(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """A module stands for its top level; lambdas are counted in each scope; built-ins have a mark."""
    counted = Counter[str]()
    for name in sorted(names, key=position):
        plain = name.removesuffix(".<module>").replace("builtins.", "<builtin>.")
        inside = LAMBDA.fullmatch(plain)
        if inside is not None:
            scope, _, _, rest = inside.groups()
            counted[scope] += 1
            plain = f"{scope}.<lambda{counted[scope]}>{rest}"
        yield name, plain


def position(name: str) -> tuple[int, int, str]:
    """Lambdas in the order of the source."""
    inside = LAMBDA.fullmatch(name)
    return (int(inside[2]), int(inside[3]), name) if inside is not None else (0, 0, name)


if __name__ == "__main__":
    main()
