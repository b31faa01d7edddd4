"""Effects and origins as places in files, and the notes that lead a reader to a round trip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nplusone_lint.finding import Note, Place
from nplusone_lint.infer.effects import Effect
from nplusone_lint.link.names import short
from nplusone_lint.seen.site import Site
from nplusone_lint.source import Source
from nplusone_lint.values import Origin


def place_of(sources: Mapping[str, Source], site: Site) -> Place:
    """The place that a site is in its file."""
    return Place(site.path, sources[site.path].span(site.at))


def trace_of(sources: Mapping[str, Source], effect: Effect) -> Iterator[Note]:
    """Where the rows come from, the loop, each call on the path, the trip: in this order."""
    loop, frame = effect.loop, effect.frame
    assert loop is not None
    assert frame is not None
    origin = effect.origin if effect.made.lazy else loop.origin
    note = origin_note(sources, origin, effect.made.subject.partition(".")[0] if effect.made.lazy else "")
    if note is not None:
        yield note
    yield Note(place_of(sources, loop.site), f"once per `{loop.variable}`")
    for call in effect.route:
        if call != frame:
            yield Note(place_of(sources, call), f"called from `{short(call.function)}`")
    if effect.made.site != frame:
        yield Note(place_of(sources, effect.made.site), f"the round trip, in `{short(effect.made.site.function)}`")


def also_notes(sources: Mapping[str, Source], effects: Iterable[Effect]) -> Iterator[Note]:
    """The other trips that the same call leads to."""
    for effect in effects:
        site = effect.made.site
        yield Note(place_of(sources, site), f"another, in `{short(site.function)}`")


def origin_note(sources: Mapping[str, Source], origin: Origin | None, model: str) -> Note | None:
    """Where rows come from, if that is a place of the program."""
    if origin is None or origin.parameter or origin.path not in sources or not origin.at:
        return None
    words = f"rows of {model} come from here" if model else "rows come from here"
    return Note(Place(origin.path, sources[origin.path].span(origin.at)), words)
