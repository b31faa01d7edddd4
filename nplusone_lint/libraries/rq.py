"""RQ and django-rq: jobs put into Redis, for a worker to run.

`enqueue` stores one job, in one pipeline; `enqueue_many` stores them all in one. A function under `@job` stays what
it was when it is called, and gets a `delay`.

https://python-rq.org/docs/
https://github.com/rq/django-rq
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

QUEUE = "rq.Queue"
JOB = "rq.job.Job"
DELAYED = "rq.decorators.job"

DISPATCH = RoundTrip("dispatch", "broker")
READ = RoundTrip("get", "broker")
REMOVAL = RoundTrip("remove", "broker")
ONE_CALL = "`enqueue_many` with `Queue.prepare_data`"

QUEUE_TYPE = Type(
    QUEUE,
    (
        # queue.enqueue(send_mail, key)
        *methods("enqueue enqueue_call enqueue_job", DISPATCH, f"handle:{JOB}", ONE_CALL),
        *methods("enqueue_in enqueue_at", DISPATCH, f"handle:{JOB}"),  # of these there is no form for many
        Method("enqueue_many", DISPATCH, batch="one `enqueue_many`"),
        Method("prepare_data"),  # Queue.prepare_data(send_mail, (key,))
        Method("fetch_job", READ, f"handle:{JOB}", "`Job.fetch_many`"),  # queue.fetch_job(key)
        *methods("get_jobs get_job_ids", READ),
        *methods("remove empty delete", REMOVAL),
    ),
    aka=("rq.queue.Queue", "django_rq.queues.DjangoRQ"),
)
JOB_TYPE = Type(
    JOB,
    (
        Method("fetch", READ, f"handle:{JOB}", "`Job.fetch_many`"),  # Job.fetch(key, connection=redis)
        Method("fetch_many", READ, batch="one `fetch_many`"),
        *methods("refresh get_status get_meta", READ),
        *methods("cancel delete", REMOVAL),
    ),
)
# @job("mails") def send_mail(key): …; send_mail.delay(key)
DELAYED_TYPE = Type(DELAYED, (Method("delay", DISPATCH, f"handle:{JOB}", ONE_CALL),), aka=("django_rq.job",))

FUNCTIONS = (
    # django_rq.get_queue("mails").enqueue(send_mail, key)
    *methods("django_rq.get_queue django_rq.queues.get_queue", returns=f"handle:{QUEUE}"),
    Method("django_rq.enqueue", DISPATCH, f"handle:{JOB}", ONE_CALL),  # django_rq.enqueue(send_mail, key)
)

LIBRARY = Library(
    "rq",
    ("rq", "django_rq"),
    (QUEUE_TYPE, JOB_TYPE, DELAYED_TYPE),
    FUNCTIONS,
    decorators={"rq.decorators.job": DELAYED, "django_rq.job": DELAYED, "django_rq.decorators.job": DELAYED},
    queues=("job",),  # @job("mails")
)
