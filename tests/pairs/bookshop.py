"""The rows of a bookshop of a given size, the same for every library."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Rows = list[dict[str, Any]]

GENRES = ("poetry", "prose", "essay")
TAGS = 5


def rows(n: int) -> dict[str, Rows]:
    """Table by table, those that others refer to first.

    About N books: of three authors one has one book, one has two, and one has none; so it is with books and reviews.
    The last author has no country, and one rating of four is null.
    """
    numbers = range(1, n + 1)
    authors = [
        {"id": i, "name": f"Author {i}", "email": f"a{i}@example.org", "handle": f"Handle{i}"}
        | {"country_id": i if i < n else None}
        for i in numbers
    ]
    writers = [i for i in numbers for _ in range(i % 3)]
    books = [book(number, writer) for number, writer in enumerate(writers, 1)]
    reviews = [one["id"] for one in books for _ in range((one["id"] + 1) % 3)]
    return {
        "country": [{"id": i, "name": f"Country {i}", "code": f"C{i}"} for i in numbers],
        "author": authors,
        "tag": [{"id": i, "name": f"Tag {i}"} for i in range(1, TAGS + 1)],
        "book": books,
        "book_tag": [{"book_id": one["id"], "tag_id": tag} for one in books for tag in tags(one["id"])],
        "review": [
            {"id": i, "book_id": book_id, "text": f"Review {i}", "stars": i % 5 + 1}
            for i, book_id in enumerate(reviews, 1)
        ],
        "sale": [{"id": i, "book_id": i, "number": f"S{i}", "amount": i, "note": None} for i in numbers if i % 2],
        "draft": [{"id": i, "title": f"Draft {i}", "author_id": i} for i in numbers],
        "publisher": [{"id": i, "name": f"Publisher {i}", "deleted": i % 5 == 0} for i in numbers],
        "contract": [{"id": i, "author_id": i, "publisher_id": i} for i in numbers],
    }


def book(number: int, writer: int) -> dict[str, Any]:
    return {
        "id": number,
        "title": f"Title {number}",
        "isbn": f"978-{number}",
        "genre": GENRES[number % 3],
        "pages": 50 + 10 * number,
        "stock": number % 4,
        "price": Decimal(number) + Decimal("0.50"),
        "rating": None if number % 4 == 0 else number % 5 + 1,
        "weight": number / 10,
        "author_id": writer,
    }


def tags(number: int) -> list[int]:
    return sorted({number % TAGS + 1, number * 2 % TAGS + 1})
