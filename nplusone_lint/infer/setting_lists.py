"""Lists that somebody has configured, of which the program itself tells how many it expects."""

from __future__ import annotations

import re

from nplusone_lint import facts
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import last_name

SETTINGS = re.compile(r"settings?|config|conf$|options", re.IGNORECASE)


def is_single_setting(frame: Frame, node: facts.Attribute) -> bool:
    """`settings.mirrors`, of which the class of the settings has one, or none, unless somebody sets more."""
    if not SETTINGS.search(last_name(node.value)):
        return False
    classes = [cls for cls in frame.analysis.names.classes.values() if node.name in cls.fields]
    return bool(classes) and all(
        SETTINGS.search(cls.name) is not None and _has_one_at_most(cls.fields[node.name].value) for cls in classes
    )


def _has_one_at_most(default: facts.Expr) -> bool:
    """`["a"]`, `[]`, `Field(default=["a"])`, `field(default_factory=lambda: ["a"])`"""
    if isinstance(default, facts.Display):
        return len(default.items) <= 1 and not any(isinstance(item, facts.Starred) for item in default.items)
    if isinstance(default, facts.Lambda):
        returned = default.function.body[0]
        return isinstance(returned, facts.Return) and _has_one_at_most(returned.value)
    if isinstance(default, facts.Call):
        given = [*default.arguments[:1], *[v for name, v in default.keywords if name in ("default", "default_factory")]]
        return any(map(_has_one_at_most, given))
    return False
