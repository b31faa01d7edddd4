"""The links that SQLAlchemy's statements and legacy queries have in common, and what each makes of the rows.

https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.Select
https://docs.sqlalchemy.org/en/20/orm/queryguide/query.html#sqlalchemy.orm.Query
"""

from __future__ import annotations

from nplusone_lint.libraries.sqlalchemy_options import options
from nplusone_lint.libraries.sqlalchemy_statements import (
    adorned,
    filter_by,
    limited,
    ordered,
    returning,
    where,
    with_entities,
)
from nplusone_lint.libraries.vocabulary import Method, methods

CHAIN = (
    "params correlate correlate_except enable_eagerloads autoflush reset_joinpoint enable_assertions with_session "
    "on_conflict_do_nothing on_conflict_do_update values"
)
"""Links that leave the rows of a statement what they are."""
REDUCED = (
    "group_by having distinct cte lateral add_columns add_entity from_statement from_select select_entity_from "
    "prefix_with suffix_with with_hint"
)
"""Links after which a row of the statement is no row of the table any more."""

LINKS = (
    *methods(CHAIN, returns="same"),  # select(Book).params(key=key)
    # select(Book).join(Book.author)
    *methods("join outerjoin join_from outerjoin_from", returns="same", shapes="joined"),
    *methods("order_by", returns="same", shapes=ordered),  # select(Book).order_by(Book.title)
    *methods(REDUCED, returns="same", shapes="reduced"),  # select(Book).distinct()
    *methods("yield_per", returns="same", shapes="streamed"),  # query.yield_per(100)
    # select(func.count()).select_from(query.subquery())
    Method("select_from", returns="same", remark="counts"),
    # select(Book).with_for_update()
    *methods("with_for_update execution_options populate_existing", returns=adorned, shapes="adorned"),
    Method("options", returns=options, loads=True),  # select(Book).options(selectinload(Book.author))
    Method("returning", returns=returning),  # insert(Book).returning(Book.id)
    *methods("where filter", returns=where, shapes="filtered"),  # select(Book).where(Book.author_id == author.id)
    Method("filter_by", returns=filter_by, shapes="filtered"),  # select(Book).filter_by(author_id=author.id)
    Method("offset", returns=limited, shapes="limited", remark="skips"),  # select(Book).offset((page - 1) * 10)
    *methods("limit slice fetch", returns=limited, shapes="limited"),  # select(Book).limit(10)
    *methods("with_entities with_only_columns", returns=with_entities),  # select(Book).with_only_columns(Book.id)
)
