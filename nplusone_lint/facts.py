"""What one file says, in a form much poorer than its syntax tree: the result of `extract`.

Expressions keep only what can carry a value or make a call; operators become `Compound`, constants without use
become `NOTHING`. `at` is a packed span (`source.pack`). Nothing here knows a library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal as OneOf


@dataclass(slots=True, eq=False)
class Name:
    id: str


@dataclass(slots=True, eq=False)
class Attribute:
    value: Expr
    name: str
    at: int


@dataclass(slots=True, eq=False)
class Call:
    function: Expr
    arguments: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...]  # `**mapping` has the name ""
    at: int


@dataclass(slots=True, eq=False)
class Item:
    """`value[index]`; a slice has the index `Compound`."""

    value: Expr
    index: Expr
    at: int


@dataclass(slots=True, eq=False)
class Slice:
    """Where it starts, where it ends, and its step; one that is left out is the literal None."""

    parts: tuple[Expr, ...]
    stepped: bool = False


@dataclass(slots=True, eq=False)
class Literal:
    """A constant whose value may matter: strings, small integers, booleans, None."""

    value: str | int | bool | None


@dataclass(slots=True, eq=False)
class Display:
    """A list, tuple or set display."""

    kind: OneOf["list", "tuple", "set"]
    items: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Mapping:
    keys: tuple[Expr, ...]
    values: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Comprehension:
    kind: OneOf["list", "set", "dict", "generator"]
    elements: tuple[Expr, ...]  # one, or key and value
    loops: tuple[Loop, ...]
    at: int


@dataclass(slots=True, eq=False)
class Lambda:
    function: FunctionFacts


@dataclass(slots=True, eq=False)
class Await:
    value: Expr
    at: int


@dataclass(slots=True, eq=False)
class Choice:
    """One of several values: `a or b`, `a if test else b`; `tests` are evaluated besides."""

    options: tuple[Expr, ...]
    tests: tuple[Expr, ...] = ()


@dataclass(slots=True, eq=False)
class Compare:
    left: Expr
    operator: str
    right: Expr
    at: int


@dataclass(slots=True, eq=False)
class Walrus:
    name: str
    value: Expr


@dataclass(slots=True, eq=False)
class Starred:
    value: Expr


@dataclass(slots=True, eq=False)
class Yield:
    value: Expr
    whole: bool  # `yield from`


@dataclass(slots=True, eq=False)
class Format:
    """An f-string: its literal text and the expressions in it, in order."""

    parts: tuple[Expr, ...]
    at: int


@dataclass(slots=True, eq=False)
class Compound:
    """An operator: its parts are evaluated, its own value is not known."""

    parts: tuple[Expr, ...]
    operator: str = ""


Expr = (
    Name
    | Attribute
    | Call
    | Item
    | Slice
    | Literal
    | Display
    | Mapping
    | Comprehension
    | Lambda
    | Await
    | Choice
    | Compare
    | Walrus
    | Starred
    | Yield
    | Format
    | Compound
)

NOTHING = Compound(())


@dataclass(slots=True, eq=False)
class Assign:
    targets: tuple[Expr, ...]
    value: Expr
    annotation: Expr | None
    at: int
    augmented: str = ""  # the operator of `+=` and its like


@dataclass(slots=True, eq=False)
class Loop:
    """A `for` statement, one `for` of a comprehension, or a `while`.

    `at` spans the iterated expression (of a `while`: its test), `head` what a reader is shown as the loop,
    `binds` names everything that changes from pass to pass.
    """

    kind: OneOf["for", "comprehension", "while"]
    target: Expr
    iterable: Expr
    tests: tuple[Expr, ...]  # `if` of a comprehension, the test of a `while`
    body: list[Statement]
    orelse: list[Statement]
    is_async: bool
    at: int
    head: int
    binds: frozenset[str]
    leaves: bool  # a `break` or `return` stands in the body
    pauses: bool  # a call of `sleep` does


@dataclass(slots=True, eq=False)
class Branch:
    test: Expr
    body: list[Statement]
    orelse: list[Statement]
    at: int = 0  # the test


@dataclass(slots=True, eq=False)
class With:
    items: tuple[tuple[Expr, Expr | None], ...]
    body: list[Statement]
    is_async: bool = False


@dataclass(slots=True, eq=False)
class Try:
    body: list[Statement]
    handlers: list[list[Statement]]
    catches: list[tuple[str, ...]]  # of each handler the last names of its exceptions
    orelse: list[Statement]
    final: list[Statement]


@dataclass(slots=True, eq=False)
class Return:
    value: Expr


@dataclass(slots=True, eq=False)
class Evaluate:
    """An expression statement; `discards` says that nothing but its effect can be wanted."""

    value: Expr
    at: int


@dataclass(slots=True, eq=False)
class Jump:
    kind: OneOf["break", "continue", "raise"]
    value: Expr = NOTHING


@dataclass(slots=True, eq=False)
class Define:
    function: FunctionFacts


@dataclass(slots=True, eq=False)
class DefineClass:
    cls: ClassFacts


Statement = Assign | Loop | Branch | With | Try | Return | Evaluate | Jump | Define | DefineClass


@dataclass(slots=True, eq=False)
class Parameter:
    name: str
    annotation: Expr | None
    default: Expr | None
    kind: OneOf["positional", "keyword", "rest", "rest-keywords"]


@dataclass(slots=True, eq=False)
class FunctionFacts:
    """A function, a lambda, or the top level of a module (named `<module>`)."""

    name: str
    qualname: str  # with the module: `app.views.BookView.get`
    parameters: tuple[Parameter, ...]
    decorators: tuple[Expr, ...]
    returns: Expr | None
    body: list[Statement]
    is_async: bool
    is_generator: bool
    at: int
    module: str
    cls: str = ""  # the qualified name of the class it is a method of
    locals: frozenset[str] = frozenset()
    loops: bool = False  # a loop, comprehension or lambda stands in it
    words: frozenset[str] = frozenset()  # attributes it reads and functions it calls, by name
    awaits: int = 0  # how many `await` stand in it, functions inside it not counted
    unread: frozenset[str] = frozenset()  # parameters that it does not name


@dataclass(slots=True, eq=False)
class ClassFacts:
    name: str
    qualname: str
    bases: tuple[Expr, ...]
    decorators: tuple[Expr, ...] = ()
    fields: dict[str, Assign] = field(default_factory=dict)
    methods: dict[str, FunctionFacts] = field(default_factory=dict)
    classes: dict[str, ClassFacts] = field(default_factory=dict)
    at: int = 0
    module: str = ""
    stores: dict[str, list[tuple[FunctionFacts, Expr]]] = field(default_factory=dict)  # `self.x = …` in its methods


@dataclass(slots=True, eq=False)
class Import:
    """`import a.b as c` (member is "") or `from a import b as c`; relative ones keep their dots in `module`."""

    module: str
    member: str


@dataclass(slots=True, eq=False)
class ModuleFacts:
    """One file. `name` is its dotted path below the analysed folder."""

    name: str
    path: str
    is_package: bool
    lines: int
    imports: dict[str, Import] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    classes: dict[str, ClassFacts] = field(default_factory=dict)
    functions: dict[str, FunctionFacts] = field(default_factory=dict)
    assigns: dict[str, Expr] = field(default_factory=dict)
    annotations: dict[str, Expr] = field(default_factory=dict)
    body: FunctionFacts | None = None
    has_suppressions: bool = False


def walk(body: Sequence[Statement]) -> list[Statement]:
    """Every statement of a body, nested blocks included, nested functions and classes not."""
    result: list[Statement] = []
    stack = list(reversed(body))
    while stack:
        statement = stack.pop()
        result.append(statement)
        for block in _blocks(statement):
            stack.extend(reversed(block))
    return result


def _blocks(statement: Statement) -> list[list[Statement]]:
    if isinstance(statement, Branch):
        return [statement.orelse, statement.body]
    if isinstance(statement, Loop):
        return [statement.orelse, statement.body]
    if isinstance(statement, With):
        return [statement.body]
    if isinstance(statement, Try):
        return [statement.final, statement.orelse, *statement.handlers, statement.body]
    return []
