"""How columns of SQLAlchemy's models are declared: type, key, nullability, what they refer to.

https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html
https://docs.sqlalchemy.org/en/20/core/metadata.html#sqlalchemy.schema.Column
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import FieldCall, Named
from nplusone_lint.libraries.widths import is_wide
from nplusone_lint.roundtrip import Column, Kind


def column(field: FieldCall) -> Column:
    """`Column(Integer, ForeignKey("author.id"))`, `mapped_column(deferred=True)`"""
    deferred = field.keywords.get("deferred") is True or field.constructor.endswith(".deferred")
    primary = field.keywords.get("primary_key") is True
    told = field.keywords.get("nullable")
    annotated = bool(field.annotated or field.wrapper)
    nullable = told if isinstance(told, bool) else not primary and (field.optional or not annotated)
    unique = primary or _told(field, "unique")
    return Column(
        field.name, deferred, primary, _references(field), _kind(field), unique, nullable, _folds(field),
        is_wide(field), indexed=_told(field, "index"), few=_is_enumeration(field),
    )  # fmt: skip


def _told(field: FieldCall, word: str) -> bool:
    """`index=True`, also of a column inside: `Field(sa_column=Column(index=True))`; what is not told may be so."""
    inner = (*field.arguments, field.keywords.get("sa_column"))
    if word in field.keywords and field.keywords[word] is not False:
        return True
    return any(_told(argument, word) for argument in inner if isinstance(argument, FieldCall))


def _is_enumeration(field: FieldCall) -> bool:
    """`Enum(Status)`, `Mapped[Literal["new", "old"]]`"""
    inner = (*field.arguments, field.keywords.get("type_"), field.keywords.get("sa_type"))
    names = [a.constructor if isinstance(a, FieldCall) else getattr(a, "name", "") for a in inner]
    return any(name.rpartition(".")[2].upper() in ("ENUM", "LITERAL", "BOOLEAN") for name in (*names, *field.annotated))


def _folds(field: FieldCall) -> bool:
    """`String(collation="NOCASE")`, `CITEXT`"""
    for argument in (*field.arguments, field.keywords.get("type_"), field.keywords.get("sa_type")):
        name = argument.constructor if isinstance(argument, FieldCall) else getattr(argument, "name", "")
        if name.rpartition(".")[2].upper() == "CITEXT":
            return True
        if isinstance(argument, FieldCall) and argument.keywords.get("collation"):
            return True
    return False


KINDS: dict[str, Kind] = {
    **dict.fromkeys(("Integer", "BigInteger", "SmallInteger", "INTEGER", "BIGINT", "SMALLINT", "int"), "int"),
    **dict.fromkeys(("String", "Text", "Unicode", "UnicodeText", "VARCHAR", "TEXT", "str"), "text"),
    **dict.fromkeys(("Boolean", "BOOLEAN", "bool"), "bool"),
    **dict.fromkeys(("Uuid", "UUID"), "uuid"),
    **dict.fromkeys(("Numeric", "DECIMAL", "Decimal"), "decimal"),
    **dict.fromkeys(("Float", "Double", "REAL", "float"), "float"),
    **dict.fromkeys(("Date", "date"), "date"),
    **dict.fromkeys(("DateTime", "TIMESTAMP", "datetime"), "datetime"),
    **dict.fromkeys(("Time", "time"), "time"),
    **dict.fromkeys(("LargeBinary", "bytes"), "bytes"),
    **dict.fromkeys(("JSON", "JSONB"), "json"),
}
"""What column types, and the annotations of mapped columns, hold in Python.

https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#mapped-column-derives-the-datatype-and-nullability-from-the-mapped-annotation
"""


def _kind(field: FieldCall) -> Kind:
    """The type among the arguments (`String(80)`, `db.Integer`), else that of the annotation (`Mapped[int]`)."""
    for argument in (*field.arguments, field.keywords.get("type_"), field.keywords.get("sa_type")):
        name = argument.constructor if isinstance(argument, FieldCall) else getattr(argument, "name", "")
        kind = KINDS.get(name.rpartition(".")[2])
        if kind == "uuid":  # before 2.0, PostgreSQL's gives text unless it is told otherwise
            told = argument.keywords.get("as_uuid") if isinstance(argument, FieldCall) else None
            return "uuid" if told is True or (told is None and name.endswith("Uuid")) else ""
        if kind is not None:
            return kind
    names = [name.rpartition(".")[2] for name in (*field.annotated, field.wrapper)]
    return next((KINDS[name] for name in names if name in KINDS), "")


def _references(field: FieldCall) -> str:
    """`ForeignKey("author.id")` among the arguments, or deeper: `deferred(Column(ForeignKey("author.id")))`"""
    key = field.keywords.get("foreign_key")  # sqlmodel.Field(foreign_key="author.id")
    if isinstance(key, str):
        return key
    for argument in (*field.arguments, field.keywords.get("sa_column")):
        if not isinstance(argument, FieldCall):
            continue
        if argument.constructor.endswith("ForeignKey") and argument.arguments:
            return name_of(argument.arguments[0])
        inner = _references(argument)
        if inner:
            return inner
    return ""


def text_of(value: object) -> str:
    """What is quoted; "" of anything else."""
    return value if isinstance(value, str) else ""


def name_of(value: object) -> str:
    """What a class or a column is called, whether the code names it or quotes it."""
    return value.name if isinstance(value, Named) else text_of(value)
