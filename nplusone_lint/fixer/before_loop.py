"""What must be true of a loop for a round trip of its passes to be made once, above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.guards import condition
from nplusone_lint.codemods.lookup import assigned_in, uses_of
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.passes import Passes, holds, names_bound_by
from nplusone_lint.codemods.plain import is_plain, names_in
from nplusone_lint.codemods.words import in_plural
from nplusone_lint.finding import Place, Refusal
from nplusone_lint.fixer.kinds import Kinds
from nplusone_lint.fixer.questions import Deed, deeds, function_around
from nplusone_lint.program import Program, Repeated
from nplusone_lint.source import Span
from nplusone_lint.values import Value

if TYPE_CHECKING:
    import libcst

CHANGING = (
    "append", "extend", "insert", "pop", "popitem", "remove", "clear", "add", "discard", "update", "setdefault", "sort",
    "reverse", "appendleft", "popleft",
)  # fmt: skip
SHORT = 2  # letters of a variable that tell nothing
STREAMS = (".iterator(", ".aiterator(", "yield_per", "stream(", "stream_scalars(", ".chunks(", "scan_iter(")


@dataclass(slots=True, eq=False)
class Run:
    """A loop that a fix is about, with everything it does."""

    program: Program
    trip: Repeated
    draft: Draft
    passes: Passes
    kinds: Kinds
    done: list[Deed]

    def is_ordered(self, node: libcst.BaseExpression) -> bool:
        """Whether the value is of a kind of which any two are equal, or one is the less."""
        known = self.kinds.of(node)
        return known.kind in ("int", "text", "date") and not known.optional

    def inside(self, node: libcst.CSTNode) -> list[Deed]:
        """What is done in an expression."""
        span = self.draft.spans[node]
        return [deed for deed in self.done if deed.place.path == self.draft.path and holds(span, deed.place.span)]


@dataclass(frozen=True, slots=True)
class Items:
    """What the loop runs over, so that it can be gone through twice: see `by_key.Names`."""

    text: str
    over: str = ""
    prelude: tuple[str, ...] = ()
    caution: str = ""
    direct: bool = False  # a list or set, by a name
    target: str = ""  # the variable of a loop over the text
    counted: libcst.BaseExpression | None = None  # what `enumerate` is given, where that is what the text stands for


def open_run(program: Program, trip: Repeated, draft: Draft, passes: Passes) -> Run:
    module = next(m for m in program.modules.values() if m.path == draft.path)
    place = Place(draft.path, draft.spans[passes.whole])
    function = function_around(program, place)
    while function is not None and function.name.startswith("<"):
        function = None
    kinds = Kinds(program, module, function, draft, passes, {})
    run = Run(program, trip, draft, passes, kinds, deeds(program, trip))
    kinds.seen = open_values(run, draft.path)
    run.done = run.inside(passes.whole)
    return run


def open_values(run: Run, path: str) -> dict[Span, Value]:
    """What the expressions of a file are in this run."""
    source = run.program.sources[path]
    values = run.program.analysis.values_in(run.trip.found.seen_in)
    return {source.span(at): value for (where, at), value in values.items() if where == path}


def is_generator(function: facts.FunctionFacts | None) -> bool:
    return function is not None and function.is_generator


# --- expressions that are evaluated elsewhere


def settled(run: Run, node: libcst.CSTNode, *, calls: bool = False) -> str:
    """Why an expression may not be evaluated above the loop instead of in each pass, or ""."""
    text = run.draft.code(node)
    if not is_plain(node, calls=calls):
        return f"`{text}` is more than plain names and attributes"
    done = [deed for deed in run.inside(node) if deed.kind != "trip" or deed.writes or deed.resource]
    if done:
        return f"`{text}` {done[0].words}"
    loose = (names_in(node) & run.passes.bound) - run.passes.targets
    if loose:
        return f"`{sorted(loose)[0]}` is given a value in the pass"
    return ""


def inlined(run: Run, key: libcst.BaseExpression) -> libcst.BaseExpression | Refusal:
    """The key as it can be had above the loop: a name that the pass gives a value to stands for that value."""
    import libcst

    for _ in range(3):
        if not isinstance(key, libcst.Name) or key.value not in run.passes.bound - run.passes.targets:
            return key
        if key.value in names_bound_by(run.passes.loop.target):
            return Refusal(f"`{key.value}` is given another value in the pass")
        held = assigned_in(run.passes, key.value)
        if held is None:
            return Refusal(f"`{key.value}` is given a value in the pass, on more than one way")
        if run.draft.spans[held[0]].start > run.draft.spans[run.passes.inner].start:
            return Refusal(f"`{key.value}` is what an earlier pass found out")
        key = held[1]
    return key


# --- what the loop runs over


def items_of(run: Run) -> Items | Refusal:
    import libcst

    draft, passes = run.draft, run.passes
    iterable, target, counted = _counted(passes) or (passes.loop.iter, passes.loop.target, None)
    text, variable = draft.code(iterable), draft.code(target)
    if isinstance(target, libcst.Tuple) and target.lpar:
        variable = f"({variable})"
    if "#" in text:
        return Refusal("a comment stands inside of what is to be rewritten")
    if any(word in text for word in STREAMS):
        return Refusal("the loop runs over a stream, which is not to be held in memory")
    if changed := _changed_inside(run, iterable):
        return Refusal(f"the loop changes `{changed}`, which it runs over")
    known = run.kinds.of(iterable)
    if known.container in ("once", "iterable"):
        return Refusal(f"`{text}` may be gone through only once, and may do anything when asked for more")
    named = _is_named(iterable)
    if known.again and named and "\n" not in text:
        bare = isinstance(iterable, libcst.Name | libcst.Attribute)
        direct = bare and known.container in ("list", "set")
        return Items(text, direct=direct, target=variable, counted=counted)
    if run.inside(iterable) and any(deed.writes or deed.kind == "unknown" for deed in run.inside(iterable)):
        doubt = f"what the loop runs over is gone through before its first pass, and `{text}` is not known to bear it"
    elif known.container:
        doubt = ""
    else:
        doubt = f"`{text}` is gone through before the first pass, and nobody knows what it is"
    name = _name_for(target, iterable)
    name = fresh(draft, name if name not in names_in(iterable) else f"all_{name}")
    whole = text if known.again and isinstance(iterable, libcst.Call | libcst.ListComp) else f"list({text})"
    return Items(name, name, tuple(f"{name} = {whole}".split("\n")), doubt, True, variable, counted)


def _counted(
    passes: Passes,
) -> tuple[libcst.BaseExpression, libcst.BaseAssignTargetExpression, libcst.BaseExpression] | None:
    """`for number, key in enumerate(keys)`: the keys are those of `keys`, where the number plays no part."""
    import libcst

    call, target = passes.loop.iter, passes.loop.target
    if not isinstance(call, libcst.Call) or chains.called_name(call) != "enumerate" or not call.args:
        return None
    if not isinstance(target, libcst.Tuple) or len(target.elements) != 2 or call.args[0].star:
        return None
    number, item = (element.value for element in target.elements)
    read = names_in_guards(passes) | passes.key_names
    if not isinstance(number, libcst.Name) or number.value in read:
        return None
    if not isinstance(item, libcst.Name | libcst.Tuple):
        return None
    return call.args[0].value, item, call.args[0].value


def names_in_guards(passes: Passes) -> frozenset[str]:
    return frozenset(name for test, _ in passes.guards for name in names_in(test))


def _name_for(target: libcst.BaseExpression, iterable: libcst.BaseExpression) -> str:
    import libcst

    if isinstance(target, libcst.Name) and len(target.value) <= SHORT:  # `for i in case.incidents`
        named = iterable.attr if isinstance(iterable, libcst.Attribute) else iterable
        return named.value if isinstance(named, libcst.Name) else "rows"
    if isinstance(target, libcst.Name) and not target.value.startswith("_"):
        return in_plural(target.value)
    return "rows"


def _is_named(node: libcst.BaseExpression) -> bool:
    """`keys`, `self.keys`, `titles.items()`, `range(10)`, `enumerate(keys)`: what may be written twice."""
    import libcst

    if isinstance(node, libcst.Call):
        if any(arg.star or arg.keyword is not None for arg in node.args):
            return False
        if isinstance(node.func, libcst.Name):
            return node.func.value in ("range", "enumerate", "zip", "reversed") and all(
                _is_named(arg.value) for arg in node.args
            )
        return chains.called_name(node) in ("items", "keys", "values") and _is_named(chains.receiver(node))
    if isinstance(node, libcst.Attribute):
        return _is_named(node.value)
    return isinstance(node, libcst.Name | libcst.Integer)


def _changed_inside(run: Run, iterable: libcst.BaseExpression) -> str:
    """What the loop runs over and changes as it goes, or ""."""
    import libcst

    if not isinstance(run.passes.loop, libcst.For):
        return ""
    for name in names_in(iterable):
        if name in run.passes.bound:
            return name
        for use in uses_of(run.passes.loop.body, name):
            for above in run.draft.around(use):
                if isinstance(above, libcst.Attribute) and above.attr.value in CHANGING:
                    return name
                if isinstance(above, libcst.AssignTarget | libcst.AugAssign | libcst.Del):
                    return name
                if not isinstance(above, libcst.Attribute | libcst.Subscript):
                    break
    return ""


# --- keys


def keys_text(run: Run, items: Items, key: libcst.BaseExpression, *, guarded: bool) -> str:
    """The keys of all passes, as a list."""
    import libcst

    draft = run.draft
    target = items.target
    guards = guards_text(run) if guarded else ""
    if isinstance(key, libcst.Name) and key.value == target and not guards:
        return items.text if items.direct else f"list({items.text})"
    tests = f" if {guards}" if guards else ""
    return f"[{draft.code(key)} for {target} in {items.text}{tests}]"


def guards_text(run: Run) -> str:
    """The guards as one condition; "" where there are none."""
    guards = [condition(run.draft, test, holds=holds, exact=run.is_ordered) for test, holds in run.passes.guards]
    return " and ".join(guards)


def guards_hold(run: Run) -> str:
    """Why the guards cannot be copied, or ""."""
    if run.passes.unsure:
        return "not every pass asks, and under which conditions cannot be copied"
    for guard, _ in run.passes.guards:
        if reason := settled(run, guard):
            return reason
    return ""


def first_writing(done: list[Deed], touches: set[str]) -> Deed | None:
    """The first thing that writes what is read, or may do so."""
    for deed in done:
        if deed.writes and (deed.verb in ("commit", "rollback", "execute") or not deed.what or _about(deed) in touches):
            return deed
    return None


def _about(deed: Deed) -> str:
    return deed.what.partition(".")[0]
