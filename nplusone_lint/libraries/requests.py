"""requests 2.x: module functions open a new connection for every call, a `Session` keeps its connections.

HTTP has no bulk form of its own: whether one request can serve many keys is for the server's API to say.

https://requests.readthedocs.io/en/latest/api/
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

SESSION = "requests.Session"
REQUEST = RoundTrip("request", "http")
VERBS = "get options head post put patch delete request"

SESSION_TYPE = Type(
    SESSION,
    (
        *methods(VERBS, REQUEST),  # session.get(url)
        Method("send", REQUEST),  # session.send(session.prepare_request(request))
        *methods("prepare_request get_adapter"),
        *methods("mount close", returns="nothing"),
    ),
    aka=(
        "requests.sessions.Session",
        "requests_oauthlib.OAuth1Session",
        "requests_oauthlib.OAuth2Session",
        "requests_toolbelt.sessions.BaseUrlSession",
    ),
)

FUNCTIONS = (
    # requests.get(url)
    *(Method(f"{module}.{verb}", REQUEST) for module in ("requests", "requests.api") for verb in VERBS.split()),
    *methods("requests.session requests.sessions.session", returns=f"handle:{SESSION}"),
)

LIBRARY = Library("requests", ("requests", "requests_oauthlib", "requests_toolbelt"), (SESSION_TYPE,), FUNCTIONS)
