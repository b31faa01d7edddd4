"""How a message is sent to one listener: over a socket, by mail, to a hook.

https://www.starlette.io/websockets/, https://docs.aiohttp.org/en/stable/web_reference.html#websocketresponse,
https://websockets.readthedocs.io/en/stable/reference/asyncio/common.html,
https://pyzmq.readthedocs.io/en/latest/api/zmq.asyncio.html,
https://aiosmtplib.readthedocs.io/en/stable/client.html
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library

LIBRARY = Library(
    "messages",
    (),
    messages=(
        "send_json", "send_text", "send_bytes",  # websocket.send_json({"added": title}) of Starlette
        "send_str",  # socket.send_str("added") of aiohttp
        "send",  # socket.send("added") of websockets
        "send_multipart",  # socket.send_multipart([topic, body]) of ZeroMQ
        "sendmail", "send_message",  # smtp.send_message(mail) of aiosmtplib
        "post",  # client.post(hook, json=event)
    ),
)  # fmt: skip
