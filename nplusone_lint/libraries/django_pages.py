"""Django's `Paginator`: a slice of a QuerySet, fetched when it is looped over, and one COUNT for all its pages.

`page(n)` checks its number against the COUNT; the paginator remembers it, so it is told where the paginator is made.

https://docs.djangoproject.com/en/stable/ref/paginator/
"""

from __future__ import annotations

from nplusone_lint.libraries.django_querysets import QUERYSET
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import UNKNOWN, Collection, Query, Record, Value, changed, first_of

PAGINATOR = "django.core.paginator.Paginator"
ASYNC_PAGINATOR = "django.core.paginator.AsyncPaginator"
PAGE = "django.core.paginator.Page"


def _source(call: Invocation) -> Query | Collection | None:
    source = first_of(call.argument(0, "object_list"), Query, Collection)
    return source if isinstance(source, (Query, Collection)) else None


def counted_query(call: Invocation) -> Value:
    """What the COUNT of `Paginator(books, 20)` counts."""
    source = _source(call)
    return source if isinstance(source, Query) else UNKNOWN


def counts(call: Invocation) -> RoundTrip | None:
    """Nothing is asked for a list."""
    return RoundTrip("count") if isinstance(_source(call), Query) else None


def paginator(call: Invocation) -> Value:
    """`Paginator(Book.objects.all(), 20)`: a loop over it gives its pages."""
    source = _source(call)
    return Query(PAGINATOR, _page_of(source), evaluated=True) if source is not None else UNKNOWN


def _page_of(source: Query | Collection) -> Query:
    if isinstance(source, Query):
        return changed(source, type=PAGE, limited=True, narrowed=True, evaluated=False, cached=False, cls="")
    return Query(PAGE, source.element, origin=source.origin, evaluated=True, limited=True)


def page(call: Invocation) -> Value:
    """`paginator.page(2)`, `paginator.get_page(request.GET.get("page"))`"""
    return call.receiver.element if isinstance(call.receiver, Query) else UNKNOWN


def rows_of_page(call: Invocation) -> Value:
    """`page.object_list`: the slice itself, not fetched yet."""
    if not isinstance(call.receiver, Query):
        return UNKNOWN
    return changed(call.receiver, type=QUERYSET)


def page_numbers(call: Invocation) -> Value:
    """`for number in paginator.page_range`: as often as there are pages, not rows."""
    return Collection(UNKNOWN, chunked=True)


def paginated_view(call: Invocation) -> Value:
    """`paginator, page, object_list, is_paginated = self.paginate_queryset(queryset, 20)`"""
    made = paginator(call)
    if not isinstance(made, Query):
        return UNKNOWN
    rows = rows_of_page(Invocation(made.element, (), {}, call.model))
    return Record((made, made.element, rows, UNKNOWN))


PAGE_OF_VIEW = Method("paginate_queryset", counts, paginated_view, conditions=counted_query)

PAGINATOR_TYPE = Type(
    PAGINATOR,
    (
        *methods("page get_page", returns=page),  # Paginator(books, 20).page(2)
        *methods("apage aget_page", returns=page, awaited=True),  # await AsyncPaginator(books, 20).apage(2)
    ),
    aka=(ASYNC_PAGINATOR,),
    attributes={"page_range": page_numbers},
    constructs=paginator,  # class BookPaginator(Paginator); its COUNT may be another
)
PAGE_TYPE = Type(
    PAGE,
    iterates=RoundTrip("select"),  # for book in page
    keeps_rows=True,
    attributes={"object_list": rows_of_page},
)

LIBRARY = Library(
    "django pages",
    ("django",),
    (PAGINATOR_TYPE, PAGE_TYPE),
    # Paginator(Book.objects.all(), 20)
    tuple(Method(name, counts, paginator, conditions=counted_query) for name in (PAGINATOR, ASYNC_PAGINATOR)),
)
