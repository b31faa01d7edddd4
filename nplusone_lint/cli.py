"""The command line: arguments, exit codes, choice of reporter.

Findings go to standard output and everything else to standard error. Exit codes: 0 clean, 1 findings or an unreadable
file, 2 usage, configuration, a missing path or an internal error.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from nplusone_lint import __version__, config
from nplusone_lint.cli_options import check_options, complain, split_per_file, text_or_json
from nplusone_lint.codemods.apply import WriteError
from nplusone_lint.config import Settings
from nplusone_lint.config_values import ConfigError, suggest
from nplusone_lint.discovery import MissingPath, Selection, discover
from nplusone_lint.report import output
from nplusone_lint.report.output import OutputError
from nplusone_lint.source import read

if TYPE_CHECKING:
    from nplusone_lint.rule import Rule

PHASES = ("facts", "models", "calls", "effects", "versions")
OVERRIDING = (
    *("preview", "include_tests", "include_migrations", "output_format"),
    *("fix", "fix_only", "show_fixes", "unsafe_fixes"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; no exception of ours ever shows a traceback unasked."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app.main(words, prog_name="nplusone-lint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 2
    except (ConfigError, MissingPath, OutputError, WriteError) as error:
        complain(str(error))
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:  # noqa: BLE001 (the one place that turns our own bugs into a message)
        if {"-v", "--verbose"} & set(words):
            traceback.print_exc()
        complain(f"internal error: {type(error).__name__}: {error}; please report")
        return 2
    return code if isinstance(code, int) else 0


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="%(prog)s %(version)s")
def app() -> None:
    """Find where a Python program makes N round trips and one would do."""


@app.command()
@click.argument("paths", nargs=-1)
@check_options
def check(paths: tuple[str, ...], **options: Any) -> int:
    """Analyse files and folders (default: the working directory; `-` reads standard input)."""
    named = paths or (".",)
    settings = run_settings(named, options)
    if options["statistics"] and settings.output_format == "sarif":
        raise click.UsageError("--statistics cannot be written as sarif")
    if options["diff"] and settings.show_fixes:
        raise click.UsageError("--diff cannot be used with --show-fixes")
    if "-" in named and len(named) > 1:
        raise click.UsageError("`-` reads standard input and cannot be mixed with other paths")
    standard_input = "-" in named
    selection = Selection([]) if standard_input else discover(named, settings)
    output.guard(options["output_file"], selection.files)
    if not options["quiet"] and not standard_input:
        warn_of_empty(selection)

    from nplusone_lint import cli_check

    given = cli_check.read_standard_input(options["stdin_filename"]) if standard_input else None
    return cli_check.run(cli_check.Check(settings, options, selection, given))


def run_settings(paths: Sequence[str], options: dict[str, Any]) -> Settings:
    """The configuration, overridden by the command line. `--select` starts the choice of rules afresh."""
    if options["config_file"] and options["isolated"]:
        raise click.UsageError("--config and --isolated exclude each other")
    anchor = options["stdin_filename"] or "." if "-" in paths else paths[0]
    settings = config.load([anchor], config=options["config_file"], isolated=options["isolated"])
    if options["select"]:
        settings = replace(settings, select=options["select"], extend_select=(), ignore=())
    given = {name: options[name] for name in OVERRIDING if options[name] is not None}
    if options["min_confidence"]:
        given["min_confidence"] = config.CONFIDENCES[options["min_confidence"]]
    per_file = tuple(split_per_file(pair) for pair in options["per_file_ignores"])
    settings = replace(
        settings,
        extend_select=settings.extend_select + options["extend_select"],
        ignore=settings.ignore + options["ignore"],
        per_file_ignores=settings.per_file_ignores + per_file,
        **given,
    )
    return config.validate(settings, {rule.code: rule.name for rule in catalogue()})


def warn_of_empty(selection: Selection) -> None:
    """A run without files must not look like a clean one."""
    if selection.files:
        return
    hints = ["--include-tests"] * selection.left_out_tests + ["--include-migrations"] * selection.left_out_migrations
    complain("no Python files to analyse" + (f" (see {' and '.join(hints)})" if hints else ""), kind="warning")


def catalogue() -> Sequence[Rule]:
    """Every rule, loaded only by the commands that need them."""
    from nplusone_lint.rules.catalogue import RULES

    return RULES


@app.command("rule")
@click.argument("code", required=False)
@click.option("--all", "every", is_flag=True, help="Show every rule.")
@text_or_json
def show_rule(code: str | None, every: bool, output_format: str) -> None:
    """Show the manual of a rule, by code or name."""
    from nplusone_lint.report import manuals

    if every == (code is not None):
        raise click.UsageError("give either one rule or --all")
    chosen = [rule for rule in catalogue() if every or code in (rule.code, rule.name)]
    if not chosen:
        names = [word for rule in catalogue() for word in (rule.code, rule.name)]
        raise click.UsageError(f"unknown rule `{code}`{suggest(code or '', names)}")
    as_text = output_format == "text"
    output.write(
        manuals.pages(chosen) if as_text else manuals.as_json(chosen, one=not every), None, machine=not as_text
    )


@app.command("rules")
@text_or_json
def show_rules(output_format: str) -> None:
    """List all rules."""
    from nplusone_lint.report import manuals

    as_text = output_format == "text"
    output.write(manuals.table(catalogue()) if as_text else manuals.as_json(catalogue()), None, machine=not as_text)


@app.command()
@click.argument("phase", type=click.Choice(PHASES))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("-v", "--verbose", is_flag=True, expose_value=False, help="Show tracebacks of internal errors.")
def debug(phase: str, files: tuple[str, ...]) -> int:
    """Print what one phase of the analysis found in some files; `versions` takes folders, too."""
    from nplusone_lint import engine
    from nplusone_lint.debug import PHASES as printers
    from nplusone_lint.debug import print_versions

    settings = config.load(files)
    if phase == "versions":
        output.write(print_versions(files, settings.root), None, machine=False)
        return 0
    program, unreadable = engine.build([read(path) for path in files], settings, observe=True)
    for file in unreadable:
        complain(f"{file.path}: {file.message}")
    output.write(printers[phase](program), None, machine=False)
    return 1 if unreadable else 0
