"""Looks at something in the moment when an application starts to answer a request."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class AnswerWatch:
    """Wraps an ASGI application; `seen` is what `look` gave when the last answer left.

    What the application does after its answer, in the background, comes too late to be seen.
    """

    def __init__(self, app: ASGIApp, look: Callable[[], int]) -> None:
        self.seen = 0
        self._app = app
        self._look = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.seen = self._look()
            await send(message)

        await self._app(scope, receive, watched)
