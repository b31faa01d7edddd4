"""redis-py 4 to 8, blocking and awaited, single server and cluster; its fork valkey-py and its forerunner aioredis.

Every command is one round trip, made at once. A pipeline queues commands and returns itself: the trip is its
`execute()`, one for all of them. `scan_iter()` asks page by page while it is iterated.

https://redis.readthedocs.io/en/stable/commands.html
https://redis.readthedocs.io/en/stable/advanced_features.html
https://redis.readthedocs.io/en/stable/examples/asyncio_examples.html
"""

from __future__ import annotations

from nplusone_lint.libraries.redis_bulk import for_many_keys
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Since, Type, methods
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import UNKNOWN, Query, Value

CLIENT = "redis.Redis"
ASYNC_CLIENT = "redis.asyncio.Redis"
CLUSTER = "redis.RedisCluster"
ASYNC_CLUSTER = "redis.asyncio.RedisCluster"
PIPELINE = "redis.client.Pipeline"
ASYNC_PIPELINE = "redis.asyncio.client.Pipeline"
SUBSCRIBER = "redis.client.PubSub"
ASYNC_SUBSCRIBER = "redis.asyncio.client.PubSub"
LOCK = "redis.lock.Lock"
ASYNC_LOCK = "redis.asyncio.lock.Lock"
SCRIPT = "redis.commands.core.Script"
ASYNC_SCRIPT = "redis.commands.core.AsyncScript"
SENTINEL = "redis.sentinel.Sentinel"
ASYNC_SENTINEL = "redis.asyncio.sentinel.Sentinel"
KEYS = "redis.Redis.scan_iter"
ASYNC_KEYS = "redis.asyncio.Redis.scan_iter"

READ = RoundTrip("get", "cache")
WRITE = RoundTrip("set", "cache")
REMOVAL = RoundTrip("remove", "cache")
SCAN = RoundTrip("scan", "cache")
COMMAND = RoundTrip("execute", "cache")
ANNOUNCEMENT = RoundTrip("publish", "broker")
SUBSCRIPTION = RoundTrip("execute", "broker")

ONE_PIPELINE = "one `pipeline`"
ONE_CALL = "one `pipeline` (one call with all values of one key)"


# --- commands

READS = (
    "exists ttl pttl expiretime pexpiretime type strlen getrange substr getbit bitcount bitpos bitfield_ro lcs dump "
    "randomkey memory_usage hgetall hkeys hvals hlen hexists hstrlen hrandfield httl hpttl hexpiretime hpexpiretime "
    "llen lrange lindex lpos sort_ro scard smembers srandmember sdiff sinter sintercard sunion zcard zcount zlexcount "
    "zrange zrevrange zrangebyscore zrevrangebyscore zrangebylex zrevrangebylex zrank zrevrank zrandmember zdiff "
    "zinter zintercard zunion pfcount geodist geohash geopos georadius georadiusbymember geosearch xlen xrange "
    "xrevrange xpending xpending_range xinfo_stream xinfo_groups xinfo_consumers"
)
WRITES = (
    "setex psetex setnx getset setrange setbit append incr incrby incrbyfloat decr decrby getex copy restore rename "
    "renamenx move expire expireat pexpire pexpireat persist touch hsetnx hincrby hincrbyfloat hexpire hpexpire "
    "hexpireat hpexpireat hpersist hsetex hgetex lset linsert ltrim lmove rpoplpush sort bitop smove "
    "sdiffstore sinterstore sunionstore zincrby zdiffstore zinterstore zunionstore zrangestore pfmerge geosearchstore "
    "xadd xclaim xautoclaim xtrim xgroup_create xgroup_createconsumer xgroup_setid"
)
REMOVALS = "getdel hgetdel lrem zremrangebyrank zremrangebyscore zremrangebylex xgroup_destroy xgroup_delconsumer"
WAITS = "blpop brpop brpoplpush blmove blmpop bzpopmin bzpopmax bzmpop xread xreadgroup wait"
"""They wait for others: called in a loop for what comes next, not for what is there."""


def _since_4(command: str) -> Since:
    return Since("redis", "4", f"one `pipeline` (`{command}` within one set)", ONE_PIPELINE)


def _commands(awaited: bool, together: str = "") -> tuple[Method, ...]:
    """What a client can be told. Awaited clients have the same commands; a cluster adds a word to `mget` and `mset`."""
    return (
        # client.get("session:1")
        Method("get", READ, batch=f"`mget{together}`", awaited=awaited),
        Method("mget", READ, batch=f"one `mget{together}`", awaited=awaited),
        # client.hget("user:1", "name")
        Method("hget", READ, batch="one `pipeline` (`hmget` within one hash)", awaited=awaited),
        Method("sismember", READ, batch=_since_4("smismember"), awaited=awaited),
        Method("zscore", READ, batch=_since_4("zmscore"), awaited=awaited),
        *methods("hmget smismember zmscore", READ, batch=ONE_PIPELINE, awaited=awaited),
        *methods(READS, READ, batch=ONE_PIPELINE, awaited=awaited),
        # client.set("session:1", text, ex=60)
        Method("set", WRITE, batch=f"`mset{together}` (one `pipeline` where keys expire)", awaited=awaited),
        *methods("mset msetnx", WRITE, batch="one `mset`", awaited=awaited),
        Method("hset", WRITE, batch="one `pipeline` (`hset(mapping=…)` within one hash)", awaited=awaited),
        Method("hmset", WRITE, batch=ONE_PIPELINE, awaited=awaited),
        # client.sadd("tags", "red")
        *methods("sadd zadd lpush lpushx rpush rpushx pfadd geoadd", WRITE, batch=ONE_CALL, awaited=awaited),
        *methods(WRITES, WRITE, batch=ONE_PIPELINE, awaited=awaited),
        # client.delete("session:1")
        Method("delete", REMOVAL, batch="`delete(*keys)`", awaited=awaited),
        Method("unlink", REMOVAL, batch="`unlink(*keys)`", awaited=awaited),
        *methods("hdel srem zrem xdel xack", REMOVAL, batch=ONE_CALL, awaited=awaited),
        *methods("lpop rpop spop zpopmin zpopmax lmpop zmpop", REMOVAL, batch="one call with a count", awaited=awaited),
        *methods(REMOVALS, REMOVAL, batch=ONE_PIPELINE, awaited=awaited),
        *methods("flushdb flushall", REMOVAL, awaited=awaited),
        # client.blpop("jobs", timeout=5)
        *methods(WAITS, COMMAND, awaited=awaited),
        # client.keys("session:*"): one trip, which blocks the server
        Method("keys", SCAN, batch=ONE_PIPELINE, awaited=awaited),
        *methods("scan sscan hscan zscan", SCAN, awaited=awaited),  # paged by the caller
        # client.eval("return redis.call(…)", 1, key)
        *methods("eval evalsha eval_ro evalsha_ro fcall fcall_ro", COMMAND, batch=ONE_PIPELINE, awaited=awaited),
        *methods("script_load script_exists execute_command", COMMAND, batch=ONE_PIPELINE, awaited=awaited),
        # client.publish("news", text)
        *methods("publish spublish", ANNOUNCEMENT, batch=ONE_PIPELINE, awaited=awaited),
        # client.ping()
        *methods("ping echo time info dbsize config_get config_set", COMMAND, awaited=awaited),
        *methods("watch unwatch", COMMAND, "nothing", awaited=awaited),
    )


def _scanned(call: Invocation) -> Value:
    """`client.scan_iter("session:*")` asks nothing before it is iterated."""
    return Query(KEYS, UNKNOWN)


def _scanned_async(call: Invocation) -> Value:
    return Query(ASYNC_KEYS, UNKNOWN, asynchronous=True)


def _client_methods(awaited: bool, client: str, together: str = "") -> tuple[Method, ...]:
    pipeline, subscriber, lock, script = (
        (ASYNC_PIPELINE, ASYNC_SUBSCRIBER, ASYNC_LOCK, ASYNC_SCRIPT)
        if awaited
        else (PIPELINE, SUBSCRIBER, LOCK, SCRIPT)
    )
    return (
        *(_commands(awaited, together) if together else for_many_keys(_commands(awaited))),
        # for key in client.scan_iter("session:*")
        *methods("scan_iter sscan_iter hscan_iter zscan_iter", returns=_scanned_async if awaited else _scanned),
        # redis.Redis.from_url("redis://localhost")
        Method("from_url", returns=f"handle:{client}"),
        # with client.pipeline(transaction=False) as pipe
        Method("pipeline", returns=f"handle:{pipeline}"),
        Method("transaction", COMMAND, batch="one `transaction`", awaited=awaited),  # client.transaction(change, key)
        Method("pubsub", returns=f"handle:{subscriber}"),
        Method("lock", returns=f"handle:{lock}"),  # with client.lock("name")
        Method("register_script", returns=f"handle:{script}"),
        Method("close", returns="nothing", awaited=awaited),
        *(methods("aclose initialize", returns="same", awaited=True) if awaited else ()),
    )


def _cluster(awaited: bool) -> tuple[Method, ...]:
    """`mget` wants all keys in one slot; these ask every node that holds some of the keys."""
    return (
        Method("mget_nonatomic", READ, batch="one `mget_nonatomic`", awaited=awaited),
        Method("mset_nonatomic", WRITE, batch="one `mset_nonatomic`", awaited=awaited),
    )


CLIENT_TYPE = Type(
    CLIENT,
    (*_client_methods(False, CLIENT), *methods("from_pool client", returns=f"handle:{CLIENT}")),
    aka=(
        "redis.client.Redis",
        "redis.StrictRedis",
        "redis.client.StrictRedis",
        "valkey.Valkey",
        "valkey.StrictValkey",
        "valkey.client.Valkey",
    ),
    likely_names=("redis", "redis_client", "redis_conn", "redis_connection", "rdb", "_redis"),
)
ASYNC_CLIENT_TYPE = Type(
    ASYNC_CLIENT,
    (*_client_methods(True, ASYNC_CLIENT), *methods("from_pool client", returns=f"handle:{ASYNC_CLIENT}")),
    aka=(
        "redis.asyncio.client.Redis",
        "redis.asyncio.StrictRedis",
        "redis.asyncio.client.StrictRedis",
        "valkey.asyncio.Valkey",
        "valkey.asyncio.StrictValkey",
        "valkey.asyncio.client.Valkey",
        "aioredis.Redis",
        "aioredis.StrictRedis",
        "aioredis.client.Redis",
    ),
    asynchronous=True,
    tasks=True,
)
CLUSTER_TYPE = Type(
    CLUSTER,
    (*_client_methods(False, CLUSTER, "_nonatomic"), *_cluster(False)),
    aka=("redis.cluster.RedisCluster", "valkey.ValkeyCluster", "valkey.cluster.ValkeyCluster"),
)
ASYNC_CLUSTER_TYPE = Type(
    ASYNC_CLUSTER,
    (*_client_methods(True, ASYNC_CLUSTER, "_nonatomic"), *_cluster(True)),
    aka=("redis.asyncio.cluster.RedisCluster", "valkey.asyncio.ValkeyCluster", "valkey.asyncio.cluster.ValkeyCluster"),
    asynchronous=True,
    tasks=True,
)


# --- what clients make


def _pipeline_methods(awaited: bool) -> tuple[Method, ...]:
    """Commands are queued, not sent. (Between `watch()` and `multi()` they are sent; that is not told apart here.)"""
    sent = ("watch", "unwatch")
    queued = (Method(command.name, returns="same") for command in _commands(False) if command.name not in sent)
    return (
        *queued,  # pipe.get("session:1").get("session:2")
        Method("execute", COMMAND, batch="one `execute` after the loop", awaited=awaited),
        *methods("watch unwatch", COMMAND, "nothing", awaited=awaited),
        Method("multi", returns="nothing"),
        Method("reset", returns="nothing", awaited=awaited),
    )


PIPELINE_TYPE = Type(
    PIPELINE,
    _pipeline_methods(False),
    aka=("redis.cluster.ClusterPipeline", "valkey.client.Pipeline", "valkey.cluster.ClusterPipeline"),
)
ASYNC_PIPELINE_TYPE = Type(
    ASYNC_PIPELINE,
    _pipeline_methods(True),
    aka=(
        "redis.asyncio.cluster.ClusterPipeline",
        "valkey.asyncio.client.Pipeline",
        "valkey.asyncio.cluster.ClusterPipeline",
        "aioredis.client.Pipeline",
    ),
    asynchronous=True,
)


def _subscriber_methods(awaited: bool) -> tuple[Method, ...]:
    """Subscribing sends one command; listening only reads what the server pushes."""
    return (
        # subscriber.subscribe("news", "weather")
        *methods(
            "subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe",
            SUBSCRIPTION, "nothing", batch="one call with all channels", awaited=awaited,
        ),
        Method("get_message", awaited=awaited),
        Method("listen"),
        *methods("close reset", returns="nothing", awaited=awaited),
    )  # fmt: skip


SUBSCRIBER_TYPE = Type(SUBSCRIBER, _subscriber_methods(False))
ASYNC_SUBSCRIBER_TYPE = Type(ASYNC_SUBSCRIBER, _subscriber_methods(True), asynchronous=True)


def _lock_methods(awaited: bool) -> tuple[Method, ...]:
    """A lock guards one thing: there is no bulk form. `with` acquires and releases it, two trips."""
    return (
        *methods("acquire extend reacquire", WRITE, awaited=awaited),
        Method("release", REMOVAL, "nothing", awaited=awaited),
        *methods("locked owned", READ, awaited=awaited),
    )


LOCK_TYPE = Type(LOCK, _lock_methods(False))
ASYNC_LOCK_TYPE = Type(ASYNC_LOCK, _lock_methods(True), asynchronous=True)

# add_up = client.register_script("return …"); add_up(keys=["a"])
SCRIPT_TYPE = Type(SCRIPT, (Method("__call__", COMMAND, batch=ONE_PIPELINE),))
ASYNC_SCRIPT_TYPE = Type(
    ASYNC_SCRIPT, (Method("__call__", COMMAND, batch=ONE_PIPELINE, awaited=True),), asynchronous=True, tasks=True
)

# for key in client.scan_iter("session:*"): one trip for about every `count` keys of the whole server
KEYS_TYPE = Type(KEYS, iterates=SCAN)
ASYNC_KEYS_TYPE = Type(ASYNC_KEYS, iterates=SCAN, asynchronous=True)

# Sentinel(hosts).master_for("main")
SENTINEL_TYPE = Type(
    SENTINEL, methods("master_for slave_for", returns=f"handle:{CLIENT}"), aka=("redis.Sentinel", "valkey.Sentinel")
)
ASYNC_SENTINEL_TYPE = Type(
    ASYNC_SENTINEL,
    methods("master_for slave_for", returns=f"handle:{ASYNC_CLIENT}"),
    aka=("redis.asyncio.Sentinel", "valkey.asyncio.Sentinel"),
)

FUNCTIONS = (
    # redis.from_url("redis://localhost")
    *methods("redis.from_url redis.utils.from_url valkey.from_url", returns=f"handle:{CLIENT}"),
    *methods("redis.asyncio.from_url valkey.asyncio.from_url aioredis.from_url", returns=f"handle:{ASYNC_CLIENT}"),
    # await aioredis.create_redis_pool("redis://localhost"), aioredis 1.x
    *methods("aioredis.create_redis_pool aioredis.create_redis", returns=f"handle:{ASYNC_CLIENT}", awaited=True),
)

LIBRARY = Library(
    "redis",
    ("redis", "valkey", "aioredis"),
    (
        CLIENT_TYPE, ASYNC_CLIENT_TYPE, CLUSTER_TYPE, ASYNC_CLUSTER_TYPE, PIPELINE_TYPE, ASYNC_PIPELINE_TYPE,
        SUBSCRIBER_TYPE, ASYNC_SUBSCRIBER_TYPE, LOCK_TYPE, ASYNC_LOCK_TYPE, SCRIPT_TYPE, ASYNC_SCRIPT_TYPE,
        KEYS_TYPE, ASYNC_KEYS_TYPE, SENTINEL_TYPE, ASYNC_SENTINEL_TYPE,
    ),
    FUNCTIONS,
)  # fmt: skip
