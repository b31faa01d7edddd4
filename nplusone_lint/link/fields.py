"""Fields of models, read out of class bodies without running them: columns, relationships, managers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from nplusone_lint import facts
from nplusone_lint.libraries.indexing import IndexForm
from nplusone_lint.libraries.vocabulary import FieldCall, FieldReader, Named, Shape
from nplusone_lint.link.classes import Hierarchy
from nplusone_lint.link.field_classes import told_by
from nplusone_lint.link.names import Global, Names, Symbol
from nplusone_lint.link.shapes import Shapes
from nplusone_lint.roundtrip import Column, Model, Proxy, Relationship
from nplusone_lint.values import Class, External, Module

NO_CLASSES = ("None", "Optional", "Union", "typing.Optional", "typing.Union")


@dataclass(slots=True)
class Fields:
    """What reading a field needs: names, bases, and the models that libraries bring."""

    names: Names
    hierarchy: Hierarchy
    shapes: Shapes
    built_in: Mapping[str, Model]
    own: dict[str, facts.Assign] = field(default_factory=dict)  # what the class that is read sets in its body

    def read_fields(self, model: Model, shape: Shape) -> None:
        """Columns, relationships and managers of a model, those of its bases first."""
        for base in self.hierarchy.library_bases(model.name):
            if base in self.built_in:
                model.columns.update(self.built_in[base].columns)
                model.relationships.update(self.built_in[base].relationships)
        for ancestor in reversed(self.hierarchy.order(model.name)):
            cls = self.names.classes[ancestor]
            self.own = cls.fields
            module = self.names.modules[cls.module]
            holder = cls.classes.get(shape.ordering[0]) if shape.ordering else None
            if holder is not None and shape.ordering[1] in holder.fields:
                told = self._plain(module, holder.fields[shape.ordering[1]].value)
                model.order = told if isinstance(told, tuple) and all(isinstance(name, str) for name in told) else None
                model.ordered = True
            self._read_indexes(model, shape, module, cls)
            for name, assign in cls.fields.items():
                self._read_field(model, shape, module, name, assign)
            for name, method in cls.methods.items():
                if _is_declared(method, shape):  # @declared_attr def author(cls): return relationship(…)
                    self._read_value(model, shape, module, name, _returned(method), method.returns)
                elif name not in cls.fields:  # a property hides the field that a base class has under its name
                    model.relationships.pop(name, None)
                    model.columns.pop(name, None)

    def _read_indexes(self, model: Model, shape: Shape, module: facts.ModuleFacts, cls: facts.ClassFacts) -> None:
        """The indexes that a class declares in its body."""
        form = shape.indexing
        for path in {**form.places, **form.unique} if form is not None else ():
            holder, _, name = path.rpartition(".")
            inner = cls.classes.get(holder) if holder else cls
            if form is None or inner is None:
                continue
            method = inner.methods.get(name)
            assign = inner.fields.get(name)
            if method is None and assign is None:
                continue
            value = assign.value if assign is not None else _returned(method) if method is not None else None
            plain = self._plain(module, value) if value is not None else None
            if path in form.unique:
                model.unique.extend(columns for columns in form.unique[path](plain) or () if columns)
            if path in form.places:
                found = form.places[path](plain) if value is not None else None
                if found is None:
                    model.more_indexes = True
                else:
                    model.indexes.extend(columns for columns in found if columns)

    def unique_of_table(
        self, form: IndexForm, module: facts.ModuleFacts, table: facts.Expr
    ) -> tuple[tuple[str, ...], ...]:
        """The columns that a table which a class is mapped to says to be unique."""
        held = self.names.resolve_expression(module, table)
        owner = self.names.modules[held.module] if isinstance(held, Global) else module
        value = owner.assigns.get(held.name) if isinstance(held, Global) else table
        read = form.unique.get("__table__")
        return (read(self._plain(owner, value)) or ()) if read is not None and value is not None else ()

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
        if isinstance(symbol, Global):  # BookManager = Manager.from_queryset(Books)
            module = self.names.modules[symbol.module]
            made = module.assigns.get(symbol.name)
        else:
            made = call.function if isinstance(call.function, facts.Call) else call
        if isinstance(made, facts.Call):
            function = made.function
            if isinstance(function, facts.Attribute) and function.name in shape.manager_makers:
                parts = [self.names.resolve_expression(module, part) for part in (function.value, *made.arguments)]
                return self.hierarchy.mixed([part.name for part in parts if isinstance(part, Class)])
        if isinstance(symbol, Class):
            bases = self.hierarchy.library_bases(symbol.name)
            fits = any(word in base for base in bases for word in shape.manager_words)
            return symbol.name if fits else None
        if isinstance(symbol, External) and symbol.name.endswith(shape.manager_words):
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
        call = self._field_call(module, name, value, annotation, shape.wrappers)
        if call is None:
            return
        if not call.constructor and call.wrapper.rpartition(".")[2] in shape.reverse_wrappers:
            return  # books: fields.ReverseRelation["Book"]
        if shape.marks and annotation is not None:
            call = self._marked(module, call, annotation, shape.marks)
        if not call.constructor:
            if call.wrapper.rpartition(".")[2] == "ClassVar":
                return  # `session: ClassVar[Session]` is no column
            # `stars: Mapped[int]`, `name: str` of a SQLModel
            known = shape.annotated_only(call) if shape.annotated_only is not None else None
            model.columns[name] = known if isinstance(known, Column) else Column(name)
            return
        read = _reader_for(shape.fields, call)
        if read is None:
            return
        item = read(call)
        if isinstance(item, Relationship):
            model.relationships[name] = item
        elif isinstance(item, Proxy):
            model.proxies[name] = item.link
        elif item is not None:
            model.columns[name] = item

    def _field_call(
        self,
        module: facts.ModuleFacts,
        name: str,
        value: facts.Expr | None,
        annotation: facts.Expr | None,
        wrappers: tuple[str, ...] = (),
    ) -> FieldCall | None:
        annotated = tuple(self._names_in(module, annotation)) if annotation is not None else ()
        if not isinstance(value, facts.Call):
            optional = _is_optional(annotation)
            return FieldCall(name, "", (), {}, annotated[1:], annotated[0], optional) if annotated else None
        symbol = self.names.resolve_expression(module, value.function)
        if isinstance(symbol, Class):  # a project's own field class stands for its library base
            constructor = next(iter(self.hierarchy.library_bases(symbol.name)), "")
        else:
            constructor = self.shapes.dotted(module, value.function)
        if not constructor:
            return None
        arguments = tuple(self._plain(module, argument) for argument in value.arguments)
        keywords = {key: self._plain(module, argument) for key, argument in value.keywords}
        if isinstance(symbol, Class):
            self._tell(symbol, keywords)
        wrapper = annotated[0] if annotated else ""
        inner = annotated[1:] if wrapper.rpartition(".")[2] in wrappers else annotated
        return FieldCall(name, constructor, arguments, keywords, inner, wrapper, _is_optional(annotation))

    def _tell(self, cls: Class, keywords: dict[str, object]) -> None:
        """Add what a field class of the program tells the library's constructor itself."""
        init = self.hierarchy.method(cls.name, "__init__")
        for told in told_by(init) if init is not None else ():
            if init is not None and not (told.default and told.keyword in keywords):
                value = self._plain(self.names.modules[init.module], told.value) if told.value is not None else None
                none = isinstance(told.value, facts.Literal)
                keywords[told.keyword] = value if value is not None or none else Named("?")

    def _marked(
        self, module: facts.ModuleFacts, call: FieldCall, annotation: facts.Expr, marks: tuple[str, ...]
    ) -> FieldCall:
        """`author: Link[Author]`, `books: list[Link[Book]] = Field(…)`: the annotation says what the field is."""
        names = tuple(self._names_in(module, annotation))
        place = next((number for number, name in enumerate(names) if name in marks), -1)
        if place < 0:
            return call
        return replace(call, constructor=names[place], annotated=names[place + 1 :], wrapper=names[0])

    def _plain(self, module: facts.ModuleFacts, value: facts.Expr) -> object:
        """An argument of a field, without running anything."""
        if isinstance(value, facts.Literal):
            return value.value
        if isinstance(value, facts.Lambda):
            returned = _returned(value.function)
            return self._plain(module, returned) if returned is not None else None
        if isinstance(value, facts.Call):
            return self._field_call(module, "", value, None)
        if isinstance(value, facts.Display):
            return tuple(self._plain(module, item) for item in value.items)
        if isinstance(value, facts.Mapping):
            pairs = zip(value.keys, value.values, strict=True)
            return {key.value: self._plain(module, held) for key, held in pairs if isinstance(key, facts.Literal)}
        symbol = self.names.resolve_expression(module, value)
        if isinstance(symbol, (Class, External, Module)):
            return Named(symbol.name)
        if isinstance(value, facts.Attribute):  # ForeignKey(Author.id)
            holder = self.names.resolve_expression(module, value.value)
            if isinstance(holder, Class):
                return Named(f"{holder.name}.{value.name}")
            of_class = isinstance(value.value, facts.Name) and value.value.id == "cls"
            if of_class and value.name in self.own:  # Index("ix", cls.title)
                return Named(value.name)
        if isinstance(symbol, Global):
            owner = self.names.modules[symbol.module]
            held = owner.assigns.get(symbol.name)
            if isinstance(held, facts.Call) and not held.arguments:  # User = get_user_model()
                return self._field_call(owner, "", held, None) or Named(f"{symbol.module}.{symbol.name}")
            return Named(f"{symbol.module}.{symbol.name}")
        if isinstance(value, facts.Name) and value.id in self.own:  # relationship(foreign_keys=[editor_id])
            return Named(value.id)
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


def _is_optional(annotation: facts.Expr | None) -> bool:
    """`Mapped[str | None]`, `Optional[str]`, or either in quotes."""
    if isinstance(annotation, facts.Literal):
        return annotation.value is None or bool(re.search(r"\b(None|Optional)\b", str(annotation.value)))
    if isinstance(annotation, (facts.Name, facts.Attribute)):
        return (annotation.id if isinstance(annotation, facts.Name) else annotation.name) == "Optional"
    if isinstance(annotation, facts.Compound) and annotation.operator == "BitOr" and len(annotation.parts) == 1:
        return True  # extraction leaves constants out of what an operator joins
    return annotation is not None and any(_is_optional(part) for part in _parts(annotation))


def _parts(annotation: facts.Expr) -> tuple[facts.Expr, ...]:
    if isinstance(annotation, facts.Item):
        return annotation.value, annotation.index
    if isinstance(annotation, facts.Display):
        return annotation.items
    return annotation.parts if isinstance(annotation, facts.Compound) else ()


def _reader_for(fields: Mapping[str, FieldReader], call: FieldCall) -> FieldReader | None:
    reader = fields.get(call.constructor)
    if reader is not None:
        return reader
    prefix = call.constructor.rpartition(".")[0] + ".*"
    if prefix in fields:
        return fields[prefix]
    alike = (name for name in fields if name.startswith("*") and call.constructor.endswith(name[1:]))
    return next((fields[name] for name in alike), None)


def _is_declared(method: facts.FunctionFacts, shape: Shape) -> bool:
    """`@declared_attr def author(cls): …`"""
    names = [d.id if isinstance(d, facts.Name) else getattr(d, "name", "") for d in method.decorators]
    return any(name in shape.declarers for name in names)


def _returned(function: facts.FunctionFacts) -> facts.Expr | None:
    for statement in function.body:
        if isinstance(statement, facts.Return):
            return statement.value
    return None
