"""Where a call leads of whose receiver nothing is known: judged by the coroutines of the program that are so called.

`self.wallets.get_wallet(key)`: if all that the program calls `get_wallet` asks a database, or waits for nothing, so
does this one, most likely.
"""

from __future__ import annotations

from collections.abc import Iterable

from nplusone_lint import facts
from nplusone_lint.infer.parts import last_name, names_in, path_of
from nplusone_lint.infer.summaries import Analysis
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.awaits import NOWHERE, Reach

STARTING = frozenset({"create_task", "ensure_future", "gather", "as_completed"})
MAX_NAMESAKES = 12  # of a common name nothing can be told
MAX_CALLS = 4


def leads_elsewhere(analysis: Analysis, reach: Reach) -> bool:
    """Whether a call most likely asks a database or waits for nobody."""
    return _of_reach(analysis, reach, MAX_CALLS) in ("database", "memory")


def _of_reach(analysis: Analysis, reach: Reach, calls: int) -> str:
    """`database`, `memory`, `remote`, or "" where nobody can tell."""
    if any(line.single or line.guessed for line in reach.lines):
        return "database" if any(not _is_of_files(line.path) for line in reach.lines) else ""
    if any(asked.resource in DATABASES or asked.resource == "cache" for asked in reach.asked):
        return "database"
    if any(asked.remote for asked in reach.asked):
        return "remote"
    return _together(_by_name(analysis, one.path, calls) for one in reach.unseen)


def _together(leads: Iterable[str]) -> str:
    found = set(leads)
    return next((lead for lead in ("database", "remote", "") if lead in found), "memory")


def _is_of_files(path: str) -> bool:
    return path.partition(".")[0] in ("repo", "repository")


def _by_name(analysis: Analysis, path: str, calls: int) -> str:
    if not calls:
        return ""
    owner, _, name = path.rpartition(".")
    key = f"{owner.rpartition('.')[2]}.{name}"
    known = analysis.awaits.leads.get(key)
    if known is None:
        analysis.awaits.leads[key] = "memory"  # where it calls itself, that adds nothing
        known = analysis.awaits.leads[key] = _of_namesakes(analysis, owner.rpartition(".")[2], name, calls)
    return known


def _of_namesakes(analysis: Analysis, owner: str, name: str, calls: int) -> str:
    functions = _coroutines(analysis).get(name, [])
    called = owner.replace("_", "").lower()
    of_class = [f for f in functions if called and f.cls.rpartition(".")[2].lower() == called]
    found = [lead for lead in (_of_function(analysis, function, calls) for function in of_class) if lead is not None]
    if not found and len(functions) <= MAX_NAMESAKES:  # all of them abstract, or none
        leads = (_of_function(analysis, function, calls) for function in functions)
        found = [lead for lead in leads if lead is not None]
    told = next((lead for lead in ("remote", "database") if lead in found), "")
    return told or ("memory" if 2 * found.count("memory") > len(found) else "")


def _of_function(analysis: Analysis, function: facts.FunctionFacts, calls: int) -> str | None:
    """Where a coroutine leads; None for one that is abstract."""
    if not function.awaits:
        gives = any(isinstance(one, facts.Return) and names_in(one.value) for one in facts.walk(function.body))
        return "memory" if gives or len(function.words) > 1 else None
    if not STARTING.isdisjoint(function.words):
        return ""  # what it starts, nobody has looked at
    reached = analysis.awaits.reached.get(function, {})
    leads = []
    for node in analysis.awaits.of(function):
        reach = reached.get(node.at, NOWHERE)
        call = node.value
        if reach is not NOWHERE and (reach.waits or reach.lines):
            leads.append(_of_reach(analysis, reach, calls - 1))
        elif isinstance(call, facts.Call):
            leads.append(_by_name(analysis, path_of(call.function) or last_name(call.function), calls - 1))
    return _together(leads)


def _coroutines(analysis: Analysis) -> dict[str, list[facts.FunctionFacts]]:
    known = analysis.awaits.by_name
    if not known:
        for function in analysis.names.functions.values():
            if function.is_async:
                known.setdefault(function.name, []).append(function)
    return known
