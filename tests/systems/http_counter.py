"""A real HTTP server on loopback that counts what it is asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str], Any]
"""From a path with its query string to a JSON value; None is a 404."""

HOLD = 0.02
"""Seconds that an answer takes, so that requests sent together do overlap."""


@dataclass
class HttpCounter:
    """The requests that came in, as (path, arrival, answer) with times of one clock."""

    url: str = ""
    requests: list[tuple[str, float, float]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def trips(self) -> int:
        return len(self.requests)

    @property
    def waits(self) -> int:
        """The longest chain of requests of which each came after the answer to the one before."""
        chain, last_end = 0, float("-inf")
        for _, start, end in sorted(self.requests, key=lambda request: request[2]):
            if start >= last_end:
                chain, last_end = chain + 1, end
        return chain

    def record(self, path: str, start: float) -> None:
        with self.lock:
            self.requests.append((path, start, time.perf_counter()))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # many may connect in the same moment


def handler_for(counter: HttpCounter, answer: Answer) -> type[BaseHTTPRequestHandler]:
    """The request handler class that answers and counts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and a small body leave in one packet

        def do_GET(self) -> None:
            start = time.perf_counter()
            time.sleep(HOLD)
            value = answer(self.path)
            body = json.dumps(value).encode()
            self.send_response(404 if value is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            counter.record(self.path, start)
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@contextmanager
def counting_server(answer: Answer) -> Iterator[HttpCounter]:
    """A server on a free port of loopback for as long as the block runs."""
    counter = HttpCounter()
    with Server(("127.0.0.1", 0), handler_for(counter, answer)) as server:
        counter.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield counter
        finally:
            server.shutdown()
            thread.join()
