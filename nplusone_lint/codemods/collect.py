"""Instead of one call per pass: what the calls would be given is collected, and one call behind the loop takes it all.

A loop that does nothing else becomes a comprehension, as long as no comment in it would be lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.held import is_list
from nplusone_lint.codemods.layout import above, below, step_of, widest
from nplusone_lint.codemods.loop_body import Pass, calls_nothing, names, within
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.finding import Edit

if TYPE_CHECKING:  # see `concrete`
    import libcst


@dataclass(frozen=True, slots=True)
class Bulk:
    """What one pass hands over, names for all of it, and the call that takes it between `head` and `tail`.

    `given` is what the call is given before it. `guarded`: it must not be called with nothing; `any_iterable`: it takes
    whatever can be iterated. `whole` does it all, without anything collected, where the loop does nothing else.
    """

    item: str
    names: tuple[str, ...]
    head: str
    tail: str = ")"
    given: str = ""
    guarded: bool = False
    any_iterable: bool = False
    whole: str = ""
    caution: str = ""  # what is different about this call

    def call(self, collected: str) -> str:
        return f"{self.head}{self.given}{collected}{self.tail}"

    def rows(self, collected: str, step: str) -> list[str]:
        """The call; each argument has a row of its own, where the first needs several."""
        if "\n" not in self.given:
            return [self.call(collected)]
        return [self.head, f"{step}{self.given.rstrip()}", f"{step}{collected},", self.tail]


def collect(found: Pass, bulk: Bulk) -> list[Edit]:
    """The edits of the loop."""
    draft, loop = found.draft, found.loop
    name = fresh(draft, *bulk.names)
    wait = "await " if found.awaited else ""
    listed = _comprehension(found, bulk)
    if listed:
        short = [f"{wait}{bulk.whole}"] if bulk.whole and not found.guards else []
        lines = [*_comments(found), *(short or _call_lines(found, name, listed, bulk, wait))]
        indent = draft.indent(loop)
        return [draft.replace(loop, f"\n{indent}".join(lines))]
    step = step_of(draft, loop)
    first, *others = bulk.rows(name, step)
    call = [f"{wait}{first}", *others]
    behind = [f"if {name}:", *(f"{step}{row}" for row in call)] if bulk.guarded else call
    return [
        above(draft, loop, [f"{name} = []"]),
        draft.replace(found.statement.body[0], _appended(draft, found.statement, name, bulk.item)),
        below(draft, loop, behind),
    ]


def _comments(found: Pass) -> list[str]:
    """The comments above the statement; the one behind it stays where it is."""
    return [line.comment.value for line in found.statement.leading_lines if line.comment is not None]


def _appended(draft: Draft, statement: libcst.CSTNode, name: str, item: str) -> str:
    indent = draft.indent(statement)
    row = f"{name}.append({item})"
    if "\n" in item or len(indent) + len(row) <= widest(draft):
        return row
    return f"{name}.append(\n{indent}{step_of(draft, statement)}{item}\n{indent})"


def _comprehension(found: Pass, bulk: Bulk) -> list[str]:
    """The parts of a list comprehension that makes all items, where the loop does nothing else; [] where it does."""
    import libcst

    draft, loop = found.draft, found.loop
    inner: libcst.BaseSuite = loop.body
    guards = list(found.guards)
    if len(found.loops) > 1 or loop.asynchronous is not None or len(guards) > 1 or "\n" in bulk.item:
        return []
    tests = ""
    if guards:
        guard = guards[0]
        if not _is_only(inner, guard) or guard.orelse is not None or draft.parents[guard] is not inner:
            return []
        inner, tests = guard.body, draft.code(guard.test)
        if not calls_nothing(guard.test):
            return []
    if not _is_only(inner, found.statement):
        return []
    kept = [*loop.leading_lines, *found.statement.leading_lines, found.statement.trailing_whitespace]
    shown = {node for line in kept for node in within(line)}
    comments = [n for n in within(loop) if isinstance(n, libcst.Comment) and n not in shown]
    inside = set(within(loop))
    targets = {n.value for n in [loop.target, *within(loop.target)] if isinstance(n, libcst.Name)}
    leaks = any(name.value in targets and name not in inside for name in names(draft))
    if comments or leaks or not isinstance(loop.target, (libcst.Name, libcst.Tuple)) or "await " in bulk.item:
        return []
    source = draft.code(loop.iter)
    if isinstance(loop.iter, (libcst.IfExp, libcst.Lambda, libcst.Tuple)):
        source = f"({source})"
    parts = [bulk.item, f"for {draft.code(loop.target)} in {source}", *([f"if {tests}"] if tests else [])]
    return [] if any("\n" in part for part in parts) else parts


def _is_only(block: libcst.BaseSuite, statement: libcst.CSTNode) -> bool:
    import libcst

    return isinstance(block, libcst.IndentedBlock) and len(block.body) == 1 and block.body[0] is statement


def _call_lines(found: Pass, name: str, parts: list[str], bulk: Bulk, wait: str) -> list[str]:
    """The call with the list in it, on as few rows as the style of the file allows."""
    draft, loop = found.draft, found.loop
    step, room = step_of(draft, loop), widest(draft) - len(draft.indent(loop))
    row = f"[{' '.join(parts)}]"
    if len(parts) == 2 and parts[0] == draft.code(loop.target):  # [key for key in keys]
        source = draft.code(loop.iter)
        bare = bulk.any_iterable or is_list(draft, loop.iter)
        row = source if bare else f"list({source})"
        name = source if bare and bulk.guarded else name
    assigned = [f"{name} = {row}"]
    if len(assigned[0]) > room:
        assigned = [f"{name} = [", *(f"{step}{part}" for part in parts), "]"]
    if bulk.guarded:
        calls = [f"{step}{row}" for row in bulk.rows(name, step)]
        return [
            *(assigned if name != row else []),
            f"if {name}:",
            calls[0].replace(step, f"{step}{wait}", 1),
            *calls[1:],
        ]
    if "\n" in bulk.given:
        first, *others = bulk.rows(name, step)
        return [*assigned, f"{wait}{first}", *others]
    if len(wait) + len(bulk.call(row)) <= room:
        return [f"{wait}{bulk.call(row)}"]
    if bulk.given or bulk.tail != ")" or not bulk.head.endswith("(") or len(step) + len(row) > room:
        return [*assigned, f"{wait}{bulk.call(name)}"]
    return [f"{wait}{bulk.head}", f"{step}{row}", ")"]
