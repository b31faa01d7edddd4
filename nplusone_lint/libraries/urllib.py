"""The standard library's HTTP clients: `urllib.request` opens a new connection for every call, `http.client` keeps one.

https://docs.python.org/3/library/urllib.request.html
https://docs.python.org/3/library/http.client.html
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

OPENER = "urllib.request.OpenerDirector"
CONNECTION = "http.client.HTTPConnection"
REQUEST = RoundTrip("request", "http")

OPENER_TYPE = Type(OPENER, (Method("open", REQUEST),))  # build_opener().open(url)
CONNECTION_TYPE = Type(
    CONNECTION,
    (
        Method("request", REQUEST),  # connection.request("GET", "/books")
        *methods("getresponse putrequest putheader endheaders send connect"),
        *methods("set_debuglevel set_tunnel close", returns="nothing"),
    ),
    aka=("http.client.HTTPSConnection",),
)

FUNCTIONS = (
    *methods("urllib.request.urlopen urllib.request.urlretrieve", REQUEST),  # urlopen(url).read()
    Method("urllib.request.build_opener", returns=f"handle:{OPENER}"),
)

LIBRARY = Library("urllib", ("urllib", "http"), (OPENER_TYPE, CONNECTION_TYPE), FUNCTIONS)
