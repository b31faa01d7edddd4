"""Random functions on the models of Django."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from variation import Body, Function, Writer, function
from variation_loops import answers_per_key, in_every_pass, keyed, over_keys, over_rows, over_rows_of_rows

HEADER = """\
from django.db import transaction

from shop.models import Author, Book, Country, Review, Stamp, Tag
"""

TOUCHES = {
    "Book": (
        ("{}.author.name", '.prefetch_related("tags")'),
        ("({}.title, {}.author.email)", '.prefetch_related("reviews")'),
        ("[one.stars for one in {}.reviews.all()]", '.select_related("author")'),
        ("[tag.name for tag in {}.tags.all()]", '.prefetch_related("reviews")'),
        ("({}.author.country.name if {}.author.country else None)", '.select_related("author")'),
        ("({}.author.name, len({}.reviews.all()))", ""),
    ),
    "Author": (
        ("[book.title for book in {}.books.all()]", '.select_related("country")'),
        ("({}.books.count(), [book.isbn for book in {}.books.all()])", ""),
        ("({}.country.code if {}.country is not None else '')", '.prefetch_related("books")'),
        ("[[one.text for one in book.reviews.all()] for book in {}.books.all()]", ""),
        ("[sum(one.stars for one in book.reviews.all()) for book in {}.books.all()]", '.prefetch_related("books")'),
    ),
    "Review": (("{}.book.title", ""), ("{}.book.author.name", ""), ("({}.stars, {}.book.isbn)", "")),
    "Country": (("[author.name for author in {}.authors.all()]", ""),),
}

NESTED = {
    "Author": (
        ("{}.books.all()", "(two.title, [one.stars for one in two.reviews.all()])"),
        ("{}.books.all()", "len(two.tags.all())"),
    ),
    "Country": (
        ("{}.authors.all()", "[book.title for book in two.books.all()]"),
        ("{}.authors.all()", "(two.id, two.books.count())"),
    ),
    "Book": (("{}.reviews.all()", "two.stars"), ("{}.author.books.all()", "two.isbn")),
}
"""By model: what is gone through for each row, and what is touched in each of that."""

ROW_WRITES = (
    'Book.objects.filter(author_id={}.id + 1).update(title="changed")',
    "Review.objects.filter(book_id={}.id + 1).delete()",
    'Tag.objects.create(name=f"tag of {{}.id}")',
    'Author.objects.exclude(id={}.id).update(name="changed")',
)
KEY_WRITES = (
    'Book.objects.filter(id=key + 1).update(title="changed")',
    'Author.objects.filter(pk=key + 1).update(name="changed")',
    'Tag.objects.create(name=f"tag {key}")',
)

SHOWN = {"Book": "{}.title", "Author": "{}.name", "Country": "{}.code", "Tag": "{}.name"}
GROUPED = (("Book", "author_id", "pages"), ("Review", "book_id", "stars"))


def variations(random: Random, number: int, *, unsafe: bool) -> Function:
    """One function of a shape that is drawn by lot; with `unsafe`, of one whose fix may change what is left behind."""
    writer = Writer(random, f"d{number}")
    shape = writer.pick(tuple(UNSAFE) if unsafe else ("eager", *SAFE))
    return function(writer, number, shape, {**SAFE, **UNSAFE}[shape](writer), "")


def rows_of(writer: Writer, model: str, option: str) -> tuple[str, list[str]]:
    """An expression that gives rows in a known order, and the statements before it."""
    where = writer.pick(("", ".filter(id__gt=1)", ".exclude(id=3)", ".filter(id__lt=15).exclude(pk=3)"))
    order = writer.pick(("", '.order_by("id")', '.order_by("-id")'))
    limit = writer.pick(("", "", "[:6]", "[1:8]"))
    options = option if writer.chance(0.5) else ""
    query = f"{model}.objects{options}{where}{order}"
    if query == f"{model}.objects":
        query += ".all()"
    style = writer.pick(("inline", "inline", "named", "stepwise", "list"))
    if style == "named":
        return "queryset", [f"queryset = {query}{limit}"]
    if style == "stepwise":
        return "queryset", [
            f"queryset = {model}.objects.all(){options}",
            f"queryset = queryset{where or '.all()'}{order}",
        ]
    return (f"list({query}{limit})" if style == "list" else f"{query}{limit}"), []


def eager(writer: Writer) -> Body:
    model = writer.pick(tuple(TOUCHES))
    touched, option = writer.random.choice(TOUCHES[model])
    rows, setup = rows_of(writer, model, option)
    return over_rows(writer, rows, setup, lambda row: touched.replace("{}", row), ROW_WRITES)


def nested(writer: Writer) -> Body:
    model = writer.pick(tuple(NESTED))
    inner, value = writer.random.choice(NESTED[model])
    rows, setup = rows_of(writer, model, "")
    return over_rows_of_rows(writer, rows, setup, inner, value)


def batch(writer: Writer) -> Body:
    model = writer.pick(tuple(SHOWN))
    query, may_miss = writer.random.choice(
        (
            ("{0}.objects.get(pk=key)", False),
            ("{0}.objects.get(id=key)", False),
            ("{0}.objects.filter(pk=key).first()", True),
            ("{0}.objects.filter(id=key).first()", True),
        )
    )
    shown = SHOWN[model]
    return over_keys(writer, lambda key: query.format(model), shown.format, KEY_WRITES, may_miss=may_miss)


def batch_text(writer: Writer) -> Body:
    """Keys that are text: in this database they are compared as Python does, in others maybe not."""
    model = writer.pick(("Book", "Author"))
    column, shape = ("isbn", "978-{}") if model == "Book" else ("email", "a{}@example.org")
    query, may_miss = writer.random.choice(
        (("{0}.objects.filter({1}=key).first()", True), ("{0}.objects.get({1}=key)", False))
    )
    body = over_keys(writer, lambda key: query.format(model, column), SHOWN[model].format, may_miss=may_miss)
    text = [repr([shape.format(number) for number in numbers]) for numbers in ((1, 2, 3, 4, 5), (), (3, 99, 1), (2, 2))]
    return keyed(replace(body, lines=tuple(textual(line) for line in body.lines)), "str", text)


def textual(line: str) -> str:
    """Guards compare numbers; here they compare text."""
    return line.replace("key > 1", 'key > ""').replace("key == 2", 'key == "2"').replace("% 3", "* 2")


TRAPS = (
    ("Author.objects.filter(pk=key).first()", "{}.name", "", '["1", "2", 3]'),
    ("Author.objects.get(handle=key)", "{}.name", "str", '["handle1", "HANDLE2", "Handle3"]'),
    ("Author.objects.filter(country_id=key).first()", "{}.name", "int | None", "[1, None, 3]"),
    ("Book.objects.get(author_id=key)", "{}.title", "int", "[1, 4, 2]"),
    ('Book.objects.filter(genre=key).order_by("-id").first()', "{}.isbn", "str", '["prose", "none", "essay"]'),
    ("Book.objects.filter(weight=key).first()", "{}.isbn", "float", "[0.1, 0.3, 0.1 + 0.2]"),
    ("Author.objects.get(pk=key % 3)", "{}.name", "int", "[1, 2, 3, 4]"),
    ("Book.available.filter(pk=key).first()", "{}.title", "int", "[1, 4, 1]"),
)
"""Queries by key that a dictionary answers otherwise: what is queried, what is shown, the kind of keys, keys."""


def trap(writer: Writer) -> Body:
    """A loop whose obvious rewrite would be wrong."""
    query, shown, kind, keys = writer.random.choice(TRAPS)
    body = over_keys(writer, lambda key: query, shown.format, may_miss="first" in query)
    lines = [textual(line) if "str" in kind or not kind else line for line in body.lines]
    lines = [line.replace("key > 1", "key != 1") for line in lines]
    return keyed(replace(body, lines=tuple(lines)), kind, (keys, "[]"))


FOLD_TRAPS = (
    "sum(row.rating for row in Book.objects.filter(id__gt=least))",
    "sum(row.weight for row in Book.objects.filter(id__gt=least))",
    "str(sum(row.price for row in Book.objects.filter(id__gt=least)))",
    "max(row.pages for row in Book.objects.filter(id__gt=least))",
    "max((row.rating for row in Book.objects.filter(id__gt=least)), default=0)",
    "len(Book.objects.filter(id__gt=least)[:3])",
    "len(Author.objects.filter(books__id__gt=least))",
    "len(Author.objects.filter(books__id__gt=least).distinct())",
)


def fold_trap(writer: Writer) -> Body:
    """A number that the database would give otherwise: nulls, floats, no rows, repeated rows."""
    return Body((f"return {writer.pick(FOLD_TRAPS)}",), "least: int", ("0", "2", "1000"))


def count(writer: Writer) -> Body:
    model, column, summed = writer.random.choice(GROUPED)
    query = writer.pick(
        (
            "{0}.objects.filter({1}=key).count()",
            "{0}.objects.filter({1}=key).exists()",
            "{0}.objects.filter({1}=key, {2}__gt=2).count()",
        )
    )
    return answers_per_key(writer, lambda key: query.format(model, column, summed))


def fold(writer: Writer) -> Body:
    model, column, summed = writer.random.choice(GROUPED)
    rows = f"{model}.objects.filter({column}__gt=least)"
    kind = writer.pick(("len", "sum", "max", "min", "named"))
    arguments = ("0", "3", "1000")
    if kind == "len":
        return Body((f"return len({rows})",), "least: int", arguments)
    if kind == "named":
        return Body((f"rows = {rows}", "number = len(rows)", "return number"), "least: int", arguments)
    default = ", default=None" if kind != "sum" else ""
    return Body((f"return {kind}((row.{summed} for row in {rows}){default})",), "least: int", arguments)


def requery(writer: Writer) -> Body:
    model = writer.pick(("Book", "Author"))
    again = writer.pick((f"{model}.objects.get(pk=first.pk)", f"{model}.objects.filter(id=first.id).first()"))
    lines = (
        f"first = {model}.objects.get(pk=key)",
        f"second = {again}",
        f"return {SHOWN[model].format('first')}, {SHOWN[model].format('second')}",
    )
    return Body(lines, "key: int", ("1", "2", "99"))


def hoist(writer: Writer) -> Body:
    query = writer.pick(
        (
            "Book.objects.count()",
            "Author.objects.get(pk=2).name",
            "Author.objects.get(pk=99).name",
            '[tag.name for tag in Tag.objects.order_by("id")]',
        )
    )
    return in_every_pass(writer, query)


STATEMENTS = (
    'Tag.objects.create(name=f"new {key}")',
    'Stamp.objects.create(name=f"stamp {key}", changes=key)',
    'Tag(name=f"new {key}").save()',
    "Book.objects.filter(pk=key).update(stock=7)",
    "Review.objects.filter(pk=key).delete()",
)


def write(writer: Writer) -> Body:
    """One statement per key, all in one transaction."""
    guard = writer.random.choice(([], ["        if key == 2:", "            continue"]))
    lines = ("with transaction.atomic():", "    for key in keys:", *guard, f"        {writer.pick(STATEMENTS)}")
    inputs = ("list(range(1, 9))", "[]", "[3, 99, 1]", "[2, 2, 1, 2]")
    return Body((*lines, "return len(keys)"), "keys: list[int]", inputs)


def committed(writer: Writer) -> Body:
    """One statement per key, each in a transaction of its own."""
    guard = writer.random.choice(([], ["    if key == 2:", "        continue"]))
    lines = ("for key in keys:", *guard, f"    {writer.pick(STATEMENTS)}", "return len(keys)")
    return Body(lines, "keys: list[int]", ("list(range(1, 9))", "[]", "[3, 99, 1]"))


SAFE = {
    "eager": eager, "nested": nested, "batch": batch, "count": count,
    "fold": fold, "requery": requery, "hoist": hoist, "write": write,
    "trap": trap, "fold trap": fold_trap,
}  # fmt: skip
UNSAFE = {"committed": committed, "batch text": batch_text}
