"""What tutorials do with redis-py, at the RESP ports of two sidecars: redis_clients.py HERE THERE DIRECT

Each check reads at one port what was written at the other, or past both.
"""

import sys
import threading
import time

import redis

HERE, THERE, DIRECT = (redis.Redis(port=int(port), socket_timeout=60) for port in sys.argv[1:4])
PATIENCE_SECONDS = 60


def eventually(read, expected):
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = read()
        if found == expected:
            return
        assert time.monotonic() < end, f"{found!r} instead of {expected!r}"


def profile():
    """Get, else load and set; delete after an update."""
    database = {1: b"Ada"}

    def load(client):
        found = client.get("user:1")
        if found is None:
            found = database[1]
            client.set("user:1", found)
        return found

    assert load(HERE) == b"Ada" and load(HERE) == b"Ada"
    eventually(lambda: load(THERE), b"Ada")
    database[1] = b"Grace"
    assert THERE.delete("user:1") == 1
    assert load(THERE) == b"Grace"
    eventually(lambda: load(HERE), b"Grace")


def session():
    assert HERE.setex("user:session", 100, "token")
    assert HERE.get("user:session") == b"token"
    assert 0 < HERE.ttl("user:session") <= 100
    eventually(lambda: THERE.get("user:session"), b"token")
    assert THERE.expire("user:session", 1000)
    assert 100 < THERE.ttl("user:session") <= 1000
    eventually(lambda: HERE.ttl("user:session") > 100, True)
    assert HERE.psetex("user:brief", 30, "x")
    eventually(lambda: (HERE.get("user:brief"), THERE.exists("user:brief")), (None, 0))


def own_writes():
    """Whatever writes, the next read of the same client sees it."""
    for i in range(200):
        HERE.set("user:own", i)
        assert HERE.get("user:own") == str(i).encode()
        HERE.eval("return redis.call('append', KEYS[1], ARGV[1])", 1, "user:own", "!")
        assert HERE.get("user:own") == f"{i}!".encode()
        HERE.rename("user:own", "user:renamed")
        assert HERE.mget("user:own", "user:renamed") == [None, f"{i}!".encode()]


def pipelines():
    with HERE.pipeline(transaction=False) as batch:
        for i in range(300):
            batch.set(f"user:p{i % 7}", i).get(f"user:p{i % 7}")
        answers = batch.execute()
    assert answers[1::2] == [str(i).encode() for i in range(300)]
    assert THERE.mget([f"user:p{i}" for i in range(7)]) == DIRECT.mget([f"user:p{i}" for i in range(7)])


def transactions():
    HERE.set("user:count", 0)

    def add(client):
        for _ in range(50):
            client.transaction(
                lambda pipe: [pipe.get("user:count"), pipe.multi(), pipe.incr("user:count")], "user:count")

    # A client of its own for each thread: a pool shares connections.
    workers = [threading.Thread(target=add, args=(client,)) for client in (HERE, THERE)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert DIRECT.get("user:count") == b"100"
    eventually(lambda: (HERE.get("user:count"), THERE.get("user:count")), (b"100", b"100"))


def other_types():
    HERE.hset("user:hash", mapping={"name": "Ada"})
    assert THERE.hgetall("user:hash") == {b"name": b"Ada"}
    THERE.lpush("user:list", "a", "b")
    assert HERE.blpop("user:list", 10) == (b"user:list", b"b")
    try:
        HERE.get("user:list")
        raise AssertionError("GET of a list was answered")
    except redis.ResponseError as wrong:
        assert "WRONGTYPE" in str(wrong)
    THERE.sadd("user:set", "a")
    assert HERE.mget("user:hash", "user:set") == [None, None]
    assert sorted(HERE.scan_iter("user:set*")) == [b"user:set"]


def messages():
    heard = HERE.pubsub(ignore_subscribe_messages=True)
    heard.subscribe("invalidate_user:1")
    eventually(lambda: THERE.publish("invalidate_user:1", "gone"), 1)
    message = heard.get_message(timeout=PATIENCE_SECONDS) or heard.get_message(timeout=PATIENCE_SECONDS)
    assert message["data"] == b"gone"
    heard.close()


def reconnects():
    HERE.set("user:kept", "before")
    eventually(lambda: THERE.get("user:kept"), b"before")
    DIRECT.client_kill_filter(_type="normal", skipme=True)
    DIRECT.set("user:kept", "after")
    for client in (HERE, THERE):
        eventually(lambda: retried(client, "user:kept"), b"after")


def retried(client, key):
    try:
        return client.get(key)
    except redis.ConnectionError:
        return None  # the next call connects again


def hot():
    HERE.set("user:hot", "x" * 1000)
    for client in (HERE, THERE):
        for _ in range(500):
            assert client.get("user:hot") == b"x" * 1000


def exact():
    HERE.set("user:exact", "1")
    value, state, age_millis = HERE.execute_command("FRESHET.GET", "user:exact")
    assert value == b"1" and state in (b"confirmed", b"redis") and age_millis >= 0
    assert b"-" in HERE.execute_command("FRESHET.INVALIDATE", "users", "PREFIXES", "user:")
    assert HERE.get("user:exact") == b"1"


def past_both():
    for i in range(100):
        DIRECT.set("user:past", i)
        eventually(lambda: HERE.get("user:past"), str(i).encode())
        eventually(lambda: THERE.get("user:past"), str(i).encode())
    DIRECT.flushdb()
    eventually(lambda: (HERE.get("user:past"), THERE.get("user:past")), (None, None))


for check in (profile, session, own_writes, pipelines, transactions, other_types, messages, reconnects, hot, exact, past_both):
    check()
    print(check.__name__)
