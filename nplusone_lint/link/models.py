"""ORM models, read from class bodies through the libraries' shapes: columns, relationships (both directions)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from nplusone_lint import facts
from nplusone_lint.libraries.vocabulary import FieldCall, FieldReader, Library, Named, Shape
from nplusone_lint.link.classes import Hierarchy
from nplusone_lint.link.names import Global, Names, Symbol
from nplusone_lint.roundtrip import Column, Model, Relationship
from nplusone_lint.values import Class, External, Module

MAX_HOPS = 4
NO_CLASSES = ("None", "Optional", "Union", "typing.Optional", "typing.Union")


@dataclass(slots=True)
class Models:
    """All models of the program by class name, and the shape each is written in."""

    models: dict[str, Model] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)

    replaced: dict[str, str] = field(default_factory=dict)  # a library's model → the program's own in its place
    by_short_name: dict[str, list[str]] = field(default_factory=dict)

    def get(self, name: str) -> Model | None:
        return self.models.get(name)

    def actual(self, name: str) -> str:
        """The program's own model where it swaps a library's, such as Django's user."""
        return self.replaced.get(name, name)

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
    reader = _Reader(names, hierarchy, [shape for library in libraries for shape in library.shapes], built_in)
    result = Models()
    for name in names.classes:
        shape = reader.shape_of(name)
        if shape is not None:
            result.shapes[name] = shape
            result.models[name] = Model(name, shape.row_type, reader.table(name))
    for model in result.models.values():
        reader.read_fields(model, result.shapes[model.name])
    for model in built_in.values():
        result.models[model.name] = replace(model, columns=dict(model.columns), relationships=dict(model.relationships))
    _find_replaced(result, hierarchy)
    _settle(result, names)
    return result


@dataclass(slots=True)
class _Reader:
    names: Names
    hierarchy: Hierarchy
    shapes: list[Shape]
    built_in: Mapping[str, Model]
    known: dict[str, Shape | None] = field(default_factory=dict)

    def shape_of(self, name: str) -> Shape | None:
        """The shape of a class: by a library base, or by evidence in its own body."""
        if name not in self.known:
            self.known[name] = None
            self.known[name] = self._find_shape(name)
        return self.known[name]

    def _find_shape(self, name: str) -> Shape | None:
        bases = set(self.hierarchy.library_bases(name)) | self._made_bases(name)
        for shape in self.shapes:
            if bases & set(shape.bases):
                return shape
        for ancestor in self.hierarchy.order(name):
            cls = self.names.classes[ancestor]
            for shape in self.shapes:
                if any(mark in cls.fields for mark in shape.evidence) or self._has_relationship(cls, shape):
                    return shape
        return None

    def table(self, name: str) -> str:
        for ancestor in self.hierarchy.order(name):
            assign = self.names.classes[ancestor].fields.get("__tablename__")
            if assign is not None and isinstance(assign.value, facts.Literal):
                return str(assign.value.value)
        return ""

    def _made_bases(self, name: str) -> set[str]:
        """Bases that are variables: `Base = declarative_base()`, `class Book(db.Model)`."""
        made: set[str] = set()
        for ancestor in self.hierarchy.order(name):
            cls = self.names.classes[ancestor]
            module = self.names.modules[cls.module]
            for base in cls.bases:
                dotted = self.dotted(module, base)
                if dotted:
                    made.add(dotted)
        return made

    def _has_relationship(self, cls: facts.ClassFacts, shape: Shape) -> bool:
        module = self.names.modules[cls.module]
        for assign in cls.fields.values():
            if isinstance(assign.value, facts.Call):
                constructor = self.dotted(module, assign.value.function)
                if constructor in shape.fields and "Field" not in constructor.rpartition(".")[2]:
                    return True
        return False

    def dotted(self, module: facts.ModuleFacts, expression: facts.Expr, hops: int = 0) -> str:
        """The dotted name outside the program that an expression stands for, through variables that hold it."""
        if hops > MAX_HOPS:
            return ""
        if isinstance(expression, facts.Attribute):
            owner = self.names.resolve_expression(module, expression.value)
            if isinstance(owner, (Global, Class)):
                held = self._held(owner, hops)
                return f"{held}.{expression.name}" if held else ""
        symbol = self.names.resolve_expression(module, expression)
        if isinstance(symbol, External):
            return symbol.name
        return self._held(symbol, hops) if isinstance(symbol, Global) else ""

    def _held(self, symbol: Symbol, hops: int) -> str:
        """What a module variable holds: the external callee of `db = SQLAlchemy(app)`."""
        if isinstance(symbol, Class):
            bases = self.hierarchy.library_bases(symbol.name)
            return bases[0] if bases else ""
        if not isinstance(symbol, Global):
            return ""
        module = self.names.modules[symbol.module]
        value = module.assigns.get(symbol.name, facts.NOTHING)
        if isinstance(value, facts.Call):
            callee = self.names.resolve_expression(module, value.function)
            if isinstance(callee, Class):
                return self._held(callee, hops + 1)
            return self.dotted(module, value.function, hops + 1)
        if isinstance(value, (facts.Attribute, facts.Name)):
            return self.dotted(module, value, hops + 1)
        return ""

    def read_fields(self, model: Model, shape: Shape) -> None:
        for base in self.hierarchy.library_bases(model.name):
            if base in self.built_in:
                model.columns.update(self.built_in[base].columns)
                model.relationships.update(self.built_in[base].relationships)
        for ancestor in reversed(self.hierarchy.order(model.name)):
            cls = self.names.classes[ancestor]
            module = self.names.modules[cls.module]
            for name, assign in cls.fields.items():
                self._read_field(model, shape, module, name, assign)
            for name, method in cls.methods.items():
                if _is_declared(method):  # @declared_attr def author(cls): return relationship(…)
                    self._read_value(model, shape, module, name, _returned(method), method.returns)

    def _read_field(
        self, model: Model, shape: Shape, module: facts.ModuleFacts, name: str, assign: facts.Assign
    ) -> None:
        if name in model.relationships or name in model.columns:
            model.relationships.pop(name, None)
            model.columns.pop(name, None)
        if isinstance(assign.value, facts.Call):
            symbol = self.names.resolve_expression(module, assign.value.function)
            manager = self._manager_class(symbol, assign.value, module, shape)
            if manager is not None:
                model.managers[name] = manager
                return
        self._read_value(model, shape, module, name, assign.value, assign.annotation)

    def _manager_class(self, symbol: Symbol, call: facts.Call, module: facts.ModuleFacts, shape: Shape) -> str | None:
        """The class behind `objects = BookManager()`, `BookQuerySet.as_manager()`, `Manager.from_queryset(Books)()`."""
        if not shape.manager_type:
            return None
        function = call.function
        if isinstance(function, facts.Call):
            inner = [self.names.resolve_expression(module, argument) for argument in function.arguments]
            for symbol in inner:
                if isinstance(symbol, Class):
                    return symbol.name
            function = function.function
        if isinstance(function, facts.Attribute) and function.name in ("as_manager", "from_queryset"):
            owner = self.names.resolve_expression(module, function.value)
            return owner.name if isinstance(owner, Class) else ""
        if isinstance(symbol, Class):
            bases = self.hierarchy.library_bases(symbol.name)
            return symbol.name if any("Manager" in base or "QuerySet" in base for base in bases) else None
        if isinstance(symbol, External) and symbol.name.endswith("Manager"):
            return ""
        return None

    def _read_value(
        self,
        model: Model,
        shape: Shape,
        module: facts.ModuleFacts,
        name: str,
        value: facts.Expr | None,
        annotation: facts.Expr | None,
    ) -> None:
        call = self._field_call(module, name, value, annotation)
        if call is None:
            return
        if not call.constructor:
            model.columns[name] = Column(name)  # `stars: Mapped[int]`, `name: str` of a SQLModel
            return
        read = self._reader_for(shape.fields, call)
        if read is None:
            return
        item = read(call)
        if isinstance(item, Relationship):
            model.relationships[name] = item
        elif item is not None:
            model.columns[name] = item

    def _reader_for(self, fields: Mapping[str, FieldReader], call: FieldCall) -> FieldReader | None:
        reader = fields.get(call.constructor)
        if reader is not None:
            return reader
        prefix = call.constructor.rpartition(".")[0] + ".*"
        if prefix in fields:
            return fields[prefix]
        tail = call.constructor.rpartition(".")[2]
        if tail.endswith("ForeignKey") or tail in ("OneToOneField", "ManyToManyField"):
            return next((r for name, r in fields.items() if name.endswith("." + tail)), None)
        return None

    def _field_call(
        self, module: facts.ModuleFacts, name: str, value: facts.Expr | None, annotation: facts.Expr | None
    ) -> FieldCall | None:
        annotated = tuple(self._names_in(module, annotation)) if annotation is not None else ()
        if not isinstance(value, facts.Call):
            return FieldCall(name, "", (), {}, annotated[1:]) if annotated else None
        constructor = self._constructor(module, value.function)
        if not constructor:
            return None
        arguments = tuple(self._plain(module, argument) for argument in value.arguments)
        keywords = {key: self._plain(module, argument) for key, argument in value.keywords}
        wrapper = annotated[0] if annotated else ""
        is_mapped = wrapper.rpartition(".")[2] in ("Mapped", "DynamicMapped", "WriteOnlyMapped")
        return FieldCall(name, constructor, arguments, keywords, annotated[1:] if is_mapped else annotated, wrapper)

    def _constructor(self, module: facts.ModuleFacts, function: facts.Expr) -> str:
        """The dotted name of a field's constructor; a project's own field class stands for its library base."""
        symbol = self.names.resolve_expression(module, function)
        if isinstance(symbol, Class):
            bases = self.hierarchy.library_bases(symbol.name)
            return bases[0] if bases else ""
        return self.dotted(module, function)

    def _plain(self, module: facts.ModuleFacts, value: facts.Expr) -> object:
        """An argument of a field, without running anything."""
        if isinstance(value, facts.Literal):
            return value.value
        if isinstance(value, facts.Lambda):
            returned = _returned(value.function)
            return self._plain(module, returned) if returned is not None else None
        if isinstance(value, facts.Call):
            return self._field_call(module, "", value, None)
        if isinstance(value, facts.Mapping):
            pairs = zip(value.keys, value.values, strict=True)
            return {key.value: self._plain(module, held) for key, held in pairs if isinstance(key, facts.Literal)}
        symbol = self.names.resolve_expression(module, value)
        if isinstance(symbol, (Class, External, Module)):
            return Named(symbol.name)
        if isinstance(symbol, Global):
            return Named(f"{symbol.module}.{symbol.name}")
        return None

    def _names_in(self, module: facts.ModuleFacts, annotation: facts.Expr) -> Iterable[str]:
        """The dotted names in an annotation, outermost first: `Mapped[list["Book"]]` → Mapped, list, Book."""
        if isinstance(annotation, facts.Literal):
            if isinstance(annotation.value, str):
                yield from (name for name in re.findall(r"[\w.]+", annotation.value) if name not in NO_CLASSES)
            return
        if isinstance(annotation, facts.Item):
            yield from self._names_in(module, annotation.value)
            yield from self._names_in(module, annotation.index)
        elif isinstance(annotation, facts.Display):
            for item in annotation.items:
                yield from self._names_in(module, item)
        elif isinstance(annotation, facts.Compound):
            for part in annotation.parts:
                yield from self._names_in(module, part)
        elif isinstance(annotation, (facts.Name, facts.Attribute)):
            symbol = self.names.resolve_expression(module, annotation)
            if isinstance(symbol, (Class, External)):
                if symbol.name not in ("typing.Optional", "typing.Union"):
                    yield symbol.name
            else:
                yield annotation.id if isinstance(annotation, facts.Name) else annotation.name


def _is_declared(method: facts.FunctionFacts) -> bool:
    for decorator in method.decorators:
        name = decorator.id if isinstance(decorator, facts.Name) else getattr(decorator, "name", "")
        if name in ("declared_attr", "cascading"):
            return True
    return False


def _returned(function: facts.FunctionFacts) -> facts.Expr | None:
    for statement in function.body:
        if isinstance(statement, facts.Return):
            return statement.value
    return None


def _settle(result: Models, names: Names) -> None:
    """Turn target names into models, decide one or many, and add the other side."""
    by_short = result.by_short_name
    for name in result.models:
        by_short.setdefault(name.rpartition(".")[2], []).append(name)
    for model in [result.models[name] for name in result.shapes]:
        shape = result.shapes[model.name]
        for key, relationship in list(model.relationships.items()):
            target = _target(relationship.target, model, result, by_short, names)
            model.relationships[key] = _with_direction(replace(relationship, target=target), model, result)
            if target in result.models:
                _add_reverse(result, model, shape, model.relationships[key])


def _find_replaced(result: Models, hierarchy: Hierarchy) -> None:
    """A model of the program that extends the abstract form of a library's model stands in its place."""
    for name, shape in result.shapes.items():
        bases = set(hierarchy.library_bases(name))
        for original, abstract in shape.swaps.items():
            if bases & set(abstract):
                result.replaced.setdefault(original, name)


def _with_direction(relationship: Relationship, model: Model, result: Models) -> Relationship:
    """Where the declaration leaves one or many open, a foreign key on this side to the target's table means one."""
    target = result.models.get(relationship.target)
    column = _foreign_key(model, target) if target is not None else ""
    many = relationship.many
    if many is None:
        many = not column
    access = relationship.access
    if access != "query":
        access = "rows" if many else "row"
    shared = relationship.shared and not many and bool(column)
    return replace(
        relationship, many=many, access=access, shared=shared, column=relationship.column or ("" if many else column)
    )


def _foreign_key(model: Model, target: Model) -> str:
    """The column of `model` that references the target's table."""
    tables = {target.table, target.short_name.lower(), _snake_case(target.short_name), target.name}
    for column in model.columns.values():
        referenced = column.references
        if referenced and {referenced, referenced.rpartition(".")[0], referenced.split(".")[-2:][0]} & tables:
            return column.name
    return ""


def _snake_case(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _target(name: str, model: Model, result: Models, by_short: Mapping[str, list[str]], names: Names) -> str:
    if name in result.replaced:
        return result.replaced[name]
    if name in result.models or name == "?":
        return name
    if name == "self":
        return model.name
    short = name.rpartition(".")[2]
    candidates = by_short.get(short, [])
    if not candidates:
        return name
    prefix = name.rpartition(".")[0]
    return max(candidates, key=lambda c: (bool(prefix) and prefix in c.split("."), _shared(c, model.name), -len(c)))


def _shared(first: str, second: str) -> int:
    count = 0
    for one, other in zip(first.split("."), second.split("."), strict=False):
        if one != other:
            break
        count += 1
    return count


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
    access = "row" if single else shape.reverse_access
    target.relationships[name] = Relationship(
        name,
        model.name,
        many=not single,
        loading=relationship.reverse_loading,
        access=access,  # type: ignore[arg-type]
        shared=shape.shared_rows and single,
        query_type=shape.reverse_query_type if access == "query" else "",
        inverse=relationship.name,
    )
    model.relationships[relationship.name] = replace(relationship, inverse=name)
