"""Rows that are loaded over a relationship only for their key, which stands in a column of the row at hand."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.effects import Effect
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.key_uses import NOT_USED, uses_of, wants_more
from nplusone_lint.infer.parts import expressions_of, last_name, nodes_in, path_of
from nplusone_lint.libraries.vocabulary import Shape
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import Model, Relationship
from nplusone_lint.seen.redundancy import KeyLoad
from nplusone_lint.values import Cell, Collection, Row, options_of


def note_key_load(frame: Frame, row: Row, link: Relationship, at: int, expression: facts.Expr) -> bool:
    """Note that a function loads `row.link`, by the given expression, and asks for nothing but its key."""
    model = frame.analysis.models.get(row.model)
    shape = frame.analysis.models.shapes.get(row.model)
    if not link.column or link.many or model is None or shape is None or not isinstance(expression, facts.Attribute):
        return False
    keys = _keys_of(frame, model, shape, link)
    if not keys or (link.shared and _is_held(frame, link)):
        return False
    uses = uses_of(frame.analysis, frame.function, expression)
    place = uses.at_of_key(keys)
    if not place or _is_wanted_around(frame, expression, keys):
        return False
    shared = link.shared and (_has_many(frame, link) or _has_key(frame, link) or _came_along(row, model, link))
    if frame.raising or frame.ending or shared:
        return True  # what only an error costs, or what the session gives without asking
    doubtful = row.assumed or _serves_others(frame, expression, keys) or _is_shown(frame, row, link)
    column = model.columns.get(link.column)
    nullable = column.nullable is not False if column is not None else link.optional
    frame.observations.append(
        KeyLoad(
            frame.site(place),
            f"{short(row.model)}.{link.name}",
            link.name,
            row.model,
            link.column,
            held=row.origin,
            confidence=Confidence.LOW if doubtful else Confidence.HIGH,
            nullable=nullable,
            tests=not uses.reads,
            assumed=row.assumed,
            crashes=shape.async_error if row.asynchronous and link.access == "row" else "",
            load=frame.site(at),
            handed_to=_handed_to(frame.function, expression.value),
            keys=keys,
            saving=_is_saving(frame.function, expression.value),
        )
    )
    return True


def _is_held(frame: Frame, link: Relationship) -> bool:
    """Whether the function has a row of the target, which then may be the one that the session gives without asking."""
    if link.name in frame.function.locals or short(link.target).lower() in frame.function.locals:
        return True
    return any(
        isinstance(option, Row) and option.model == link.target
        for value in frame.names.values()
        for option in options_of(value)
    )


def _has_key(frame: Frame, link: Relationship) -> bool:
    """Whether the function was given the key of a row of the target that a caller has."""
    held = (option for value in frame.names.values() for option in options_of(value))
    return any(isinstance(cell, Cell) and cell.row.model == link.target and not cell.row.assumed for cell in held)


def _has_many(frame: Frame, link: Relationship) -> bool:
    """Whether the function has fetched rows of the target: among them are, as a rule, all that it comes to."""
    held = [option for value in frame.names.values() for option in options_of(value) if type(option) is Collection]
    return any(isinstance(rows.element, Row) and rows.element.model == link.target for rows in held)


def _came_along(row: Row, model: Model, link: Relationship) -> bool:
    """Whether another relationship has brought rows of the target, among which this one is, as a rule."""
    return any(
        other.many and other.target == link.target and other.name in row.loads for other in model.relationships.values()
    )


def _is_shown(frame: Frame, row: Row, link: Relationship) -> bool:
    """Whether the text of a row tells of the relationship: whatever logs the row loads it."""
    methods = (frame.analysis.hierarchy.method(row.model, name) for name in ("__str__", "__repr__"))
    return any(method is not None and link.name in method.words for method in methods)


def _is_wanted_around(frame: Frame, expression: facts.Attribute, keys: frozenset[str]) -> bool:
    """Whether the function around an inner one, or around a lambda, wants more of what both have by one name."""
    path = path_of(expression)
    outer = frame.analysis.function(frame.function.qualname.rpartition(".")[0])
    if not path or outer is None or path.partition(".")[0] in frame.function.locals:
        return False
    uses = uses_of(frame.analysis, outer, expression, unknown=NOT_USED)
    return uses.further or not uses.reads.keys() <= keys


def _serves_others(frame: Frame, expression: facts.Attribute, keys: frozenset[str]) -> bool:
    """Whether methods of an object that works on one row want more of what is loaded, so that it is loaded anyway."""
    root, *way = path_of(expression).split(".")
    names = [parameter.name for parameter in frame.function.parameters]
    cls = frame.function.cls
    if not cls or cls in frame.analysis.models.models or root not in names or (root == names[0] and len(way) < 2):
        return False
    methods = (
        m for base in frame.analysis.hierarchy.order(cls) for m in frame.analysis.names.classes[base].methods.values()
    )
    return any(
        method is not frame.function and way[-1] in method.words and wants_more(frame.analysis, method, way[-1], keys)
        for method in methods
    )


def _keys_of(frame: Frame, model: Model, shape: Shape, link: Relationship) -> frozenset[str]:
    """The attributes of the link's target that are what the column holds."""
    target = frame.analysis.models.get(link.target)
    if target is None or link.target == "?":
        return frozenset()
    if not shape.implied_key and link.column not in model.columns:
        return frozenset()
    if link.holds:
        return frozenset({link.holds} & target.columns.keys())
    named = {column.name for column in target.columns.values() if column.primary_key}
    named |= {key for each in target.relationships.values() if each.primary for key in (each.column,)}
    if len(named) > 1:
        return frozenset()
    if not shape.implied_key:
        return frozenset(named)
    return frozenset((named or {shape.implied_key}) | {"pk"})


def drop_spoiled(frame: Frame) -> None:
    """Of the rows that are loaded for their key, those of which the function (or what it calls) wants more."""
    wanted = {(effect.made.subject, effect.origin) for effect in frame.effects if is_for_more(effect)}
    frame.observations[:] = [
        item
        for item in frame.observations
        if not (
            isinstance(item, KeyLoad)
            and any(subject == item.subject and origin == item.held for subject, origin in wanted)
        )
    ]


def drop_wanted(frame: Frame, effects: int, observations: int) -> None:
    """Drop the loads of a `try` that a handler is for, if the row is gone: nothing else was asked there."""
    if all(effect.made.lazy for effect in frame.effects[effects:]):
        kept = [item for item in frame.observations[observations:] if not isinstance(item, KeyLoad)]
        frame.observations[observations:] = kept


def _handed_to(function: facts.FunctionFacts, row: facts.Expr) -> tuple[str, ...]:
    """The names of the functions that are given a row, and of its methods that are called."""
    path, names = path_of(row), dict[str, None]()
    for call in nodes_in(expressions_of(function.body)) if path else ():
        if isinstance(call, facts.Call):
            owner = call.function.value if isinstance(call.function, facts.Attribute) else facts.NOTHING
            given = (owner, *call.arguments, *[value for _, value in call.keywords])
            if any(path_of(one) == path for one in given):
                names[last_name(call.function)] = None
    return tuple(names)


def _is_saving(function: facts.FunctionFacts, row: facts.Expr) -> bool:
    """Whether it is a method of the row that does what a library's method of that name does, and more."""
    receiver = function.parameters[0].name if function.cls and function.parameters else ""
    return bool(receiver) and path_of(row) == receiver and {"super", function.name} <= function.words


def is_for_more(effect: Effect) -> bool:
    """Whether it loads a relationship for more than the key of its row."""
    return effect.made.lazy and not effect.made.for_key and not effect.made.deferred
