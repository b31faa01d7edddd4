"""`ast.Module` → `ModuleFacts`, in one pass over the tree."""

from __future__ import annotations

import ast
import posixpath

from nplusone_lint import facts
from nplusone_lint.extract.functions import function_of_lambda
from nplusone_lint.extract.members import collect_globals
from nplusone_lint.extract.scope import Scope
from nplusone_lint.extract.statements import lower_body
from nplusone_lint.source import Source

SUPPRESSING = ("nplusone:", "noqa", "NOQA", "NoQA")


def extract(source: Source, tree: ast.Module) -> facts.ModuleFacts:
    """All that later phases know of one file."""
    name, is_package = module_name(source.path)
    lines = source.text.count("\n") + 1
    module = facts.ModuleFacts(name, source.path, is_package, lines)
    module.has_suppressions = any(word in source.text for word in SUPPRESSING)
    scope = Scope(module, f"{name}.<module>" if name else "<module>", "", {})
    scope.lower_lambda = function_of_lambda
    body = lower_body(tree.body, scope)
    module.body = facts.FunctionFacts(
        "<module>", scope.qualname, (), (), None, body, False, False, 0, name, locals=frozenset(scope.bound)
    )
    collect_globals(module, body)
    return module


def module_name(path: str) -> tuple[str, bool]:
    """The dotted name of a path, and whether it is a package's `__init__`."""
    parts = [part for part in posixpath.normpath(path.replace("\\", "/")).split("/") if part not in ("", ".", "..")]
    stem = parts[-1].removesuffix(".py") if parts else ""
    is_package = stem == "__init__"
    parts = parts[:-1] if is_package else [*parts[:-1], stem]
    return ".".join(parts), is_package
