"""Over whose connection a trip goes: one that the coroutine opens for itself, or one that others may use, too.

What is advised here is to await at the same time, so what is not certain is shared: names tell of sessions, too, and a
path is as the code spells it. `uses` asks something else: which object it is, so that two surely use the same one.
"""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.frames import Frame, Heard
from nplusone_lint.infer.parts import expressions_of, path_of
from nplusone_lint.infer.shared_state import calls_in
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.awaits import Line
from nplusone_lint.seen.site import Site
from nplusone_lint.values import Handle, Instance, Record, Value, options_of

SESSION_WORDS = frozenset({
    "session", "sessions", "db", "database", "conn", "connection", "cursor", "cur", "tx", "trans", "transaction", "uow",
    "unit_of_work", "db_session", "async_session", "asession", "db_conn", "dbsession", "sess", "repo", "repository",
    "repos", "dao", "crud", "orm", "pg", "sql", "sqlite",
})  # fmt: skip
"""Names of things that send one statement at a time, or of what is made with one."""

SESSION_ENDS = ("_session", "_db", "_conn", "_connection", "_cursor", "_repo", "_repository", "_dao", "_crud", "_uow",
                "_tx", "_transaction")  # fmt: skip
ON_THE_SAME = frozenset({
    "begin", "begin_nested", "transaction", "cursor", "execute", "stream", "scalars", "stream_scalars", "connection",
    "prepare", "query",
})  # fmt: skip
"""Methods that give something which uses the connection it was made of."""

ASKING = frozenset({
    "execute", "executemany", "cursor", "fetch", "fetchrow", "fetchone", "fetchall", "fetchval", "query", "commit",
    "scalar", "scalars",
})  # fmt: skip
"""Methods by which a session or a connection is asked, whoever made it."""


def line_of(frame: Frame, made: Made, expression: facts.Expr, at: int) -> Line | None:
    """Over what a trip goes; None for one that needs no object, such as a function that sends a request."""
    tables = frame.analysis.tables
    heard = frame.heard.get(at) if frame.heard is not None else None
    handle = getattr(heard.callee, "receiver", None) if heard is not None else None
    library = handle.type if isinstance(handle, Handle) else made.library
    known = tables.types.get(library)
    if known is None or (not known.asynchronous and made.trip.resource not in DATABASES):
        return None
    receiver = expression.function if isinstance(expression, facts.Call) else expression
    path = path_of(receiver.value) if isinstance(receiver, facts.Attribute) else path_of(receiver)
    return Line(library, path, False, known.tasks, made.site)


def used_line(frame: Frame, heard: Heard, at: int) -> Line | None:
    """The session or connection whose method is called, whatever that does: `session.run_sync(work)`."""
    handle = getattr(heard.callee, "receiver", None)
    call = heard.expression
    if not isinstance(handle, Handle) or not isinstance(call, facts.Call) or not _holds_session(frame, handle):
        return None
    path = path_of(call.function.value) if isinstance(call.function, facts.Attribute) else ""
    return Line(handle.type, path, False, False, frame.site(at))


def given_line(frame: Frame, heard: Heard, at: int) -> Line | None:
    """A session, a connection or the like that an unknown call is given, or that hangs on its receiver."""
    call = heard.expression
    if not isinstance(call, facts.Call):
        return None
    for expression in (call.function, *call.arguments, *(value for _, value in call.keywords)):
        path = path_of(expression)
        parts = path.split(".")[:-1] if expression is call.function else path.split(".")
        if any(is_session_word(part) for part in parts if part):
            return Line("", path, False, False, frame.site(at), guessed=True)
    receiver = getattr(heard.callee, "receiver", None)
    for value in (*heard.arguments, *([receiver] if receiver is not None else [])):
        for option in options_of(value):
            if _holds_session(frame, option):
                return Line("", path_of(call.function), False, False, frame.site(at), guessed=True)
    return None


def lines_in(frame: Frame, function: facts.FunctionFacts) -> tuple[Line, ...]:
    """What the calls of a function ask of sessions and connections of which only the name tells, and that it shares."""
    known = frame.analysis.awaits.lines.get(function)
    if known is None:
        found: dict[str, Line] = {}
        if not ASKING.isdisjoint(function.words):
            path = frame.analysis.names.modules[function.module].path
            own = function.locals - {parameter.name for parameter in function.parameters}
            for call in calls_in(expressions_of(function.body)):
                held = call.function
                owner = path_of(held.value) if isinstance(held, facts.Attribute) and held.name in ASKING else ""
                if is_session_word(owner.rpartition(".")[2]) and owner.partition(".")[0] not in own:
                    site = Site(path, call.at, function.qualname)
                    found.setdefault(owner, Line("", owner, False, False, site, guessed=True))
        known = frame.analysis.awaits.lines[function] = tuple(found.values())
    return known


def is_session_word(name: str) -> bool:
    bare = name.strip("_").lower()
    return bare in SESSION_WORDS or bare.endswith(SESSION_ENDS)


def _holds_session(frame: Frame, value: Value) -> bool:
    """Whether a value is a session or a connection, or an object of the program that has one."""
    if isinstance(value, Handle):
        known = frame.analysis.tables.types.get(value.type)
        return known is not None and known.asynchronous and not known.tasks
    if isinstance(value, Record):
        return any(_holds_session(frame, item) for item in value.items)
    if isinstance(value, Instance):
        return any(_holds_session(frame, held) for _, held in value.fields) or _class_has_session(frame, value.cls)
    return False


def _class_has_session(frame: Frame, cls: str) -> bool:
    known = frame.analysis.awaits.with_session
    if cls not in known:
        classes = frame.analysis.names.classes
        order = frame.analysis.hierarchy.order(cls) if cls in classes else ()
        known[cls] = any(
            is_session_word(name) for base in order if base in classes
            for name in (*classes[base].fields, *classes[base].stores)
        )  # fmt: skip
    return known[cls]


def is_opened_here(frame: Frame, path: str) -> bool:
    """Whether the function itself opens what has this name, of whatever type, and nobody gave it: `pool.acquire()`."""
    name, _, rest = path.partition(".")
    if name not in frame.function.locals or any(p.name == name for p in frame.function.parameters):
        return False
    opened = frame.analysis.awaits.opened.get((frame.function.qualname, path))
    if opened is None:
        opened = _enters(frame, name) if rest else _opens(frame, name, 4)
        frame.analysis.awaits.opened[frame.function.qualname, path] = opened
    return opened


def _enters(frame: Frame, name: str) -> bool:
    """`async with Service.opened() as service`: what is entered without being given a session opens its own."""
    entered = [
        item for statement in facts.walk(frame.function.body) if isinstance(statement, facts.With)
        for item, target in statement.items if isinstance(target, facts.Name) and target.id == name
    ]  # fmt: skip
    made = _bound_to(frame.function, name)
    if not entered or len(entered) != len(made):
        return False
    calls = [item for item in entered if isinstance(item, facts.Call)]
    given = (value for call in calls for value in (*call.arguments, *(value for _, value in call.keywords)))
    return len(calls) == len(entered) and not any(
        is_session_word(part) for v in given for part in path_of(v).split(".")
    )


def _opens(frame: Frame, name: str, depth: int) -> bool:
    made = _bound_to(frame.function, name)
    if not made or depth == 0:
        return False
    for expression in made:
        call = expression.value if isinstance(expression, facts.Await) else expression
        if isinstance(call, facts.Name):
            if not _opens(frame, call.id, depth - 1):
                return False
            continue
        if not isinstance(call, facts.Call):
            return False
        function = call.function
        if isinstance(function, facts.Attribute) and function.name in ON_THE_SAME:
            owner = path_of(function.value)
            if owner in frame.function.locals and not _opens(frame, owner, depth - 1):
                return False
            if owner.partition(".")[0] in {p.name for p in frame.function.parameters} and is_session_word(
                owner.rpartition(".")[2]
            ):
                return False
    return True


def _bound_to(function: facts.FunctionFacts, name: str) -> list[facts.Expr]:
    """What a name of a function is bound to by assignments and `with`; nothing where something else binds it."""
    found: list[facts.Expr] = []
    for statement in facts.walk(function.body):
        if isinstance(statement, facts.With):
            found.extend(
                item for item, target in statement.items if isinstance(target, facts.Name) and target.id == name
            )
        elif isinstance(statement, facts.Assign):
            for target in statement.targets:
                if isinstance(target, facts.Name) and target.id == name:
                    found.append(statement.value)
    return found
