"""The query that makes rows is extended, so that it loads a relationship path with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.arms import made_at
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.eager_join import with_join
from nplusone_lint.codemods.eager_lookup import with_lookup
from nplusone_lint.codemods.eager_path import NOTHING_SAVED, Answer, Step, behind, saves_nothing
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.vocabulary import EagerForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


Spell = Callable[[str], str]


def extend_query(draft: Draft, origin: Span, steps: Sequence[Step], form: EagerForm, spell: Spell) -> Answer:
    """The edits that make the query at a span load the path; `spell` gives the name of an option in the file."""
    import libcst

    node = expression_at(draft, origin)
    if isinstance(node, libcst.Attribute):
        node = _with_whole(draft, node, form)
    if node is None:
        return Refusal("the query that makes the rows cannot be found in the code")
    made = made_at(draft, node, form.starts)
    if isinstance(made, Refusal):
        return made
    edits: list[Edit] = []
    for one in made:
        answer = _extended(draft, one, steps, form, spell)
        if isinstance(answer, Refusal):
            return answer
        edits += answer
    return edits


def _extended(
    draft: Draft, node: libcst.BaseExpression, steps: Sequence[Step], form: EagerForm, spell: Spell
) -> Answer:
    names = [name for name, _ in chains.links(node)]
    bad = next((name for name in names if name in form.refused), None)
    if bad is not None:
        return Refusal(f"the rows come from a query with `{bad}`, which no relationship can be added to")
    if any(name in form.streams for name in names) and any(step.many for step in steps):
        return Refusal("the rows are streamed, and a collection cannot be loaded with a stream")
    if form.style == "joins":
        return with_join(draft, node, steps, form)
    if form.style == "lookups":
        return with_lookup(draft, node, steps, form)
    return _with_option(draft, node, steps, form, spell)


def expression_at(draft: Draft, origin: Span) -> libcst.BaseExpression | None:
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


# --- paths as options


def _with_option(
    draft: Draft, node: libcst.BaseExpression, steps: Sequence[Step], form: EagerForm, spell: Spell
) -> Answer:
    import libcst

    if steps[0].many and len(steps) == 1 and saves_nothing(draft, node, steps, form):
        return NOTHING_SAVED
    statement = statement_of(node, form)
    if isinstance(statement, libcst.Call) and chains.called_name(statement) == form.by_key:
        return _of_lookup_by_key(draft, statement, _option(steps, 0, form, spell, frozenset()))
    if statement is None:
        return Refusal("the rows come from a call, not from a query that is written here")
    names = _links_seen(draft, statement)
    statement = as_built(draft, statement)
    known = longest_option(statement, steps, form)
    if known is not None:
        option, depth = known
        return [draft.insert_after(option, "." + _option(steps, depth, form, spell, names, first=False))]
    text = _option(steps, 0, form, spell, names)
    for name, call in chains.links(statement):
        if name == "options" and call.args and not any(arg.star or arg.keyword for arg in call.args):
            return [draft.insert_after(call.args[-1].value, f", {text}")]
    return [behind(draft, statement, f".options({text})")]


def statement_of(node: libcst.BaseExpression, form: EagerForm) -> libcst.BaseExpression | None:
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
    built = assigned(draft, statement)
    return frozenset(name for value in built for name, _ in chains.links(value)) if built else None


def as_built(draft: Draft, statement: libcst.BaseExpression) -> libcst.BaseExpression:
    """The chain behind a name that is assigned once: there, options stand beside those that are there already."""
    import libcst

    built = assigned(draft, statement) if isinstance(statement, libcst.Name) else []
    return built[0] if len(built) == 1 and isinstance(built[0], libcst.Call) else statement


def assigned(draft: Draft, name: libcst.Name) -> list[libcst.BaseExpression]:
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


def longest_option(
    statement: libcst.BaseExpression, steps: Sequence[Step], form: EagerForm
) -> tuple[libcst.BaseExpression, int] | None:
    """An option of the statement that leads a part of the way, and how many steps it makes."""
    best: tuple[libcst.BaseExpression, int] | None = None
    for name, call in chains.links(statement):
        for arg in call.args if name == "options" else ():
            made = _steps_made(arg.value, form)
            wanted = [step.name for step in steps[: len(made)]]
            if made and made == wanted and len(made) < len(steps) and (best is None or len(made) > best[1]):
                best = (arg.value, len(made))
    return best


def _steps_made(option: libcst.BaseExpression, form: EagerForm) -> list[str]:
    """The relationships of `joinedload(Book.author).joinedload(Author.publisher)`; [] where it is something else."""
    import libcst

    names: list[str] = []
    while isinstance(option, libcst.Call):
        named = option.args[0].value if len(option.args) == 1 and not option.args[0].star else None
        if not isinstance(named, libcst.Attribute) or chains.called_name(option) not in form.options:
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
