"""Queries whose conditions compare columns: `select(func.count()).where(Book.author_id == key)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains, name_uses
from nplusone_lint.codemods.figure_query import Asked, Chain, Figure, Reading, Unwritable, chain_of

if TYPE_CHECKING:
    import libcst


def read(reading: Reading, call: libcst.Call) -> Asked:
    """`session.scalar(statement)`, `session.execute(…).scalar_one()`, `session.query(Book).count()`"""
    name = chains.called_name(call)
    runs = name in reading.form.runs and len(call.args) == 1 and chain_of(call, reading.form).start is not call
    if runs and not any(link in reading.form.starts for link, _ in chains.links(chains.receiver(call))):
        return _run(reading, call)
    return _of_query(reading, call)


def _run(reading: Reading, call: libcst.Call) -> Asked:
    """A statement that a session is given."""
    if call.args[0].star or call.args[0].keyword is not None:
        raise Unwritable("it is not plain which statement is run")
    whole, awaited = _figure_of(reading, call)
    statement = reading.settled(call.args[0].value)
    if reading.changes(chains.receiver(call)):
        raise Unwritable("each pass asks another session")
    session = reading.text(chains.receiver(call))
    chain = chain_of(statement, reading.form)
    if chain.start is None or len(chain.start.args) != 1 or chains.called_name(chain.start) not in reading.form.starts:
        raise Unwritable("the statement is not written where it is run")
    selected = chain.start.args[0].value
    tested = _tested(reading, selected)
    figure: Figure = "exists" if tested is not None else _kind(selected)
    if tested is not None and chain.links:
        raise Unwritable("the test for rows has conditions of its own")
    selection = "{column}" if tested is not None else f"{{column}}, {reading.text(selected)}"
    begin = f"{reading.text(chain.start.func)}({selection})"
    chain = tested or chain
    pairs, single = reading.form.runs[chains.called_name(call)]
    wait = "await " if awaited else ""
    runner = f"{wait}{session}.{single if tested is not None else pairs}({{query}})"
    asked = _asked(reading, whole, chain, figure, begin, runner)
    asked.default = _default(reading, selected, figure)
    return asked


def _of_query(reading: Reading, call: libcst.Call) -> Asked:
    """A query that runs itself: it ends with `count()`, `exists()` or `scalar()`."""
    end = chains.called_name(call)
    chain = chain_of(call, reading.form)
    if not chain.links or chain.links[-1][1] is not call or call.args or end not in reading.form.ends:
        raise Unwritable(f"`{end}` is no form that can be asked for many keys")
    chain.links.pop()
    base = reading.text(chain.start.func) if chain.start is not None else ""
    args = [arg.value for arg in chain.start.args] if chain.start is not None else []
    if end in ("count", "exists"):
        figure: Figure = "count" if end == "count" else "exists"
        if len(args) > 1:
            raise Unwritable("rows of several models are counted")
        asked = reading.form.spelt["count"]
        default = "0"
        entity = reading.text(args[0]) if args else ""
    else:
        if len(args) != 1:
            raise Unwritable("the query does not ask for one figure")
        tested = _tested(reading, args[0])
        figure = "exists" if tested is not None else _kind(args[0])
        default = _default(reading, args[0], figure)
        asked, entity = reading.text(args[0]), ""
        if tested is not None and chain.links:
            raise Unwritable("the test for rows has conditions of its own")
        chain = tested or chain
    selection = "{column}" if figure == "exists" else f"{{column}}, {asked}"
    begin = f"{base}({selection})" if base else reading.text(chain.base)
    found = _asked(reading, call, chain, figure, begin, "{query}", entity, "" if base else selection)
    found.default = default
    return found


def _figure_of(reading: Reading, call: libcst.Call) -> tuple[libcst.BaseExpression, bool]:
    """From the run of a statement to the figure that comes of it, and whether it is awaited on the way."""
    import libcst

    node: libcst.BaseExpression = call
    awaited = False
    is_figure = chains.called_name(call) == "scalar"
    while True:
        parent = reading.draft.parents.get(node)
        if isinstance(parent, libcst.Await):
            node, awaited = parent, True
            continue
        if isinstance(parent, libcst.Assign) and len(parent.targets) == 1 and not is_figure:
            node = _read_later(reading, parent)
            continue
        ended = reading.draft.parents.get(parent) if isinstance(parent, libcst.Attribute) else None
        if isinstance(ended, libcst.Call) and isinstance(parent, libcst.Attribute) and ended.func is parent:
            name = parent.attr.value
            if name in reading.form.ends and not ended.args and not is_figure:
                node, is_figure = ended, name not in ("one", "first") or _gives_single(reading, call)
                continue
        if not is_figure:
            raise Unwritable("the result of the query is used otherwise than as a figure")
        return node, awaited


def _gives_single(reading: Reading, call: libcst.Call) -> bool:
    """`session.scalars(…).one()` is the figure, `session.execute(…).one()` a tuple with it."""
    _, single = reading.form.runs[chains.called_name(call)]
    return chains.called_name(call) == single


def _read_later(reading: Reading, assign: libcst.Assign) -> libcst.BaseExpression:
    """`result = await session.execute(…)`, and the one place further down where it is read."""
    import libcst

    target = assign.targets[0].target
    uses = name_uses.uses(reading.draft, target.value) if isinstance(target, libcst.Name) else []
    later = [node for node in uses if node is not target]
    if len(later) != 1 or reading.settled(later[0]) is later[0]:
        raise Unwritable("the result of the query is kept")
    return later[0]


def _kind(selected: libcst.BaseExpression) -> Figure:
    """`func.count()`, `func.sum(Book.price)`, `func.count(Book.id).label("n")`"""
    functions = _functions(selected)
    if not functions:
        raise Unwritable("the query asks for more than one figure")
    return "count" if functions[0] == "count" else "aggregate"


FUNCTIONS = ("count", "sum", "min", "max", "avg", "coalesce", "COUNT", "SUM", "MIN", "MAX", "AVG", "COALESCE")


def _functions(selected: libcst.BaseExpression) -> list[str]:
    import libcst

    if isinstance(selected, libcst.Call) and chains.called_name(selected) == "label":
        selected = chains.receiver(selected)
    if not isinstance(selected, libcst.Call) or chains.called_name(selected) not in FUNCTIONS:
        return []
    name = chains.called_name(selected).lower()
    inner = _functions(selected.args[0].value) if name == "coalesce" and selected.args else []
    return [name, *inner] if name != "coalesce" or inner else []


def _default(reading: Reading, selected: libcst.BaseExpression, figure: Figure) -> str:
    """What the query says where there are no rows."""
    import libcst

    if figure == "exists":
        return ""
    if isinstance(selected, libcst.Call) and chains.called_name(selected) == "label":
        selected = chains.receiver(selected)
    assert isinstance(selected, libcst.Call)
    functions = _functions(selected)
    if functions == ["count"]:
        return "0"
    if functions[0] != "coalesce":
        return ""
    if functions[1] == "count" or len(selected.args) != 2:
        raise Unwritable("it is not plain what the query says where there are no rows")
    other = selected.args[1].value
    if not isinstance(other, (libcst.Integer, libcst.Float)):
        raise Unwritable("it is not plain what the query says where there are no rows")
    return reading.text(other)


def _tested(reading: Reading, selected: libcst.BaseExpression) -> Chain | None:
    """The rows that `exists().where(…)`, `exists(select(…)…)` or `select(…)….exists()` asks for."""
    chain = chain_of(selected, reading.form)
    if chain.links and chain.links[-1][0] == "exists":  # session.query(Book).filter(…).exists()
        chain.links.pop()
        return chain
    if chain.start is None or chains.called_name(chain.start) != "exists":
        return None
    if not chain.start.args or chain.links:
        return chain
    inner = chain_of(reading.settled(chain.start.args[0].value), reading.form)
    if inner.start is None or chains.called_name(inner.start) not in reading.form.starts:
        raise Unwritable("it is not plain which rows are asked for")
    return inner


def _asked(
    reading: Reading,
    whole: libcst.BaseExpression,
    chain: Chain,
    figure: Figure,
    begin: str,
    runner: str,
    entity: str = "",
    selection: str = "",
) -> Asked:
    """The links of a query, with the one condition that compares a column with a key."""
    form = reading.form
    if reading.changes(chain.base) and chain.start is None:
        raise Unwritable("each pass asks another query")
    conditions = []
    for name, link in chain.links:
        if name in form.conditions:
            conditions += [(name, arg) for arg in link.args if reading.changes(arg)]
        elif name not in (*form.keeps, *form.drops):
            raise Unwritable(f"the query has `{name}`, and its figure for one key is not that of a group")
        elif any(reading.changes(arg) for arg in link.args):
            raise Unwritable(f"`{name}` differs from pass to pass")
    if len(conditions) != 1:
        raise Unwritable("more than one condition changes from pass to pass" if conditions else "no condition does")
    by, arg = conditions[0]
    entity = entity or _entity(reading, chain)
    place, owner, column, key = _compared(reading, arg, by, entity)

    def write(keys: str) -> str:
        links = "".join(
            _link(reading, name, link, place, f"{owner}.{column}.in_({keys})", owner)
            for name, link in chain.links
            if name not in form.drops
        )
        named = f"{owner}.{column}"
        if selection:
            links += f".{form.replaces}({selection})"
        tail = "".join(f".{one}" for one in (form.present if figure == "exists" else form.group))
        query = begin + links + tail
        query = query.replace("{column}", named)
        return runner.replace("{query}", query)

    return Asked(
        whole, figure, owner, column, key, "", write, gone=reading.gone,
        joins=any("join" in name for name, _ in chain.links), run=runner != "{query}", source=write("…"),
    )  # fmt: skip


def _entity(reading: Reading, chain: Chain) -> str:
    """The model whose columns `filter_by` names: the first that is selected, or of which the query is."""
    import libcst

    if chain.start is not None and chain.start.args:
        return reading.text(chain.start.args[0].value)
    if isinstance(chain.base, libcst.Attribute):  # Book.query
        return reading.text(chain.base.value)
    return ""


def _compared(
    reading: Reading, arg: libcst.Arg, by: str, entity: str
) -> tuple[libcst.CSTNode, str, str, libcst.BaseExpression]:
    """The comparison with the key inside a condition, the column, and the key."""
    import libcst

    if arg.keyword is not None:
        if not entity.isidentifier() or "__" in arg.keyword.value:
            raise Unwritable("it is not plain of which model the column is")
        return arg, entity, arg.keyword.value, arg.value
    node = arg.value
    while isinstance(node, libcst.BinaryOperation) and isinstance(node.operator, libcst.BitAnd):
        if reading.changes(node.left) and reading.changes(node.right):
            raise Unwritable("more than one condition changes from pass to pass")
        node = node.left if reading.changes(node.left) else node.right
    if not isinstance(node, libcst.Comparison) or len(node.comparisons) != 1:
        raise Unwritable("the condition that changes from pass to pass compares no column with a key")
    compared = node.comparisons[0]
    if not isinstance(compared.operator, libcst.Equal):
        raise Unwritable("the condition that changes from pass to pass is no equality")
    sides = [node.left, compared.comparator]
    if reading.changes(sides[0]):
        sides.reverse()
    column, key = sides
    if reading.changes(column) or not isinstance(column, libcst.Attribute):
        raise Unwritable("the key is not compared with a column")
    return node, reading.text(column.value), column.attr.value, key


def _link(reading: Reading, name: str, link: libcst.Call, place: libcst.CSTNode, condition: str, owner: str) -> str:
    """One link as text, with the condition for many keys where the one for a single key stood."""
    if name == "select_from" and len(link.args) == 1 and reading.text(link.args[0].value) == owner.removesuffix(".c"):
        return ""  # the column says as much
    parts: dict[libcst.CSTNode, str] = {}
    if place in set(_below(link)):
        parts[place] = condition
    rest = [reading.text(arg, parts if place in set(_below(arg)) else None) for arg in link.args]
    if place in link.args and name == "filter_by":
        others = [reading.text(arg) for arg in link.args if arg is not place]
        return f".filter({condition})" + (f".filter_by({', '.join(others)})" if others else "")
    rest = [text.removesuffix(",").rstrip() for text in rest]
    return f".{name}({', '.join(rest)})"


def _below(node: libcst.CSTNode) -> list[libcst.CSTNode]:
    from nplusone_lint.codemods.names import walk

    return list(walk(node))
