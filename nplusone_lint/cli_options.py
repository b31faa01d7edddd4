"""Options of the command line that several commands share, or that take more than one word apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from nplusone_lint import config
from nplusone_lint.config_values import ConfigError, check_glob
from nplusone_lint.report.safe import safe


def complain(words: str, kind: str = "error") -> None:
    """One line on standard error."""
    click.echo(f"{kind}: {safe(words)}", err=True)


def split_commas(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a repeatable comma list."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def rule_list(name: str, words: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option that takes rules, by code, prefix or name."""
    return click.option(name, multiple=True, callback=split_commas, metavar="RULES", help=words)


def split_per_file(pair: str) -> tuple[str, tuple[str, ...]]:
    """`tests/*:NPO101` as a pattern and its rule."""
    glob, colon, code = pair.rpartition(":")
    if not colon or not glob or not code:
        raise click.UsageError(f"--per-file-ignores takes GLOB:RULE, not `{safe(pair)}`")
    try:
        return check_glob(glob), (code,)
    except ConfigError as error:
        raise click.UsageError(f"--per-file-ignores {error}") from None


def text_or_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option of the commands that print the catalogue."""
    choice = click.Choice(("text", "json"))
    return click.option("--output-format", type=choice, default="text", help="How it is written.")(command)


CHECK_OPTIONS = (
    rule_list("--select", "Rules to run, instead of those of the configuration (comma list)."),
    rule_list("--extend-select", "Rules to run on top of the others."),
    rule_list("--ignore", "Rules to leave out."),
    click.option(
        "--per-file-ignores",
        multiple=True,
        callback=split_commas,
        metavar="GLOB:RULE",
        help="Rules to leave out in some files.",
    ),
    click.option(
        "--min-confidence", type=click.Choice(tuple(config.CONFIDENCES)), help="Show no less certain findings."
    ),
    click.option("--preview", is_flag=True, default=None, help="Run preview rules, too."),
    click.option("--include-tests", is_flag=True, default=None, help="Analyse test files, too."),
    click.option("--include-migrations", is_flag=True, default=None, help="Analyse database migrations, too."),
    click.option("--fix/--no-fix", default=None, help="Apply the fixes that keep behaviour as it is."),
    click.option(
        "--unsafe-fixes/--no-unsafe-fixes", default=None, help="Apply fixes that may change behaviour a little, too."
    ),
    click.option("--diff", is_flag=True, help="Show what would be fixed as a diff, and write nothing."),
    click.option("--fix-only/--no-fix-only", default=None, help="Apply fixes, and do not speak of what is left."),
    click.option("--show-fixes/--no-show-fixes", default=None, help="List the fixes that were applied."),
    click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 when something was fixed."),
    click.option("--output-format", type=click.Choice(config.FORMATS), help="How findings are written."),
    click.option(
        "-o", "--output-file", type=click.Path(), help="Where findings are written, instead of standard output."
    ),
    click.option("--statistics", is_flag=True, help="Count findings for each rule instead of showing them."),
    click.option("-e", "--exit-zero", is_flag=True, help="Exit with 0 even when there are findings."),
    click.option(
        "--config", "config_file", type=click.Path(exists=True, dir_okay=False), help="Configuration file to use."
    ),
    click.option("--isolated", is_flag=True, help="Ignore all configuration files."),
    click.option("--stdin-filename", metavar="NAME", help="The name of what is read from standard input (path `-`)."),
    click.option("-n", "--no-cache", is_flag=True, help="Neither read nor write the cache (this version keeps none)."),
    click.option("--cache-dir", type=click.Path(file_okay=False), help="Where the cache is (this version keeps none)."),
    click.option("--jobs", type=click.IntRange(min=1), help="How many processes at most (this version uses one)."),
    click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="Colour the output."),
    click.option("-q", "--quiet", is_flag=True, help="Show findings and errors only."),
    click.option("-v", "--verbose", is_flag=True, help="Show what was done, and tracebacks of internal errors."),
)


def check_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `check`, in the order in which its help shows them."""
    for option in reversed(CHECK_OPTIONS):
        command = option(command)
    return command
