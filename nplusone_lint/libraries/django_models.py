"""How Django's models are written, and the models that Django brings itself: users, groups, permissions.

A foreign key gives the other model an attribute of its own: `related_name`, else `book_set`. Both it and a
many-to-many field give a manager, so a query; only the forward side of a foreign key gives a row.

https://docs.djangoproject.com/en/stable/ref/models/fields/#module-django.db.models.fields.related
https://docs.djangoproject.com/en/stable/ref/contrib/auth/
"""

from __future__ import annotations

from dataclasses import replace

from nplusone_lint.bulk import KeyedForm
from nplusone_lint.libraries.django_figures import FIGURES, ORDER, PRESENCE
from nplusone_lint.libraries.django_indexes import INDEXING
from nplusone_lint.libraries.vocabulary import EagerForm, FieldCall, Named, RelationForm, Shape
from nplusone_lint.libraries.widths import is_wide
from nplusone_lint.libraries.writing import Writing
from nplusone_lint.roundtrip import Column, Kind, Model, Relationship

MANAGER = "django.db.models.Manager"
ROW = "django.db.models.Model"

USER = "django.contrib.auth.models.User"
ABSTRACT_USER = "django.contrib.auth.models.AbstractUser"
PERMISSIONS = "django.contrib.auth.models.PermissionsMixin"
GROUP = "django.contrib.auth.models.Group"
PERMISSION = "django.contrib.auth.models.Permission"
CONTENT_TYPE = "django.contrib.contenttypes.models.ContentType"


# --- fields


def _foreign_key(field: FieldCall) -> Relationship | None:
    """`author = models.ForeignKey("Author", related_name="books", on_delete=…)`"""
    return _forward(field, _related_name(field))


def _one_to_one(field: FieldCall) -> Relationship | None:
    """`owner = models.OneToOneField(User, on_delete=…)`: the other side gives a row too."""
    forward = _forward(field, f"1:{_related_name(field) or '{model}'}")
    return replace(forward, unique=True) if forward is not None else None


def _forward(field: FieldCall, reverse_name: str) -> Relationship | None:
    target = _target(field)
    if not target:
        return None
    to_field = field.keywords.get("to_field")
    return Relationship(
        field.name,
        target,
        False,
        column=f"{field.name}_id",
        reverse_name=reverse_name,
        unchecked=field.keywords.get("db_constraint") is False,
        primary=field.keywords.get("primary_key") is True,
        unique=field.keywords.get("unique") is True,
        optional=field.keywords.get("null") is True,
        holds=to_field if isinstance(to_field, str) else "" if to_field is None else "?",
    )


def _many_to_many(field: FieldCall) -> Relationship | None:
    """`tags = models.ManyToManyField("Tag", related_name="books")`"""
    target = _target(field)
    return _many(field.name, target, _related_name(field), through=True) if target else None


def _generic_relation(field: FieldCall) -> Relationship | None:
    """`notes = GenericRelation("Note")`: the other side gets no attribute."""
    target = _target(field)
    return _many(field.name, target, "+") if target else None


def _generic(field: FieldCall) -> Relationship:
    """`target = GenericForeignKey()`: the model differs from row to row."""
    return Relationship(field.name, "?", False)


def _many(name: str, target: str, reverse_name: str = "", *, through: bool = False) -> Relationship:
    """A relationship whose attribute is a manager."""
    return Relationship(
        name, target, True, access="query", reverse_name=reverse_name, query_type=MANAGER, through=through
    )


def _target(field: FieldCall) -> str:
    """`ForeignKey(Author)`, `ForeignKey(to="shop.Author")`, `ForeignKey(get_user_model())`"""
    argument = field.arguments[0] if field.arguments else field.keywords.get("to")
    if isinstance(argument, FieldCall):
        return USER if argument.constructor.endswith("get_user_model") else ""
    if isinstance(argument, Named):
        # settings.AUTH_USER_MODEL
        return USER if argument.name.endswith("AUTH_USER_MODEL") else argument.name
    return argument if isinstance(argument, str) else ""


def _related_name(field: FieldCall) -> str:
    name = field.keywords.get("related_name")
    return name if isinstance(name, str) else ""


def _column(field: FieldCall) -> Column:
    """`title = models.CharField(max_length=80)`"""
    primary = field.keywords.get("primary_key") is True
    unique = primary or field.keywords.get("unique") is True
    return Column(
        field.name,
        primary_key=primary,
        kind=KINDS.get(field.constructor.rpartition(".")[2], ""),
        unique=unique,
        nullable=field.keywords.get("null") is True,
        indexed=field.keywords.get("db_index") is True or field.constructor.endswith("SlugField"),
        few="choices" in field.keywords,
        folds="db_collation" in field.keywords or field.constructor.rpartition(".")[2].startswith("CI"),
        wide=is_wide(field),
    )


KINDS: dict[str, Kind] = {
    **dict.fromkeys(("AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField"), "int"),
    **dict.fromkeys(("SmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField"), "int"),
    **dict.fromkeys(("PositiveSmallIntegerField",), "int"),
    **dict.fromkeys(("CharField", "TextField", "SlugField", "URLField", "EmailField"), "text"),
    "BooleanField": "bool",
    "UUIDField": "uuid",
    "DecimalField": "decimal",
    "FloatField": "float",
    "DateField": "date",
    "DateTimeField": "datetime",
    "TimeField": "time",
    "BinaryField": "bytes",
    "JSONField": "json",
}
"""What the fields hold in Python: https://docs.djangoproject.com/en/stable/ref/models/fields/#field-types"""


# --- classes

RELATED = {
    "ForeignKey": _foreign_key,
    "OneToOneField": _one_to_one,
    "ManyToManyField": _many_to_many,
}
ABSTRACT_USERS = (
    ABSTRACT_USER,
    "django.contrib.auth.models.AbstractBaseUser",
    "django.contrib.auth.base_user.AbstractBaseUser",
)

EAGER = EagerForm(
    "lookups",
    "select_related",  # Book.objects.select_related("author__publisher")
    "prefetch_related",  # Author.objects.prefetch_related("books")
    ends=(
        "get", "first", "last", "earliest", "latest", "aget", "afirst", "alast", "aearliest", "alatest", "iterator",
        "aiterator", "in_bulk", "ain_bulk", "all",
    ),
    alone=(
        "get", "first", "last", "earliest", "latest", "aget", "afirst", "alast", "aearliest", "alatest",
        "get_object_or_404", "aget_object_or_404",
    ),
    functions=("get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"),
    separate=("select_for_update",),
    refused=("values", "values_list", "raw", "union", "intersection", "difference", "only", "defer", "dates"),
    streams=("iterator", "aiterator"),
    whole="all",
    manager="objects",
    unless=("Meta.base_manager_name",),
)  # fmt: skip
"""https://docs.djangoproject.com/en/stable/ref/models/querysets/#select-related"""

SAVED = ("save", "save_base", "asave", "_do_insert", "full_clean", "clean", "clean_fields")
MODEL_BASES = (
    "django.db.models.Model", "django.db.models.base.Model", ABSTRACT_USER, PERMISSIONS,
    "django.contrib.auth.models.AbstractBaseUser", "django.contrib.auth.base_user.AbstractBaseUser",
    "model_utils.models.TimeStampedModel", "django_extensions.db.models.TimeStampedModel",
)  # fmt: skip

WRITING = Writing(
    manager="objects",
    # of `bulk_create` and `bulk_update`: "The model's save() method will not be called"; of QuerySet.delete()
    # likewise, but it sends the signals
    hooks={"row": SAVED, "saved": SAVED, "removed": ("delete", "adelete")},
    signals={
        "row": ("pre_save", "post_save"),
        "saved": ("pre_save", "post_save"),
        "objects": ("m2m_changed", "pre_save", "post_save"),
    },
    receivers=("django.dispatch.receiver", "django.dispatch.dispatcher.receiver"),
    bases=MODEL_BASES,
    fields=(
        "django.db.models.*", "django.contrib.gis.db.models.*", "django.contrib.postgres.*", "django.utils.*",
        "django.contrib.contenttypes.fields.*", "django.contrib.contenttypes.generic.*", "model_utils.Choices",
        "builtins.*",
    ),
    stamps=("auto_now",),
    files=("FileField", "ImageField"),
    narrowing=("filter", "exclude", "all", "order_by"),
    atomic=("django.db.transaction.atomic", "django.db.transaction.commit_on_success"),
    listening=(
        "simple_history", "auditlog", "reversion", "easyaudit", "haystack", "cacheops", "cachalot", "pghistory",
        "django_elasticsearch_dsl", "algoliasearch_django", "actstream", "field_history", "watson",
    ),
)  # fmt: skip
"""https://docs.djangoproject.com/en/stable/ref/models/querysets/#bulk-create"""
KEYED = KeyedForm(
    "lookups",
    conditions=("filter", "get", "aget"),  # Book.objects.filter(id=key)
    keywords=("filter", "get", "aget"),
    bears=("exclude", "select_related", "prefetch_related", "all", "annotate"),
    orders=("order_by",),
    maybe=("first", "last", "afirst", "alast"),
    surely=("get", "aget"),
    in_bulk="in_bulk",
    asynchronous="a",
    missing="{model}.DoesNotExist",
    missing_text="{model} matching query does not exist.",
)
"""https://docs.djangoproject.com/en/stable/ref/models/querysets/#in-bulk"""

SHAPE = Shape(
    loaded="{}.all()",
    # book.reviews.filter(stars__gt=3).order_by("-stars").first()
    relation=RelationForm(
        loaded="all",
        keeps="filter",
        drops="exclude",
        sorts="order_by",
        columns="values_list",
        flat="flat",
        counts="count",
        asks="exists",
        first="first",
        tests={"exact": "==", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="},
        narrowed="Prefetch",
    ),
    gives_or_raises=("get", "aget", "create", "acreate", "latest", "earliest", "get_object_or_404"),
    bases=(
        "django.db.models.Model",  # class Book(models.Model)
        "django.db.models.base.Model",
        *ABSTRACT_USERS,  # class Customer(AbstractUser)
        USER,
        GROUP,
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
        "mptt.models.TreeForeignKey": _foreign_key,
        "mptt.fields.TreeForeignKey": _foreign_key,
        "modelcluster.fields.ParentalKey": _foreign_key,
        "modelcluster.fields.ParentalManyToManyField": _many_to_many,
        "django.contrib.contenttypes.fields.GenericForeignKey": _generic,
        "django.contrib.contenttypes.fields.GenericRelation": _generic_relation,
        "django.contrib.contenttypes.generic.GenericForeignKey": _generic,
        "django.db.models.*": _column,
        "django.contrib.gis.db.models.*": _column,
        "django.contrib.postgres.fields.*": _column,
        "*ForeignKey": _foreign_key,  # of other packages
        "*.OneToOneField": RELATED["OneToOneField"],
        "*.ManyToManyField": _many_to_many,
    },
    reverse_access="query",
    default_reverse="{model}_set",
    reverse_query_type=MANAGER,
    managers={"objects": MANAGER, "_default_manager": MANAGER, "_base_manager": MANAGER},
    manager_type=MANAGER,
    default_manager="_default_manager",
    foreign_manager="objects",
    manager_makers=("as_manager", "from_queryset"),
    manager_words=("Manager", "QuerySet"),
    async_error="SynchronousOnlyOperation",
    new_flags=("_state.adding",),
    ordering=("Meta", "ordering"),
    proxy=("Meta", "proxy"),
    eager=EAGER,
    figures=FIGURES,
    presence=PRESENCE,
    order=ORDER,
    writing=WRITING,
    keyed=KEYED,
    implied_key="id",
    indexing=INDEXING,
    swaps={USER: ABSTRACT_USERS},  # AUTH_USER_MODEL = "shop.Customer"
)


# --- Django's own models, with the abstract ones that a project's user extends


def _links(*links: Relationship) -> dict[str, Relationship]:
    return {link.name: link for link in links}


def _columns(names: str) -> dict[str, Column]:
    return {name: Column(name) for name in names.split()}


USER_COLUMNS = {
    "username": Column("username", unique=True),
    **_columns("first_name last_name email is_staff is_active is_superuser date_joined last_login password"),
}
USER_LINKS = _links(_many("groups", GROUP), _many("user_permissions", PERMISSION))

MODELS = (
    Model(USER, ROW, columns=USER_COLUMNS, relationships=USER_LINKS),
    Model(ABSTRACT_USER, ROW, columns=USER_COLUMNS, relationships=USER_LINKS),
    Model(PERMISSIONS, ROW, relationships=USER_LINKS),
    Model(
        GROUP,
        ROW,
        columns={"name": Column("name", unique=True)},
        relationships=_links(_many("permissions", PERMISSION), _many("user_set", USER)),
    ),
    Model(
        PERMISSION,
        ROW,
        columns=_columns("name codename content_type_id"),
        relationships=_links(Relationship("content_type", CONTENT_TYPE, False, column="content_type_id")),
    ),
    Model(CONTENT_TYPE, ROW, columns=_columns("app_label model")),
)
