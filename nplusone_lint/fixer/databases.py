"""Which database a program talks to, as far as its code tells."""

from __future__ import annotations

from nplusone_lint.libraries.migrations import MYSQL, MYSQL_DRIVERS
from nplusone_lint.program import Program


def is_mysql(program: Program) -> bool:
    """Whether the program talks to MySQL."""
    for module in program.modules.values():
        if any(imported.module.partition(".")[0] in MYSQL_DRIVERS for imported in module.imports.values()):
            return True
    return any(MYSQL.search(source.text) for source in program.sources.values())
