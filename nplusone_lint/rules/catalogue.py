"""Every rule of this folder, found by its file and ordered by code."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from nplusone_lint.rule import Rule


def find_rules() -> tuple[Rule, ...]:
    found: list[Rule] = []
    for info in pkgutil.iter_modules([str(Path(__file__).parent)]):
        rule = getattr(importlib.import_module(f"nplusone_lint.rules.{info.name}"), "RULE", None)
        if isinstance(rule, Rule):
            found.append(rule)
    return tuple(sorted(found, key=lambda rule: rule.code))


RULES = find_rules()
