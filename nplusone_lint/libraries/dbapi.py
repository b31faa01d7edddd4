"""What the database drivers of PEP 249 share: the verb of a statement, read off its text, and the rows of cursors.

https://peps.python.org/pep-0249/
"""

from __future__ import annotations

import re
from collections.abc import Callable

from nplusone_lint.libraries.vocabulary import Invocation, Method, methods
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.roundtrip import RoundTrip, Verb
from nplusone_lint.values import UNKNOWN, Collection, Value

COMMIT = RoundTrip("commit")
ONE_COMMIT = "one `commit` after the loop"
ONE_STATEMENT = "one statement for all keys, or `executemany`"
ONE_EXECUTEMANY = "one `executemany` after the loop"
LEFT = ("lastrowid", "rowcount", "description", "fetchone", "fetchall", "fetchmany")
EXECUTEMANY = BulkForm("second", "executemany", leaves=LEFT)
COMMIT_ONCE = BulkForm("last", "commit", undoes="rollback")

COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
STATEMENT = re.compile(
    r"(select\b.+\bfrom\b|with\b.+\bas\s*\(|(insert|replace|merge)\b.+\binto\b|update\b.+\bset\b|delete\s+from\b)",
    re.DOTALL,
)
CHANGE = re.compile(r"\b(insert\s+into|replace\s+into|update\s+\S+\s+set|delete\s+from|merge\s+into)\b")
COUNT = re.compile(r"select\s+count\s*\([^()]*\)(\s+as\s+\w+|\s+\w+)?\s+from\b(?!.*\bgroup\s+by\b)", re.DOTALL)
CATALOGUE = re.compile(r"\bfrom\s+[\"`\[]?(information_schema|pg_catalog|pg_\w+|sqlite_(master|schema))\b")
PINNED = re.compile(r"\bwhere\s+(\w+\.)?id\s*=\s*[:%$?@](?!.*\bor\b)", re.DOTALL)
EXISTS = re.compile(r"select\s+exists\s*\(")
COPY_OUT = re.compile(r"\bto\s+(stdout|program|')")

VERBS: dict[str, Verb] = {
    "select": "select", "values": "select", "table": "select",
    "insert": "insert", "replace": "insert",
    "update": "update", "merge": "update",
    "delete": "delete", "truncate": "delete",
    "commit": "commit",
}  # fmt: skip


def _plain(sql: str) -> str:
    """The text from its first word on, in lower case."""
    return COMMENTS.sub(" ", sql).lower().lstrip("( \r\n\t").rstrip()


def verb_of(sql: str) -> Verb:
    """What a statement asks for: `SELECT COUNT(*) FROM book` counts, `WITH … DELETE` deletes, DDL executes.

    To count in the catalogue of a database is to ask whether there is such a table, to count what has an `id` whether
    there is such a row.
    """
    text = _plain(sql)
    word = re.match(r"[a-z]*", text)
    first = word.group() if word else ""
    if first == "with":
        change = CHANGE.search(text)
        return VERBS[change.group(1).split()[0]] if change else "select"
    if first == "copy":
        return "select" if COPY_OUT.search(text) else "insert"
    if first == "select":
        if COUNT.match(text):
            return "exists" if CATALOGUE.search(text) or PINNED.search(text) else "count"
        return "exists" if EXISTS.match(text) else "select"
    return VERBS.get(first, "execute")


def statement_trip(call: Invocation) -> RoundTrip:
    """`cursor.execute("SELECT title FROM book WHERE id = ?", (key,))`"""
    return RoundTrip(verb_of(call.text(0)))


def is_statement(call: Invocation) -> bool:
    """Whether the first argument is SQL, so that whatever executes it speaks to a database."""
    return STATEMENT.match(_plain(call.text(0))) is not None


def fetched(call: Invocation) -> Value:
    """`cursor.fetchall()`: tuples that came with the statement."""
    return Collection(UNKNOWN)


def cursor_methods(
    awaited: bool = False,
    returns: str = "same",
    evidence: Callable[[Invocation], bool] | None = None,
    batch: str = ONE_STATEMENT,
    bulk: BulkForm | None = EXECUTEMANY,
) -> tuple[Method, ...]:
    """The cursor of PEP 249; `returns` is what `execute` gives, which the standard leaves open."""
    return (
        Method("execute", statement_trip, returns, batch, evidence=evidence, awaited=awaited, bulk=bulk),
        Method("executemany", statement_trip, returns, evidence=evidence, awaited=awaited),
        # the rows have come with the statement: fetching them makes no trip
        Method("fetchone", awaited=awaited),
        *methods("fetchall fetchmany", returns=fetched, awaited=awaited),
        Method("close", returns="nothing", awaited=awaited),
    )


def transaction_methods(awaited: bool = False) -> tuple[Method, ...]:
    """The end of a transaction, and of a connection."""
    return (
        Method("commit", COMMIT, "nothing", ONE_COMMIT, awaited=awaited, bulk=COMMIT_ONCE),
        *methods("rollback close", returns="nothing", awaited=awaited),
    )
