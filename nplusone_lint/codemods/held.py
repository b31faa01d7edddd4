"""Whether what a loop runs over is held in memory, or comes piece by piece."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nplusone_lint.codemods.chains import called_name, receiver
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.loop_body import within

if TYPE_CHECKING:  # see `concrete`
    import libcst

PREFIX = r"(\w+\.)*"
LISTS = re.compile(rf"{PREFIX}(list|List|tuple|Tuple|set|Set|frozenset|FrozenSet|Sequence)\b(?!.*\|)")
MAPPINGS = re.compile(rf"{PREFIX}(dict|Dict|Mapping|defaultdict|OrderedDict|Counter)\b(?!.*\|)")
HOLDING = ("list", "sorted", "tuple", "set", "range", "frozenset")
PASSING = ("enumerate", "zip", "reversed")


def is_list(draft: Draft, node: libcst.CSTNode) -> bool:
    """A parameter that is told to be a list, or what can be used like one."""
    return LISTS.match(_told(draft, node)) is not None


def is_held(draft: Draft, node: libcst.CSTNode) -> bool:
    """Certainly a container, or made of containers."""
    import libcst

    if isinstance(node, (libcst.List, libcst.Tuple, libcst.Set, libcst.Dict, libcst.ListComp, libcst.SetComp)):
        return True
    if isinstance(node, libcst.Name):
        made = _assigned(draft, node)
        if len(made) == 1:
            return is_held(draft, made[0])
        told = _told(draft, node)
        return LISTS.match(told) is not None or MAPPINGS.match(told) is not None
    if not isinstance(node, libcst.Call):
        return False
    name, inner = called_name(node), [arg.value for arg in node.args if not arg.star]
    if isinstance(node.func, libcst.Attribute):
        if name not in ("items", "values", "keys"):
            return False
        owner = receiver(node)
        return MAPPINGS.match(_told(draft, owner)) is not None or is_held(draft, owner)
    return name in HOLDING or (name in PASSING and bool(inner) and all(is_held(draft, part) for part in inner))


def _told(draft: Draft, node: libcst.CSTNode) -> str:
    """The annotation of a parameter that the function does not bind itself, or ""."""
    import libcst

    function = draft.enclosing(node, libcst.FunctionDef)
    if function is None or not isinstance(node, libcst.Name) or _assigned(draft, node):
        return ""
    parameters = [*function.params.posonly_params, *function.params.params, *function.params.kwonly_params]
    told = [p.annotation for p in parameters if p.name.value == node.value and p.annotation is not None]
    return draft.code(told[0].annotation) if told else ""


def _assigned(draft: Draft, name: libcst.Name) -> list[libcst.BaseExpression]:
    """What a name is assigned in the function around it."""
    import libcst

    function = draft.enclosing(name, libcst.FunctionDef)
    if function is None:
        return []
    return [
        node.value
        for node in within(function.body)
        if isinstance(node, libcst.Assign)
        and any(isinstance(t.target, libcst.Name) and t.target.value == name.value for t in node.targets)
    ]
