"""Which files are migrations, how they and plain SQL make indexes, and what tells that a program talks to MySQL.

https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.create_index,
https://docs.djangoproject.com/en/stable/ref/migration-operations/#addindex,
https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html (InnoDB indexes each foreign key).
"""

from __future__ import annotations

import re

# shop/migrations/0002_prices.py, alembic/versions/3f2c5a9d1b7e_prices.py
MIGRATION_FILE = re.compile(r"(^|/)\w*migrations/\d{3,}_\w+\.py$|(^|/)versions/[\w-]*[0-9a-f]{11,12}_[\w-]*\.py$")
# op.create_index(op.f("ix_book_title"), "book", ["title"]); of a batch the table is not told
ALEMBIC = re.compile(
    r"""create_index\(\s*(?:index_name=)?(?:\w+\.f\(\s*)?["'][^"']*["']\s*\)?\s*,\s*(?:(?:table_name=)?["'](\w+)["']\s*,\s*)?"""
    r"""(?:columns=)?\[([^\]]*)\]""",
)
# CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix_book_title ON book USING btree (title)
SQL = re.compile(
    r"""create\s+(?:unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?[\w."`]*\s+on\s+(?:only\s+)?"""
    r"""[\w"`]*?\.?["`]?(\w+)["`]?\s*(?:using\s+\w+\s*)?\(([^)]*)\)""",
    re.IGNORECASE,
)
# migrations.AddIndex(model_name="book", index=models.Index(fields=["title"], name="…"))
DJANGO = re.compile(r"""AddIndex\(\s*model_name=["'](\w+)["'],\s*index=[\w.]*\(\s*fields=\[([^\]]*)\]""")
MAKES_ONE = re.compile(r"create_index\(|create\s+(?:unique\s+)?index\b|AddIndex\(", re.IGNORECASE)
MYSQL = re.compile(r"\bmysql\+|\bmysql://|django\.db\.backends\.mysql|MySQLDatabase\(")
MYSQL_DRIVERS = frozenset({"MySQLdb", "pymysql", "aiomysql", "asyncmy", "mysql"})

INDEXES = (ALEMBIC, SQL, DJANGO)
"""Each finds the table (which may be left out) and the columns of an index."""
