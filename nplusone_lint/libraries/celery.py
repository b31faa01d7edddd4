"""Celery: tasks handed to a broker, for a worker to run.

A decorated function stays what it was when it is called; `delay` and `apply_async` send one message each (three
commands each where a Redis backend keeps results). A signature (`task.s(…)`) sends nothing by itself. `group` and
`chord` still send one message per signature, in one call; only `chunks` puts many calls into one message, and makes
one task of them: so it is no bulk form of the same thing.

https://docs.celeryq.dev/en/stable/userguide/calling.html
https://docs.celeryq.dev/en/stable/userguide/canvas.html
https://docs.celeryq.dev/en/stable/userguide/tasks.html
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

APP = "celery.Celery"
TASK = "celery.Task"
SIGNATURE = "celery.canvas.Signature"
CANVAS = "celery.group"
RESULT = "celery.result.AsyncResult"

DISPATCH = RoundTrip("dispatch", "broker")

# send_mail.delay(key), send_mail.apply_async((key,), countdown=60)
DISPATCHES = methods("delay apply_async", DISPATCH, f"handle:{RESULT}")

APP_TYPE = Type(
    APP,
    (
        # app.send_task("shop.send_mail", args=[key])
        Method("send_task", DISPATCH, f"handle:{RESULT}"),
        Method("signature", returns=f"handle:{SIGNATURE}"),  # app.signature("shop.send_mail", args=[key])
        Method("task"),  # @app.task
    ),
    aka=("celery.app.base.Celery", "celery.app.Celery", "celery.current_app"),
)
TASK_TYPE = Type(
    TASK,
    (
        *DISPATCHES,
        *methods("s si signature subtask map starmap", returns=f"handle:{SIGNATURE}"),  # send_mail.s(key)
        Method("chunks", returns=f"handle:{CANVAS}"),  # send_mail.chunks(zip(keys), 100)
        Method("apply"),  # send_mail.apply((key,)) runs it here
        *methods("retry replace"),  # self.retry(exc=error): the task itself, sent once more
    ),
    aka=("celery.app.task.Task", "celery.task.Task", "celery.task.base.Task"),
)
SIGNED = (
    *DISPATCHES,
    *methods("set clone link link_error", returns="same"),  # send_mail.s(key).set(countdown=60)
    Method("apply"),
)
SIGNATURE_TYPE = Type(
    SIGNATURE,
    SIGNED,  # send_mail.s(key)() runs it here
    aka=("celery.Signature", "celery.signature", "celery.subtask", "celery.canvas.signature"),
)
CANVAS_TYPE = Type(
    CANVAS,
    (*SIGNED, Method("__call__", DISPATCH, f"handle:{RESULT}")),  # chord(send_mail.s(key) for key in keys)(done.s())
    aka=(
        "celery.chain",
        "celery.chord",
        "celery.chunks",
        "celery.canvas.group",
        "celery.canvas.chain",
        "celery.canvas.chord",
        "celery.canvas.chunks",
    ),
)
# send_mail.delay(key).get(): waits for the worker, not for the way there
RESULT_TYPE = Type(
    RESULT, methods("get wait ready successful failed revoke forget"), aka=("celery.result.GroupResult",)
)

DECORATORS = {
    "celery.Celery.task": TASK,  # @app.task, @app.task(bind=True)
    "celery.shared_task": TASK,  # @shared_task
    "celery.app.shared_task": TASK,
    "celery.task.task": TASK,  # before Celery 5
    "celery.task.periodic_task": TASK,
    "celery.decorators.task": TASK,
}

LIBRARY = Library(
    "celery",
    ("celery",),
    (APP_TYPE, TASK_TYPE, SIGNATURE_TYPE, CANVAS_TYPE, RESULT_TYPE),
    decorators=DECORATORS,
    queues=("task",),  # @app.task, @shared_task
)
