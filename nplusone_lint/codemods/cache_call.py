"""Cache calls of a loop for many keys at once: one call above it, or a pipeline.

What a pass needs is asked above the loop and looked up; what nobody looks at is queued and sent below it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.bulk import ManyKeys
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import outermost
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.passes import Passes
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.codemods.words import in_plural
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst


@dataclass(slots=True, eq=False)
class CacheCall:
    """`call` is the whole expression, `await` included; `asks` what is called; `held` the name its answer is given."""

    call: libcst.BaseExpression
    asks: libcst.Call
    awaited: bool
    held: str
    unused: bool
    key: libcst.BaseExpression
    write: Callable[[str, str], str]  # the method for many keys, and the keys: the text of the call

    @property
    def name(self) -> str:
        return chains.called_name(self.asks)


@dataclass(frozen=True, slots=True)
class Keyed:
    """`keys` are those of all passes, as they are given to the cache; `by` what an answer is looked up by in a pass,
    and `all_by` what it is for all of them.
    """

    keys: str
    by: str
    all_by: str
    head: str  # `for key in keys` of a loop of its own
    tests: str = ""
    over: str = ""
    prelude: tuple[str, ...] = ()
    over_node: libcst.CSTNode | None = None


def read_call(draft: Draft, node: libcst.CSTNode) -> CacheCall | None:
    """The call that stands at a place."""
    import libcst

    if isinstance(node, libcst.Await):
        node = node.expression
    if not isinstance(node, libcst.Call) or not node.args:
        return None
    whole, awaited = outermost(draft, node)
    above = draft.parents[whole]
    held = ""
    if isinstance(above, libcst.Assign) and len(above.targets) == 1:
        target = above.targets[0].target
        held = target.value if isinstance(target, libcst.Name) else ""
    elif isinstance(above, libcst.NamedExpr) and isinstance(above.target, libcst.Name):
        held = above.target.value
    client = draft.code(chains.receiver(node))

    def write(method: str, keys: str) -> str:
        return f"{'await ' if awaited else ''}{client}.{method}({keys})"

    return CacheCall(whole, node, awaited, held, isinstance(above, libcst.Expr), node.args[0].value, write)


def ask_together(draft: Draft, passes: Passes, call: CacheCall, form: ManyKeys, keyed: Keyed) -> list[Edit] | Refusal:
    """One call for all keys above the loop, and its answers by key."""
    lines = list(keyed.prelude)
    keys = keyed.keys
    whole = _whole_answer(draft, passes, call) if form.gives == "list" else None
    if keys.startswith("[") and (whole is not None or not form.empty or keyed.by not in passes.targets):
        named = fresh(draft, _name_of_keys(call))
        lines.append(f"{named} = {keys}")
        keys = named
    if whole is not None:
        guard = "" if form.empty else f" if {keys} else []"
        edits = [draft.insert_above(passes.statement, lines)] if lines else []
        return [*edits, draft.replace(whole, call.write(form.together, keys) + guard)]
    found = fresh(draft, f"{call.held or 'values'}_by_key")
    answer = call.write(form.together, keys)
    if form.gives == "found":
        lines.append(f"{found} = {answer}")
        rest = "".join(f", {draft.code(arg.value)}" for arg in call.asks.args[1:])
        text = f"{found}.get({draft.code(call.key)}{rest})"
    else:
        by, all_by = keyed.by, keyed.all_by
        if keys != keyed.keys and all_by == keyed.keys:
            all_by = keys
        guard = "" if form.empty else f" if {keys} else {{}}"
        lines.append(f"{found} = dict(zip({all_by}, {answer})){guard}")
        text = f"{found}[{by}]"
    return _looked_up(draft, passes, call, lines, text, keyed)


def ask_by_pipeline(
    draft: Draft, passes: Passes, call: CacheCall, form: ManyKeys, keyed: Keyed
) -> list[Edit] | Refusal:
    """All commands in a pipeline above the loop, and their answers by key."""
    client = draft.code(chains.receiver(call.asks))
    pipe = fresh(draft, "pipe")
    arguments = ", ".join(_argument(draft, arg) for arg in call.asks.args)
    found = fresh(draft, f"{call.held or 'values'}_by_key")
    queued = f"{pipe}.{call.name}({arguments})"
    body = [f"    {queued}"] if not keyed.tests else [f"    if {keyed.tests}:", f"        {queued}"]
    wait = "await " if call.awaited else ""
    lines = [
        *keyed.prelude,
        f"{pipe} = {client}.{form.pipeline}",
        f"{keyed.head}:",
        *body,
        f"{found} = dict(zip({keyed.all_by}, {wait}{pipe}.{form.sends}()))",
    ]
    return _looked_up(draft, passes, call, lines, f"{found}[{keyed.by}]", keyed)


def queue(draft: Draft, passes: Passes, call: CacheCall, form: ManyKeys) -> list[Edit] | Refusal:
    """Commands whose answers nobody looks at: queued in the loop, sent below it."""
    import libcst

    loop = passes.loop
    assert isinstance(loop, libcst.For)
    client = chains.receiver(call.asks)
    pipe = fresh(draft, "pipe")
    edits = [
        draft.insert_above(loop, [f"{pipe} = {draft.code(client)}.{form.pipeline}"]),
        draft.edit(Span(draft.spans[call.call].start, draft.spans[client].end), pipe),
    ]
    last = max(draft.spans[node].end.row for node in walk(loop) if isinstance(node, libcst.BaseSmallStatement))
    indent = draft.indent(loop)
    sent = f"{indent}{'await ' if call.awaited else ''}{pipe}.{form.sends}()"
    if last < len(draft.source.lines):
        below = Point(last + 1, 1)
        edits.append(draft.edit(Span(below, below), f"{sent}\n"))
    else:
        end = Point(last, len(draft.source.lines[-1]) + 1)
        edits.append(draft.edit(Span(end, end), f"\n{sent}"))
    return edits


def _looked_up(
    draft: Draft, passes: Passes, call: CacheCall, lines: list[str], text: str, keyed: Keyed
) -> list[Edit] | Refusal:
    import libcst

    if "#" in draft.code(call.call):
        return Refusal("a comment stands inside of what is to be rewritten")
    node = call.call
    edits = [draft.insert_above(passes.statement, lines)]
    bracketed = isinstance(node, libcst.Await) and len(node.lpar) == 1
    if bracketed and isinstance(draft.parents[node], libcst.Attribute | libcst.Comparison):
        assert isinstance(node, libcst.Await)
        edits.append(draft.edit(Span(draft.spans[node.lpar[0]].start, draft.spans[node.rpar[-1]].end), text))
    else:
        edits.append(draft.replace(node, text))
    if keyed.over:
        edits.append(draft.replace(keyed.over_node or passes.loop.iter, keyed.over))
    return edits


def _whole_answer(draft: Draft, passes: Passes, call: CacheCall) -> libcst.ListComp | None:
    """`[client.get(key) for key in keys]`: the answer as it comes."""
    import libcst

    whole = passes.whole
    if not isinstance(whole, libcst.ListComp) or whole.elt is not call.call or whole.for_in.ifs:
        return None
    return whole if "#" not in draft.code(whole) else None


def _name_of_keys(call: CacheCall) -> str:
    """`book_keys` for `book_key(key)`"""
    import libcst

    made_by = chains.called_name(call.key) if isinstance(call.key, libcst.Call) else ""
    return in_plural(made_by.strip("_")) if "key" in made_by else "cache_keys"


def _argument(draft: Draft, arg: libcst.Arg) -> str:
    text = draft.code(arg.value)
    return f"{arg.keyword.value}={text}" if arg.keyword is not None else f"{arg.star}{text}"


def bound_arguments(call: CacheCall, passes: Passes) -> list[libcst.BaseExpression]:
    """The arguments that differ from pass to pass."""
    return [arg.value for arg in call.asks.args if names_in(arg.value) & passes.bound]
