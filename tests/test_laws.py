"""The laws of the project that no compiler holds: names, codes, manuals, messages, and that fixtures are there."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import expect
import pytest
import story

import nplusone_lint
from nplusone_lint.rule import Rule
from nplusone_lint.rules.catalogue import RULES

PACKAGE = Path(nplusone_lint.__file__).parent
FIXTURES = Path(__file__).parents[1] / "fixtures"

CATALOGUE = {
    "NPO101": "query-in-loop",
    "NPO102": "lazy-load-in-loop",
    "NPO103": "count-in-loop",
    "NPO104": "write-in-loop",
    "NPO105": "commit-in-loop",
    "NPO106": "cache-call-in-loop",
    "NPO107": "remote-call-in-loop",
    "NPO108": "lazy-load-in-serializer",
    "NPO109": "lazy-load-in-template",
    "NPO110": "lazy-load-in-admin",
    "NPO111": "query-in-resolver",
    "NPO112": "prefetch-bypassed",
    "NPO113": "loop-invariant-query",
    "NPO201": "redundant-touch",
    "NPO202": "redundant-refresh",
    "NPO203": "requery-of-loaded-row",
    "NPO204": "repeated-query",
    "NPO205": "eager-load-queried-again",
    "NPO206": "unused-eager-load",
    "NPO207": "foreign-object-for-its-key",
    "NPO208": "discarded-query",
    "NPO301": "sequential-awaits",
    "NPO302": "await-in-loop",
    "NPO303": "awaited-notification",
    "NPO304": "gather-on-shared-session",
    "NPO305": "unbounded-gather",
    "NPO401": "count-by-len",
    "NPO402": "aggregate-in-python",
    "NPO403": "filter-in-python",
    "NPO404": "exists-by-fetch",
    "NPO405": "group-in-python",
    "NPO406": "sort-in-python",
    "NPO407": "count-through-subquery",
    "NPO408": "unbounded-load",
    "NPO409": "distinct-in-python",
    "NPO410": "whole-row-for-few-columns",
    "NPO501": "cascading-eager-load",
    "NPO502": "missing-index",
    "NPO503": "unindexed-foreign-key",
    "NPO504": "deep-offset",
    "NPO505": "uncached-lookup",
    "NPO900": "unused-suppression",
    "NPO901": "unreadable-file",
}
"""The codes of DESIGN section 6. A code is a contract: never reused, never renamed."""

PREVIEW = {"NPO408", "NPO410", "NPO501", "NPO502", "NPO503", "NPO504", "NPO505"}

SECTIONS = ["What it does", "Why it matters", "Example", "Fix safety", "When it stays quiet"]

VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "misc", "common"}

QUIET = re.compile(r"^\s*# quiet: \S", re.MULTILINE)
CODE_SPAN = re.compile(r"`[^`]+`")
CODE_LIKE = re.compile(r"\w\(|[^\W\d]\.[^\W\d]|\w_\w")
"""A call, an attribute, a snake_case name: what must stand in backticks."""

LIBRARIES = [path for path in sorted((PACKAGE / "libraries").glob("*.py")) if not path.stem.startswith("__")]
RULE_FILES = [path for path in sorted((PACKAGE / "rules").glob("*.py")) if not path.stem.startswith("__")]
STORIES = sorted(FIXTURES.glob("rules/*/*.py"))

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def file_name(rule: Rule) -> str:
    return rule.name.replace("-", "_")


def story_name(path: Path) -> str:
    return path.relative_to(FIXTURES).as_posix()


def test_one_rule_per_file_and_one_file_per_rule() -> None:
    names = [path.stem for path in RULE_FILES if path.stem != "catalogue"]
    assert sorted(file_name(rule) for rule in RULES) == names


@every_rule
def test_a_rule_is_the_value_of_its_file(rule: Rule) -> None:
    module = import_module(f"nplusone_lint.rules.{file_name(rule)}")
    assert rule == module.RULE
    assert rule.manual == module.__doc__


@every_rule
def test_label(rule: Rule) -> None:
    assert CATALOGUE.get(rule.code) == rule.name, "codes and names are those of DESIGN section 6"
    assert rule.preview == (rule.code in PREVIEW)
    assert rule.summary[0].islower() or rule.summary[0] == "`"
    assert not rule.summary.endswith(".")
    assert "\n" not in rule.summary
    assert rule.url.startswith("https://")
    assert rule.url.endswith(rule.name)


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


@every_rule
def test_manual_has_its_sections_in_order(rule: Rule) -> None:
    assert re.findall(r"^## (.+)$", rule.manual, re.MULTILINE) == SECTIONS
    bodies = re.split(r"^## .+$", rule.manual, flags=re.MULTILINE)[1:]
    assert all(body.strip() for body in bodies)


@every_rule
def test_a_rule_fires_and_stays_quiet_in_its_fixtures(rule: Rule) -> None:
    texts = [expect.read(path) for path in (FIXTURES / "rules" / file_name(rule)).glob("*.py")]
    marks = [mark for text in texts for section in story.parse(text).sections for mark in section.marks]
    assert any(mark.words.startswith(rule.code) for mark in marks), "no fixture shows the rule fire"
    assert any(QUIET.search(text) for text in texts), "no fixture has a line `# quiet: reason`"


@pytest.mark.parametrize("path", STORIES, ids=story_name)
def test_messages_keep_the_grammar(path: Path) -> None:
    sections = story.parse(expect.read(path)).sections
    messages = [match["message"] for section in sections for mark in section.marks
                if (match := story.CODE.fullmatch(mark.words))]  # fmt: skip
    for message in messages:
        assert message[0].islower() or message[0] == "`", f"starts in lower case: {message}"
        assert not message.endswith("."), f"has no final period: {message}"
        assert message.count("`") % 2 == 0, f"closes its backticks: {message}"
        assert not CODE_LIKE.search(CODE_SPAN.sub("", message)), f"has its code in backticks: {message}"


@pytest.mark.parametrize("path", LIBRARIES, ids=lambda path: path.stem)
def test_a_library_has_fixtures(path: Path) -> None:
    if hasattr(import_module(f"nplusone_lint.libraries.{path.stem}"), "LIBRARY"):
        assert list((FIXTURES / "libraries" / path.stem).glob("*.py"))


def test_fixture_folders_are_named_after_what_they_test() -> None:
    rules = {path.name for path in FIXTURES.glob("rules/*")}
    libraries = {path.name for path in FIXTURES.glob("libraries/*")}
    assert rules <= {file_name(rule) for rule in RULES}
    assert libraries <= {path.stem for path in LIBRARIES}


def test_no_file_has_a_vague_name() -> None:
    assert not {path.stem for path in PACKAGE.rglob("*")} & VAGUE


def is_declaration(node: ast.stmt) -> bool:
    """An import, a constant, a definition, a docstring, or imports for the type checker alone."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING" and all(map(is_declaration, node.body))
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    declarations = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef)
    return isinstance(node, declarations)


@pytest.mark.parametrize("path", [*RULE_FILES, *LIBRARIES], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_happens_at_import(path: Path) -> None:
    statements = ast.parse(path.read_bytes()).body
    assert [ast.unparse(node) for node in statements if not is_declaration(node)] == []
