"""How SQLAlchemy's models and their relationships are written; also those of SQLModel and Flask-SQLAlchemy.

A relationship is lazy unless it says otherwise. Whether it gives one row or many is said by `uselist`, by the
annotation, by `secondary`, or else by the side on which the foreign key stands.

https://docs.sqlalchemy.org/en/20/orm/relationship_api.html
https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html
"""

from __future__ import annotations

from nplusone_lint.bulk import KeyedForm
from nplusone_lint.libraries.sqlalchemy_columns import column, name_of, text_of
from nplusone_lint.libraries.sqlalchemy_figures import FIGURES, ORDER, PRESENCE
from nplusone_lint.libraries.sqlalchemy_indexes import INDEXING
from nplusone_lint.libraries.sqlalchemy_options import with_options
from nplusone_lint.libraries.sqlalchemy_statements import QUERY, SELECT, TABLE
from nplusone_lint.libraries.vocabulary import EagerForm, FieldCall, Invocation, Method, Named, Shape, Type
from nplusone_lint.libraries.writing import Writing
from nplusone_lint.roundtrip import Loading, Proxy, Relationship
from nplusone_lint.values import UNKNOWN, Class, Query, Row, Value

ROW = "sqlalchemy.orm.DeclarativeBase"
SQLMODEL = "sqlmodel.SQLModel"
WRITE_ONLY = "sqlalchemy.orm.WriteOnlyCollection"

LOADINGS: dict[object, Loading] = {
    "select": "lazy", True: "lazy", None: "never",
    "joined": "eager", False: "eager", "selectin": "eager", "subquery": "eager", "immediate": "eager",
    "raise": "raise", "raise_on_sql": "raise", "noload": "never",
    "dynamic": "query", "write_only": "query",
}  # fmt: skip
"""The values of `lazy=` in `relationship(…)` and `backref(…)`."""

COLLECTIONS = (
    "list", "set", "dict", "List", "Set", "Dict", "Sequence", "Collection",
    "AppenderQuery", "WriteOnlyMapped", "DynamicMapped",
)  # fmt: skip
"""The generics around an annotated class that say it is one of many."""


# --- relationships


def relationship(field: FieldCall) -> Relationship | None:
    """`relationship("Author", back_populates="books", lazy="selectin")`, `Mapped[list["Book"]] = relationship()`"""
    target = _target(field)
    if not target:
        return None
    many = _many(field)
    loading = _loading(field)
    reverse, reverse_loading = _backref(field.keywords.get("backref"))
    return Relationship(
        field.name,
        target,
        many,
        loading,
        "query" if loading == "query" else "rows" if many else "row",
        shared=True,
        joined=_lazy(field) in ("joined", False),
        reverse_name=reverse,
        query_type=_query_type(field) if loading == "query" else "",
        reverse_loading=reverse_loading,
        through="secondary" in field.keywords,
        inverse=reverse or text_of(field.keywords.get("back_populates")),
        order=_order(field),
        table=_last(field.keywords.get("secondary"), 1),
        column=_own_key(field, target),
        holds="?" if "primaryjoin" in field.keywords else "",
    )


def _own_key(field: FieldCall, target: str) -> str:
    """`relationship(foreign_keys=[author_id])`, `foreign_keys="Book.author_id"`: the key, unless the target has it."""
    given = field.keywords.get("foreign_keys")
    keys = given if isinstance(given, tuple) else (given,)
    name = name_of(keys[0]).strip("[] ") if len(keys) == 1 else ""
    owner = name.rpartition(".")[0].rpartition(".")[2]
    of_target = owner == target.rpartition(".")[2]
    return "" if of_target or "," in name else name.rpartition(".")[2]


def _order(field: FieldCall) -> str:
    """`order_by="Book.title"`, `order_by=Book.title`"""
    told = _last(field.keywords.get("order_by"), 2)
    return ("" if "order_by" not in field.keywords else "?") if "." not in told else told


def _last(value: object, parts: int) -> str:
    """The last parts of a dotted name."""
    text = value.name if isinstance(value, Named) else value if isinstance(value, str) else ""
    return ".".join(text.split(".")[-parts:]) if text.replace(".", "").isidentifier() else ""


def _target(field: FieldCall) -> str:
    """The class named by the first argument, or else by the annotation."""
    argument = field.arguments[0] if field.arguments else field.keywords.get("argument")
    if isinstance(argument, (Named, str)):
        return name_of(argument)
    return field.annotated[-1] if field.annotated else ""


def _many(field: FieldCall) -> bool | None:
    """One row or many; None where neither `uselist` nor an annotation says it: the foreign key decides."""
    uselist = field.keywords.get("uselist")
    if isinstance(uselist, bool):
        return uselist
    if field.annotated:
        names = (field.wrapper, *field.annotated[:-1])
        return any(name.rpartition(".")[2] in COLLECTIONS for name in names)
    return True if "secondary" in field.keywords or _is_key_of_target(field) else None


def _is_key_of_target(field: FieldCall) -> bool:
    """`relationship("Book", foreign_keys=[Book.author_id])`: the key stands on the other side."""
    given = field.keywords.get("foreign_keys")
    keys = given if isinstance(given, tuple) else (given,)
    target = _target(field).rpartition(".")[2]
    return any(name_of(key).rpartition(".")[0].rpartition(".")[2] == target for key in keys if name_of(key).count("."))


def _loading(field: FieldCall) -> Loading:
    """`lazy="selectin"`, `DynamicMapped["Book"]`, `dynamic_loader("Book")`"""
    if field.wrapper.endswith(("DynamicMapped", "WriteOnlyMapped")) or field.constructor.endswith("dynamic_loader"):
        return "query"
    return LOADINGS.get(_lazy(field), "lazy")


def _lazy(field: FieldCall) -> object:
    """`lazy="selectin"`, also of SQLModel: `sa_relationship_kwargs={"lazy": "selectin"}`"""
    more = field.keywords.get("sa_relationship_kwargs")
    lazy = more.get("lazy") if isinstance(more, dict) else None
    return lazy or field.keywords.get("lazy", "select")


def _query_type(field: FieldCall) -> str:
    """A dynamic relationship is a query; one that is written only gives statements."""
    written = field.wrapper.endswith("WriteOnlyMapped") or field.keywords.get("lazy") == "write_only"
    return WRITE_ONLY if written else QUERY


def _backref(value: object) -> tuple[str, Loading]:
    """`backref="books"`, `backref=backref("books", lazy="dynamic")`: the other side's attribute, and how it loads."""
    if isinstance(value, str):
        return value, "lazy"
    if isinstance(value, FieldCall) and value.arguments and isinstance(value.arguments[0], str):
        return value.arguments[0], LOADINGS.get(value.keywords.get("lazy", "select"), "lazy")
    return "", "lazy"


def _proxy(field: FieldCall) -> Proxy | None:
    """`pet_names = association_proxy("pets", "name")`"""
    link = text_of(field.arguments[0] if field.arguments else None)
    return Proxy(field.name, link) if link else None


# --- classes


def _query_of_rows(call: Invocation) -> Value:
    """`Book.query` of scoped sessions (`Base.query = session.query_property()`) and of Flask-SQLAlchemy"""
    entity = call.receiver
    return Query(QUERY, Row(entity.name)) if isinstance(entity, Class) else UNKNOWN


def _table(call: Invocation) -> Value:
    """`Book.__table__`"""
    entity = call.receiver
    return Query(TABLE, Row(entity.name), evaluated=True) if isinstance(entity, Class) else UNKNOWN


EAGER = EagerForm(
    "options",
    "joinedload",  # select(Book).options(joinedload(Book.author))
    "selectinload",  # select(Author).options(selectinload(Author.books))
    ends=(
        "all", "first", "one", "one_or_none", "unique", "scalars", "scalar", "scalar_one", "scalar_one_or_none",
        "fetchall", "fetchone", "first_or_404", "one_or_404", "paginate", "partitions", "mappings", "tuples",
    ),
    alone=(
        "first", "one", "one_or_none", "scalar", "scalar_one", "scalar_one_or_none", "fetchone", "first_or_404",
        "one_or_404", "get", "get_or_404",
    ),
    runs=("scalars", "execute", "scalar", "exec", "stream", "stream_scalars", "paginate"),
    separate=("distinct", "group_by", "with_for_update", "union", "union_all", "from_statement"),
    refused=("from_self", "with_entities", "with_only_columns", "values"),
    streams=("yield_per", "stream", "stream_scalars", "partitions"),
    home="sqlalchemy.orm",
    options=("joinedload", "selectinload", "subqueryload", "immediateload", "contains_eager", "defaultload"),
    within="defaultload",
    lazy="lazyload",  # select(Author).options(lazyload(Author.books))
    starts=("select", "query"),
    merges=("union", "union_all", "intersect", "except_", "cte", "subquery"),  # select(Book).union(other)
    locks=("with_for_update",),
    by_key="get",
)  # fmt: skip
"""https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html"""

HEARD = (
    "before_flush", "after_flush", "after_flush_postexec", "before_commit", "after_commit", "after_begin",
    "before_insert", "after_insert", "before_update", "after_update", "before_delete", "after_delete",
    "after_transaction_create", "after_transaction_end", "pending_to_persistent",
)  # fmt: skip
WRITING = Writing(
    signals={
        "last": HEARD,
        "statement": ("do_orm_execute", "before_execute", "after_execute", "before_cursor_execute", *HEARD),
    },
    receivers=(
        "sqlalchemy.event.listens_for", "sqlalchemy.event.listen", "sqlalchemy.event.api.listens_for",
        "sqlalchemy.event.api.listen",
    ),
)  # fmt: skip
"""https://docs.sqlalchemy.org/en/20/orm/events.html"""
KEYED = KeyedForm(
    "comparisons",
    conditions=("where", "filter", "filter_by"),  # select(Book).where(Book.id == key)
    keywords=("filter_by",),  # session.query(Book).filter_by(id=key)
    bears=("options", "execution_options"),
    orders=("order_by",),
    maybe=("first", "one_or_none", "scalar_one_or_none", "scalar"),
    single=("one_or_none", "scalar_one_or_none"),
    surely=("one", "scalar_one"),
    every=("all",),
    starts=("select", "query"),
    of_model=("query",),  # Book.query of Flask-SQLAlchemy
    runs=("scalars", "exec", "execute", "scalar"),
    gives_tuples=("execute",),
    gives_first=("scalar",),
    unpacks=("scalars",),
    unique="unique",
    by_key=("get",),  # session.get(Book, key)
    own_by_key=("get",),  # session.query(Book).get(key)
    select="sqlalchemy.select",
    run="scalars",
    row_value="sqlalchemy.tuple_",  # select(Book).where(tuple_(Book.id, Book.shop).in_(keys))
    adds="add",  # session.add(book)
    missing="sqlalchemy.exc.NoResultFound",
    missing_text="No row was found when one was required",
)
"""https://docs.sqlalchemy.org/en/20/core/operators.html#in-comparisons"""

SHAPE = Shape(
    bases=(
        "sqlalchemy.orm.DeclarativeBase",  # class Base(DeclarativeBase)
        "sqlalchemy.orm.DeclarativeBaseNoMeta",
        "sqlalchemy.orm.MappedAsDataclass",
        "sqlalchemy.ext.declarative.declarative_base",  # Base = declarative_base()
        "sqlalchemy.orm.declarative_base",
        "sqlalchemy.ext.declarative.AbstractConcreteBase",
    ),
    row_type=ROW,
    fields={
        "sqlalchemy.orm.relationship": relationship,
        "sqlalchemy.orm.relation": relationship,
        "sqlalchemy.orm.dynamic_loader": relationship,
        "sqlalchemy.ext.associationproxy.association_proxy": _proxy,
        "sqlalchemy.Column": column,
        "sqlalchemy.schema.Column": column,
        "sqlalchemy.orm.mapped_column": column,
        "sqlalchemy.orm.deferred": column,
        "sqlalchemy.orm.column_property": column,
    },
    evidence=("__tablename__", "__table__", "__mapper_args__"),
    attributes={"query": _query_of_rows, "__table__": _table},
    declarers=("declared_attr", "cascading"),
    wrappers=("Mapped", "DynamicMapped", "WriteOnlyMapped"),
    faces=("awaitable_attrs",),  # await book.awaitable_attrs.author
    async_error="MissingGreenlet",
    shared_rows=True,
    gives_or_raises=("one", "scalar_one", "get_one", "get_or_404", "first_or_404", "one_or_404"),
    annotated_only=column,  # stars: Mapped[int]
    eager=EAGER,
    figures=FIGURES,
    presence=PRESENCE,
    order=ORDER,
    writing=WRITING,
    keyed=KEYED,
    indexing=INDEXING,
)


def _selected(call: Invocation) -> Value:
    """`Book.select(user)` of a base class that is not part of the program: which rows of the model, it does not say."""
    entity = call.receiver
    if not isinstance(entity, Class):
        return UNKNOWN
    options = call.keywords.get("options")
    row = Row(entity.name, assumed=True)
    return Query(SELECT, with_options(row, (options,)) if options is not None else row)


ROW_TYPE = Type(ROW, (Method("select", returns=_selected, loads=True),))
