"""How expressions are written: which are alike, plain, or numbers; and expressions put in the place of names."""

from __future__ import annotations

from collections.abc import Mapping

from nplusone_lint import facts


def is_plain(node: facts.Expr) -> bool:
    """An attribute of the row, or a sum or product of some: it may stand where its name does."""
    if isinstance(node, facts.Name):
        return True
    if isinstance(node, facts.Attribute):
        return is_plain(node.value)
    if isinstance(node, facts.Compound):
        return node.operator in ("Add", "Sub", "Mult") and all(map(is_plain, node.parts))
    return isinstance(node, facts.Literal)


def alike(one: facts.Expr, other: facts.Expr) -> bool:
    """Whether two expressions are written alike."""
    if isinstance(one, facts.Name) and isinstance(other, facts.Name):
        return one.id == other.id
    if isinstance(one, facts.Attribute) and isinstance(other, facts.Attribute):
        return one.name == other.name and alike(one.value, other.value)
    if isinstance(one, facts.Item) and isinstance(other, facts.Item):
        return alike(one.value, other.value) and alike(one.index, other.index)
    if isinstance(one, facts.Display) and isinstance(other, facts.Display):
        pairs = zip(one.items, other.items, strict=False)
        return len(one.items) == len(other.items) and all(alike(a, b) for a, b in pairs)
    if isinstance(one, facts.Literal) and isinstance(other, facts.Literal):
        return one.value == other.value
    return False


def substituted(node: facts.Expr, aliases: Mapping[str, facts.Expr]) -> facts.Expr:
    """An expression with what names stand for in their place."""
    if not aliases:
        return node
    if isinstance(node, facts.Name):
        return aliases.get(node.id, node)
    if isinstance(node, facts.Attribute):
        return facts.Attribute(substituted(node.value, aliases), node.name, node.at)
    if isinstance(node, facts.Compound):
        return facts.Compound(tuple(substituted(part, aliases) for part in node.parts), node.operator)
    if isinstance(node, facts.Compare):
        left, right = substituted(node.left, aliases), substituted(node.right, aliases)
        return facts.Compare(left, node.operator, right, node.at)
    if isinstance(node, facts.Choice):
        options = tuple(substituted(part, aliases) for part in node.options)
        return facts.Choice(options, tuple(substituted(part, aliases) for part in node.tests))
    return node


def is_number(node: facts.Expr) -> bool:
    """A number as it is written (of a fraction nothing is kept)."""
    return node is facts.NOTHING or (isinstance(node, facts.Literal) and isinstance(node.value, int))
