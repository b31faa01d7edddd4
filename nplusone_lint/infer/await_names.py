"""What the names of awaited calls tell, where nothing else is known: that they read, or that their order matters."""

from __future__ import annotations

import itertools
import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


READS = _words("""
    get fetch list load read search query find count download json text resolve generate embed retrieve lookup look
    calculate compute estimate predict classify summarize translate check is has exists exist describe scan select
    scrape collect request detect analyze analyse inspect probe ping head options complete completion completions
    rerank transcribe gather aget afetch alist afind ainvoke agenerate aread ajson first total aggregate distinct
    geocode suggest recommend score price quote balance
""")
"""Verbs that ask and change nothing; the name of a call that is not known must begin with one."""

WRITES = _words("""
    create add insert update upsert delete remove save set put post patch write store send publish emit notify push
    enqueue dispatch commit flush rollback submit cancel close open start stop connect disconnect register unregister
    subscribe unsubscribe edit reply respond answer ban unban kick mute unmute move rename copy upload mark record log
    track increment incr decrement reset clear purge sync lock unlock acquire release wait sleep init initialize
    initialise setup teardown migrate install uninstall apply trigger pay charge transfer sign login logout auth
    authenticate authorize approve reject accept join leave ensure validate verify require assert prepare begin end
    enter exit drop truncate alter grant revoke enable disable pause resume restart shutdown kill terminate spawn
    consume consumes drain ack nack receive recv next pop click fill type press goto navigate hover focus screenshot
    play speak say respawn schedule deploy build invalidate warm refresh persist archive restore import export backup
    link unlink attach detach bind unbind assign claim reserve book order buy sell trade vote like follow unfollow
    block unblock report flag delegate print show display confirm ask input react pin unpin typing defer aclose touch
    seek tell
""")
"""Verbs that change something, or whose order somebody may see."""

ACTS = WRITES | _words("""
    run execute exec perform process handle do on invoke call make benchmark bench measure test time profile main
""")
"""… and verbs that may do anything."""

RECKONED = _words("""
    decode encode decrypt parse render serialize deserialize dump dumps loads convert format compress decompress to from
    pack unpack validate sleep
""")
"""Verbs of what is reckoned in the process: nothing is gained where these run together."""

HANDLES = _words("""
    engine client connection conn session pool adapter collection driver bot db database context manager service
    provider handle handler logger config settings loop app redis cache channel queue executor registry factory lock
    tracer instance singleton backend
""")
"""What a getter gives once and for all: nobody waits for it twice."""

AT_HAND = _words("config configs conf settings prefs preferences cache caches memory options")
"""Where values lie in memory, as a rule."""

ADDRESSES = _words("url urls uri uris")
"""What is put together, and at most signed, in the process: `get_download_url`."""

KEYED = _words("pool redis store storage kv valkey memcache registry map state")
"""What gives a value by its key sooner than a task starts."""

BODY = _words("json text read body content aread form bytes")

ORDERED = _words("""
    reader writer stream websocket ws sock socket serial queue inbox mailbox page browser tab frame locator element
    driver player voice file fp fh fileobj upload stdin stdout stderr proc process request req event lock semaphore
    condition barrier modbus mqtt pubsub receiver conversation conv dialog terminal shell ssh sftp pipe pipeline
    transport protocol port device
""")
"""What is asked one thing after the other: streams, queues, browsers, devices; a request whose body has come."""

SETTING_UP = re.compile(
    r"^_*(async_|on_|a)?(set_?up|tear_?down|startup|shutdown|init|initiali[sz]e|start|stop|close|connect|disconnect|"
    r"lifespan|aenter__|aexit__|open|login|ready|seed|bootstrap|configure|migrate|upgrade|downgrade)"
    r"(_(app|db|database|client|clients|connection|connections|entry|platform|all|event|server|bot|hook))?$"
)
"""Functions that run once: nobody waits for them."""


def words_of(path: str) -> list[str]:
    """The words of the last name of a path: `get`, `user`, `by`, `id`."""
    last = _bare(path.rpartition(".")[2])
    last = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last)
    return [word for word in last.strip("_").lower().split("_") if word and word not in ("async", "a")]


def _bare(name: str) -> str:
    return name.removesuffix("()").removesuffix("[]")


def owners_of(path: str) -> list[str]:
    """What stands before the last name of a path."""
    return [_bare(owner).strip("_").lower() for owner in path.split(".")[:-1]]


def reads_by_name(path: str) -> bool:
    """Whether a call of which nothing is known reads, as it is called: `bot.get_group_list`."""
    words = words_of(path)
    then = {after for word, after in itertools.pairwise(words) if word in ("or", "and")}  # get_or_create
    asks = bool(words) and words[0] in READS and not moves_on(words)
    return asks and WRITES.isdisjoint(then) and not is_ordered(path)


def moves_on(words: list[str]) -> bool:
    """`get_new_address`, `get_next_number`: another one each time, of which the other side takes note."""
    return words[:1] == ["get"] and words[1:2] in (["new"], ["next"], ["unused"])


def writes_by_name(path: str) -> bool:
    """Whether the name of a call tells of something that changes, or must keep its order."""
    words = words_of(path)
    return bool(words) and (words[0] in WRITES or moves_on(words) or is_ordered(path))


def acts_by_name(path: str) -> bool:
    """Whether a function's name tells that it does something, and does not merely give something."""
    words = words_of(path)
    return not words or len(words[0]) < 3 or words[0] in ACTS or moves_on(words) or is_ordered(path)


def is_reckoned(path: str) -> bool:
    """Whether a call is, by its name, one that works in the process only, or asks what is in memory."""
    words, owner = words_of(path), "".join(owners_of(path)[-1:])
    by_key = words in (["get"], ["exists"], ["ttl"]) and owner.rpartition("_")[2] in KEYED
    return by_key or is_at_hand(path) or (bool(words) and words[0] in RECKONED) or gives_address(path)


def gives_address(path: str) -> bool:
    """`storage.get_read_url(key)`, `bucket.generate_presigned_url(key)`: nobody is asked; `fetch_url` asks."""
    words = words_of(path)
    return len(words) > 1 and words[-1] in ADDRESSES and words[0] in ("get", "generate", "resolve", "make", "sign")


def is_at_hand(path: str) -> bool:
    """`self.config.guild().all`: what is asked holds its values in memory, as it is called."""
    return any(not AT_HAND.isdisjoint(owner.split("_")) for owner in owners_of(path))


def gives_handle(path: str) -> bool:
    """`get_graph_engine`, `client.get_collection`: what is got is there to be asked, not an answer."""
    words = words_of(path)
    return bool(words) and words[-1] in HANDLES


def is_of_one_body(first: str, second: str) -> bool:
    """`response.text` and `response.json`: what is read is the same."""
    owner, _, name = first.rpartition(".")
    other_owner, _, other = second.rpartition(".")
    return owner == other_owner and name in BODY and other in BODY


def is_ordered(path: str) -> bool:
    """Whether a call goes to something that is asked one thing after the other: `reader.read`."""
    owner = owners_of(path)[-1:]
    return bool(owner) and (owner[0] in ORDERED or owner[0].rpartition("_")[2] in ORDERED)
