"""Random coroutines on a client of HTTP. All their fixes are unsafe: after a failure more was asked than before."""

from __future__ import annotations

from random import Random

from variation import KEYS, RESULTS, Body, Function, Writer, function
from variation_loops import over_keys

HEADER = """\
import httpx

from shop.models import Detail, parsed
"""

INPUTS = ("list(range(1, 16))", "[]", "[3, 404, 1]", "[2, 2, 1, 2]", "[1, 97, 2, 98, 3]", "[98, 97]")
"""Keys: many, none, one that is not found, some twice, and such as raise, the first of them late."""


VALUES = ('{}.json()["title"]', "({0}.status_code, {0}.text)", "parsed({}.json()).attachments", "{}.status_code")

ASK = "answer = await {0}.get(f'/books/{{key}}')"
PASSES = (
    ["answer = await {0}.get(f'/books/{{len({1}) + key}}')", "{1}.append(answer.status_code)"],
    [ASK, "if answer.status_code == 404:", "    break", "{1}.append(answer.text)"],
    ["answer = await {0}.post(f'/books/{{key}}')", "{1}.append(answer.text)"],
    ["if sum({1}) > 1500:", "    break", ASK, "{1}.append(answer.status_code)"],
    ["try:", f"    {ASK}", "except httpx.ConnectError:", "    continue", "{1}.append(answer.text)"],
)
"""Passes of a loop whose obvious rewrite would be wrong: one depends on the one before, or the loop may end."""


def variations(random: Random, number: int, *, unsafe: bool) -> Function:
    """One coroutine of a shape that is drawn by lot."""
    writer = Writer(random, f"h{number}")
    session = writer.pick(("client", "http", "api"))
    shape = writer.pick(tuple(SHAPES))
    body = SHAPES[shape](writer, session)
    return function(writer, number, shape, body, session, "httpx.AsyncClient", awaited=True)


def gather(writer: Writer, session: str) -> Body:
    """A request per key, and something of each answer."""
    url = writer.pick(('f"/books/{key}"', '"/books/" + str(key)', '"/books", params={"id": key}'))
    value = writer.pick(VALUES)
    if writer.chance(0.2):
        keys = writer.pick(KEYS)
        lines = (f"return [{value.format(f'(await {session}.get({url}))')} for key in {keys}]",)
        return Body(lines, f"{keys}: list[int]", INPUTS)
    body = over_keys(writer, lambda key: f"await {session}.get({url})", value.format, may_miss=False)
    return Body(body.lines, body.parameters, INPUTS)


def trap(writer: Writer, session: str) -> Body:
    """A loop that may not be gathered as it stands."""
    result = writer.pick(RESULTS)
    lines = [f"    {line}".format(session, result) for line in writer.random.choice(PASSES)]
    return Body((f"{result} = []", "for key in keys:", *lines, f"return {result}"), "keys: list[int]", INPUTS)


SHAPES = {"gather": gather, "gather trap": trap}
