"""Options of the command line that several commands share, or that take more than one word apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from nplusone_lint.config_values import ConfigError, check_glob
from nplusone_lint.report.safe import safe


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
