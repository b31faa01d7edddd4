"""A row loaded for its key: whether the column of the row at hand says the same, and always says it."""

from __future__ import annotations

import re

from nplusone_lint.codemods.key_column import KeyRead, read_key
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.columns import column_of, primary_key
from nplusone_lint.fixer.questions import deeds_of, draft_around
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Relationship
from nplusone_lint.seen.redundancy import KeyLoad


def use_key_column(program: Program, finding: Finding) -> Fix | Refusal:
    """The column of the row at hand takes the place of the row that it leads to."""
    load = finding.about
    assert isinstance(load, KeyLoad)
    model = program.analysis.models.get(load.model)
    link = model.relationships.get(load.link) if model is not None else None
    draft = draft_around(program, finding.place)
    if isinstance(draft, Refused) or model is None or link is None:
        return Refusal(draft.message if isinstance(draft, Refused) else "the model is not known")
    if _says_itself_whether_true(program, link.target):
        return Refusal(f"`{link.target.rpartition('.')[2]}` says itself whether it is true")
    shape = program.analysis.models.shapes[model.name]
    read = read_key(draft, finding.place.span, load.link, load.column, shape.faces)
    if isinstance(read, Refusal):
        return read
    for deed in deeds_of(program, load.site.function):
        name = deed.what.rpartition(".")[2]
        if deed.kind == "changes" and name in (load.link, load.column):
            return Refusal(f"`{name}` is set: the key follows later", (deed.note(),))
    doubt = _column_may_differ(program, load, link, read)
    message = f"read `{load.column}` instead of loading `{load.link}`"
    return Fix("unsafe" if doubt else "safe", message, read.edits, doubt)


def _says_itself_whether_true(program: Program, cls: str) -> bool:
    methods = program.analysis.hierarchy.method
    return cls in program.analysis.names.classes and any(
        methods(cls, name) is not None for name in ("__bool__", "__len__")
    )


def _column_may_differ(program: Program, load: KeyLoad, link: Relationship, read: KeyRead) -> str:
    """Why the column may say something else; "" where it cannot."""
    if read.unguarded is not None and load.nullable:
        return f"where there is no `{load.link}`, the key is None instead of raising AttributeError"
    if link.unchecked:
        return f"the database does not check `{load.column}`: it may lead to no row, which raised an error"
    if load.held is None or load.held.parameter:
        return f"a caller may have set `{load.link}` and not saved it yet"
    if not program.analysis.models.shapes[load.model].implied_key and not _same_kind(program, load, link):
        return f"whether `{load.column}` holds what the key is in Python is not known"
    for deed in deeds_of(program, load.site.function):
        if deed.kind == "unknown" and _is_given(program, deed.place.path, deed.place.span, read.root):
            return f"row {deed.place.span.start.row} hands on `{read.root}`, and `{deed.what}` may set `{load.link}`"
    return ""


def _same_kind(program: Program, load: KeyLoad, link: Relationship) -> bool:
    """Whether the key and the column are of the same type in Python."""
    column = column_of(program, load.model, load.column)
    key = column_of(program, link.target, link.holds) if link.holds else primary_key(program, link.target)
    return column is not None and key is not None and bool(column.kind) and column.kind == key.kind


def _is_given(program: Program, path: str, span: object, root: str) -> bool:
    source = program.source(path)
    rows = source.lines[span.start.row - 1 : span.end.row] if source is not None else []  # type: ignore[attr-defined]
    return any(re.search(rf"[(,=]\s*{re.escape(root)}\s*[,)]", row) for row in rows)
