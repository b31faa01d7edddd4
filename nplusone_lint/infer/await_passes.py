"""Loops that await something in each pass though no pass needs what another gives or does: they might run together.

What a pass awaits hangs on names. None of these may hold what an earlier pass left there; what a pass does with the
answer may: that is done in order afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.await_names import SETTING_UP, SOLVED_BY_TESTS, is_ordered, reads_by_name, words_of
from nplusone_lint.infer.await_names import WRITES as WRITING
from nplusone_lint.infer.binding import passed_for
from nplusone_lint.infer.lines import is_session_word
from nplusone_lint.infer.loops import target_names
from nplusone_lint.infer.parts import last_name, names_in, parts_of, path_of
from nplusone_lint.infer.shared_state import LIMITERS, root_of
from nplusone_lint.infer.summaries import Analysis
from nplusone_lint.seen.awaits import NOWHERE, Deed, Reach, Unseen
from nplusone_lint.seen.passes import AwaitedPasses
from nplusone_lint.seen.site import Site
from nplusone_lint.values import changed

STARTING = frozenset({"create_task", "ensure_future", "gather", "as_completed"})
THREADS = frozenset({"to_thread", "run_in_executor", "run_in_threadpool", "run_sync", "sync_to_async"})
TIMED = frozenset({"wait_for", "shield"})
ASKING = frozenset({"is", "has", "exists", "exist", "total", "first", "text", "json", "read", "gather", "collect"})
"""Of the verbs that read, those that are mostly cheap, or belong to an answer that has come."""

FETCHING = frozenset({"fetch", "download", "pull", "crawl", "scrape"})
STORES = re.compile(r"(^|_)(store|storage|bucket|blobs?|object_store)$")
KEEPING = frozenset({"set", "put", "upload", "write"})
IN_ORDER = frozenset({
    "step", "stage", "phase", "migration", "command", "cmd", "event", "update", "message", "msg", "token", "line",
    "delta", "page", "attempt", "retry", "offset", "cursor", "part", "fallback", "frame", "tick", "epoch", "round",
})  # fmt: skip
"""What is taken one after the other, though nothing in the code says so."""

TRANSACTIONS = ("transaction", "atomic", "begin", "begin_nested")
PLAIN_ACTS = frozenset({
    "append", "extend", "add", "update", "insert", "setdefault", "discard", "remove", "appendleft", "sort", "write",
    "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "echo", "trace", "success",
    "set_attribute", "set_attributes", "add_event", "raise_for_status",
})  # fmt: skip
CHANGES = frozenset({"append", "extend", "add", "update", "insert", "setdefault", "discard", "remove", "pop", "clear"})


@dataclass(slots=True, eq=False)
class Passes:
    """A loop, with what stands in one pass of it."""

    loop: facts.Loop
    statements: list[facts.Statement]  # of a `for`
    elements: tuple[facts.Expr, ...]  # of a comprehension
    entered: tuple[str, ...]  # what the blocks around it enter


@dataclass(slots=True, eq=False)
class Flow:
    """What the names of a pass hang on, and which of them hold something from an earlier pass."""

    sources: dict[str, set[str]] = field(default_factory=dict)
    carried: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)  # bound anew in every pass
    awaits: list[tuple[facts.Await, frozenset[str], bool]] = field(default_factory=list)  # … what decides, and if bare
    acts: list[facts.Call] = field(default_factory=list)  # calls made for what they do
    blocks: list[facts.With] = field(default_factory=list)
    unclear: bool = False  # a statement that is not told here

    def reached_from(self, names: Iterable[str]) -> set[str]:
        """All names on which some names hang."""
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending.extend(self.sources.get(name, ()))
        return found


def passes_of(analysis: Analysis) -> Iterator[AwaitedPasses]:
    """The loops of all coroutines that were run."""
    paced: dict[str, bool] = {}
    for function, reached in analysis.awaits.reached.items():
        if not function.loops or not reached or SETTING_UP.match(function.name):
            continue
        module = analysis.names.modules[function.module]
        if module.path not in paced:
            roots = {imported.module.partition(".")[0] for imported in module.imports.values()}
            paced[module.path] = bool(roots & analysis.tables.paced) or bool(SOLVED_BY_TESTS.search(module.path))
        if paced[module.path]:
            continue
        for passes in _loops_in(function.body, ()):
            found = _told(analysis, function, module, passes, reached)
            if found is not None:
                yield found


def _loops_in(body: list[facts.Statement], entered: tuple[str, ...]) -> Iterator[Passes]:
    for statement in body:
        inner = entered
        if isinstance(statement, facts.Loop):
            if statement.kind == "for" and not statement.is_async:
                yield Passes(statement, statement.body, (), entered)
            yield from _loops_in([*statement.body, *statement.orelse], entered)
        elif isinstance(statement, facts.With):
            inner = (*entered, *(path_of(e.function if isinstance(e, facts.Call) else e) for e, _ in statement.items))
            yield from _loops_in(statement.body, inner)
        elif isinstance(statement, facts.Branch):
            yield from _loops_in([*statement.body, *statement.orelse], entered)
        elif isinstance(statement, facts.Try):
            handlers = [inner for handler in statement.handlers for inner in handler]
            yield from _loops_in([*statement.body, *handlers, *statement.orelse, *statement.final], entered)
        for expression in _own_expressions(statement):
            for node in _nodes(expression):
                if isinstance(node, facts.Comprehension) and not any(loop.is_async for loop in node.loops):
                    yield Passes(node.loops[-1], [], node.elements, inner)


def _own_expressions(statement: facts.Statement) -> tuple[facts.Expr, ...]:
    if isinstance(statement, (facts.Assign, facts.Return, facts.Evaluate, facts.Jump)):
        return (statement.value,)
    return (statement.test,) if isinstance(statement, facts.Branch) else ()


def _nodes(expression: facts.Expr) -> Iterator[facts.Expr]:
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, facts.Lambda):
            pending.extend(parts_of(node))


def _told(
    analysis: Analysis, function: facts.FunctionFacts, module: facts.ModuleFacts, passes: Passes,
    reached: dict[int, Reach],
) -> AwaitedPasses | None:  # fmt: skip
    loop = passes.loop
    key = (module.path, loop.head)
    site = analysis.many.get(key)
    if site is None or key in analysis.short_loops or loop.leaves or loop.pauses or site.over == "numbers":
        return None
    targets = target_names(loop.target)
    words = {word for name in targets for word in name.lower().strip("_").split("_")}
    if words & IN_ORDER or not targets:
        return None
    parts = {part.lower() for path in passes.entered for part in path.split(".") if part}
    if any(part in TRANSACTIONS or "transaction" in part or _paces(part) for part in parts):
        return None
    flow = Flow()
    _read(flow, passes.statements, frozenset(), frozenset(targets))
    for element in passes.elements:
        _collect(flow, element, frozenset().union(*map(names_in, loop.tests)), bare=False)
    if flow.unclear or not flow.awaits or any(block.is_async for block in flow.blocks):
        return None
    if any(map(_paces, _all_words(passes))):
        return None
    worth = [one for one in flow.awaits if _is_worth(function, module, analysis, flow, one, reached, set(targets))]
    quiet = [one for one in flow.awaits if one not in worth]
    if not worth or any(not _is_free(reached.get(node.at, NOWHERE)) for node, _, _ in quiet):
        return None
    if _acts_on(flow, worth):
        return None
    first, many = worth[0][0], len(worth)
    call = first.value
    assert isinstance(call, facts.Call)
    notes = tuple(
        (Site(module.path, node.at, function.qualname), "awaited in every pass, too") for node, _, _ in worth[1:]
    )
    return AwaitedPasses(
        Site(module.path, call.at, function.qualname), _called(call), _variable(targets, call), many,
        thread=last_name(call.function) in THREADS, loop=Site(module.path, loop.head, function.qualname),
        awaits=tuple(Site(module.path, node.at, function.qualname) for node, _, _ in worth),
        confidence=Confidence.MEDIUM, cost="N" if many == 1 else f"{many}·N",
        notes=((Site(module.path, loop.head, function.qualname), f"once per `{_variable(targets, call)}`"), *notes),
    )  # fmt: skip


def _variable(targets: tuple[str, ...], call: facts.Expr) -> str:
    read = names_in(call)
    used = [name for name in targets if name in read]
    return (used or list(targets))[0]


def _called(call: facts.Call) -> str:
    return path_of(call.function) or last_name(call.function)


def _paces(word: str) -> bool:
    return bool(LIMITERS.search(word)) and word not in ("lock", "locks") and not word.endswith("_lock")


def _all_words(passes: Passes) -> set[str]:
    """The names and attributes that a pass reads."""
    found: set[str] = set()
    pending: list[facts.Expr] = [*passes.elements]
    for statement in facts.walk(passes.statements):
        pending.extend(_own_expressions(statement))
        if isinstance(statement, facts.With):
            pending.extend(item for item, _ in statement.items)
        if isinstance(statement, facts.Loop):
            pending.append(statement.iterable)
    while pending:
        node = pending.pop()
        name = last_name(node)
        if name:
            found.add(name.lower())
        pending.extend(parts_of(node))
    return found


# --- the flow of one pass


def _read(flow: Flow, body: list[facts.Statement], decides: frozenset[str], targets: frozenset[str]) -> frozenset[str]:
    """Read a block in order; with the names that decide whether what follows it is reached."""
    flow.own |= targets
    for statement in body:
        if isinstance(statement, facts.Assign):
            _assign(flow, statement, decides)
        elif isinstance(statement, (facts.Evaluate, facts.Jump)):
            value = statement.value
            bare = isinstance(statement, facts.Evaluate)
            call = value.value if isinstance(value, facts.Await) else value
            _collect(flow, value, decides, bare=bare and isinstance(value, facts.Await))
            if bare and isinstance(call, facts.Call):
                _change(flow, call, decides, awaited=call is not value)
        elif isinstance(statement, facts.Branch):
            _collect(flow, statement.test, decides, bare=False)
            inner = decides | names_in(statement.test)
            before = set(flow.own)
            _read(flow, statement.body, inner, frozenset())
            then, flow.own = flow.own, before
            _read(flow, statement.orelse, inner, frozenset())
            flow.own &= then
            if any(isinstance(one, facts.Jump) for one in facts.walk([statement])):
                decides = inner
        elif isinstance(statement, facts.Loop):
            _collect(flow, statement.iterable, decides, bare=False)
            bound = frozenset(target_names(statement.target))
            for name in bound:
                flow.sources.setdefault(name, set()).update(names_in(statement.iterable) | decides)
            inner = decides | names_in(statement.iterable).union(*map(names_in, statement.tests))
            _read(flow, statement.body, inner, bound)
            _read(flow, statement.orelse, decides, frozenset())
        elif isinstance(statement, facts.With):
            flow.blocks.append(statement)
            for item, target in statement.items:
                _collect(flow, item, decides, bare=False)
                for name in names_in(target) if target is not None else ():
                    flow.own.add(name)
                    flow.sources.setdefault(name, set()).update(names_in(item) | decides)
            decides = _read(flow, statement.body, decides, frozenset())
        elif isinstance(statement, facts.Try):
            inner = _read(flow, [*statement.body, *statement.orelse], decides, frozenset())
            for handler in statement.handlers:
                _read(flow, handler, decides, frozenset())
            _read(flow, statement.final, decides, frozenset())
            decides = inner
        elif isinstance(statement, (facts.Define, facts.DefineClass)):
            flow.unclear = flow.unclear or isinstance(statement, facts.DefineClass)
        else:
            flow.unclear = True
    return decides


def _assign(flow: Flow, statement: facts.Assign, decides: frozenset[str]) -> None:
    _collect(flow, statement.value, decides, bare=False)
    read = names_in(statement.value) | decides
    for target in statement.targets:
        if isinstance(target, facts.Item) and names_in(target.index) & flow.own:
            continue  # kept under a key of its own
        name = root_of(target)
        for bound in target_names(target) or ((name,) if name else ()):
            flow.sources.setdefault(bound, set()).update(read)
            plain = isinstance(target, (facts.Name, facts.Display, facts.Starred)) and not statement.augmented
            if plain:
                flow.own.add(bound)
            elif bound not in flow.own:
                flow.carried.add(path_of(target) if isinstance(target, facts.Attribute) else bound)


def _change(flow: Flow, call: facts.Call, decides: frozenset[str], *, awaited: bool) -> None:
    """A call as a statement: a container of the function grows, or something is done that nobody can tell."""
    name = last_name(call.function)
    owner = call.function.value if isinstance(call.function, facts.Attribute) else None
    root = root_of(owner) if owner is not None else ""
    if awaited:
        return
    if name in CHANGES and root:
        flow.sources.setdefault(root, set()).update(names_in(call) | decides)
        if root not in flow.own:
            flow.carried.add(path_of(owner) if owner is not None and path_of(owner) else root)
    elif name not in PLAIN_ACTS:
        flow.acts.append(call)


def _collect(flow: Flow, expression: facts.Expr, decides: frozenset[str], *, bare: bool) -> None:
    """The awaits of an expression; those of an inner comprehension belong to that."""
    pending = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, facts.Await):
            unread = names_in(node.value) - flow.own
            flow.awaits.append((node, decides, bare))
            flow.carried |= {name for name in unread if name in flow.sources and name not in flow.own}
        if isinstance(node, facts.Yield):
            flow.unclear = True
        if isinstance(node, facts.Walrus):
            flow.own.add(node.name)
            flow.sources.setdefault(node.name, set()).update(names_in(node.value))
        if isinstance(node, facts.Comprehension) and any(isinstance(part, facts.Await) for part in _nodes(node)):
            for part in _nodes(node):
                if isinstance(part, facts.Await):
                    flow.awaits.append((part, decides, False))
            continue
        if not isinstance(node, facts.Lambda):
            pending.extend(parts_of(node))


# --- whether an await may run beside those of other passes

Awaited = tuple[facts.Await, frozenset[str], bool]


def _is_worth(
    function: facts.FunctionFacts, module: facts.ModuleFacts, analysis: Analysis, flow: Flow, one: Awaited,
    reached: dict[int, Reach], targets: set[str],
) -> bool:  # fmt: skip
    """Whether an await waits for something that only reads, asks what its own pass says, and needs no other pass."""
    node, decides, bare = one
    call = node.value
    if not isinstance(call, facts.Call):
        return False
    while last_name(call.function) in TIMED and call.arguments and isinstance(call.arguments[0], facts.Call):
        call = call.arguments[0]
    names = flow.reached_from(names_in(call) | decides)
    paths = _paths_in(call)
    if any(_overlaps(carried, names, paths) for carried in flow.carried):
        return False
    if not names_in(call) & (targets | flow.own) or not names & targets:
        return False
    reach = _reach_of(analysis, function, call, reached.get(node.at, NOWHERE))
    if not (reach.unseen or reach.asked) or _is_held_back(analysis, flow, call, reach, targets):
        return False
    if any(map(_is_session, _origins(function, names))):
        return False
    return _only_reads(function, call, reach, bare=bare) or _keeps_under_key(function, call, targets)


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


def _is_free(reach: Reach) -> bool:
    """Whether an await stands in nobody's way: it neither waits nor does anything."""
    return not reach.waits and not reach.deeds and not reach.lines


def _only_reads(function: facts.FunctionFacts, call: facts.Call, reach: Reach, *, bare: bool) -> bool:
    path = _called(call)
    words = words_of(path)
    given = call.arguments[1:2] if last_name(call.function) == "run_in_executor" else call.arguments[:1]
    handed = [path_of(one) for one in given if isinstance(one, (facts.Attribute, facts.Name))]
    if not words or is_ordered(path) or _is_class(call):
        return False
    if last_name(call.function) in THREADS:
        if not handed or not words_of(handed[0]):
            return False
        return not bare and words_of(handed[0])[0] not in WRITING | {"run", "execute", "process", "handle", "do"}
    helper = bool(handed) and "." in handed[0] and reads_by_name(handed[0]) and words[0] in ("run", "call", "async")
    if not helper and (not reads_by_name(path) or words[0] in ASKING):
        return False
    if bare and words[0] not in FETCHING:
        return False
    return all(reads_by_name(one.path) for one in reach.unseen if one.path != path and "." in one.path)


def _is_class(call: facts.Call) -> bool:
    """`User.get(id=key)`: rows of a model, most likely."""
    owner = call.function.value if isinstance(call.function, facts.Attribute) else None
    return isinstance(owner, facts.Name) and owner.id[:1].isupper()


def _keeps_under_key(function: facts.FunctionFacts, call: facts.Call, targets: set[str]) -> bool:
    """`store.set(key, value)` for each item of a mapping: keys differ, and so do the objects of a store."""
    if last_name(call.function) not in KEEPING or not isinstance(call.function, facts.Attribute):
        return False
    owner = last_name(call.function.value)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", function.cls.rpartition(".")[2]) if owner == "self" else owner
    if not STORES.search(name.lower().strip("_")) or len(targets) < 2 or len(call.arguments) < 2:
        return False
    return all(isinstance(given, facts.Name) and given.id in targets for given in call.arguments[:2])


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


def _paths_in(expression: facts.Expr) -> set[str]:
    return {path for node in _nodes(expression) if (path := path_of(node))}


def _acts_on(flow: Flow, worth: list[Awaited]) -> bool:
    """Whether a pass does something to what the awaits of later passes use."""
    used = set().union(*(_paths_in(node.value) for node, _, _ in worth))
    roots = {path.partition(".")[0] for path in used}
    for call in flow.acts:
        if not isinstance(call.function, facts.Attribute):
            return True  # a function that does something, nobody knows what
        owner = path_of(call.function.value)
        if not owner or owner in used or (owner in roots and owner not in flow.own):
            return True
    return False
