"""A client of Freshet's HTTP API: one file, standard library only, Python 3.9 and later.

DECISIONS says what is done with each answer. A Region may be used by any number of threads; each has its own connections.
"""

import base64
import http.client
import json
import logging
import random
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union
from urllib.parse import quote, urlsplit

LOG = logging.getLogger("freshet")

Token = Union[str, Callable[[], str], None]

# What is done with an answer, by request and status. A read's 404 is "miss" with a Lease, "absent" with Freshet-State alone, else 404.
# "broken": no answer came. A status that is not here: RAISE.
USE = "use the value"
LOAD = "load, store under the lease; release the lease if the load fails"
ABSENT = "there is no value: do not load"
SOURCE = "load from the source, store nothing"
RETRY = "repeat, with bounded backoff; then as for SOURCE, or raise Unavailable"
UNCACHED = "use the value, store nothing"
UNCACHED_RELEASE = "use the value, store nothing, release the lease"
DONE = "done"
IGNORE = "the lease ends by itself"
RAISE = "raise FreshetError"
_WRONG = {400: RAISE, 401: RAISE, 403: RAISE, 404: RAISE, 413: RAISE, 414: RAISE, 415: RAISE, 421: RAISE, 431: RAISE}
DECISIONS = {
    "read": {**_WRONG, 200: USE, "miss": LOAD, "absent": ABSENT, 408: RETRY, 409: RAISE, 500: SOURCE, 503: SOURCE,
             "broken": RETRY},
    "batch": {**_WRONG, 200: USE, 408: RETRY, 500: SOURCE, 503: SOURCE, "broken": RETRY},
    "store": {**_WRONG, 204: DONE, 408: UNCACHED, 409: UNCACHED, 413: UNCACHED_RELEASE, 428: RAISE, 500: UNCACHED,
              503: UNCACHED_RELEASE, "broken": UNCACHED},
    "release": {**dict.fromkeys(_WRONG, IGNORE), 200: DONE, 408: IGNORE, 500: IGNORE, 503: IGNORE, "broken": IGNORE},
    "evict": {**_WRONG, 204: DONE, 408: RETRY, 500: RETRY, 503: RETRY, "broken": RETRY},
    "publish": {**_WRONG, 200: DONE, 408: RETRY, 409: RAISE, 500: RETRY, 503: RETRY, 504: RAISE, "broken": RETRY},
}

MAX_BATCH = 1000


class FreshetError(Exception):
    """A request that must not be repeated as it is. `status`, `type` and `problem` are those of the answer."""

    def __init__(self, message: str, status: int = 0, problem: Optional[dict] = None):
        super().__init__(message)
        self.status = status
        self.problem = problem or {}
        self.type = str(self.problem.get("type", "")).rpartition(":")[2]


class Unavailable(FreshetError):
    """The request may succeed later. After a publish, caches may hold the old value until it is repeated, which is harmless."""


class _NotCached(Exception):
    """The subscriber cannot say what is cached: load from the source, and store nothing."""


@dataclass(frozen=True)
class Codec:
    """How values become bytes. `decode` gets what `encode` returned."""

    content_type: str
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


JSON = Codec("application/json", lambda value: json.dumps(value, separators=(",", ":")).encode(), json.loads)
BYTES = Codec("application/octet-stream", bytes, bytes)


@dataclass(frozen=True)
class Loaded:
    """What a loader may return in place of a bare value, to say how it is kept."""

    value: Any
    ttl: Optional[float] = None  # seconds
    tags: Sequence[str] = ()
    version: Optional[int] = None

    def __post_init__(self):
        for tag in self.tags:
            # The header would say other tags, and an invalidation of this one would miss the entry.
            if tag != tag.strip() or "," in tag or any(ord(char) < 0x20 or ord(char) == 0x7F for char in tag):
                raise ValueError(f"a tag must hold neither commas nor control characters, nor begin or end with spaces, as {tag!r} does")


@dataclass(frozen=True)
class _Answer:
    status: int  # 0: no answer came
    headers: Mapping[str, str]
    body: bytes
    fault: str = ""

    def json(self) -> Any:
        return json.loads(self.body) if self.body else {}


@dataclass(frozen=True)
class _Found:
    """What is cached: a value, or an absence. Else it is to be loaded; without a lease, nothing is stored then."""

    has_value: bool = False
    value: Any = None
    is_absent: bool = False
    lease: Optional[str] = None


class _Http:
    """Requests to one address. A connection a thread, kept open."""

    def __init__(self, url: str, timeout: float, token: Token = None, tls: Optional[ssl.SSLContext] = None):
        parts = urlsplit(url)
        if parts.scheme == "unix" and parts.path and not parts.netloc:
            self._connect = lambda: _UnixConnection(parts.path)
        elif parts.scheme == "https" and parts.hostname:
            self._connect = lambda: http.client.HTTPSConnection(parts.hostname, parts.port, context=tls)
        elif parts.scheme == "http" and parts.hostname:
            self._connect = lambda: http.client.HTTPConnection(parts.hostname, parts.port)
        else:
            raise ValueError(f"an address must be like http://127.0.0.1:8710, https://… or unix:/run/freshet.sock, not {url!r}")
        self._timeout, self._token = timeout, token
        self._mine = threading.local()

    def send(self, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str], more_seconds: float = 0) -> _Answer:
        connection = getattr(self._mine, "connection", None)
        if connection is not None:
            answer = self._exchange(connection, method, path, body, headers, more_seconds)
            if answer.status:
                return answer
            # The server closes connections that are idle: once more on a new one. Every request may be repeated.
        connection = self._mine.connection = self._connect()
        return self._exchange(connection, method, path, body, headers, more_seconds)

    def close(self) -> None:
        connection = getattr(self._mine, "connection", None)
        if connection is not None:
            connection.close()
            self._mine.connection = None

    def _exchange(self, connection, method, path, body, headers, more_seconds) -> _Answer:
        try:
            connection.timeout = self._timeout + more_seconds
            if connection.sock is not None:
                connection.sock.settimeout(connection.timeout)
            token = self._token() if callable(self._token) else self._token
            connection.request(method, path, body, {**headers, "Authorization": f"Bearer {token}"} if token else dict(headers))
            response = connection.getresponse()
            return _Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException) as fault:
            connection.close()
            self._mine.connection = None
            return _Answer(0, {}, b"", f"{type(fault).__name__}: {fault}")


class _UnixConnection(http.client.HTTPConnection):
    """A connection to a subscriber's http.socket."""

    def __init__(self, path: str):
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Region:
    """One region: reads and stores at the subscriber beside this process, publishes changes at the publisher.

    timeout: seconds that one request takes at most. attempts, backoff, max_backoff: how often a request is sent, and how many
    seconds pass before it is repeated: backoff, doubled each time, with jitter, or what the answer asks for; at most max_backoff.
    subscriber_token, publisher_token: the caller's token there, or a function that returns it, for tokens that are replaced.
    tls: for https addresses, as ssl.create_default_context(cafile="ca.crt"); None: the authorities that Python trusts.
    """

    def __init__(self, name: str, subscriber: str = "http://127.0.0.1:8710", publisher: Optional[str] = None, codec: Codec = JSON,
                 timeout: float = 5.0, attempts: int = 3, backoff: float = 0.1, max_backoff: float = 2.0,
                 sleep: Callable[[float], None] = time.sleep, subscriber_token: Token = None, publisher_token: Token = None,
                 tls: Optional[ssl.SSLContext] = None):
        self._name, self._codec = name, codec
        self._attempts, self._backoff, self._max_backoff, self._sleep = max(1, attempts), backoff, max_backoff, sleep
        self._entries = f"/v1/regions/{quote(name, safe='')}/entries"
        self._subscriber = _Http(subscriber, timeout, subscriber_token, tls)
        self._publisher = _Http(publisher, timeout, publisher_token, tls) if publisher else None

    # ---- Reading

    def get_or_load(self, key: str, load: Callable[[str], Any], *, absence_ttl: Optional[float] = None, wait: int = 0,
                    fresh: bool = False, min_position: Optional[str] = None, stale_if_error: Optional[int] = None) -> Any:
        """Returns the cached value, or what `load` returns for the key, which is then cached unless it was overtaken.

        load: returns the value, a Loaded, or None if there is none. absence_ttl: how many seconds that is cached; None: it is not.
        wait: how many seconds to wait for another caller's load. fresh: load, whatever is cached. min_position: of an invalidation
        that the answer must reflect. stale_if_error: if the load fails, return a value that was valid so many seconds ago.
        """
        headers = self._read_headers(fresh, min_position)
        if wait > 0:
            headers["Prefer"] = f"wait={wait}"
        try:
            found = self._read(key, headers, wait)
        except _NotCached as why:
            return self._uncached(key, why, load)
        if found.lease is None:
            return found.value
        try:
            loaded = _loaded(load(key))
        except BaseException as fault:
            self._release({key: found.lease})
            if isinstance(fault, Exception):
                kept = found if found.has_value else self._stale(key, stale_if_error)
                if kept is not None:
                    return kept.value
            raise
        self._store(key, found.lease, loaded, absence_ttl)
        return loaded.value

    def get_many_or_load(self, keys: Iterable[str], load_many: Callable[[List[str]], Mapping[str, Any]], *,
                         absence_ttl: Optional[float] = None, fresh: bool = False, min_position: Optional[str] = None) -> Dict[str, Any]:
        """Returns the values by key, without those that there are not. One request for 1000 keys, and one load of what is missing.

        load_many: gets the keys that are missing, returns their values; see get_or_load.
        """
        wanted = list(dict.fromkeys(keys))
        found = dict.fromkeys(wanted, _Found())
        for start in range(0, len(wanted), MAX_BATCH):
            part = wanted[start:start + MAX_BATCH]
            try:
                found.update(self._read_many(part, self._read_headers(fresh, min_position)))
            except _NotCached as why:
                LOG.warning("region %s: %d keys are loaded without the cache: %s", self._name, len(part), why)
            except BaseException:
                self._release(_leases(found))
                raise
        leases = _leases(found)
        values = {key: one.value for key, one in found.items() if one.has_value}
        to_load = [key for key, one in found.items() if one.lease is not None or not (one.has_value or one.is_absent)]
        if to_load:
            try:
                loaded = {key: _loaded(value) for key, value in load_many(to_load).items()}
            except BaseException as fault:
                self._release(leases)
                if isinstance(fault, Exception) and all(key in values for key in to_load):
                    return values
                raise
            try:
                for key in to_load:
                    one = loaded.get(key, Loaded(None))
                    values[key] = one.value
                    lease = leases.pop(key, None)
                    if lease is not None:
                        self._store(key, lease, one, absence_ttl)
            except BaseException:
                self._release(leases)
                raise
        return {key: values[key] for key in wanted if values.get(key) is not None}

    @staticmethod
    def _read_headers(fresh: bool, min_position: Optional[str]) -> Dict[str, str]:
        headers = {}
        if fresh:
            headers["Cache-Control"] = "no-cache"
        if min_position is not None:
            headers["Min-Position"] = min_position
        return headers

    def _read(self, key: str, headers: Mapping[str, str], wait: float = 0) -> _Found:
        answer, _ = self._ask("read", self._subscriber, "GET", self._path(key), None, headers, wait)
        lease = answer.headers.get("Lease")
        if answer.status == 200:
            return _Found(True, self._decode(answer.body), False, lease)
        return _Found(False, None, lease is None, lease)

    def _read_many(self, keys: List[str], headers: Mapping[str, str]) -> Dict[str, _Found]:
        body = json.dumps({"keys": keys}).encode()
        answer, _ = self._ask("batch", self._subscriber, "POST", self._entries + ":batchGet", body, {**headers, **_JSON_BODY})
        return {entry["key"]: self._entry(entry, headers) for entry in answer.json()["entries"]}

    def _entry(self, entry: Mapping[str, Any], headers: Mapping[str, str]) -> _Found:
        lease = entry.get("lease")
        try:
            if "omitted" in entry:
                return self._read(entry["key"], headers)
            if "value" in entry:
                return _Found(True, self._decode(entry["value"].encode()), False, lease)
            if "valueBase64" in entry:
                return _Found(True, self._decode(base64.b64decode(entry["valueBase64"])), False, lease)
        except _NotCached as why:
            LOG.warning("region %s: a key is loaded without the cache: %s", self._name, why)
            return _Found()
        return _Found(False, None, "absent" in entry, lease)

    def _decode(self, body: bytes) -> Any:
        try:
            return self._codec.decode(body)
        except Exception as fault:
            raise _NotCached(f"a cached value cannot be decoded: {fault}") from fault

    def _stale(self, key: str, seconds: Optional[int]) -> Optional[_Found]:
        if seconds is None:
            return None
        try:
            found = self._read(key, {"Cache-Control": f"stale-if-error={seconds}"})
        except (_NotCached, FreshetError):
            return None
        if found.lease is not None and not found.has_value:
            self._release({key: found.lease})
            return None
        return found

    def _uncached(self, key: str, why: Exception, load: Callable[[str], Any]) -> Any:
        LOG.warning("region %s: a key is loaded without the cache: %s", self._name, why)
        return _loaded(load(key)).value

    # ---- Storing

    def _store(self, key: str, lease: str, loaded: Loaded, absence_ttl: Optional[float]) -> None:
        if loaded.value is None and absence_ttl is None:
            self._release({key: lease})
            return
        headers = {"Lease": lease}
        body = b""
        ttl = loaded.ttl
        if loaded.value is None:
            headers["Freshet-Absent"] = "true"
            ttl = absence_ttl if ttl is None else min(ttl, absence_ttl)
        else:
            headers["Content-Type"] = self._codec.content_type
            try:
                body = self._codec.encode(loaded.value)
            except BaseException:
                self._release({key: lease})
                raise
        if ttl is not None:
            headers["Freshet-Expire-Millis"] = str(max(0, int(ttl * 1000)))
        if loaded.tags:
            headers["Cache-Tag"] = ", ".join(loaded.tags).encode().decode("latin-1")
        if loaded.version is not None:
            headers["Entry-Version"] = str(loaded.version)
        answer, decision = self._ask("store", self._subscriber, "PUT", self._path(key), body, headers)
        if decision == UNCACHED_RELEASE:
            self._release({key: lease})
        if decision != DONE:
            LOG.info("region %s: a loaded value was not cached: %s", self._name, _text(answer))

    def _release(self, leases: Mapping[str, str]) -> None:
        pairs = [{"key": key, "lease": lease} for key, lease in leases.items()]
        for start in range(0, len(pairs), MAX_BATCH):
            body = json.dumps({"leases": pairs[start:start + MAX_BATCH]}).encode()
            answer, decision = self._ask("release", self._subscriber, "POST", self._entries + ":release", body, _JSON_BODY)
            if decision != DONE:
                LOG.warning("region %s: leases were not released: %s", self._name, _text(answer))

    # ---- Invalidating

    def invalidate(self, *keys: str, tags: Sequence[str] = (), prefixes: Sequence[str] = (), all_entries: bool = False,
                   version: Optional[int] = None, changed_at: Optional[str] = None, await_applied: bool = False,
                   force: bool = False) -> str:
        """Publishes after the commit that something changed, for all subscribers. Returns the position, for min_position.

        Raises Unavailable if no attempt was confirmed, and FreshetError of type not-applied if await_applied was not reached.
        """
        if self._publisher is None:
            raise ValueError(f"region {self._name!r} has no publisher: give its address to Region(publisher=...)")
        change: Dict[str, Any] = {"region": self._name}
        for field, value in (("keys", list(keys)), ("tags", list(tags)), ("prefixes", list(prefixes)), ("all", all_entries),
                             ("version", version), ("changedAt", changed_at)):
            if value is not None and value is not False and value != []:  # a version may be 0
                change[field] = value
        query = "&".join(["await=applied"] * await_applied + ["force=true"] * force)
        path = "/v1/invalidations" + ("?" + query if query else "")
        answer, _ = self._ask("publish", self._publisher, "POST", path, json.dumps(change).encode(), _JSON_BODY)
        return answer.json()["positions"][self._name]

    def evict(self, key: str) -> None:
        """Evicts the key at this subscriber only, and in the Redis tier."""
        self._ask("evict", self._subscriber, "DELETE", self._path(key), None, {})

    def close(self) -> None:
        """Closes the connections of this thread. The next request opens one."""
        self._subscriber.close()
        if self._publisher is not None:
            self._publisher.close()

    # ---- Requests

    def _path(self, key: str) -> str:
        return f"{self._entries}/{quote(key, safe='')}"

    def _ask(self, request: str, to: _Http, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str],
             more_seconds: float = 0) -> Tuple[_Answer, str]:
        """Returns an answer after which the caller goes on, with what is decided about it."""
        for attempt in range(1, self._attempts + 1):
            answer = to.send(method, path, body, headers, more_seconds)
            decision = decide(request, answer.status, answer.headers)
            if decision == RAISE:
                raise FreshetError(_text(answer), answer.status, _problem(answer))
            if decision == SOURCE:
                raise _NotCached(_text(answer))
            if decision != RETRY:
                return answer, decision
            if attempt < self._attempts:
                self._sleep(self._pause(attempt, answer))
        if request in ("read", "batch"):
            raise _NotCached(_text(answer))
        raise Unavailable(_text(answer), answer.status, _problem(answer))

    def _pause(self, attempt: int, answer: _Answer) -> float:
        asked = answer.headers.get("Retry-After", "")
        pause = float(asked) if asked.isdigit() else self._backoff * 2 ** (attempt - 1) * (0.5 + random.random() / 2)
        return min(self._max_backoff, pause)


_JSON_BODY = {"Content-Type": "application/json"}


def decide(request: str, status: int, headers: Mapping[str, str]) -> str:
    """Returns what is done with an answer to a request; a status of 0: none came."""
    answer: Any = status or "broken"
    if request == "read" and status == 404 and "Lease" in headers:
        answer = "miss"
    elif request == "read" and status == 404 and "Freshet-State" in headers:
        answer = "absent"
    return DECISIONS[request].get(answer, RAISE)


def _leases(found: Mapping[str, _Found]) -> Dict[str, str]:
    return {key: one.lease for key, one in found.items() if one.lease is not None}


def _loaded(value: Any) -> Loaded:
    return value if isinstance(value, Loaded) else Loaded(value)


def _problem(answer: _Answer) -> dict:
    try:
        problem = answer.json()
        return problem if isinstance(problem, dict) else {}
    except ValueError:
        return {}


def _text(answer: _Answer) -> str:
    if not answer.status:
        return f"no answer: {answer.fault}"
    return f"{answer.status}: {_problem(answer).get('detail', 'no detail')}"
