"""How Django is asked for figures: `values_list(…).annotate(…)` groups, `aggregate` and `count` reduce.

https://docs.djangoproject.com/en/stable/topics/db/aggregation/#values
https://docs.djangoproject.com/en/stable/topics/db/aggregation/#interaction-with-order-by
"""

from __future__ import annotations

from nplusone_lint.libraries.figures import FigureForm, OrderForm, PresenceForm

FIGURES = FigureForm(
    "lookups",
    "django.db.models",
    names={"count": "Count", "sum": "Sum", "min": "Min", "max": "Max"},  # from django.db.models import Count
    spelt={
        "count": 'Count("pk")',  # Book.objects.values_list("author").annotate(Count("pk"))
        "sum": 'Sum("{column}")',
        "min": 'Min("{column}")',
        "max": 'Max("{column}")',
    },
    filled="{figure}, default={default}",  # aggregate(total=Sum("price", default=0))
    filled_since=("django", "4.0"),
    refused=(
        "union", "intersection", "difference", "raw", "values", "values_list", "extra", "iterator", "aiterator",
        "select_for_update", "dates", "datetimes", "in_bulk",
    ),
    lazy=(
        "all", "filter", "exclude", "order_by", "distinct", "select_related", "prefetch_related", "annotate", "alias",
        "only", "defer", "reverse", "using",
    ),
    conditions=("filter",),
    keeps=("all", "exclude", "using"),
    drops=("order_by", "select_related", "all"),
    group=("order_by()", 'values_list("{column}")', "annotate({figure})"),  # an order would be grouped by, too
    present=("order_by()", 'values_list("{column}", flat=True)', "distinct()"),
    ends=("count", "exists", "aggregate", "acount", "aexists", "aaggregate"),
    whole="{model}.objects",
    columns="values_list",
    key="pk",
)  # fmt: skip

ORDER = OrderForm(
    "lookups",
    sorts="order_by",  # Book.objects.order_by("-pages", "id")[0]
    first="first",
    keeps=("all", "filter", "exclude", "select_related", "prefetch_related", "only", "defer", "using"),
    turns="-",
    limited=("values", "values_list", "distinct", "annotate", "alias", "reverse"),
    backwards="reverse",
    random=("?",),
    whole="all",
)
"""https://docs.djangoproject.com/en/stable/ref/models/querysets/#order-by"""

PRESENCE = PresenceForm(
    "`exists()`",
    asks={"count": "exists", "acount": "aexists"},  # Book.objects.filter(author=author).exists()
    conditions=("filter", "exclude"),
    one={"first": "exists", "last": "exists", "afirst": "aexists", "alast": "aexists"},
    raises=("get", "aget"),
    manager="objects",
    whole="all",
    flat="flat",
    # by hand; and where a table has one row: `def save(self): if Settings.objects.count() > 0: raise …`
    seldom=(".management.commands.", ".has_add_permission.", ".save."),
    refused=("raw", "extra", "union", "intersection", "difference", "iterator", "select_for_update", "in_bulk"),
)
"""https://docs.djangoproject.com/en/stable/ref/models/querysets/#exists"""
