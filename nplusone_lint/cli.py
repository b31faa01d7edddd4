"""The command line: arguments, exit codes, choice of reporter.

Findings go to standard output and everything else to standard error. Exit codes: 0 clean, 1 findings or an unreadable
file, 2 usage, configuration, a missing path or an internal error.
"""

from __future__ import annotations

import gc
import os
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from nplusone_lint import __version__, config
from nplusone_lint.cli_options import rule_list, split_commas, split_per_file, text_or_json
from nplusone_lint.config import Settings
from nplusone_lint.config_values import ConfigError, suggest
from nplusone_lint.discovery import MissingPath, Selection, discover
from nplusone_lint.report import formats, output
from nplusone_lint.report.output import OutputError
from nplusone_lint.report.safe import safe
from nplusone_lint.source import MAX_BYTES, Source, Unreadable, decode, read

if TYPE_CHECKING:
    from nplusone_lint.finding import Report
    from nplusone_lint.rule import Rule

PHASES = ("facts", "models", "calls", "effects", "versions")
QUIET_BEFORE_PROGRESS = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; no exception of ours ever shows a traceback unasked."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app.main(words, prog_name="nplusone-lint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 2
    except (ConfigError, MissingPath, OutputError) as error:
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


def complain(words: str, kind: str = "error") -> None:
    """One line on standard error."""
    click.echo(f"{kind}: {safe(words)}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="%(prog)s %(version)s")
def app() -> None:
    """Find where a Python program makes N round trips and one would do."""


@app.command()
@click.argument("paths", nargs=-1)
@rule_list("--select", "Rules to run, instead of those of the configuration (comma list).")
@rule_list("--extend-select", "Rules to run on top of the others.")
@rule_list("--ignore", "Rules to leave out.")
@click.option(
    "--per-file-ignores",
    multiple=True,
    callback=split_commas,
    metavar="GLOB:RULE",
    help="Rules to leave out in some files.",
)
@click.option("--min-confidence", type=click.Choice(tuple(config.CONFIDENCES)), help="Show no less certain findings.")
@click.option("--preview", is_flag=True, default=None, help="Run preview rules, too.")
@click.option("--include-tests", is_flag=True, default=None, help="Analyse test files, too.")
@click.option("--include-migrations", is_flag=True, default=None, help="Analyse database migrations, too.")
@click.option("--output-format", type=click.Choice(config.FORMATS), help="How findings are written.")
@click.option("-o", "--output-file", type=click.Path(), help="Where findings are written, instead of standard output.")
@click.option("--statistics", is_flag=True, help="Count findings for each rule instead of showing them.")
@click.option("-e", "--exit-zero", is_flag=True, help="Exit with 0 even when there are findings.")
@click.option(
    "--config", "config_file", type=click.Path(exists=True, dir_okay=False), help="Configuration file to use."
)
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
@click.option("--stdin-filename", metavar="NAME", help="The name of what is read from standard input (path `-`).")
@click.option("-n", "--no-cache", is_flag=True, help="Neither read nor write the cache (this version keeps none).")
@click.option("--cache-dir", type=click.Path(file_okay=False), help="Where the cache is (this version keeps none).")
@click.option("--jobs", type=click.IntRange(min=1), help="How many processes at most (this version uses one).")
@click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="Colour the output.")
@click.option("-q", "--quiet", is_flag=True, help="Show findings and errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Show what was done, and tracebacks of internal errors.")
def check(paths: tuple[str, ...], **options: Any) -> int:
    """Analyse files and folders (default: the working directory; `-` reads standard input)."""
    named = paths or (".",)
    settings = run_settings(named, options)
    if options["statistics"] and settings.output_format == "sarif":
        raise click.UsageError("--statistics cannot be written as sarif")
    standard_input = read_standard_input(named, options["stdin_filename"])
    selection = Selection([]) if standard_input else discover(named, settings)
    output.guard(options["output_file"], selection.files)
    if not options["quiet"] and not standard_input:
        warn_of_empty(selection)
    report = analyse(selection, standard_input, settings, quiet=options["quiet"])
    show(report, standard_input, settings, options)
    if not options["quiet"]:
        summarise(report, settings, verbose=options["verbose"])
    return 1 if report.findings and not options["exit_zero"] else 0


def run_settings(paths: Sequence[str], options: dict[str, Any]) -> Settings:
    """The configuration, overridden by the command line. `--select` starts the choice of rules afresh."""
    if options["config_file"] and options["isolated"]:
        raise click.UsageError("--config and --isolated exclude each other")
    anchor = options["stdin_filename"] or "." if "-" in paths else paths[0]
    settings = config.load([anchor], config=options["config_file"], isolated=options["isolated"])
    if options["select"]:
        settings = replace(settings, select=options["select"], extend_select=(), ignore=())
    given = {
        name: options[name]
        for name in ("preview", "include_tests", "include_migrations", "output_format")
        if options[name] is not None
    }
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


def read_standard_input(paths: Sequence[str], name: str | None) -> Source | Unreadable | None:
    """The text behind the path `-`, or None when files are named."""
    if "-" not in paths:
        return None
    if len(paths) > 1:
        raise click.UsageError("`-` reads standard input and cannot be mixed with other paths")
    label = (name or "-").replace(os.sep, "/")
    if sys.stdin is None:
        return Unreadable(label, "standard input is closed")
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        return Unreadable(label, f"is larger than {MAX_BYTES // 1_000_000} MB")
    return decode(label, data)


def warn_of_empty(selection: Selection) -> None:
    """A run without files must not look like a clean one."""
    if selection.files:
        return
    hints = ["--include-tests"] * selection.left_out_tests + ["--include-migrations"] * selection.left_out_migrations
    complain("no Python files to analyse" + (f" (see {' and '.join(hints)})" if hints else ""), kind="warning")


def analyse(
    selection: Selection, standard_input: Source | Unreadable | None, settings: Settings, *, quiet: bool
) -> Report:
    """Run the engine, with a line of progress for someone who waits at a terminal."""
    from nplusone_lint import engine

    gc.disable()  # one command, then the process ends: what the run leaves behind need not be collected

    if standard_input is not None:
        return engine.check_sources([standard_input], settings)
    if quiet or not sys.stderr.isatty() or os.environ.get("CI"):
        return engine.check(selection.files, settings)
    started = time.monotonic()

    def progress(number: int, total: int) -> None:
        if number % 50 == 0 and time.monotonic() - started > QUIET_BEFORE_PROGRESS:
            click.echo(f"\r{number} of {total} files", err=True, nl=False)

    try:
        return engine.check(selection.files, settings, progress)
    finally:
        if time.monotonic() - started > QUIET_BEFORE_PROGRESS:
            click.echo("\r\x1b[K", err=True, nl=False)


def show(
    report: Report, standard_input: Source | Unreadable | None, settings: Settings, options: dict[str, Any]
) -> None:
    """Write the findings in the chosen format."""
    from nplusone_lint.report.colour import wanted
    from nplusone_lint.report.run import Run, text_reader

    output_file = options["output_file"]
    run = Run(
        report=report,
        source=text_reader(standard_input),
        rules={rule.code: rule for rule in catalogue()},
        root=settings.root,
        version=__version__,
        colour=wanted(options["color"], sys.stdout if output_file is None else None, os.environ),
        footer=not options["quiet"],
    )
    render = formats.render_statistics if options["statistics"] else formats.render
    text = render(settings.output_format, run)
    output.write(text, output_file, machine=settings.output_format not in formats.HUMAN)


def summarise(report: Report, settings: Settings, *, verbose: bool) -> None:
    """What a clean run has to say, and what `--verbose` adds."""
    if not report.findings and settings.output_format in formats.HUMAN and report.files:
        click.echo(f"no findings in {report.files} {'file' if report.files == 1 else 'files'}", err=True)
    if verbose:
        click.echo(f"project root: {safe(settings.root)}", err=True)
        click.echo(f"{report.files} files, {report.lines} lines, {report.seconds:.2f} seconds", err=True)
        for note in report.notes:
            click.echo(f"note: {safe(note)}", err=True)
        click.echo(f"{len(report.suppressed)} suppressed, {len(report.unanchored)} unanchored findings", err=True)


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
