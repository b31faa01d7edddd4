"""Flask-SQLAlchemy 2 and 3: `db.Model`, `Book.query`, `db.session`, and terminals that answer 404.

`db` hands on all names of `sqlalchemy` and `sqlalchemy.orm`. A page is two trips (its rows and their COUNT), made when
it is asked for; its items are read without another.

https://flask-sqlalchemy.readthedocs.io/en/stable/queries/
https://flask-sqlalchemy.readthedocs.io/en/stable/pagination/
https://flask-sqlalchemy.readthedocs.io/en/stable/models/
"""

from __future__ import annotations

from nplusone_lint.libraries.sqlalchemy_columns import column
from nplusone_lint.libraries.sqlalchemy_execution import PAGE, READ_IN, executed_scalar, executed_scalars, got, opened
from nplusone_lint.libraries.sqlalchemy_models import SHAPE, relationship
from nplusone_lint.libraries.sqlalchemy_options import OPTIONS
from nplusone_lint.libraries.sqlalchemy_sessions import SESSION
from nplusone_lint.libraries.sqlalchemy_statements import READ
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.values import UNKNOWN, Collection, Query, Value, changed

DATABASE = "flask_sqlalchemy.SQLAlchemy"


# --- pages


def _page_of_select(call: Invocation) -> Value:
    """`db.paginate(db.select(Book))`"""
    return changed(executed_scalars(call), type=PAGE, limited=True)


def _items(call: Invocation) -> Value:
    """`page.items`"""
    page = call.receiver
    return Collection(page.element, origin=page.origin, limited=True) if isinstance(page, Query) else UNKNOWN


PAGE_TYPE = Type(
    PAGE,
    (
        *methods("next prev", READ, "same"),  # page.next()
        Method("iter_pages"),  # page.iter_pages(): numbers
    ),
    aka=("flask_sqlalchemy.Pagination",),
    attributes={"items": _items},
)


# --- models and the database object


STATEMENTS = "select insert update delete text exists func and_ or_ not_ desc asc case cast literal"

DATABASE_TYPE = Type(
    DATABASE,
    (
        Method("get_or_404", READ, got, READ_IN, loads=True),  # db.get_or_404(Book, key)
        *methods("first_or_404 one_or_404", READ, executed_scalar, READ_IN),  # db.first_or_404(db.select(Book))
        Method("paginate", READ, _page_of_select),  # db.paginate(db.select(Book))
    ),
    aka=("flask_sqlalchemy.extension.SQLAlchemy",),
    constructs=opened(DATABASE),
    attributes={
        "session": f"handle:{SESSION}",
        "Model": f"external:{DATABASE}.Model",
        "Table": "external:sqlalchemy.Table",
        **{name: f"external:sqlalchemy.{name}" for name in STATEMENTS.split()},  # db.select(Book)
        **{name: f"external:sqlalchemy.orm.{name}" for name in OPTIONS},  # db.joinedload(Book.author)
    },
)

SHAPE_OF_MODELS = changed(
    SHAPE,
    bases=(f"{DATABASE}.Model", "flask_sqlalchemy.model.Model"),  # class Book(db.Model)
    evidence=(),
    fields={
        **SHAPE.fields,
        f"{DATABASE}.relationship": relationship,  # db.relationship("Author", backref="books")
        f"{DATABASE}.dynamic_loader": relationship,
        f"{DATABASE}.Column": column,  # db.Column(db.Integer, primary_key=True)
        f"{DATABASE}.mapped_column": column,
        f"{DATABASE}.deferred": column,
        f"{DATABASE}.column_property": column,
    },
)

LIBRARY = Library(
    "flask_sqlalchemy",
    ("flask_sqlalchemy",),
    (PAGE_TYPE, DATABASE_TYPE),
    shapes=(SHAPE_OF_MODELS,),
)
