"""Conditions: what a name can hold in either arm, and which arm is not reached at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nplusone_lint import facts
from nplusone_lint.infer.fetched import Evaluate, quiet_value
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import path_of
from nplusone_lint.values import (
    UNKNOWN,
    Cell,
    Class,
    Collection,
    Constant,
    Dictionary,
    External,
    Function,
    Handle,
    Instance,
    Query,
    Record,
    Row,
    Union,
    Value,
    options_of,
)

OBJECTS = (Class, Collection, Dictionary, Function, Handle, Instance, Query, Record, Row)
"""Values that are an object for sure, where they are passed."""
LISTS = frozenset(f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset"))
BUILT_IN = LISTS | {f"builtins.{name}" for name in ("dict", "str", "bytes", "int", "float", "bool")}


@dataclass(frozen=True, slots=True)
class Arms:
    """The value of `name` where the condition holds and where it does not; None: that arm is never reached."""

    name: str
    then: Value | None
    otherwise: Value | None


def arms_of(frame: Frame, test: facts.Expr, classes: Value) -> Arms | None:
    """The arms of `isinstance(name, classes)`; None where nothing is to be learnt."""
    call = instance_test(test)
    if call is None or not isinstance(call.arguments[0], facts.Name):
        return None
    name = call.arguments[0].id
    held = frame.names.get(name, UNKNOWN)
    named = classes.items if isinstance(classes, Record) else (classes,)
    wanted = [c.name for c in named if isinstance(c, Class) or (isinstance(c, External) and c.name in BUILT_IN)]
    if not wanted or (isinstance(classes, Record) and len(wanted) < len(classes.items)):
        return None  # a class of which nothing is known may fit anything
    if held is UNKNOWN:
        known = len(wanted) == 1 and wanted[0] not in BUILT_IN
        return Arms(name, _instance(frame, wanted[0]) if known else held, held)
    then, otherwise = [], []
    for option in options_of(held):
        fits = _fits(frame, option, wanted)
        if fits is not False:
            then.append(option)
        if fits is not True:
            otherwise.append(option)
    return Arms(name, _one_of(then), _one_of(otherwise))


def instance_test(test: facts.Expr) -> facts.Call | None:
    """The call `isinstance(value, classes)`, if the condition is one."""
    if not isinstance(test, facts.Call) or len(test.arguments) != 2:
        return None
    is_test = isinstance(test.function, facts.Name) and test.function.id == "isinstance"
    return test if is_test else None


def is_such_query(frame: Frame, test: facts.Expr, evaluate: Evaluate) -> bool | None:
    """Whether `isinstance(books, QuerySet)`, or its `not`, holds: of a query of that class it does, of a list not."""
    negated = isinstance(test, facts.Compound) and test.operator == "Not"
    call = instance_test(test.parts[0] if isinstance(test, facts.Compound) and negated else test)
    if call is None:
        return None
    held, cls = (quiet_value(frame, argument, evaluate) for argument in call.arguments)
    wanted = frame.analysis.tables.type_name(cls.name) if isinstance(cls, External) else ""
    if not wanted:
        return None
    if isinstance(held, Query) and held.type == wanted and not held.evaluated:
        return not negated
    return negated if all(map(_is_list, options_of(held))) else None


def _is_list(value: Value) -> bool:
    """Whether a value is one for sure, and no parameter of which that is merely said."""
    here = not isinstance(value, Collection) or value.origin is None or not value.origin.parameter
    return here and isinstance(value, (Collection, Record, Dictionary))


def _instance(frame: Frame, cls: str) -> Value:
    return Row(cls, assumed=True) if cls in frame.analysis.models.models else Instance(cls)


def _fits(frame: Frame, value: Value, wanted: list[str]) -> bool | None:
    """True and False where the class of a value decides; None where it may be either."""
    if all(name in BUILT_IN for name in wanted):
        return _fits_built_in(value, wanted)
    cls = value.model if isinstance(value, Row) else value.cls if isinstance(value, Instance) else ""
    hierarchy = frame.analysis.hierarchy
    if cls not in hierarchy.bases:
        return None
    if any(name in hierarchy.order(cls) for name in wanted):
        return True
    return None if any(cls in hierarchy.order(name) for name in wanted) else False


def _fits_built_in(value: Value, wanted: list[str]) -> bool | None:
    """Rows and queries are neither lists nor dictionaries, dictionaries are no lists, lists are no text."""
    if isinstance(value, (Row, Query, Handle)):
        return False
    if isinstance(value, Dictionary):
        return "builtins.dict" in wanted
    if isinstance(value, (Collection, Record)):
        return None if any(name in LISTS for name in wanted) else False
    return None


def note_conditions(frame: Frame, declared: Mapping[str, Value], arguments: Mapping[str, Value]) -> None:
    """What the caller's arguments decide: constants are true or not, what is passed is not None.

    Nor is what a column holds that is never NULL; the key of a stored row is true.
    """
    for name, value in arguments.items():
        if isinstance(value, Constant):
            if value.value is None:
                frame.absent[name] = True
                frame.switches[name] = False
            elif isinstance(value.value, bool):
                frame.switches[name] = value.value
        elif isinstance(value, OBJECTS) and value is not declared.get(name):
            frame.absent[name] = False
        elif isinstance(value, Cell) and value.certain:
            _note_stored(frame, name, value)


def _note_stored(frame: Frame, name: str, cell: Cell) -> None:
    model = frame.analysis.models.get(cell.row.model)
    column = model.columns.get(cell.column) if model is not None else None
    is_key = cell.column == "pk" or (column.primary_key if column is not None else cell.column == "id")
    if is_key and not (cell.row.fresh or cell.row.assumed):
        frame.switches[name] = True
        frame.absent[name] = False
    elif not is_key and column is not None and column.nullable is False:
        frame.absent[name] = False


def decided(frame: Frame, test: facts.Expr) -> bool | None:
    """`if commit:` where the caller passed a constant (or left the default): only one arm is reached."""
    if isinstance(test, facts.Name):
        return frame.switches.get(test.id)
    if isinstance(test, facts.Attribute):
        return _newness(frame, test)
    if isinstance(test, facts.Compare) and test.operator in ("Is", "IsNot") and _is_none(test.right):
        return _decided_by_none(frame, test)
    if isinstance(test, facts.Compare) and test.operator in ("Eq", "NotEq"):
        return _decided_by_length(frame, test)
    if isinstance(test, facts.Compound) and test.operator == "Not" and len(test.parts) == 1:
        inner = decided(frame, test.parts[0])
        return None if inner is None else not inner
    if isinstance(test, facts.Choice):
        return _decided_together(frame, test)
    if isinstance(test, facts.Call) and isinstance(test.function, facts.Name) and test.function.id == "bool":
        return decided(frame, test.arguments[0]) if len(test.arguments) == 1 else None
    return None


def _decided_by_none(frame: Frame, test: facts.Compare) -> bool | None:
    """`session is None` where the caller passed one, or left it out; `self.pk is None` of a fetched row."""
    absent = frame.absent.get(test.left.id) if isinstance(test.left, facts.Name) else None
    if absent is None and _newness(frame, test.left):
        absent = False
    return None if absent is None else absent == (test.operator == "Is")


def _decided_by_length(frame: Frame, test: facts.Compare) -> bool | None:
    """`len(row) == 1` of a tuple of rows that a query gives."""
    called, number = test.left, test.right
    if not isinstance(called, facts.Call) or not isinstance(number, facts.Literal) or len(called.arguments) != 1:
        return None
    name = called.arguments[0]
    held = frame.names.get(name.id) if isinstance(name, facts.Name) and path_of(called.function) == "len" else None
    if not isinstance(held, Record) or not held.items or not all(isinstance(item, Row) for item in held.items):
        return None
    return (len(held.items) == number.value) == (test.operator == "Eq")


def _decided_together(frame: Frame, test: facts.Choice) -> bool | None:
    """`a or b`: one that holds is enough, `a and b`: one that does not. (`a if test else b` is neither.)"""
    both = bool(test.tests)
    if both and len(test.options) > 1:
        return None
    answers = [decided(frame, part) for part in (*test.tests, *test.options)]
    if both:
        return False if False in answers else True if all(answers) else None
    return True if True in answers else False if not any(answer is None for answer in answers) else None


def _is_none(node: facts.Expr) -> bool:
    return isinstance(node, facts.Literal) and node.value is None


def _newness(frame: Frame, test: facts.Expr) -> bool | None:
    """Whether `self._state.adding`, `self.pk` holds for a row of which it is known if it was made here or fetched."""
    name, _, rest = path_of(test).partition(".")
    row = frame.names.get(name) if rest else None
    if not isinstance(row, Row) or row.assumed:
        return None
    shape = frame.analysis.models.shapes.get(row.model)
    if shape is not None and rest in shape.new_flags:
        return row.fresh
    return True if rest in ("pk", "id") and not row.fresh else None


def _one_of(options: list[Value]) -> Value | None:
    if not options:
        return None
    return options[0] if len(options) == 1 else Union(tuple(options))
