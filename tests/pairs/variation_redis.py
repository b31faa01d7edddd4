"""Random functions on a client of Redis. All their fixes are unsafe: a key may hold what is no text."""

from __future__ import annotations

from random import Random

from variation import Body, Function, Writer, function
from variation_loops import answers_per_key, over_keys

HEADER = """\
from redis import Redis

from shop.models import book_key, decoded, page_key
"""


def variations(random: Random, number: int, *, unsafe: bool) -> Function:
    """One function of a shape that is drawn by lot."""
    writer = Writer(random, f"r{number}")
    session = writer.pick(("client", "cache", "redis"))
    shape = writer.pick(tuple(SHAPES))
    return function(writer, number, shape, SHAPES[shape](writer, session), session, "Redis")


def read(writer: Writer, session: str) -> Body:
    key = writer.pick(('f"book:{key}"', "book_key(key)", '"book:" + str(key)'))
    if writer.chance(0.3):
        return answers_per_key(writer, lambda _: f"{session}.get({key})")
    return over_keys(writer, lambda _: f"{session}.get({key})", "decoded({})['title']".format, may_miss=True)


def read_hash(writer: Writer, session: str) -> Body:
    query = writer.pick(("hgetall(page_key(key))", 'hget(page_key(key), "views")', 'hgetall(f"page:{key}")'))
    return answers_per_key(writer, lambda _: f"{session}.{query}")


def write(writer: Writer, session: str) -> Body:
    statement = writer.pick(
        (
            'set(book_key(key), f"new {key}")',
            'set(book_key(key), f"new {key}", ex=600)',
            'setex(f"book:{key}", 600, str(key))',
            "delete(book_key(key))",
            'hset(page_key(key), "views", key)',
            "expire(book_key(key), 600)",
        )
    )
    guard = writer.random.choice(([], ["    if key == 2:", "        continue"]))
    lines = ("for key in keys:", *guard, f"    {session}.{statement}", "return len(keys)")
    return Body(lines, "keys: list[int]", ("list(range(1, 9))", "[]", "[3, 99, 1]", "[2, 2]"))


SHAPES = {"read": read, "read_hash": read_hash, "write": write}
