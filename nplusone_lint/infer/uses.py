"""Which object round trips are made through: a session, connection or client, by the path of where it comes from.

`session`, `self.db`, `shop.database:engine` of a module, or "" where the function has opened it for itself. At each
call of the function the path becomes the caller's: `session` is what is passed, `self.db` an attribute of the receiver.

Two uses with the same type and path surely are of one object, and that is what `together` reports: a path leads through
names and attributes to where the object comes from, and what is not certain has none. `lines` asks something else:
whether anybody else may use the connection, where what is not certain is shared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nplusone_lint import facts
from nplusone_lint.infer.acts import assigned_alone, is_harmless_name
from nplusone_lint.infer.binding import passed_for
from nplusone_lint.infer.bound_names import NEVER, bound_names
from nplusone_lint.infer.frames import CallSite, Frame, Use
from nplusone_lint.infer.parts import decorator_name, last_name, path_of
from nplusone_lint.infer.shared_state import entered_in
from nplusone_lint.link.names import Global
from nplusone_lint.roundtrip import Resource, RoundTrip
from nplusone_lint.values import UNKNOWN, Class, External, Handle, Instance, Unknown, Value, changed

REMOTE: tuple[Resource, ...] = ("http", "rpc")
LOCK = re.compile(r"(^|_)(lock|mutex)(s|ed)?($|_)")
LIMIT = re.compile(
    r"(^|_)(sleep|throttled?|throttler|limiter|ratelimit(ed|s)?|limit(s|ed)|rate_limit|semaphore|bounded|acquire|"
    r"capacity|concurrency|concurrent|max_workers|pool_size)s?($|_)"
)
ENTERED = re.compile(r"limit|sem|throttle|slot|permit|gate|pool|quota|capacity")
MAX_USES = 12  # things that a caller is told of
MAX_ALIASES = 3
PER_ITEM = frozenset({"map", "imap", "imap_unordered", "map_async", "starmap", "filter"})


def note_use(frame: Frame, receiver: Value, trip: RoundTrip, site: CallSite) -> None:
    """Note what a round trip is made through, where it matters who else uses it at the same time."""
    held, node = receiver, site.receiver
    if not isinstance(held, Handle) and node is not None and trip.resource == "sql":
        held, node = _session_behind(frame, node)  # session.query(Book).all()
    if not isinstance(held, Handle):
        return
    known = frame.analysis.tables.types.get(held.type)
    if known is None or node is None or not (known.alone or trip.resource in REMOTE):
        return
    path = holder_path(frame, node)
    own = _is_made_here(frame, path)
    use = Use(
        held.type, path, frame.site(site.at), bool(known.alone), own, held.guessed, guard_of(frame, frame.function)
    )
    frame.uses.setdefault(site.at, {}).setdefault((held.type, path), use)


def _session_behind(frame: Frame, node: facts.Expr) -> tuple[Value, facts.Expr | None]:
    """The object at which a chain of calls starts, if a name holds it."""
    while isinstance(node, facts.Call) and isinstance(node.function, facts.Attribute):
        node = node.function.value
    path = path_of(node)
    return (_held_by(frame, path), node) if path else (UNKNOWN, None)


def _held_by(frame: Frame, path: str) -> Value:
    value = frame.names.get(path)
    return value if value is not None else (frame.outer or {}).get(path, UNKNOWN)


def _is_made_here(frame: Frame, name: str) -> bool:
    """Whether a function makes the object itself, of a library's type: `async with httpx.AsyncClient() as client`."""
    if name not in frame.function.locals:
        return False
    made: list[facts.Expr | None] = [*bound_names(frame.analysis, frame.function).get(name, NEVER).entered]
    for call in made or [assigned_alone(frame, name)]:
        symbol = frame.analysis.names.resolve_expression(
            frame.module, call.function if isinstance(call, facts.Call) else None
        )
        if isinstance(symbol, External) and frame.analysis.tables.type_name(symbol.name):
            return True
    return False


def lift_uses(
    frame: Frame, uses: Iterable[Use], function: facts.FunctionFacts, at: int, expression: facts.Expr
) -> None:
    """What a callee uses as its caller's own: under the caller's path for it."""
    if function.name == "__init__":
        return
    guard = guard_of(frame, frame.function)
    there = frame.uses.setdefault(at, {})
    for use in uses:
        path = _outer_path(frame, use, function, expression)
        if (path or use.own) and len(there) < MAX_USES:
            own = use.own or _is_made_here(frame, path)
            outer = changed(use, path=path, own=own, guard=max(guard, use.guard), calls=use.calls + 1)
            there.setdefault((use.type, path), outer)


def _outer_path(frame: Frame, use: Use, function: facts.FunctionFacts, expression: facts.Expr) -> str:
    root, _, rest = use.path.partition(".")
    if not root or ":" in root:
        return use.path
    if any(parameter.name == root for parameter in function.parameters):
        given = _passed(function, root, expression)
        return _path_from(frame, given, rest, use) if given is not None else ""
    # what the callee has opened, or made in a way of its own, no caller knows
    if root in function.locals or not function.qualname.startswith(f"{frame.function.qualname}."):
        return ""
    return _path_from(frame, facts.Name(root), rest, use)  # of a function inside this one


def _passed(function: facts.FunctionFacts, parameter: str, expression: facts.Expr) -> facts.Expr | None:
    """The expression that a call passes for a parameter; `pool.submit(work, session)` calls `work(session)`."""
    if isinstance(expression, facts.Call) and last_name(expression.function) != function.name:
        named = [number for number, given in enumerate(expression.arguments) if last_name(given) == function.name]
        if named:
            called, others = expression.arguments[named[0]], expression.arguments[named[0] + 1 :]
            if last_name(expression.function) in PER_ITEM:  # each item is passed for the first parameter
                others = tuple([facts.NOTHING for _ in others])
            expression = facts.Call(called, others, expression.keywords, expression.at)
    if isinstance(expression, facts.Call) and isinstance(expression.function, facts.Name) and function.cls:
        bound = facts.Attribute(facts.NOTHING, function.name, expression.at)  # a method that a name holds
        expression = facts.Call(bound, expression.arguments, expression.keywords, expression.at)
    given = passed_for(function, parameter, expression)
    return None if given is expression else given


def _path_from(frame: Frame, node: facts.Expr, rest: str, use: Use) -> str:
    """The path of an attribute (of an attribute …) of what an expression gives."""
    made = node
    if isinstance(node, facts.Name):
        made = assigned_alone(frame, node.id) or node
    if rest and isinstance(made, facts.Call):
        passed = _session_given(frame, made, rest, use)
        if passed is not None:
            return holder_path(frame, passed)
        if made is node:
            return ""  # made for this one call
    if rest and _lacks(frame, _held_by(frame, path_of(node)), rest.partition(".")[0]):
        return ""
    if not rest and not isinstance(_held_by(frame, path_of(node)), (Unknown, Handle)):
        return ""
    base = holder_path(frame, node)
    return f"{base}.{rest}" if base and rest else base


def _lacks(frame: Frame, owner: Value, name: str) -> bool:
    """Whether an object of the program has no such attribute: what was called is not what it brings."""
    hierarchy, classes = frame.analysis.hierarchy, frame.analysis.names.classes
    if not isinstance(owner, Instance) or owner.cls not in classes:
        return False
    if any(not is_harmless_name(frame.analysis.tables, base) for base in hierarchy.library_bases(owner.cls)):
        return False
    known = (classes[cls] for cls in hierarchy.order(owner.cls) if cls in classes)
    return not any(name in cls.fields or name in cls.stores or name in cls.methods for cls in known)


def _session_given(frame: Frame, made: facts.Call, rest: str, use: Use) -> facts.Expr | None:
    """`session` of `BookRepository(session)`: what an object is made with, if that is one session, is what it uses."""
    known = frame.analysis.tables
    found = []
    for given in (*made.arguments, *[value for _, value in made.keywords]):
        held = _held_by(frame, path_of(given))
        named = last_name(given) == rest.rpartition(".")[2].strip("_") or use.type in known.likely.get(
            last_name(given), ()
        )
        if (isinstance(held, Handle) and held.type == use.type) or (not isinstance(held, Handle) and named):
            found.append(given)
    return found[0] if len(found) == 1 else None


def holder_path(frame: Frame, node: facts.Expr, aliases: int = MAX_ALIASES) -> str:
    """The path of what an expression names, through assignments of one name to another; else ""."""
    if isinstance(node, facts.Attribute):
        if isinstance(node.value, facts.Name) and _is_computed(frame, node):
            return ""
        base = holder_path(frame, node.value, aliases)
        return f"{base}.{node.name}" if base else ""
    if not isinstance(node, facts.Name):
        return ""
    function, name = frame.function, node.id
    is_parameter = any(parameter.name == name for parameter in function.parameters)
    if name in function.locals or is_parameter:
        made = assigned_alone(frame, name) if not is_parameter else None
        if isinstance(made, (facts.Name, facts.Attribute)):
            return holder_path(frame, made, aliases - 1) if aliases else ""
        again = is_parameter and bound_names(frame.analysis, function).get(name, NEVER).assigned
        return "" if again else name
    if _is_of_enclosing(frame, name):
        return name
    symbol = frame.analysis.names.resolve(frame.module, name)
    if isinstance(symbol, Global):
        return f"{symbol.module}:{symbol.name}"
    return f":{symbol.name}" if isinstance(symbol, External) else ""


def _is_of_enclosing(frame: Frame, name: str) -> bool:
    """Whether a name is one of a function in which the function is defined."""
    outer = frame.analysis.function(frame.function.qualname.rpartition(".")[0])
    while outer is not None and outer.name != "<module>":
        if name in outer.locals or any(parameter.name == name for parameter in outer.parameters):
            return True
        outer = frame.analysis.function(outer.qualname.rpartition(".")[0])
    return False


def _is_computed(frame: Frame, node: facts.Attribute) -> bool:
    """`self.session` that a property makes anew, or hands out."""
    owner = frame.names.get(path_of(node.value), UNKNOWN)
    cls = owner.cls if isinstance(owner, Instance) else owner.name if isinstance(owner, Class) else ""
    return bool(cls) and frame.analysis.hierarchy.method(cls, node.name) is not None


def guard_of(frame: Frame, function: facts.FunctionFacts) -> int:
    """2 where a function holds a lock somewhere, 1 where it limits how much goes on at once, else 0."""
    known = frame.analysis.guarded.get(function)
    if known is None:
        entered = {part for path in entered_in(function) for part in path.split(".")}
        words = {word.lower() for word in function.words | entered | set(map(decorator_name, function.decorators))}
        made = {name for path in entered_in(function) for name in _makers_of(frame, function, path)}
        locked = any(LOCK.search(word.lower()) for word in (*entered, *made))
        limited = any(map(LIMIT.search, words)) or any(ENTERED.search(word.lower()) for word in (*entered, *made))
        known = 2 if locked else int(limited)
        frame.analysis.guarded[function] = known
    return known


def _makers_of(frame: Frame, function: facts.FunctionFacts, path: str) -> list[str]:
    """By what calls an object that a function enters is made: `Semaphore` of `at_once = asyncio.Semaphore(10)`."""
    made: list[facts.Expr | None] = [frame.analysis.names.modules[function.module].assigns.get(path)]
    owner, _, name = path.partition(".")
    if owner == "self" and function.cls in frame.analysis.names.classes:
        made += [value for _, value in frame.analysis.names.classes[function.cls].stores.get(name, ())]
    outer = frame.analysis.function(function.qualname.rpartition(".")[0])
    while outer is not None and outer.name != "<module>":
        made += bound_names(frame.analysis, outer).get(path, NEVER).assigned
        outer = frame.analysis.function(outer.qualname.rpartition(".")[0])
    return [last_name(call.function) for call in made if isinstance(call, facts.Call)]
