"""Queries whose conditions are comparisons: `select(Book).where(Book.id == key)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.bulk import KeyedForm
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.conditions import comparison_condition, keyword_condition
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Ending, Lookup, assigned_in, chain_of, dotted, outermost, spliced, uses_of
from nplusone_lint.codemods.passes import Passes
from nplusone_lint.finding import Refusal

if TYPE_CHECKING:
    import libcst

Answer = Lookup | Refusal | None


def read_comparison(draft: Draft, call: libcst.Call, passes: Passes, form: KeyedForm) -> Answer:
    name = chains.called_name(call)
    links = chain_of(call)
    begun = bool(links) and _model(call, form) is not None
    if name in form.by_key and not begun and len(call.args) == 2:
        return _by_key(draft, call, form)
    if name in form.own and len(links) == 1 and dotted(chains.receiver(call)):
        return _own(draft, call, passes, form)
    if name in form.runs and not begun and call.args:
        return _sent(draft, call, passes, form)
    if not begun:
        return None
    if name in form.own_by_key and len(call.args) == 1:
        return _own_by_key(draft, call, form)
    ending = _ending(name, form)
    if ending is None or call.args:
        return None
    query = chains.receiver(call)
    found = _query(draft, query, passes, form)
    if isinstance(found, Refusal):
        return found
    found.call, found.ending = call, ending
    return found


def _ending(name: str, form: KeyedForm) -> Ending | None:
    if name in form.maybe:
        return "maybe"
    if name in form.surely:
        return "surely"
    return "every" if name in form.every else None


def _plain_args(call: libcst.Call) -> bool:
    return not any(arg.star or arg.keyword is not None for arg in call.args)


# --- by the primary key


def _by_key(draft: Draft, call: libcst.Call, form: KeyedForm) -> Answer:
    """`session.get(Book, key)`"""
    if not _plain_args(call):
        return Refusal(f"`{chains.called_name(call)}` is told more than the model and the key")
    model, key = (arg.value for arg in call.args)
    if not dotted(model) or not dotted(chains.receiver(call)):
        return None
    whole, awaited = outermost(draft, call)
    session, entity = draft.code(chains.receiver(call)), draft.code(model)

    def write(keys: str, column: str) -> str:
        statement = f"{{select}}({entity}).where({entity}.{column}.in_({keys}))"
        return f"{'await ' if awaited else ''}{session}.{form.run}({statement})"

    others = [chains.receiver(call)]
    return Lookup(whole, key, entity, "", "maybe", write, model, others, awaited=awaited, built=True, result=True)


def _own_by_key(draft: Draft, call: libcst.Call, form: KeyedForm) -> Answer:
    """`session.query(Book).get(key)`"""
    if not _plain_args(call):
        return None
    query = chains.receiver(call)
    model = _model(query, form)
    if model is None or len(chain_of(query)) > 1:
        return Refusal("the query by key has more links than can be said to be the same for many keys")
    text, entity = draft.code(query), draft.code(model)

    def write(keys: str, column: str) -> str:
        return f"{text}.filter({entity}.{column}.in_({keys}))"

    return Lookup(call, call.args[0].value, entity, "", "maybe", write, model, [query])


def _own(draft: Draft, call: libcst.Call, passes: Passes, form: KeyedForm) -> Answer:
    """`Book.get_or_none(Book.id == key)`"""
    if not _plain_args(call) or not call.args:
        return None
    model = chains.receiver(call)
    found = comparison_condition(draft, [arg.value for arg in call.args], model, passes)
    if isinstance(found, Refusal):
        return found
    _, key, column, others = found
    if key is None:
        return None
    entity = draft.code(model)
    rest = [draft.code(other) for other in others]

    def write(keys: str, name: str) -> str:
        return f"{entity}.select().where({', '.join([f'{entity}.{name}.in_({keys})', *rest])})"

    return Lookup(call, key, entity, column, "maybe", write, model, others)


# --- by a condition


def _sent(draft: Draft, call: libcst.Call, passes: Passes, form: KeyedForm) -> Answer:
    """`session.scalars(statement).one()`"""
    import libcst

    name = chains.called_name(call)
    if len(call.args) != 1 or not _plain_args(call) or not dotted(chains.receiver(call)):
        return Refusal(f"`{name}` is given more than a statement")
    statement = call.args[0].value
    moved: list[libcst.SimpleStatementLine] = []
    if isinstance(statement, libcst.Name):
        held = assigned_in(passes, statement.value)
        if held is None or len(uses_of(passes.whole, statement.value)) != 1:
            return Refusal(f"`{statement.value}` is built bit by bit, or used more than once")
        moved.append(held[0])
        statement = held[1]
    found = _query(draft, statement, passes, form)
    if isinstance(found, Refusal):
        return found
    ended = _end_of_result(draft, call, passes, form)
    if isinstance(ended, Refusal):
        return ended
    found.call, found.ending, awaited, unique, more = ended
    session = draft.code(chains.receiver(call))
    run = form.run if name in form.gives_tuples or name in form.gives_first else name
    inner = found.write

    def write(keys: str, column: str) -> str:
        sent = f"{'await ' if awaited else ''}{session}.{run}({inner(keys, column)})"
        if not unique:
            return sent
        return f"({sent}).{form.unique}()" if awaited else f"{sent}.{form.unique}()"

    found.write, found.statement = write, inner
    found.others.append(chains.receiver(call))
    found.moved = [*moved, *more]
    found.awaited = awaited
    found.result = True
    return found


def _end_of_result(
    draft: Draft, call: libcst.Call, passes: Passes, form: KeyedForm
) -> tuple[libcst.BaseExpression, Ending, bool, bool, list[libcst.SimpleStatementLine]] | Refusal:
    """What is done with the result of a statement: the whole expression, how it ends, awaited, made unique."""
    import libcst

    name = chains.called_name(call)
    node, awaited = outermost(draft, call)
    if name in form.gives_first:
        return node, "maybe", awaited, False, []
    tuples, unique = name in form.gives_tuples, False
    moved: list[libcst.SimpleStatementLine] = []
    while True:
        above = draft.parents[node]
        if isinstance(above, libcst.Assign) and len(above.targets) == 1:
            target = above.targets[0].target
            line = draft.statement(above)
            uses = uses_of(passes.whole, target.value) if isinstance(target, libcst.Name) else []
            held = assigned_in(passes, target.value) if isinstance(target, libcst.Name) else None
            if len(uses) != 1 or held is None or not isinstance(line, libcst.SimpleStatementLine):
                return Refusal("the result of the query is used more than once")
            moved.append(line)
            node = uses[0]
            continue
        if not isinstance(above, libcst.Attribute) or not isinstance(draft.parents[above], libcst.Call):
            return Refusal("what is done with the result of the query is not plain")
        outer = draft.parents[above]
        assert isinstance(outer, libcst.Call)
        if outer.args:
            return Refusal(f"`{above.attr.value}` is given more than it is known to take")
        node = outer
        method = above.attr.value
        if method == form.unique:
            unique = True
        elif method in form.unpacks:
            tuples = False
        elif (ending := _ending(method, form)) is not None:
            if tuples and not method.startswith("scalar"):
                return Refusal("the rows are tuples")
            return node, ending, awaited, unique, moved
        else:
            return Refusal(f"`{method}` of a result has no form for many keys")


def _query(draft: Draft, query: libcst.BaseExpression, passes: Passes, form: KeyedForm) -> Lookup | Refusal:
    """A query for the rows of one model, of which one condition names the key."""
    links = chain_of(query)
    model = _model(query, form)
    if model is None:
        return Refusal("the query is not for the whole rows of one model, or not written here")
    if not links:
        return Refusal("no condition of the query depends on the pass")
    found: tuple[libcst.CSTNode, libcst.BaseExpression, str, str] | None = None
    others: list[libcst.BaseExpression] = []
    ordered = False
    first = 1 if _start(links[0][1], form) is not None else 0
    if first:
        others.append(chains.receiver(links[0][1]))
    for name, call in links[first:]:
        if name in form.conditions:
            answer = (
                keyword_condition(draft, call, model, passes)
                if name in form.keywords
                else comparison_condition(draft, [arg.value for arg in call.args], model, passes, optional=True)
            )
            if isinstance(answer, Refusal):
                return answer
            node, key, column, rest = answer
            others.extend(rest)
            if node is not None and key is not None:
                if found is not None:
                    return Refusal("more than one condition depends on the pass")
                found = (node, key, column, name)
        elif name in form.bears or name in form.orders:
            ordered |= name in form.orders
            others.extend(arg.value for arg in call.args)
        else:
            return Refusal(f"the query has a `{name}`, which means something else for many keys")
    if found is None:
        return Refusal("no condition of the query compares a column of the model with what the pass brings")
    node, key, column, name = found
    entity = draft.code(model)

    def write(keys: str, column: str) -> str:
        if name in form.keywords:
            return _without_keyword(draft, query, node, f"{entity}.{column}.in_({keys})")
        return spliced(draft, query, [(node, f"{entity}.{column}.in_({keys})")])

    return Lookup(query, key, entity, column, "maybe", write, model, others, ordered=ordered)


def _without_keyword(draft: Draft, query: libcst.BaseExpression, arg: libcst.CSTNode, condition: str) -> str:
    """`.filter_by(id=key)` → `.filter(Book.id.in_(keys))`"""
    import libcst

    call = draft.parents[arg]
    assert isinstance(call, libcst.Call)
    assert isinstance(call.func, libcst.Attribute)
    if len(call.args) == 1:
        return spliced(draft, query, [(call.func.attr, "filter"), (arg, condition)])
    kept = [draft.code(other) for other in call.args if other is not arg]
    rest = [(call.args[0], ", ".join(kept))]
    text = spliced(draft, call, [*rest, *((other, "") for other in call.args[1:])])
    while text.rstrip(")").rstrip().endswith(","):
        text = text.rstrip(")").rstrip().rstrip(",") + ")"
    return spliced(draft, query, [(call, f"{text}.filter({condition})")])


def _start(call: libcst.Call, form: KeyedForm) -> libcst.BaseExpression | None:
    """The model in `select(Book)`, `session.query(Book)`, `Book.select()`."""
    import libcst

    name = chains.called_name(call)
    if name in form.starts and len(call.args) == 1 and _plain_args(call) and dotted(call.args[0].value):
        return call.args[0].value
    receiver = chains.receiver(call)
    if name in form.of_model and not call.args and dotted(receiver) and isinstance(call.func, libcst.Attribute):
        return receiver
    return None


def _model(query: libcst.BaseExpression, form: KeyedForm) -> libcst.BaseExpression | None:
    import libcst

    links = chain_of(query)
    if links:
        started = _start(links[0][1], form)
        if started is not None:
            return started
        query = chains.receiver(links[0][1])
    if isinstance(query, libcst.Call):  # select(Book)
        return _start(query, form)
    if isinstance(query, libcst.Attribute) and query.attr.value in form.of_model and dotted(query.value):
        return query.value
    return None
