"""Fixes applied until nothing is left to fix: each round is analysed again, and a fix that did not help is taken back.

All of it happens in memory. A fix stays only if its finding is gone and nothing new is found: findings are counted by
rule and function, so that one that merely moved to other rows is not new. Nor is it new that a query gives more than is
used of it, where the query was there before: the fix only made the use less.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from nplusone_lint.codemods.apply import Change, obstacle
from nplusone_lint.codemods.merge import MergeError, clash, crowds, merged
from nplusone_lint.finding import Edit, Finding, Fix, Place, Refusal, Report
from nplusone_lint.source import Source, Unreadable, parse

ROUNDS = 10
UNREADABLE_FILE = "NPO901"
UNUSED_SUPPRESSION = "NPO900"

Files = Sequence[Source | Unreadable]
Analyse = Callable[[Iterable[Source | Unreadable]], Report]
"""The findings of a program with their fixes."""


@dataclass(slots=True)
class Fixed:
    """What fixing came to: what is still found, the fixes that were made, and the files they changed."""

    report: Report
    made: list[Finding] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    converged: bool = True


@dataclass(frozen=True, slots=True)
class _State:
    """The files at one point, and what is found in them."""

    files: Files
    report: Report


@dataclass(slots=True)
class _Fixer:
    """What stays the same over all rounds; `refused` maps fingerprints to the reason why a fix must not be made."""

    analyse: Analyse
    unsafe: bool
    barred: Callable[[str], str]
    refused: dict[str, str] = field(default_factory=dict)
    obstacles: dict[str, str] = field(default_factory=dict)


def fix_all(
    sources: Iterable[Source | Unreadable],
    analyse: Analyse,
    *,
    unsafe: bool = False,
    barred: Callable[[str], str] = lambda path: "",
) -> Fixed:
    """Make the fixes of all findings. `barred` says why a file must not be changed, or ""."""
    first: list[Source | Unreadable] = []
    state = _State(first, analyse(_kept_in(first, sources)))
    fixer = _Fixer(analyse, unsafe, barred)
    made: list[Finding] = []
    for _ in range(ROUNDS):
        chosen = _choose(state, fixer)
        if not chosen:
            break
        done, state = _make(state, [], state, chosen, fixer)
        made += done
    changes = [
        Change(before, after)
        for before, after in zip(first, state.files, strict=True)
        if isinstance(before, Source) and isinstance(after, Source) and before.text != after.text
    ]
    state.report.findings = [_with_refusal(finding, fixer) for finding in state.report.findings]
    return Fixed(state.report, made, changes, converged=not _choose(state, fixer))


def _kept_in(kept: list[Source | Unreadable], sources: Iterable[Source | Unreadable]) -> Iterator[Source | Unreadable]:
    for source in sources:
        kept.append(source)
        yield source


def _choose(state: _State, fixer: _Fixer) -> list[Finding]:
    """The fixes that can be made in one go, in the order of the findings; the others have to wait for the next.

    Of one function they are made one after the other: each was thought out for the code as it stands.
    """
    texts = {source.path: source for source in state.files if isinstance(source, Source)}
    functions = Functions(texts)
    chosen: list[Finding] = []
    edits: list[Edit] = []
    touched: set[tuple[str, int]] = set()
    for finding in state.report.findings:
        fix = finding.fix
        if fix is None or not fix.may_be_made(unsafe=fixer.unsafe) or finding.fingerprint in fixer.refused:
            continue
        if reason := _in_the_way(fix, texts, fixer):
            fixer.refused[finding.fingerprint] = reason
            continue
        inside = functions.around(fix.edits)
        if inside.isdisjoint(touched) and not clash([*edits, *fix.edits]) and not crowds(fix.edits, edits):
            chosen.append(finding)
            edits += fix.edits
            touched |= inside
    return chosen


@dataclass(slots=True)
class Functions:
    """Where the functions of the files stand, outermost ones only: rows from and to."""

    texts: dict[str, Source]
    known: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def around(self, edits: Iterable[Edit]) -> set[tuple[str, int]]:
        """The functions that edits change, by file and first row."""
        return {
            (edit.place.path, first)
            for edit in edits
            for first, last in self._of(edit.place.path)
            if first <= edit.place.span.start.row <= last
        }

    def _of(self, path: str) -> list[tuple[int, int]]:
        if path not in self.known:
            tree = parse(self.texts[path])
            self.known[path] = list(_outermost(tree)) if isinstance(tree, ast.Module) else []
        return self.known[path]


def _outermost(node: ast.AST) -> Iterator[tuple[int, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
            yield first, child.end_lineno or child.lineno
        elif isinstance(child, ast.stmt):
            yield from _outermost(child)


def _in_the_way(fix: Fix, texts: dict[str, Source], fixer: _Fixer) -> str:
    """Why a fix cannot be made at all, or ""."""
    by_path: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.place.path, []).append(edit)
    for path, edits in by_path.items():
        source = texts.get(path)
        if source is None:
            return f"{path}: is not among the analysed files"
        if path not in fixer.obstacles:
            fixer.obstacles[path] = fixer.barred(path) or obstacle(source)
        if fixer.obstacles[path]:
            return fixer.obstacles[path]
        try:
            merged(source, edits)
        except MergeError as error:
            return str(error)
    return "" if fix.edits else "it changes nothing"


def _make(
    base: _State, kept: list[Finding], reached: _State, chosen: list[Finding], fixer: _Fixer
) -> tuple[list[Finding], _State]:
    """Make the chosen fixes on top of those `kept`, which lead from `base` to `reached`; leave out the bad ones."""
    if not chosen:
        return kept, reached
    trial = _after([*kept, *chosen], base, fixer)
    verdict = _judge([*kept, *chosen], base, trial)
    if not verdict.complaint:
        return [*kept, *chosen], trial
    guilty = [finding for finding in chosen if finding in verdict.idle]
    innocent = [finding for finding in chosen if finding not in guilty]
    half = len(chosen) // 2
    if innocent and len(chosen) > 1:
        for part in (innocent, guilty) if guilty else (chosen[:half], chosen[half:]):
            kept, reached = _make(base, kept, reached, part, fixer)
        return kept, reached
    for finding in chosen:
        fixer.refused[finding.fingerprint] = verdict.complaint
    return kept, reached


def _after(fixes: Sequence[Finding], base: _State, fixer: _Fixer) -> _State:
    edits: dict[str, list[Edit]] = {}
    for edit in (edit for finding in fixes if finding.fix for edit in finding.fix.edits):
        edits.setdefault(edit.place.path, []).append(edit)
    files = [
        Source(file.path, merged(file, edits[file.path]), file.encoding, file.exact)
        if isinstance(file, Source) and file.path in edits
        else file
        for file in base.files
    ]
    return _State(files, fixer.analyse(files))


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What is wrong with some fixes, or ""; `idle` are those that surely did not help."""

    complaint: str
    idle: Sequence[Finding] = ()


def _judge(fixes: Sequence[Finding], base: _State, trial: _State) -> _Verdict:
    """Every finding that was fixed must be gone, and nothing may be found that was not there before."""
    before, after = base.report, trial.report
    fixed = Counter(map(_thing, fixes))
    was, now = Counter(map(_thing, before.findings)), Counter(map(_thing, after.findings))
    left = {thing: now[thing] + number - was[thing] for thing, number in fixed.items()}
    if idle := [finding for finding in fixes if left[_thing(finding)] >= fixed[_thing(finding)]]:
        return _Verdict("the fix was tried, and what it should mend was found again", idle)
    expected = Counter(map(_kind, before.findings))
    expected.subtract(map(_kind, fixes))
    found = Counter(map(_kind, after.findings))
    too_many = [f for f in after.findings if found[_kind(f)] > expected[_kind(f)] and f.code != UNUSED_SUPPRESSION]
    too_many = [f for f in too_many if not (f.excess and _stood_there(f.query, base.files, trial.files))]
    for finding in sorted(too_many, key=lambda f: now[_thing(f)] <= was[_thing(f)]):  # first what was not there at all
        harm = "broke the file" if finding.code == UNREADABLE_FILE else f"led to another finding, {finding.code}"
        return _Verdict(f"the fix was tried, and {harm}: {finding.message}")
    return _Verdict("")


def _stood_there(place: Place, before: Files, after: Files) -> bool:
    """Whether an expression stands in a file as often as it did before, so that no fix has written it."""
    was, now = (
        next((file for file in files if file.path == place.path and isinstance(file, Source)), None)
        for files in (before, after)
    )
    if was is None or now is None:
        return False
    text = now.text_of(place.span)
    return "\n".join(now.lines).count(text) <= "\n".join(was.lines).count(text)


def _thing(finding: Finding) -> tuple[str, str, str]:
    return (finding.code, finding.function, finding.subject)


def _kind(finding: Finding) -> tuple[str, str]:
    return (finding.code, finding.function)


def _with_refusal(finding: Finding, fixer: _Fixer) -> Finding:
    reason = fixer.refused.get(finding.fingerprint)
    return finding if reason is None else replace(finding, fix=None, refused=Refusal(reason))
