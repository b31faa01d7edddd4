"""Commands that a loop sends one by one are queued, and sent together behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.bulk_items import receiver_text
from nplusone_lint.codemods.collect import above, below
from nplusone_lint.codemods.passes import Pass, find_pass, fresh_name, within
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.source import Span

if TYPE_CHECKING:  # see `concrete`
    import libcst


@dataclass(frozen=True, slots=True)
class Queued:
    """The edits, and the calls that they put into the queue."""

    edits: tuple[Edit, ...]
    calls: frozenset[Span]


def queue(found: Pass, form: BulkForm, form_of: Callable[[str], BulkForm | None]) -> Queued | Refusal:
    """Every command that the loop sends to the same client goes into the queue."""
    client = receiver_text(found)
    if isinstance(client, Refusal):
        return client
    draft = found.draft
    passes: list[Pass] = []
    for call in _calls_on(found, client):
        other = find_pass(draft, draft.spans[call])
        known = form_of(chains.called_name(call))
        if isinstance(other, Refusal) or known is None or known.takes != "queued" or other.loop is not found.loop:
            return Refusal(f"the answer of `{client}.{chains.called_name(call)}` is needed in the same pass")
        passes.append(other)
    name = fresh_name(draft, form.name, "pipeline", "commands")
    wait = "await " if found.awaited else ""
    edits: list[Edit] = [
        above(draft, found.loop, [f"{name} = {client}.{form.method}"]),
        below(draft, found.loop, [f"{wait}{name}.{form.send}()"]),
    ]
    for other in passes:
        receiver = chains.receiver(other.call)
        start = draft.spans[other.statement.body[0]].start
        edits.append(draft.edit(Span(start, draft.spans[receiver].end), name))
    return Queued(tuple(edits), frozenset(draft.spans[other.call] for other in passes))


def _calls_on(found: Pass, client: str) -> list[libcst.Call]:
    """The calls of methods of the client in the loop, in the order of the code."""
    import libcst

    draft = found.draft
    calls = [
        node
        for node in within(found.loop)
        if isinstance(node, libcst.Call)
        and isinstance(node.func, libcst.Attribute)
        and draft.code(node.func.value) == client
    ]
    return sorted(calls, key=lambda call: draft.spans[call].start)
