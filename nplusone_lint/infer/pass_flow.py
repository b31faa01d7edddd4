"""One pass of a loop: what its names hang on, which hold what an earlier pass left there, and what it awaits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.infer.loops import target_names
from nplusone_lint.infer.parts import last_name, names_in, nodes_run, parts_of, path_of
from nplusone_lint.infer.shared_state import root_of

PLAIN_ACTS = frozenset({
    "append", "extend", "add", "update", "insert", "setdefault", "discard", "remove", "appendleft", "sort", "write",
    "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "echo", "trace", "success",
    "set_attribute", "set_attributes", "add_event", "raise_for_status",
})  # fmt: skip
CHANGES = frozenset({"append", "extend", "add", "update", "insert", "setdefault", "discard", "remove", "pop", "clear"})


@dataclass(frozen=True, slots=True, eq=False)
class Awaited:
    """An await of a pass: the names that decide whether it is reached, and whether nothing takes what it gives."""

    node: facts.Await
    decides: frozenset[str]
    bare: bool


@dataclass(slots=True, eq=False)
class Flow:
    """What the names of a pass hang on, and which of them hold something from an earlier pass."""

    sources: dict[str, set[str]] = field(default_factory=dict)
    carried: set[str] = field(default_factory=set)
    early: set[str] = field(default_factory=set)  # what awaits and conditions read before the pass has bound it
    own: set[str] = field(default_factory=set)  # bound anew in every pass
    awaits: list[Awaited] = field(default_factory=list)
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


def read_pass(
    flow: Flow, body: list[facts.Statement], decides: frozenset[str], targets: frozenset[str]
) -> frozenset[str]:
    """Read a block in order; with the names that decide whether what follows it is reached."""
    flow.own |= targets
    for statement in body:
        if isinstance(statement, facts.Assign):
            _assign(flow, statement, decides)
        elif isinstance(statement, (facts.Evaluate, facts.Jump)):
            value = statement.value
            bare = isinstance(statement, facts.Evaluate)
            call = value.value if isinstance(value, facts.Await) else value
            collect_awaits(flow, value, decides, bare=bare and isinstance(value, facts.Await))
            if bare and isinstance(call, facts.Call):
                _change(flow, call, decides, awaited=call is not value)
        elif isinstance(statement, facts.Branch):
            collect_awaits(flow, statement.test, decides, bare=False)
            inner = decides | names_in(statement.test)
            flow.early |= names_in(statement.test) - flow.own
            before = set(flow.own)
            read_pass(flow, statement.body, inner, frozenset())
            then, flow.own = flow.own, before
            read_pass(flow, statement.orelse, inner, frozenset())
            flow.own &= then
            if any(isinstance(one, facts.Jump) for one in facts.walk([statement])):
                decides = inner
        elif isinstance(statement, facts.Loop):
            collect_awaits(flow, statement.iterable, decides, bare=False)
            bound = frozenset(target_names(statement.target))
            for name in bound:
                flow.sources.setdefault(name, set()).update(names_in(statement.iterable) | decides)
            inner = decides | names_in(statement.iterable).union(*map(names_in, statement.tests))
            read_pass(flow, statement.body, inner, bound)
            read_pass(flow, statement.orelse, decides, frozenset())
        elif isinstance(statement, facts.With):
            flow.blocks.append(statement)
            for item, target in statement.items:
                collect_awaits(flow, item, decides, bare=False)
                for name in names_in(target) if target is not None else ():
                    flow.own.add(name)
                    flow.sources.setdefault(name, set()).update(names_in(item) | decides)
            decides = read_pass(flow, statement.body, decides, frozenset())
        elif isinstance(statement, facts.Try):
            inner = read_pass(flow, [*statement.body, *statement.orelse], decides, frozenset())
            for handler in statement.handlers:
                read_pass(flow, handler, decides, frozenset())
            read_pass(flow, statement.final, decides, frozenset())
            decides = inner
        elif isinstance(statement, (facts.Define, facts.DefineClass)):
            flow.unclear = flow.unclear or isinstance(statement, facts.DefineClass)
        else:
            flow.unclear = True
    return decides


def _assign(flow: Flow, statement: facts.Assign, decides: frozenset[str]) -> None:
    collect_awaits(flow, statement.value, decides, bare=False)
    read = names_in(statement.value) | decides
    for target in statement.targets:
        if isinstance(target, facts.Item) and names_in(target.index) & flow.own:
            continue  # kept under a key of its own
        name = path_of(target) if isinstance(target, facts.Attribute) else root_of(target)
        for bound in target_names(target) or ((name,) if name else ()):
            flow.sources.setdefault(bound, set()).update(read)
            plain = isinstance(target, (facts.Name, facts.Display, facts.Starred)) and not statement.augmented
            if plain:
                flow.own.add(bound)
            elif bound not in flow.own and root_of(target) not in flow.own:
                flow.carried.add(bound)


def _change(flow: Flow, call: facts.Call, decides: frozenset[str], *, awaited: bool) -> None:
    """A call as a statement: a container of the function grows, or something is done that nobody can tell."""
    name = last_name(call.function)
    owner = call.function.value if isinstance(call.function, facts.Attribute) else None
    root = root_of(owner) if owner is not None else ""
    if awaited:
        return
    if name in CHANGES and owner is not None and root:
        changed = path_of(owner) or root
        flow.sources.setdefault(changed, set()).update(names_in(call) | decides)
        if root not in flow.own:
            flow.carried.add(changed)
    elif name not in PLAIN_ACTS:
        flow.acts.append(call)


def collect_awaits(flow: Flow, expression: facts.Expr, decides: frozenset[str], *, bare: bool) -> None:
    """The awaits of an expression; those of an inner comprehension belong to that."""
    pending = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, facts.Await):
            flow.early |= names_in(node.value) - flow.own
            flow.awaits.append(Awaited(node, decides, bare))
        if isinstance(node, facts.Yield):
            flow.unclear = True
        if isinstance(node, facts.Walrus):
            flow.own.add(node.name)
            flow.sources.setdefault(node.name, set()).update(names_in(node.value))
        if isinstance(node, facts.Comprehension) and any(isinstance(part, facts.Await) for part in nodes_run(node)):
            for part in nodes_run(node):
                if isinstance(part, facts.Await):
                    flow.awaits.append(Awaited(part, decides, False))
            continue
        if not isinstance(node, facts.Lambda):
            pending.extend(parts_of(node))
