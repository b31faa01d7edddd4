"""Pydantic (1 and 2): making and dumping its models validates values in memory and asks nobody.

https://docs.pydantic.dev/latest/concepts/models/
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library

LIBRARY = Library(
    "pydantic",
    (),
    harmless=("pydantic.*", "pydantic_settings.*"),
    copies=("pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic.generics.GenericModel"),
    validates=("model_validate", "from_orm"),  # Answer.model_validate(row)
    dumps=("model_dump", "dict"),  # slot.model_dump()
)
