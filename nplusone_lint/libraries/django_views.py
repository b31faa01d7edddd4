"""Django's class-based generic views and its admin classes: whose rows `self.get_queryset()` and `queryset` are.

A view names its rows by the class attribute `queryset`, else by `model`, whose default manager is then asked; an admin
class by what it is registered for, or by `model` where it is an inline. `get_queryset` only builds the query.

https://docs.djangoproject.com/en/stable/ref/class-based-views/mixins-single-object/
https://docs.djangoproject.com/en/stable/ref/class-based-views/mixins-multiple-object/
https://docs.djangoproject.com/en/stable/ref/contrib/admin/#modeladmin-methods
https://docs.djangoproject.com/en/stable/ref/contrib/admin/actions/
"""

from __future__ import annotations

from nplusone_lint.libraries.django_loading import select_related
from nplusone_lint.libraries.django_pages import PAGE_OF_VIEW
from nplusone_lint.libraries.django_querysets import QUERYSET, narrowed
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import UNKNOWN, Class, Constant, External, Query, Record, Row, Value, changed, first_of

# --- the query of a class


def class_queryset(call: Invocation) -> Value:
    """`queryset = Book.objects.filter(sold=False)`, else `model = Book`"""
    if call.inside is None:
        return UNKNOWN
    written = first_of(call.inside.held("queryset"), Query)
    if isinstance(written, Query):
        return changed(written, type=QUERYSET, evaluated=False, cached=False)
    return _all_of(call, call.inside.held("model"))


def _all_of(call: Invocation, value: Value) -> Value:
    """`Book._default_manager.all()`"""
    model = first_of(value, Class, External)
    if call.inside is None or model is UNKNOWN:
        return UNKNOWN
    manager = call.inside.member(model, "_default_manager" if isinstance(model, Class) else "objects")
    return call.inside.result(manager, "all") if isinstance(manager, Query) else UNKNOWN


def view_queryset(call: Invocation) -> Value:
    """`self.object_list`: what the view's own `get_queryset` gives."""
    return call.inside.asked("get_queryset") if call.inside is not None else UNKNOWN


def object_query(call: Invocation) -> Value:
    """`self.get_object()`, `self.get_object(queryset)`: one row of the view's rows."""
    given = first_of(call.argument(0, "queryset"), Query)
    found = given if isinstance(given, Query) else first_of(view_queryset(call), Query)
    if not isinstance(found, Query):
        return UNKNOWN
    return narrowed(Invocation(found, (), {}, call.model))


def row_of_view(call: Invocation) -> Value:
    """The row that `self.get_object()` fetches."""
    query = object_query(call)
    return query.element if isinstance(query, Query) and isinstance(query.element, Row) else UNKNOWN


def held_row(call: Invocation) -> Value:
    """`self.object`: `get` and `post` have fetched it."""
    return call.inside.asked("get_object") if call.inside is not None else UNKNOWN


# --- views

GENERIC = (
    "ListView DetailView CreateView UpdateView DeleteView ArchiveIndexView YearArchiveView MonthArchiveView "
    "WeekArchiveView DayArchiveView TodayArchiveView DateDetailView"
)
MIXINS = (
    "detail.SingleObjectMixin detail.SingleObjectTemplateResponseMixin detail.BaseDetailView detail.DetailView "
    "list.MultipleObjectMixin list.MultipleObjectTemplateResponseMixin list.BaseListView list.ListView "
    "edit.ModelFormMixin edit.CreateView edit.UpdateView edit.DeleteView edit.DeletionMixin edit.BaseCreateView "
    "edit.BaseUpdateView edit.BaseDeleteView dates.BaseDateListView dates.BaseArchiveIndexView dates.ArchiveIndexView "
    "dates.DateDetailView"
)
OTHERS = (
    "django_filters.views.FilterView",
    "django_filters.views.FilterMixin",
    "django_tables2.SingleTableView",
    "django_tables2.SingleTableMixin",
    "django_tables2.views.SingleTableView",
    "django_tables2.views.SingleTableMixin",
)

VIEW = "django.views.generic.ListView"
VIEW_TYPE = Type(
    VIEW,
    (
        Method("get_queryset", returns=class_queryset),  # super().get_queryset()
        # self.get_object()
        Method("get_object", RoundTrip("select"), row_of_view, conditions=object_query),
        PAGE_OF_VIEW,
    ),
    aka=(
        *(f"django.views.generic.{name}" for name in f"{GENERIC} {MIXINS}".split() if name != "ListView"),
        *OTHERS,
    ),
    attributes={"object_list": view_queryset, "object": held_row},
)


# --- admin


def admin_queryset(call: Invocation) -> Value:
    """`super().get_queryset(request)` of a `ModelAdmin`"""
    if call.inside is None:
        return UNKNOWN
    named = call.inside.held("model")  # class ChapterInline(admin.TabularInline): model = Chapter
    return _all_of(call, named if isinstance(named, (Class, External)) else call.inside.registered())


def selected_rows(call: Invocation) -> Value:
    """`def sell(self, request, queryset)`: an action is given some rows of the list, loaded as the list loads them."""
    found = first_of(view_queryset(call), Query)
    if call.inside is None or not isinstance(found, Query):
        return UNKNOWN
    asked = call.inside.held("list_select_related")
    chosen = narrowed(Invocation(found, (), {}, call.model))
    if isinstance(asked, Record):
        return select_related(Invocation(chosen, asked.items, {}, call.model))
    if asked == Constant(True) or _shows_a_link(call, found):
        return select_related(Invocation(chosen, (), {}, call.model))
    return chosen


def _shows_a_link(call: Invocation, query: Query) -> bool:
    """`list_display = ["title", "author"]`: the list loads the foreign keys, for it shows one."""
    shown = call.inside.held("list_display") if call.inside is not None else UNKNOWN
    model = call.model(query.element.model) if isinstance(query.element, Row) else None
    if model is None or not isinstance(shown, Record):
        return False
    names = {item.value for item in shown.items if isinstance(item, Constant)}
    return any(link.column and link.name in names for link in model.relationships.values())


ADMIN = "django.contrib.admin.ModelAdmin"
ADMIN_TYPE = Type(
    ADMIN,
    (Method("get_queryset", returns=admin_queryset),),
    aka=(
        "django.contrib.admin.options.ModelAdmin",
        "django.contrib.admin.TabularInline",
        "django.contrib.admin.StackedInline",
        "django.contrib.gis.admin.GISModelAdmin",
        "django.contrib.auth.admin.UserAdmin",
        "unfold.admin.ModelAdmin",
        "simple_history.admin.SimpleHistoryAdmin",
        "import_export.admin.ImportExportModelAdmin",
        "import_export.admin.ImportExportMixin",
    ),
    parameters={"queryset": selected_rows},
)

LIBRARY = Library(
    "django views",
    ("django", "django_filters", "django_tables2", "unfold", "simple_history", "import_export"),
    (VIEW_TYPE, ADMIN_TYPE),
    registrars=("register",),  # admin.site.register(Book, BookAdmin), @admin.register(Book)
)
