"""Where a call leads of whose receiver nothing is known: judged by the coroutines of the program that are so called.

`self.wallets.get_wallet(key)`: if all that the program calls `get_wallet` asks a database, or waits for nothing, so
does this one, most likely.
"""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.summaries import Analysis
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.awaits import NOWHERE, Reach, joined

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
    found = {_by_name(analysis, one.path.rpartition(".")[2], calls) if calls else "" for one in reach.unseen}
    return next((lead for lead in ("database", "remote", "") if lead in found), "memory")


def _is_of_files(path: str) -> bool:
    return path.partition(".")[0] in ("repo", "repository")


def _by_name(analysis: Analysis, name: str, calls: int) -> str:
    known = analysis.awaits.leads.get(name)
    if known is None:
        analysis.awaits.leads[name] = ""  # it may call itself
        known = analysis.awaits.leads[name] = _of_namesakes(analysis, name, calls)
    return known


def _of_namesakes(analysis: Analysis, name: str, calls: int) -> str:
    functions = _coroutines(analysis).get(name, [])
    if not functions or len(functions) > MAX_NAMESAKES:
        return ""
    found: set[str] = set()
    for function in functions:
        reached = analysis.awaits.reached.get(function)
        if not function.awaits:
            if function.body and not isinstance(function.body[0], facts.Jump) and len(function.words) > 1:
                found.add("memory")  # no abstract method
            continue
        if not STARTING.isdisjoint(function.words):
            found.add("")  # what it starts, nobody has looked at
            continue
        whole = NOWHERE
        for reach in (reached or {}).values():
            whole = joined(whole, reach)
        found.add(_of_reach(analysis, whole, calls - 1) if reached else "")
    told = next((lead for lead in ("remote", "database") if lead in found), "")
    return told or ("memory" if found == {"memory"} else "")


def _coroutines(analysis: Analysis) -> dict[str, list[facts.FunctionFacts]]:
    known = analysis.awaits.by_name
    if not known:
        for function in analysis.names.functions.values():
            if function.is_async:
                known.setdefault(function.name, []).append(function)
    return known
