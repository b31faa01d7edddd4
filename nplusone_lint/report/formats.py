"""Which reporter writes which format; each is imported only when it is asked for."""

from __future__ import annotations

from nplusone_lint.report.run import Run

HUMAN = ("full", "concise")


def render(output_format: str, run: Run) -> str:
    """The findings in the given format."""
    if output_format in HUMAN and not run.report.findings and not run.fixed:
        return ""
    if output_format == "full":
        from nplusone_lint.report import text

        return text.render(run)
    if output_format == "concise":
        from nplusone_lint.report import concise

        return concise.render(run)
    if output_format == "sarif":
        from nplusone_lint.report import sarif

        return sarif.render(run)
    from nplusone_lint.report import json

    return json.render_lines(run) if output_format == "json-lines" else json.render(run)


def render_statistics(output_format: str, run: Run) -> str:
    """The counts, as text or as JSON."""
    from nplusone_lint.report import statistics

    return statistics.render_json(run) if output_format.startswith("json") else statistics.render(run)
