"""Requests over HTTP, as the client libraries share them: which of them only read.

https://www.rfc-editor.org/rfc/rfc9110#name-safe-methods
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Invocation
from nplusone_lint.roundtrip import RoundTrip

READ = RoundTrip("request", "http", reads=True)
REQUEST = RoundTrip("request", "http")
READS = "get options head"
WRITES = "post put patch delete"


def named(call: Invocation) -> RoundTrip:
    """`client.request("GET", url)`: the first argument says what it does."""
    return READ if call.text(0, "method").lower() in READS.split() else REQUEST
