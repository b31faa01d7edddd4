"""The entry point: `--version` at once, everything else through `cli`."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; the result is the exit code."""
    if sys.argv[1:] == ["--version"]:
        from nplusone_lint import __version__

        print(f"nplusone-lint {__version__}")
        return 0
    from nplusone_lint.cli import main as run

    return run()


if __name__ == "__main__":
    if sys.path and sys.path[0] in ("", os.getcwd()):
        # `python -m` puts the working directory first: a `click.py` of the scanned project must not run
        del sys.path[0]
    sys.exit(main())
