"""The entry point: `--version` at once, everything else through `cli`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> int:
    """Run the command line; the result is the exit code."""
    if sys.argv[1:] == ["--version"]:
        from nplusone_lint import __version__

        print(f"nplusone-lint {__version__}")
        return 0
    from nplusone_lint.cli import main as run

    return run()


def entry() -> NoReturn:
    """Run the command line and end the process at once: taking a large program apart again serves nobody."""
    code = main()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:  # whoever read has gone
        code = code or 2
    os._exit(code)


if __name__ == "__main__":
    if sys.path and sys.path[0] in ("", os.getcwd()):
        # `python -m` puts the working directory first: a `click.py` of the scanned project must not run
        del sys.path[0]
    entry()
