"""A function that looks for the row of several columns gets a twin that gives the rows of many, by those columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.bulk import KeyedForm
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.by_key import MAX_LINE, assigned
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Lookup, same_dotted, spliced
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.twin import parameter_text, placed_below, signature_of
from nplusone_lint.codemods.words import in_plural, in_singular, variable
from nplusone_lint.finding import Edit, Refusal

if TYPE_CHECKING:
    import libcst


@dataclass(slots=True, eq=False)
class Condition:
    """`Book.shop_id == shop_id`: the column, and the parameter."""

    node: libcst.BaseExpression
    column: str
    parameter: str


@dataclass(slots=True, eq=False)
class Compared:
    """A whole statement: `call` is its last link, which takes all `conditions`."""

    call: libcst.Call
    conditions: list[Condition]


def read_conditions(draft: Draft, function: libcst.FunctionDef, lookup: Lookup, form: KeyedForm) -> Compared | Refusal:
    """The comparisons of the statement behind a look-up, each of a column with a parameter."""
    import libcst

    refused = Refusal(f"`{function.name.value}` does more than to compare columns of one model with what it is given")
    calls = [n for n in walk(function) if isinstance(n, libcst.Call) and chains.called_name(n) in form.conditions]
    if len(calls) != 1 or lookup.model_node is None or "#" in draft.code(calls[0]):
        return refused
    parameters = {param.name.value for param in function.params.params}
    found: list[Condition] = []
    for arg in calls[0].args:
        node = arg.value
        if arg.star or arg.keyword is not None or not isinstance(node, libcst.Comparison) or len(node.comparisons) != 1:
            return refused
        part = node.comparisons[0]
        sides = [node.left, part.comparator]
        column = next((s for s in sides if isinstance(s, libcst.Attribute)), None)
        given = next((s for s in sides if isinstance(s, libcst.Name) and s.value in parameters), None)
        if column is None or given is None or not isinstance(part.operator, libcst.Equal):
            return refused
        if not same_dotted(draft, column.value, lookup.model_node) or "\n" in draft.code(node):
            return refused
        found.append(Condition(node, column.attr.value, given.value))
    names = [each.parameter for each in found], [each.column for each in found]
    if any(len({*each}) != len(each) for each in names):
        return refused
    key = next((each for each in found if each.parameter == draft.code(lookup.key)), None)
    whole = lookup.statement or lookup.write
    if key is None or whole("?", "?") != spliced(draft, calls[0], [(key.node, f"{lookup.model}.?.in_(?)")]):
        return refused
    return Compared(calls[0], found)


def rows_twin(
    draft: Draft, function: libcst.FunctionDef, lookup: Lookup, compared: Compared, varying: list[str],
    name: str, row_value: str, keys: str,
) -> Edit | Refusal:  # fmt: skip
    """The twin, below its function."""
    head = draft.code(chains.receiver(compared.call))
    whole = lookup.statement or lookup.write
    sent = lookup.write("?", "?").replace(whole("?", "?"), "?")
    if "\n" in head or "\n" in sent:
        return Refusal(f"the query of `{function.name.value}` is written over several rows")
    room = MAX_LINE - len(draft.indent(function)) - 4
    row = fresh(draft, in_singular(variable(lookup.model.rpartition(".")[2])))
    rows = fresh(draft, in_plural(row) if in_plural(row) != row else "rows")
    statement = fresh(draft, "statement")
    columns = [each.column for each in compared.conditions if each.parameter in varying]
    lines = _statement(draft, lookup, compared, varying, f"{row_value}(%s).in_({keys})", statement, room)
    if sent == "?":
        rows = statement
    else:
        lines += assigned(rows, sent.replace("?", statement))
    given, loop = f"({', '.join(f'{row}.{column}' for column in columns)}): {row}", f"for {row} in {rows}"
    if len(f"return {{{given} {loop}}}") <= room:
        lines.append(f"return {{{given} {loop}}}")
    elif len(given) + 1 + len(loop) + 4 <= room:
        lines += ["return {", f"    {given} {loop}", "}"]
    else:
        lines += ["return {", f"    {given}", f"    {loop}", "}"]
    spoken = " and ".join(column.replace("_", " ") for column in columns)
    text = f'"""What `{function.name.value}` gives, by {spoken}: those that are there."""'
    signature = _signature(draft, function, lookup, compared, varying, name, keys)
    return placed_below(draft, function, [*signature, *(f"    {line}" for line in (text, *lines))])


def _statement(
    draft: Draft, lookup: Lookup, compared: Compared, varying: list[str], together: str, name: str, room: int
) -> list[str]:
    """The rows that make the statement: the same conditions, those that differ as one."""
    texts: list[str] = []
    columns = [f"{lookup.model}.{each.column}" for each in compared.conditions if each.parameter in varying]
    for condition in compared.conditions:
        if condition.parameter not in varying:
            texts.append(draft.code(condition.node))
        elif columns:
            texts.append(together.replace("%s", ", ".join(columns)))
            columns = []
    head = f"{name} = {draft.code(chains.receiver(compared.call))}.{chains.called_name(compared.call)}("
    whole = f"{head}{', '.join(texts)})"
    return [whole] if len(whole) <= room else [head, *(f"    {text}," for text in texts), ")"]


def _signature(
    draft: Draft, function: libcst.FunctionDef, lookup: Lookup, compared: Compared, varying: list[str],
    name: str, keys: str,
) -> list[str]:  # fmt: skip
    by_name = {param.name.value: param for param in function.params.params}
    order = [each.parameter for each in compared.conditions if each.parameter in varying]
    told = [by_name[each].annotation for each in order]
    kind = ", ".join(draft.code(each.annotation) for each in told if each is not None) if all(told) else ""
    given = f"{keys}: list[tuple[{kind}]]" if kind else keys
    parameters: list[str] = []
    for param in function.params.params:
        if param.name.value not in varying:
            parameters.append(parameter_text(draft, param))
        elif given not in parameters:
            parameters.append(given)
    back = f"dict[tuple[{kind}], {lookup.model}]" if kind else "dict"
    return signature_of(draft, function, name, parameters, back if function.returns is not None else "")
