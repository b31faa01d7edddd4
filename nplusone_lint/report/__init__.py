"""How a report is said: one file per format, each with `render(run) -> str`."""
