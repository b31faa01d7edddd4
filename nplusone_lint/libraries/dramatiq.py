"""Dramatiq: actors, which a worker runs.

https://dramatiq.io/guide.html
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library

LIBRARY = Library("dramatiq", ("dramatiq",), queues=("actor",))  # @dramatiq.actor(max_retries=3)
