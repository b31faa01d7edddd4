"""Classes that read the attributes of an object by their own fields: `Answer.model_validate(row)`.

A field that is a relationship of the row's model is read, and what its annotation names reads the related row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.parts import parts_of
from nplusone_lint.link.names import Global
from nplusone_lint.values import Class

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

WORD = re.compile(r"[A-Za-z_]\w*")
MAX_DEPTH = 6
ANY_MODEL = ""  # in a pair with the name of an attribute: of whatever model


def fields_read(analysis: Analysis, caller: str, cls: str, model: str) -> set[tuple[str, str]]:
    """Models and attributes that a class reads of a row; methods that run meanwhile are noted as called."""
    found: set[tuple[str, str]] = set()
    done: set[tuple[str, str]] = set()
    stack = [(cls, model, 0)]
    while stack:
        name, owner, depth = stack.pop()
        if (name, owner) in done or name not in analysis.names.classes:
            continue
        done.add((name, owner))
        known = analysis.models.get(owner)
        for base in analysis.hierarchy.order(name):
            read = analysis.names.classes[base]
            module = analysis.names.modules[read.module]
            for method in read.methods.values():
                analysis.note_callee(caller, method.qualname)
            for field, assign in read.fields.items():
                found.update((ANY_MODEL, word) for word in _aliases(assign.value))
                behind = known.proxies.get(field, field) if known is not None else field
                found.add((owner, behind))
                link = known.relationships.get(behind) if known is not None else None
                method_read = analysis.hierarchy.method(owner, field) if known is not None else None
                if method_read is not None:
                    analysis.note_callee(caller, method_read.qualname)
                target = link.target if link is not None else ANY_MODEL
                if assign.annotation is not None and depth < MAX_DEPTH:
                    stack.extend((one, target, depth + 1) for one in _classes_in(analysis, module, assign.annotation))
    return found


def _classes_in(analysis: Analysis, module: facts.ModuleFacts, annotation: facts.Expr, depth: int = 0) -> Iterator[str]:
    stack = [annotation]
    while stack:
        node = stack.pop()
        if isinstance(node, facts.Literal) and isinstance(node.value, str):
            stack.extend(facts.Name(word) for word in WORD.findall(node.value))
        elif not isinstance(node, (facts.Name, facts.Attribute)):
            stack.extend(parts_of(node))
        else:
            symbol = analysis.names.resolve_expression(module, node)
            if isinstance(symbol, Class):
                yield symbol.name
            elif isinstance(symbol, Global) and depth < MAX_DEPTH:
                owner = analysis.names.modules[symbol.module]
                alias = owner.assigns.get(symbol.name)
                if alias is not None:
                    yield from _classes_in(analysis, owner, alias, depth + 1)


def _aliases(expression: facts.Expr) -> set[str]:
    """The words under which a field is read besides its name: `Field(validation_alias=AliasPath("author", "name"))`."""
    if not isinstance(expression, facts.Call):
        return set()
    words: set[str] = set()
    stack = [value for name, value in expression.keywords if name.endswith("alias")]
    while stack:
        node = stack.pop()
        if isinstance(node, facts.Literal) and isinstance(node.value, str):
            words.update(WORD.findall(node.value))
        stack.extend(parts_of(node))
    return words
