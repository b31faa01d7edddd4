"""Questions that are asked by counting or fetching become questions: `books.count() > 0` → `books.exists()`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.figures import PresenceForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

NEVER = {"Equal": "0", "LessThan": "1", "LessThanEqual": "0"}
EVER = {"GreaterThan": "0", "NotEqual": "0", "GreaterThanEqual": "1"}
TURNED = {"LessThan": "GreaterThan", "GreaterThan": "LessThan", "LessThanEqual": "GreaterThanEqual",
          "GreaterThanEqual": "LessThanEqual"}  # fmt: skip


@dataclass(slots=True)
class Asked:
    """The expression that answers, what it asks of, whether yes means that there is none, and its edits so far."""

    whole: libcst.BaseExpression
    core: libcst.BaseExpression
    negative: bool = False
    member: libcst.BaseExpression | None = None
    key: str = ""
    edits: list[Edit] = field(default_factory=list)


def asked_for_one(draft: Draft, site: Span, form: PresenceForm, *, lazy: bool, key: str = "") -> list[Edit] | Refusal:
    """The edits that ask a query whether it has a row; a `lazy` one is asked itself, not a list of its rows.

    `key` is the attribute that has the key of the row `book.author` that is looked for: `author_id`.
    """
    import libcst

    node = next((found for found in draft.spans.at(site) if isinstance(found, libcst.BaseExpression)), None)
    asked = read(draft, _as_answer(draft, node, form)) if node is not None else None
    if asked is None:
        return Refusal("it is not plain how it is asked")
    asked.key = key
    trouble = rewrite(draft, asked, form, lazy=lazy)
    return trouble if trouble is not None else signed(draft, asked)


def _as_answer(draft: Draft, node: libcst.BaseExpression, form: PresenceForm) -> libcst.BaseExpression:
    """`bool(books.all())` around a chain, of which `exists()` needs nothing."""
    import libcst

    outer = draft.parents[draft.parents[node]] if isinstance(draft.parents[node], libcst.Arg) else None
    if not form.asks or not isinstance(node, libcst.Call) or not isinstance(node.func, libcst.Attribute):
        return node
    if not isinstance(outer, libcst.Call) or not isinstance(outer.func, libcst.Name) or len(outer.args) != 1:
        return node
    return outer if outer.func.value == "bool" and not outer.lpar else node


def rewrite(draft: Draft, asked: Asked, form: PresenceForm, *, lazy: bool) -> Refusal | None:
    """Add the edits that have the query itself answer; or say what is in the way."""
    import libcst

    call = asked.core.expression if isinstance(asked.core, libcst.Await) else asked.core
    if not isinstance(call, libcst.Call) or not isinstance(call.func, libcst.Attribute):
        return Refusal("the query is built elsewhere")
    bad = _in_the_way(call, form)
    if bad:
        return Refusal(f"the query has `{bad}`, and is not asked in another way")
    trouble = (
        _member(draft, asked, call, form) if asked.member is not None else _rewrite(draft, asked, call, form, lazy)
    )
    if trouble is None and any("#" in draft.text(edit.place.span) for edit in asked.edits):
        return Refusal("a comment stands in what would go")
    return trouble


def _in_the_way(call: libcst.Call, form: PresenceForm) -> str:
    names = [name for name, _ in chains.links(call)]
    return next((name for name in names if name in form.refused), "")


def read(draft: Draft, node: libcst.BaseExpression) -> Asked | None:
    """What is asked of, out of the test or comparison that asks."""
    import libcst

    if not isinstance(node, libcst.Comparison):
        asked = Asked(node, node)
        return _unmeasured(draft, asked, node)
    if len(node.comparisons) != 1:
        return None
    target = node.comparisons[0]
    operator = type(target.operator).__name__
    left, right = node.left, target.comparator
    if operator in ("In", "NotIn"):
        return Asked(node, right, operator == "NotIn", left)
    if isinstance(left, libcst.Integer):
        asked = Asked(node, right)
        asked.edits.append(draft.edit(Span(draft.spans[node].start, draft.whole(right).start), ""))
        number, operator = left.value, TURNED.get(operator, operator)
    elif isinstance(right, libcst.Integer):
        asked = Asked(node, left)
        number = right.value
    elif isinstance(right, libcst.Name) and right.value == "None":
        asked = Asked(node, left)
        number, operator = "0", {"Is": "Equal", "IsNot": "NotEqual"}.get(operator, operator)
    else:
        return None
    if asked.core is left:
        asked.edits.append(draft.edit(Span(draft.whole(left).end, draft.spans[node].end), ""))
    if number not in (NEVER.get(operator), EVER.get(operator)):
        return None
    asked.negative = operator in NEVER
    return _unmeasured(draft, asked, asked.core)


def _unmeasured(draft: Draft, asked: Asked, node: libcst.BaseExpression) -> Asked:
    """`books` of `len(books)`"""
    import libcst

    if not isinstance(node, libcst.Call) or not isinstance(node.func, libcst.Name) or node.lpar:
        return asked
    if node.func.value in ("len", "bool") and len(node.args) == 1:
        asked.core = inner = node.args[0].value
        asked.edits.append(draft.edit(Span(draft.spans[node].start, draft.whole(inner).start), ""))
        asked.edits.append(draft.edit(Span(draft.whole(inner).end, draft.spans[node].end), ""))
    return asked


def _rewrite(draft: Draft, asked: Asked, call: libcst.Call, form: PresenceForm, lazy: bool) -> Refusal | None:
    name = chains.called_name(call)
    found = form.asks.get(name) or form.one.get(name)
    if found is None and form.asks:
        if name in form.raises or not lazy:
            return Refusal(f"`{name}` does more than to tell whether there is a row")
        found = form.asks["count"]
        if name != form.whole or call.args:
            asked.edits.append(draft.insert_after(call, f".{found}()"))
            return None
    if found:
        asked.edits.append(draft.replace(chains.name_node(call), found))
        return None
    if name in form.ends and not call.args:
        return _wrapped_query(draft, asked, call, form)
    return _wrapped_statement(draft, asked, call, form)


def _wrapped_query(draft: Draft, asked: Asked, call: libcst.Call, form: PresenceForm) -> Refusal | None:
    """`session.query(Book).filter(…).count()` → `session.query(session.query(Book).filter(…).exists()).scalar()`"""
    import libcst

    links = list(chains.links(call))[::-1]
    if links[0][0] != "query":
        return _wrapped_statement(draft, asked, call, form)
    trouble = _plain_links([name for name, _ in links[:-1]], form)
    session = chains.receiver(links[0][1])
    if trouble is None and not isinstance(session, (libcst.Name, libcst.Attribute)):
        trouble = Refusal("the session has no name")
    start, last = draft.spans[call].start, draft.spans[call].end
    if trouble is None and start.row != last.row:
        trouble = Refusal("the query stands on several rows")
    if trouble is not None:
        return trouble
    asked.edits.append(draft.edit(Span(start, start), form.query.format(session=draft.code(session))))
    end = Span(draft.spans[chains.name_node(call)].start, draft.spans[call].end)
    asked.edits.append(draft.edit(end, form.ends[chains.called_name(call)]))
    return None


def _wrapped_statement(draft: Draft, asked: Asked, call: libcst.Call, form: PresenceForm) -> Refusal | None:
    """`session.scalars(select(Book).where(…)).all()` → `session.scalar(select(select(Book).where(…).exists()))`"""
    links = list(chains.links(call))
    run = next((link for name, link in links if name in form.runs and name not in form.fetches), None)
    run = run or next((link for name, link in reversed(links) if name in form.runs), None)
    if run is None or len(run.args) != 1 or any(n not in form.fetches for n, link in links if link is not run):
        return Refusal("the statement is not run where it is asked")
    statement = run.args[0].value
    inner = list(chains.links(statement))
    start = chains.receiver(inner[-1][1]) if inner else statement
    import libcst

    if inner and inner[-1][0] in ("select",):  # sa.select(…)
        start = inner[-1][1]
    if not isinstance(start, libcst.Call) or "select" not in chains.called_name(start):
        return Refusal("the statement is not written where it is run")
    trouble = _plain_links([name for name, _ in inner], form)
    if trouble is not None:
        return trouble
    text = form.statement.format(start=draft.code(start.func), statement=draft.code(statement))
    asked.edits.append(draft.replace(statement, text))
    asked.edits.append(draft.replace(chains.name_node(run), form.runs[chains.called_name(run)]))
    outer = draft.parents[run]
    end = draft.whole(outer).end if isinstance(outer, libcst.Await) else draft.spans[run].end
    if draft.spans[call].end != end:
        asked.edits.append(draft.edit(Span(end, draft.spans[call].end), ""))
    return None


def _plain_links(names: list[str], form: PresenceForm) -> Refusal | None:
    bad = next((name for name in names if name not in (*form.conditions, *form.keeps)), None)
    return Refusal(f"the query has `{bad}`, and is not asked in another way") if bad else None


def _member(draft: Draft, asked: Asked, call: libcst.Call, form: PresenceForm) -> Refusal | None:
    """`key in books.values_list("id", flat=True)` → `books.filter(id=key).exists()`"""
    import libcst

    member = asked.member
    name = chains.called_name(call)
    if member is None or not form.flat or not isinstance(member, (libcst.Name, libcst.Attribute)):
        return Refusal("it is not plain what is looked for")
    found = draft.code(member)
    if name == form.whole and not call.args:
        condition = f"pk={found}.pk"
        if asked.key and isinstance(member, libcst.Attribute):
            condition = f"pk={draft.code(member.value)}.{asked.key}"
    else:
        column = chains.text_of(call.args[0].value) if len(call.args) == 2 else None
        flat = len(call.args) == 2 and call.args[1].keyword is not None and call.args[1].keyword.value == form.flat
        if column is None or not flat:
            return Refusal("it is not plain among which values it is looked for")
        condition = f"{column}={found}"
    asked.edits.append(draft.edit(Span(draft.spans[asked.whole].start, draft.whole(asked.core).start), ""))
    end = Span(draft.spans[chains.name_node(call)].start, draft.spans[call].end)
    asked.edits.append(draft.edit(end, f"{form.conditions[0]}({condition}).{form.asks['count']}()"))
    return None


def signed(draft: Draft, asked: Asked) -> list[Edit]:
    """The edits, with `not` before what means that there is none; two of them cancel out."""
    import libcst

    if not asked.negative:
        return asked.edits
    parent = draft.parents[asked.whole]
    start = draft.spans[asked.whole].start
    denied = isinstance(parent, libcst.UnaryOperation) and isinstance(parent.operator, libcst.Not)
    if denied and isinstance(parent, libcst.UnaryOperation) and not parent.lpar and not asked.whole.lpar:
        return [*asked.edits, draft.edit(Span(draft.spans[parent].start, start), "")]
    tight = isinstance(parent, (libcst.ComparisonTarget, libcst.Comparison, libcst.BinaryOperation, libcst.Attribute))
    if tight and not asked.whole.lpar:
        end = draft.spans[asked.whole].end
        return [*asked.edits, draft.edit(Span(start, start), "(not "), draft.edit(Span(end, end), ")")]
    return [_joined(asked, draft.edit(Span(start, start), "not ")), *_others(asked, Span(start, start))]


def _joined(asked: Asked, edit: Edit) -> Edit:
    """`not` before what another edit puts at the same place, or takes away from it."""
    beside = next((one for one in asked.edits if one.place.span.start == edit.place.span.start), None)
    if beside is None:
        return edit
    return Edit(beside.place, edit.content + beside.content)


def _others(asked: Asked, span: Span) -> list[Edit]:
    beside = next((one for one in asked.edits if one.place.span.start == span.start), None)
    return [one for one in asked.edits if one is not beside]
