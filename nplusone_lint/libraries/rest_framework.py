"""Django REST framework's generic views: the rows behind `self.get_queryset()`, `self.get_object()` and their pages.

A view names its rows by the class attribute `queryset`, which each request asks anew (`.all()`). A page is a list: its
COUNT and its rows have been fetched by then; with paging switched off `paginate_queryset` gives `None`.

https://www.django-rest-framework.org/api-guide/generic-views/
https://www.django-rest-framework.org/api-guide/viewsets/
https://www.django-rest-framework.org/api-guide/pagination/
"""

from __future__ import annotations

from nplusone_lint.libraries.django_querysets import narrowed
from nplusone_lint.libraries.django_views import class_queryset, object_query, row_of_view, view_queryset
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import UNKNOWN, Collection, Query, Value, first_of


def filtered(call: Invocation) -> Value:
    """`self.filter_queryset(self.get_queryset())`: the filter backends narrow it."""
    given = first_of(call.argument(0, "queryset"), Query)
    return narrowed(Invocation(given, (), {}, call.model)) if isinstance(given, Query) else UNKNOWN


def paged_query(call: Invocation) -> Value:
    """The query of which `paginate_queryset` fetches a page."""
    return first_of(call.argument(0, "queryset"), Query)


def paging(call: Invocation) -> RoundTrip | None:
    """Rows that are at hand already are only sliced."""
    return RoundTrip("select") if isinstance(paged_query(call), Query) else None


def page(call: Invocation) -> Value:
    """`page = self.paginate_queryset(queryset)`"""
    given = first_of(call.argument(0, "queryset"), Query, Collection)
    if isinstance(given, (Query, Collection)):
        return Collection(given.element, origin=given.origin, limited=True)
    return UNKNOWN


PAGED = Method("paginate_queryset", paging, page, conditions=paged_query)

VIEWS = (
    "generics.CreateAPIView generics.ListAPIView generics.RetrieveAPIView generics.DestroyAPIView "
    "generics.UpdateAPIView generics.ListCreateAPIView generics.RetrieveUpdateAPIView "
    "generics.RetrieveDestroyAPIView generics.RetrieveUpdateDestroyAPIView viewsets.GenericViewSet "
    "viewsets.ReadOnlyModelViewSet viewsets.ModelViewSet mixins.ListModelMixin mixins.CreateModelMixin "
    "mixins.RetrieveModelMixin mixins.UpdateModelMixin mixins.DestroyModelMixin"
)
VIEW_TYPE = Type(
    "rest_framework.generics.GenericAPIView",
    (
        Method("get_queryset", returns=class_queryset),  # super().get_queryset()
        Method("filter_queryset", returns=filtered),  # self.filter_queryset(queryset)
        # self.get_object()
        Method("get_object", RoundTrip("select"), row_of_view, conditions=object_query),
        PAGED,
    ),
    aka=tuple(f"rest_framework.{name}" for name in VIEWS.split()),
    parameters={"queryset": view_queryset},
)
PAGINATOR_TYPE = Type(
    "rest_framework.pagination.PageNumberPagination",
    (PAGED,),  # paginator.paginate_queryset(books, request)
    aka=(
        "rest_framework.pagination.LimitOffsetPagination",
        "rest_framework.pagination.CursorPagination",
        "rest_framework.pagination.BasePagination",
    ),
)

LIBRARY = Library(
    "rest_framework",
    ("rest_framework",),
    (VIEW_TYPE, PAGINATOR_TYPE),
    # def has_object_permission(self, request, view, obj), def update(self, instance, validated_data)
    handed=("rest_framework.permissions.*", "rest_framework.serializers.*"),
)
