"""Beside a function that asks for one key, one is written that asks for many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import name_uses, wrapping
from nplusone_lint.codemods.beside import beside, pattern_of
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Asked
from nplusone_lint.codemods.words import plural
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Sibling:
    """The new function: its name, the name of its keys, and the edit that puts it into the file."""

    name: str
    keys: str
    edit: Edit | None  # None where it is there already
    annotation: str


@dataclass(slots=True)
class Called:
    """A call in a loop of which only some arguments change from pass to pass; `whole` is the call with its `await`.

    `plain`: the function is called by its name alone.
    """

    draft: Draft
    call: libcst.Call
    whole: libcst.BaseExpression
    changing: set[str]
    plain: bool

    def argument(self, parameter: str, parameters: list[str]) -> libcst.BaseExpression | None:
        """What is given for a parameter, if nothing else that is given changes."""
        found = None
        for number, arg in enumerate(self.call.args):
            name = arg.keyword.value if arg.keyword is not None else dict(enumerate(parameters)).get(number, "")
            if arg.star:
                return None
            if name == parameter:
                found = arg.value
            elif not self.changing.isdisjoint(name_uses.read_in(self.draft, arg.value)):
                return None
        return found

    def text(self, sibling: Sibling, parameter: str, keys: str) -> str:
        """The call of the new function for many keys."""
        import libcst

        given = []
        for arg in self.call.args:
            value = wrapping.flat(self.draft.code(arg.value)) or ""
            changes = not self.changing.isdisjoint(name_uses.read_in(self.draft, arg.value))
            by_name = arg.keyword.value if arg.keyword is not None else ""
            if changes or by_name == parameter:
                value, by_name = keys, sibling.keys if by_name else ""
            given.append(f"{by_name}={value}" if by_name else value)
        function = self.call.func
        owner = f"{wrapping.flat(self.draft.code(function.value))}." if isinstance(function, libcst.Attribute) else ""
        wait = "await " if self.whole is not self.call else ""
        return f"{wait}{owner}{sibling.name}({', '.join(given)})"


def call_of(draft: Draft, span: Span, changing: set[str], is_async: bool) -> Called | Refusal:
    """The call at a span, which must be awaited at once where it is one of a coroutine."""
    import libcst

    node = draft.at(span, libcst.Call, libcst.Await)
    call = node.expression if isinstance(node, libcst.Await) else node
    if not isinstance(call, libcst.Call):
        return Refusal("the call cannot be found in the code")
    whole = draft.parents[call] if isinstance(draft.parents.get(call), libcst.Await) else call
    if (whole is not call) != is_async or not isinstance(whole, libcst.BaseExpression):
        return Refusal("the call is awaited elsewhere than where it stands")
    if not changing.isdisjoint(name_uses.read_in(draft, call.func)):
        return Refusal("each pass calls the function of another object")
    return Called(draft, call, whole, changing, isinstance(call.func, libcst.Name))


def sibling_of(
    draft: Draft, asked: Asked, parameter: str, taken: set[str], write: Callable[[str], str]
) -> Sibling | Refusal:
    """The function for many keys, below the one that does nothing but ask for one."""
    pattern = pattern_of(draft, asked.whole, asked.gone)
    if isinstance(pattern, Refusal):
        return pattern
    old = pattern.function.name.value
    keys = name_uses.fresh(draft, plural(parameter), f"{plural(parameter)}_asked")
    annotation = _annotation(draft, pattern.function, asked, parameter)
    told = pattern.annotation_of(parameter)
    swap = {parameter: f"{keys}: list[{told}]" if told else keys}
    doc = _docstring(old, asked, parameter, keys)
    for name in _wished(old):
        edit = beside(pattern, name, swap, annotation, doc, write(keys))
        if isinstance(edit, Refusal):
            return edit
        there = edit.content.strip() in draft.source.text
        if name not in taken or there:
            return Sibling(name, keys, None if there else edit, annotation)
    return Refusal(f"there is no free name for a function beside `{old}`")


def _docstring(name: str, asked: Asked, parameter: str, keys: str) -> str:
    if asked.figure == "exists":
        return f"Those of `{keys}` for which `{name}` is true."
    return f"As `{name}`, for many at once: by `{parameter}`, without those that have none."


def _wished(name: str) -> list[str]:
    if name.endswith(("_of", "_for", "_by", "_in")):
        return [f"{name}_many", f"{name}_all_keys"]
    return [f"{name}_of", f"{name}_of_many", f"{name}_of_all_keys"]


def _annotation(draft: Draft, function: libcst.FunctionDef, asked: Asked, parameter: str) -> str:
    """`dict[int, int]`, `set[int]`; "" where the types are not told."""
    told = next((p.annotation for p in function.params.params if p.name.value == parameter), None)
    key = draft.code(told.annotation) if told is not None else ""
    figure = draft.code(function.returns.annotation) if function.returns is not None else ""
    if not key or not figure:
        return ""
    return f"set[{key}]" if asked.figure == "exists" else f"dict[{key}, {figure.removesuffix(' | None')}]"
