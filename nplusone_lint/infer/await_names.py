"""What the names of awaited calls tell of calls of which nothing else is known: that they read, or that order matters."""

from __future__ import annotations

import itertools
import re

READS = frozenset("""
    get fetch list load read search query find count download json text resolve generate embed retrieve lookup look
    calculate compute estimate predict classify summarize translate check is has exists exist describe scan select
    scrape collect request detect analyze analyse inspect probe ping head options complete
    completion completions rerank transcribe gather aget afetch alist afind ainvoke agenerate aread ajson first
    total aggregate distinct geocode suggest recommend score price quote balance
""".split())  # fmt: skip
"""Verbs that ask and change nothing; of a call that is not known, its name must begin with one."""

WRITES = frozenset("""
    create add insert update upsert delete remove save set put post patch write store send publish emit notify push
    enqueue dispatch commit flush rollback submit cancel close open start stop connect disconnect register unregister
    subscribe unsubscribe edit reply respond answer ban unban kick mute unmute move rename copy upload mark record log
    track increment incr decrement reset clear purge sync lock unlock acquire release wait sleep init initialize
    initialise setup teardown migrate install uninstall apply trigger pay charge transfer sign login logout auth
    authenticate authorize approve reject accept join leave ensure validate verify require assert prepare begin end
    enter exit drop truncate alter grant revoke enable disable pause resume restart shutdown kill terminate spawn
    consume ack nack receive recv next pop click fill type press goto navigate hover focus screenshot play speak say
    respawn schedule deploy build consumes drain invalidate warm refresh
    persist archive restore import export backup link unlink attach detach bind unbind assign claim reserve book order
    buy sell trade vote like follow unfollow block unblock report flag delegate print show display confirm ask
    input select_option react pin unpin chunk typing defer aclose put_nowait touch seek tell
""".split())  # fmt: skip
"""Verbs that change something, or whose order somebody may see."""

RECKONED = frozenset("""
    decode encode decrypt parse render serialize deserialize dump dumps loads convert format compress decompress to from
    pack unpack validate json_loads sleep
""".split())
"""Verbs of what is reckoned in the process: nothing is gained where these run together."""

BODY = frozenset({"json", "text", "read", "body", "content", "aread", "form", "bytes", "iter_content"})

ACTS = WRITES | frozenset("run execute exec perform process handle do on invoke call make benchmark bench measure test time profile".split())
"""… and verbs that may do anything."""

ORDERED = frozenset("""
    reader writer stream websocket ws sock socket serial queue inbox mailbox channel_layer page browser tab frame
    locator element driver player voice file fp fh fileobj upload uploaded_file stdin stdout stderr proc process
    request req event lock semaphore condition barrier modbus mqtt pubsub receiver websock conversation conv dialog
    terminal shell ssh sftp pipe pipeline transport protocol port device
""".split())  # fmt: skip
"""What is asked one thing after the other: streams, queues, browsers, devices; a request whose body has come."""

SETTING_UP = re.compile(
    r"^_*(async_|on_|a)?(set_?up|tear_?down|startup|shutdown|init|initiali[sz]e|start|stop|close|connect|disconnect|"
    r"lifespan|aenter__|aexit__|open|login|ready|seed|bootstrap|configure|migrate|upgrade|downgrade)"
    r"(_(app|db|database|client|clients|connection|connections|entry|platform|all|event|server|bot|hook))?$"
)
"""Functions that run once: nobody waits for them."""
SOLVED_BY_TESTS = re.compile(r"(^|/)(tests?|testing|conftest\.py$|test_[^/]*\.py$|[^/]*_test\.py$)")


def words_of(path: str) -> list[str]:
    """The words of the last name of a path: `get`, `user`, `by`, `id`."""
    last = path.rpartition(".")[2].removesuffix("()").removesuffix("[]")
    last = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last)
    return [word for word in last.strip("_").lower().split("_") if word and word not in ("async", "a")]


def reads_by_name(path: str) -> bool:
    """Whether a call of which nothing is known reads, as it is called: `bot.get_group_list`."""
    words = words_of(path)
    then = {after for word, after in itertools.pairwise(words) if word in ("or", "and")}  # get_or_create
    return bool(words) and words[0] in READS and WRITES.isdisjoint(then) and not is_ordered(path)


def writes_by_name(path: str) -> bool:
    """Whether the name of a call tells of something that changes, or must keep its order."""
    words = words_of(path)
    return bool(words) and (words[0] in WRITES or is_ordered(path))


def is_reckoned(path: str) -> bool:
    """Whether a call is, by its name, one that works in the process only."""
    words = words_of(path)
    return bool(words) and words[0] in RECKONED


def is_of_one_body(first: str, second: str) -> bool:
    """`response.text` and `response.json`: what is read is the same."""
    owner, _, name = first.rpartition(".")
    other_owner, _, other = second.rpartition(".")
    return owner == other_owner and name in BODY and other in BODY


def acts_by_name(path: str) -> bool:
    """Whether a function's name tells that it does something, and does not merely give something."""
    words = words_of(path)
    return bool(words) and (words[0] in ACTS or is_ordered(path))


def is_ordered(path: str) -> bool:
    """Whether a call goes to something that is asked one thing after the other: `reader.read`."""
    owners = path.split(".")[:-1]
    for owner in owners[-1:]:
        bare = owner.strip("_").lower().removesuffix("()").removesuffix("[]")
        if bare in ORDERED or any(bare.endswith(f"_{word}") for word in ORDERED):
            return True
    return False
