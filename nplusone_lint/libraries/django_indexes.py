"""Indexes of Django's models, as their inner class `Meta` declares them.

https://docs.djangoproject.com/en/stable/ref/models/indexes/
"""

from __future__ import annotations

from nplusone_lint.libraries.indexing import Indexes, IndexForm
from nplusone_lint.libraries.vocabulary import FieldCall


def _indexes(value: object) -> Indexes | None:
    """`indexes = [models.Index(fields=["shop", "-added"])]`, `constraints = [UniqueConstraint(fields=["isbn"], …)]`"""
    found: list[tuple[str, ...]] = []
    for item in value if isinstance(value, tuple) else (None,):
        if not isinstance(item, FieldCall):
            return None
        fields = item.keywords.get("fields")
        if isinstance(fields, tuple):
            found.append(tuple(str(name).lstrip("-") for name in fields))
        elif item.arguments:
            return None  # of expressions
    return tuple(found)


def _together(value: object) -> Indexes | None:
    """`unique_together = [("shop", "isbn")]`, `unique_together = ("shop", "isbn")`"""
    if not isinstance(value, tuple):
        return None
    groups = value if all(isinstance(item, tuple) for item in value) else (value,)
    return tuple(tuple(str(name) for name in group) for group in groups if isinstance(group, tuple))


def _unique(value: object) -> Indexes | None:
    """Those of `constraints` that hold for all rows: `UniqueConstraint(fields=["shop", "isbn"], name="…")`"""
    items = value if isinstance(value, tuple) else ()
    kept = (item for item in items if isinstance(item, FieldCall) and "condition" not in item.keywords)
    return _indexes(tuple(item for item in kept if item.constructor.endswith("UniqueConstraint") and item.keywords))


INDEXING = IndexForm(
    {
        "Meta.indexes": _indexes,
        "Meta.constraints": _indexes,
        "Meta.unique_together": _together,
        "Meta.index_together": _together,
    },
    "models.Index(fields=[{columns}])",
    "manage.py makemigrations",
    of_keys=True,
    listed="Meta.indexes",
    unique={"Meta.unique_together": _together, "Meta.constraints": _unique},
    suffixes={"exact": "Eq", "in": "In", "gt": "Gt", "gte": "GtE", "lt": "Lt", "lte": "LtE", "range": "Between"},
)
