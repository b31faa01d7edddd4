"""nplusone-lint: finds where a Python program makes N round trips and one would do."""

__version__ = "0.1.0"
