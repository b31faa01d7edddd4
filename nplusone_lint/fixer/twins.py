"""The function behind a call gets a twin for many keys: in its class, and in the Protocol that callers know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.cache_call import read_call
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.imports import import_edit
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.codemods.twin import (
    cache_twin,
    function_at,
    one_by_one,
    read_helper,
    twin_below,
    twin_name,
)
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Place, Refusal
from nplusone_lint.fixer.before_loop import Run, open_values
from nplusone_lint.fixer.kinds import as_facts
from nplusone_lint.fixer.questions import draft_around, trip_of
from nplusone_lint.infer.classes import is_abstract
from nplusone_lint.program import Program
from nplusone_lint.values import Handle, LibraryMethod, Module

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Twin:
    """`name` is what it is called; `others` says who else must have one, or ""."""

    name: str
    parameter: str
    edits: tuple[Edit, ...]
    others: str


def twin_of(run: Run, call: libcst.Call, owner: str) -> Twin | Refusal:
    """The twin of the function that a call in the loop runs; `owner` is the class that the caller knows, if any."""
    program = run.program
    site = run.trip.found.effect.made.site
    if len(run.trip.found.effect.route) != 1:
        return Refusal("the cache is asked more than one call further down")
    function = program.analysis.function(site.function)
    if function is None:
        return Refusal("the function that asks the cache cannot be found")
    key = parameter_of(run, call, function)
    if isinstance(key, Refusal):
        return key
    homes = homes_of(program, owner, function) if function.cls else [function]
    if function.cls and function not in homes:
        return Refusal(f"`{function.name}` is not a method that is known to be called here")
    name = twin_name(function.name)
    reached = reach(run, call, function, name)
    if isinstance(reached, Refusal):
        return reached
    edits = list(reached)
    for home in homes:
        if is_taken(program, home, name):
            return Refusal(f"`{name}` is there already")
        edit = _asking(run, home, key) if home is function else _other(program, home, key, is_protocol(program, owner))
        if isinstance(edit, Refusal):
            return edit
        edits.append(edit)
    others = f"whatever else stands for `{owner.rpartition('.')[2]}` needs `{name}`, too" if len(homes) > 1 else ""
    return Twin(name, key, tuple(edits), others)


def reach(run: Run, call: libcst.Call, function: facts.FunctionFacts, name: str) -> tuple[Edit, ...] | Refusal:
    """What makes the twin's name known where the loop calls the function."""
    import libcst

    if function.cls:
        return ()
    names, module = run.program.analysis.names, run.kinds.module
    if isinstance(call.func, libcst.Attribute):
        home = names.resolve_expression(module, as_facts(call.func.value))
        known = isinstance(home, Module) and home.name == function.module
        return () if known else Refusal(f"`{function.name}` is reached by another way than its own module")
    if module.name == function.module:
        return ()
    imported = module.imports.get(function.name)
    origin = names.member(module, imported.module, "") if imported is not None else None
    if imported is None or not isinstance(origin, Module) or origin.name != function.module:
        return Refusal(f"`{function.name}` is not imported from where it stands")
    there = module.imports.get(name)
    if there is not None and there.module == imported.module and there.member == name:
        return ()
    if name in module.imports or name in module.functions or name in module.assigns or name in module.classes:
        return Refusal(f"`{name}` means something else where the loop stands")
    edit = import_edit(run.program.sources[module.path], imported.module, name)
    return (edit,) if edit is not None else Refusal(f"`{name}` cannot be imported")


def is_taken(program: Program, home: facts.FunctionFacts, name: str) -> bool:
    if home.cls:
        return program.analysis.hierarchy.method(home.cls, name) is not None
    return name in program.modules[home.module].functions


def is_written(program: Program, home: facts.FunctionFacts, name: str, text: str) -> bool:
    """Whether the twin stands there just as it would be written: an earlier fix has made it."""
    there = program.analysis.function(f"{home.qualname.rpartition('.')[0]}.{name}")
    rows = program.rows_of(there.qualname) if there is not None else None
    if there is None or rows is None:
        return False
    lines = program.sources[program.modules[there.module].path].lines[rows[0] - 1 : rows[1]]
    return "\n".join(lines).strip() == text.strip()


def parameter_of(run: Run, call: libcst.Call, function: facts.FunctionFacts) -> str | Refusal:
    """The parameter that the one argument which differs from pass to pass goes to."""
    differs = [(n, arg) for n, arg in enumerate(call.args) if names_in(arg.value) & run.passes.bound]
    if len(differs) != 1 or any(arg.star for arg in call.args):
        return Refusal("more than one argument differs from pass to pass")
    position, arg = differs[0]
    if arg.keyword is not None:
        return arg.keyword.value
    names = [parameter.name for parameter in function.parameters if parameter.kind == "positional"]
    position += 1 if function.cls else 0
    return names[position] if position < len(names) else Refusal("it is not known what the key is given to")


def is_protocol(program: Program, cls: str) -> bool:
    """Whether classes stand for it that do not name it."""
    return any(base.endswith("Protocol") for base in program.analysis.hierarchy.outside.get(cls, ()))


def homes_of(program: Program, owner: str, function: facts.FunctionFacts) -> list[facts.FunctionFacts]:
    """Every method that a call on an object of the class may run, and the one that callers see."""
    names, hierarchy = program.analysis.names, program.analysis.hierarchy
    if owner not in names.classes:
        return [function]
    wanted = set(names.classes[owner].methods)
    candidates = [owner, *hierarchy.descendants(owner, limit=50)]
    if is_protocol(program, owner):
        candidates += [n for n, c in names.classes.items() if wanted <= set(c.methods)]
    found = {}
    for candidate in candidates:
        method = names.classes[candidate].methods.get(function.name)
        if method is not None:
            found[method.qualname] = method
    return list(found.values())


def open_function(program: Program, function: facts.FunctionFacts) -> tuple[Draft, libcst.FunctionDef] | Refusal:
    path = program.modules[function.module].path
    draft = draft_around(program, Place(path, program.sources[path].span(function.at)))
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    node = function_at(draft, function.name)
    return (draft, node) if node is not None else Refusal(f"`{function.name}` cannot be found in the code")


def _asking(run: Run, function: facts.FunctionFacts, parameter: str) -> Edit | Refusal:
    """The twin of the method that makes the trip."""
    import libcst

    opened = open_function(run.program, function)
    if isinstance(opened, Refusal):
        return opened
    draft, node = opened
    place = trip_of(run.program, run.trip)
    trip = draft.at(place.span, libcst.Call, libcst.Await)
    call = read_call(draft, trip) if trip is not None else None
    if call is None or not isinstance(call.asks.func, libcst.Attribute) or len(call.asks.args) != 1:
        return Refusal(f"what `{function.name}` asks is not known to have a form for many keys")
    value = open_values(run, draft.path).get(draft.spans[call.asks.func])
    kind = value.receiver.type if isinstance(value, LibraryMethod) and isinstance(value.receiver, Handle) else ""
    row = run.program.analysis.tables.method(kind, chains.called_name(call.asks)) if kind else None
    if row is None or row.many is None or not row.many.together or row.many.gives != "list":
        return Refusal(f"what `{function.name}` asks is not known to have a form for many keys")
    helper = read_helper(draft, node, call.call, parameter)
    if isinstance(helper, Refusal):
        return helper
    if names_in(chains.receiver(call.asks)) & {parameter}:
        return Refusal("another cache may be asked for each key")
    if any(isinstance(part, libcst.Await | libcst.Yield) for part in _below(helper.result) if part is not call.call):
        return Refusal(f"`{function.name}` waits for something else, too")
    rows = cache_twin(draft, helper, row.many.together, call.key, call.asks)
    return twin_below(draft, node, helper.key, rows, _text(function.name, helper.key), lambda told: f"list[{told}]")


def _below(node: libcst.CSTNode) -> list[libcst.CSTNode]:
    return [node, *(inner for child in node.children for inner in _below(child))]


def _text(name: str, key: libcst.Param) -> str:
    from nplusone_lint.codemods.words import in_plural

    return f"What `{name}` gives, for many {in_plural(key.name.value).replace('_', ' ')} in their order."


def _other(program: Program, function: facts.FunctionFacts, parameter: str, protocol: bool) -> Edit | Refusal:
    """The twin of another method of that name: a declaration, or one that does it one by one."""
    opened = open_function(program, function)
    if isinstance(opened, Refusal):
        return opened
    draft, node = opened
    key = next((each for each in node.params.params if each.name.value == parameter), None)
    if key is None:
        return Refusal(f"`{function.qualname}` calls its parameters something else")
    rows = one_by_one(draft, node, key)
    if is_abstract(function):
        rows = ["..."] if protocol else ["raise NotImplementedError"]
    return twin_below(draft, node, key, rows, _text(function.name, key), lambda told: f"list[{told}]")
