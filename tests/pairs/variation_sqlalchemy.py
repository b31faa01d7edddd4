"""Random functions on a Session of SQLAlchemy."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from variation import Body, Function, Writer, function
from variation_loops import answers_per_key, in_every_pass, keyed, over_keys, over_rows, over_rows_of_rows

HEADER = """\
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.models import Author, Book, Country, Review, Tag
"""

TOUCHES = {
    "Book": (
        ("{}.author.name", "selectinload(Book.tags)"),
        ("({}.title, {}.author.email)", "selectinload(Book.reviews)"),
        ("[one.stars for one in {}.reviews]", "joinedload(Book.author)"),
        ("[tag.name for tag in {}.tags]", "selectinload(Book.reviews)"),
        ("({}.author.country.name if {}.author.country else None)", "joinedload(Book.author)"),
        ("({}.author.name, len({}.reviews))", ""),
        ("[other.title for other in {}.author.books]", ""),
    ),
    "Author": (
        ("[book.title for book in {}.books]", "joinedload(Author.country)"),
        ("len({}.books)", ""),
        ("({}.country.code if {}.country is not None else '')", "selectinload(Author.books)"),
        ("[[one.text for one in book.reviews] for book in {}.books]", ""),
        ("sum(len(book.tags) for book in {}.books)", "selectinload(Author.books)"),
    ),
    "Review": (("{}.book.title", ""), ("{}.book.author.name", ""), ("({}.stars, {}.book.isbn)", "")),
    "Country": (("[author.name for author in {}.authors]", ""), ("[len(a.books) for a in {}.authors]", "")),
}
"""By model: what is touched in a row, and an option that may be there already."""

NESTED = {
    "Author": (("{}.books", "(two.title, [one.stars for one in two.reviews])"), ("{}.books", "len(two.tags)")),
    "Country": (("{}.authors", "[book.title for book in two.books]"), ("{}.authors", "(two.id, len(two.books))")),
    "Book": (("{}.reviews", "two.stars"), ("{}.author.books", "two.isbn")),
}
"""By model: what is gone through for each row, and what is touched in each of that."""

ROW_WRITES = (
    '%s.execute(update(Book).where(Book.author_id == {}.id + 1).values(title="changed"))',
    "%s.execute(delete(Review).where(Review.book_id == {}.id + 1))",
    '%s.add(Tag(name=f"tag of {{}.id}"))',
    '{}.id and %s.execute(update(Author).values(name="changed"))',
)
KEY_WRITES = (
    '%s.execute(update(Book).where(Book.id == key + 1).values(title="changed"))',
    '%s.execute(update(Author).where(Author.id == key + 1).values(name="changed"))',
    '%s.add(Tag(id=key + 20, name=f"tag {key}"))',
)

SHOWN = {"Book": "{}.title", "Author": "{}.name", "Country": "{}.code", "Tag": "{}.name"}
GROUPED = (("Book", "author_id", "pages"), ("Review", "book_id", "stars"))


def variations(random: Random, number: int, *, unsafe: bool) -> Function:
    """One function of a shape that is drawn by lot; with `unsafe`, of one whose fix may change what is left behind."""
    writer = Writer(random, f"s{number}")
    session = writer.pick(("session", "session", "db", "s"))
    shape = writer.pick(tuple(UNSAFE) if unsafe else ("eager", *SAFE))
    body = {**SAFE, **UNSAFE}[shape](writer, session)
    return function(writer, number, shape, body, session)


def rows_of(writer: Writer, session: str, model: str, option: str) -> tuple[str, list[str]]:
    """An expression that gives rows in a known order, and the statements before it."""
    where = writer.pick(("", f".where({model}.id > 1)", f".where({model}.id < 15, {model}.id != 3)"))
    order = writer.pick((f".order_by({model}.id)", f".order_by({model}.id.desc())"))
    limit = writer.pick(("", "", ".limit(6)", ".limit(8).offset(1)"))
    options = f".options({option})" if option and writer.chance(0.5) else ""
    if writer.chance(0.25):
        query = f"{session}.query({model}){options}{where.replace('where', 'filter')}{order}{limit}"
        return query + writer.pick((".all()", ".all()", "")), []
    chain = [f"select({model})", options, where, order, limit]
    statement, setup = "".join(chain), []
    style = writer.pick(("inline", "inline", "named", "parenthesised", "stepwise"))
    if style == "named":
        setup, statement = [f"statement = {statement}"], "statement"
    elif style == "parenthesised":
        parts = "\n".join(f"    {part}" for part in chain if part)
        setup, statement = [f"statement = (\n{parts}\n)"], "statement"
    elif style == "stepwise":
        setup = [f"statement = select({model}){options}", f"statement = statement{where}{order}{limit}"]
        statement = "statement"
    run = writer.pick(
        ("{0}.scalars({1})", "{0}.scalars({1}).all()", "{0}.execute({1}).scalars()", "list({0}.scalars({1}))")
    )
    return run.format(session, statement), setup


def eager(writer: Writer, session: str) -> Body:
    model = writer.pick(tuple(TOUCHES))
    touched, option = writer.random.choice(TOUCHES[model])
    rows, setup = rows_of(writer, session, model, option)
    writes = [write.replace("%s", session) for write in ROW_WRITES]
    return over_rows(writer, rows, setup, lambda row: touched.replace("{}", row), writes)


def nested(writer: Writer, session: str) -> Body:
    model = writer.pick(tuple(NESTED))
    inner, value = writer.random.choice(NESTED[model])
    rows, setup = rows_of(writer, session, model, "")
    return over_rows_of_rows(writer, rows, setup, inner, value)


def batch(writer: Writer, session: str) -> Body:
    model = writer.pick(tuple(SHOWN))
    query, may_miss = writer.random.choice(
        (
            ("{0}.get({1}, key)", True),
            ("{0}.scalars(select({1}).where({1}.id == key)).one_or_none()", True),
            ("{0}.scalars(select({1}).where({1}.id == key)).first()", True),
            ("{0}.execute(select({1}).where({1}.id == key)).scalar_one_or_none()", True),
            ("{0}.scalar(select({1}).where({1}.id == key))", True),
            ("{0}.query({1}).filter({1}.id == key).first()", True),
            ("{0}.query({1}).filter_by(id=key).one_or_none()", True),
            ("{0}.scalars(select({1}).where({1}.id == key)).one()", False),
            ("{0}.execute(select({1}).where({1}.id == key)).scalar_one()", False),
        )
    )
    shown = SHOWN[model]
    writes = [write.replace("%s", session) for write in KEY_WRITES]
    return over_keys(writer, lambda key: query.format(session, model), shown.format, writes, may_miss=may_miss)


def batch_text(writer: Writer, session: str) -> Body:
    """Keys that are text: in this database they are compared as Python does, in others maybe not."""
    model = writer.pick(("Book", "Author"))
    column, shape = ("isbn", "978-{}") if model == "Book" else ("email", "a{}@example.org")
    query = writer.pick(
        (
            "{0}.scalars(select({1}).where({1}.{2} == key)).one_or_none()",
            "{0}.scalars(select({1}).where({1}.{2} == key)).first()",
            "{0}.query({1}).filter_by({2}=key).one_or_none()",
        )
    )
    body = over_keys(writer, lambda key: query.format(session, model, column), SHOWN[model].format, may_miss=True)
    text = [repr([shape.format(number) for number in numbers]) for numbers in ((1, 2, 3, 4, 5), (), (3, 99, 1), (2, 2))]
    return keyed(replace(body, lines=tuple(textual(line) for line in body.lines)), "str", text)


def textual(line: str) -> str:
    """Guards compare numbers; here they compare text."""
    return line.replace("key > 1", 'key > ""').replace("key == 2", 'key == "2"').replace("% 3", "* 2")


TRAPS = (
    ("{0}.scalars(select(Author).where(Author.id == key)).one_or_none()", "{}.name", "", '["1", "2", "x"]'),
    (
        "{0}.scalars(select(Author).where(Author.handle == key)).first()",
        "{}.name",
        "str",
        '["handle1", "HANDLE2", "Handle3"]',
    ),
    ("{0}.query(Author).filter(Author.country_id == key).first()", "{}.name", "int | None", "[1, None, 3]"),
    ("{0}.scalars(select(Book).where(Book.author_id == key)).one_or_none()", "{}.title", "int", "[1, 3, 2, 4]"),
    (
        "{0}.scalars(select(Book).where(Book.genre == key).order_by(Book.id.desc())).first()",
        "{}.isbn",
        "str",
        '["prose", "none"]',
    ),
    ("{0}.scalars(select(Book).where(Book.weight == key)).first()", "{}.isbn", "float", "[0.1, 0.3, 0.1 + 0.2]"),
    ("{0}.scalars(select(Author).where(Author.id == key % 3)).one_or_none()", "{}.name", "int", "[1, 2, 3, 4]"),
    ("{0}.scalars(select(Book).where(Book.id == key).limit(1)).first()", "{}.title", "int", "[1, 99, 1]"),
)
"""Queries by key that a dictionary answers otherwise: what is queried, what is shown, the kind of keys, keys."""


def trap(writer: Writer, session: str) -> Body:
    """A loop whose obvious rewrite would be wrong."""
    query, shown, kind, keys = writer.random.choice(TRAPS)
    body = over_keys(writer, lambda key: query.format(session), shown.format, may_miss=True)
    lines = [textual(line) if "str" in kind or not kind else line for line in body.lines]
    lines = [line.replace("key > 1", "key != 1") for line in lines]
    return keyed(replace(body, lines=tuple(lines)), kind, (keys, "[]"))


FOLD_TRAPS = (
    "sum(row.rating for row in {0}.scalars(select(Book).where(Book.id > least)).all())",
    "sum(row.weight for row in {0}.scalars(select(Book).where(Book.id > least)).all())",
    "str(sum(row.price for row in {0}.query(Book).filter(Book.id > least).all()))",
    "max(row.pages for row in {0}.scalars(select(Book).where(Book.id > least)).all())",
    "max((row.rating for row in {0}.query(Book).filter(Book.id > least).all()), default=0)",
    "len({0}.query(Author).join(Author.books).filter(Book.id > least).all())",
    "len({0}.scalars(select(Book.author_id).where(Book.id > least).distinct()).all())",
    "len({0}.scalars(select(Book).where(Book.id > least).limit(3)).all())",
)


def fold_trap(writer: Writer, session: str) -> Body:
    """A number that the database would give otherwise: nulls, floats, no rows, repeated rows."""
    return Body((f"return {writer.pick(FOLD_TRAPS).format(session)}",), "least: int", ("0", "2", "1000"))


def count(writer: Writer, session: str) -> Body:
    model, column, summed = writer.random.choice(GROUPED)
    query = writer.pick(
        (
            "{0}.scalar(select(func.count()).select_from({1}).where({1}.{2} == key))",
            "{0}.execute(select(func.count({1}.id)).where({1}.{2} == key)).scalar_one()",
            "{0}.query({1}).filter({1}.{2} == key).count()",
            "{0}.scalar(select(func.sum({1}.{3})).where({1}.{2} == key))",
            "{0}.scalar(select(func.max({1}.{3})).where({1}.{2} == key, {1}.{3} > 2))",
            "{0}.scalar(select(exists().where({1}.{2} == key)))",
        )
    )
    return answers_per_key(writer, lambda key: query.format(session, model, column, summed))


def fold(writer: Writer, session: str) -> Body:
    model, column, summed = writer.random.choice(GROUPED)
    where = f"select({model}).where({model}.{column} > least)"
    rows = writer.pick((f"{session}.scalars({where})", f"{session}.query({model}).filter({model}.{column} > least)"))
    kind = writer.pick(("len", "sum", "max", "min", "named"))
    arguments = ("0", "3", "1000")
    if kind == "len":
        return Body((f"return len({rows}.all())",), "least: int", arguments)
    if kind == "named":
        return Body((f"rows = {rows}.all()", "number = len(rows)", "return number"), "least: int", arguments)
    default = ", default=None" if kind != "sum" else ""
    inner = f"row.{summed} for row in {rows}.all()"
    return Body((f"return {kind}(({inner}){default})",), "least: int", arguments)


def requery(writer: Writer, session: str) -> Body:
    model = writer.pick(("Book", "Author"))
    lines = (
        f"first = {session}.scalars(select({model}).where({model}.id == key)).one()",
        f"second = {session}.scalars(select({model}).where({model}.id == first.id)).{writer.pick(('one', 'first'))}()",
        f"return {SHOWN[model].format('first')}, {SHOWN[model].format('second')}",
    )
    return Body(lines, "key: int", ("1", "2", "99"))


def hoist(writer: Writer, session: str) -> Body:
    query = writer.pick(
        (
            f"{session}.scalar(select(func.count()).select_from(Book))",
            f"{session}.scalars(select(Author).where(Author.id == 2)).one().name",
            f"{session}.scalars(select(Author).where(Author.id == 99)).one().name",
            f"[tag.name for tag in {session}.query(Tag).order_by(Tag.id).all()]",
        )
    )
    return in_every_pass(writer, query)


def touch(writer: Writer, session: str) -> Body:
    loader, name = writer.random.choice(
        (("selectinload", "tags"), ("joinedload", "author"), ("selectinload", "reviews"))
    )
    lines = (
        f"row = {session}.scalars(select(Book).where(Book.id == key).options({loader}(Book.{name}))).one()",
        writer.pick((f"_ = row.{name}", f"row.{name}")),
        f"return row.title, repr(type(row.{name}))",
    )
    return Body(lines, "key: int", ("1", "2", "99"))


def write(writer: Writer, session: str) -> Body:
    """One statement per key, and a commit: after the loop, or in each pass."""
    statement = writer.pick(
        (
            f'{session}.execute(insert(Tag).values(name=f"new {{key}}"))',
            f'{session}.execute(insert(Tag).values({{"name": f"new {{key}}"}}))',
            f"{session}.execute(update(Book).where(Book.id == key).values(stock=key * 2))",
            f"{session}.execute(delete(Review).where(Review.id == key))",
            f'{session}.add(Tag(name=f"new {{key}}"))',
        )
    )
    guard = writer.random.choice(([], ["    if key == 2:", "        continue"]))
    lines = ["for key in keys:", *guard, f"    {statement}"]
    lines += [f"    {session}.commit()"] if writer.chance(0.4) else [f"{session}.commit()"]
    inputs = ("list(range(1, 9))", "[]", "[3, 1]" if "update" in statement else "[3, 99, 1]")
    return Body((*lines, "return len(keys)"), "keys: list[int]", inputs)


SAFE = {
    "eager": eager, "nested": nested, "batch": batch, "count": count,
    "fold": fold, "requery": requery, "hoist": hoist, "touch": touch,
    "trap": trap, "fold trap": fold_trap,
}  # fmt: skip
UNSAFE = {"write": write, "batch text": batch_text}
