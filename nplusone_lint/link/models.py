"""The ORM models of the program: found, their fields read, each relationship given its target and its other side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nplusone_lint import facts
from nplusone_lint.libraries.vocabulary import Library, Shape
from nplusone_lint.link.classes import Hierarchy
from nplusone_lint.link.fields import Fields
from nplusone_lint.link.names import Names, shared_prefix, short
from nplusone_lint.link.shapes import Shapes
from nplusone_lint.roundtrip import Model, Relationship
from nplusone_lint.values import Class


@dataclass(slots=True)
class Models:
    """All models of the program by class name, and the shape each is written in."""

    models: dict[str, Model] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)  # a library's model → the program's own in its place
    by_short_name: dict[str, list[str]] = field(default_factory=dict)
    mapped: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)  # class → what its table has unique
    managed: dict[str, str] = field(default_factory=dict)  # manager or query class → the only model it serves
    dragging: frozenset[str] = frozenset()  # models whose rows load others by queries of their own, as declared

    def get(self, name: str) -> Model | None:
        return self.models.get(name)

    def actual(self, name: str) -> str:
        """The program's own model where it swaps a library's, such as Django's user."""
        return self.replaced.get(name, name)

    def find_built_in(self, name: str) -> bool:
        """Whether a library brings a model of this name."""
        return name in self.models and name not in self.shapes

    def named(self, dotted: str) -> Model | None:
        """A model as an import spells it, whatever folder the imports of the program start from."""
        names = self.by_short_name.get(short(dotted), [])
        return next((self.models[name] for name in names if f".{name}".endswith(f".{dotted}")), None)

    def find(self, name: str) -> Model | None:
        """A model by qualified name, `app.Model`, or class name alone where that is unique or near."""
        if name in self.models:
            return self.models[name]
        prefix, _, short = name.rpartition(".")
        candidates = self.by_short_name.get(short, [])
        fitting = [c for c in candidates if prefix in c.split(".")] if prefix else candidates
        return self.models[fitting[0]] if fitting else None


def link_models(names: Names, hierarchy: Hierarchy, libraries: Iterable[Library]) -> Models:
    """Find the models and read their fields; then give each relationship its target and its reverse."""
    libraries = tuple(libraries)
    built_in = {model.name: model for library in libraries for model in library.models}
    shapes = Shapes(names, hierarchy, [shape for library in libraries for shape in library.shapes])
    fields = Fields(names, hierarchy, shapes, built_in)
    result = Models()
    for name in names.classes:
        shape = shapes.shape_of(name)
        if shape is not None:
            result.shapes[name] = shape
            result.models[name] = Model(name, shape.row_type, shapes.table(name))
    for model in result.models.values():
        fields.read_fields(model, result.shapes[model.name])
    for model in built_in.values():
        result.models[model.name] = replace(model, columns=dict(model.columns), relationships=dict(model.relationships))
    _find_indexes(result, names, shapes)
    _find_tables(result, names, fields, shapes)
    _find_replaced(result, hierarchy)
    _settle(result, names)
    _inherit(result, hierarchy)
    _find_managed(result, hierarchy)
    result.dragging = frozenset(_find_dragging(result))
    return result


def _find_indexes(result: Models, names: Names, shapes: Shapes) -> None:
    """`Index("ix_book_title", Book.title)` below the class"""
    makers = {
        maker for shape in result.shapes.values() if shape.indexing is not None for maker in shape.indexing.makers
    }
    short_makers = {short(maker) for maker in makers}
    for module in names.modules.values():
        for statement in module.body.body if module.body is not None and makers else ():
            call = statement.value if isinstance(statement, (facts.Evaluate, facts.Assign)) else None
            if not isinstance(call, facts.Call) or _last(call.function) not in short_makers:
                continue
            if shapes.dotted(module, call.function) not in makers:
                continue
            columns = [argument for argument in call.arguments if isinstance(argument, facts.Attribute)]
            owner = names.resolve_expression(module, columns[0].value) if columns else None
            model = result.models.get(owner.name) if isinstance(owner, Class) else None
            if model is not None:
                model.indexes.append(tuple(column.name for column in columns))


def _find_tables(result: Models, names: Names, fields: Fields, shapes: Shapes) -> None:
    """`registry.map_imperatively(Book, book_table)`"""
    forms = [shape.indexing for shape in shapes.shapes if shape.indexing is not None and shape.indexing.mappers]
    for module in names.modules.values():
        for statement in module.body.body if module.body is not None and module.assigns else ():
            call = statement.value if isinstance(statement, (facts.Evaluate, facts.Assign)) else None
            if not isinstance(call, facts.Call) or len(call.arguments) < 2:
                continue
            form = next((form for form in forms if _last(call.function) in form.mappers), None)
            owner = names.resolve_expression(module, call.arguments[0]) if form is not None else None
            if form is not None and isinstance(owner, Class):
                result.mapped[owner.name] = fields.unique_of_table(form, module, call.arguments[1])


def _last(function: facts.Expr) -> str:
    return function.id if isinstance(function, facts.Name) else getattr(function, "name", "")


def _find_replaced(result: Models, hierarchy: Hierarchy) -> None:
    """A model of the program that extends the abstract form of a library's model stands in its place."""
    for name, shape in result.shapes.items():
        bases = set(hierarchy.library_bases(name))
        for original, abstract in shape.swaps.items():
            if bases & set(abstract):
                result.replaced.setdefault(original, name)


def _settle(result: Models, names: Names) -> None:
    """Turn target names into models, decide one or many, and add the other side."""
    for name in result.models:
        result.by_short_name.setdefault(short(name), []).append(name)
    declared = [(result.models[name], list(result.models[name].relationships.items())) for name in result.shapes]
    for model, relationships in declared:  # without those that others have put on it meanwhile
        shape = result.shapes[model.name]
        for key, relationship in relationships:
            target = _target(relationship.target, model, result)
            model.relationships[key] = _with_direction(replace(relationship, target=target), model, result)
            if target in result.models and not _is_proxy(names.classes.get(model.name), shape):
                _add_reverse(result, model, shape, model.relationships[key])


def _is_proxy(cls: facts.ClassFacts | None, shape: Shape) -> bool:
    """`class Meta: proxy = True`"""
    holder = cls.classes.get(shape.proxy[0]) if cls is not None and shape.proxy else None
    told = holder.fields.get(shape.proxy[1]) if holder is not None else None
    return told is not None and isinstance(told.value, facts.Literal) and told.value.value is True


def _inherit(result: Models, hierarchy: Hierarchy) -> None:
    """What a relationship puts on its target stands on the target's subclasses too."""
    for name in result.shapes:
        for ancestor in hierarchy.order(name)[1:]:
            known = result.models.get(ancestor)
            for link in known.relationships.values() if known is not None else ():
                if link.name not in result.models[name].relationships and hierarchy.method(name, link.name) is None:
                    result.models[name].relationships[link.name] = link


def _find_dragging(result: Models) -> set[str]:
    """The models with an eager relationship that sends a query, or that leads to such a model."""
    eager = {
        name: links
        for name, model in result.models.items()
        if (links := [link for link in model.relationships.values() if link.loading == "eager"])
    }
    found = {name for name, links in eager.items() if any(not link.joined for link in links)}
    while more := {name for name in eager.keys() - found if any(link.target in found for link in eager[name])}:
        found |= more
    return found


def _find_managed(result: Models, hierarchy: Hierarchy) -> None:
    """The classes behind the managers of one model alone."""
    served: dict[str, set[str]] = {}
    for model in result.models.values():
        for manager in model.managers.values():
            for cls in hierarchy.order(manager):
                served.setdefault(cls, set()).add(model.name)
    result.managed = {cls: next(iter(models)) for cls, models in served.items() if len(models) == 1}


def _target(name: str, model: Model, result: Models) -> str:
    """The model that a declaration means; of several with the class name the nearest."""
    if name in result.replaced:
        return result.replaced[name]
    if name in result.models or name == "?":
        return name
    if name == "self":
        return model.name
    candidates = result.by_short_name.get(short(name), [])
    if not candidates:
        return name
    prefix = name.rpartition(".")[0]
    return max(
        candidates, key=lambda c: (bool(prefix) and prefix in c.split("."), shared_prefix(c, model.name), -len(c))
    )


def _with_direction(relationship: Relationship, model: Model, result: Models) -> Relationship:
    """Where the declaration leaves one or many open, a foreign key on this side to the target's table means one."""
    target = result.models.get(relationship.target)
    columns = _foreign_keys(model, target) if target is not None else []
    column = columns[0] if columns else ""
    many = relationship.many
    doubtful = many is None and bool(column) and target is not None and bool(_foreign_keys(target, model))
    if many is None:
        many = not column
    access = relationship.access
    if access not in ("query", "awaited"):
        access = "rows" if many else "row"
    shared = relationship.shared and not many and bool(column)
    told = relationship.column if relationship.column in model.columns or not columns else ""
    holds = relationship.holds
    if not holds and target is not None and columns:
        holds = _held(model, target, told or column) if told or len(columns) == 1 else "?"
    column = "" if many else told or column
    return replace(relationship, many=many, access=access, shared=shared, column=column, doubtful=doubtful, holds=holds)


def _held(model: Model, target: Model, column: str) -> str:
    """The column of the target that a key holds, where it is not the primary key."""
    known = model.columns.get(column)
    name = known.references.rpartition(".")[2] if known is not None else ""
    held = target.columns.get(name)
    return "" if held is None or held.primary_key else name


def _foreign_keys(model: Model, target: Model) -> list[str]:
    """The columns of `model` that reference the target's table."""
    found = []
    tables = {target.table, target.short_name.lower(), _snake_case(target.short_name), target.name}
    for column in model.columns.values():
        referenced = column.references
        if referenced and {referenced, referenced.rpartition(".")[0], referenced.split(".")[-2:][0]} & tables:
            found.append(column.name)
    return found


def _snake_case(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _add_reverse(result: Models, model: Model, shape: Shape, relationship: Relationship) -> None:
    """The attribute that a relationship puts on its target: `author.books`, `author.book_set`."""
    name = relationship.reverse_name
    single = name.startswith("1:")
    name = name.removeprefix("1:") or (shape.default_reverse if relationship.column or relationship.many else "")
    name = name.replace("{model}", model.short_name.lower()).replace("%(class)s", model.short_name.lower())
    if not name or name.endswith("+") or "%(" in name:
        return
    target = result.models[relationship.target]
    if name in target.relationships or name in target.columns:
        return
    if shape.reverse_access == "rows" and relationship.many and not relationship.through:
        single = True  # the foreign key stands on the other side
    alone = "awaited" if relationship.access == "awaited" else "row"
    access = alone if single else shape.reverse_access
    target.relationships[name] = Relationship(
        name,
        model.name,
        many=not single,
        loading=relationship.reverse_loading,
        access=access,  # type: ignore[arg-type]
        shared=shape.shared_rows and single,
        query_type=_reverse_query_type(shape, relationship, access),
        through=relationship.through,
        inverse=relationship.name,
    )
    model.relationships[relationship.name] = replace(relationship, inverse=name)


def _reverse_query_type(shape: Shape, relationship: Relationship, access: str) -> str:
    """The query behind the other side's attribute: the same where both sides are many, or one and one."""
    same = relationship.query_type if relationship.through or access == "awaited" else ""
    return same or shape.reverse_query_type if access in ("query", "awaited") else ""
