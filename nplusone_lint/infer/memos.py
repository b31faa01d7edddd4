"""Results that are kept for next time: a trip behind `if self._rows is None` is made once, not once per pass."""

from __future__ import annotations

from collections.abc import Container

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.parts import decorator_name, expressions_of, last_name, nodes_in, nodes_run, parts_of, path_of

CACHING = ("cache", "memo")
MISSING_KEY = frozenset(["KeyError", "LookupError"])
LOOK_BACK = 3  # statements
GROWING = ("add", "update", "setdefault", "append")


def fills(body: list[facts.Statement], paths: frozenset[str]) -> bool:
    """Whether the statements store into one of the paths."""
    for statement in walk(body):
        if isinstance(statement, facts.Assign):
            for target in statement.targets:
                stored = target.value if isinstance(target, facts.Item) else target
                if path_of(stored) in paths:
                    return True
        elif isinstance(statement, facts.Evaluate) and isinstance(statement.value, facts.Call):
            function = statement.value.function
            grows = isinstance(function, facts.Attribute) and function.name in GROWING
            if grows and isinstance(function, facts.Attribute) and path_of(function.value) in paths:
                return True
    return False


def looked_up(before: list[facts.Statement]) -> dict[str, str]:
    """Names that the statements just before took from a container, `hit = self._rows.get(key)`, with its path."""
    found: dict[str, str] = {}
    for statement in before[-LOOK_BACK:]:
        if isinstance(statement, facts.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            container = container_of(statement.value)
            if isinstance(target, facts.Name) and container:
                found[target.id] = container
    return found


def container_of(value: facts.Expr) -> str:
    """`self._rows` of `self._rows.get(key)` and `self._rows[key]`"""
    if isinstance(value, facts.Item):
        return path_of(value.value)
    if isinstance(value, facts.Call) and isinstance(value.function, facts.Attribute) and value.function.name == "get":
        return path_of(value.function.value)
    return ""


def tested(test: facts.Expr) -> frozenset[str]:
    """The names and attributes whose presence a condition asks for: `x is None`, `not x`, `key in x`, `x.get(key)`."""
    found: set[str] = set()
    stack = [test]
    while stack:
        node = stack.pop()
        if isinstance(node, facts.Compare) and node.operator in ("In", "NotIn"):
            found.add(path_of(node.right))
        elif isinstance(node, facts.Compare) and node.operator in ("Is", "IsNot"):
            found.add(path_of(node.left))
            stack.append(node.left)
        elif isinstance(node, (facts.Name, facts.Attribute)):
            found.add(path_of(node))
        elif isinstance(node, facts.Walrus):
            found.add(container_of(node.value))
        elif isinstance(node, facts.Call):
            stack.extend(
                part for part in parts_of(node)[:1] if isinstance(part, facts.Attribute) and part.name == "get"
            )
            if isinstance(node.function, facts.Name) and node.function.id == "hasattr" and len(node.arguments) == 2:
                found.add(_attribute_named(node.arguments))
        elif isinstance(node, (facts.Compound, facts.Choice)):
            stack.extend(parts_of(node))
    found.discard("")
    return frozenset(found)


def _attribute_named(arguments: tuple[facts.Expr, ...]) -> str:
    owner, name = arguments
    text = name.value if isinstance(name, facts.Literal) else ""
    return f"{path_of(owner)}.{text}" if path_of(owner) else ""


def guards(
    statement: facts.Branch, before: list[facts.Statement], rest: list[facts.Statement], local: frozenset[str]
) -> tuple[bool, bool]:
    """Whether a branch makes its body a first-time fill, or the statements behind it (`if key in cache: return …`).

    A local name does not outlive the call; one that was just read from a container stands for the container.
    """
    found = looked_up(before)
    named = (found.get(path, path) for path in tested(statement.test))
    paths = frozenset(path for path in named if path and ("." in path or path not in local))
    if not paths:
        return False, False
    return fills(statement.body, paths), _leaves(statement.body) and fills(rest, paths)


def _leaves(body: list[facts.Statement]) -> bool:
    """Whether a known answer ends the work: `return`, or on to the next pass; `raise` says it was not to be known."""
    inside = walk(body)
    inner = {id(s) for loop in inside if isinstance(loop, facts.Loop) for s in walk(loop.body)}
    return any(
        isinstance(s, facts.Return) or (isinstance(s, facts.Jump) and s.kind != "raise" and id(s) not in inner)
        for s in inside
    )


def looked_in(node: facts.Try, caught: tuple[str, ...]) -> frozenset[str]:
    """What a handler finds empty: `self._rows` of `try: row = self._rows[key]`, with `except KeyError`."""
    keys, attributes = not MISSING_KEY.isdisjoint(caught), "AttributeError" in caught
    found: set[str] = set()
    stack = expressions_of(node.body) if keys or attributes else []
    while stack:
        part = stack.pop()
        stack.extend(parts_of(part))
        if keys and isinstance(part, facts.Item):
            found.add(path_of(part.value))
        elif attributes and isinstance(part, facts.Attribute):
            found.add(path_of(part))
    found.discard("")
    return frozenset(found)


def fills_missing(
    node: facts.Try, handler: list[facts.Statement], caught: tuple[str, ...], local: frozenset[str]
) -> bool:
    """Whether a handler keeps for next time what was not there: see `guards`."""
    paths = frozenset(path for path in looked_in(node, caught) if "." in path or path not in local)
    return bool(paths) and fills(handler, paths)


def awaits_once(body: list[facts.Statement], shared: Container[str]) -> bool:
    """Whether a coroutine awaits only while a name of its module is empty still: `if rows is None: rows = await …`."""
    for number, statement in enumerate(body):
        if isinstance(statement, facts.Branch):
            paths = frozenset(path for path in _empty_if(statement.test) if path in shared)
            inside = bool(paths) and fills(statement.body, paths)
            if _awaits([statement.test]) or not (inside or awaits_once(statement.body, shared)):
                return False
            if paths and _leaves(statement.body) and fills(body[number + 1 :], paths):
                return True
            if not awaits_once(statement.orelse, shared):
                return False
        elif isinstance(statement, facts.With) and _is_lock(statement):
            if not awaits_once(statement.body, shared):
                return False
        elif _awaits(expressions_of([statement])) or any(getattr(one, "is_async", False) for one in walk([statement])):
            return False  # `async for`, `async with`
    return True


def _empty_if(test: facts.Expr) -> frozenset[str]:
    """Names that are asked for as a whole, not for one of their keys."""
    keyed = any(
        isinstance(part, facts.Item)
        or (isinstance(part, facts.Compare) and part.operator in ("In", "NotIn"))
        or (isinstance(part, facts.Call) and last_name(part.function) == "get")
        for part in nodes_in([test])
    )
    return frozenset() if keyed else tested(test)


def _is_lock(statement: facts.With) -> bool:
    return all("lock" in last_name(entered).lower() for entered, _ in statement.items)


def _awaits(expressions: list[facts.Expr]) -> bool:
    return any(isinstance(part, facts.Await) for part in nodes_run(*expressions))


def counts_passes(test: facts.Expr) -> bool:
    """`number % 100 == 0`, `len(batch) >= size`, with or without `or last`: not every pass gets here."""
    if isinstance(test, facts.Choice):
        return any(counts_passes(part) for part in (*test.options, *test.tests))
    if isinstance(test, facts.Compound):
        return test.operator == "Mod" or any(counts_passes(part) for part in test.parts)
    if not isinstance(test, facts.Compare):
        return False
    full = test.operator in ("GtE", "Gt", "Eq") and _is_length(test.left) and not _is_zero(test.right)
    return full or counts_passes(test.left) or counts_passes(test.right)


def _is_length(node: facts.Expr) -> bool:
    return isinstance(node, facts.Call) and isinstance(node.function, facts.Name) and node.function.id == "len"


def _is_zero(node: facts.Expr) -> bool:
    return isinstance(node, facts.Literal) and node.value in (0, 1)


def keeps_answer(function: facts.FunctionFacts) -> bool:
    """Whether a second call with the same receiver and arguments is answered from memory: `cached_property`, too."""
    names = (decorator_name(decorator).lower() for decorator in function.decorators)
    return any(word in name for name in names for word in CACHING)


def is_cached(function: facts.FunctionFacts) -> bool:
    """A decorator such as `lru_cache` keeps the answers; `cached_property` keeps one per object, which is no help."""
    for decorator in function.decorators:
        name = decorator_name(decorator)
        if name != "cached_property" and any(word in name.lower() for word in CACHING):
            return True
    return False
