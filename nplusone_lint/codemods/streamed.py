"""The shape "one row after the other": a loop over a list of all rows becomes one over the open query.

Where the query sends itself when it is gone through, a link more is all there is to it. Where a session sends a
statement, the statement is told, the list goes, and an asynchronous session sends it by another method.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.eager_path import behind
from nplusone_lint.codemods.name_uses import uses
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.streaming import StreamForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

UNTOLD = Refusal("the query for the rows does not stand here in one piece")
AT_ONCE = frozenset({"writerows", "writelines", "join", "extend", "list", "tuple", "set", "dict", "sum", "sorted"})
"""What goes through all that a generator gives, at once."""


@dataclass(slots=True, eq=False)
class Stream:
    """A loop, what it runs over, and the query behind it.

    `sent` is the call by which a session sends the `statement`, `session` the text of what the call is made on;
    `named` are the assignments between the query and the loop, outermost first. `base` is what the chain begins with.
    """

    draft: Draft
    loop: libcst.For | libcst.BaseComp
    rows: libcst.BaseExpression
    base: libcst.BaseExpression
    links: list[libcst.Call]
    named: list[libcst.Assign]
    lists: libcst.Call | None = None
    passes: list[libcst.Call] = field(default_factory=list)
    sent: libcst.Call | None = None
    statement: libcst.BaseExpression | None = None
    session: str = ""

    @property
    def head(self) -> libcst.For | libcst.CompFor:
        import libcst

        return self.loop if isinstance(self.loop, libcst.For) else _clause(self.loop)

    @property
    def body(self) -> list[libcst.CSTNode]:
        """What is done in each pass."""
        import libcst

        if isinstance(self.loop, libcst.For):
            return [self.loop.body]
        parts = [self.loop.key, self.loop.value] if isinstance(self.loop, libcst.DictComp) else []
        element = [self.loop.elt] if isinstance(self.loop, libcst.BaseSimpleComp) else parts
        return [*element, *(test.test for test in _clause(self.loop).ifs)]

    @property
    def awaited(self) -> bool:
        """Whether the rows are asked for on an event loop."""
        import libcst

        return isinstance(self.draft.parents.get(self.sent), libcst.Await) if self.sent is not None else self.is_async

    @property
    def is_async(self) -> bool:
        return self.head.asynchronous is not None


def _clause(loop: libcst.CSTNode) -> libcst.CompFor:
    import libcst

    assert isinstance(loop, libcst.BaseSimpleComp | libcst.DictComp)
    return loop.for_in


def find_stream(draft: Draft, head: Span, form: StreamForm) -> Stream | Refusal:
    """The loop whose head stands at a span, read back to the query that gives its rows."""
    import libcst

    loop = _loop_at(draft, head)
    if loop is None:
        return Refusal("the loop over the rows was not found")
    if isinstance(loop, libcst.GeneratorExp) and not _is_used_up(draft, loop):
        return Refusal("a generator goes through the rows later, wherever it is handed to")
    rows = loop.iter if isinstance(loop, libcst.For) else _clause(loop).iter
    found = Stream(draft, loop, rows, rows, [], [])
    return (_sent(found, form) if form.runs else _lazy(found, form)) or found


def _loop_at(draft: Draft, head: Span) -> libcst.For | libcst.BaseComp | None:
    """The statement whose head stands at a span, or the comprehension there, whose brackets may be those of a call."""
    import libcst

    if draft.text(head).startswith(("for", "async")):
        loop = draft.statement_at(head)
        return loop if isinstance(loop, libcst.For) else None
    inner = (node for node in draft.parents if isinstance(node, libcst.BaseComp))
    found = [node for node in inner if head.start <= draft.spans[node].start and draft.spans[node].end <= head.end]
    return min(found, key=lambda node: draft.spans[node].start, default=None)


def _is_used_up(draft: Draft, loop: libcst.GeneratorExp) -> bool:
    """`writer.writerows(… for book in books)`"""
    import libcst

    argument = draft.parents[loop]
    call = draft.parents.get(argument)
    return isinstance(call, libcst.Call) and len(call.args) == 1 and chains.called_name(call) in AT_ONCE


# --- back to the query


def _lazy(found: Stream, form: StreamForm) -> Refusal | None:
    """A query that sends itself: `Book.objects.order_by("title")`, or `session.query(Book).all()`."""
    import libcst

    node = found.rows
    if isinstance(node, libcst.Call) and chains.called_name(node) in form.ends and not node.args:
        found.lists, node = node, chains.receiver(node)
    if isinstance(node, libcst.Name):
        assign = _assigned(found.draft, node)
        if assign is None:
            return UNTOLD
        found.named.append(assign)
        node = assign.value
        if isinstance(node, libcst.Call) and chains.called_name(node) in form.ends and "query" in form.starts:
            found.lists, node = node, chains.receiver(node)
    return _chain(found, node, form)


def _chain(found: Stream, node: libcst.BaseExpression, form: StreamForm) -> Refusal | None:
    import libcst

    calls = [call for _, call in chains.links(node)][::-1]
    base = chains.receiver(calls[0]) if calls else node
    if calls and chains.called_name(calls[0]) in form.starts:  # session.query(Book), Book.select(), sa.select(Book)
        found.session = found.draft.code(base) if "query" in form.starts else ""
        base = calls.pop(0)
    elif isinstance(base, libcst.Call) and chains.called_name(base) not in form.starts:
        return UNTOLD
    found.base, found.links = base, calls
    bad = next((call for call in calls if chains.called_name(call) not in form.links), None)
    if bad is None:
        return None
    return Refusal(f"the query has a `{chains.called_name(bad)}`, with which rows may not come one after the other")


def _sent(found: Stream, form: StreamForm) -> Refusal | None:
    """A statement that a session sends: `session.scalars(select(Book)).all()`, in one expression or several."""
    import libcst

    node, draft = found.rows, found.draft
    while True:
        if isinstance(node, libcst.Await):
            node = node.expression
        if isinstance(node, libcst.Name):
            given = _assigned(draft, node)
            if given is None:
                return UNTOLD
            found.named.append(given)
            node = given.value
            continue
        if not isinstance(node, libcst.Call) or not isinstance(node.func, libcst.Attribute):
            return UNTOLD
        name = node.func.attr.value
        if name in form.ends and not node.args and found.lists is None and not found.passes:
            found.lists = node
        elif name in form.passes and not node.args:
            found.passes.append(node)
        elif name in form.runs and node.args:
            break
        else:
            return Refusal(f"the rows come from a `{name}`, which is not rewritten")
        node = node.func.value
    found.sent, found.session = node, draft.code(node.func.value)
    argument = chains.argument(node, 0, "statement")
    if argument is None or len(node.args) > 1:
        return Refusal("more than a statement is handed over where the query is sent")
    found.statement = statement = argument.value
    if isinstance(statement, libcst.Name):
        told = [use for use in uses(draft, statement.value) if not isinstance(draft.parents[use], libcst.Arg)]
        target = draft.parents[told[0]] if len(told) == 1 else None
        assign = draft.parents[target] if isinstance(target, libcst.AssignTarget) else None
        if not isinstance(assign, libcst.Assign):
            return Refusal(f"`{statement.value}` is put together of several parts, or elsewhere")
        statement = assign.value
    return _chain(found, statement, form)


def _assigned(draft: Draft, name: libcst.Name) -> libcst.Assign | None:
    """The only statement that assigns a name which is read once in the function."""
    import libcst

    found = uses(draft, name.value)
    targets = [node for node in found if isinstance(draft.parents[node], libcst.AssignTarget)]
    assign = draft.parents[draft.parents[targets[0]]] if len(targets) == 1 and len(found) == 2 else None
    return assign if isinstance(assign, libcst.Assign) and len(assign.targets) == 1 else None


# --- the edits


def streamed(found: Stream, form: StreamForm) -> list[Edit] | Refusal:
    """The edits that have the rows come one after the other."""
    return _send_otherwise(found, form) if found.sent is not None else _ask_otherwise(found, form)


def _ask_otherwise(found: Stream, form: StreamForm) -> list[Edit] | Refusal:
    import libcst

    draft, link = found.draft, form.awaited if found.is_async else form.link
    last = found.lists
    if last is None:
        return [behind(draft, found.rows, f".{link}")]
    assert isinstance(last.func, libcst.Attribute)
    start, end = draft.spans[last.func.attr].start, draft.spans[last].end
    return [draft.edit(Span(start, end), link)]


def _send_otherwise(found: Stream, form: StreamForm) -> list[Edit] | Refusal:
    import libcst

    draft, sent = found.draft, found.sent
    assert sent is not None
    assert found.statement is not None
    assert isinstance(sent.func, libcst.Attribute)
    edits = [behind(draft, found.statement, f".{form.link}")]
    if found.lists is not None:
        assert isinstance(found.lists.func, libcst.Attribute)
        rows = found.lists.func.value
        inner, outer = draft.spans[rows], draft.spans[found.lists]
        bare = isinstance(rows, libcst.Await) and draft.text(Span(outer.start, inner.start)) == "("
        kept = inner if bare else draft.whole(rows)
        cuts = [Span(outer.start, kept.start), Span(kept.end, outer.end)]
        if any("#" in draft.text(cut) for cut in cuts):
            return Refusal("a comment stands where the list is made of the rows")
        edits += [draft.edit(cut, "") for cut in cuts if cut.start != cut.end]
    if not found.awaited:
        return edits
    name = form.runs[sent.func.attr.value]
    if not name:
        return Refusal(f"there is no `{sent.func.attr.value}` that gives the rows one after the other and is awaited")
    loop = found.loop
    if not isinstance(loop, libcst.For):
        return Refusal("the rows of an asynchronous session are gone through in a comprehension")
    start = draft.spans[loop].start
    return [*edits, draft.replace(sent.func.attr, name), draft.edit(Span(start, start), "async ")]
