"""Which columns are wide: texts without bound, documents, files, ciphertexts, vectors."""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import FieldCall

WIDE = ("json", "text", "binary", "blob", "bytea", "encrypted", "vector", "embedding", "pickle", "hstore", "markdown")
"""What the names of their types contain: `JSONField`, `LargeBinary`, `StringEncryptedType`, `TextField`."""
NARROW = ("choice", "context", "gettext")


def is_wide(field: FieldCall) -> bool:
    """`body = models.TextField()`, `body = mapped_column(Text)`, `Column(MutableDict.as_mutable(JSONB))`"""
    return any(_is_wide(name) for name in _types(field, 3))


def _types(field: object, depth: int) -> list[str]:
    if not isinstance(field, FieldCall):
        name = getattr(field, "name", "")
        return [name] if isinstance(name, str) else []
    names = [field.constructor]
    for argument in (*field.arguments, field.keywords.get("type_"), field.keywords.get("sa_type")) if depth else ():
        names += _types(argument, depth - 1)
    return names


def _is_wide(dotted: str) -> bool:
    name = dotted.rpartition(".")[2].lower()
    return any(word in name for word in WIDE) and not any(word in name for word in NARROW)
