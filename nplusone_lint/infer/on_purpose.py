"""Rows that are read again on purpose, or by code that cannot know them."""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import calls_of, decorator_name, expressions_of, names_in, nodes_in, parts_of, path_of
from nplusone_lint.infer.signatures import parameter_of
from nplusone_lint.roundtrip import Model, Verb
from nplusone_lint.source import row_of, unpack
from nplusone_lint.values import Handle, Row, Value, first_of

MADE: set[Verb] = {"add", "insert"}
SENT: set[Verb] = {"flush", "commit"}
REREADS = ("reload", "refresh")
KEYS = ("id", "pk")


def is_meant(frame: Frame, row: Row, model: Model, written: set[Verb], at: int) -> bool:
    """Whether the query for a row at hand, at `at`, is there on purpose."""
    if any(word in frame.function.name for word in REREADS):
        return True
    made = row.fresh or not written.isdisjoint(MADE | SENT)
    brings = any(link.loading == "eager" for link in model.relationships.values()) or _is_prepared(frame, model)
    if made and brings:
        return True  # it was made without what only a query brings
    if _is_apart(frame, row) or has_own_session(frame, row) or is_checked(frame, row, row, at):
        return True
    return _replaces(frame, row, at) or any(target.name in KEYS for target in _stored_in(frame, model, at)[1])


def _is_prepared(frame: Frame, model: Model) -> bool:
    """Whether a manager of a model says how its rows come: with annotations, say."""
    shape = frame.analysis.models.shapes.get(model.name)
    known = frame.analysis.tables.types.get(shape.manager_type) if shape is not None else None
    method = known.prepared_by if known is not None else ""
    managers = [cls for cls in model.managers.values() if cls] if method else []
    return any(frame.analysis.hierarchy.method(cls, method) is not None for cls in managers)


def is_scratch(frame: Frame, model: Model, at: int) -> bool:
    """`copy = Book.objects.get(pk=book.pk)`, `copy.price = None`: an object of its own, to be changed and not saved."""
    names, stored = _stored_in(frame, model, at)
    if not stored:
        return False
    calls = (node.function for node in nodes_in(expressions_of(frame.function.body)) if isinstance(node, facts.Call))
    return not any(isinstance(called, facts.Attribute) and path_of(called.value) in names for called in calls)


def is_used_on(frame: Frame, row: Row, at: int) -> bool:
    """Whether a row is wanted as it is, after the call at `at`: by who handed it in, or further down."""
    if row.origin is not None and row.origin.parameter:
        return True
    names, end = _names_of(frame, row), unpack(at)[2]
    return any(
        row_of(node.at) > end and not names.isdisjoint(map(path_of, parts_of(node)))
        for node in nodes_in(expressions_of(frame.function.body))
        if isinstance(node, (facts.Attribute, facts.Call))
    )


def _stored_in(frame: Frame, model: Model, at: int) -> tuple[set[str], list[facts.Attribute]]:
    """The names of what the query at `at` gives, if that is an object of its own, and its attributes that are set."""
    shape = frame.analysis.models.shapes.get(model.name)
    names, stored = set[str](), list[facts.Attribute]()
    if shape is None or shape.shared_rows:
        return names, stored
    for statement in walk(frame.function.body):
        if isinstance(statement, facts.Assign):
            if any(call.at == at for call in calls_of(statement.value)):
                names = {target.id for target in statement.targets if isinstance(target, facts.Name)}
            stored += [t for t in statement.targets if isinstance(t, facts.Attribute) and path_of(t.value) in names]
    return names, stored


def _replaces(frame: Frame, row: Row, at: int) -> bool:
    """`if not book.reviews.last(): book = Book.objects.get(pk=book.pk)`: what was asked of the row was out of date."""
    if not frame.branches or not (names := _names_of(frame, row)):
        return False
    branch = frame.branches[-1]
    return not names.isdisjoint(names_in(branch.test)) and any(
        isinstance(statement, facts.Assign)
        and any(path_of(target) in names for target in statement.targets)
        and any(call.at == at for call in calls_of(statement.value))
        for statement in branch.body
    )


def is_passed_over(frame: Frame, row: Row) -> bool:
    """Whether a row is one that a loop goes over: fetched before the first pass, it may be gone when its turn comes."""
    return bool(frame.loops) and not _names_of(frame, row).isdisjoint(frame.loops[-1].targets)


def _is_apart(frame: Frame, row: Row) -> bool:
    """Whether the row at hand holds what is not stored: its attributes are set here, or it may be a new one."""
    names = _names_of(frame, row)
    if not names:
        return False
    shape = frame.analysis.models.shapes.get(row.model)
    own = shape is not None and not shape.shared_rows  # each query makes an object of its own
    for statement in walk(frame.function.body):
        if isinstance(statement, facts.Assign) and own:
            stored = [target.value for target in statement.targets if isinstance(target, facts.Attribute)]
            if any(path_of(owner) in names for owner in stored):
                return True
        elif isinstance(statement, facts.Branch):
            for test in _tested(statement.test):
                if isinstance(test, facts.Attribute) and test.name in KEYS and path_of(test.value) in names:
                    return True
    return False


def has_own_session(frame: Frame, row: Row) -> bool:
    """Whether a function that was handed a row opens a session of its own, which knows nothing of it."""
    if not parameter_of(row.origin, frame.function):
        return False
    for statement in walk(frame.function.body):
        for _, target in statement.items if isinstance(statement, facts.With) else ():
            held = frame.names.get(path_of(target)) if target is not None else None
            known = frame.analysis.tables.types.get(held.type) if isinstance(held, Handle) else None
            if known is not None and known.alone:
                return True
    return False


def is_checked(frame: Frame, row: Row, found: Value, at: int) -> bool:
    """`still = get(book.id)`, `if still is None: …`: whether a row at hand is asked for to see if it is there still."""
    again = first_of(found, Row)
    names = _names_of(frame, row)
    if not names or not isinstance(again, Row) or again.model != row.model:
        return False
    if frame.testing is not None and frame.testing.at == at:
        return True  # `if Book.objects.filter(pk=book.pk): …`
    targets: set[str] = set()
    for statement in walk(frame.function.body):
        if isinstance(statement, facts.Assign):
            if any(call.at == at for call in calls_of(statement.value)):
                targets = {path_of(target) for target in statement.targets} - names - {""}
        elif isinstance(statement, facts.Branch) and any(path_of(test) in targets for test in _tested(statement.test)):
            return True
    return False


def _names_of(frame: Frame, row: Row) -> set[str]:
    """The names that hold a row."""
    held = frame.names.items()
    return {name for name, one in held if isinstance(one, Row) and (one.model, one.origin) == (row.model, row.origin)}


def _tested(test: facts.Expr) -> Iterator[facts.Expr]:
    """What a condition asks the truth of, or if it is None: `book` and `author` of `not book or author is None`."""
    if isinstance(test, facts.Choice):
        for part in (*test.options, *test.tests):
            yield from _tested(part)
    elif isinstance(test, facts.Compound) and test.operator == "Not":
        for part in test.parts:
            yield from _tested(part)
    elif isinstance(test, facts.Compare) and test.operator in ("Is", "IsNot"):
        yield test.left
    else:
        yield test


def takes_keys(frame: Frame, function: facts.FunctionFacts) -> bool:
    """Whether a function is one that a queue runs, too, or that answers requests: it takes keys on purpose."""
    tables, made = frame.analysis.tables, [decorator_name(decorator) for decorator in function.decorators]
    return any(name in tables.routes or not tables.queues.isdisjoint(name.split("_")) for name in made)


def is_later(frame: Frame, row: Row) -> bool:
    """Whether a lambda asks for a row of the function around it: the row may be out of date when that is run."""
    return frame.function.name == "<lambda>" and not _names_of(frame, row)


def is_one_of_many(frame: Frame, function: facts.FunctionFacts) -> bool:
    """Whether a method is one of several that do what an abstract one of its class asks for."""
    hierarchy, classes = frame.analysis.hierarchy, frame.analysis.names.classes
    for base in hierarchy.order(function.cls)[1:] if function.cls in classes else ():
        asked = classes[base].methods.get(function.name)
        if asked is not None and any(decorator_name(made) == "abstractmethod" for made in asked.decorators):
            return sum(function.name in classes[name].methods for name in hierarchy.descendants(base)) > 1
    return False
