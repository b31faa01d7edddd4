"""A cache call per key becomes one call for all keys, or a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.bulk import ManyKeys
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.cache_call import (
    CacheCall,
    Keyed,
    ask_by_pipeline,
    ask_together,
    bound_arguments,
    queue,
    read_call,
)
from nplusone_lint.codemods.lookup import spliced, uses_of
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.passes import passes_around
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Fix, Refusal
from nplusone_lint.fixer.before_loop import (
    Items,
    Run,
    guards_hold,
    guards_text,
    inlined,
    is_generator,
    items_of,
    keys_text,
    open_run,
    settled,
)
from nplusone_lint.fixer.questions import draft_around
from nplusone_lint.fixer.twins import twin_of
from nplusone_lint.program import Program, Repeated
from nplusone_lint.values import Handle, LibraryMethod

if TYPE_CHECKING:
    import libcst

ASKS = {"get": "reads from", "set": "writes to", "remove": "deletes from"}
WRONG_TYPE = "a key that holds no text raised in its pass, and is None now"
TOGETHER = "what the cache complains about is raised before the first pass"
BELOW = "all is sent after the last pass: where a pass raises, what the earlier ones said is not sent"


def ask_cache_together(program: Program, trip: Repeated) -> Fix | Refusal:
    """The fix of a cache call in a loop; never safe, as errors come at another time."""
    run = _opened(program, trip)
    if isinstance(run, Refusal):
        return run
    call = read_call(run.draft, _node(run))
    if not trip.direct:
        return _through_twin(run, call)
    form = _form_of(run, call) if call is not None else None
    if call is None or form is None:
        return Refusal("this call is not known to have a form for many keys")
    if any(arg.star for arg in call.asks.args):
        return Refusal("what the cache is asked is not written one by one")
    if settled(run, chains.receiver(call.asks), calls=True):
        return Refusal("another cache may be asked in each pass")
    if run.passes.caught:
        return Refusal("the loop catches what the cache raises for one key")
    edits = _sent_below(run, call, form) if call.unused else _asked_above(run, call, form)
    if isinstance(edits, Refusal):
        return edits
    return Fix(
        "unsafe", "tell the cache about all keys at once", tuple(edits), _noticed_when_asked_together(run, call, form)
    )


def _through_twin(run: Run, call: CacheCall | None) -> Fix | Refusal:
    """The function that asks gets a twin for many keys, and the loop asks that one."""
    if call is None or call.unused or run.passes.caught:
        return Refusal(f"the cache is asked in `{run.trip.found.effect.made.site.function}`, which others may call")
    owner = run.kinds.of(chains.receiver(call.asks)).cls
    twin = twin_of(run, call.asks, owner)
    if isinstance(twin, Refusal):
        return twin
    key = bound_arguments(call, run.passes)[0]
    call.key, asks, draft = key, call.asks, run.draft

    def write(method: str, keys: str) -> str:
        named = chains.name_node(asks)
        return ("await " if call.awaited else "") + spliced(draft, asks, [(named, method), (key, keys)])

    call.write = write
    form = ManyKeys(twin.name, "list", empty=True)
    edits = _asked_above(run, call, form)
    if isinstance(edits, Refusal):
        return edits
    caution = twin.others or _noticed_when_asked_together(run, call, form)
    return Fix("unsafe", "tell the cache about all keys at once", (*edits, *twin.edits), caution)


def _opened(program: Program, trip: Repeated) -> Run | Refusal:
    import libcst

    if trip.carried:
        return Refusal("each pass asks for what an earlier one found out")
    draft = draft_around(program, trip.spot.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    node = draft.at(trip.spot.place.span, libcst.Call, libcst.Await)
    if node is None:
        return Refusal("the call cannot be found in the code")
    passes = passes_around(draft, node)
    if isinstance(passes, Refusal):
        return passes
    run = open_run(program, trip, draft, passes)
    if is_generator(run.kinds.function):
        return Refusal("whoever takes what the function yields may do anything between two passes")
    return run


def _node(run: Run) -> libcst.CSTNode:
    import libcst

    node = run.draft.at(run.trip.spot.place.span, libcst.Call, libcst.Await)
    assert node is not None
    return node


def _form_of(run: Run, call: CacheCall) -> ManyKeys | None:
    """How the client that is asked is told for many keys."""
    seen = run.kinds.seen.get(run.draft.spans[call.asks.func])
    if not isinstance(seen, LibraryMethod) or not isinstance(seen.receiver, Handle):
        return None
    row = run.program.analysis.tables.method(seen.receiver.type, seen.name)
    return row.many if row is not None else None


def _noticed_when_asked_together(run: Run, call: CacheCall, form: ManyKeys) -> str:
    unknown = next((deed for deed in run.done if deed.kind == "unknown"), None)
    if unknown is not None:
        return f"row {unknown.place.span.start.row} {unknown.words}"
    if call.unused:
        return BELOW
    return WRONG_TYPE if form.together and form.gives == "list" else TOGETHER


# --- answers that nobody looks at


def _sent_below(run: Run, call: CacheCall, form: ManyKeys) -> list[Edit] | Refusal:
    import libcst

    if not form.pipeline:
        return Refusal("the cache has no form in which many keys are told apart")
    if not isinstance(run.passes.loop, libcst.For):
        return Refusal("a comprehension has no place for a pipeline")
    if any(isinstance(node, libcst.Return) for node in walk(run.passes.loop)) or run.passes.loop.orelse is not None:
        return Refusal("the loop may be left before what it queued is sent")
    other = next((d for d in run.done if d.resource == "cache" and d.place.span != run.trip.spot.place.span), None)
    if other is not None:
        does = ASKS.get(other.verb, "asks")
        return Refusal(f"the loop also {does} the cache, in an order that counts", (other.note(),))
    if any(isinstance(node, libcst.Raise) for node in walk(run.passes.loop)):
        return Refusal("a pass may raise, and what the earlier ones said would not be sent")
    return queue(run.draft, run.passes, call, form)


# --- answers that a pass looks at


def _asked_above(run: Run, call: CacheCall, form: ManyKeys) -> list[Edit] | Refusal:
    if run.trip.verb != "get":
        return Refusal("what each command answers is looked at, and a pipeline answers only when all are done")
    writing = next((d for d in run.done if d.writes and d.resource == "cache"), None)
    if writing is not None:
        return Refusal(f"the loop {ASKS.get(writing.verb, 'asks')} the cache between two calls", (writing.note(),))
    arguments = call.asks.args
    if not arguments or (form.together and arguments[0].keyword is not None):
        return Refusal("the key is not the first thing that the call is given")
    if form.gives == "list" and form.pipeline and form.together and len(arguments) > 1:
        return Refusal("the call is given more than a key")
    if form.gives == "found" and any(arg.keyword is not None for arg in arguments[1:]):
        return Refusal("the call is given more than a key and a value for none")
    bound = bound_arguments(call, run.passes)
    for arg in arguments:
        key = inlined(run, arg.value)
        if isinstance(key, Refusal):
            return key
        if key is not arg.value and not form.together:
            return Refusal(f"`{run.draft.code(arg.value)}` is given a value in the pass")
        if reason := settled(run, key, calls=True):
            return Refusal(f"the key cannot be had above the loop: {reason}")
    if unguarded := guards_hold(run):
        return Refusal(unguarded)
    if run.passes.leaves:
        return Refusal("the loop may end early, and the cache would be asked for all keys")
    run.passes.key_names = frozenset(name for arg in arguments for name in _names_of(run, arg.value))
    items = items_of(run)
    if isinstance(items, Refusal):
        return items
    if form.together:
        return ask_together(run.draft, run.passes, call, form, _keys(run, call, items))
    names = run.passes.targets
    if not run.passes.is_statement and any(_stands_outside(run, name) for name in names):
        return Refusal("the names of the comprehension mean something else around it")
    return ask_by_pipeline(run.draft, run.passes, call, form, _keys_of_many(run, bound, items))


def _names_of(run: Run, node: libcst.BaseExpression) -> frozenset[str]:
    key = inlined(run, node)
    return names_in(node) if isinstance(key, Refusal) else names_in(node) | names_in(key)


def _stands_outside(run: Run, name: str) -> bool:
    inside = uses_of(run.passes.whole, name)
    return len(uses_of(run.draft.module, name)) > len(inside)


def _keys(run: Run, call: CacheCall, items: Items) -> Keyed:
    key = inlined(run, call.key)
    assert not isinstance(key, Refusal)
    given = call.key
    keys = keys_text(run, items, key, guarded=True)
    by, all_by = run.draft.code(given), keys
    simple = _hashable_target(run, key)
    if simple and items.direct and not run.passes.guards:
        by, all_by = simple, items.text
    return Keyed(keys, by, all_by, _head(items), "", items.over, items.prelude, items.counted)


def _keys_of_many(run: Run, bound: list[libcst.BaseExpression], items: Items) -> Keyed:
    draft = run.draft
    texts = [draft.code(each) for each in bound]
    by = texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
    simple = _hashable_target(run, *bound)
    by = simple or by
    target = items.target
    tests = guards_text(run)
    guard = f" if {tests}" if tests else ""
    bare = by == target and items.direct and not tests
    all_by = items.text if bare else f"[{by} for {target} in {items.text}{guard}]"
    return Keyed("", by, all_by, _head(items), tests, items.over, items.prelude, items.counted)


def _head(items: Items) -> str:
    return f"for {items.target} in {items.text}"


def _hashable_target(run: Run, *keys: libcst.BaseExpression) -> str:
    """The loop's one variable, where the keys differ by nothing else and it is a plain value."""
    import libcst

    target = run.passes.loop.target
    if not isinstance(target, libcst.Name):
        return ""
    named = {name for key in keys for name in names_in(key)} & run.passes.bound
    return target.value if named == {target.value} and run.kinds.of(target).kind else ""
