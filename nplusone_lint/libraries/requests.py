"""requests 2.x: module functions open a new connection for every call, a `Session` keeps its connections.

HTTP has no bulk form of its own: whether one request can serve many keys is for the server's API to say.

https://requests.readthedocs.io/en/latest/api/
"""

from __future__ import annotations

from nplusone_lint.libraries.http_requests import READ, READS, REQUEST, WRITES, named
from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods

SESSION = "requests.Session"
RESPONSE = "external:requests.Response"
MODULES = ("requests", "requests.api")

SESSION_TYPE = Type(
    SESSION,
    (
        *methods(READS, READ, RESPONSE),  # session.get(url)
        *methods(WRITES, REQUEST, RESPONSE),  # session.post(url)
        Method("request", named, RESPONSE),  # session.request("GET", url)
        Method("send", REQUEST, RESPONSE),  # session.send(session.prepare_request(request))
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
    *(Method(f"{module}.{verb}", READ, RESPONSE) for module in MODULES for verb in READS.split()),  # requests.get(url)
    *(
        Method(f"{module}.{verb}", REQUEST, RESPONSE) for module in MODULES for verb in WRITES.split()
    ),  # requests.post(url)
    *(Method(f"{module}.request", named, RESPONSE) for module in MODULES),  # requests.request("GET", url)
    *methods("requests.session requests.sessions.session", returns=f"handle:{SESSION}"),
)

LIBRARY = Library(
    "requests",
    ("requests", "requests_oauthlib", "requests_toolbelt"),
    (SESSION_TYPE,),
    FUNCTIONS,
    harmless=("requests.Response.*",),
)
