"""Loops over rows and over keys: the parts that are the same for every library."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from variation import KEYS, NAMES, RESULTS, Body, Writer

INPUTS = ("list(range(1, 9))", "[]", "[3, 99, 1]", "[2, 2, 1, 2]", "[99]")
"""Keys: all there, none at all, one missing, some twice, none there."""

Expression = Callable[[str], str]
"""An expression about a row or a key, from the name that it has."""


WITH_STATEMENTS = ("append", "enumerate", "guard", "skip", "raise", "keep")
"""Forms whose last line but one takes the value, so that a statement fits before it."""


def over_rows(writer: Writer, rows: str, setup: list[str], of_row: Expression, disturbance: Sequence[str] = ()) -> Body:
    """A loop over what `rows` gives, with something of each row; `setup` are the statements before.

    A `disturbance` is a statement about a row that may stand in the loop, and may forbid a fix.
    """
    row, result = writer.pick(NAMES), writer.pick(RESULTS)
    value = of_row(row)
    if writer.chance(0.3) and "await" not in rows:
        setup, rows = [*setup, f"rows = {rows}"], "rows"
    form = writer.pick(("append", "append", "comprehension", "dict", "enumerate", "helper", "guard", "raise", "skip"))
    parameters = ""
    arguments: tuple[str, ...] = ("",)
    if form == "comprehension":
        lines = [f"return [{value} for {row} in {rows}]"]
    elif form == "dict":
        lines = [f"return {{{row}.id: {value} for {row} in {rows}}}"]
    elif form == "enumerate":
        lines = [f"{result} = []", f"for place, {row} in enumerate({rows}, 1):"]
        lines += [f"    {result}.append((place, {value}))", f"return {result}"]
    elif form == "helper":
        lines = [f"def told({row}):", f"    return {value}", f"return [told(each) for each in {rows}]"]
    elif form == "guard":
        lines = [f"{result} = {{}}", f"for {row} in {rows}:", f"    if {row}.id > 2:"]
        lines += [f"        {result}[{row}.id] = {value}", f"return {result}"]
    elif form == "skip":
        lines = [f"{result} = []", f"for {row} in {rows}:", f"    if {row}.id == 2:", "        continue"]
        lines += [f"    {result}.append({value})", f"return {result}"]
    elif form == "raise":
        parameters, arguments = "stop: int", ("99", "4", "1")
        lines = [f"{result} = []", f"for {row} in {rows}:", f"    if {row}.id == stop:"]
        lines += [f'        raise ValueError(f"stopped at {{{row}.id}} after {{{result}}}")']
        lines += [f"    {result}.append({value})", f"return {result}"]
    else:
        lines = [f"{result} = []", f"for {row} in {rows}:", f"    {result}.append({value})", f"return {result}"]
    if form in WITH_STATEMENTS:
        disturb(writer, lines, row, disturbance)
    return Body((*setup, *lines), parameters, arguments)


def over_rows_of_rows(writer: Writer, rows: str, setup: list[str], inner: str, value: str) -> Body:
    """A loop in a loop: `inner` is what is gone through for each row, `value` is about each `two` of that."""
    row, result = writer.pick(NAMES[:4]), writer.pick(RESULTS)
    inner = inner.replace("{}", row)
    form = writer.pick(("append", "append", "named", "dict", "comprehension"))
    if form == "comprehension":
        return Body((*setup, f"return [{value} for {row} in {rows} for two in {inner}]"), "", ("",))
    lines = [f"{result} = {{}}" if form == "dict" else f"{result} = []", f"for {row} in {rows}:"]
    if form == "named":
        lines.append(f"    several = {inner}")
        inner = "several"
    lines.append(f"    for two in {inner}:")
    lines.append(
        f"        {result}[{row}.id, two.id] = {value}" if form == "dict" else f"        {result}.append({value})"
    )
    return Body((*setup, *lines, f"return {result}"), "", ("",))


def disturb(writer: Writer, lines: list[str], name: str, disturbance: Sequence[str]) -> None:
    """Put a statement before the line that takes the value, in one function of five."""
    if disturbance and writer.chance(0.2):
        indent = lines[-2][: len(lines[-2]) - len(lines[-2].lstrip())]
        lines.insert(-1 if writer.chance(0.5) else -2, indent + writer.pick(disturbance).replace("{}", name))


def over_keys(
    writer: Writer, of_key: Expression, of_row: Expression, disturbance: Sequence[str] = (), *, may_miss: bool
) -> Body:
    """A loop over keys: a row by each key, and something of each row. `may_miss`: a missing row is None."""
    key, keys, result = "key", writer.pick(KEYS), writer.pick(RESULTS)
    row = writer.pick(NAMES)
    query, value = of_key(key), of_row(row)
    head = f"for {key} in {keys}:"
    form = writer.pick(("append", "append", "guard", "skip", "enumerate", "dict", "raise", "keep", "rebind"))
    if form == "enumerate":
        head = f"for place, {key} in enumerate({keys}):"
    lines = [f"{result} = {{}}" if form == "dict" else f"{result} = []", head]
    depth = "    "
    if form == "guard":
        lines.append(f"    if {key} > 1:")
        depth = "        "
    if form == "skip":
        lines += [f"    if {key} == 2:", "        continue"]
    if form == "rebind":
        lines += writer.random.choice((["    key = key % 3"], ["    if key == 2:", "        key += 1"]))
    lines.append(f"{depth}{row} = {query}")
    if may_miss and form == "raise":
        lines += [f"    if {row} is None:", f'        raise LookupError(f"no {{{key}}} after {{{result}}}")']
        may_miss = False
    if may_miss and form == "keep":
        lines += [f"    if not {row}:", f'        {result}.append("?")', "        continue"]
        may_miss = False
    shown = f"({value} if {row} is not None else None)" if may_miss else value
    if form == "dict":
        lines.append(f"{depth}{result}[{key}] = {shown}")
    elif form == "enumerate":
        lines.append(f"{depth}{result}.append((place, {shown}))")
    else:
        lines.append(f"{depth}{result}.append({shown})")
    lines.append(f"return {result}")
    if form in WITH_STATEMENTS:
        disturb(writer, lines, row if writer.chance(0.5) and not may_miss else key, disturbance)
    return Body(tuple(lines), f"{keys}: list[int]", INPUTS)


def answers_per_key(writer: Writer, of_key: Expression) -> Body:
    """One value for each key: a count, a sum, whether there is any."""
    keys, result = writer.pick(KEYS), writer.pick(RESULTS)
    query = of_key("key")
    form = writer.pick(("append", "comprehension", "dict", "test", "guard"))
    if form == "comprehension":
        lines = [f"return [{query} for key in {keys}]"]
    elif form == "dict":
        lines = [f"return {{key: {query} for key in {keys}}}"]
    elif form == "test":
        lines = [f"return [key for key in {keys} if {query}]"]
    else:
        guard = [f"    if key == {writer.pick(('2', '99'))}:", "        continue"] if form == "guard" else []
        lines = [f"{result} = []", f"for key in {keys}:", *guard, f"    number = {query}"]
        lines += [f"    {result}.append((key, number))", f"return {result}"]
    return Body(tuple(lines), f"{keys}: list[int]", INPUTS)


def keyed(body: Body, kind: str, arguments: Sequence[str]) -> Body:
    """The same with keys of another kind; for none of them need they be annotated."""
    parameters = body.parameters.replace(": list[int]", f": list[{kind}]" if kind else "")
    return Body(body.lines, parameters, tuple(arguments))


def in_every_pass(writer: Writer, query: str) -> Body:
    """The same query in every pass."""
    keys, result = writer.pick(KEYS), writer.pick(RESULTS)
    lines = [f"{result} = []", f"for key in {keys}:", f"    same = {query}", f"    {result}.append((key, same))"]
    return Body((*lines, f"return {result}"), f"{keys}: list[int]", INPUTS)
