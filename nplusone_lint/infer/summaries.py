"""The analysis of a whole program: one outcome per function and telling arguments, settled over call cycles.

A function is run once with what its signature says (its *entry* run), and again for each distinct tuple of argument
values that tells more. Arguments enter without their origin: the callee's effects name the parameter instead, and the
caller puts the real origin back, so that a hundred callers of the same kind share one run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nplusone_lint import facts
from nplusone_lint.infer.annotations import annotation_value
from nplusone_lint.infer.effects import MAX_ROUTE, EagerRepeat, Effect, Observation, Requery, Site
from nplusone_lint.infer.elements import is_telling, map_origins, origins_in
from nplusone_lint.infer.expressions import evaluate
from nplusone_lint.infer.frames import Frame, Outcome, names_in
from nplusone_lint.infer.memos import is_cached
from nplusone_lint.infer.queries import WRITES, key_alone, named_for
from nplusone_lint.infer.statements import execute
from nplusone_lint.infer.tables import Tables
from nplusone_lint.libraries.vocabulary import Shape
from nplusone_lint.link.classes import Hierarchy
from nplusone_lint.link.models import Models
from nplusone_lint.link.names import Global, Names, Symbol
from nplusone_lint.roundtrip import Model
from nplusone_lint.values import (
    UNKNOWN,
    Awaitable,
    Cell,
    Class,
    Collection,
    Constant,
    Dictionary,
    External,
    Function,
    Handle,
    Instance,
    Origin,
    Query,
    Row,
    Value,
    join,
)

MAX_DEPTH = 40  # nested runs
MAX_RUNS = 24  # runs of one function
MAX_EFFECTS = 80  # effects a caller is told of
BUILTIN_NAMES = frozenset(
    [
        "list",
        "set",
        "tuple",
        "frozenset",
        "sorted",
        "reversed",
        "len",
        "sum",
        "any",
        "all",
        "bool",
        "min",
        "max",
        "str",
        "print",
        "repr",
        "format",
        "map",
        "filter",
        "enumerate",
        "zip",
        "range",
        "next",
        "iter",
        "dict",
        "getattr",
        "type",
    ]
)

Key = tuple[str, tuple[tuple[str, Value], ...]]


@dataclass(slots=True)
class Analysis:
    names: Names
    hierarchy: Hierarchy
    models: Models
    tables: Tables
    row_types: frozenset[str]
    outcomes: dict[Key, Outcome] = field(default_factory=dict)
    running: dict[Key, bool] = field(default_factory=dict)  # True once a run met itself
    runs: dict[str, int] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)  # functions that some resolved call reaches
    entries: dict[str, dict[str, Value]] = field(default_factory=dict)  # what signatures say
    edges: dict[str, set[str]] = field(default_factory=dict)
    closures: dict[str, dict[str, Value]] = field(default_factory=dict)
    globals: dict[tuple[str, str], Value] = field(default_factory=dict)
    members: dict[tuple[str, str], Value] = field(default_factory=dict)
    guards: dict[facts.Branch, tuple[bool, bool]] = field(default_factory=dict)
    only_values: dict[tuple[str, str], facts.Expr | None] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    library_types: dict[str, str] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    local_functions: dict[str, facts.FunctionFacts] = field(default_factory=dict)
    depth: int = 0
    observed: dict[tuple[str, int], str] | None = None

    # --- running functions

    def run_all(self) -> None:
        """The entry run of every function that may have something to say by itself; others run when they are called."""
        for function in list(self.names.functions.values()):
            if function.loops or function.name == "<module>" or not self.tables.words.isdisjoint(function.words):
                self.entry(function)
        for function in list(self.local_functions.values()):
            if function.qualname not in self.entered:
                self.entry(function)

    def entry(self, function: facts.FunctionFacts, receiver: Value | None = None) -> Outcome:
        """The run with what the signature alone says."""
        arguments = self.entry_arguments(function, receiver)
        return self.run(function, arguments)

    def entry_arguments(self, function: facts.FunctionFacts, receiver: Value | None = None) -> dict[str, Value]:
        known = self.entries.get(function.qualname)
        if known is None:
            known = self.entries[function.qualname] = self._declared(function)
        if receiver is None or not function.parameters or not function.cls or self.kind_of(function) == "static":
            return known
        return {**known, function.parameters[0].name: receiver}

    def _declared(self, function: facts.FunctionFacts) -> dict[str, Value]:
        """What the signature says of each parameter."""
        module = self.names.modules[function.module]
        arguments: dict[str, Value] = {}
        for position, parameter in enumerate(function.parameters):
            if position == 0 and function.cls and self.kind_of(function) != "static":
                arguments[parameter.name] = self._receiver(function)
            else:
                value = self.parameter_value(module, parameter)
                arguments[parameter.name] = _as_parameter(value, function, parameter.name)
        return arguments

    def _receiver(self, function: facts.FunctionFacts) -> Value:
        cls = function.cls
        if cls not in self.names.classes:
            return UNKNOWN
        if self.kind_of(function) == "class" or function.name in ("__new__", "__init_subclass__"):
            return Class(cls)
        if cls in self.models.models:
            return Row(cls, origin=Origin("", 0, f"{function.qualname}:self"), assumed=True)
        query_type = self.library_type_of(cls)
        known = self.tables.types.get(query_type)
        if known is not None and self._is_query_type(query_type):
            return Query(query_type, UNKNOWN, cls=cls)
        return Instance(cls)

    def _is_query_type(self, type_name: str) -> bool:
        return any(type_name in (s.manager_type, s.reverse_query_type) for s in self.tables.shapes) or (
            self.tables.types[type_name].iterates is not None
        )

    def parameter_value(self, module: facts.ModuleFacts, parameter: facts.Parameter) -> Value:
        value = annotation_value(self, module, parameter.annotation)
        if value is UNKNOWN and isinstance(parameter.default, facts.Call):
            value = self.dependency(module, (parameter.default,))
        if parameter.kind == "rest":
            return Collection(value)
        return Dictionary(UNKNOWN, value) if parameter.kind == "rest-keywords" else value

    def dependency(self, module: facts.ModuleFacts, expressions: tuple[facts.Expr, ...]) -> Value:
        """`Depends(get_session)`: what the provider returns or yields."""
        for expression in expressions:
            if isinstance(expression, facts.Call) and expression.arguments:
                name = expression.function
                word = name.id if isinstance(name, facts.Name) else getattr(name, "name", "")
                if word in ("Depends", "Provide", "Inject", "Security"):
                    provider = self.symbol_value(self.names.resolve_expression(module, expression.arguments[0]))
                    return self._provided(provider)
        return UNKNOWN

    def _provided(self, provider: Value) -> Value:
        if isinstance(provider, Class):
            return Instance(provider.name)
        function = self.names.functions.get(provider.name) if isinstance(provider, Function) else None
        if function is None:
            return UNKNOWN
        returned = self.entry(function).returns
        if isinstance(returned, Awaitable):
            returned = returned.value
        return returned.element if isinstance(returned, Collection) and function.is_generator else returned

    def run(self, function: facts.FunctionFacts, arguments: Mapping[str, Value]) -> Outcome:
        """One run, kept; a run that meets itself in a call cycle is repeated once with what it found."""
        key = (function.qualname, tuple((name, value) for name, value in arguments.items() if is_telling(value)))
        known = self.outcomes.get(key)
        if known is not None:
            if key in self.running:
                self.running[key] = True
            return known
        if self.depth > MAX_DEPTH:
            return Outcome()
        self.outcomes[key] = Outcome()
        self.running[key] = False
        self.runs[function.qualname] = self.runs.get(function.qualname, 0) + 1
        self.depth += 1
        try:
            outcome = self._execute(function, arguments)
            if self.running[key]:
                self.outcomes[key] = outcome
                outcome = self._execute(function, arguments)
        finally:
            self.depth -= 1
            del self.running[key]
        self.outcomes[key] = outcome
        return outcome

    def _execute(self, function: facts.FunctionFacts, arguments: Mapping[str, Value]) -> Outcome:
        frame = Frame(
            self, function, self.names.modules[function.module], dict(arguments), self.closures.get(function.qualname)
        )
        execute(frame, function.body)
        returns = frame.returns
        if returns is UNKNOWN and not function.is_generator and function.returns is not None:
            returns = annotation_value(self, frame.module, function.returns)
        if function.is_generator:
            returns = Collection(frame.yields)
        if function.is_async and not function.is_generator:
            returns = Awaitable(returns)
        passes_on = is_telling(returns) and any(_parameter_of(o, function) for o in origins_in(returns))
        return Outcome(returns, _bounded(frame.effects), tuple(frame.observations), passes_on)

    # --- calls from a frame

    def call_from(
        self,
        frame: Frame,
        callee: Value,
        arguments: tuple[Value, ...],
        keywords: Mapping[str, Value],
        at: int,
        expression: facts.Expr,
        *,
        awaited: bool = False,
        varies: bool = False,
    ) -> Value:
        """Call a function of the program: its effects become the caller's, its value comes back."""
        if not isinstance(callee, Function):
            return UNKNOWN
        function = self.names.functions.get(callee.name) or self._local(callee.name)
        if function is None:
            return UNKNOWN
        self.edges.setdefault(frame.function.qualname, set()).add(function.qualname)
        self.entered.add(function.qualname)
        bound = self.bind(function, callee, arguments, keywords)
        declared = self.entry_arguments(function)
        inner = {
            name: value if value is declared[name] else _as_parameter(value, function, name)
            for name, value in bound.items()
        }
        if self.runs.get(function.qualname, 0) >= MAX_RUNS:
            inner = self.entry_arguments(function, callee.receiver)
        outcome = self.run(function, inner)
        concurrent = function.is_async and not awaited and not function.is_generator
        for effect in outcome.effects if not is_cached(function) else ():
            self._lift(frame, effect, function, bound, at, expression, concurrent, varies)
        for item in outcome.observations:
            self._lift_observation(frame, item, function, bound, at)
        return _restored(outcome.returns, function, bound) if outcome.passes_on else outcome.returns

    def _local(self, name: str) -> facts.FunctionFacts | None:
        return self.local_functions.get(name)

    def close_over(self, function: facts.FunctionFacts, frame: Frame) -> None:
        """A function defined inside another sees the names of the moment it is defined."""
        self.local_functions[function.qualname] = function
        names = dict(frame.outer or {})
        names.update(frame.names)
        self.closures[function.qualname] = names

    def bind(
        self,
        function: facts.FunctionFacts,
        callee: Function,
        arguments: tuple[Value, ...],
        keywords: Mapping[str, Value],
    ) -> dict[str, Value]:
        """Arguments by parameter name; where nothing is passed or known, what the signature says."""
        entry = self.entry_arguments(function, callee.receiver)
        given = list(callee.given) + list(arguments)
        positional = [p for p in function.parameters if p.kind in ("positional", "rest")]
        if callee.receiver is not None and positional:
            entry[positional[0].name] = callee.receiver
            positional = positional[1:]
        bound = dict(entry)
        for parameter, value in zip(positional, given, strict=False):
            if parameter.kind == "rest":
                break
            if is_telling(value):
                bound[parameter.name] = _preferred(value, entry.get(parameter.name, UNKNOWN))
        for name, value in keywords.items():
            if name in bound and is_telling(value):
                bound[name] = _preferred(value, bound[name])
        return bound

    def _lift(
        self,
        frame: Frame,
        effect: Effect,
        function: facts.FunctionFacts,
        bound: Mapping[str, Value],
        at: int,
        expression: facts.Expr,
        concurrent: bool,
        varies: bool,
    ) -> None:
        """An effect of the callee as the caller's own; a loop of the caller may be what repeats it."""
        if effect.made.trip.verb in WRITES:
            frame.note_write(effect.made.trip.verb, effect.made.subject)
        made = effect.made
        if effect.settled or made.kept or len(effect.route) >= MAX_ROUTE or len(frame.effects) > MAX_EFFECTS:
            return
        origin = effect.origin
        parameter = _parameter_of(origin, function)
        if parameter:
            passed = origins_in(bound.get(parameter, UNKNOWN))
            outer = [o for o in passed if not (o.parameter and _parameter_of(o, function))]
            origin = outer[0] if outer else None
        if parameter and effect.made.lazy:
            # a lazy load is repeated only where the row itself changes from pass to pass
            expression = _passed(function, parameter, expression)
        key = (made.site.path, made.site.at, made.subject, made.trip.verb, origin, effect.loop is None)
        if key in frame.told and not frame.loops:
            return  # another call of this function leads there too
        frame.told.add(key)
        call = frame.site(at)
        lifted = Effect(
            effect.made, origin, effect.concurrent or concurrent, (call, *effect.route), effect.loop, effect.frame,
            effect.nested, effect.conditions, effect.carried, effect.invariant,
        )  # fmt: skip
        if lifted.loop is None and (frame.loops or frame.conditions):
            lifted = _repeated(frame, lifted, call, expression, varies)
        frame.effects.append(lifted)

    def _lift_observation(
        self, frame: Frame, item: Observation, function: facts.FunctionFacts, bound: Mapping[str, Value], at: int
    ) -> None:
        """What a callee asks again of a row that its caller handed in is the caller's to mend."""
        if isinstance(item, (Requery, EagerRepeat)) and item.handed:
            passed = bound.get(_parameter_of(item.held, function), UNKNOWN)
            cell = passed.element if isinstance(passed, Collection) else passed
            if isinstance(cell, Cell):
                handed = key_alone(frame, cell.row)
                frame.observations.append(replace(item, site=frame.site(at), held=cell.row.origin, handed=handed))

    # --- values of names, attributes and members

    def symbol_value(self, symbol: Symbol) -> Value:
        if isinstance(symbol, Global):
            return self.global_value(self.names.modules[symbol.module], symbol.name)
        return symbol

    def global_value(self, module: facts.ModuleFacts, name: str) -> Value:
        """What a module-level name holds; built-in functions are `builtins.…`."""
        key = (module.name, name)
        known = self.globals.get(key)
        if known is not None:
            return known
        self.globals[key] = UNKNOWN
        symbol = self.names.resolve(module, name)
        if isinstance(symbol, Global):
            value = self._assigned(self.names.modules[symbol.module], symbol.name)
        elif symbol is UNKNOWN and name in BUILTIN_NAMES:
            value = External(f"builtins.{name}")
        else:
            value = symbol
        self.globals[key] = value
        return value

    def _assigned(self, module: facts.ModuleFacts, name: str) -> Value:
        declared = annotation_value(self, module, module.annotations.get(name))
        if declared is not UNKNOWN or name not in module.assigns or module.body is None:
            return declared
        return _without_origin(self._quietly(module, module.body, module.assigns[name], {}))

    def _quietly(
        self, module: facts.ModuleFacts, function: facts.FunctionFacts, expression: facts.Expr, names: dict[str, Value]
    ) -> Value:
        """The value of an expression; its effects are told where it stands."""
        if self.depth > MAX_DEPTH:
            return UNKNOWN
        self.depth += 1
        try:
            return evaluate(Frame(self, function, module, dict(names)), expression)
        finally:
            self.depth -= 1

    def class_value(self, cls: str, name: str) -> Value:
        """An attribute assigned or annotated in the body of a class or its bases."""
        key = (cls, name)
        if key in self.members:
            return self.members[key]
        self.members[key] = UNKNOWN
        found = self.hierarchy.field(cls, name)
        if found is not None:
            owner, assign = found
            module = self.names.modules[owner.module]
            value = annotation_value(self, module, assign.annotation)
            if value is UNKNOWN and module.body is not None:
                value = _without_origin(self._quietly(module, module.body, assign.value, {}))
            self.members[key] = value
        return self.members[key]

    def instance_value(self, cls: str, name: str) -> Value:
        """An attribute of an instance: annotated or assigned in the class body, or set by `self.name = …`."""
        value = self.class_value(cls, name)
        if value is not UNKNOWN and value != Constant(None):
            return value
        key = (cls, "self." + name)
        if key in self.members:
            return self.members[key]
        self.members[key] = UNKNOWN
        for ancestor in self.hierarchy.order(cls):
            for method, expression in self.names.classes[ancestor].stores.get(name, ()):
                value = join(value, self._stored(method, expression, cls))
            if value is not UNKNOWN:
                break
        self.members[key] = _without_origin(value)
        return self.members[key]

    def _stored(self, method: facts.FunctionFacts, expression: facts.Expr, cls: str) -> Value:
        module = self.names.modules[method.module]
        names = self.entry_arguments(method, None if cls in self.models.models else Instance(cls))
        held = self._quietly(module, method, expression, names)
        if held is UNKNOWN:
            held = annotation_value(self, module, expression)
        return held

    def constructed(self, cls: str, arguments: tuple[Value, ...], keywords: Mapping[str, Value]) -> Instance:
        """The instance a constructor call makes, with the fields that its arguments decide."""
        initializer = self.hierarchy.method(cls, "__init__")
        if initializer is None or not any(is_telling(v) for v in (*arguments, *keywords.values())):
            return Instance(cls)
        bound = self.bind(initializer, Function(initializer.qualname, Instance(cls)), arguments, keywords)
        module = self.names.modules[initializer.module]
        fields: list[tuple[str, Value]] = []
        for name, stores in self.names.classes[initializer.cls].stores.items():
            for method, expression in stores:
                if method is initializer and names_in(expression) & set(bound):
                    value = _without_origin(self._quietly(module, initializer, expression, bound))
                    if isinstance(value, (Class, Function, Handle, Instance)):
                        fields.append((name, value))
        return Instance(cls, tuple(fields[:8]))

    def described(self, words: str, *, guessed: bool = False) -> Value:
        """The value that `handle:TYPE` or `external:NAME` in a library table means."""
        kind, _, name = words.partition(":")
        if kind == "handle":
            return Handle(name, guessed)
        if kind == "model":
            actual = self.models.actual(name)
            return Class(actual) if actual in self.names.classes else External(actual)
        return External(name) if kind == "external" else UNKNOWN

    def foreign_manager(self, name: str) -> Value:
        """`User.objects` of a model class that is not part of the program."""
        shape = next((s for s in self.tables.shapes if s.manager_type and "objects" in s.managers), None)
        if shape is None:
            return UNKNOWN
        if name not in self.models.models:
            self.models.models[name] = Model(name, shape.row_type)
        return Query(shape.manager_type, Row(name))

    # --- questions about classes and functions

    @property
    def shapes(self) -> dict[str, Shape]:
        return self.models.shapes

    def kind_of(self, method: facts.FunctionFacts) -> str:
        """property, class, static or plain, by the decorators."""
        known = self.kinds.get(method.qualname)
        if known is None:
            known = self.kinds[method.qualname] = _kind(method)
        return known

    def library_type_of(self, cls: str) -> str:
        """The library type a class of the program extends, or ""."""
        if cls not in self.library_types:
            self.library_types[cls] = ""
            for base in self.hierarchy.library_bases(cls) if cls in self.hierarchy.bases else ():
                found = self.tables.type_name(base)
                if found:
                    self.library_types[cls] = found
                    break
        return self.library_types[cls]

    def is_enumeration(self, cls: str) -> bool:
        return any(
            base.rpartition(".")[2].endswith(("Enum", "Choices", "Flag")) for base in self.hierarchy.library_bases(cls)
        )

    def is_abstract(self, method: facts.FunctionFacts) -> bool:
        """A body that only raises or does nothing stands for the ones of the subclasses."""
        return all(
            isinstance(s, facts.Jump) or (isinstance(s, facts.Evaluate) and s.value is facts.NOTHING)
            for s in method.body
        )

    def implementations(self, cls: str, name: str) -> list[facts.FunctionFacts]:
        """The bodies behind an abstract method: overrides in subclasses, or in classes that fit a Protocol."""
        candidates = self.hierarchy.descendants(cls)
        if not candidates and any(
            b.endswith("typing.Protocol") or b == "typing_extensions.Protocol"
            for b in self.hierarchy.outside.get(cls, ())
        ):
            wanted = set(self.names.classes[cls].methods)
            candidates = [n for n, c in self.names.classes.items() if n != cls and wanted <= set(c.methods)][:4]
        found = {}
        for candidate in candidates:
            method = self.hierarchy.method(candidate, name)
            if method is not None and not self.is_abstract(method):
                found[method.qualname] = method
        return list(found.values())[:4]

    def uses_library_of(self, type_name: str) -> bool:
        """Whether any file of the program imports the library of a type."""
        if not self.imported:
            for module in self.names.modules.values():
                self.imported.update(imported.module.partition(".")[0] for imported in module.imports.values())
        return not self.imported.isdisjoint(self.tables.packages.get(type_name, ()))

    def observe(self, frame: Frame, expression: facts.Expr, value: Value) -> None:
        at = getattr(expression, "at", 0)
        if at and self.observed is not None and value is not UNKNOWN:
            from nplusone_lint.infer.describe import describe

            self.observed[(frame.module.path, at)] = describe(value)


def _repeated(frame: Frame, effect: Effect, call: Site, expression: facts.Expr, varies: bool) -> Effect:
    """The effect of a call, as the loops around the call repeat it."""
    names = names_in(expression)
    always = varies or effect.made.trip.verb in ("commit", "flush")
    loop = frame.repeating_loop(None if always else names)
    if loop is None:
        return replace(effect, conditions=effect.conditions + frame.conditions) if frame.conditions else effect
    nested = sum(1 for one in frame.loops if one.site is not None)
    conditions = effect.conditions + loop.conditions
    carried = not names.isdisjoint(loop.carried)
    site = named_for(loop, names)
    return Effect(effect.made, effect.origin, effect.concurrent, effect.route, site, call, nested, conditions, carried)


def _kind(method: facts.FunctionFacts) -> str:
    for decorator in method.decorators:
        node = decorator.function if isinstance(decorator, facts.Call) else decorator
        name = node.id if isinstance(node, facts.Name) else getattr(node, "name", "")
        if name in ("property", "cached_property", "hybrid_property", "expression"):
            return "property"
        if name == "classmethod":
            return "class"
        if name == "staticmethod":
            return "static"
    return "plain"


def _preferred(value: Value, declared: Value) -> Value:
    """The argument as the callee sees it: a value of the caller, else the annotation."""
    if isinstance(value, Instance) and not value.fields and isinstance(declared, (Row, Query)):
        return declared
    return value


def _as_parameter(value: Value, function: facts.FunctionFacts, name: str) -> Value:
    """A value as it enters a function: what it is stays, where it comes from becomes the parameter."""
    if not is_telling(value):
        return value
    origin = Origin("", 0, f"{function.qualname}:{name}")
    return map_origins(value, lambda known: origin)


def _passed(function: facts.FunctionFacts, parameter: str, expression: facts.Expr) -> facts.Expr:
    """The expression a call passes for a parameter of its callee; the whole call where that is not plain to see."""
    names = [p.name for p in function.parameters if p.kind == "positional"]
    if isinstance(expression, facts.Attribute):
        return expression.value  # a property: its receiver
    if not isinstance(expression, facts.Call):
        return expression
    for name, value in expression.keywords:
        if name == parameter:
            return value
    if parameter not in names:
        return expression
    position = names.index(parameter)
    is_method = bool(function.cls) and isinstance(expression.function, facts.Attribute)
    if is_method and position == 0 and isinstance(expression.function, facts.Attribute):
        return expression.function.value
    position -= is_method
    plain = position < len(expression.arguments) and not any(
        isinstance(argument, facts.Starred) for argument in expression.arguments[: position + 1]
    )
    return expression.arguments[position] if plain else expression


def _parameter_of(origin: Origin | None, function: facts.FunctionFacts) -> str:
    if origin is None or not origin.parameter:
        return ""
    owner, _, name = origin.parameter.rpartition(":")
    return name if owner == function.qualname else ""


def _restored(value: Value, function: facts.FunctionFacts, bound: Mapping[str, Value]) -> Value:
    """A returned value with the origins of the arguments put back."""

    def restore(origin: Origin | None) -> Origin | None:
        name = _parameter_of(origin, function)
        if not name:
            return origin
        outer = [o for o in origins_in(bound.get(name, UNKNOWN)) if not _parameter_of(o, function)]
        return outer[0] if outer else None

    return map_origins(value, restore)


def _without_origin(value: Value) -> Value:
    return value


def _bounded(effects: list[Effect]) -> tuple[Effect, ...]:
    """The effects once each; of many, those first that a caller may still need to hear of."""
    unique = list(dict.fromkeys(effects))
    return tuple(unique)


def observations_of(analysis: Analysis) -> list[Observation]:
    return [o for outcome in analysis.outcomes.values() for o in outcome.observations]
