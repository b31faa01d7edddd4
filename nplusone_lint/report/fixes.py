"""What is said of fixes: how many there are, what they are, and why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from nplusone_lint.finding import Finding, Refusal
from nplusone_lint.report.run import Run
from nplusone_lint.report.safe import safe


def is_fixable(finding: Finding, unsafe: bool | None) -> bool:
    """Whether `--fix` would mend it with these options."""
    return finding.fix is not None and finding.fix.may_be_made(unsafe=bool(unsafe))


def summary(run: Run) -> list[str]:
    """The lines at the end of a list of findings: what was fixed, and what could be."""
    findings, fixed = run.report.findings, run.fixed
    lines = [listed(fixed)] if fixed and run.show_fixes else []
    if fixed:
        found = count(len(findings) + len(fixed), "finding")
        lines.append(f"Found {found} ({len(fixed)} fixed, {len(findings)} remaining).")
    fixable = sum(is_fixable(finding, run.unsafe_fixes) for finding in findings)
    hidden = _hidden(findings, run.unsafe_fixes)
    if fixable:
        lines.append(f"[*] {fixable} fixable with `--fix`{f' ({_enable(hidden)})' if hidden else ''}.")
    elif hidden:
        lines.append(f"{_enable(hidden, '--fix --unsafe-fixes')}.")
    return lines


def result(findings: Sequence[Finding], fixed: Sequence[Finding], unsafe: bool | None, *, written: bool) -> str:
    """The one line of a run that only fixes, or shows what it would fix; "" when there is nothing to say."""
    hidden = _hidden(findings, unsafe)
    more = f" ({_enable(hidden)})" if hidden else ""
    if fixed:
        return f"{'Fixed' if written else 'Would fix'} {count(len(fixed), 'finding')}{more}."
    return f"No findings {'fixed' if written else 'would be fixed'}{more}." if hidden else ""


def listed(fixed: Iterable[Finding]) -> str:
    """The fixes that were made, counted for each file and rule."""
    by_file: dict[str, Counter[tuple[str, str]]] = {}
    for finding in fixed:
        by_file.setdefault(finding.place.path, Counter())[finding.code, finding.name] += 1
    total = sum(sum(counts.values()) for counts in by_file.values())
    lines = [f"Fixed {count(total, 'finding')}:"]
    for path, counts in sorted(by_file.items()):
        lines.append(f"- {safe(path)}:")
        width = max(len(str(number)) for number in counts.values())
        lines += [f"    {number:>{width}} × {code} ({name})" for (code, name), number in counts.most_common()]
    return "\n".join(lines)


def no_fix(refused: Refusal) -> str:
    """Why there is no fix, with the places that are in the way."""
    places = [f"{note.place.path}:{note.place.span.start.row}: {note.message}" for note in refused.blockers]
    return refused.reason + (f" ({'; '.join(places)})" if places else "")


def count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _hidden(findings: Iterable[Finding], unsafe: bool | None) -> int:
    """How many unsafe fixes are not made, unless somebody said that they are not wanted."""
    return 0 if unsafe is not None else sum(f.fix is not None and f.fix.applicability == "unsafe" for f in findings)


def _enable(hidden: int, option: str = "--unsafe-fixes") -> str:
    return f"{hidden} hidden {'fix' if hidden == 1 else 'fixes'} can be enabled with `{option}`"
