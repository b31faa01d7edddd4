"""How Peewee's models are written: fields, foreign keys and their back references.

https://docs.peewee-orm.com/en/latest/peewee/models.html
https://docs.peewee-orm.com/en/latest/peewee/relationships.html
"""

from __future__ import annotations

from nplusone_lint.bulk import KeyedForm
from nplusone_lint.libraries.figures import FigureForm, PresenceForm
from nplusone_lint.libraries.indexing import Indexes, IndexForm
from nplusone_lint.libraries.streaming import StreamForm
from nplusone_lint.libraries.vocabulary import EagerForm, FieldCall, Named, Shape
from nplusone_lint.libraries.writing import Writing
from nplusone_lint.roundtrip import Column, Kind, Loading, Relationship

SELECT = "peewee.ModelSelect"
ROW = "peewee.Model"


def _foreign_key(field: FieldCall) -> Relationship | None:
    """`user = ForeignKeyField(User, backref="tweets")`"""
    argument = field.arguments[0] if field.arguments else field.keywords.get("model", field.keywords.get("rel_model"))
    target = argument.name if isinstance(argument, Named) else argument
    if not isinstance(target, str) or not target:
        return None
    backref = field.keywords.get("backref", field.keywords.get("related_name"))
    name = backref if isinstance(backref, str) else ""
    # with lazy_load=False the attribute is the key itself
    loading: Loading = "never" if field.keywords.get("lazy_load") is False else "lazy"
    optional = field.keywords.get("null") is True
    return Relationship(
        field.name, target, False, loading, column=_key_name(field), reverse_name=name, optional=optional,
        holds=_held(field.keywords.get("field")),
    )  # fmt: skip


def _key_name(field: FieldCall) -> str:
    """The attribute that gives the key: `object_id_name`, else the name of the column, if the row is not called so."""
    told = field.keywords.get("object_id_name")
    column = field.keywords.get("column_name", field.keywords.get("db_column"))
    name = told if isinstance(told, str) else column if isinstance(column, str) else f"{field.name}_id"
    return f"{name}_id" if name == field.name else name


def _held(column: object) -> str:
    """`ForeignKeyField(User, field="email")`, `field=User.email`"""
    name = column.name if isinstance(column, Named) else column
    return name.rpartition(".")[2] if isinstance(name, str) else ""


def _column(field: FieldCall) -> Column:
    primary = field.keywords.get("primary_key") is True
    unique = primary or field.keywords.get("unique") is True
    kind = KINDS.get(field.constructor.rpartition(".")[2], "")
    return Column(
        field.name, primary_key=primary, kind=kind, unique=unique, nullable=field.keywords.get("null") is True,
        folds="collation" in field.keywords, indexed="index" in field.keywords and field.keywords["index"] is not False,
        few="choices" in field.keywords,
    )  # fmt: skip


KINDS: dict[str, Kind] = {
    **dict.fromkeys(("AutoField", "BigAutoField", "IntegerField", "BigIntegerField", "SmallIntegerField"), "int"),
    **dict.fromkeys(("CharField", "FixedCharField", "TextField"), "text"),
    "BooleanField": "bool",
    "UUIDField": "uuid",
    "DecimalField": "decimal",
    **dict.fromkeys(("FloatField", "DoubleField"), "float"),
    "DateField": "date",
    "DateTimeField": "datetime",
    "TimeField": "time",
    "BlobField": "bytes",
}
"""https://docs.peewee-orm.com/en/latest/peewee/models.html#fields"""


KEYED = KeyedForm(
    "comparisons",
    conditions=("where", "filter"),  # Tweet.select().where(Tweet.id == key)
    orders=("order_by",),
    maybe=("first", "get_or_none"),
    of_model=("select",),
    own=("get_or_none",),  # Tweet.get_or_none(Tweet.id == key)
)
"""`get` raises an exception whose text holds the SQL: no other query can raise the same.

https://docs.peewee-orm.com/en/latest/peewee/query_operators.html
"""
FIGURES = FigureForm(
    "comparisons",
    "peewee",
    names=dict.fromkeys(("count", "sum", "min", "max"), "fn"),  # from peewee import fn
    spelt={
        "count": "fn.COUNT({column})",  # Tweet.select(Tweet.user, fn.COUNT(Tweet.user))
        "sum": "fn.SUM({column})",
        "min": "fn.MIN({column})",
        "max": "fn.MAX({column})",
    },
    filled="fn.COALESCE({figure}, {default})",
    conditions=("where", "filter"),
    keeps=("join", "left_outer_join"),
    drops=("order_by",),
    group=("group_by({column})", "tuples()"),
    present=("distinct()", "tuples()"),
    starts=("select",),
    ends=("count", "exists", "scalar"),
    in_tuples=True,
    whole="{model}.select()",
)
"""https://docs.peewee-orm.com/en/latest/peewee/querying.html#aggregating-records"""

PRESENCE = PresenceForm(
    "`exists()`",
    asks={"count": "exists"},  # Tweet.select().where(Tweet.user == user).exists()
    conditions=("where", "filter"),
    one={"first": "exists", "get_or_none": ""},
    raises=("get",),
    refused=("for_update", "union", "union_all", "intersect", "except_", "group_by", "having", "raw", "iterator"),
)
"""https://docs.peewee-orm.com/en/latest/peewee/api.html#SelectBase.exists"""

EAGER = EagerForm(
    "joins",
    "join",  # Book.select(Book, Author).join(Author, on=Book.author)
    "prefetch",
    refused=(
        "join", "join_from", "left_outer_join", "switch", "with_related", "distinct", "group_by", "having",
        "for_update", "union", "union_all", "intersect", "except_", "alias", "dicts", "tuples", "namedtuples",
        "objects", "prefetch",
    ),
    whole="select",
)  # fmt: skip
"""https://docs.peewee-orm.com/en/latest/peewee/relationships.html#selecting-from-multiple-sources"""


def _indexes(value: object) -> Indexes | None:
    """`indexes = ((("shop", "isbn"), True), (("title",), False))`"""
    found: list[tuple[str, ...]] = []
    for item in value if isinstance(value, tuple) else (None,):
        columns = item[0] if isinstance(item, tuple) and item else None
        if not isinstance(columns, tuple):
            return None
        found.append(tuple(str(name) for name in columns))
    return tuple(found)


def _unique(value: object) -> Indexes | None:
    """Those that are `True`: `(("shop", "isbn"), True)`"""
    items = value if isinstance(value, tuple) else ()
    return _indexes(tuple(item for item in items if isinstance(item, tuple) and item[1:] == (True,)))


INDEXING = IndexForm(
    {"Meta.indexes": _indexes},
    "(({columns},), False)",
    "a migration",
    of_keys=True,
    flag="index=True",  # CharField(index=True)
    columns=("*Field",),
    told=("index", "unique", "primary_key"),
    unique={"Meta.indexes": _unique},
)
"""https://docs.peewee-orm.com/en/latest/peewee/models.html#multi-column-indexes"""

STREAM = StreamForm(
    "iterator()",  # for tweet in Tweet.select().iterator()
    links=("order_by", "order_by_extend", "objects", "dicts", "tuples", "namedtuples"),
    starts=("select",),
    breaks=("commit", "rollback", "atomic", "transaction", "savepoint", "close"),
)
"""https://docs.peewee-orm.com/en/latest/peewee/querying.html#iterating-over-large-result-sets"""

SHAPE = Shape(
    bases=("peewee.Model", "playhouse.signals.Model", "playhouse.kv.Model"),
    row_type=ROW,
    fields={
        "peewee.ForeignKeyField": _foreign_key,
        "peewee.DeferredForeignKey": _foreign_key,
        "peewee.*": _column,
        "playhouse.postgres_ext.*": _column,
    },
    reverse_access="query",
    default_reverse="{model}_set",
    reverse_query_type=SELECT,
    prefetched_as_list=True,
    eager=EAGER,
    figures=FIGURES,
    presence=PRESENCE,
    # bulk_create and bulk_update do not call save()
    writing=Writing(
        key="id",
        hooks={"row": ("save", "create"), "saved": ("save",)},
        bases=("peewee.Model",),
        fields=("peewee.*", "playhouse.*", "builtins.*"),
    ),
    keyed=KEYED,
    implied_key="id",
    indexing=INDEXING,
)
