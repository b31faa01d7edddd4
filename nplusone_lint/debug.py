"""What each phase knows, as text: `nplusone-lint debug facts|models|calls|effects|versions FILE`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from nplusone_lint.infer.describe import describe, describe_effect, describe_reach
from nplusone_lint.program import Program
from nplusone_lint.report.safe import safe
from nplusone_lint.source import Source, Span, row_of
from nplusone_lint.versions.projects import Versions


def print_facts(program: Program) -> str:
    return "\n".join(_facts(program))


def _facts(program: Program) -> Iterator[str]:
    for module in program.modules.values():
        yield f"module {module.name} ({module.path}, {module.lines} lines)"
        for name, imported in module.imports.items():
            yield f"  import {name} = {imported.module}{'.' + imported.member if imported.member else ''}"
        for cls in module.classes.values():
            yield f"  class {cls.name}: {', '.join([*cls.fields, *cls.methods])}"
        for function in module.functions.values():
            yield f"  def {function.name}({', '.join(p.name for p in function.parameters)})"


def print_models(program: Program) -> str:
    return "\n".join(_models(program))


def _models(program: Program) -> Iterator[str]:
    for model in program.analysis.models.models.values():
        yield f"model {model.name} ({model.row_type})"
        yield f"  columns: {', '.join(model.columns)}"
        for link in model.relationships.values():
            many = "many" if link.many else "one"
            yield f"  {link.name} -> {many} {link.target} ({link.loading}, {link.access})"
        for name, cls in model.managers.items():
            yield f"  manager {name}: {cls or 'plain'}"


def print_calls(program: Program) -> str:
    return "\n".join(
        f"{caller} -> {callee}"
        for caller, callees in sorted(program.analysis.edges.items())
        for callee in sorted(callees)
    )


def print_effects(program: Program) -> str:
    return "\n".join(_effects(program))


def _effects(program: Program) -> Iterator[str]:
    for (qualname, arguments), run in program.analysis.outcomes.items():
        outcome = run.outcome
        given = ", ".join(f"{name}: {describe(value)}" for name, value in arguments)
        if outcome.effects or outcome.observations:
            yield f"{qualname}({given}) -> {describe(outcome.returns)}"
        for effect in outcome.effects:
            route = "".join(f" via {call.path}:{row_of(call.at)}" for call in effect.route)
            yield f"  {effect.made.site.path}:{row_of(effect.made.site.at)} {describe_effect(effect)}{route}"
        for item in outcome.observations:
            yield f"  {item.site.path}:{row_of(item.site.at)} {type(item).__name__} {item.subject}"
    for function, reached in program.analysis.awaits.reached.items():
        path = program.analysis.names.modules[function.module].path
        for at, reach in sorted(reached.items()):
            yield f"{path}:{row_of(at)} await in {function.qualname}: {describe_reach(reach)}"


def observed_value(program: Program, path: str, span: Span) -> str | None:
    """What `build(…, observe=True)` saw an expression to be, in words."""
    seen = program.analysis.observed or {}
    words = {place: describe(value) for place, value in seen.items() if place[0] == path}
    return _words_at(words, program.sources[path], span)


def observed_trip(program: Program, path: str, span: Span) -> str | None:
    """The round trips that an expression makes, in words."""
    words: dict[tuple[str, int], str] = {}
    for run in program.analysis.outcomes.values():
        for effect in run.outcome.effects:
            if not effect.route:
                words.setdefault((effect.made.site.path, effect.made.site.at), describe_effect(effect))
    return _words_at(words, program.sources[path], span)


def _words_at(words: dict[tuple[str, int], str], source: Source, span: Span) -> str | None:
    for (path, at), text in words.items():
        if path == source.path and source.span(at) == span:
            return text
    return None


def print_versions(paths: Sequence[str], root: str) -> str:
    return "\n".join(_versions(paths, root))


def _versions(paths: Sequence[str], root: str) -> Iterator[str]:
    versions = Versions(root)
    for path in paths:
        yield safe(path)
        module = os.path.join(path, "module.py") if os.path.isdir(path) else path
        for package in versions.packages(module):
            known = versions.range_of(module, package)
            yield safe(f"  {package} {f'{known} ({known.file})' if known is not None else 'any version'}")
    yield from (safe(f"note: {note}") for note in versions.notes)


PHASES: dict[str, Callable[[Program], str]] = {
    "facts": print_facts,
    "models": print_models,
    "calls": print_calls,
    "effects": print_effects,
}
