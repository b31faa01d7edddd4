"""Whether the rows of a query are used elsewhere in a function, so that asking less of it saves nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import expressions_of, parts_of
from nplusone_lint.infer.tables import Tables
from nplusone_lint.libraries.figures import PresenceForm
from nplusone_lint.seen.presence import Fetched
from nplusone_lint.source import unpack
from nplusone_lint.values import Collection, Origin, Query, Value, first_of


def is_made_here(frame: Frame, value: Value) -> bool:
    """Whether rows are asked for in the function that is run; what another function gives may be kept by it."""
    query = first_of(value, Query, Collection)
    if not isinstance(query, (Query, Collection)) or query.origin is None or not frame.function.at:
        return True
    if isinstance(query, Query) and query.owner is not None:
        return True
    return stands_in(frame, query.origin)


def stands_in(frame: Frame, origin: Origin) -> bool:
    """Whether the expression that makes rows stands in the function that is run."""
    if origin.parameter or origin.path != frame.module.path:
        return False
    first, _, last, _ = unpack(frame.function.at)
    return not frame.function.at or first <= unpack(origin.at)[0] <= last


def is_used(frame: Frame, asked: facts.Expr, fetched: Fetched, form: PresenceForm, library: str) -> bool:
    """Whether the rows are wanted besides: then it is the question that is one too many."""
    node = asked.value if isinstance(asked, facts.Await) else asked
    rows = node.value if isinstance(node, facts.Item) else node
    if fetched in ("count", "row") and isinstance(node, facts.Call) and isinstance(node.function, facts.Attribute):
        rows = node.function.value
    mentions = frame.analysis.mentions.get(frame.function)
    if mentions is None:
        mentions = frame.analysis.mentions[frame.function] = mentions_of(frame.function)
    wanted = spelt(_stripped(rows))
    if "?" in wanted:
        return False
    inside, itself = _nodes(asked), spelt(asked)
    met = -1 if not library else _place(mentions, asked)
    return any(
        mention.node not in inside
        and (mention.place >= met or spelt(mention.node) == itself)
        and not _is_harmless(mention, form, frame.analysis.tables, library)
        for mention in mentions.get(wanted, ())
    )


@dataclass(slots=True, eq=False)
class Mention:
    """An expression for rows: in which expression of the function, counted in the order of the source, it stands.

    `link` is the method that is called on it, `given` whether with arguments; `within` the one it is an argument of.
    """

    node: facts.Expr
    place: int
    link: str = ""
    given: bool = False
    within: str = ""


Mentions = dict[str, list[Mention]]


def mentions_of(function: facts.FunctionFacts) -> Mentions:
    """All expressions of a function by their words, links without arguments left out."""
    found: Mentions = {}
    for place, root in enumerate(roots_of(function.body)):
        stack = [Mention(root, place)]
        while stack:
            mention = stack.pop()
            base = _stripped(mention.node)
            if isinstance(base, (facts.Name, facts.Attribute, facts.Call, facts.Item)):
                found.setdefault(spelt(base), []).append(mention)
            stack.extend(_parts(base, place))
    return found


def _parts(node: facts.Expr, place: int) -> list[Mention]:
    if not isinstance(node, facts.Call) or not isinstance(node.function, facts.Attribute):
        return [Mention(part, place) for part in parts_of(node)]
    link = node.function.name
    given = [Mention(part, place, within=link) for part in parts_of(node)[1:]]
    return [Mention(node.function.value, place, link, bool(given)), *given]


def _is_harmless(mention: Mention, form: PresenceForm, tables: Tables, library: str) -> bool:
    """What is narrowed by conditions gives other rows, and what is part of a condition is a subquery."""
    if mention.link in form.conditions or mention.within in form.conditions:
        return True
    method = tables.method(library, mention.link) if mention.link and mention.given else None
    return method is not None and method.does is not None


def _place(mentions: Mentions, asked: facts.Expr) -> int:
    """Where a question stands; -1 where it is not found."""
    for mention in mentions.get(spelt(_stripped(asked)), ()):
        node = mention.node.value if isinstance(mention.node, facts.Await) else mention.node
        if asked in (node, mention.node):
            return mention.place
    return -1


def _nodes(root: facts.Expr) -> set[facts.Expr]:
    found: set[facts.Expr] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if not isinstance(node, facts.Name):  # one name is one object, wherever it is read
            found.add(node)
        stack.extend(parts_of(node))
    return found


def _stripped(node: facts.Expr) -> facts.Expr:
    """The manager or query of `query.order_by().all()`: links without arguments leave the rows what they are."""
    while True:
        if isinstance(node, facts.Await):
            node = node.value
        elif (
            isinstance(node, facts.Call)
            and not node.arguments
            and not node.keywords
            and isinstance(node.function, facts.Attribute)
        ):
            node = node.function.value
        else:
            return node


def spelt(node: facts.Expr) -> str:
    """An expression as text by which it is told from others; with `?` where it holds what cannot be compared."""
    if isinstance(node, facts.Name):
        return node.id
    if isinstance(node, facts.Attribute):
        return f"{spelt(node.value)}.{node.name}"
    if isinstance(node, facts.Literal):
        return repr(node.value)
    if isinstance(node, facts.Call):
        given = [spelt(argument) for argument in node.arguments]
        given += [f"{name}={spelt(value)}" for name, value in node.keywords]
        return f"{spelt(node.function)}({', '.join(given)})"
    if isinstance(node, facts.Await):
        return spelt(node.value)
    return "?"


def roots_of(body: list[facts.Statement]) -> list[facts.Expr]:
    """The expressions of a body's statements in the order of the source, those of functions defined in it included."""
    found: list[facts.Expr] = []
    for statement in walk(body):
        if isinstance(statement, facts.Define):
            found.extend(roots_of(statement.function.body))
        elif isinstance(statement, facts.Assign):  # a name that is set is not read
            found.append(statement.value)
            found.extend(target for target in statement.targets if not isinstance(target, facts.Name))
        else:
            found.extend(expressions_of([_alone(statement)]))
    return found


def _alone(statement: facts.Statement) -> facts.Statement:
    """A compound statement without its blocks, which the walk comes to by themselves."""
    if isinstance(statement, facts.Try):
        return replace(statement, body=[], handlers=[], orelse=[], final=[])
    if isinstance(statement, facts.With):
        return replace(statement, body=[])
    return replace(statement, body=[], orelse=[]) if isinstance(statement, (facts.Branch, facts.Loop)) else statement
