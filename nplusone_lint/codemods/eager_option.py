"""The query that makes rows is extended, so that it loads a relationship path with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.vocabulary import EagerForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Step:
    """One relationship of a path; `owner` is how its class is spelt where the query stands.

    `loaded`: the model itself loads it with every row.
    """

    owner: str
    name: str
    many: bool
    loaded: bool = False


LOADERS = ("joinedload", "selectinload", "subqueryload", "immediateload", "contains_eager", "defaultload")

Answer = list[Edit] | Refusal
Spell = Callable[[str], str]


def extend_query(draft: Draft, origin: Span, steps: Sequence[Step], form: EagerForm, spell: Spell) -> Answer:
    """The edits that make the query at a span load the path; `spell` gives the name of an option in the file."""
    import libcst

    node = _expression(draft, origin)
    if isinstance(node, libcst.Attribute):
        node = _with_whole(draft, node, form)
    if node is None:
        return Refusal("the query that makes the rows cannot be found in the code")
    names = [name for name, _ in chains.links(node)]
    bad = next((name for name in names if name in form.refused), None)
    if bad is not None:
        return Refusal(f"the rows come from a query with `{bad}`, which no relationship can be added to")
    if any(name in form.streams for name in names) and any(step.many for step in steps):
        return Refusal("the rows are streamed, and a collection cannot be loaded with a stream")
    if form.style == "lookups":
        return _with_lookup(draft, node, steps, form)
    return _with_option(draft, node, steps, form, spell)


def _expression(draft: Draft, origin: Span) -> libcst.BaseExpression | None:
    import libcst

    node = draft.at(origin, libcst.Call, libcst.Attribute, libcst.Name, libcst.Await, libcst.Subscript)
    if isinstance(node, libcst.Subscript):  # query[:5]: the query before it is cut
        return node.value
    return node.expression if isinstance(node, libcst.Await) else node


def _with_whole(draft: Draft, node: libcst.Attribute, form: EagerForm) -> libcst.BaseExpression:
    """`author.books.all()` around `author.books`"""
    call = chains.next_link(draft, node)
    return call if call is not None and chains.called_name(call) == form.whole and not call.args else node


def is_narrowed(draft: Draft, relation: Span, form: EagerForm) -> bool:
    """Whether the query of a relation (`author.books`) is filtered or ordered where it stands."""
    import libcst

    node = draft.at(relation, libcst.Attribute)
    call = chains.next_link(draft, node) if node is not None else None
    while call is not None and chains.called_name(call) == form.whole:
        call = chains.next_link(draft, call)
    return call is not None


NOTHING_SAVED = Refusal("one row is fetched here: a query beside it would cost what the lazy load costs")


def _saves_nothing(draft: Draft, node: libcst.BaseExpression, steps: Sequence[Step], form: EagerForm) -> bool:
    """Whether a second query, for what belongs to one row, would only stand in the place of a lazy load."""
    import libcst

    call: libcst.BaseExpression | None = node
    while call is not None:
        node, call = call, chains.next_link(draft, call)
    is_alone = isinstance(node, libcst.Call) and chains.called_name(node) in form.alone
    return is_alone and not any(step.many for step in steps[:-1])


# --- paths as strings


def _with_lookup(draft: Draft, node: libcst.BaseExpression, steps: Sequence[Step], form: EagerForm) -> Answer:
    import libcst

    names = {name for name, _ in chains.links(node)}
    joined = not any(step.many for step in steps) and names.isdisjoint(form.separate)
    method = form.one if joined else form.many
    if not joined and _saves_nothing(draft, node, steps, form):
        return NOTHING_SAVED
    path = "__".join(step.name for step in steps)
    quoted = f"{draft.quote}{path}{draft.quote}"
    if isinstance(node, libcst.Call) and chains.called_name(node) in form.functions:
        return _of_function(draft, node, method, path, steps, form)
    known = _link_called(draft, node, method)
    if known is not None:
        return _longer_call(draft, known, path)
    text = f".{method}({quoted})"
    if isinstance(node, libcst.Call) and chains.called_name(node) in form.ends:
        if chains.called_name(node) == form.whole and not node.args and _is_manager(chains.receiver(node)):
            return [_instead_of_call(draft, node, text)]  # Book.objects.all(), author.books.all()
        return [_behind(draft, chains.receiver(node), text)]
    if not isinstance(node, libcst.Call) or isinstance(node.func, libcst.Attribute):
        return [_behind(draft, node, text)]
    return Refusal(f"the rows come from `{chains.called_name(node)}(…)`, not from a query that is written here")


def _is_manager(node: libcst.BaseExpression) -> bool:
    import libcst

    return isinstance(node, libcst.Attribute)


def _link_called(draft: Draft, node: libcst.BaseExpression, method: str) -> libcst.Call | None:
    """The call of a method in a chain, before its end or behind it."""
    found = next((call for name, call in chains.links(node) if name == method), None)
    call = chains.next_link(draft, node)
    while found is None and call is not None:
        found = call if chains.called_name(call) == method else None
        call = chains.next_link(draft, call)
    return found


def _of_function(
    draft: Draft, call: libcst.Call, method: str, path: str, steps: Sequence[Step], form: EagerForm
) -> Answer:
    """`get_object_or_404(Book, pk=key)`: the model is given as such, or as a query."""
    import libcst

    first = call.args[0].value if call.args and call.args[0].keyword is None else None
    if first is None or call.args[0].star:
        return Refusal(f"it is not plain what `{chains.called_name(call)}` is given")
    known = _link_called(draft, first, method)
    if known is not None:
        return _longer_call(draft, known, path)
    link = f"{method}({draft.quote}{path}{draft.quote})"
    if isinstance(first, (libcst.Name, libcst.Attribute)) and draft.code(first) == steps[0].owner:
        return [draft.insert_after(first, f".{form.manager}.{link}")]
    return [_behind(draft, first, f".{link}")]


def _longer_call(draft: Draft, call: libcst.Call, path: str) -> Answer:
    """`.select_related("shift")` → `.select_related("shift__department")`"""
    if not call.args or any(arg.star or arg.keyword is not None for arg in call.args):
        return Refusal("the query names no relationships one by one, so that none can be added")
    given = [(chains.text_of(arg.value) or "", arg.value) for arg in call.args]
    shorter = [(known, value) for known, value in given if known and path.startswith(f"{known}__")]
    if shorter:
        _, value = max(shorter, key=lambda pair: len(pair[0]))
        quote = draft.code(value)[-1]
        return [draft.replace(value, f"{quote}{path}{quote}")]
    return [draft.insert_after(call.args[-1].value, f", {draft.quote}{path}{draft.quote}")]


def _behind(draft: Draft, node: libcst.BaseExpression, text: str) -> Edit:
    """A further link of a chain: on a row of its own where the links stand so."""
    import libcst

    indent = chains.own_row(draft, node) if isinstance(node, libcst.Call) else None
    if indent is None:  # the next link, at least, may stand on a row of its own
        outer = draft.parents.get(draft.parents[node])
        is_link = isinstance(outer, libcst.Call) and outer.func is draft.parents[node]
        indent = chains.own_row(draft, outer) if isinstance(outer, libcst.Call) and is_link else None
    return draft.insert_after(node, f"\n{indent}{text}" if indent is not None else text)


def _instead_of_call(draft: Draft, call: libcst.Call, text: str) -> Edit:
    """`.all()` goes, and the new link stands in its place."""
    end = draft.spans[chains.receiver(call)].end
    return draft.edit(Span(end, draft.spans[call].end), text)


# --- paths as options


def _with_option(
    draft: Draft, node: libcst.BaseExpression, steps: Sequence[Step], form: EagerForm, spell: Spell
) -> Answer:
    import libcst

    if steps[0].many and len(steps) == 1 and _saves_nothing(draft, node, steps, form):
        return NOTHING_SAVED
    statement = _statement(node, form)
    if isinstance(statement, libcst.Call) and chains.called_name(statement) == form.by_key:
        return _of_lookup_by_key(draft, statement, _option(steps, 0, form, spell, frozenset()))
    if statement is None:
        return Refusal("the rows come from a call, not from a query that is written here")
    names = _links_seen(draft, statement)
    statement = _as_built(draft, statement)
    known = _longest_option(draft, statement, steps)
    if known is not None:
        option, depth = known
        return [draft.insert_after(option, "." + _option(steps, depth, form, spell, names, first=False))]
    text = _option(steps, 0, form, spell, names)
    for name, call in chains.links(statement):
        if name == "options" and call.args and not any(arg.star or arg.keyword for arg in call.args):
            return [draft.insert_after(call.args[-1].value, f", {text}")]
    return [_behind(draft, statement, f".options({text})")]


def _statement(node: libcst.BaseExpression, form: EagerForm) -> libcst.BaseExpression | None:
    """The statement, or legacy query, that an expression sends."""
    import libcst

    while True:
        if isinstance(node, libcst.Await):
            node = node.expression
        if not isinstance(node, libcst.Call):
            return node if isinstance(node, (libcst.Name, libcst.Attribute)) else None
        name = chains.called_name(node)
        given = chains.argument(node, 0, "statement")
        if name in form.runs and isinstance(node.func, libcst.Attribute) and given is not None:
            return given.value
        is_end = name in form.ends or (name == form.by_key and len(node.args) == 1)  # query.get(key)
        if is_end and isinstance(node.func, libcst.Attribute):
            node = node.func.value
            continue
        known = isinstance(node.func, libcst.Attribute) or name == "select"
        return node if known else None


def _links_seen(draft: Draft, statement: libcst.BaseExpression) -> frozenset[str] | None:
    """The links by which a statement was built; None where that is not in sight."""
    import libcst

    if not isinstance(statement, libcst.Name):
        return frozenset(name for name, _ in chains.links(statement))
    built = _assigned(draft, statement)
    return frozenset(name for value in built for name, _ in chains.links(value)) if built else None


def _as_built(draft: Draft, statement: libcst.BaseExpression) -> libcst.BaseExpression:
    """The chain behind a name that is assigned once: there, options stand beside those that are there already."""
    import libcst

    built = _assigned(draft, statement) if isinstance(statement, libcst.Name) else []
    return built[0] if len(built) == 1 and isinstance(built[0], libcst.Call) else statement


def _assigned(draft: Draft, name: libcst.Name) -> list[libcst.BaseExpression]:
    import libcst

    return [
        node.value
        for node in draft.parents
        if isinstance(node, libcst.Assign)
        and any(isinstance(t.target, libcst.Name) and t.target.value == name.value for t in node.targets)
    ]


def _option(
    steps: Sequence[Step], start: int, form: EagerForm, spell: Spell, names: frozenset[str] | None,
    *, first: bool = True,
) -> str:  # fmt: skip
    """`joinedload(Book.author).selectinload(Author.books)`, from a step on."""
    words: list[str] = []
    for number, step in enumerate(steps[start:], start):
        loader = form.many if step.many or names is None or not names.isdisjoint(form.separate) else form.one
        if step.loaded and number < len(steps) - 1:
            loader = form.within
        spelt = spell(loader) if first and not words else loader
        words.append(f"{spelt}({step.owner}.{step.name})")
    return ".".join(words)


def _longest_option(
    draft: Draft, statement: libcst.BaseExpression, steps: Sequence[Step]
) -> tuple[libcst.BaseExpression, int] | None:
    """An option of the statement that leads a part of the way, and how many steps it makes."""
    best: tuple[libcst.BaseExpression, int] | None = None
    for name, call in chains.links(statement):
        for arg in call.args if name == "options" else ():
            made = _steps_made(arg.value)
            wanted = [step.name for step in steps[: len(made)]]
            if made and made == wanted and len(made) < len(steps) and (best is None or len(made) > best[1]):
                best = (arg.value, len(made))
    return best


def _steps_made(option: libcst.BaseExpression) -> list[str]:
    """The relationships of `joinedload(Book.author).joinedload(Author.publisher)`; [] where it is something else."""
    import libcst

    names: list[str] = []
    while isinstance(option, libcst.Call):
        named = option.args[0].value if len(option.args) == 1 and not option.args[0].star else None
        if not isinstance(named, libcst.Attribute) or chains.called_name(option) not in LOADERS:
            return []
        names.insert(0, named.attr.value)
        if not isinstance(option.func, libcst.Attribute) or not isinstance(option.func.value, libcst.Call):
            return names
        option = option.func.value
    return names


def _of_lookup_by_key(draft: Draft, call: libcst.Call, option: str) -> list[Edit]:
    """`session.get(Book, key)` takes its options in a list."""
    import libcst

    given = chains.argument(call, len(call.args), "options")
    if given is not None and isinstance(given.value, (libcst.List, libcst.Tuple)) and given.value.elements:
        return [draft.insert_after(given.value.elements[-1].value, f", {option}")]
    return [draft.insert_after(call.args[-1].value, f", options=[{option}]")]
