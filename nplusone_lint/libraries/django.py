"""Django's ORM, sync and async (4.2 to 6.1): managers, QuerySets, related managers, model instances.

A QuerySet is lazy: it queries when it is iterated (once, then it keeps the rows) and at every terminal method.
There is no identity map: a foreign key is loaded on first touch of each instance, also when all rows share one
target. A prefetched relation serves `all count exists contains` and iteration; any other method queries again.

https://docs.djangoproject.com/en/stable/ref/models/querysets/
https://docs.djangoproject.com/en/stable/ref/models/relations/
https://docs.djangoproject.com/en/stable/ref/models/instances/
"""

from __future__ import annotations

from collections.abc import Callable

from nplusone_lint.libraries.dbapi import cursor_methods
from nplusone_lint.libraries.django_cache import CACHE_TYPE, CACHES_TYPE
from nplusone_lint.libraries.django_loading import (
    defer,
    fetch_mode,
    only,
    prefetch,
    prefetch_related,
    prefetched_rows,
    select_related,
)
from nplusone_lint.libraries.django_models import MANAGER, MODELS, ROW, SHAPE, USER
from nplusone_lint.libraries.django_querysets import (
    QUERYSET,
    RAW,
    added,
    awaited_object_or_404,
    awaited_row,
    bulk_created,
    constructed,
    counted,
    created,
    created_pair,
    demanded,
    distinct,
    excluded,
    filtered,
    gone_through,
    in_bulk,
    is_ordered,
    list_or_404,
    locked,
    model_of,
    named_model,
    narrowed,
    object_or_404,
    ordered,
    queryset,
    raw,
    reloaded,
    summed,
    unless_remembered,
    values,
)
from nplusone_lint.libraries.django_streams import STREAM
from nplusone_lint.libraries.vocabulary import Bulk, Hook, Invocation, Library, Method, Since, TripHook, Type, methods
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import changed

CURSOR = "django.db.backends.utils.CursorWrapper"
CONNECTION = "django.db.connection"

READ = RoundTrip("select")
COUNT = RoundTrip("count")
EXISTS = RoundTrip("exists")
INSERT = RoundTrip("insert")
UPDATE = RoundTrip("update")
DELETE = RoundTrip("delete")
SAVE = RoundTrip("save")

IN_BULK = "`in_bulk` or one `filter(pk__in=…)` before the loop"
ONE_GROUP = "one query with `values(…).annotate(…)`"
ONE_COUNT = "one query with `values(…).annotate(Count(…))`, or an annotation"
ONE_EXISTS = "one query for the keys that exist, before the loop"
ONE_LOOK = "one query for what exists, then `bulk_create`"
ONE_PREFETCH = "one `prefetch_related_objects` for all rows, before the loop"
ONE_DELETE = "one `filter(pk__in=…).delete()`"


# --- managers and QuerySets


def _both(
    names: str,
    does: RoundTrip | TripHook,
    returns: str | Hook = "unknown",
    batch: Bulk = "",
    *,
    keeps_prefetch: bool | Callable[[Invocation], bool] = False,
    rebinds: bool = False,
    conditions: Hook | None = None,
    bulk: BulkForm | None = None,
) -> list[Method]:
    """`get` and its coroutine twin `aget`."""
    rows: list[Method] = []
    for name in names.split():
        plain = Method(name, does, returns, batch, keeps_prefetch, rebinds=rebinds, conditions=conditions, bulk=bulk)
        given = awaited_row if returns == "row" else returns
        rows.extend((plain, changed(plain, name=f"a{name}", awaited=True, returns=given, bulk=_awaited(bulk))))
    return rows


def _awaited(bulk: BulkForm | None) -> BulkForm | None:
    """`await Book.objects.abulk_create(books)`"""
    if bulk is None:
        return None
    return changed(bulk, method=f"a{bulk.method}", update=f"a{bulk.update}" if bulk.update else "")


UPSERT = Since(
    "django", "4.1", "`bulk_create(update_conflicts=True)`", "one query before the loop for the rows that exist"
)
REDUCING = "union intersection difference extra dates datetimes"
"""Links after which a row may be no row of the table any more."""

QUERY_METHODS = (
    *methods("all get_queryset", returns=queryset, keeps_prefetch=True),  # Book.objects.all()
    # after the following a prefetch no longer serves the rows
    *methods("filter complex_filter", returns=filtered, shapes="filtered"),  # Book.objects.filter(sold=True)
    Method("exclude", returns=excluded, shapes="filtered"),  # Book.objects.exclude(sold=True)
    *methods("order_by reverse", returns=narrowed, shapes=ordered),  # Book.objects.order_by("title")
    *methods(REDUCING, returns=narrowed, shapes="reduced"),  # Book.objects.union(others)
    Method("distinct", returns=distinct, shapes="reduced"),  # Book.objects.distinct()
    *methods("annotate alias using", returns=narrowed),  # Book.objects.annotate(reviews=Count("reviews"))
    *methods("iterator aiterator", returns=narrowed, shapes="streamed"),  # Book.objects.iterator()
    Method("select_for_update", returns=locked, shapes="adorned"),  # Book.objects.select_for_update()
    Method("select_related", returns=select_related, loads=True),  # Book.objects.select_related("author__publisher")
    Method("prefetch_related", returns=prefetch_related, loads=True),  # Author.objects.prefetch_related("books")
    Method("fetch_mode", returns=fetch_mode),  # Book.objects.fetch_mode(FETCH_PEERS)
    Method("only", returns=only),  # Book.objects.only("title")
    Method("defer", returns=defer),  # Book.objects.defer("text")
    *methods("values values_list", returns=values),  # Book.objects.values_list("title", flat=True)
    Method("raw", returns=raw),  # Book.objects.raw("SELECT * FROM book")
    Method("none"),  # Book.objects.none() never queries
    *_both("get", READ, "row", IN_BULK, conditions=filtered),  # Book.objects.get(pk=key)
    *_both("first", READ, "row", IN_BULK, keeps_prefetch=is_ordered),  # author.books.first()
    *_both("last earliest latest", READ, "row", IN_BULK),  # author.books.last()
    *_both("explain", READ, "nothing"),  # Book.objects.explain()
    *_both("in_bulk", READ, in_bulk),  # Book.objects.in_bulk(keys)
    *_both("count", COUNT, batch=ONE_COUNT, keeps_prefetch=True),  # author.books.count()
    *_both("exists contains", EXISTS, batch=ONE_EXISTS, keeps_prefetch=True),  # author.books.contains(book)
    *_both("aggregate", RoundTrip("aggregate"), batch=ONE_GROUP),  # author.books.aggregate(Sum("price"))
    # Book.objects.create(title=title)
    *_both("create", INSERT, created, "`bulk_create`", bulk=BulkForm("row", "bulk_create")),
    *_both("get_or_create", SAVE, created_pair, ONE_LOOK),  # Tag.objects.get_or_create(name=name)
    *_both("update_or_create", SAVE, created_pair, UPSERT),
    # author.books.update(sold=True)
    *_both("update", UPDATE, batch="`bulk_update`, or one `update` for all rows", bulk=BulkForm("keyed", "update")),
    *_both("delete", DELETE, batch=ONE_DELETE, bulk=BulkForm("keyed", "delete")),  # author.books.all().delete()
    *_both("bulk_create", INSERT, bulk_created),  # Book.objects.bulk_create(books)
    # Book.objects.bulk_update(books, ["title"])
    *_both("bulk_update", UPDATE),
    # book.tags.add(tag)
    *_both("add", added, "nothing", "`add(*objects)` once", bulk=BulkForm("objects", "add")),
    # book.tags.remove(tag)
    *_both("remove", DELETE, "nothing", "`remove(*objects)` once", bulk=BulkForm("objects", "remove")),
    *_both("set", UPDATE, gone_through, rebinds=True),  # book.tags.set(tags)
    *_both("clear", DELETE, "nothing"),  # book.tags.clear()
)

QUERYSET_TYPE = Type(
    QUERYSET,
    QUERY_METHODS,
    aka=("django.db.models.query.QuerySet",),
    iterates=READ,
    keeps_rows=True,
    like_a_list=True,
    streams="`.iterator(chunk_size=2000)`",
    stream=STREAM,
    picks="`values_list({names}{flat})`",
    constructs=constructed,
    attributes={"model": model_of},
    generative=True,
)
# for book in Book.objects.raw("SELECT * FROM book")
RAW_TYPE = Type(
    RAW,
    (Method("prefetch_related", returns=prefetch_related), *methods("using iterator", returns=queryset)),
    iterates=READ,
    keeps_rows=True,
    like_a_list=True,
)
MANAGER_TYPE = Type(
    MANAGER,
    (
        *QUERY_METHODS,
        *_both("create_user create_superuser", SAVE, created),  # User.objects.create_user(name)
        # User.objects.get_by_natural_key(name); content types are remembered
        *_both("get_by_natural_key", unless_remembered, "row"),
    ),
    streams="`.iterator(chunk_size=2000)`",
    stream=STREAM,
    picks="`values_list({names}{flat})`",
    aka=(
        "django.db.models.manager.Manager",
        "django.db.models.manager.BaseManager",
        "django.contrib.auth.models.UserManager",
        "django.contrib.auth.models.BaseUserManager",
        "django.contrib.auth.base_user.BaseUserManager",
        "polymorphic.managers.PolymorphicManager",
        "model_utils.managers.InheritanceManager",
    ),
    prepared_by="get_queryset",
    generative=True,
    attributes={"model": model_of},
)


# --- rows, and SQL by hand

ROW_TYPE = Type(
    ROW,
    (
        # book.save()
        *_both(
            "save",
            SAVE,
            "nothing",
            "`bulk_update` or `bulk_create`",
            bulk=BulkForm("saved", "bulk_create", update="bulk_update"),
        ),
        *_both("delete", DELETE, "nothing", ONE_DELETE, bulk=BulkForm("removed", "delete")),  # book.delete()
        # book.refresh_from_db(): forgets what was loaded with the row
        *_both("refresh_from_db", RoundTrip("refresh"), reloaded, "one query for all rows", rebinds=True),
        *methods("full_clean clean_fields", returns="nothing"),  # book.full_clean()
    ),
    aka=("django.db.models.base.Model",),
)
CURSOR_TYPE = Type(
    CURSOR,
    (
        *cursor_methods(returns="nothing"),  # cursor.execute("SELECT title FROM book WHERE id = %s", [key])
        Method("callproc", RoundTrip("execute"), "nothing"),  # cursor.callproc("rebuild")
    ),
)
# with connection.cursor() as cursor
CONNECTION_TYPE = Type(CONNECTION, (Method("cursor", returns=f"handle:{CURSOR}"),))
# connections["other"].cursor()
CONNECTIONS_TYPE = Type("django.db.connections", (Method("__getitem__", returns=f"handle:{CONNECTION}"),))


# --- functions

FUNCTIONS = (
    # Prefetch("books", queryset=Book.objects.filter(sold=True), to_attr="sold_books")
    *methods("django.db.models.Prefetch django.db.models.query.Prefetch", returns=prefetch),
    # prefetch_related_objects(authors, "books")
    Method("django.db.models.prefetch_related_objects", READ, prefetched_rows, ONE_PREFETCH, rebinds=True),
    Method(
        "django.db.models.aprefetch_related_objects", READ, prefetched_rows, ONE_PREFETCH, rebinds=True, awaited=True
    ),
    Method("django.db.models.Count", returns=counted),  # Count("books")
    Method("django.db.models.Sum", returns=summed),  # Sum("price")
    # get_object_or_404(Book, pk=key)
    Method("django.shortcuts.get_object_or_404", READ, object_or_404, IN_BULK, conditions=demanded),
    Method(
        "django.shortcuts.aget_object_or_404", READ, awaited_object_or_404, IN_BULK, awaited=True, conditions=demanded
    ),
    Method("rest_framework.generics.get_object_or_404", READ, object_or_404, IN_BULK, conditions=demanded),
    # get_list_or_404(Book, author=author)
    Method("django.shortcuts.get_list_or_404", READ, list_or_404, IN_BULK, conditions=demanded),
    Method("django.shortcuts.aget_list_or_404", READ, list_or_404, IN_BULK, awaited=True, conditions=demanded),
    # apps.get_model("shop", "Book")
    *methods("django.apps.apps.get_model django.apps.registry.apps.get_model", returns=named_model),
    Method("django.contrib.auth.get_user_model", returns=f"model:{USER}"),  # User = get_user_model()
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
    (
        QUERYSET_TYPE, MANAGER_TYPE, RAW_TYPE, ROW_TYPE, CURSOR_TYPE, CONNECTION_TYPE, CONNECTIONS_TYPE,
        CACHE_TYPE, CACHES_TYPE,
    ),
    FUNCTIONS,
    (SHAPE,),
    MODELS,
    {"request.user": USER},  # by habit: the middleware sets it
    generics=("QuerySet", "Manager", "BaseManager", "RawQuerySet"),
    harmless=("django.utils.*", "django.urls.*", "django.http.*", "django.core.exceptions.*", "django.db.models.*",
              "django.db.transaction.atomic", "django.contrib.contenttypes.*", "django.apps.*", "django.conf.*"),
    absences=("DoesNotExist",),
    # class Genre(models.TextChoices)
    enumerations=tuple(
        f"django.db.models.{module}{name}"
        for module in ("", "enums.")
        for name in ("Choices", "TextChoices", "IntegerChoices")
    ),
)  # fmt: skip
