"""Whether what a pass awaits may run beside that of other passes: it reads, asks what its own pass says, and waits."""

from __future__ import annotations

import re

from nplusone_lint import facts
from nplusone_lint.infer.await_names import WRITES as WRITING
from nplusone_lint.infer.await_names import gives_handle, is_ordered, is_reckoned, reads_by_name, words_of
from nplusone_lint.infer.binding import passed_for
from nplusone_lint.infer.lines import is_session_word
from nplusone_lint.infer.loops import target_names
from nplusone_lint.infer.namesakes import STARTING, leads_elsewhere
from nplusone_lint.infer.parts import last_name, names_in, nodes_run, path_of
from nplusone_lint.infer.pass_flow import Awaited, Flow
from nplusone_lint.infer.summaries import Analysis
from nplusone_lint.seen.awaits import Deed, Reach, Unseen
from nplusone_lint.seen.site import Site
from nplusone_lint.values import changed

THREADS = frozenset({"to_thread", "run_in_executor", "run_in_threadpool", "run_sync", "sync_to_async"})
TIMED = frozenset({"wait_for", "shield"})
WAITING = frozenset({
    "get", "fetch", "list", "load", "retrieve", "lookup", "look", "find", "search", "query", "download", "scrape",
    "crawl", "pull", "poll", "ping", "probe", "head", "resolve", "embed", "summarize", "summarise", "translate",
    "transcribe", "rerank", "describe", "count", "select", "request", "geocode", "collect",
})  # fmt: skip
"""Verbs of what asks somebody else, and waits for the answer; others that read are mostly quick, or work themselves."""

MAKING = frozenset({"generate", "complete", "classify", "predict", "extract", "analyze", "analyse"})
MADE = frozenset({
    "text", "texts", "answer", "answers", "response", "responses", "embedding", "embeddings", "summary", "summaries",
    "image", "images", "completion", "completions", "content", "caption", "description", "title", "graph", "triples",
})  # fmt: skip
"""What a model makes that is asked over the network: `generate_summary`."""

CHECKED = frozenset({"", "health", "status", "availability", "connection", "updates", "url", "link", "host", "service"})
FETCHING = frozenset({"fetch", "download", "pull", "crawl", "scrape"})
STORES = re.compile(r"(^|_)(store|storage|bucket|blobs?|object_store)$")
KEEPING = frozenset({"set", "put", "upload", "write", "store", "save"})
WORKING = frozenset({
    "calculate", "compute", "hash", "convert", "resize", "encode", "verify", "sign", "sort", "merge", "build", "scan",
})  # fmt: skip
"""What works itself: threads of Python that work do not run at the same time."""

PLAIN = frozenset({"value", "values", "state", "option", "options", "name", "attribute", "property", "item", "key"})
"""What lies in memory, as a rule, where it is got."""

QUICK = frozenset({"exists", "is", "stat", "mkdir", "unlink", "open", "dumps", "loads", "json", "dict", "model"})
"""What is done in a thread, and is over at once."""


def may_overtake(
    analysis: Analysis, function: facts.FunctionFacts, flow: Flow, one: Awaited, reach: Reach, targets: set[str]
) -> bool:
    """Whether an await waits for something that only reads, asks what its own pass says, and needs no other pass."""
    call = one.node.value
    if not isinstance(call, facts.Call):
        return False
    while last_name(call.function) in TIMED and call.arguments and isinstance(call.arguments[0], facts.Call):
        call = call.arguments[0]
    names = flow.reached_from(names_in(call) | one.decides)
    paths = paths_run_in(call)
    if any(_overlaps(carried, names, paths) for carried in flow.carried):
        return False
    if not names_in(call) & (targets | flow.own) or not names & targets:
        return False
    reach = _reach_of(analysis, function, call, reach)
    if not (reach.unseen or reach.asked) or _is_held_back(analysis, flow, call, reach, targets):
        return False
    if any(map(_is_session, _origins(function, names))) or leads_elsewhere(analysis, reach):
        return False
    return _only_reads(function, call, reach, bare=one.bare) or keeps_under_key(function, call, targets)


def _overlaps(carried: str, names: set[str], paths: set[str]) -> bool:
    if "." not in carried:
        return carried in names
    return any(path == carried or path.startswith(f"{carried}.") or carried.startswith(f"{path}.") for path in paths)


def _reach_of(analysis: Analysis, function: facts.FunctionFacts, call: facts.Call, reach: Reach) -> Reach:
    """With what a plain function gives to be awaited, and with what a coroutine starts: nobody has looked at these."""
    if reach.waits:
        return reach
    name = path_of(call.function)
    called = analysis.function(f"{function.qualname}.{name}") if name and "." not in name else None
    handed = called is not None and not called.is_async
    handed = handed or last_name(call.function) in THREADS
    if handed or not reach.words.isdisjoint(STARTING):
        return changed(reach, unseen=(Unseen(name, Site("", call.at, function.qualname)),))
    return reach


def _is_held_back(analysis: Analysis, flow: Flow, call: facts.Call, reach: Reach, targets: set[str]) -> bool:
    """Whether order, a session or a limit stands in the way."""
    threads = not reach.words.isdisjoint(THREADS)
    for line in reach.lines:
        if line.single and not (threads and line.guessed and _is_repository(line.path)):
            return True
    if reach.sleeps or any(asked.resource in ("sql", "cache") for asked in reach.asked):
        return True
    name = last_name(call.function)
    for deed in reach.deeds:
        direct = deed.site.function.rpartition(".")[2] == name
        if deed.kind == "sets":
            held = direct and not _sets_own(analysis, flow, call, deed, targets)
        elif deed.kind == "spaces":
            held = _spaces(deed.what, direct=direct)
        else:
            held = deed.kind != "remembers" or direct
        if held:
            return True
    return False


def _sets_own(analysis: Analysis, flow: Flow, call: facts.Call, deed: Deed, targets: set[str]) -> bool:
    """Whether what a function sets is a thing that each pass hands to it, one of its own."""
    called = analysis.function(deed.site.function)
    root = deed.what.partition(".")[0]
    if called is None or not any(parameter.name == root for parameter in called.parameters):
        return False
    passed = passed_for(called, root, call)
    return passed is not call and bool(names_in(passed) & (targets | flow.own))


def _spaces(what: str, *, direct: bool) -> bool:
    """Whether requests are held apart; a semaphore lets several through, a lock deep down guards something else."""
    word = what.lower()
    return "semaphore" not in word and (direct or "lock" not in word)


def _is_repository(path: str) -> bool:
    """`repo.get_blob` in a thread: a repository of files, not of rows."""
    return path.partition(".")[0] in ("repo", "repository")


def is_free(reach: Reach) -> bool:
    """Whether an await stands in nobody's way: it neither waits nor does anything."""
    return not reach.waits and not reach.deeds and not reach.lines


def _only_reads(function: facts.FunctionFacts, call: facts.Call, reach: Reach, *, bare: bool) -> bool:
    path = path_called(call)
    words = words_of(path)
    given = call.arguments[1:2] if last_name(call.function) == "run_in_executor" else call.arguments[:1]
    handed = [path_of(one) for one in given if isinstance(one, (facts.Attribute, facts.Name))]
    if not words or is_ordered(path) or _is_class(call):
        return False
    if last_name(call.function) in THREADS:
        if not handed or not words_of(handed[0]):
            return False
        verb = words_of(handed[0])[0]
        if is_reckoned(handed[0]) or verb in WORKING:
            return False
        return not bare and verb not in WRITING | QUICK | {"run", "execute", "process", "handle", "do"}
    helper = bool(handed) and "." in handed[0] and reads_by_name(handed[0]) and words[0] in ("run", "call", "async")
    if not helper and (is_reckoned(path) or gives_handle(path) or not reads_by_name(path) or not _waits_by_name(words)):
        return False
    if bare and words[0] not in FETCHING:
        return False
    return all(reads_by_name(one.path) for one in reach.unseen if one.path != path and "." in one.path)


def _waits_by_name(words: list[str]) -> bool:
    if words[0] in MAKING:
        return len(words) == 1 or not MADE.isdisjoint(words[1:])
    if words[0] == "check":
        return "".join(words[1:2]) in CHECKED
    return words[0] in WAITING and not (len(words) == 2 and words[1] in PLAIN)


def _is_class(call: facts.Call) -> bool:
    """`User.get(id=key)`: rows of a model, most likely."""
    owner = call.function.value if isinstance(call.function, facts.Attribute) else None
    return isinstance(owner, facts.Name) and owner.id[:1].isupper()


def keeps_under_key(function: facts.FunctionFacts, call: facts.Expr, targets: set[str]) -> bool:
    """`store.set(key, value)` for each item of a mapping: keys differ, and so do the objects of a store."""
    if not isinstance(call, facts.Call) or not isinstance(call.function, facts.Attribute):
        return False
    if call.function.name not in KEEPING:
        return False
    owner = last_name(call.function.value)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", function.cls.rpartition(".")[2]) if owner == "self" else owner
    if not STORES.search(name.lower().strip("_")) or len(call.arguments) < 2:
        return False
    return all(names_in(given) & targets for given in call.arguments[:2])


def _is_session(name: str) -> bool:
    return is_session_word(name) and name not in ("repo", "repository", "repos")


def _origins(function: facts.FunctionFacts, names: set[str]) -> set[str]:
    """Names that something was made from, outside the loop."""
    found = set(names)
    for statement in facts.walk(function.body):
        if isinstance(statement, facts.Assign):
            bound = {name for target in statement.targets for name in target_names(target)}
            if bound & names and isinstance(statement.value, facts.Call):
                arguments = (*statement.value.arguments, *[value for _, value in statement.value.keywords])
                found.update(last_name(given) for given in arguments)
    return found


def paths_run_in(expression: facts.Expr) -> set[str]:
    """Every name and chain of attributes that an expression reads as it runs, and each start of a chain."""
    return {path for node in nodes_run(expression) if (path := path_of(node))}


def path_called(call: facts.Call) -> str:
    return path_of(call.function) or last_name(call.function)
