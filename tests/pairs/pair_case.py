"""A case of `fixtures/fixes`: code as a developer wrote it, and in its first lines what its fix must be.

    # world: sqlalchemy_sync          the libraries and models; `shop/models.py` beside the code
    # code: NPO101                    the findings, of which none may be left by the fix
    # expect: safe                    or `unsafe`, `refused: words of the reason`, `not safe: why`, `quiet: why`
    # counts: trips                   what must not grow (or `objects`, `commits`, `waits`); `trips, fewer`: shrinks;
                                      `raises`: what raised no longer does; `nothing`: dead code goes

The rest of the file up to the next `# --- path`, which opens another module, is `shop/case.py`. The last module is
`runs.py`: it is hidden from the linter. Its functions are called, each on fresh data, with what the world gives and
with N. `run` itself is what is counted. Of all of them the answers, exceptions and what is left in the database must
be the same, but for those named `run_differs…`, which show why a fix is unsafe: theirs must differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FIXES = Path(__file__).resolve().parents[2] / "fixtures" / "fixes"
HEADER = re.compile(r"# (world|code|expect|counts): (.+)")
MODULE = re.compile(r"^# --- (\S+)\n", re.MULTILINE)
VERDICTS = ("safe", "unsafe", "refused", "not safe", "quiet")


@dataclass(frozen=True)
class Case:
    """One file, taken apart."""

    name: str
    world: str
    codes: tuple[str, ...]
    expect: str
    words: str
    measure: str
    fewer: bool
    files: dict[str, str]
    runs: str

    def write(self, folder: Path) -> Path:
        """Lay the code out with the models of its world, and beside it what calls it. Gives the folder of the code."""
        models = (FIXES / "worlds" / f"{self.world}.py").read_text(encoding="utf-8")
        files = {"shop/__init__.py": "", "shop/models.py": models, **self.files}
        for name, content in {**{f"code/{name}": files[name] for name in files}, "runs.py": self.runs}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8")
        return folder / "code"


def read_case(path: Path) -> Case:
    text = path.read_text(encoding="utf-8")
    fields: dict[str, str] = {}
    for line in text.splitlines():
        if not (match := HEADER.fullmatch(line)):
            break
        fields[match[1]] = match[2]
    expect, _, words = fields["expect"].partition(": ")
    assert expect in VERDICTS, f"{path}: `expect` is one of {', '.join(VERDICTS)}"
    measure, _, fewer = fields.get("counts", "trips").partition(", ")
    first, *others = MODULE.split(text)
    files = {"shop/case.py": first, **dict(zip(others[::2], others[1::2], strict=True))}
    runs = files.pop("runs.py")
    codes = tuple(fields["code"].split(", "))
    name = path.relative_to(FIXES).as_posix()
    return Case(name, fields["world"], codes, expect, words, measure, fewer == "fewer", files, runs)


def all_cases() -> list[Case]:
    return [read_case(path) for path in sorted(FIXES.glob("*/*.py")) if path.parent.name != "worlds"]


def pending() -> set[str]:
    """The cases whose fix does not exist yet: a list that must shrink."""
    lines = (FIXES / "PENDING").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}
