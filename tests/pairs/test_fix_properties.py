"""Hundreds of fixes of random code: not one may change what the code does.

Each seed makes a module of random functions (guards, missing keys, keys that come twice, no keys, nulls, exceptions in
the middle, statements that write, functions in functions, comments everywhere), which the real engine fixes in memory;
each function is then run before and after on a real database or server with several inputs. Unsafe fixes are tried on
code and data on which they are right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from pair_run import in_own_process
from redis_server import redis_server
from trial import Tally, compared, tried

SAFE = {"sqlalchemy_sync": 15, "django": 15}
UNSAFE = {"sqlalchemy_sync": 2, "django": 2, "redis_sync": 3, "http_async": 2}
"""So many modules of each world."""

TRIALS = [(world, False, seed) for world in SAFE for seed in range(SAFE[world])]
TRIALS += [(world, True, seed) for world in UNSAFE for seed in range(UNSAFE[world])]

LEAST = {
    "eager": 220,
    "nested": 180,
    "touch": 70,
    "batch": 80,
    "batch text": 70,
    "read": 35,
    "read_hash": 60,
    "write": 40,
    "count": 110,
    "fold": 110,
}
"""So many fixes at least are made of each shape: a fixer that gives up is noticed."""

made: Counter[str] = Counter()


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.mark.slow
@pytest.mark.parametrize(("world", "unsafe", "seed"), TRIALS)
def test_behaviour_is_kept(world: str, unsafe: bool, seed: int, redis_url: str) -> None:
    tally: Tally = in_own_process(tried, world, seed, redis_url, unsafe)
    assert not tally.faults, "\n\n".join(tally.faults[:3])
    made.update(tally.made, trials=1)


@pytest.mark.slow
def test_there_were_many_fixes() -> None:
    """Runs after the others, when all of them run."""
    if made["trials"] < len(TRIALS):
        pytest.skip("not all trials ran")
    assert {shape: made[shape] for shape in LEAST if made[shape] < LEAST[shape]} == {}
    assert made.total() - len(TRIALS) >= 500


BEFORE = """
from sqlalchemy import select
from shop.models import Author


def f(session, keys):
    found = []
    for key in keys:
        author = session.get(Author, key)
        found.append(author.name if author else None)
    return found
"""
AFTER = """
from sqlalchemy import select
from shop.models import Author


def f(session, keys):
    authors = {author.id: author for author in session.scalars(select(Author).where(Author.id.in_(keys)))}
    return RESULT
"""


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        ("[authors[key].name if key in authors else None for key in keys]", ""),
        ("[authors[key].name for key in keys]", "raises builtins.KeyError: 99"),
        ("[author.name for author in authors.values()]", "gives ['Author 1', 'Author 2']"),
        ("[session.get(Author, key).name if session.get(Author, key + 50) is None else 0 for key in keys]", "trips"),
    ],
)
def test_a_wrong_rewrite_is_noticed(result: str, fault: str) -> None:
    calls = ("f(session, [2, 1])", "f(session, [2, 2, 1])", "f(session, [1, 99])")
    faults: list[str] = in_own_process(compared, "sqlalchemy_sync", BEFORE, AFTER.replace("RESULT", result), calls)
    assert fault in "".join(faults)
    assert bool(faults) == bool(fault)
