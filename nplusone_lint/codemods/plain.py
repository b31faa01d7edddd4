"""Plain expressions: what may be evaluated at another place, or twice, if nothing that it names has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libcst


def is_plain(node: libcst.CSTNode, *, calls: bool = False) -> bool:
    """Names, attributes, constants, comparisons and f-strings of them; with `calls`, calls and subscripts, too.

    Whether an attribute is a property, and what a call does, is for others to say.
    """
    import libcst

    if isinstance(node, libcst.Name | libcst.Integer | libcst.Float | libcst.SimpleString | libcst.FormattedStringText):
        return True
    if isinstance(node, libcst.Attribute):
        return is_plain(node.value, calls=calls)
    if isinstance(node, libcst.Comparison):
        parts = [node.left, *(part.comparator for part in node.comparisons)]
        return all(is_plain(part, calls=calls) for part in parts)
    if isinstance(node, libcst.BooleanOperation):
        return is_plain(node.left, calls=calls) and is_plain(node.right, calls=calls)
    if isinstance(node, libcst.UnaryOperation):
        return is_plain(node.expression, calls=calls)
    if isinstance(node, libcst.Tuple | libcst.List | libcst.Set):
        return all(
            isinstance(element, libcst.Element) and is_plain(element.value, calls=calls) for element in node.elements
        )
    if isinstance(node, libcst.FormattedString):
        return all(is_plain(part, calls=calls) for part in node.parts)
    if isinstance(node, libcst.FormattedStringExpression):
        specs = node.format_spec or ()
        return is_plain(node.expression, calls=calls) and all(is_plain(part, calls=calls) for part in specs)
    if not calls:
        return False
    if isinstance(node, libcst.BinaryOperation):
        return is_plain(node.left, calls=calls) and is_plain(node.right, calls=calls)
    if isinstance(node, libcst.Call):
        given = all(not arg.star and is_plain(arg.value, calls=calls) for arg in node.args)
        return given and is_plain(node.func, calls=calls)
    if isinstance(node, libcst.Subscript):
        inside = [element.slice for element in node.slice]
        whole = all(isinstance(part, libcst.Index) and is_plain(part.value, calls=calls) for part in inside)
        return whole and is_plain(node.value, calls=calls)
    return False


def names_in(node: libcst.CSTNode) -> frozenset[str]:
    """The names that an expression reads."""
    import libcst

    if isinstance(node, libcst.Name):
        return frozenset({node.value})
    if isinstance(node, libcst.Attribute):
        return names_in(node.value)
    if isinstance(node, libcst.Arg):
        return names_in(node.value)
    found: frozenset[str] = frozenset()
    for child in node.children:
        found |= names_in(child)
    return found
