"""A lazy load per row becomes a part of the query that makes the rows."""

from __future__ import annotations

from nplusone_lint.codemods.eager_option import extend_query
from nplusone_lint.codemods.eager_path import Step
from nplusone_lint.codemods.uses import only_reads_attributes
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Fix, Place, Refusal
from nplusone_lint.fixer.forms import eager_form
from nplusone_lint.fixer.questions import (
    Deed,
    comes_from_caller,
    deeds_between,
    draft_around,
    function_around,
    links_to,
    mentions,
    origin_of,
    spelling,
    trip_of,
    whole_loop,
)
from nplusone_lint.libraries.vocabulary import EagerForm
from nplusone_lint.link.names import short
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import Model, Relationship

Links = list[tuple[Model, Relationship]]


def load_with_rows(program: Program, trip: Repeated) -> Fix | Refusal:
    """Extend the query; safe where nothing between the query and the touch can change what is loaded."""
    origin, links = origin_of(program, trip), links_to(program, trip)
    if origin is None or not links:
        return Refusal("where the rows come from, and over which relationships, is not known")
    form = eager_form(program, links[0][0].name)
    if form is None:
        return Refusal("queries of this library cannot be told to load a relationship with their rows")
    told = next((link.name for _, link in links if link.loading in ("raise", "never", "query")), None)
    if told is not None:
        return Refusal(f"the model says that `{told}` is not to be loaded with its rows")
    odd = next((link.name for _, link in links if _loads_differ(program, link, form)), None)
    if odd is not None:
        return Refusal(f"a key of `{odd}` may lead to no row, which a lazy load and a join answer differently")
    deeds = deeds_between(program, trip, origin, whole_loop(program, trip))
    stale = [deed for deed in deeds if _makes_stale(deed, links, trip)]
    if stale and not trip.crashes:
        return Refusal(
            f"what was loaded with the rows would be out of date: {stale[0].words} before it is read",
            tuple(deed.note() for deed in stale),
        )
    edits = _edits(program, origin, links)
    if isinstance(edits, Refusal):
        return edits
    caution = "" if trip.crashes else _noticed_when_loaded_early(program, trip, origin, deeds)
    if not caution and form.style == "joins":
        caution = "a row whose key leads to no row is left out by a join"
    if not caution and form.style == "lookups" and _may_share(links) and not _only_reads(program, trip):
        caution = "rows with equal keys are one object then, which shows where it is changed or compared by identity"
    path = ".".join(link.name for _, link in links)
    return Fix("unsafe" if caution else "safe", f"load `{path}` with the rows", tuple(edits), caution)


def _loads_differ(program: Program, link: Relationship, form: EagerForm) -> bool:
    """Whether a join may find rows that a lazy load does not, or the other way round."""
    return link.unchecked or any(program.declares(link.target, name) for name in form.unless)


def _may_share(links: Links) -> bool:
    """Whether a prefetch gives one object to several rows, where lazy loads give each its own."""
    by_prefetch = any(link.many for _, link in links)
    return by_prefetch and any(link.through or not link.many for _, link in links)


def _only_reads(program: Program, trip: Repeated) -> bool:
    place = trip_of(program, trip)
    draft = draft_around(program, place)
    return not isinstance(draft, Refused) and only_reads_attributes(draft, place.span)


def _makes_stale(deed: Deed, links: Links, trip: Repeated) -> bool:
    """A write to what is loaded, or a commit, which expires rows."""
    if not deed.writes or deed.resource != "sql":
        return False
    if deed.verb in ("commit", "refresh", "execute"):
        return True
    written = deed.what.partition(".")[0]
    return not written or deed.what == trip.spot.subject or written in {short(link.target) for _, link in links}


def _noticed_when_loaded_early(program: Program, trip: Repeated, origin: Place, deeds: list[Deed]) -> str:
    """Why the rewrite may be noticed; "" where it cannot be."""
    doubtful = next((deed for deed in deeds if deed.kind in ("unknown", "changes") or deed.writes), None)
    if doubtful is not None:
        return f"row {doubtful.place.span.start.row} {doubtful.words}"
    if comes_from_caller(trip):
        return "a caller that has prefetched these rows would have them queried again"
    if trip.found.effect.conditions:
        return "not every pass reads it"
    home = function_around(program, origin)
    elsewhere = home is not None and home.qualname != trip.found.seen_in[0]
    if home is not None and elsewhere and mentions(program, home.name) > 1:
        return f"other callers of `{home.name}` get rows that have loaded it, too"
    return ""


def _edits(program: Program, origin: Place, links: Links) -> list[Edit] | Refusal:
    form = eager_form(program, links[0][0].name)
    draft = draft_around(program, origin)
    if isinstance(draft, Refused) or form is None:
        return Refusal(draft.message if isinstance(draft, Refused) else "the library has no form for it")
    imports: list[Edit] = []
    steps: list[Step] = []
    for number, (model, link) in enumerate(links):
        owner = ""
        if form.style == "options" or number == 0:
            spelt = spelling(program, origin, model.name)
            if spelt is None or (form.style == "lookups" and spelt[1]):
                owner = "?"
            else:
                owner = spelt[0]
                imports.extend(spelt[1])
        if owner == "?" and form.style == "options":
            return Refusal(f"`{model.short_name}` cannot be named where the query stands")
        generic = not link.column and link.target not in program.analysis.models.models
        many = bool(link.many) or generic or link.doubtful
        target = spelling(program, origin, link.target) if form.style == "joins" else None
        imports.extend(target[1] if target is not None else ())
        spelt_target = target[0] if target is not None else ""
        steps.append(Step(owner, link.name, many, link.loading == "eager", spelt_target, link.optional))
    unknown: list[str] = []

    def spell(loader: str) -> str:
        spelt = spelling(program, origin, f"{form.home}.{loader}")
        if spelt is None:
            unknown.append(loader)
            return loader
        imports.extend(spelt[1])
        return spelt[0]

    edits = extend_query(draft, origin.span, steps, form, spell)
    if unknown:
        return Refusal(f"`{unknown[0]}` means something else where the query stands")
    return edits if isinstance(edits, Refusal) else [*edits, *dict.fromkeys(imports)]
