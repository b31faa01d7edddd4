"""The catalogue of rules, as a table and as manuals."""

from __future__ import annotations

from collections.abc import Sequence

from nplusone_lint.report.json import dump
from nplusone_lint.report.run import RuleText


def table(rules: Sequence[RuleText]) -> str:
    """One line per rule."""
    width = max((len(rule.name) for rule in rules), default=0)
    return "".join(
        f"{rule.code}  {rule.name:<{width}}  {rule.summary}{' (preview)' if rule.preview else ''}\n" for rule in rules
    )


def pages(rules: Sequence[RuleText]) -> str:
    """The manuals, each under a heading."""
    return "\n".join(f"# {rule.name} ({rule.code})\n\n{rule.manual.strip()}\n\n{rule.url}\n" for rule in rules)


def as_json(rules: Sequence[RuleText], *, one: bool = False) -> str:
    """The rules as an array of objects, or the only one as an object."""
    described = [
        {
            "code": rule.code,
            "name": rule.name,
            "summary": rule.summary,
            "preview": rule.preview,
            "url": rule.url,
            "manual": rule.manual,
        }
        for rule in rules
    ]
    return dump(described[0] if one else described, indent=2) + "\n"
