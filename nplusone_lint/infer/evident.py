"""Questions asked of what nobody knows, where the call itself speaks for a query: `instance.lines.count() == 0`."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.expressions import evaluate
from nplusone_lint.infer.fetched import quiet_value
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.named_loads import always_loaded
from nplusone_lint.infer.own_handlers import is_of_own_class
from nplusone_lint.infer.parts import calls_of, last_call, last_name, path_of
from nplusone_lint.infer.pinned import is_pinned, is_pinned_by_owner
from nplusone_lint.infer.same_rows import is_used
from nplusone_lint.infer.truths import Question, Truths, compared_rows, given_name
from nplusone_lint.infer.viewed import link_of_view
from nplusone_lint.libraries.figures import PresenceForm
from nplusone_lint.seen.presence import ANY, Fetched, Presence
from nplusone_lint.values import UNKNOWN, LibraryMethod, Row, Value

NEAR = 2  # `self.instance.lines`: further away, rows seldom come with what was handed in

ANY_ERROR = ("", "Exception", "BaseException")


def is_lookup(frame: Frame, truths: Truths, question: Question) -> bool:
    """Whether a lookup that raises is made only to learn whether there is such a row, of which two are no error."""
    if truths.is_wanted(question.held) or any("Multiple" in name for name in question.catches):
        return False
    return any(name in ANY_ERROR or name in frame.analysis.tables.absences for name in question.catches)


def evident_form(frame: Frame) -> PresenceForm | None:
    """How the library asks whose queries a module may hold without our seeing where they come from."""
    known = frame.analysis.evident
    name = frame.module.name
    if name not in known:
        packages = {imported.module.partition(".")[0] for imported in frame.module.imports.values()}
        known[name] = frame.analysis.tables.evident_in(
            packages | {star.partition(".")[0] for star in frame.module.stars}
        )
    form = frame.analysis.tables.presence(known[name]) if known[name] else None
    words = frame.function.words
    return form if form is not None and any(word in words for word in (*form.asks, form.manager, form.whole)) else None


def sought_by(frame: Frame, question: Question) -> tuple[str, str]:
    """The model of a row that is looked for, `ANY` where it may be anything; and the attribute that has its key."""
    node = question.sought
    owner = quiet_value(frame, node.value, evaluate) if isinstance(node, facts.Attribute) else UNKNOWN
    model = frame.analysis.models.get(owner.model) if isinstance(owner, Row) else None
    link = model.relationships.get(node.name) if model is not None and isinstance(node, facts.Attribute) else None
    if link is not None and link.column and not link.holds:
        return link.target, link.column
    row = quiet_value(frame, node, evaluate) if link is None else UNKNOWN
    return (row.model if isinstance(row, Row) else ANY), ""


def is_seldom_asked(frame: Frame, form: PresenceForm) -> bool:
    """Whether a function is run by hand, or asks for a table that has one row."""
    place = f".{frame.module.name}.{frame.function.name}."
    return any(seldom in place for seldom in form.seldom)


def evident_presence(frame: Frame, truths: Truths, question: Question, form: PresenceForm) -> Presence | None:
    """What is asked of a query that only its own words tell."""
    asked = question.asked
    if question.looped:
        return None
    if isinstance(asked, facts.Name):
        given = given_name(frame.function, truths, question, asked.id)
        if given is None:
            return None
        asked = given
    rows = compared_rows(asked) if isinstance(asked, facts.Comprehension) and question.kind == "member" else asked
    node = rows.value if isinstance(rows, facts.Await) else rows
    if not isinstance(node, facts.Call) or not isinstance(node.function, facts.Attribute):
        return None
    fetched = _fetched(question, node, form)
    if question.kind == "raises" and not is_lookup(frame, truths, question):
        return None
    if not fetched or is_used(frame, rows, fetched, form, ""):
        return None
    receiver = node.function.value
    owned = last_name(_owner(receiver, form))
    pinned = fetched == "count" and (is_pinned(frame, rows, UNKNOWN) or is_pinned_by_owner(frame, rows, owned))
    if pinned or _is_foreign(rows, form) or is_of_own_class(frame.analysis, rows):
        return None
    if not all(_is_unknown(quiet_value(frame, part, evaluate)) for part in (receiver, rows)):
        return None
    site = frame.site(node.at)
    shown = site if isinstance(question.asked, facts.Name) else frame.site(question.at)
    subject = path_of(_owner(receiver, form))
    whole = owned if _is_whole(rows, form) else ""
    if whole in always_loaded(frame.analysis) and subject.count(".") <= NEAR:
        return None  # they came with their owner
    named = question.asked.id if isinstance(question.asked, facts.Name) else ""
    seldom = fetched == "count" and next(calls_of(receiver), None) is None and is_seldom_asked(frame, form)
    sought, key = sought_by(frame, question) if fetched == "member" and whole else ("", "")
    return Presence(
        shown, subject, fetched, site, frame.analysis.evident[frame.module.name], form.words,
        loadable=link_of_view(frame, whole), sought=sought, key=key,
        lazy=fetched == "rows", evident=True, named=named, confidence=Confidence.LOW if seldom else Confidence.MEDIUM,
    )  # fmt: skip


def _fetched(question: Question, node: facts.Call, form: PresenceForm) -> Fetched | None:
    last, kind = last_call(node), question.kind
    bare = not node.arguments and not node.keywords
    if kind in ("number", "truth") and last in form.asks and bare:
        return "count"
    if kind in ("truth", "none") and last in form.one and _speaks(node.function, form):
        return "row"
    if kind == "raises" and last in form.raises and _speaks(node.function, form):
        return "row"
    if not _says(node, form):
        return None
    if kind == "member":
        return "member"
    return "rows" if kind == "truth" else None


def _is_unknown(value: Value) -> bool:
    """Whether nothing is known of a value, or of what it is an attribute of."""
    while isinstance(value, LibraryMethod):
        value = value.receiver
    return value is UNKNOWN


def _speaks(node: facts.Expr, form: PresenceForm) -> bool:
    """Whether some link of a chain is one that only queries have."""
    while isinstance(node, (facts.Call, facts.Attribute)):
        if isinstance(node, facts.Attribute):
            if node.name == form.manager:
                return True
            node = node.value
        elif _says(node, form):
            return True
        else:
            node = node.function
    return False


def _is_foreign(rows: facts.Expr, form: PresenceForm) -> bool:
    """`Page.search().filter("term", shop=name)`: a condition that starts with a text is that of another library."""
    return any(
        last_call(call) in form.conditions and any(isinstance(argument, facts.Literal) for argument in call.arguments)
        for call in calls_of(rows)
    )


def _is_whole(rows: facts.Expr, form: PresenceForm) -> bool:
    """Whether no condition narrows the rows."""
    return all(last_call(call) in (form.whole, *form.asks) for call in calls_of(rows))


def _says(node: facts.Call, form: PresenceForm) -> bool:
    """`order.lines.all()`, `order.lines.filter(sold=True)`, `order.lines.values_list("id", flat=True)`"""
    name = last_call(node)
    if not isinstance(node.function, facts.Attribute) or isinstance(node.function.value, facts.Name):
        return False  # `register.filter(name="sold")`
    if name == form.whole:
        return not node.arguments and not node.keywords
    return (name in form.conditions and bool(node.keywords)) or any(key == form.flat for key, _ in node.keywords)


def _owner(node: facts.Expr, form: PresenceForm) -> facts.Expr:
    """`event.tracks` of `event.tracks.filter(…).all()`, `model` of `model.objects.filter(…)`"""
    while isinstance(node, facts.Call) and isinstance(node.function, facts.Attribute):
        node = node.function.value
    return node.value if isinstance(node, facts.Attribute) and node.name == form.manager else node
