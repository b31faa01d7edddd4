"""Name resolution across modules: absolute and relative imports, re-exports, star imports, `__init__` faces.

Nobody tells us the import roots of a repository, so `import shop.models` finds every module whose path ends so and
whose root folder is not itself a package; of several the one nearest to the importer is taken. A folder that is a
package may be a root as well (`sys.path.insert(0, "project/apps")`), if what is imported of a name stands there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from nplusone_lint.facts import Attribute, ClassFacts, Expr, FunctionFacts, Item, ModuleFacts, Name
from nplusone_lint.values import UNKNOWN, Class, External, Function, Module, Value

STANDARD_LIBRARY = sys.stdlib_module_names
MAX_HOPS = 12


@dataclass(frozen=True, slots=True)
class Global:
    """A module-level variable: its value is for inference to find."""

    module: str
    name: str


Symbol = Value | Global


@dataclass(slots=True)
class Names:
    """All modules, classes and functions of the program, by dotted name."""

    modules: dict[str, ModuleFacts]
    classes: dict[str, ClassFacts]
    functions: dict[str, FunctionFacts]
    foreign: frozenset[str]  # import names of the libraries we know
    spoken_of: frozenset[str]  # dotted names in their tables; `package.*` stands for all of a package
    by_tail: dict[str, list[str]] = field(default_factory=dict)
    found_modules: dict[tuple[str, str], str] = field(default_factory=dict)
    imported: dict[str, set[str]] | None = None  # see `_all_imported`
    resolved: dict[tuple[str, str], Symbol] = field(default_factory=dict)

    def resolve(self, module: ModuleFacts, name: str, hops: int = 0) -> Symbol:
        """What a name means at the top level of a module."""
        key = (module.name, name)
        known = self.resolved.get(key)
        if known is None:
            known = self._resolve(module, name, hops)
            if hops == 0:  # deeper answers may have been cut short by the hop limit
                self.resolved[key] = known
        return known

    def _resolve(self, module: ModuleFacts, name: str, hops: int) -> Symbol:
        if name in module.functions:
            return Function(module.functions[name].qualname)
        if name in module.classes:
            return Class(module.classes[name].qualname)
        if name in module.imports:
            imported = module.imports[name]
            return self.member(module, imported.module, imported.member, hops + 1)
        if name in module.assigns or name in module.annotations:
            return Global(module.name, name)
        for origin in module.stars:
            found = self._star_source(module, origin)
            symbol = self.resolve(self.modules[found], name, hops + 1) if found and hops < MAX_HOPS else UNKNOWN
            if symbol is not UNKNOWN:
                return symbol
        return self._from_library_star(module, name)

    def _from_library_star(self, module: ModuleFacts, name: str) -> Symbol:
        """`Model` after `from peewee import *`: only names that a library's table speaks of."""
        for origin in module.stars:
            dotted = f"{origin}.{name}"
            if dotted in self.spoken_of or (f"{origin}.*" in self.spoken_of and name[:1].isupper()):
                return External(dotted)
        return UNKNOWN

    def _star_source(self, importer: ModuleFacts, origin: str) -> str:
        """The module of the program behind `from origin import *`, or ""."""
        absolute = self.absolute(importer, origin)
        if absolute is not None:
            return absolute if absolute in self.modules else ""
        return "" if origin.startswith(".") else self.find_module(origin, importer)

    def member(self, importer: ModuleFacts, origin: str, name: str, hops: int = 0) -> Symbol:
        """What `from origin import name` gives, or `import origin` where the name is empty."""
        if hops > MAX_HOPS:
            return UNKNOWN
        absolute = self.absolute(importer, origin)
        if origin.startswith(".") and absolute is None:
            return UNKNOWN
        path = absolute if absolute is not None else origin
        found = path if origin.startswith(".") and path in self.modules else self.find_module(path, importer)
        if not name:
            return Module(found) if found else self._outside(path)
        if found:
            symbol = self.resolve(self.modules[found], name, hops)
            if symbol is not UNKNOWN:
                return symbol
        below = f"{path}.{name}" if path else name
        submodule = below if origin.startswith(".") and below in self.modules else self.find_module(below, importer)
        if submodule:
            return Module(submodule)
        return UNKNOWN if found else self._outside(path, name)

    def _outside(self, path: str, name: str = "") -> Symbol:
        return External(f"{path}.{name}" if name else path)

    @staticmethod
    def absolute(importer: ModuleFacts, origin: str) -> str | None:
        """The dotted path of a relative import; None where it leaves the analysed folder or is not relative."""
        rest = origin.lstrip(".")
        level = len(origin) - len(rest)
        if not level:
            return None
        parts = importer.name.split(".") if importer.name else []
        drop = level - 1 if importer.is_package else level
        if drop > len(parts):
            return None
        base = parts[: len(parts) - drop]
        return ".".join([*base, rest] if rest else base)

    def find_module(self, dotted: str, importer: ModuleFacts) -> str:
        """The module of the program that an absolute import means, or ""."""
        root = dotted.partition(".")[0]
        if root in self.foreign or root in STANDARD_LIBRARY:
            return ""
        key = (dotted, importer.name.rpartition(".")[0])
        if key not in self.found_modules:
            self.found_modules[key] = self._nearest(dotted, importer)
        return self.found_modules[key]

    def _nearest(self, dotted: str, importer: ModuleFacts) -> str:
        tail = "." + dotted
        candidates = [
            name
            for name in self.by_tail.get(dotted.rpartition(".")[2], ())
            if name == dotted or (name.endswith(tail) and not self._is_package(name[: -len(tail)]))
        ]
        candidates = candidates or self._below_a_package(dotted)
        if len(candidates) < 2:
            return candidates[0] if candidates else ""
        return max(candidates, key=lambda name: (shared_prefix(name, importer.name), -len(name), name))

    def _below_a_package(self, dotted: str) -> list[str]:
        """Modules below folders that are packages, and import roots: nearly all that is imported of a name is there."""
        top = dotted.partition(".")[0]
        paths = self._all_imported().get(top, set())
        tops = (name for name in self.by_tail.get(top, ()) if self._is_package(name))
        roots = (name.removesuffix(top) for name in tops if paths)
        whole = (root for root in roots if 4 * sum(root + path in self.modules for path in paths) >= 3 * len(paths))
        return [root + dotted for root in whole if root + dotted in self.modules]

    def _all_imported(self) -> dict[str, set[str]]:
        """What the program imports, by the first part of its name, where there is more than that."""
        if self.imported is None:
            self.imported = {}
            for module in self.modules.values():
                for path in {*(one.module for one in module.imports.values()), *module.stars}:
                    top, dot, _ = path.partition(".")
                    if top and dot:
                        self.imported.setdefault(top, set()).add(path)
        return self.imported

    def _is_package(self, name: str) -> bool:
        module = self.modules.get(name)
        return module is not None and module.is_package

    def resolve_expression(self, module: ModuleFacts, expression: Expr | None) -> Symbol:
        """What a dotted name means at the top level of a module; subscripts (`Generic[T]`) are looked through."""
        if isinstance(expression, Name):
            return self.resolve(module, expression.id)
        if isinstance(expression, Item):
            return self.resolve_expression(module, expression.value)
        if isinstance(expression, Attribute):
            return self.attribute(self.resolve_expression(module, expression.value), expression.name)
        return UNKNOWN

    def attribute(self, owner: Symbol, name: str) -> Symbol:
        """A member of a module, of a class's body, or of something outside."""
        if isinstance(owner, External):
            dotted = f"{owner.name}.{name}"
            return Module(dotted) if dotted in self.modules else External(dotted)
        if isinstance(owner, Module):
            facts = self.modules[owner.name]
            symbol = self.resolve(facts, name)
            if symbol is not UNKNOWN:
                return symbol
            below = f"{owner.name}.{name}"
            return Module(below) if below in self.modules else UNKNOWN
        if isinstance(owner, Class):
            inner = self.classes[owner.name].classes.get(name)
            return Class(inner.qualname) if inner is not None else UNKNOWN
        return UNKNOWN


def short(dotted: str) -> str:
    """The last part of a dotted name."""
    return dotted.rpartition(".")[2]


def link_names(modules: Iterable[ModuleFacts], foreign: Iterable[str], spoken_of: Iterable[str]) -> Names:
    """Enter every module, class and function of the program under its dotted name."""
    named = {module.name: module for module in modules}
    # a library that is itself the program analysed
    outside = frozenset(root for root in foreign if root not in named or not named[root].is_package)
    names = Names(named, {}, {}, outside, frozenset(spoken_of))
    for module in names.modules.values():
        names.by_tail.setdefault(module.name.rpartition(".")[2], []).append(module.name)
        if module.body is not None:
            names.functions[module.body.qualname] = module.body
        for function in module.functions.values():
            names.functions[function.qualname] = function
        for cls in module.classes.values():
            _enter_class(names, cls)
    return names


def _enter_class(names: Names, cls: ClassFacts) -> None:
    names.classes.setdefault(cls.qualname, cls)
    for method in cls.methods.values():
        names.functions.setdefault(method.qualname, method)
    for inner in cls.classes.values():
        _enter_class(names, inner)


def shared_prefix(first: str, second: str) -> int:
    """How many leading parts two dotted names have in common."""
    count = 0
    for one, other in zip(first.split("."), second.split("."), strict=False):
        if one != other:
            break
        count += 1
    return count
