"""Rows that a function fetches or counts only to learn whether there is one: `if books.count() > 0`."""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.doubtful_rows import may_be_else
from nplusone_lint.infer.dropped_queries import PROBES
from nplusone_lint.infer.effects import Effect
from nplusone_lint.infer.evident import ANY_ERROR, evident_form, evident_presence, is_lookup, is_seldom_asked, sought_by
from nplusone_lint.infer.expressions import evaluate
from nplusone_lint.infer.fetched import comes_from_memory, quiet_value
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import last_call, last_name
from nplusone_lint.infer.picks import note_picks
from nplusone_lint.infer.pinned import is_narrow, is_pinned
from nplusone_lint.infer.queries import subject_of
from nplusone_lint.infer.same_rows import is_made_here, is_used
from nplusone_lint.infer.truths import Question, Truths, compared_rows, given_name, truths_of
from nplusone_lint.infer.viewed import link_of_view
from nplusone_lint.libraries.figures import PresenceForm
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.folds import Fold
from nplusone_lint.seen.presence import Fetched, Presence
from nplusone_lint.values import UNKNOWN, Collection, Dictionary, Query, Row, Value, first_of

LISTS = ("list", "tuple", "set")
READS = ("select", "count")
UNNAMED = PresenceForm("")
LIFE = frozenset({"health", "healthcheck", "healthz", "ping", "alive", "readiness"})
"""In the names of modules and functions that count rows to see that the database answers."""


def note_presence(frame: Frame) -> None:
    """Note what the function that was run asks the database for, where the answer yes or no would do."""
    trips: dict[int, list[Effect]] = {}
    for effect in frame.effects:
        trip = effect.made.trip
        if trip.verb in READS and not effect.route and trip.resource in DATABASES:
            trips.setdefault(effect.made.site.at, []).append(effect)
    evident = evident_form(frame)
    if (not trips and evident is None) or frame.analysis.watched is not None:
        return
    known = frame.analysis.truths.get(frame.function)
    if known is None:
        known = frame.analysis.truths[frame.function] = truths_of(frame.function)
    if trips:
        note_picks(frame, known)
    told: set[int] = set()
    asked: set[int] = set()
    for question in known.questions:
        found = _seen(frame, known, question, trips)
        if found is None and evident is not None:
            found = evident_presence(frame, known, question, evident)
        if found is not None and found.trip.at not in told:
            told.add(found.trip.at)
            asked.add(question.tested)
            frame.observations.append(found)
    if asked:  # `len(books) > 0` is no count
        frame.observations[:] = [o for o in frame.observations if not isinstance(o, Fold) or o.site.at not in asked]


def _seen(frame: Frame, truths: Truths, question: Question, trips: dict[int, list[Effect]]) -> Presence | None:
    asked = question.asked
    name = question.asked.id if isinstance(question.asked, facts.Name) else ""
    if isinstance(asked, facts.Name):
        given = given_name(frame.function, truths, question, name)
        if given is None:
            return None
        asked = given
    rows = asked
    if isinstance(asked, facts.Comprehension) and question.kind == "member":
        rows = compared_rows(asked)
    places = [question.tested, *([asked.loops[0].at] if isinstance(asked, facts.Comprehension) else [])]
    effect = next((e for at in (*places, *_calls(frame, truths, rows)) for e in trips.get(at, ())), None)
    kinds = (facts.Call, facts.Await, facts.Item) if question.kind == "index" else (facts.Call, facts.Await)
    if effect is None or not isinstance(rows, kinds):
        return None
    form = frame.analysis.tables.presence(effect.made.library) or UNNAMED
    value = _value(frame, question.asked if name else rows)
    if name and isinstance(value, Query) and question.tested in trips:  # `if books or authors`: one place, two queries
        effect = next((e for e in trips[question.tested] if subject_of(value) in e.made.subject), effect)
    if name and isinstance(value, Query) and (question.looped or truths.only_given(name) is None):
        return None  # it keeps the rows for the next time
    fetched = _fetched(frame, question, rows, effect, value, form, truths)
    if fetched in ("row", "rows", "member") and _is_adorned(frame, rows, value):
        return None  # it locks its rows, or wants more of them
    if isinstance(first_of(value, Collection), Collection) and not is_made_here(frame, value):
        return None
    if not fetched or is_used(frame, rows, fetched, form, effect.made.library):
        return None
    held = _asked_of(frame, rows) if fetched == "count" else value
    single = fetched in ("count", "rows", "member") and is_pinned(frame, rows, held)
    if single and (fetched != "rows" or is_narrow(frame, held)):
        return None  # to count one row at most is to ask whether it is there
    if fetched == "row" and (_is_short(frame, rows, value) or _is_probe(frame, rows)):
        return None  # `exists()` is the same round trip, and ships as little
    if may_be_else(frame, rows, value):
        return None
    if fetched in ("rows", "member") and comes_from_memory(frame, rows, held, evaluate):
        return None  # they are fetched once, for all who ask
    made = effect.made
    sought, key = sought_by(frame, question) if fetched == "member" and _gives_rows(value) else ("", "")
    return Presence(
        made.site if name else frame.site(question.at),
        made.subject,
        fetched,
        made.site,
        made.library,
        form.words,
        model=_model(frame, rows, value),
        lazy=isinstance(first_of(value, Query), Query),
        named=name,
        single=single,
        loadable=link_of_view(frame, _whole_link(held)),
        held=effect.origin if fetched != "count" else None,
        sought=sought,
        key=key,
        confidence=_confidence(frame, effect, fetched, held, form),
    )


def _confidence(frame: Frame, effect: Effect, fetched: Fetched, held: Value, form: PresenceForm) -> Confidence:
    """How sure it is that asking spares something; to count a whole table by hand, or one of one row, costs nothing."""
    query = first_of(held, Query)
    whole = isinstance(query, Query) and not (query.narrowed or query.keys or query.owner)
    if fetched == "count" and whole and (is_seldom_asked(frame, form) or _is_sign_of_life(frame)):
        return Confidence.LOW
    return Confidence(3 - int(effect.made.guessed) - int(effect.made.assumed))


def _is_adorned(frame: Frame, asked: facts.Expr, value: Value) -> bool:
    """Whether a query, or the one that a row is asked of, locks, refreshes or loads more."""
    held = (first_of(value, Query), first_of(_asked_of(frame, asked), Query))
    return any(isinstance(query, Query) and query.adorned for query in held)


def _asked_of(frame: Frame, asked: facts.Expr) -> Value:
    """What the last call of a chain is made on."""
    node = asked.value if isinstance(asked, facts.Await) else asked
    if not isinstance(node, facts.Call) or not isinstance(node.function, facts.Attribute):
        return UNKNOWN
    return quiet_value(frame, node.function.value, evaluate)


def _gives_rows(value: Value) -> bool:
    """Whether a query gives rows, not the values of a column."""
    query = first_of(value, Query)
    return isinstance(query, Query) and query.only is None


def _is_short(frame: Frame, asked: facts.Expr, value: Value) -> bool:
    """Whether the one row that is fetched is known to be hardly more than its keys."""
    query = _asked_of(frame, asked)
    held = query if isinstance(first_of(query, Query), Query) else value
    model = frame.analysis.models.get(_model(frame, asked, held))
    is_known = model is not None and bool(model.columns or model.relationships)
    return is_narrow(frame, held) and (is_known or (model is None and is_pinned(frame, asked, query)))


def _is_probe(frame: Frame, asked: facts.Expr) -> bool:
    """Whether a function asks whether the database answers, by any row of a table."""
    query = first_of(_asked_of(frame, asked), Query)
    if not isinstance(query, Query) or query.narrowed or query.keys:
        return False
    names = f"{frame.module.name.rpartition('.')[2]} {frame.function.name}".lower()
    return any(word in names for word in PROBES)


def _is_sign_of_life(frame: Frame) -> bool:
    words = f"{frame.module.name}_{frame.function.name}".lower().replace(".", "_").split("_")
    return not LIFE.isdisjoint(words)


def _whole_link(value: Value) -> str:
    """`tags` of `book.tags.all()`, "" where it is narrowed."""
    query = first_of(value, Query)
    return query.link if isinstance(query, Query) and not query.narrowed else ""


def _is_kept(frame: Frame, asked: facts.Expr) -> bool:
    """`context.get("books")`: what a dictionary holds is kept there for others."""
    return isinstance(first_of(_asked_of(frame, asked), Dictionary), Dictionary)


def _model(frame: Frame, asked: facts.Expr, value: Value) -> str:
    """The model of the rows, where it is known: of what they are counted of, or of what is fetched."""
    for held in (value, _asked_of(frame, asked)):
        known = first_of(held, Query, Collection)
        row = first_of(known.element if isinstance(known, (Query, Collection)) else held, Row)
        if isinstance(row, Row):
            return row.model
    return ""


def _calls(frame: Frame, truths: Truths, node: facts.Expr) -> Iterator[int]:
    """The places of the calls in a chain, outermost first: `session.execute(…).scalars().all()`."""
    while True:
        if isinstance(node, facts.Await):
            node = node.value
        elif isinstance(node, facts.Name):
            given = truths.only_given(node.id) if node.id in frame.function.locals else None
            if not isinstance(given, (facts.Call, facts.Await)):
                return
            node = given
        elif isinstance(node, facts.Call):
            yield node.at
            if isinstance(node.function, facts.Attribute):
                node = node.function.value
            elif last_name(node.function) in LISTS and len(node.arguments) == 1:
                node = node.arguments[0]
            else:
                return
        else:
            return


def _value(frame: Frame, node: facts.Expr) -> Value:
    return frame.names.get(node.id, UNKNOWN) if isinstance(node, facts.Name) else quiet_value(frame, node, evaluate)


def _fetched(
    frame: Frame,
    question: Question,
    asked: facts.Expr,
    effect: Effect,
    value: Value,
    form: PresenceForm,
    truths: Truths,
) -> Fetched | None:
    """What is fetched to answer a question, if the answer says no more than whether there is a row."""
    verb, kind = effect.made.trip.verb, question.kind
    if effect.made.limited:
        return None
    if kind in ("number", "truth") and verb == "count":
        return "count"
    if verb != "select" or kind == "number":
        return None
    rows = first_of(value, Query, Collection)
    many = (isinstance(rows, Query) and not rows.evaluated) or isinstance(rows, Collection)
    last = last_call(asked)
    if kind in ("truth", "none") and last in form.one and not many:
        return "row"
    if kind == "raises" and last in form.raises:
        return "row" if is_lookup(frame, truths, question) else None
    if kind == "index" and not truths.is_wanted(question.held):
        return "row" if any(name in (*ANY_ERROR, "IndexError") for name in question.catches) else None
    if not many:
        return None
    if kind == "member":
        return "member" if not question.looped else None
    return "rows" if kind == "truth" and not _is_kept(frame, asked) else None
