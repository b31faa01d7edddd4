"""more-itertools: no round trips, but lists cut into pieces; a loop over the pieces is no loop over rows.

https://more-itertools.readthedocs.io/en/stable/api.html#grouping
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Invocation, Library, methods
from nplusone_lint.values import UNKNOWN, Collection, Query, Row, Value, changed, first_of


def _pieces(call: Invocation) -> Value:
    items = first_of(call.argument(0, "iterable"), Collection, Query)
    if not isinstance(items, (Collection, Query)):
        return Collection(Collection(UNKNOWN), chunked=True)
    element = items.element
    if isinstance(element, Row) and element.origin is None:
        element = changed(element, origin=items.origin)
    return Collection(Collection(element), chunked=True)


LIBRARY = Library(
    "more-itertools",
    ("more_itertools",),
    # chunked(rows, 100), batched(rows, 100)
    functions=methods("more_itertools.chunked more_itertools.batched more_itertools.ichunked", returns=_pieces),
)
