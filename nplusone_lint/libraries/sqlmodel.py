"""SQLModel: tables that are Pydantic models too, `Relationship()`, and sessions whose `exec` gives plain rows.

`session.exec(select(Hero))` is `scalars` where one entity is selected, `execute` where several are. What has no
`table=True` is a schema: it has columns, and nothing to load. All else is SQLAlchemy's.

https://sqlmodel.tiangolo.com/tutorial/select/
https://sqlmodel.tiangolo.com/tutorial/relationship-attributes/
"""

from __future__ import annotations

from nplusone_lint.libraries.sqlalchemy_columns import column
from nplusone_lint.libraries.sqlalchemy_core import ENGINE
from nplusone_lint.libraries.sqlalchemy_execution import (
    ASYNC_SESSION,
    bulk_form,
    executed,
    executed_scalars,
    is_statement,
    opened,
    statement_trip,
)
from nplusone_lint.libraries.sqlalchemy_models import KEYED, ROW, SHAPE, SQLMODEL, relationship
from nplusone_lint.libraries.sqlalchemy_sessions import LIKELY, SESSION
from nplusone_lint.libraries.sqlalchemy_statements import (
    scalar,
    selected,
    text_statement,
    width,
    written,
)
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.values import UNKNOWN, Class, Query, Row, Value, changed


def _executed(call: Invocation) -> Query:
    """Plain rows of one entity, tuples of several."""
    result = executed(call)
    return executed_scalars(call) if width(result.element) == 1 else result


def _exec(awaited: bool) -> tuple[Method, ...]:
    # session.exec(select(Hero))
    return (Method("exec", statement_trip, _executed, bulk_form, evidence=is_statement, awaited=awaited),)


SESSION_TYPE = Type(
    "sqlmodel.Session",
    _exec(False),
    aka=("sqlmodel.orm.session.Session",),
    base=SESSION,
    constructs=opened("sqlmodel.Session"),
    likely_names=LIKELY,
)
ASYNC_SESSION_TYPE = Type(
    "sqlmodel.ext.asyncio.session.AsyncSession",
    _exec(True),
    base=ASYNC_SESSION,
    constructs=opened("sqlmodel.ext.asyncio.session.AsyncSession"),
    asynchronous=True,
    keeps_by_habit=True,
    likely_names=LIKELY,
)


def _validated(call: Invocation) -> Value:
    """`Hero.model_validate(given)`"""
    entity = call.receiver
    return Row(entity.name, frozenset({"*"}), fresh=True) if isinstance(entity, Class) else UNKNOWN


ROW_TYPE = Type(
    SQLMODEL,
    methods("model_validate from_orm parse_obj", returns=_validated),  # Hero.model_validate(given)
    base=ROW,
)

SHAPE_OF_MODELS = changed(
    SHAPE,
    bases=(SQLMODEL,),  # class Hero(SQLModel, table=True)
    row_type=SQLMODEL,
    evidence=(),
    fields={
        **SHAPE.fields,
        "sqlmodel.Relationship": relationship,  # team: Team = Relationship(back_populates="heroes")
        "sqlmodel.Field": column,  # team_id: int = Field(foreign_key="team.id")
    },
    keyed=changed(KEYED, select="sqlmodel.select"),
)

FUNCTIONS = (
    Method("sqlmodel.select", returns=selected),  # select(Hero)
    Method("sqlmodel.insert", returns=written("insert")),
    Method("sqlmodel.update", returns=written("update")),
    Method("sqlmodel.delete", returns=written("delete")),
    Method("sqlmodel.text", returns=text_statement),
    Method("sqlmodel.func.count", returns=scalar("count")),  # func.count(Hero.id)
    *methods("sqlmodel.func.sum sqlmodel.func.min sqlmodel.func.max sqlmodel.func.avg", returns=scalar("aggregate")),
    Method("sqlmodel.exists", returns=scalar("exists")),
    Method("sqlmodel.col", returns=lambda call: call.argument(0)),  # col(Hero.id).in_(keys)
    Method("sqlmodel.create_engine", returns=f"handle:{ENGINE}"),
)

LIBRARY = Library(
    "sqlmodel", ("sqlmodel",), (SESSION_TYPE, ASYNC_SESSION_TYPE, ROW_TYPE), FUNCTIONS, (SHAPE_OF_MODELS,)
)
