"""How Django gives the rows of a query set one after the other.

https://docs.djangoproject.com/en/stable/ref/models/querysets/#iterator
"""

from __future__ import annotations

from nplusone_lint.libraries.streaming import StreamForm

STREAM = StreamForm(
    "iterator(chunk_size=2000)",  # for book in Book.objects.iterator(chunk_size=2000)
    links=(
        "all", "order_by", "reverse", "select_related", "prefetch_related", "only", "defer", "values", "values_list",
        "using",
    ),
    ends=("all",),
    breaks=("atomic", "commit", "rollback", "set_autocommit", "close_old_connections", "close_all"),
    awaited="aiterator(chunk_size=2000)",
    awaited_since=("django", "4.1"),
    separate="prefetch_related",
    separate_since=("django", "4.1"),  # before, nothing is loaded with the rows of `iterator`
    closes=True,
)  # fmt: skip
