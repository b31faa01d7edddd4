"""The words in which a library is described: types, methods, functions, and how its models are written.

A row says: this method makes this round trip (or none) and returns that. `returns` is one of a few words or a hook.

| word | meaning |
|---|---|
| `same` | the receiver itself, as a further link of a chain |
| `same-narrowed` | likewise, but filtered or ordered, so that a prefetch no longer serves it |
| `as:TYPE` | the receiver's query under another library type |
| `row` / `rows` | one item, or the list of all items, of the receiver's query |
| `plain` / `plain-rows` | dictionaries, tuples or numbers instead of rows: one chain link, or a list |
| `handle:TYPE` | a new object of that library type |
| `row:MODEL` / `rows:MODEL` | one row of a model of the program, or a list of them |
| `nothing`, `unknown` | no value worth following |

A type may have rows of these names besides: `*` is any method the others do not name, `__call__` and `__getitem__` are
what calling an object and subscripting it give. Among `attributes`, `*` is any other attribute. In `aka` and in
the name of a function, `*` stands for any text: `*_pb2_grpc.*Stub` are classes that a generator writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import Protocol

from nplusone_lint.bulk import KeyedForm, ManyKeys
from nplusone_lint.libraries.figures import FigureForm, OrderForm, PresenceForm
from nplusone_lint.libraries.indexing import IndexForm
from nplusone_lint.libraries.streaming import StreamForm
from nplusone_lint.libraries.writing import BulkForm, Writing
from nplusone_lint.roundtrip import Column, Model, ModelLookup, Proxy, Relationship, RoundTrip
from nplusone_lint.values import UNKNOWN, Constant, Text, Value


def newest(package: str, release: str) -> bool:
    """Where no project tells, every package is the newest."""
    return True


class Inside(Protocol):
    """What a hook may ask of the program's own object behind the receiver; nothing that it runs has an effect."""

    def held(self, name: str) -> Value:
        """An attribute of the object or its class."""

    def asked(self, name: str) -> Value:
        """What a method of the object returns, called without arguments."""

    def member(self, value: Value, name: str) -> Value:
        """An attribute of another value."""

    def result(self, value: Value, name: str) -> Value:
        """What a method of another value returns, called without arguments."""

    def registered(self) -> Value:
        """What the object's class is registered for: `@admin.register(Book)`."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call as a hook sees it: values only, no syntax. `model` looks up a model of the program by class name.

    `may_have("sqlalchemy", "2.0.4")`: the calling module may run with that release of a package, or with a newer one.
    `inside` is there where the receiver is of a class of the program that extends the library's.
    """

    receiver: Value
    arguments: tuple[Value, ...]
    keywords: Mapping[str, Value]
    model: ModelLookup
    may_have: Callable[[str, str], bool] = newest
    inside: Inside | None = None

    def argument(self, position: int, keyword: str = "") -> Value:
        if position < len(self.arguments):
            return self.arguments[position]
        return self.keywords.get(keyword, UNKNOWN) if keyword else UNKNOWN

    def text(self, position: int, keyword: str = "") -> str:
        """A string argument, or as much of its beginning as is known."""
        value = self.argument(position, keyword)
        if isinstance(value, Text):
            return value.start
        return value.value if isinstance(value, Constant) and isinstance(value.value, str) else ""


Hook = Callable[[Invocation], Value]
TripHook = Callable[[Invocation], "RoundTrip | None"]


@dataclass(frozen=True, slots=True)
class Since:
    """What a release of a package brought; `before` is how it was done until then."""

    package: str
    release: str
    then: str
    before: str


Bulk = str | Since | Callable[[Invocation], str]


@dataclass(frozen=True, slots=True)
class Method:
    """One method (or function, by dotted name) of a library.

    `batch` is how the bulk form is spelt, "" where there is none. `keeps_prefetch`: served by a prefetched relation.
    `evidence` decides from the arguments alone that an unknown receiver is of this type.
    """

    name: str
    does: RoundTrip | TripHook | None = None
    returns: str | Hook = "unknown"
    batch: Bulk = ""
    keeps_prefetch: bool | Callable[[Invocation], bool] = False
    evidence: Callable[[Invocation], bool] | None = None
    awaited: bool = False  # a coroutine function: the trip is made when its result is awaited
    rebinds: bool = False  # the row it is called on, else the first argument, is afterwards what the method returns
    calls_with: str = ""  # it calls its first argument with a handle of this type, and the other arguments
    expires: bool = False  # rows at hand are read again when they are touched next
    conditions: Hook | None = None  # the query that is sent: the receiver with what the arguments demand of its rows
    many: ManyKeys | None = None  # how a fix does for many keys what it does for one
    calls_back: Callable[[Invocation], bool] | None = None  # whether the first argument is called once per item
    bulk: BulkForm | None = None  # how many such calls become one
    # what the link makes of a query's rows: filtered, joined, ordered (by columns), arranged (otherwise), reduced (no
    # row is one of the table any more), limited, adorned (locked, refreshed), streamed
    shapes: str | Callable[[Invocation], str] = ""
    remark: OneOf["", "skips", "counts"] = ""  # rows are read and dropped; the rows of the argument are counted
    loads: bool = False  # it says what is loaded with the rows
    follows: bool = False  # it follows the relationships of a row that it is given


@dataclass(frozen=True, slots=True)
class Type:
    """A class of a library. `aka` are other dotted names of it (re-exports, subclasses that behave alike).

    `iterates`: the round trip that looping over an object of the type makes; `caches`: once only.
    `enters`: the type that `with` gives. `attributes` are attributes that hold an object or rows.
    """

    name: str
    methods: tuple[Method, ...] = ()
    aka: tuple[str, ...] = ()
    iterates: RoundTrip | None = None
    keeps_rows: bool = False  # iterated once, an object answers from memory
    enters: str = ""
    attributes: Mapping[str, str | Hook] = field(default_factory=dict)
    parameters: Mapping[str, Hook] = field(default_factory=dict)  # what methods of subclasses are given, by name
    asynchronous: bool = False
    calls: str | Hook = ""  # what calling an object of the type gives
    likely_names: tuple[str, ...] = ()  # names by which an unknown object is taken for one, with less confidence
    base: str = ""
    keeps_by_habit: bool = False  # hardly anybody opens one whose commits expire rows
    awaited: str = ""  # what awaiting an object of the type gives: rows or row; nothing else sends it then
    sent_by_slice: bool = False  # `query[:5]` sends it, and gives a list
    like_a_list: bool = False  # testing it or turning it into text iterates it
    constructs: Hook | None = None  # what calling the class gives, where that is no handle
    generative: bool = False  # a link of a chain changes nothing and sends nothing: it gives another query
    is_table: bool = False  # an object of it is a table of the database
    prepared_by: str = ""  # the method of a subclass that says how its rows come
    stands_for: type[Value] | None = None  # the kind of value whose methods these are, where it is no handle or query
    threads: bool = False  # threads may share an object of it, as its documentation says
    alone: str = ""  # what comes of it where two use an object of it at the same time
    crowded: str = ""  # what comes of very many requests at once
    tasks: bool = False  # tasks may use an object of it (a pool, a client) at the same time, and gain by it
    answers_in_parts: bool = False  # an answer holds its connection until its body was read
    streams: str = ""  # how rows are had one after the other, without a list of them all
    stream: StreamForm | None = None  # … as a fix writes it
    picks: str = ""  # how columns are had instead of rows: by `{names}` (`{flat}`: one alone) or `{attributes}`


@dataclass(frozen=True, slots=True)
class FieldCall:
    """The value of a class attribute, read without running it: a call with plain arguments, or less.

    `annotated` are the class names inside `Mapped[list["Book"]]`; `many` whether one of them is a collection.
    """

    name: str
    constructor: str
    arguments: tuple[object, ...]  # str, int, bool, None, FieldCall, or the dotted name of a class as `Named`
    keywords: Mapping[str, object]
    annotated: tuple[str, ...] = ()
    wrapper: str = ""  # the generic around the annotation, e.g. `sqlalchemy.orm.Mapped`
    optional: bool = False  # the annotation allows None


@dataclass(frozen=True, slots=True)
class Named:
    """A class or other thing named in a class body: dotted name, resolved where it could be."""

    name: str


FieldReader = Callable[[FieldCall], "Column | Relationship | Proxy | None"]


@dataclass(frozen=True, slots=True)
class EagerForm:
    """How a query of a library is told to load relationships together with its rows.

    With `lookups` the paths are strings given to methods of the query (`select_related("a__b")`); with `options`
    they are loader options from `home`, given to its method `options` (`joinedload(A.b).selectinload(B.c)`); with
    `joins` the model is selected besides and joined (`A.select(A, B).join(B, on=A.b)`), which leaves out rows whose
    key leads nowhere.
    """

    style: OneOf["lookups", "options", "joins"]
    one: str  # for rows of which each has one: `select_related`, `joinedload`
    many: str  # for all others
    ends: tuple[str, ...] = ()  # methods of a query that send it: what loads with the rows stands before them
    alone: tuple[str, ...] = ()  # of these, and of a session's, those that give one row
    runs: tuple[str, ...] = ()  # methods of a session that send the statement they are given
    functions: tuple[str, ...] = ()  # functions that send the query, or the model's own, that they are given first
    separate: tuple[str, ...] = ()  # links of a query that bear no join: `many` serves there for one row, too
    refused: tuple[str, ...] = ()  # links after which no relationship can be loaded with the rows
    streams: tuple[str, ...] = ()  # links that bear a join only
    home: str = ""
    options: tuple[str, ...] = ()  # options that lead over a relationship
    within: str = ""  # the option that leads to further ones and leaves its own relationship as the model has it
    lazy: str = ""  # the option by which a query leaves to lazy loading what its model says comes with each row
    starts: tuple[str, ...] = ()  # calls that begin a statement and name its models
    merges: tuple[str, ...] = ()  # links that make of statements one that takes no options
    locks: tuple[str, ...] = ()  # links that lock rows, also those that come by a join
    by_key: str = ""  # the method of a session that takes `options=[…]`: `get`
    whole: str = ""  # the link that leaves a query what it is: `all`
    manager: str = ""  # what stands between a model and its queries: `Book.objects`
    unless: tuple[str, ...] = ()  # class attributes of a target by which a lazy load may miss rows that a join finds


@dataclass(frozen=True, slots=True)
class RelationForm:
    """How the rows of a relation are asked for, where they might be taken from those that are loaded."""

    loaded: str  # gives the loaded rows: `all`
    keeps: str  # by conditions as keywords: `filter(stars=5)`
    drops: str
    sorts: str  # by names of columns, `-` before one for the other direction
    columns: str  # one column of each row, by its name, with the keyword `flat`
    flat: str
    counts: str
    asks: str  # whether there is one
    first: str  # in the declared order of the rows, else by key
    tests: Mapping[str, str] = field(default_factory=dict)  # `stars__gt`: the operator
    narrowed: str = ""  # what says that other rows than all are loaded


@dataclass(frozen=True, slots=True)
class Shape:
    """How a library's models are written."""

    bases: tuple[str, ...]  # dotted names of classes, or of functions that make them
    row_type: str
    fields: Mapping[str, FieldReader]  # constructor → reader; `package.*` is any of a package, `*Name` any so called
    evidence: tuple[str, ...] = ()  # class attributes that by themselves make a class a model
    reverse_access: str = "rows"  # what the other side's attribute gives: rows or query
    default_reverse: str = ""  # pattern of the other side's attribute where none is named: `{model}_set`
    reverse_query_type: str = ""
    managers: Mapping[str, str] = field(default_factory=dict)  # class attribute → query type
    manager_type: str = ""
    default_manager: str = ""  # the class attribute that gives the manager a model declares first
    foreign_manager: str = ""  # the manager by which a class outside the program is taken for a model
    attributes: Mapping[str, Hook] = field(default_factory=dict)  # other class-level attributes
    declarers: tuple[str, ...] = ()  # decorators of functions that return a field
    wrappers: tuple[str, ...] = ()  # generics around the class in a field's annotation
    reverse_wrappers: tuple[str, ...] = ()  # likewise, of attributes that the other side's field makes
    marks: tuple[str, ...] = ()  # generics in an annotation whose reader stands in `fields`: `author: Link[Author]`
    manager_makers: tuple[str, ...] = ()  # class methods that make a manager of a query class
    manager_words: tuple[str, ...] = ()  # what the names of the library's manager and query classes contain
    faces: tuple[str, ...] = ()  # attributes of a row that give the row again, for awaiting what they load
    new_flags: tuple[str, ...] = ()  # attributes of a row that are true until it is saved for the first time
    swaps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # own model → abstract bases of a substitute
    prefetched_as_list: bool = False  # a prefetched attribute that else gives a query is a list
    async_error: str = ""  # what a lazy load raises on an event loop
    shared_rows: bool = False  # an identity map: rows of equal key are one object
    ordering: tuple[str, ...] = ()  # the class in a model's body, and its attribute, that give queries an order
    proxy: tuple[str, ...] = ()  # … that say that its rows are those of its base, and all relationships lead to that
    annotated_only: FieldReader | None = None  # reads a field that is nothing but an annotation
    eager: EagerForm | None = None
    figures: FigureForm | None = None
    presence: PresenceForm | None = None
    order: OrderForm | None = None
    writing: Writing | None = None
    keyed: KeyedForm | None = None
    implied_key: str = ""  # the primary key of a model that declares none: `id`
    relation: RelationForm | None = None
    indexing: IndexForm | None = None
    loaded: str = "{}"  # how the rows of a relationship that are loaded are read: `{}.all()` of Django
    gives_or_raises: tuple[str, ...] = ()  # methods that give one row, and raise where there is none


@dataclass(frozen=True, slots=True)
class Library:
    """One third-party package. `imports` are its top-level import names."""

    name: str
    imports: tuple[str, ...]
    types: tuple[Type, ...] = ()
    functions: tuple[Method, ...] = ()
    shapes: tuple[Shape, ...] = ()
    models: tuple[Model, ...] = ()  # models that the library itself brings
    conventions: Mapping[str, str] = field(default_factory=dict)  # `request.user` → a model, by habit
    generics: tuple[str, ...] = ()  # classes that hold rows of their argument: `QuerySet[Book]`
    paced: tuple[str, ...] = ()  # import names of packages whose calls wait for one another for a hidden reason
    holders: tuple[str, ...] = ()  # objects on which a program hangs things of its own: `flask.g`
    registrars: tuple[str, ...] = ()  # calls that tie a model to a class: `site.register(Book, BookAdmin)`
    injectors: tuple[str, ...] = ()  # calls in an annotation that name a provider: `Depends(get_session)`
    decorators: Mapping[str, str] = field(default_factory=dict)  # function or `TYPE.method` → type the decorated gets
    harmless: tuple[str, ...] = ()  # functions and classes that reach nothing outside the process; `*` is any text
    copies: tuple[str, ...] = ()  # bases of classes whose attributes hold copies of what they are given, no rows
    validates: tuple[str, ...] = ()  # methods of such classes that read the attributes of an object, by their fields
    dumps: tuple[str, ...] = ()  # methods of such classes that give all attributes by name
    background: str = ""  # the class of which a handler may be given one, to do something behind its answer
    routes: tuple[
        str, ...
    ] = ()  # last names of decorators that make a function answer requests: `router.post("/books")`
    mutations: tuple[str, ...] = ()  # … of which the framework alone decides what the function is given
    queues: tuple[str, ...] = ()  # words in the names of decorators under which a queue runs a function: `@shared_task`
    messages: tuple[str, ...] = ()  # last names of methods that send a message to one listener: `socket.send_json`
    absences: tuple[str, ...] = ()  # in the names of exceptions that say: there is no such row
    enumerations: tuple[str, ...] = ()  # classes of which a subclass lists constants
    handed: tuple[str, ...] = ()  # bases of classes whose methods get rows that a view has loaded; `*` is any text
    drivers: tuple[str, ...] = ()  # packages, as projects name them, that talk to a database
    flattens: bool = False  # … of which the planner takes a plain subquery for the query around it
    own: bool = False  # a user's rows: those about functions of the program stand for their bodies


def methods(
    names: str,
    does: RoundTrip | TripHook | None = None,
    returns: str | Hook = "unknown",
    batch: Bulk = "",
    *,
    keeps_prefetch: bool = False,
    evidence: Callable[[Invocation], bool] | None = None,
    awaited: bool = False,
    rebinds: bool = False,
    bulk: BulkForm | None = None,
    shapes: str | Callable[[Invocation], str] = "",
    loads: bool = False,
) -> tuple[Method, ...]:
    """Several methods that do the same, named in one string."""
    return tuple(
        Method(
            name,
            does,
            returns,
            batch,
            keeps_prefetch,
            evidence,
            awaited,
            rebinds,
            bulk=bulk,
            shapes=shapes,
            loads=loads,
        )
        for name in names.split()
    )
