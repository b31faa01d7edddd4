"""Django's ORM, sync and async (4.2 to 6.1): managers, QuerySets, related managers, model instances.

A QuerySet is lazy: it queries when it is iterated (once, then it keeps the rows) and at every terminal method.
There is no identity map: a foreign key is loaded on first touch of each instance, also when all rows share one
target. A prefetched relation serves `all count exists contains` and iteration; any other method queries again.

https://docs.djangoproject.com/en/stable/ref/models/querysets/
https://docs.djangoproject.com/en/stable/topics/db/optimization/
"""

from __future__ import annotations

from collections.abc import Callable

from nplusone_lint.libraries.vocabulary import FieldCall, Hook, Invocation, Library, Method, Named, Shape, Type, methods
from nplusone_lint.roundtrip import Column, Model, Relationship, RoundTrip
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    Collection,
    Comparison,
    Constant,
    Dictionary,
    External,
    Lookup,
    Query,
    Record,
    Row,
    Scalar,
    Value,
    changed,
    first_of,
)

QUERYSET = "django.db.models.QuerySet"
MANAGER = "django.db.models.Manager"
ROW = "django.db.models.Model"
CURSOR = "django.db.backends.utils.CursorWrapper"

READ = RoundTrip("select")
COUNT = RoundTrip("count")
EXISTS = RoundTrip("exists")

IN_BULK = "`in_bulk` or one `filter(pk__in=…)` before the loop"


# --- chains


def _queryset(call: Invocation) -> Value:
    """Any lazy method of a manager or QuerySet that keeps the rows' form."""
    query = call.receiver
    if not isinstance(query, Query):
        return UNKNOWN
    return changed(query, type=QUERYSET, evaluated=False, cached=False)


def _narrowed(call: Invocation) -> Value:
    query = _queryset(call)
    if not isinstance(query, Query):
        return query
    row = first_of(query.element, Row)
    model = row.model if isinstance(row, Row) else ""
    keys = tuple(Comparison(model, _column_name(name), "Eq", value) for name, value in call.keywords.items())
    return changed(query, narrowed=True, keys=query.keys + keys)


def _column_name(keyword: str) -> str:
    return keyword.removesuffix("__exact")


def _change_row(query: Value, change: Callable[[Row], Row]) -> Value:
    if isinstance(query, Query) and isinstance(query.element, Row):
        return changed(query, element=change(query.element))
    return query


def _paths(call: Invocation) -> list[str]:
    """The dotted form of `"author__publisher"`, with all its prefixes."""
    paths: list[str] = []
    for argument in _spread(call.arguments):
        if isinstance(argument, Lookup) and argument.attribute:
            continue  # its rows stand under a name of their own
        text = (
            argument.value if isinstance(argument, Constant) else argument.path if isinstance(argument, Lookup) else ""
        )
        if isinstance(text, str) and text:
            parts = text.split("__")
            paths.extend(".".join(parts[: n + 1]) for n in range(len(parts)))
        elif not isinstance(argument, Constant):
            paths.append("*")  # a path that only runs know: assume that it loads what is asked
    return paths


def _spread(arguments: tuple[Value, ...]) -> list[Value]:
    flat: list[Value] = []
    for argument in arguments:
        if isinstance(argument, Record):
            flat.extend(argument.items)
        elif isinstance(argument, Collection):
            flat.append(argument.element)
        else:
            flat.append(argument)
    return flat


def _select_related(call: Invocation) -> Value:
    """`select_related("author__publisher")`; without names it follows every non-null foreign key."""
    paths = _paths(call)
    if not call.arguments and not call.keywords:
        paths = ["*"]
    if call.arguments and isinstance(call.arguments[0], Constant) and call.arguments[0].value is None:
        return _change_row(_queryset(call), lambda row: changed(row, loads=frozenset()))
    query = _change_row(_queryset(call), lambda row: changed(row, loads=row.loads | frozenset(paths)))
    return changed(query, narrowed=True, adorned=True) if isinstance(query, Query) else query


def _prefetch_related(call: Invocation) -> Value:
    """`prefetch_related("books", Prefetch("tags", queryset=…, to_attr="all_tags"))`"""
    paths = _paths(call)
    for argument in _spread(call.arguments):
        if isinstance(argument, Lookup):
            inner = argument.element
            if isinstance(inner, Row):
                paths.extend(f"{argument.path.replace('__', '.')}.{below}" for below in inner.loads)
            if argument.attribute:
                paths.append(f"={argument.attribute}")
    query = _change_row(_queryset(call), lambda row: changed(row, loads=row.loads | frozenset(paths)))
    return changed(query, adorned=True) if isinstance(query, Query) else query


def _prefetched_rows(call: Invocation) -> Value:
    """`prefetch_related_objects(books, "author")` fills the rows of a list in place."""
    rows = call.argument(0)
    paths = frozenset(_paths(changed(call, arguments=call.arguments[1:])))
    if isinstance(rows, Collection) and isinstance(rows.element, Row):
        return changed(rows, element=changed(rows.element, loads=rows.element.loads | paths))
    if isinstance(rows, Query) and isinstance(rows.element, Row):
        return changed(rows, element=changed(rows.element, loads=rows.element.loads | paths))
    return rows


def _locked(call: Invocation) -> Value:
    query = _narrowed(call)
    return changed(query, adorned=True) if isinstance(query, Query) else query


def _prefetch(call: Invocation) -> Value:
    queryset = first_of(call.argument(1, "queryset"), Query)
    element = queryset.element if isinstance(queryset, Query) else UNKNOWN
    return Lookup(call.text(0, "lookup"), element, call.text(2, "to_attr"))


def _only(call: Invocation) -> Value:
    names = [
        text.value for text in _spread(call.arguments) if isinstance(text, Constant) and isinstance(text.value, str)
    ]
    if len(names) != len(_spread(call.arguments)):
        return _queryset(call)
    kept = frozenset({"*"} | {f"+{name.replace('__', '.')}" for name in names})
    return _change_row(_queryset(call), lambda row: changed(row, deferred=kept))


def _defer(call: Invocation) -> Value:
    names = frozenset(
        text.value.replace("__", ".")
        for text in _spread(call.arguments)
        if isinstance(text, Constant) and isinstance(text.value, str)
    )
    return _change_row(_queryset(call), lambda row: changed(row, deferred=row.deferred | names))


def _values(call: Invocation) -> Value:
    query = _queryset(call)
    return changed(query, element=UNKNOWN, narrowed=True) if isinstance(query, Query) else query


def _none(call: Invocation) -> Value:
    return UNKNOWN  # `.none()` never queries


def _get_queryset(call: Invocation) -> Value:
    return _queryset(call)


def _created(call: Invocation) -> Value:
    query = call.receiver
    if isinstance(query, Query) and isinstance(query.element, Row):
        return changed(query.element, fresh=True, loads=frozenset({"*"}))
    return UNKNOWN


def _created_pair(call: Invocation) -> Value:
    query = call.receiver
    row = query.element if isinstance(query, Query) else UNKNOWN
    return Record((row, UNKNOWN))


def _in_bulk(call: Invocation) -> Value:
    query = call.receiver
    return Dictionary(UNKNOWN, query.element) if isinstance(query, Query) else UNKNOWN


def _get_object_or_404(call: Invocation) -> Value:
    source = first_of(call.argument(0), Query, Class, External)
    if isinstance(source, Query):
        return source.element
    if isinstance(source, Class):
        return Row(source.name)
    return UNKNOWN


def _get_list_or_404(call: Invocation) -> Value:
    row = _get_object_or_404(call)
    return Collection(row) if row is not UNKNOWN else UNKNOWN


def _get_model(call: Invocation) -> Value:
    """`apps.get_model("shop", "Book")`, `apps.get_model("shop.Book")`"""
    app, name = call.text(0, "app_label"), call.text(1, "model_name")
    model = call.model(f"{app}.{name}" if name else app)
    return Class(model.name) if model is not None else UNKNOWN


LAZY = "using reverse annotate alias extra dates datetimes"
NARROWING = "filter exclude order_by distinct union intersection difference complex_filter"
BULK = "`bulk_create`"


def _query_methods() -> tuple[Method, ...]:
    return (
        Method("all", returns=_queryset, keeps_prefetch=True),
        Method("select_for_update", returns=_locked),
        *methods(LAZY, returns=_narrowed),
        *methods(NARROWING, returns=_narrowed),
        Method("get_queryset", returns=_get_queryset, keeps_prefetch=True),
        Method("select_related", returns=_select_related),
        Method("prefetch_related", returns=_prefetch_related),
        Method("only", returns=_only),
        Method("defer", returns=_defer),
        *methods("values values_list", returns=_values),
        Method("iterator", returns=_narrowed),
        Method("aiterator", returns=_narrowed),
        Method("none", returns=_none),
        *_both("get", READ, "row", IN_BULK, conditions=_narrowed),
        *_both("first last earliest latest", READ, "row", IN_BULK),
        *_both("count", COUNT, "unknown", "one query with `values(…).annotate(Count(…))`, or an annotation", True),
        *_both("exists", EXISTS, "unknown", "one query for the keys that exist, before the loop", True),
        *_both("contains", EXISTS, "unknown", "one query for the keys that exist, before the loop", True),
        *_both("aggregate", RoundTrip("aggregate"), "unknown", "one query with `values(…).annotate(…)`"),
        *_both("in_bulk", READ, _in_bulk, ""),
        *_both("create", RoundTrip("insert"), _created, BULK),
        *_both("get_or_create", RoundTrip("save"), _created_pair, "one query for what exists, then `bulk_create`"),
        *_both("update_or_create", RoundTrip("save"), _created_pair, "`bulk_create(update_conflicts=True)`"),
        *_both("update", RoundTrip("update"), "unknown", "`bulk_update`, or one `update` for all rows"),
        *_both("delete", RoundTrip("delete"), "unknown", "one `filter(pk__in=…).delete()`"),
        *_both("bulk_create", RoundTrip("insert"), "unknown", "one `bulk_create` after the loop"),
        *_both("bulk_update", RoundTrip("update"), "unknown", "one `bulk_update` after the loop"),
        *_both("add", RoundTrip("insert"), "nothing", "`add(*objects)` once"),
        *_both("remove", RoundTrip("delete"), "nothing", "`remove(*objects)` once"),
        *_both("set", RoundTrip("update"), "nothing", ""),
        *_both("clear", RoundTrip("delete"), "nothing", ""),
    )


def _both(
    names: str,
    does: RoundTrip,
    returns: str | Hook,
    batch: str,
    keeps_prefetch: bool = False,
    conditions: Hook | None = None,
) -> list[Method]:
    """`get` and its coroutine twin `aget`."""
    rows: list[Method] = []
    for name in names.split():
        plain = Method(name, does, returns, batch, keeps_prefetch, conditions=conditions)
        rows.extend((plain, changed(plain, name=f"a{name}", awaited=True)))
    return rows


QUERYSET_TYPE = Type(
    QUERYSET,
    _query_methods(),
    aka=("django.db.models.query.QuerySet",),
    iterates=READ,
    keeps_rows=True,
)
MANAGER_TYPE = Type(
    MANAGER,
    _query_methods(),
    aka=(
        "django.db.models.manager.Manager",
        "django.db.models.manager.BaseManager",
        "django.contrib.auth.models.UserManager",
        "django.contrib.auth.models.BaseUserManager",
        "django.contrib.auth.base_user.BaseUserManager",
        "polymorphic.managers.PolymorphicManager",
        "model_utils.managers.InheritanceManager",
    ),
    iterates=None,
)
ROW_TYPE = Type(
    ROW,
    (
        *_both("save", RoundTrip("save"), "nothing", "`bulk_update` or `bulk_create`"),
        *_both("delete", RoundTrip("delete"), "nothing", "one `filter(pk__in=…).delete()`"),
        *_both("refresh_from_db", RoundTrip("refresh"), "nothing", "one query for all rows"),
        *methods("full_clean clean_fields", returns="nothing"),
    ),
    aka=("django.db.models.base.Model",),
)
CURSOR_TYPE = Type(
    CURSOR,
    (
        Method("execute", RoundTrip("execute"), "unknown", "one statement for all keys, or `executemany`"),
        Method("executemany", RoundTrip("execute"), "unknown"),
        *methods("fetchone fetchall fetchmany", returns="unknown"),
    ),
)
CONNECTION_TYPE = Type("django.db.connection", (Method("cursor", returns=f"handle:{CURSOR}"),))

FUNCTIONS = (
    Method("django.db.models.Prefetch", returns=_prefetch),
    Method("django.db.models.query.Prefetch", returns=_prefetch),
    Method("django.shortcuts.get_object_or_404", READ, _get_object_or_404, IN_BULK),
    Method("django.shortcuts.aget_object_or_404", READ, _get_object_or_404, IN_BULK, awaited=True),
    Method("django.shortcuts.get_list_or_404", READ, _get_list_or_404, IN_BULK),
    Method("rest_framework.generics.get_object_or_404", READ, _get_object_or_404, IN_BULK),
    Method("django.db.models.prefetch_related_objects", returns=_prefetched_rows, rebinds=True),
    Method("django.apps.apps.get_model", returns=_get_model),
    Method("django.apps.registry.apps.get_model", returns=_get_model),
    Method("django.contrib.auth.get_user_model", returns="model:django.contrib.auth.models.User"),
    Method("django.db.models.Count", returns=lambda call: Scalar("count")),
    Method("django.db.models.Sum", returns=lambda call: Scalar("aggregate")),
)


# --- how models are written


def _forward(field: FieldCall) -> Relationship | None:
    """`author = models.ForeignKey("Author", related_name="books", on_delete=…)`"""
    target = _target(field)
    if not target:
        return None
    return Relationship(field.name, target, False, column=f"{field.name}_id", reverse_name=_related_name(field))


def _one_to_one(field: FieldCall) -> Relationship | None:
    target = _target(field)
    if not target:
        return None
    reverse = _related_name(field) or "{model}"
    return Relationship(field.name, target, False, column=f"{field.name}_id", reverse_name=f"1:{reverse}")


def _many_to_many(field: FieldCall) -> Relationship | None:
    target = _target(field)
    if not target:
        return None
    return Relationship(field.name, target, True, access="query", reverse_name=_related_name(field), query_type=MANAGER)


def _generic(field: FieldCall) -> Relationship | None:
    """`target = GenericForeignKey()`: the model differs from row to row."""
    return Relationship(field.name, "?", False)


def _generic_relation(field: FieldCall) -> Relationship | None:
    target = _target(field)
    return (
        Relationship(field.name, target, True, access="query", reverse_name="+", query_type=MANAGER) if target else None
    )


def _target(field: FieldCall) -> str:
    argument = field.arguments[0] if field.arguments else field.keywords.get("to")
    if isinstance(argument, Named):
        return "django.contrib.auth.models.User" if argument.name.endswith("AUTH_USER_MODEL") else argument.name
    return argument if isinstance(argument, str) else ""


def _related_name(field: FieldCall) -> str:
    name = field.keywords.get("related_name")
    return name if isinstance(name, str) else ""


def _plain_column(field: FieldCall) -> Column:
    return Column(field.name, primary_key=field.keywords.get("primary_key") is True)


RELATED = {
    "ForeignKey": _forward,
    "OneToOneField": _one_to_one,
    "ManyToManyField": _many_to_many,
}

SHAPE = Shape(
    bases=(
        "django.db.models.Model",
        "django.db.models.base.Model",
        "django.contrib.auth.models.AbstractUser",
        "django.contrib.auth.models.AbstractBaseUser",
        "django.contrib.auth.models.User",
        "django.contrib.auth.models.Group",
        "django.contrib.auth.base_user.AbstractBaseUser",
        "django.contrib.gis.db.models.Model",
        "model_utils.models.TimeStampedModel",
        "django_extensions.db.models.TimeStampedModel",
        "mptt.models.MPTTModel",
        "polymorphic.models.PolymorphicModel",
        "treebeard.mp_tree.MP_Node",
        "wagtail.models.Page",
    ),
    row_type=ROW,
    fields={
        **{f"django.db.models.{name}": reader for name, reader in RELATED.items()},
        **{f"django.db.models.fields.related.{name}": reader for name, reader in RELATED.items()},
        **{f"django.contrib.gis.db.models.{name}": reader for name, reader in RELATED.items()},
        "mptt.models.TreeForeignKey": _forward,
        "mptt.fields.TreeForeignKey": _forward,
        "modelcluster.fields.ParentalKey": _forward,
        "modelcluster.fields.ParentalManyToManyField": _many_to_many,
        "django.contrib.contenttypes.fields.GenericForeignKey": _generic,
        "django.contrib.contenttypes.fields.GenericRelation": _generic_relation,
        "django.contrib.contenttypes.generic.GenericForeignKey": _generic,
        "django.db.models.*": _plain_column,
    },
    reverse_access="query",
    default_reverse="{model}_set",
    reverse_query_type=MANAGER,
    managers={"objects": MANAGER, "_default_manager": MANAGER, "_base_manager": MANAGER},
    manager_type=MANAGER,
    async_error="SynchronousOnlyOperation",
    swaps={
        "django.contrib.auth.models.User": (
            "django.contrib.auth.models.AbstractUser",
            "django.contrib.auth.models.AbstractBaseUser",
            "django.contrib.auth.base_user.AbstractBaseUser",
        )
    },
)

USER = "django.contrib.auth.models.User"


def _links(*links: Relationship) -> dict[str, Relationship]:
    return {link.name: link for link in links}


def _many(name: str, target: str) -> Relationship:
    return Relationship(name, target, True, access="query", query_type=MANAGER)


def _columns(names: str) -> dict[str, Column]:
    return {name: Column(name) for name in names.split()}


CONTENT_TYPE = "django.contrib.contenttypes.models.ContentType"
USER_COLUMNS = "username first_name last_name email is_staff is_active is_superuser date_joined last_login password"
USER_LINKS = _links(
    _many("groups", "django.contrib.auth.models.Group"),
    _many("user_permissions", "django.contrib.auth.models.Permission"),
)

# the models that Django brings, with the abstract ones that a project's user extends
MODELS = (
    Model(USER, ROW, columns=_columns(USER_COLUMNS), relationships=USER_LINKS),
    Model("django.contrib.auth.models.AbstractUser", ROW, columns=_columns(USER_COLUMNS), relationships=USER_LINKS),
    Model("django.contrib.auth.models.PermissionsMixin", ROW, relationships=USER_LINKS),
    Model(
        "django.contrib.auth.models.Group",
        ROW,
        columns=_columns("name"),
        relationships=_links(_many("permissions", "django.contrib.auth.models.Permission"), _many("user_set", USER)),
    ),
    Model(
        "django.contrib.auth.models.Permission",
        ROW,
        columns=_columns("name codename content_type_id"),
        relationships=_links(Relationship("content_type", CONTENT_TYPE, False, column="content_type_id")),
    ),
    Model(CONTENT_TYPE, ROW, columns=_columns("app_label model")),
)

LIBRARY = Library(
    "django",
    (
        "django",
        "rest_framework",
        "mptt",
        "modelcluster",
        "polymorphic",
        "model_utils",
        "django_extensions",
        "treebeard",
        "wagtail",
    ),
    (QUERYSET_TYPE, MANAGER_TYPE, ROW_TYPE, CURSOR_TYPE, CONNECTION_TYPE),
    FUNCTIONS,
    (SHAPE,),
    MODELS,
    {"request.user": USER},
)
