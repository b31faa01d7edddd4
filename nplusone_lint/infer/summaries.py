"""The analysis of a whole program: one outcome per function and telling arguments, settled over call cycles.

A function is run once with what its signature says (its *entry* run), and again for each distinct tuple of argument
values that tells more. Arguments enter without their origin: the callee's effects name the parameter instead, and the
caller puts the real origin back, so that a hundred callers of the same kind share one run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nplusone_lint import facts
from nplusone_lint.infer.acts import Act, acts_of, functions_of
from nplusone_lint.infer.annotations import annotation_value
from nplusone_lint.infer.asked_through import asking_of, leave
from nplusone_lint.infer.asking import Asking
from nplusone_lint.infer.awaiting import note_awaits
from nplusone_lint.infer.awaits import Awaits
from nplusone_lint.infer.bound_names import Bound
from nplusone_lint.infer.cache_aside import less_certain
from nplusone_lint.infer.choosing import Choice
from nplusone_lint.infer.decorators import decorated
from nplusone_lint.infer.deep_stack import on_deep_stack
from nplusone_lint.infer.drops import drops_one_of
from nplusone_lint.infer.effects import LoopSite
from nplusone_lint.infer.elements import is_telling, origins_in
from nplusone_lint.infer.expressions import evaluate
from nplusone_lint.infer.frames import Frame, Outcome, Run
from nplusone_lint.infer.key_loads import drop_spoiled
from nplusone_lint.infer.key_uses import Uses
from nplusone_lint.infer.library_calls import described
from nplusone_lint.infer.members import symbol_value
from nplusone_lint.infer.narrowing import note_conditions
from nplusone_lint.infer.own_rows import OwnRows, outcome_of_row
from nplusone_lint.infer.presence import note_presence
from nplusone_lint.infer.reductions import Plan
from nplusone_lint.infer.same_rows import Mentions
from nplusone_lint.infer.signatures import entry_arguments, parameter_of, receiver_of
from nplusone_lint.infer.statements import execute
from nplusone_lint.infer.tables import CONTAINER_WORDS, Tables
from nplusone_lint.infer.together import AT_ONCE, note_together
from nplusone_lint.infer.truths import Truths
from nplusone_lint.infer.unread_columns import note_unread
from nplusone_lint.link.classes import Hierarchy
from nplusone_lint.link.models import Models
from nplusone_lint.link.names import Names, Symbol
from nplusone_lint.values import UNKNOWN, Awaitable, Class, Collection, Constant, Function, Instance, Value, changed
from nplusone_lint.versions.projects import Versions

MAX_DEPTH = 40  # nested runs
MAX_ALIKE = 3  # functions of one name
MAX_RECEIVERS = 4  # runs of a method after which it is not tried on further subclasses

Key = tuple[str, tuple[tuple[str, Value], ...]]


@dataclass(slots=True)
class Analysis:
    """What is known of the program while its functions are run, and the runs themselves."""

    names: Names
    hierarchy: Hierarchy
    models: Models
    tables: Tables
    row_types: frozenset[str]
    versions: Versions
    own: OwnRows = field(default_factory=OwnRows)
    outcomes: dict[Key, Run] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)  # functions that some resolved call reaches
    many: dict[tuple[str, int], LoopSite] = field(default_factory=dict)  # loops that some run found to have many passes
    short_loops: set[tuple[str, int]] = field(default_factory=set)  # loops that some run found to have few passes
    entries: dict[facts.FunctionFacts, dict[str, Value]] = field(default_factory=dict)  # what signatures say
    edges: dict[str, set[str]] = field(default_factory=dict)  # caller → callees, where observed
    own_containers: dict[tuple[str, str], bool] = field(default_factory=dict)  # see `escapes`
    short: dict[str, bool] = field(default_factory=dict)  # see `program_calls`
    callees: dict[str, set[str]] = field(default_factory=dict)  # functions of the program, and classes that read rows
    unresolved: dict[str, set[tuple[int, frozenset[str], bool]]] = field(default_factory=dict)  # see `known_callers`
    closures: dict[str, dict[str, Value]] = field(default_factory=dict)  # what an inner function sees
    reads: dict[str, frozenset[str]] = field(default_factory=dict)  # names an inner function takes from outside
    decorations: dict[str, Function] = field(default_factory=dict)  # what decorated names hold
    globals: dict[tuple[str, str], Value] = field(default_factory=dict)
    members: dict[tuple[str, str], Value] = field(default_factory=dict)
    guards: dict[facts.Branch, tuple[bool, bool]] = field(default_factory=dict)  # see `memos`
    bound_names: dict[facts.FunctionFacts, Mapping[str, Bound]] = field(default_factory=dict)
    named_loads: frozenset[str] | None = None  # see there
    always_loaded: frozenset[str] | None = None  # likewise
    alone_named: dict[str, facts.FunctionFacts | None] = field(default_factory=dict)  # see `few_columns`
    overruled: set[str] = field(default_factory=set)  # types under whose name dependencies yield others
    only_values: dict[tuple[str, str], facts.Expr | None] = field(default_factory=dict)  # see `fetched`
    keeping: dict[str, list[int]] | None = None  # by path, see `fetched`
    served: set[tuple[str, int]] = field(default_factory=set)  # where some run found the rows of a relation loaded
    handling: dict[tuple[str, str], bool] = field(default_factory=dict)  # see `own_handlers`
    guarded: dict[facts.FunctionFacts, int] = field(default_factory=dict)  # see `uses`
    fetches: dict[tuple[str, int], tuple[str, frozenset[str]]] = field(default_factory=dict)  # place → type, shape
    paths_used: dict[facts.FunctionFacts, dict[str, Uses]] = field(default_factory=dict)  # see `key_uses`
    reductions: dict[str, Plan] = field(default_factory=dict)  # see `reductions`
    evident: dict[str, str] = field(default_factory=dict)  # by module, see `evident_presence`
    choices: dict[facts.FunctionFacts, list[Choice]] = field(default_factory=dict)  # see `picks`
    mentions: dict[facts.FunctionFacts, Mentions] = field(default_factory=dict)  # see `same_rows`
    truths: dict[facts.FunctionFacts, Truths] = field(default_factory=dict)  # what a function asks, see `presence`
    definitions: dict[str, dict[str, facts.Expr | None]] = field(default_factory=dict)  # by function, see `terms`
    plain: dict[str, bool] = field(default_factory=dict)  # names of methods that nobody but Python has, see `acts`
    rebound: dict[str, frozenset[str]] = field(default_factory=dict)  # parameters, by function, see `terms`
    kinds: dict[str, str] = field(default_factory=dict)  # property, class, static or plain, by method
    library_types: dict[str, str] = field(default_factory=dict)
    awaits: Awaits = field(default_factory=Awaits)
    enumerations: dict[str, bool] = field(default_factory=dict)  # whether a class lists constants
    registered: dict[str, Value] | None = None  # class → what it is registered for
    imported: set[str] = field(default_factory=set)  # packages that some file imports
    local_functions: dict[str, facts.FunctionFacts] = field(default_factory=dict)
    defaults: dict[facts.FunctionFacts, tuple[tuple[str, Constant], ...]] = field(default_factory=dict)  # see `binding`
    depth: int = 0
    observed: dict[tuple[str, int], Value] | None = None  # path and span → value, where wanted
    acts: dict[str, dict[Act, None]] | None = None  # function → what it does, where a fix wants to know
    watched: tuple[str, dict[facts.Expr | str, list[Value]]] | None = None  # a function's values, likewise

    def run_all(self) -> None:
        """The entry run of every function that may have something to say by itself; others run when they are called."""
        for function in list(self.names.functions.values()):
            if self._may_speak(function):
                self.entry(function)
        for cls in list(self.names.classes.values()):
            self._run_inherited(cls)
        asking = self._asking()
        for function in list(self.names.functions.values()):
            if function.qualname not in self.runs and not asking.isdisjoint(function.words):
                self.entry(function)
        for function in list(self.local_functions.values()):
            if function.qualname not in self.entered:
                self.entry(function)

    def _asking(self) -> set[str]:
        """The names of functions that send queries, but for those that many have: whoever calls one may ask twice."""
        common = Counter(function.name for function in self.names.functions.values())
        asks = {name for (name, _), run in self.outcomes.items() if run.outcome.asking and run.outcome.asking.exposed}
        last = {name.rpartition(".")[2] for name in asks}
        return {name for name in last - CONTAINER_WORDS if common[name] <= MAX_ALIKE}

    def _may_speak(self, function: facts.FunctionFacts) -> bool:
        if function.loops or function.awaits > 1 or function.name == "<module>":
            return True
        if not (self.tables.words.isdisjoint(function.words) and AT_ONCE.isdisjoint(function.words)):
            return True
        return not self.tables.links.isdisjoint(function.words) and drops_one_of(function.body, self.tables.links)

    def _run_inherited(self, cls: facts.ClassFacts) -> None:
        """Inherited methods that read what the class itself sets or overrides do something else in it."""
        own = cls.fields.keys() | cls.methods.keys()
        if not own or not cls.bases:
            return
        for ancestor in self.hierarchy.order(cls.qualname)[1:]:
            for method in self.names.classes[ancestor].methods.values():
                if method.name in own or own.isdisjoint(method.words) or not self._may_speak(method):
                    continue
                if self.runs.get(method.qualname, 0) < MAX_RECEIVERS:
                    receiver = receiver_of(self, method, cls.qualname)
                    self.run(method, entry_arguments(self, method, receiver))

    def entry(self, function: facts.FunctionFacts) -> Outcome:
        """The run with what the signature alone says."""
        return self.run(function, entry_arguments(self, function))

    def run(
        self,
        function: facts.FunctionFacts,
        arguments: Mapping[str, Value],
        captured: tuple[tuple[str, Value], ...] = (),
        *,
        called: bool = False,
    ) -> Outcome:
        """One run, kept; a run that meets itself in a call cycle is repeated once with what it found.

        `called`: for a call that stands in the program.
        """
        unread = function.unread
        telling = tuple(
            [(name, value) for name, value in arguments.items() if is_telling(value) and name not in unread]
        )
        key = (function.qualname, telling + captured)
        known = self.outcomes.get(key)
        if known is not None:
            known.called |= called
            known.met |= known.running
            return known.outcome
        if self.depth > MAX_DEPTH:
            return Outcome(blind=True)
        run = self.outcomes[key] = Run(called=called)
        self.runs[function.qualname] = self.runs.get(function.qualname, 0) + 1
        self.depth += 1
        try:
            run.outcome = self._execute(function, arguments, captured)
            if run.met:
                run.outcome = self._execute(function, arguments, captured)
        finally:
            self.depth -= 1
            run.running = False
        return run.outcome

    def _execute(
        self, function: facts.FunctionFacts, arguments: Mapping[str, Value], captured: tuple[tuple[str, Value], ...]
    ) -> Outcome:
        row = self.own.methods.get(function.qualname)
        if row is not None:
            returns = described(self, row.returns) if isinstance(row.returns, str) else UNKNOWN
            return outcome_of_row(self, function, row, returns)
        outer = self.closures.get(function.qualname)
        if captured:
            outer = {**(outer or {}), **dict(captured)}
        frame = Frame(self, function, self.names.modules[function.module], dict(arguments), outer)
        note_conditions(frame, self.entries.get(function, {}), arguments)
        if function.is_async:
            frame.heard = {}
        if not execute(frame, function.body):
            leave(frame)
        note_unread(frame)
        note_presence(frame)
        reach = note_awaits(frame) if frame.heard is not None else None
        returns = frame.returns
        if returns is UNKNOWN and not function.is_generator and function.returns is not None:
            returns = annotation_value(self, frame.module, function.returns)
        if function.is_generator:
            returns = Collection(frame.yields)
        if function.is_async and not function.is_generator:
            returns = Awaitable(returns)
        passes_on = is_telling(returns) and any(parameter_of(o, function) for o in origins_in(returns))
        if frame.observations:
            drop_spoiled(frame)
        effects = less_certain(function, frame.effects) if len(frame.effects) > 2 else frame.effects
        asking = asking_of(frame) if frame.asks or frame.opaque else None
        note_together(frame)
        told = tuple(dict.fromkeys(effects)), tuple(frame.observations)
        uses = tuple({(use.type, use.path): use for there in frame.uses.values() for use in there.values()}.values())
        return Outcome(
            returns, *told, passes_on, asking, uses, reach, tuple(dict.fromkeys(frame.chosen_loads)),
            tuple(dict.fromkeys(frame.dragged)), frozenset(frame.escaped), frozenset(frame.met), frozenset(frame.read),
        )  # fmt: skip

    def note_callee(self, caller: str, callee: str) -> None:
        """One function calls another, or lets a class read rows."""
        self.callees.setdefault(caller, set()).add(callee)

    def acts_in(self, key: Key) -> list[tuple[Act, Act]]:
        """What one run does, and what is done in the calls it makes."""
        return acts_of(self._noted(key), key[0])

    def calls_in(self, key: Key) -> list[tuple[Act, str]]:
        """Each function that one run calls, itself or through others, with the call in the run's own function."""
        return functions_of(self._noted(key), key[0])

    def _noted(self, key: Key) -> dict[str, dict[Act, None]]:
        """The acts of a run and of all that it calls."""
        return self._again(key, acts={}).acts or {}

    def values_in(self, key: Key) -> dict[tuple[str, int], Value]:
        """What the expressions of one run, and of all that it calls, are."""
        return self._again(key, edges={}, observed={}).observed or {}

    def own_values_in(self, key: Key) -> dict[facts.Expr | str, list[Value]]:
        """All values of a function's own expressions, and of its names, in one run."""
        values: dict[facts.Expr | str, list[Value]] = {}
        self._again(key, observed={}, watched=(key[0], values))
        return values

    def _again(self, key: Key, **watching: Any) -> Analysis:
        """One run once more, with all that it calls, by an analysis that notes what it is told to watch."""
        again = replace(self, **{"outcomes": {}, "runs": {}, "acts": None, "observed": None, "depth": 0, **watching})
        function = self.function(key[0])
        if function is not None:
            arguments = {**entry_arguments(again, function), **dict(key[1])}
            on_deep_stack(lambda: again.run(function, arguments))
        return again

    def value_apart(
        self, module: facts.ModuleFacts, function: facts.FunctionFacts, expression: facts.Expr, names: dict[str, Value]
    ) -> Value:
        """The value of an expression alone: its effects are told by the run of the function it stands in."""
        if self.depth > MAX_DEPTH:
            return UNKNOWN
        self.depth += 1
        try:
            return evaluate(Frame(self, function, module, dict(names)), expression)
        finally:
            self.depth -= 1

    def asking(self, function: facts.FunctionFacts, holder: Instance, at: int) -> Asking:
        """What a library's hook may ask an object of the program, on behalf of an expression in a function."""
        return Asking(Frame(self, function, self.names.modules[function.module], {}), holder, at)

    def provided(self, symbol: Symbol) -> Value:
        """What a provider of dependencies gives: an instance of a class, or what a function returns or yields."""
        provider = symbol_value(self, symbol)
        if isinstance(provider, Class):
            return Instance(provider.name)
        function = self.names.functions.get(provider.name) if isinstance(provider, Function) else None
        if function is None:
            return UNKNOWN
        returned = self.entry(function).returns
        if isinstance(returned, Awaitable):
            returned = returned.value
        return returned.element if isinstance(returned, Collection) and function.is_generator else returned

    def function(self, name: str) -> facts.FunctionFacts | None:
        """The function of a qualified name: of a module or class, or defined inside another."""
        return self.names.functions.get(name) or self.local_functions.get(name)

    def decorated(self, function: Function) -> Function:
        """What the name of a function of a module or class holds: what its decorators made of it."""
        found = self.names.functions.get(function.name)
        if found is None or not found.decorators or function.name in self.own.methods:
            return function
        known = self.decorations.get(function.name)
        if known is None:
            known = self.decorations[function.name] = Function(function.name)
            module = self.names.modules[found.module]
            if module.body is not None and self.depth <= MAX_DEPTH:
                known = decorated(Frame(self, module.body, module, {}), found, known)
                self.decorations[function.name] = known
        return known if function.receiver is None else changed(known, receiver=function.receiver)
