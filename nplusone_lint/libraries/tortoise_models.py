"""How Tortoise's models are written: fields, foreign keys, and the attributes that they give the other side.

A foreign key gives the other model `related_name`, else `books`; the other side may declare it for its readers
(`books: fields.ReverseRelation["Book"]`), which adds nothing.

https://tortoise.github.io/models.html
https://tortoise.github.io/fields.html#relational-fields
"""

from __future__ import annotations

from nplusone_lint.libraries.figures import PresenceForm
from nplusone_lint.libraries.vocabulary import EagerForm, FieldCall, Named, Shape
from nplusone_lint.libraries.writing import Writing
from nplusone_lint.roundtrip import Column, Relationship

SINGLE = "tortoise.queryset.QuerySetSingle"
RELATION = "tortoise.fields.relational.ReverseRelation"
MANY = "tortoise.fields.relational.ManyToManyRelation"
ROW = "tortoise.models.Model"


def _foreign_key(field: FieldCall) -> Relationship | None:
    """`author = fields.ForeignKeyField("models.Author", related_name="books")`"""
    return _forward(field, _related_name(field))


def _one_to_one(field: FieldCall) -> Relationship | None:
    """`owner = fields.OneToOneField("models.User", related_name="profile")`"""
    return _forward(field, f"1:{_related_name(field) or '{model}s'}")


def _forward(field: FieldCall, reverse_name: str) -> Relationship | None:
    target = _target(field)
    if not target:
        return None
    to_field = field.keywords.get("to_field")
    return Relationship(
        field.name,
        target,
        False,
        access="awaited",
        column=f"{field.name}_id",
        reverse_name=reverse_name,
        query_type=SINGLE,
        optional=field.keywords.get("null") is True,
        unchecked=field.keywords.get("db_constraint") is False,
        holds=to_field if isinstance(to_field, str) else "" if to_field is None else "?",
    )


def _many_to_many(field: FieldCall) -> Relationship | None:
    """`tags = fields.ManyToManyField("models.Tag", related_name="books")`"""
    target = _target(field)
    if not target:
        return None
    return Relationship(
        field.name, target, True, access="query", reverse_name=_related_name(field), query_type=MANY, through=True
    )


def _target(field: FieldCall) -> str:
    argument = field.arguments[0] if field.arguments else field.keywords.get("to", field.keywords.get("model_name"))
    name = argument.name if isinstance(argument, Named) else argument
    return name if isinstance(name, str) else ""


def _related_name(field: FieldCall) -> str:
    name = field.keywords.get("related_name")
    return "+" if name is False else name if isinstance(name, str) else ""


def _column(field: FieldCall) -> Column:
    """`title = fields.CharField(max_length=80)`"""
    return Column(field.name, primary_key=True in (field.keywords.get("primary_key"), field.keywords.get("pk")))


PACKAGES = ("tortoise.fields", "tortoise.fields.relational")

EAGER = EagerForm(
    "lookups",
    "select_related",  # Book.all().select_related("author__publisher")
    "prefetch_related",  # Author.all().prefetch_related("books")
    whole="all",
    refused=("values", "values_list", "raw", "only", "in_bulk"),
)
"""https://tortoise.github.io/query.html#prefetching"""

PRESENCE = PresenceForm(
    "`exists()`",
    asks={"count": "exists"},  # await Book.filter(author=author).exists()
    conditions=("filter", "exclude"),
    one={"first": "exists", "get_or_none": ""},
    raises=("get",),
    refused=("select_for_update", "group_by", "raw"),
    tried=False,
)
"""https://tortoise.github.io/query.html#tortoise.queryset.QuerySet.exists"""

SHAPE = Shape(
    bases=("tortoise.models.Model", "tortoise.Model"),  # class Book(Model)
    row_type=ROW,
    fields={
        **{f"{package}.ForeignKeyField": _foreign_key for package in PACKAGES},
        **{f"{package}.OneToOneField": _one_to_one for package in PACKAGES},
        **{f"{package}.ManyToManyField": _many_to_many for package in PACKAGES},
        "tortoise.fields.*": _column,
        "tortoise.fields.data.*": _column,
    },
    reverse_access="query",
    default_reverse="{model}s",
    reverse_query_type=RELATION,
    reverse_wrappers=("ReverseRelation", "ManyToManyRelation", "OneToOneRelation", "BackwardOneToOneRelation"),
    eager=EAGER,
    implied_key="id",
    presence=PRESENCE,
    # "Bulk insert does not call signals or save()"; generated keys are not set
    writing=Writing(
        hooks={"row": ("save", "create")},
        signals={"row": ("pre_save", "post_save")},
        bases=("tortoise.models.Model", "tortoise.Model"),
        fields=("tortoise.*", "builtins.*"),
    ),
)
