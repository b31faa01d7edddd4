"""Two commands for a machine that has nothing but Python and git; a third for whoever changes the code.

    python3 dev.py systems   run the linter on the five example programs in fixtures/systems
    python3 dev.py test      run the tests (further words go to pytest)
    python3 dev.py check     run ruff and mypy on the code itself

Each makes a virtual environment first, in `.venv` or where `--venv` says, and installs into it what it needs.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 10)
INSTALLS = {"systems": ".", "test": ".[test]", "check": ".[dev]"}


def main(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="where the virtual environment is")
    parser.add_argument("command", choices=tuple(INSTALLS))
    options, words = parser.parse_known_args(arguments)
    python = environment(options.venv.resolve(), INSTALLS[options.command])
    codes = [run([python, *command]) for command in commands(options.command, words)]
    return next((code for code in codes if code), 0)


def commands(name: str, words: Sequence[str]) -> list[list[str]]:
    """What each command runs with the Python of the virtual environment."""
    if name == "systems":
        return [["-m", "nplusone_lint", "check", *words, "fixtures/systems"]]
    if name == "test":
        return [["-m", "pytest", *words]]
    return [["-m", "ruff", "check"], ["-m", "ruff", "format", "--check"], ["-m", "mypy"]]


def environment(folder: Path, requirement: str) -> str:
    """The Python of a virtual environment that has the requirement; made or brought up to date if need be."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        print(f"making {folder} with Python {sys.version.split()[0]}", flush=True)
        venv.create(folder, with_pip=True, symlinks=sys.platform != "win32")
    done = folder / "installed.txt"
    wanted = f"{requirement} {hashlib.sha256((ROOT / 'pyproject.toml').read_bytes()).hexdigest()}"
    if done.exists() and wanted in done.read_text(encoding="utf-8").splitlines():
        return str(python)
    print(f"installing {requirement}", flush=True)
    install = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--editable", requirement]
    if code := run(install):
        sys.exit(code)
    with done.open("a", encoding="utf-8") as file:
        file.write(f"{wanted}\n")
    return str(python)


def run(command: Sequence[str]) -> int:
    """Run a command in the repository and give its exit code."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        sys.exit(f"needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}")
    sys.exit(main(sys.argv[1:]))
