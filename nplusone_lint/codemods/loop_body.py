"""A statement that every pass of a loop does, seen with the loop: where it stands, and what else the passes do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.name_uses import is_label
from nplusone_lint.finding import Note, Place, Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:  # see `concrete`
    import libcst


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """A statement in a loop that is nothing but a call; `loop` is the outermost one that may go with it.

    `expression` is the call, with its `await`; `guards` are the `if` statements between, the innermost first.
    """

    draft: Draft
    call: libcst.Call
    expression: libcst.BaseExpression
    statement: libcst.SimpleStatementLine
    loops: tuple[libcst.For, ...]
    guards: tuple[libcst.If, ...]

    @property
    def loop(self) -> libcst.For:
        return self.loops[-1]

    @property
    def awaited(self) -> bool:
        return self.expression is not self.call


def find_pass(draft: Draft, span: Span, *, used: bool = False) -> Pass | Refusal:
    """The statement around a call, if it stands in a `for` loop and nothing is made of what the call gives.

    `used`: what it gives may be given a name.
    """
    import libcst

    call = draft.at(span, libcst.Call)
    line = draft.statement(call) if call is not None else None
    if call is None or line is None:
        return Refusal("the call was not found")
    outer = draft.parents[call]
    expression = outer if isinstance(outer, libcst.Await) else call
    if not isinstance(line, libcst.SimpleStatementLine) or len(line.body) != 1:
        return _refusal(draft, call, "the call does not stand in a statement of its own", "is used here")
    if not _is_dropped(draft, line.body[0], expression) and not (used and _is_named(line.body[0], expression)):
        return _refusal(draft, call, "what the call gives is used in the same pass", "is used here")
    loops: list[libcst.For] = []
    guards: list[libcst.If] = []
    for node in draft.around(line):
        if isinstance(node, libcst.For):
            loops.append(node)
        elif isinstance(node, libcst.If):
            guards.extend([] if loops else [node])
        elif not isinstance(node, (libcst.IndentedBlock, libcst.Else)):
            if not loops and isinstance(node, (libcst.Try, libcst.With, libcst.While, libcst.Match)):
                words = {"Try": "catches the error of one row", "With": "opens a block for one row"}
                word = words.get(type(node).__name__, "decides here how often it is done")
                return _refusal(draft, node, f"a statement between the loop and the call {word}", word)
            break
    if not loops:
        return Refusal("the call stands in no `for` loop of the same function")
    found = Pass(draft, call, expression, line, tuple(loops), tuple(guards))
    return _leaving(found) or found


def _refusal(draft: Draft, node: libcst.CSTNode, reason: str, word: str) -> Refusal:
    return Refusal(reason, (Note(Place(draft.path, draft.spans[node]), word),))


def _is_dropped(draft: Draft, statement: libcst.BaseSmallStatement, expression: libcst.BaseExpression) -> bool:
    """An expression statement, or one that gives a name to what nobody reads."""
    import libcst

    if isinstance(statement, libcst.Expr):
        return statement.value is expression
    if not isinstance(statement, libcst.Assign) or statement.value is not expression or len(statement.targets) != 1:
        return False
    target = statement.targets[0].target
    return isinstance(target, libcst.Name) and sum(1 for name in names(draft) if name.value == target.value) == 1


def _is_named(statement: libcst.BaseSmallStatement, expression: libcst.BaseExpression) -> bool:
    import libcst

    return isinstance(statement, libcst.Assign) and statement.value is expression


def _leaving(found: Pass) -> Refusal | None:
    """What ends the passes in a way that would leave out what stands behind the loop."""
    import libcst

    draft = found.draft
    for node in within(found.loop):
        if isinstance(node, libcst.Return):
            return _refusal(draft, node, "a pass may end the function", "returns from the loop")
        if isinstance(node, libcst.Yield):
            return _refusal(draft, node, "each pass hands something out before the next one", "yields from the loop")
    if found.loop.orelse is not None:
        return _refusal(draft, found.loop.orelse, "the loop has an `else` block", "is done behind the loop")
    return None


# --- what stands in a loop


def within(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    """All nodes below one, nested functions and classes excepted."""
    import libcst

    pending = list(node.children)
    while pending:
        inner = pending.pop()
        if isinstance(inner, (libcst.FunctionDef, libcst.ClassDef, libcst.Lambda)):
            continue
        yield inner
        pending.extend(inner.children)


def names(draft: Draft) -> Iterator[libcst.Name]:
    """Every variable that is read or bound; attributes and keywords are none."""
    import libcst

    for node in draft.parents:
        if isinstance(node, libcst.Name) and not is_label(draft, node):
            yield node


def bound_in(draft: Draft, loop: libcst.For) -> frozenset[str]:
    """What changes from pass to pass: names that the loop or a statement in it binds, and attributes it sets."""
    import libcst

    found: set[str] = set(_targets(draft, loop.target))
    for node in within(loop):
        if isinstance(node, (libcst.AssignTarget, libcst.AugAssign, libcst.AnnAssign, libcst.NamedExpr, libcst.For)):
            found.update(_targets(draft, node.target))
        elif isinstance(node, libcst.AsName):
            found.update(_targets(draft, node.name))
        elif isinstance(node, (libcst.Global, libcst.Nonlocal)):
            found.update(item.name.value for item in node.names)
    return frozenset(found)


def _targets(draft: Draft, target: libcst.CSTNode) -> Iterator[str]:
    import libcst

    if isinstance(target, libcst.Name):
        yield target.value
    elif isinstance(target, (libcst.Attribute, libcst.Subscript)):
        yield draft.code(target)
    else:
        for child in target.children:
            yield from _targets(draft, child)


def varies(draft: Draft, expression: libcst.CSTNode, bound: frozenset[str]) -> bool:
    """Whether an expression may give something else in another pass, by the names in it."""
    import libcst

    nodes = [expression, *within(expression)]
    read = {node.value for node in nodes if isinstance(node, libcst.Name) and not is_label(draft, node)}
    dotted = {draft.code(node) for node in nodes if isinstance(node, libcst.Attribute)}
    return not bound.isdisjoint(read | dotted)


def is_path(node: libcst.CSTNode) -> bool:
    """`name`, `name.attribute.attribute`"""
    import libcst

    while isinstance(node, libcst.Attribute):
        node = node.value
    return isinstance(node, libcst.Name)


def calls_nothing(node: libcst.CSTNode) -> bool:
    """An expression without calls and awaits."""
    import libcst

    return not any(isinstance(n, (libcst.Call, libcst.Await, libcst.NamedExpr)) for n in [node, *within(node)])


def is_constant_or_name(node: libcst.CSTNode) -> bool:
    """`key`, `book.id`, `(key, 1)`: to evaluate it cannot fail, as far as anybody would expect."""
    import libcst

    if isinstance(node, (libcst.Tuple, libcst.List)):
        return all(is_constant_or_name(element.value) for element in node.elements)
    if isinstance(node, libcst.Dict):
        return all(
            isinstance(e, libcst.DictElement) and is_constant_or_name(e.key) and is_constant_or_name(e.value)
            for e in node.elements
        )
    return is_path(node) or isinstance(node, (libcst.SimpleString, libcst.BaseNumber))


def streamed(found: Pass, links: Iterable[str]) -> str:
    """The link of a query in the head of a loop that gives its rows piece by piece, or ""."""
    called = {name for loop in found.loops for name, _ in chains.links(loop.iter)}
    return next((link for link in links if link in called), "")


def left_behind(found: Pass, attributes: Iterable[str]) -> bool:
    """Whether something that tells of the last call is asked of the receiver, in the loop or below it."""
    import libcst

    draft, start = found.draft, found.draft.spans[found.loop].start
    receiver = draft.code(chains.receiver(found.call))
    return any(
        isinstance(node, libcst.Attribute)
        and node.attr.value in attributes
        and draft.code(node.value) == receiver
        and span.start > start
        for node, span in draft.spans.items()
    )


def other_statements(found: Pass) -> list[libcst.CSTNode]:
    """The statements in the loop that do more than to bind a local name; tests and jumps do not count."""
    import libcst

    harmless = (libcst.Continue, libcst.Break, libcst.Pass)
    left: list[libcst.CSTNode] = []
    for node in within(found.loop):
        if isinstance(node, libcst.SimpleStatementLine) and node is not found.statement:
            left.extend(part for part in node.body if not isinstance(part, harmless) and not _is_local(part))
        elif isinstance(node, (libcst.Try, libcst.With, libcst.While, libcst.Match)):
            left.append(node)
    return left


def _is_local(statement: libcst.BaseSmallStatement) -> bool:
    import libcst

    if isinstance(statement, libcst.Expr):
        return isinstance(statement.value, libcst.BaseString)
    if isinstance(statement, libcst.Assign):
        return all(isinstance(target.target, libcst.Name) for target in statement.targets)
    return isinstance(statement, libcst.AnnAssign) and isinstance(statement.target, libcst.Name)
