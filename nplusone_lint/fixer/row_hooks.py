"""What the writing of one row of a model does besides the statement, so that many at once would not do it."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from nplusone_lint import facts
from nplusone_lint.finding import Note, Place, Refusal
from nplusone_lint.fixer.listeners import listeners
from nplusone_lint.libraries.writing import Writing
from nplusone_lint.link.names import Symbol, short
from nplusone_lint.program import Program
from nplusone_lint.values import UNKNOWN, Class, External


def hooked(program: Program, model: str, writing: Writing, takes: str) -> Refusal | None:
    """Why rows of a model are not to be written at once: what would be passed over, and where it stands."""
    cls = program.analysis.names.classes.get(model)
    if cls is None:
        return Refusal(f"`{short(model)}` is a class of a package: nobody can tell what saving its rows does besides")
    for name in writing.hooks.get(takes, ()):
        method = program.analysis.hierarchy.method(model, name)
        if method is not None:
            what = f"`{method.name}` of `{short(method.cls or model)}` does more than the statement"
            return Refusal(what, (_note(program, method.module, method.at, "is passed over"),))
    heard = listeners(program, writing, takes, model)
    if heard:
        return Refusal(f"somebody listens when rows of `{short(model)}` are written one by one", tuple(heard))
    return _foreign(program, cls, writing, takes)


def _foreign(program: Program, cls: facts.ClassFacts, writing: Writing, takes: str) -> Refusal | None:
    """Bases, decorators and fields of which nobody can tell what they do when a row is saved."""
    hierarchy, names = program.analysis.hierarchy, program.analysis.names
    name = short(cls.qualname)
    if takes not in writing.hooks or not writing.bases:
        return None
    for base in hierarchy.library_bases(cls.qualname):
        if base not in writing.bases and not _is(base, writing.fields):
            note = _note(program, cls.module, cls.at, f"extends `{short(base)}`")
            return Refusal(f"`{name}` extends `{short(base)}` of a package, which may add to what saving does", (note,))
    for ancestor in hierarchy.order(cls.qualname):
        known = names.classes[ancestor]
        is_model = ancestor != cls.qualname and ancestor in program.analysis.models.shapes
        if is_model and writing.manager and not is_abstract(known):
            return Refusal(f"rows of `{name}` are also rows of `{short(ancestor)}`: each is written to two tables")
        module = names.modules[known.module]
        if any(names.resolve_expression(module, base) is UNKNOWN for base in known.bases if not _is_object(base)):
            note = _note(program, known.module, known.at, "has a base that is not known")
            return Refusal(f"`{short(ancestor)}` extends a class that is not known", (note,))
        for decorator in known.decorators:
            written = decorator.function if isinstance(decorator, facts.Call) else decorator
            symbol = names.resolve_expression(module, written)
            if not (isinstance(symbol, External) and _is(symbol.name, writing.fields)):
                note = _note(program, known.module, known.at, "is decorated")
                return Refusal(f"a decorator of `{short(ancestor)}` may add to what saving does", (note,))
    for field, symbol, _ in fields_of(program, cls.qualname):
        if isinstance(symbol, External) and not _is(symbol.name, writing.fields):
            note = _note(program, cls.module, cls.at, f"has `{field}`")
            return Refusal(f"`{name}.{field}` is made by a package, which may do more when a row is saved", (note,))
        if isinstance(symbol, Class) and hierarchy.method(symbol.name, "pre_save") is not None:
            return Refusal(f"`{name}.{field}` does something of its own before a row is saved")
    return None


def is_abstract(cls: facts.ClassFacts) -> bool:
    """`class Meta: abstract = True`"""
    meta = cls.classes.get("Meta")
    told = meta.fields.get("abstract") if meta is not None else None
    return told is not None and isinstance(told.value, facts.Literal) and told.value.value is True


def fields_of(program: Program, model: str) -> Iterator[tuple[str, Symbol, facts.Call]]:
    """Every class attribute of a model and its bases that a call makes, and what is called."""
    names, seen = program.analysis.names, set[str]()
    for ancestor in program.analysis.hierarchy.order(model):
        cls = names.classes[ancestor]
        for name, assign in cls.fields.items():
            if isinstance(assign.value, facts.Call) and name not in seen:
                seen.add(name)
                symbol = names.resolve_expression(names.modules[cls.module], assign.value.function)
                yield name, symbol, assign.value


def stamped(program: Program, model: str, writing: Writing) -> list[str]:
    """The columns that are set anew whenever a row is saved."""
    return [
        name
        for name, _, call in fields_of(program, model)
        for word, value in call.keywords
        if word in writing.stamps and not (isinstance(value, facts.Literal) and value.value is False)
    ]


def is_file(symbol: Symbol, writing: Writing) -> bool:
    """Whether a field stores something elsewhere when its row is saved."""
    return isinstance(symbol, External) and short(symbol.name) in writing.files


def may_be_hooked(program: Program, model: str, writing: Writing) -> str:
    """What nobody can rule out about saving rows of a model; "" where all is known."""
    for name, symbol, _ in fields_of(program, model):
        if is_file(symbol, writing):
            return f"`{short(model)}.{name}` stores a file, which then happens behind the loop"
    for module in program.modules.values():
        told = module.assigns.get("INSTALLED_APPS")
        for app in told.items if isinstance(told, facts.Display) else ():
            name = str(app.value) if isinstance(app, facts.Literal) else ""
            if name.partition(".")[0] in writing.listening:
                return f"`{name}` may listen when rows are saved"
        for imported in module.imports.values():
            if imported.module.partition(".")[0] in writing.listening:
                return f"`{imported.module}` may listen when rows are saved"
    return ""


def own_manager(program: Program, model: str, attribute: str, methods: tuple[str, ...]) -> Refusal | None:
    """Whether the manager behind an attribute is known not to change what some methods do."""
    hierarchy = program.analysis.hierarchy
    held = hierarchy.field(model, attribute)
    known = program.analysis.models.get(model)
    cls = known.managers.get(attribute, "") if known is not None else ""
    if cls:
        for name in methods:
            method = hierarchy.method(cls, name)
            if method is not None:
                note = _note(program, method.module, method.at, "is the manager's own")
                return Refusal(f"`{name}` of the manager does more than the library's", (note,))
        outside = hierarchy.library_bases(cls)
    elif held is not None and isinstance(held[1].value, facts.Call):
        names = program.analysis.names
        function = held[1].value.function
        symbol = names.resolve_expression(names.modules[held[0].module], function)
        outside = [symbol.name] if isinstance(symbol, External) else ["?"]
    else:
        outside = []
    if any(program.analysis.tables.type_name(base) == "" and not base.startswith("builtins.") for base in outside):
        return Refusal(f"the manager `{attribute}` is of a class that is not known")
    return None


def _is_object(base: facts.Expr) -> bool:
    return isinstance(base, facts.Name) and base.id == "object"


def _is(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _note(program: Program, module: str, at: int, words: str) -> Note:
    source = program.sources[program.analysis.names.modules[module].path]
    return Note(Place(source.path, source.span(at)), words)
