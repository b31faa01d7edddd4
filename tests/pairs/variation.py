"""Random functions of the shapes that fixes know: other names, guards, forms, places and comments each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

NAMES = ("row", "item", "entry", "x", "one", "it")
RESULTS = ("found", "result", "lines", "out", "collected")
KEYS = ("keys", "ids", "numbers", "wanted")


@dataclass(frozen=True)
class Function:
    """One function as text. `calls` are expressions that call it, with `session` at hand."""

    name: str
    shape: str
    text: str
    calls: tuple[str, ...]


@dataclass
class Writer:
    """Collects lines, and strews comments among them, each another one."""

    random: Random
    label: str
    lines: list[str] = field(default_factory=list)
    comments: int = 0

    def write(self, depth: int, *texts: str) -> None:
        for text in texts:
            for line in text.split("\n"):
                indent = "    " * (depth + (len(line) - len(line.lstrip())) // 4)
                if self.random.random() < 0.15 and not line.strip().startswith((")", ".")):
                    self.lines.append(f"{indent}{self.comment()}")
                after = f"  {self.comment()}" if self.random.random() < 0.3 else ""
                self.lines.append(f"{indent}{line.strip()}{after}")

    def comment(self) -> str:
        self.comments += 1
        return f"# {self.label} says {self.comments}"

    def pick(self, options: Sequence[str]) -> str:
        return self.random.choice(options)

    def chance(self, share: float) -> bool:
        return self.random.random() < share


@dataclass(frozen=True)
class Body:
    """What a function does: statements for its body, the parameters it needs besides the session, and what it gets."""

    lines: tuple[str, ...]
    parameters: str
    arguments: tuple[str, ...]


def function(
    writer: Writer, number: int, shape: str, body: Body, session: str, kind: str = "Session", *, awaited: bool = False
) -> Function:
    """The body in a function, in a method or in a function within a function; `session` is its parameter, or ""."""
    name, define, wait = f"f{number}", "async def" if awaited else "def", "await " if awaited else ""
    place = writer.pick(("plain", "plain", "plain", "method", "inner", "block", "try"))
    first = f"{session}: {kind}" if session else ""
    parameters = ", ".join(part for part in (first, body.parameters) if part)
    calls = [", ".join(part for part in ("session" if session else "", given) if part) for given in body.arguments]
    if place == "method":
        writer.write(0, f"class Holder{number}:")
        writer.write(1, f"{define} {name}(self, {parameters}):".replace(", )", ")"))
        writer.write(2, *body.lines)
        return _made(writer, name, shape, [f"Holder{number}().{name}({given})" for given in calls])
    writer.write(0, f"{define} {name}({parameters}):")
    if place == "inner":
        writer.write(1, f"{define} inner():")
        writer.write(2, *body.lines)
        writer.write(1, f"return {wait}inner()")
    elif place == "block":
        writer.write(1, f"if {name} is not None:")
        writer.write(2, *body.lines)
    elif place == "try":
        writer.write(1, "try:")
        writer.write(2, *body.lines)
        writer.write(1, "finally:")
        writer.write(2, "pass")
    else:
        writer.write(1, *body.lines)
    return _made(writer, name, shape, [f"{name}({given})" for given in calls])


def _made(writer: Writer, name: str, shape: str, calls: Sequence[str]) -> Function:
    return Function(name, shape, "\n".join(writer.lines) + "\n", tuple(calls))
