"""Strawberry: functions that answer a mutation of GraphQL.

https://strawberry.rocks/docs/general/mutations
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library

LIBRARY = Library("strawberry", ("strawberry",), mutations=("mutation",))  # @strawberry.mutation(name="addBook")
