"""gRPC: stubs that protoc writes, over a blocking channel or an awaited one (`grpc.aio`).

A stub's methods are the service's: each call is one RPC, and a stream is one however many messages it carries. A
channel keeps its connection. `method.future(request)` does not wait.

https://grpc.github.io/grpc/python/grpc.html
https://grpc.github.io/grpc/python/grpc_asyncio.html
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import Handle, Value

CHANNEL = "grpc.Channel"
ASYNC_CHANNEL = "grpc.aio.Channel"
CALLABLE = "grpc.UnaryUnaryMultiCallable"
ASYNC_CALLABLE = "grpc.aio.UnaryUnaryMultiCallable"
STUB = "grpc.Stub"
ASYNC_STUB = "grpc.aio.Stub"

RPC = RoundTrip("request", "rpc")
TOGETHER = "`asyncio.gather` with a semaphore"
KINDS = "unary_unary unary_stream stream_unary stream_stream"


def is_path(call: Invocation) -> bool:
    """`channel.unary_unary("/shop.Books/Get", …)`, as protoc writes it into a stub"""
    return call.text(0).startswith("/")


def stub(call: Invocation) -> Value:
    """`books_pb2_grpc.BooksStub(channel)`"""
    channel = call.argument(0, "channel")
    awaited = isinstance(channel, Handle) and channel.type == ASYNC_CHANNEL
    return Handle(ASYNC_STUB if awaited else STUB)


CHANNEL_TYPE = Type(
    CHANNEL,
    (
        *methods(KINDS, returns=f"handle:{CALLABLE}", evidence=is_path),  # channel.unary_unary("/shop.Books/Get", …)
        *methods("subscribe unsubscribe close", returns="nothing"),
    ),
)
ASYNC_CHANNEL_TYPE = Type(
    ASYNC_CHANNEL,
    (
        *methods(KINDS, returns=f"handle:{ASYNC_CALLABLE}"),
        *methods("channel_ready wait_for_state_change close", returns="nothing", awaited=True),
        Method("get_state"),
    ),
    asynchronous=True,
    tasks=True,
)
# stub.Get(request): an attribute of a stub whose source is at hand
CALLABLE_TYPE = Type(
    CALLABLE,
    (Method("__call__", RPC), Method("with_call", RPC), Method("future")),
    aka=("grpc.UnaryStreamMultiCallable", "grpc.StreamUnaryMultiCallable", "grpc.StreamStreamMultiCallable"),
)
ASYNC_CALLABLE_TYPE = Type(
    ASYNC_CALLABLE,
    (Method("__call__", RPC, batch=TOGETHER, awaited=True),),
    aka=(
        "grpc.aio.UnaryStreamMultiCallable",
        "grpc.aio.StreamUnaryMultiCallable",
        "grpc.aio.StreamStreamMultiCallable",
    ),
    asynchronous=True,
    tasks=True,
)
# a stub whose source is not at hand: protoc writes it at build time
STUB_TYPE = Type(STUB, (Method("*", RPC),), aka=("*_pb2_grpc.*Stub",))
ASYNC_STUB_TYPE = Type(ASYNC_STUB, (Method("*", RPC, batch=TOGETHER, awaited=True),), asynchronous=True, tasks=True)

FUNCTIONS = (
    *methods("grpc.insecure_channel grpc.secure_channel grpc.intercept_channel", returns=f"handle:{CHANNEL}"),
    *methods("grpc.aio.insecure_channel grpc.aio.secure_channel", returns=f"handle:{ASYNC_CHANNEL}"),
    *methods("grpc.experimental.unary_unary grpc.experimental.unary_stream", RPC),
    Method("*_pb2_grpc.*Stub", returns=stub),  # books_pb2_grpc.BooksStub(channel)
)

LIBRARY = Library(
    "grpc",
    ("grpc",),
    (CHANNEL_TYPE, ASYNC_CHANNEL_TYPE, CALLABLE_TYPE, ASYNC_CALLABLE_TYPE, STUB_TYPE, ASYNC_STUB_TYPE),
    FUNCTIONS,
)
