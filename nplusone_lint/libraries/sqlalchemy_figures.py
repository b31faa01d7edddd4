"""How SQLAlchemy is asked for figures: one GROUP BY for many keys, a count instead of rows.

https://docs.sqlalchemy.org/en/20/tutorial/data_select.html#aggregate-functions-with-group-by-having
https://docs.sqlalchemy.org/en/20/orm/queryguide/query.html#sqlalchemy.orm.Query.count
"""

from __future__ import annotations

from nplusone_lint.libraries.figures import FigureForm, OrderForm, PresenceForm

FIGURES = FigureForm(
    "comparisons",
    "sqlalchemy",
    names=dict.fromkeys(("count", "sum", "min", "max"), "func"),  # from sqlalchemy import func
    spelt={
        "count": "func.count()",  # select(Book.author_id, func.count())
        "sum": "func.sum({column})",
        "min": "func.min({column})",
        "max": "func.max({column})",
    },
    filled="func.coalesce({figure}, {default})",  # a sum over no rows is NULL
    rows="select_from({model})",  # select(func.count()).select_from(Book)
    one="scalar_one()",  # session.execute(…).scalar_one()
    conditions=("where", "filter", "filter_by"),
    keeps=("select_from", "join", "outerjoin"),
    drops=("order_by", "options"),
    group=("group_by({column})",),
    present=("distinct()",),
    starts=("select", "query"),
    replaces="with_entities",  # Book.query.with_entities(Book.author_id, func.count())
    runs={
        "execute": ("execute", "scalars"),  # session.execute(select(Book.author_id, func.count()))
        "scalar": ("execute", "scalars"),
        "scalars": ("execute", "scalars"),
        "exec": ("exec", "exec"),  # SQLModel
    },
    fetches=("all", "scalars", "fetchall"),
    ends=("scalar", "scalar_one", "scalar_one_or_none", "one", "first", "count"),
    as_dict=False,
    in_tuples=True,  # for (author_id,) in session.query(Book.author_id)
    whole="select({model})",
    recount="{query}.with_only_columns({figure}, maintain_column_froms=True)",
    recount_since=("sqlalchemy", "1.4.23"),
    unordered="order_by(None)",
    nested="subquery",
)

ORDER = OrderForm(
    "comparisons",
    sorts="order_by",  # select(Book).order_by(Book.pages.desc(), Book.id).limit(1)
    first="first",
    keeps=("where", "filter", "filter_by", "options", "join"),
    turns="desc",
    straight="asc",
    limits="limit",
    repeats=("join",),
    cuts=("options",),  # contains_eager(Book.reviews)
)
"""https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.Select.order_by"""

PRESENCE = PresenceForm(
    "`select(exists(…))`",
    conditions=("where", "filter", "filter_by"),
    keeps=("join", "outerjoin", "select_from", "query", "select"),
    query="{session}.query(",  # session.query(session.query(Book).filter(…).exists()).scalar()
    ends={"count": "exists()).scalar()", "all": "exists()).scalar()"},
    statement="{start}({statement}.exists())",  # session.scalar(select(select(Book).where(…).exists()))
    runs={"scalars": "scalar", "execute": "scalar"},
    fetches=("all", "scalars", "fetchall", "unique"),
)
"""https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.exists"""
