"""Assignment to names, attributes and unpacked tuples."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.asked import note_set
from nplusone_lint.infer.dictionaries import with_key
from nplusone_lint.infer.elements import bound_of, element_of, is_telling, item_of, join_all, unpack
from nplusone_lint.infer.escapes import is_followed, keep, let_go
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.members import holds_copies
from nplusone_lint.infer.parts import path_of
from nplusone_lint.joins import join
from nplusone_lint.values import UNKNOWN, Collection, Constant, Dictionary, Instance, Record, Row, Value, changed


def assign(frame: Frame, target: facts.Expr, value: Value) -> None:
    """Bind what a target names."""
    if isinstance(target, facts.Name):
        frame.names[target.id] = value
        frame.forget_condition(target.id)
        if frame.aliased:
            frame.aliased.discard(target.id)
        for loop in frame.loops:
            loop.carried.discard(target.id)
    elif isinstance(target, facts.Attribute):
        let_go(frame, value)
        if isinstance(target.value, facts.Name):
            owner = frame.names.get(target.value.id)
            if isinstance(owner, Instance) and holds_copies(frame.analysis, owner.cls):
                value = UNKNOWN
            frame.names[f"{target.value.id}.{target.name}"] = value
            frame.stores = True
            if frame.asked:
                note_set(frame, frame.names.get(target.value.id, UNKNOWN), target.name)
            _note_set(frame, target.value.id, target.name)
    elif isinstance(target, facts.Display):
        _unpack(frame, target.items, value)
    elif isinstance(target, facts.Starred):
        assign(frame, target.value, Collection(element_of(value)))
    elif isinstance(target, facts.Item):
        if frame.asked:
            frame.forget_asked(path_of(target.value).partition(".")[0])
        if not is_followed(frame, target.value):
            let_go(frame, value)
        if isinstance(target.value, facts.Attribute) and is_telling(value):
            _open_dictionary(frame, target.value)
        put_into(frame, target.value, target.index, value)


def _note_set(frame: Frame, name: str, attribute: str) -> None:
    """`review.book = book`: what was set is at hand, wherever the row goes."""
    row = frame.names.get(name)
    model = frame.analysis.models.get(row.model) if isinstance(row, Row) else None
    if isinstance(row, Row) and model is not None and attribute in model.relationships:
        frame.names[name] = changed(row, loads=row.loads | {attribute})


def _unpack(frame: Frame, targets: tuple[facts.Expr, ...], value: Value) -> None:
    starred = [n for n, target in enumerate(targets) if isinstance(target, facts.Starred)]
    values = unpack(value, len(targets)) if not starred else (element_of(value),) * len(targets)
    for target, item in zip(targets, values, strict=False):
        if isinstance(target, facts.Starred):
            assign(frame, target.value, Collection(item))
        else:
            assign(frame, target, item)


def _open_dictionary(frame: Frame, place: facts.Attribute) -> None:
    """`self.clients[region] = client`: until the function ends, that is what the dictionary holds."""
    if isinstance(place.value, facts.Name):
        frame.names.setdefault(f"{place.value.id}.{place.name}", Dictionary(UNKNOWN, UNKNOWN))
        frame.stores = True


def put_back(frame: Frame, place: facts.Expr, value: Value) -> None:
    """Store a container that grew: `rows`, `self.rows`, `groups[key]`, `groups.setdefault(key, [])`."""
    if isinstance(place, facts.Name):
        frame.names[place.id] = value
    elif isinstance(place, facts.Attribute) and isinstance(place.value, facts.Name):
        frame.names[f"{place.value.id}.{place.name}"] = value
        frame.stores = True
    elif isinstance(place, facts.Item):
        put_into(frame, place.value, place.index, value)
    elif isinstance(place, facts.Call):
        maker = place.function
        if isinstance(maker, facts.Attribute) and maker.name == "setdefault" and place.arguments:
            put_into(frame, maker.value, place.arguments[0], value)


def put_into(frame: Frame, owner: facts.Expr, index: facts.Expr, value: Value) -> None:
    """`by_key[key] = row`, also where the container stands in another; what was there may be seen on another way."""
    grown = _with_item(frame, _held(frame, owner), _index(frame, index), value)
    keep(frame, (value,), grown or UNKNOWN)
    if grown is not None:
        put_back(frame, owner, grown)


def _held(frame: Frame, place: facts.Expr) -> Value:
    """What a name, an attribute of one or an item of either holds, without evaluating anything."""
    if isinstance(place, facts.Item):
        return item_of(_held(frame, place.value), _index(frame, place.index))
    return frame.names.get(path_of(place), UNKNOWN)


def _index(frame: Frame, node: facts.Expr) -> Value:
    if isinstance(node, facts.Literal):
        return Constant(node.value)
    return frame.names.get(node.id, UNKNOWN) if isinstance(node, facts.Name) else UNKNOWN


def _with_item(frame: Frame, container: Value, index: Value, value: Value) -> Value | None:
    if isinstance(container, Dictionary):
        bound = -1 if frame.loops else container.bound + 1 if container.bound >= 0 else -1
        return with_key(container, index, value, bound)
    if isinstance(container, Collection):
        return changed(container, element=join(container.element, value))
    if isinstance(container, Record):
        size = len(container.items)
        if isinstance(index, Constant) and isinstance(index.value, int) and -size <= index.value < size:
            items = list(container.items)
            items[index.value] = join(items[index.value], value)
            return Record(tuple(items))
        return Collection(join(join_all(container.items), value), bound_of(container))
    return None
