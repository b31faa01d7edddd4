"""Django on SQLite, configured once a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib import import_module
from typing import Any

import bookshop
import tables
from opened import Opened, Setting

LINKS = {"book_tag": "book_tags"}
"""Tables that Django names otherwise."""


def prepare() -> None:
    """Configure Django; the models are imported only afterwards."""
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["shop"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
    )
    django.setup()


@contextmanager
def opened(setting: Setting) -> Iterator[Opened]:
    from django.db import connection
    from django.db.models.signals import post_init

    counted = {"trips": 0, "objects": 0}

    def on_statement(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO")):
            counted["trips"] += 1
        return execute(sql, parameters, many, context)

    def on_object(**arguments: Any) -> None:
        counted["objects"] += 1

    connection.ensure_connection()
    fill(setting.n)
    post_init.connect(on_object)
    try:
        with connection.execute_wrapper(on_statement):
            yield Opened((), lambda: dict(counted), lambda: tables.contents(connection.connection.execute))
    finally:
        post_init.disconnect(on_object)


def fill(n: int) -> None:
    """Make the tables, or empty them, and fill them."""
    from django.apps import apps
    from django.db import connection

    import_module("shop.models")
    models = list(apps.get_app_config("shop").get_models())
    with connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
    if not there:
        with connection.schema_editor() as editor:
            for model in models:
                editor.create_model(model)
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in there:
            cursor.execute(f'DELETE FROM "{table}"')
        cursor.execute("DELETE FROM sqlite_sequence")
        for name, rows in bookshop.rows(n).items():
            table = f"shop_{LINKS.get(name, name)}"
            if table in connection.introspection.table_names(cursor):
                columns, places = ", ".join(rows[0]), ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(
                    f'INSERT INTO "{table}" ({columns}) VALUES ({places})', [stored(row) for row in rows]
                )


def stored(row: dict[str, Any]) -> list[Any]:
    """The values of a row as SQLite takes them."""
    return [str(value) if isinstance(value, Decimal) else value for value in row.values()]
