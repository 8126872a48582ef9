"""Each row of the decision table against a server that answers as the row says, then the client with real processes.

FRESHET_SUBSCRIBER and FRESHET_PUBLISHER are the addresses of the real ones, which share the regions users and bytes.
FRESHET_SECURED_PUBLISHER and FRESHET_SECURED_SUBSCRIBER, a unix socket, take the token in FRESHET_TOKEN; FRESHET_CA is the
file of the authority that the publisher has its certificate from.
"""

import base64
import json
import os
import socket
import ssl
import tempfile
import threading
import time
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import freshet
from freshet import BYTES, DECISIONS, FreshetError, Loaded, Region, Unavailable

LEASE = {"Lease": "AVQ0", "Freshet-State": "confirmed"}


class Script:
    """A server that answers requests by their method, or their action, while its gate is open. Keeps what it was sent."""

    def __init__(self):
        self.answers = {}
        self.sent = []
        self.paths = []
        self.connections = 0
        self.gate = threading.Event()
        self.gate.set()
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle(self):
                script.connections += 1
                try:
                    super().handle()
                finally:
                    script.connections -= 1

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                name = self.path.rpartition(":")[2] if ":" in self.path else self.command
                script.sent.append((name, dict(self.headers), body))
                script.paths.append(self.path)
                script.gate.wait(60)
                answers = script.answers[name]
                status, headers, answer = answers.pop(0) if isinstance(answers, list) else answers
                if status == "broken":
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(status)
                for header, value in headers.items():
                    self.send_header(header, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_port

    def on(self, name, status, headers=None, body=b""):
        self.answers[name] = (status, headers or {}, body)

    def names(self):
        return [name for name, _, _ in self.sent]

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


class DecisionsTest(unittest.TestCase):
    def setUp(self):
        self.script = Script()
        self.addCleanup(self.script.close)
        self.script.on("PUT", 204)
        self.script.on("release", 200, body=b'{"released":1}')
        self.slept = []
        self.loaded = []
        self.region = Region("users", self.script.url, self.script.url, attempts=3, sleep=self.slept.append)
        self.addCleanup(self.region.close)

    def load(self, key):
        self.loaded.append(key)
        return "loaded"

    def load_many(self, keys):
        self.loaded.extend(keys)
        return {key: "loaded" for key in keys}

    def failing(self, _):
        raise LookupError("the database is down")

    def rows(self, request):
        """Yields each row with the status, the headers and the problem of such an answer."""
        for answer, decision in DECISIONS[request].items():
            with self.subTest(request=request, answer=answer):
                self.script.sent.clear()
                self.slept.clear()
                self.loaded.clear()
                status = 404 if answer in ("miss", "absent") else answer
                headers = LEASE if answer == "miss" else {"Freshet-State": "confirmed"} if answer == "absent" else {}
                yield status, headers, b'{"type":"urn:problem-type:freshet:some-type","detail":"why"}', decision

    def assert_raises(self, call):
        with self.assertRaises(FreshetError) as raised:
            call()
        self.assertEqual("some-type", raised.exception.type)
        self.assertIn("why", str(raised.exception))
        self.assertNotIsInstance(raised.exception, Unavailable)

    def test_read(self):
        for status, headers, problem, decision in self.rows("read"):
            self.script.on("GET", status, headers, b'"cached"' if status == 200 else problem)
            if decision == freshet.RAISE:
                self.assert_raises(lambda: self.region.get_or_load("k", self.load))
                self.assertEqual(([], ["GET"]), (self.loaded, self.script.names()))
                continue
            with self.assertNoLogs() if decision in (freshet.USE, freshet.LOAD, freshet.ABSENT) else self.assertLogs("freshet"):
                value = self.region.get_or_load("k", self.load)
            names = self.script.names()
            self.assertEqual(*{
                freshet.USE: (("cached", [], ["GET"]), (value, self.loaded, names)),
                freshet.ABSENT: ((None, [], ["GET"]), (value, self.loaded, names)),
                freshet.LOAD: (("loaded", ["k"], ["GET", "PUT"]), (value, self.loaded, names)),
                freshet.SOURCE: (("loaded", ["k"], ["GET"]), (value, self.loaded, names)),
                freshet.RETRY: (("loaded", ["k"], {"GET"}, 2), (value, self.loaded, set(names), len(self.slept))),
            }[decision])

    def test_batch(self):
        entries = {"entries": [
            {"key": "broken", "value": "{"},
            {"key": "hit", "value": '"cached"', "contentType": "application/json", "ageSeconds": 1},
            {"key": "bytes", "valueBase64": base64.b64encode(b'"cached"').decode()},
            {"key": "absent", "absent": True}, {"key": "miss", "lease": "AVQ0"},
            {"key": "old", "value": '"old"', "lease": "AVQ1"}, {"key": "omitted", "omitted": True}]}
        self.script.on("GET", 200, {}, b'"alone"')
        keys = [entry["key"] for entry in entries["entries"]]
        for status, headers, problem, decision in self.rows("batch"):
            self.script.on("batchGet", status, headers, json.dumps(entries).encode() if status == 200 else problem)
            if decision == freshet.RAISE:
                self.assert_raises(lambda: self.region.get_many_or_load(keys, self.load_many))
                self.assertEqual(([], ["batchGet"]), (self.loaded, self.script.names()))
            elif decision == freshet.USE:
                values = self.region.get_many_or_load(keys, self.load_many)
                self.assertEqual({"hit": "cached", "bytes": "cached", "miss": "loaded", "old": "loaded", "omitted": "alone",
                                  "broken": "loaded"}, values)
                self.assertEqual(["broken", "miss", "old"], self.loaded)
                self.assertEqual(["batchGet", "GET", "PUT", "PUT"], self.script.names())
            else:
                self.assertEqual(dict.fromkeys(keys, "loaded"), self.region.get_many_or_load(keys, self.load_many))
                self.assertEqual({"batchGet"}, set(self.script.names()))
                self.assertEqual(2 if decision == freshet.RETRY else 0, len(self.slept))

    def test_a_batch_whose_load_fails_releases_all_its_leases_in_one_request(self):
        entries = [{"key": "a", "lease": "A"}, {"key": "b", "value": '"b"', "lease": "B"}, {"key": "c", "value": '"c"'}]
        self.script.on("batchGet", 200, {}, json.dumps({"entries": entries}).encode())
        with self.assertRaises(LookupError):
            self.region.get_many_or_load("abc", self.failing)
        self.assertEqual(["batchGet", "release"], self.script.names())
        self.assertEqual([{"key": "a", "lease": "A"}, {"key": "b", "lease": "B"}], json.loads(self.script.sent[1][2])["leases"])
        self.script.on("batchGet", 200, {}, json.dumps({"entries": entries[1:]}).encode())
        self.assertEqual({"b": "b", "c": "c"}, self.region.get_many_or_load("bc", self.failing))

    def test_a_batch_that_ends_early_releases_the_leases_that_it_has(self):
        entries = [{"key": "a", "lease": "A"}, {"key": "b", "lease": "B"}, {"key": "c", "lease": "C"}]
        self.script.on("batchGet", 200, {}, json.dumps({"entries": entries}).encode())
        with self.assertRaises(TypeError):
            self.region.get_many_or_load("abc", lambda keys: {"a": 1, "b": object(), "c": 3})
        self.assertEqual(["batchGet", "PUT", "release", "release"], self.script.names())
        self.assertEqual([{"key": "c", "lease": "C"}], json.loads(self.script.sent[3][2])["leases"])
        self.script.sent.clear()
        self.script.on("PUT", 428)
        with self.assertRaises(FreshetError):
            self.region.get_many_or_load("abc", self.load_many)
        self.assertEqual(["batchGet", "PUT", "release"], self.script.names())

    def test_a_batch_whose_second_part_is_refused_releases_the_leases_of_the_first(self):
        self.script.answers["batchGet"] = [(200, {}, b'{"entries":[{"key":"0","lease":"A"}]}'), (400, {}, b"{}")]
        with self.assertRaises(FreshetError):
            self.region.get_many_or_load(map(str, range(1001)), self.load_many)
        self.assertEqual(["batchGet", "batchGet", "release"], self.script.names())
        self.assertEqual([{"key": "0", "lease": "A"}], json.loads(self.script.sent[2][2])["leases"])
        self.assertEqual([], self.loaded)

    def test_a_batch_of_more_keys_than_a_request_takes_is_divided(self):
        self.script.on("batchGet", 200, {}, b'{"entries":[]}')
        self.region.get_many_or_load(map(str, range(2001)), self.load_many)
        self.assertEqual([1000, 1000, 1], [len(json.loads(body)["keys"]) for _, _, body in self.script.sent])

    def test_store(self):
        self.script.on("GET", 404, LEASE)
        for status, headers, problem, decision in self.rows("store"):
            self.script.on("PUT", status, headers, problem)
            if decision == freshet.RAISE:
                self.assert_raises(lambda: self.region.get_or_load("k", self.load))
            else:
                self.assertEqual("loaded", self.region.get_or_load("k", self.load))
                self.assertEqual(decision == freshet.UNCACHED_RELEASE, "release" in self.script.names())
            self.assertEqual([], self.slept)

    def test_release(self):
        self.script.on("GET", 404, LEASE)
        for status, headers, problem, _ in self.rows("release"):
            self.script.on("release", status, headers, problem)
            with self.assertRaises(LookupError):
                self.region.get_or_load("k", self.failing)
            self.assertIn("release", self.script.names())

    def test_evict(self):
        for status, headers, problem, decision in self.rows("evict"):
            self.script.on("DELETE", status, headers, problem)
            self.assert_is_done(decision, lambda: self.region.evict("k"))

    def test_publish(self):
        for status, headers, problem, decision in self.rows("publish"):
            position = b'{"positions":{"users":"00c0ffee00c0ffee-1"}}'
            self.script.on("POST", status, headers, position if status == 200 else problem)
            self.assert_is_done(decision, lambda: self.assertEqual("00c0ffee00c0ffee-1", self.region.invalidate("k")))

    def assert_is_done(self, decision, call):
        if decision == freshet.RETRY:
            with self.assertRaises(Unavailable):
                call()
            self.assertEqual(2, len(self.slept))
            self.assertTrue(all(0 < seconds <= 2.0 for seconds in self.slept), self.slept)
        elif decision == freshet.RAISE:
            self.assert_raises(call)
        else:
            call()

    def test_a_request_is_sent_as_often_as_asked_after_pauses_that_double_with_jitter(self):
        problem = b'{"type":"urn:problem-type:freshet:some-type"}'
        self.script.on("DELETE", 503, {}, problem)
        for attempts, sent in ((4, 4), (1, 1), (0, 1)):
            self.slept.clear()
            self.script.sent.clear()
            with self.assertRaises(Unavailable) as raised:
                Region("users", self.script.url, attempts=attempts, backoff=0.1, sleep=self.slept.append).evict("k")
            self.assertEqual((503, "some-type"), (raised.exception.status, raised.exception.type))
            self.assertEqual((sent, sent - 1), (len(self.script.sent), len(self.slept)))
            for seconds, longest in zip(self.slept, (0.1, 0.2, 0.4)):
                self.assertTrue(longest / 2 <= seconds < longest, self.slept)

    def test_a_connection_that_the_server_has_closed_is_replaced_without_an_attempt(self):
        once = Region("users", self.script.url, attempts=1)
        self.addCleanup(once.close)
        self.script.answers["GET"] = [(200, {}, b'"first"'), ("broken", {}, b""), (200, {}, b'"second"')]
        self.assertEqual(["first", "second"], [once.get_or_load("k", self.load) for _ in range(2)])
        self.script.sent.clear()
        self.script.answers["GET"] = [("broken", {}, b""), ("broken", {}, b""), (200, {}, b'"third"')]
        self.assertEqual("loaded", Region("users", self.script.url, attempts=2, backoff=0).get_or_load("k", self.load))
        self.assertEqual(["GET", "GET"], self.script.names())

    def test_a_request_takes_its_timeout_and_what_it_waits_for_another_load(self):
        self.script.on("GET", 200, {}, b'"late"')
        once = Region("users", self.script.url, attempts=1, timeout=0.1)
        self.addCleanup(once.close)
        self.script.gate.clear()
        threading.Timer(0.5, self.script.gate.set).start()
        self.assertEqual("late", once.get_or_load("k", self.load, wait=60))
        self.script.gate.clear()
        self.assertEqual("loaded", once.get_or_load("k", self.load))

    def test_a_request_to_a_unix_socket_takes_its_timeout(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as silent:
            silent.bind(folder + "/s")
            silent.listen()
            once = Region("users", f"unix:{folder}/s", attempts=1, timeout=0.1)
            asking = threading.Thread(target=once.get_or_load, args=("k", self.load), daemon=True)
            asking.start()
            asking.join(30)
            self.assertEqual(["k"], self.loaded)

    def test_close_closes_the_connections_of_its_thread(self):
        self.script.on("DELETE", 204)
        self.script.on("POST", 200, {}, b'{"positions":{"users":"00c0ffee00c0ffee-1"}}')
        self.region.evict("k")
        self.region.invalidate("k")
        self.assertEqual(2, self.script.connections)
        self.region.close()
        deadline = time.monotonic() + 30
        while self.script.connections and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(0, self.script.connections)

    def test_what_a_read_says(self):
        def said(index):
            headers = self.script.sent[index][1]
            return [headers.get(name) for name in ("Cache-Control", "Min-Position", "Prefer")]

        self.script.on("GET", 200, {}, b'"cached"')
        self.script.on("batchGet", 200, {}, b'{"entries":[{"key":"k","omitted":true}]}')
        self.region.get_or_load("k", self.load)
        self.region.get_or_load("k", self.load, fresh=True, min_position="00c0ffee00c0ffee-1", wait=7)
        self.assertEqual([[None] * 3, ["no-cache", "00c0ffee00c0ffee-1", "wait=7"]], [said(0), said(1)])
        self.region.get_many_or_load(["k"], self.load_many, fresh=True, min_position="00c0ffee00c0ffee-1")
        self.assertEqual([["no-cache", "00c0ffee00c0ffee-1", None]] * 2, [said(2), said(3)])

    def test_a_batch_asks_for_a_key_once_and_keeps_the_order(self):
        self.script.on("batchGet", 200, {}, b'{"entries":[{"key":"b","lease":"B"},{"key":"a","value":"1"}]}')
        self.assertEqual(["b", "a"], list(self.region.get_many_or_load(["b", "a", "b"], self.load_many)))
        self.assertEqual(["b", "a"], json.loads(self.script.sent[0][2])["keys"])

    def test_what_an_invalidation_says(self):
        self.script.on("POST", 200, {}, b'{"positions":{"users":"00c0ffee00c0ffee-1"}}')
        self.region.invalidate("k")
        self.region.invalidate("a", "b", tags=["t"], prefixes=["p"], all_entries=True, version=0, changed_at="2026-12-01T00:00:00Z",
                               await_applied=True, force=True)
        self.assertEqual(["/v1/invalidations", "/v1/invalidations?await=applied&force=true"], self.script.paths)
        self.assertEqual([{"region": "users", "keys": ["k"]}, {
            "region": "users", "keys": ["a", "b"], "tags": ["t"], "prefixes": ["p"], "all": True, "version": 0,
            "changedAt": "2026-12-01T00:00:00Z"}], [json.loads(body) for _, _, body in self.script.sent])

    def test_an_interrupt_is_not_answered_with_what_is_cached(self):
        def interrupt(_):
            raise KeyboardInterrupt

        self.script.on("GET", 200, {"Lease": "AVQ0"}, b'"old"')
        self.script.on("batchGet", 200, {}, b'{"entries":[{"key":"k","value":"1","lease":"A"}]}')
        with self.assertRaises(KeyboardInterrupt):
            self.region.get_or_load("k", interrupt)
        with self.assertRaises(KeyboardInterrupt):
            self.region.get_many_or_load(["k"], interrupt)
        self.assertEqual(["GET", "release", "batchGet", "release"], self.script.names())

    def test_a_pause_is_what_the_answer_asks_for_within_the_bound(self):
        for asked, seconds in (("1", 1.0), ("3600", 2.0)):
            self.slept.clear()
            self.script.on("POST", 503, {"Retry-After": asked}, b"{}")
            with self.assertRaises(Unavailable):
                self.region.invalidate("k")
            self.assertEqual([seconds, seconds], self.slept)

    def test_a_failed_load_falls_back_on_what_was_valid_if_asked(self):
        self.script.on("GET", 404, LEASE)
        with self.assertRaises(LookupError):
            self.region.get_or_load("k", self.failing, stale_if_error=30)
        self.assertEqual(["GET", "release", "GET", "release"], self.script.names())
        self.assertEqual("stale-if-error=30", self.script.sent[2][1]["Cache-Control"])
        for stale, expected in (((200, {}, b'"old"'), "old"), ((404, {"Freshet-State": "confirmed"}, b"{}"), None)):
            self.script.answers["GET"] = [(404, LEASE, b"{}"), stale]
            self.assertEqual(expected, self.region.get_or_load("k", self.failing, stale_if_error=30))
        for refused in (400, 500):
            self.script.answers["GET"] = [(404, LEASE, b"{}"), (refused, {}, b"{}")]
            with self.assertRaises(LookupError):
                self.region.get_or_load("k", self.failing, stale_if_error=30)
        self.script.on("GET", 200, {"Lease": "AVQ0"}, b'"old"')
        self.assertEqual("old", self.region.get_or_load("k", self.failing))

    def test_a_value_that_cannot_be_encoded_releases_its_lease(self):
        self.script.on("GET", 404, LEASE)
        with self.assertRaises(TypeError):
            self.region.get_or_load("k", lambda _: object())
        self.assertEqual(["GET", "release"], self.script.names())

    def test_what_a_store_says(self):
        self.script.on("GET", 404, LEASE)
        self.region.get_or_load("k", lambda _: Loaded({"a": 1}, ttl=1.5, tags=["team:7", "ü"], version=42))
        _, headers, body = self.script.sent[-1]
        self.assertEqual(b'{"a":1}', body)
        self.assertEqual(("AVQ0", "application/json", "1500", "42"), tuple(headers[name] for name in (
            "Lease", "Content-Type", "Freshet-Expire-Millis", "Entry-Version")))
        self.assertEqual("team:7, ü", headers["Cache-Tag"].encode("latin-1").decode())
        self.region.get_or_load("k", lambda _: None, absence_ttl=30)
        _, headers, body = self.script.sent[-1]
        self.assertEqual((b"", "true", "30000"), (body, headers["Freshet-Absent"], headers["Freshet-Expire-Millis"]))
        self.region.get_or_load("k", lambda _: None)
        self.assertEqual("release", self.script.names()[-1])
        for value, ttl, millis in ((None, 5, "5000"), (None, 60, "30000"), (1, -1, "0")):
            self.region.get_or_load("k", lambda _: Loaded(value, ttl=ttl, version=0), absence_ttl=30)
            _, headers, _ = self.script.sent[-1]
            self.assertEqual((millis, "0"), (headers["Freshet-Expire-Millis"], headers["Entry-Version"]))

    def test_a_wrong_use_is_said(self):
        with self.assertRaisesRegex(ValueError, "publisher"):
            Region("users", self.script.url).invalidate("k")
        with self.assertRaisesRegex(ValueError, "address"):
            Region("users", "127.0.0.1:8710")
        for tag in ("a,b", " a", "a ", "a\r\nX: b"):
            with self.assertRaisesRegex(ValueError, "tag"):
                Loaded(1, tags=[tag])


class SecuredProcessesTest(unittest.TestCase):
    def region(self, **more):
        region = Region("users", "unix:" + os.environ["FRESHET_SECURED_SUBSCRIBER"], os.environ["FRESHET_SECURED_PUBLISHER"], **{
            "timeout": 60, "attempts": 1, "subscriber_token": os.environ["FRESHET_TOKEN"], "publisher_token": lambda: os.environ["FRESHET_TOKEN"],
            "tls": ssl.create_default_context(cafile=os.environ["FRESHET_CA"]), **more})
        self.addCleanup(region.close)
        return region

    def test_a_token_and_an_authority_open_the_ports(self):
        users = self.region()
        position = users.invalidate("python:secured")
        self.assertEqual(1, users.get_or_load("python:secured", lambda key: 1, min_position=position))
        self.assertEqual(1, users.get_or_load("python:secured", lambda key: 2))

    def test_without_a_token_or_with_an_unknown_one_nothing_is_done(self):
        for token, kind in ((None, "token-required"), ("unknown", "token-unknown")):
            users = self.region(subscriber_token=token, publisher_token=token)
            for call in (lambda: users.invalidate("k"), lambda: users.get_or_load("k", lambda key: 1)):
                with self.assertRaises(FreshetError) as refused:
                    call()
                self.assertEqual((401, kind), (refused.exception.status, refused.exception.type))

    def test_a_right_that_is_missing_is_named(self):
        with self.assertRaises(FreshetError) as refused:
            self.region().invalidate(all_entries=True)
        self.assertEqual((403, "broad"), (refused.exception.status, refused.exception.problem["right"]))

    def test_a_certificate_of_a_strange_authority_is_refused(self):
        with self.assertRaises(Unavailable):
            self.region(tls=None).invalidate("k")


class RealProcessesTest(unittest.TestCase):
    def setUp(self):
        self.subscriber, self.publisher = os.environ["FRESHET_SUBSCRIBER"], os.environ["FRESHET_PUBLISHER"]
        self.users = Region("users", self.subscriber, self.publisher, timeout=60)
        self.addCleanup(self.users.close)
        self.loads = []

    def load(self, key):
        self.loads.append(key)
        return {"key": key, "load": len(self.loads)}

    def key(self, name="user"):
        return f"python:{self.id()}:{name}"

    def leases(self):
        with urllib.request.urlopen(f"{self.subscriber}/v1/regions/users") as answer:
            return json.load(answer)["leases"]

    def test_a_value_is_loaded_once_until_it_is_invalidated(self):
        key = self.key()
        self.assertEqual(1, self.users.get_or_load(key, self.load)["load"])
        self.assertEqual(1, self.users.get_or_load(key, self.load)["load"])
        position = self.users.invalidate(key, await_applied=True)
        self.assertEqual(2, self.users.get_or_load(key, self.load, min_position=position)["load"])
        self.assertEqual(3, self.users.get_or_load(key, self.load, fresh=True)["load"])
        self.assertEqual(3, self.users.get_or_load(key, self.load)["load"])
        self.users.evict(key)
        self.assertEqual(4, self.users.get_or_load(key, self.load)["load"])

    def test_a_tag_a_prefix_and_all_invalidate(self):
        key = self.key()
        for change in ({"tags": [key]}, {"prefixes": [key[:-1]]}, {"all_entries": True, "force": True}):
            self.users.get_or_load(key, lambda _: Loaded("old", tags=[key]))
            position = self.users.invalidate(**change)
            self.assertEqual("new", self.users.get_or_load(key, lambda _: "new", fresh=False, min_position=position))
            self.users.evict(key)

    def test_a_batch_loads_what_is_missing_at_once(self):
        keys = [self.key(str(i)) for i in range(50)]
        asked = []

        def load_many(missing):
            asked.append(missing)
            return {key: key.upper() for key in missing if not key.endswith("7")}

        self.users.get_or_load(keys[0], lambda _: "first")
        expected = {key: key.upper() for key in keys if not key.endswith("7")}
        expected[keys[0]] = "first"
        for _ in range(2):
            self.assertEqual(expected, self.users.get_many_or_load(keys, load_many, absence_ttl=60))
        self.assertEqual([keys[1:]], asked)

    def test_an_absence_is_cached_if_asked(self):
        key = self.key()
        self.assertIsNone(self.users.get_or_load(key, lambda _: None))
        self.assertIsNone(self.users.get_or_load(key, lambda _: None, absence_ttl=60))
        self.assertIsNone(self.users.get_or_load(key, self.load))
        self.assertEqual([], self.loads)

    def test_a_load_that_was_overtaken_is_not_cached(self):
        key = self.key()

        def slow(_):
            position = self.users.invalidate(key)
            self.users.get_or_load(self.key("other"), lambda _: 1, min_position=position)
            return "old"

        self.assertEqual("old", self.users.get_or_load(key, slow))
        self.assertEqual("new", self.users.get_or_load(key, lambda _: "new"))

    def test_a_load_that_fails_keeps_nobody_waiting(self):
        key = self.key()
        waiting = []

        def wait():
            waiting.append(self.users.get_or_load(key, lambda _: "second", wait=10))
            self.users.close()

        def fail(_):
            threads.append(threading.Thread(target=wait))
            threads[0].start()
            raise LookupError("the database is down")

        threads = []
        before = self.leases()
        with self.assertRaises(LookupError):
            self.users.get_or_load(key, fail)
        threads[0].join(60)
        self.assertEqual(["second"], waiting)
        self.assertEqual("second", self.users.get_or_load(key, self.load))
        self.assertEqual(before, self.leases())

    def test_any_key_and_any_bytes_come_back(self):
        region = Region("bytes", self.subscriber, self.publisher, codec=BYTES, timeout=60)
        self.addCleanup(region.close)
        value = bytes(range(256))
        for key in ("..", "a/b", "%2F", "ü😀", "?a=b", " "):
            self.assertEqual(value, region.get_or_load(key, lambda _: value))
            self.assertEqual(value, region.get_or_load(key, self.fail))
            self.assertEqual({key: value}, region.get_many_or_load([key], self.fail))

    def test_without_a_subscriber_the_source_answers_and_without_a_publisher_the_caller_hears(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            address = "http://127.0.0.1:%d" % nobody.getsockname()[1]
            alone = Region("users", address, address, sleep=lambda _: None)
            self.assertEqual("k", alone.get_or_load("k", self.load)["key"])
            self.assertEqual(["k"], list(alone.get_many_or_load(["k"], lambda keys: dict.fromkeys(keys, 1))))
            with self.assertRaises(Unavailable):
                alone.invalidate("k")

    def test_a_region_that_there_is_not_is_said(self):
        nobody = Region("nobody", self.subscriber)
        self.addCleanup(nobody.close)
        with self.assertRaises(FreshetError) as raised:
            nobody.get_or_load("k", self.load)
        self.assertEqual((404, "unknown-region", []), (raised.exception.status, raised.exception.type, self.loads))


if __name__ == "__main__":
    unittest.main()
