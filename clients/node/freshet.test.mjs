// Each row of the decision table against a server that answers as the row says, then the client with real processes.
//
// FRESHET_SUBSCRIBER and FRESHET_PUBLISHER are the addresses of the real ones, which share the regions users and bytes.
// FRESHET_SECURED_PUBLISHER and FRESHET_SECURED_SUBSCRIBER, a unix socket, take the token in FRESHET_TOKEN; FRESHET_CA is the
// file of the authority that the publisher has its certificate from.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import { after, beforeEach, test } from "node:test";
import {
  ABSENT, BYTES, DECISIONS, DONE, FreshetError, LOAD, Loaded, RAISE, RETRY, Region, SOURCE, UNCACHED_RELEASE, USE, Unavailable,
} from "./freshet.mjs";

const LEASE = { Lease: "AVQ0", "Freshet-State": "confirmed" };

/** A server that answers requests by their method, or their action, when its gate is open. Keeps what it was sent. */
const script = { answers: {}, sent: [], gate: Promise.resolve(), on(name, status, headers = {}, body = "") { this.answers[name] = { status, headers, body }; } };
script.server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    const name = request.url.includes(":") ? request.url.split(":").pop() : request.method;
    script.sent.push({ name, path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
    await script.gate;
    const answers = script.answers[name];
    const { status, headers, body } = Array.isArray(answers) ? answers.shift() : answers;
    if (status === "broken") {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, headers);
    response.end(body);
  });
});
script.server.keepAliveTimeout = 0; // it never closes a connection that is idle
await new Promise((listening) => script.server.listen(0, "127.0.0.1", listening));
const url = `http://127.0.0.1:${script.server.address().port}`;
const names = () => script.sent.map(({ name }) => name);

let slept = [];
let loaded = [];
let warned = [];
const sleep = async (millis) => slept.push(millis);
const region = new Region("users", { subscriber: url, publisher: url, attempts: 3, sleep, warn: (text) => warned.push(text) });
const load = async (key) => {
  loaded.push(key);
  return "loaded";
};
const loadMany = async (keys) => {
  loaded.push(...keys);
  return new Map(keys.map((key) => [key, "loaded"]));
};
const fail = async () => {
  throw new RangeError("the database is down");
};

function reset() {
  script.sent.length = 0;
  [slept, loaded, warned] = [[], [], []];
}

beforeEach(() => {
  reset();
  script.on("PUT", 204);
  script.on("release", 200, {}, '{"released":1}');
});

after(() => {
  region.close();
  script.server.close();
});

const PROBLEM = '{"type":"urn:problem-type:freshet:some-type","detail":"why"}';

/** Goes through the rows of a request with the status, the headers and the decision of each. */
async function rows(request, check) {
  for (const [answer, decision] of Object.entries(DECISIONS[request])) {
    reset();
    const status = answer === "miss" || answer === "absent" ? 404 : answer === "broken" ? answer : Number(answer);
    const headers = answer === "miss" ? LEASE : answer === "absent" ? { "Freshet-State": "confirmed" } : {};
    try {
      await check(status, headers, decision);
    } catch (fault) {
      fault.message = `${request} ${answer}: ${fault.message}`;
      throw fault;
    }
  }
}

async function assertRaises(call) {
  await assert.rejects(call, (fault) => fault instanceof FreshetError && !(fault instanceof Unavailable)
    && fault.type === "some-type" && fault.message.includes("why"));
}

test("read", () => rows("read", async (status, headers, decision) => {
  script.on("GET", status, headers, status === 200 ? '"cached"' : PROBLEM);
  if (decision === RAISE) {
    await assertRaises(() => region.getOrLoad("k", load));
    assert.deepEqual([loaded, names()], [[], ["GET"]]);
    return;
  }
  const value = await region.getOrLoad("k", load);
  const asked = [...new Set(names())];
  assert.deepEqual([value, loaded, asked, slept.length, warned.length], {
    [USE]: ["cached", [], ["GET"], 0, 0],
    [ABSENT]: [null, [], ["GET"], 0, 0],
    [LOAD]: ["loaded", ["k"], ["GET", "PUT"], 0, 0],
    [SOURCE]: ["loaded", ["k"], ["GET"], 0, 1],
    [RETRY]: ["loaded", ["k"], ["GET"], 2, 1],
  }[decision]);
}));

test("batch", () => rows("batch", async (status, headers, decision) => {
  const entries = [
    { key: "broken", value: "{" }, { key: "hit", value: '"cached"', contentType: "application/json", ageSeconds: 1 },
    { key: "bytes", valueBase64: Buffer.from('"cached"').toString("base64") },
    { key: "absent", absent: true }, { key: "miss", lease: "AVQ0" },
    { key: "old", value: '"old"', lease: "AVQ1" }, { key: "omitted", omitted: true },
  ];
  const keys = entries.map(({ key }) => key);
  script.on("GET", 200, {}, '"alone"');
  script.on("batchGet", status, headers, status === 200 ? JSON.stringify({ entries }) : PROBLEM);
  if (decision === RAISE) {
    await assertRaises(() => region.getManyOrLoad(keys, loadMany));
    assert.deepEqual([loaded, names()], [[], ["batchGet"]]);
    return;
  }
  const values = Object.fromEntries(await region.getManyOrLoad(keys, loadMany));
  if (decision === USE) {
    assert.deepEqual(values, { hit: "cached", bytes: "cached", miss: "loaded", old: "loaded", omitted: "alone", broken: "loaded" });
    assert.deepEqual(loaded, ["broken", "miss", "old"]);
    assert.deepEqual(names(), ["batchGet", "GET", "PUT", "PUT"]);
  } else {
    assert.deepEqual(values, Object.fromEntries(keys.map((key) => [key, "loaded"])));
    assert.deepEqual(new Set(names()), new Set(["batchGet"]));
    assert.equal(slept.length, decision === RETRY ? 2 : 0);
  }
}));

test("a batch whose load fails releases all its leases in one request", async () => {
  const entries = [{ key: "a", lease: "A" }, { key: "b", value: '"b"', lease: "B" }, { key: "c", value: '"c"' }];
  script.on("batchGet", 200, {}, JSON.stringify({ entries }));
  await assert.rejects(() => region.getManyOrLoad("abc", fail), RangeError);
  assert.deepEqual(names(), ["batchGet", "release"]);
  assert.deepEqual(JSON.parse(script.sent[1].body).leases, [{ key: "a", lease: "A" }, { key: "b", lease: "B" }]);
  script.on("batchGet", 200, {}, JSON.stringify({ entries: entries.slice(1) }));
  assert.deepEqual(Object.fromEntries(await region.getManyOrLoad("bc", fail)), { b: "b", c: "c" });
});

test("a batch that ends early releases the leases that it has", async () => {
  const entries = [{ key: "a", lease: "A" }, { key: "b", lease: "B" }, { key: "c", lease: "C" }];
  script.on("batchGet", 200, {}, JSON.stringify({ entries }));
  await assert.rejects(() => region.getManyOrLoad("abc", () => ({ a: 1, b: 1n, c: 3 })), TypeError);
  assert.deepEqual(names(), ["batchGet", "PUT", "release", "release"]);
  assert.deepEqual(JSON.parse(script.sent[3].body).leases, [{ key: "c", lease: "C" }]);
  reset();
  script.on("PUT", 428);
  await assert.rejects(() => region.getManyOrLoad("abc", loadMany), FreshetError);
  assert.deepEqual(names(), ["batchGet", "PUT", "release"]);
});

test("a batch whose second part is refused releases the leases of the first", async () => {
  const keys = Array.from({ length: 1001 }, (_, i) => String(i));
  script.answers.batchGet = [{ status: 200, headers: {}, body: '{"entries":[{"key":"0","lease":"A"}]}' }, { status: 400, headers: {}, body: "{}" }];
  await assert.rejects(() => region.getManyOrLoad(keys, loadMany), FreshetError);
  assert.deepEqual(names(), ["batchGet", "batchGet", "release"]);
  assert.deepEqual(JSON.parse(script.sent[2].body).leases, [{ key: "0", lease: "A" }]);
  assert.deepEqual(loaded, []);
});

test("a batch of more keys than a request takes is divided", async () => {
  const keys = Array.from({ length: 2001 }, (_, i) => String(i));
  script.on("batchGet", 200, {}, '{"entries":[]}');
  await region.getManyOrLoad(keys, loadMany);
  assert.deepEqual(script.sent.map(({ body }) => JSON.parse(body).keys.length), [1000, 1000, 1]);
});

test("store", () => rows("store", async (status, headers, decision) => {
  script.on("GET", 404, LEASE);
  script.on("PUT", status, headers, PROBLEM);
  if (decision === RAISE) {
    await assertRaises(() => region.getOrLoad("k", load));
  } else {
    assert.equal(await region.getOrLoad("k", load), "loaded");
    assert.equal(names().includes("release"), decision === UNCACHED_RELEASE);
    assert.equal(warned.length, 0);
  }
  assert.deepEqual(slept, []);
}));

test("release", () => rows("release", async (status, headers) => {
  script.on("GET", 404, LEASE);
  script.on("release", status, headers, PROBLEM);
  await assert.rejects(() => region.getOrLoad("k", fail), RangeError);
  assert.ok(names().includes("release"));
}));

async function assertIsDone(decision, call) {
  if (decision === RETRY) {
    await assert.rejects(call, Unavailable);
    assert.equal(slept.length, 2);
    assert.ok(slept.every((millis) => millis > 0 && millis <= 2000), slept.join());
  } else if (decision === RAISE) {
    await assertRaises(call);
  } else {
    assert.equal(decision, DONE);
    await call();
  }
}

test("evict", () => rows("evict", async (status, headers, decision) => {
  script.on("DELETE", status, headers, PROBLEM);
  await assertIsDone(decision, () => region.evict("k"));
}));

test("publish", () => rows("publish", async (status, headers, decision) => {
  script.on("POST", status, headers, status === 200 ? '{"positions":{"users":"00c0ffee00c0ffee-1"}}' : PROBLEM);
  await assertIsDone(decision, async () => assert.equal(await region.invalidate("k"), "00c0ffee00c0ffee-1"));
}));

test("a request is sent as often as asked, after pauses that double with jitter", async () => {
  script.on("DELETE", 503, {}, PROBLEM);
  for (const [attempts, sent] of [[4, 4], [1, 1], [0, 1]]) {
    reset();
    const some = new Region("users", { subscriber: url, attempts, backoff: 100, sleep });
    await assert.rejects(() => some.evict("k"), (fault) => fault instanceof Unavailable && fault.status === 503 && fault.type === "some-type");
    some.close();
    assert.deepEqual([names().length, slept.length], [sent, sent - 1]);
    slept.forEach((millis, i) => assert.ok(100 * 2 ** i / 2 <= millis && millis < 100 * 2 ** i, slept.join()));
  }
});

/** Does some work with a region of its own, which sends each request once if not told otherwise. */
async function once(options, work) {
  const some = new Region("users", { subscriber: url, publisher: url, attempts: 1, warn: () => {}, ...options });
  try {
    await work(some);
  } finally {
    some.close();
  }
}

test("a connection that the server has closed is replaced without an attempt", async () => {
  const [broken, good] = [{ status: "broken" }, (body) => ({ status: 200, headers: {}, body })];
  await once({}, async (some) => {
    script.answers.GET = [good('"first"'), broken, good('"second"')];
    assert.equal(await some.getOrLoad("k", load), "first");
    await new Promise(setImmediate); // the connection is free again
    assert.equal(await some.getOrLoad("k", load), "second");
  });
  reset();
  await once({ attempts: 2, backoff: 0 }, async (some) => {
    script.answers.GET = [broken, broken, good('"third"')];
    assert.equal(await some.getOrLoad("k", load), "loaded");
  });
  assert.deepEqual(names(), ["GET", "GET"]);
});

test("a request takes its timeout, and what it waits for another load", async () => {
  script.on("GET", 200, {}, '"late"');
  let open;
  try {
    await once({ timeout: 100 }, async (some) => {
      script.gate = new Promise((opened) => setTimeout(opened, 500));
      assert.equal(await some.getOrLoad("k", load, { wait: 60 }), "late");
      script.gate = new Promise((opened) => { open = opened; });
      assert.equal(await some.getOrLoad("k", load), "loaded");
    });
  } finally {
    open?.();
    script.gate = Promise.resolve();
  }
});

test("close closes idle connections", async () => {
  const connections = () => new Promise((resolve, reject) => script.server.getConnections((fault, count) => (fault ? reject(fault) : resolve(count))));
  script.on("DELETE", 204);
  script.on("POST", 200, {}, '{"positions":{"users":"00c0ffee00c0ffee-1"}}');
  region.close();
  await until(async () => await connections() === 0);
  await once({}, async (some) => {
    await some.evict("k");
    await some.invalidate("k");
    assert.equal(await connections(), 2);
  });
  await until(async () => await connections() === 0);
});

async function until(isSo) {
  const deadline = Date.now() + 30_000;
  while (!await isSo()) {
    assert.ok(Date.now() < deadline, String(isSo));
    await new Promise((next) => setTimeout(next, 10));
  }
}

test("what a read says", async () => {
  const said = (index) => ["cache-control", "min-position", "prefer"].map((name) => script.sent[index].headers[name]);
  const minPosition = "00c0ffee00c0ffee-1";
  script.on("GET", 200, {}, '"cached"');
  script.on("batchGet", 200, {}, '{"entries":[{"key":"k","omitted":true}]}');
  await region.getOrLoad("k", load);
  await region.getOrLoad("k", load, { fresh: true, minPosition, wait: 7 });
  assert.deepEqual([said(0), said(1)], [[undefined, undefined, undefined], ["no-cache", minPosition, "wait=7"]]);
  await region.getManyOrLoad(["k"], loadMany, { fresh: true, minPosition });
  assert.deepEqual([said(2), said(3)], Array(2).fill(["no-cache", minPosition, undefined]));
});

test("a batch asks for a key once, and keeps the order", async () => {
  script.on("batchGet", 200, {}, '{"entries":[{"key":"b","lease":"B"},{"key":"a","value":"1"}]}');
  assert.deepEqual([...(await region.getManyOrLoad(["b", "a", "b"], loadMany)).keys()], ["b", "a"]);
  assert.deepEqual(JSON.parse(script.sent[0].body).keys, ["b", "a"]);
});

test("what an invalidation says", async () => {
  script.on("POST", 200, {}, '{"positions":{"users":"00c0ffee00c0ffee-1"}}');
  const changedAt = "2026-12-01T00:00:00Z";
  await region.invalidate("k");
  await region.invalidate(["a", "b"], {
    tags: ["t"], prefixes: ["p"], allEntries: true, version: 0, changedAt, awaitApplied: true, force: true,
  });
  assert.deepEqual(script.sent.map(({ path }) => path), ["/v1/invalidations", "/v1/invalidations?await=applied&force=true"]);
  assert.deepEqual(script.sent.map(({ body }) => JSON.parse(body)), [
    { region: "users", keys: ["k"] },
    { region: "users", keys: ["a", "b"], tags: ["t"], prefixes: ["p"], all: true, version: 0, changedAt },
  ]);
});

test("a pause is what the answer asks for, within the bound", async () => {
  for (const [asked, millis] of [["1", 1000], ["3600", 2000]]) {
    slept = [];
    script.on("POST", 503, { "Retry-After": asked }, "{}");
    await assert.rejects(() => region.invalidate("k"), Unavailable);
    assert.deepEqual(slept, [millis, millis]);
  }
});

test("a failed load falls back on what was valid, if asked", async () => {
  script.on("GET", 404, LEASE);
  await assert.rejects(() => region.getOrLoad("k", fail, { staleIfError: 30 }), RangeError);
  assert.deepEqual(names(), ["GET", "release", "GET", "release"]);
  assert.equal(script.sent[2].headers["cache-control"], "stale-if-error=30");
  const miss = { status: 404, headers: LEASE, body: "{}" };
  for (const [status, headers, body, expected] of [[200, {}, '"old"', "old"], [404, { "Freshet-State": "confirmed" }, "{}", null]]) {
    script.answers.GET = [miss, { status, headers, body }];
    assert.equal(await region.getOrLoad("k", fail, { staleIfError: 30 }), expected);
  }
  for (const status of [400, 500]) {
    script.answers.GET = [miss, { status, headers: {}, body: "{}" }];
    await assert.rejects(() => region.getOrLoad("k", fail, { staleIfError: 30 }), RangeError);
  }
  script.on("GET", 200, { Lease: "AVQ0" }, '"old"');
  assert.equal(await region.getOrLoad("k", fail), "old");
});

test("a value that cannot be encoded releases its lease", async () => {
  script.on("GET", 404, LEASE);
  await assert.rejects(() => region.getOrLoad("k", () => 1n), TypeError);
  assert.deepEqual(names(), ["GET", "release"]);
});

test("what a store says", async () => {
  script.on("GET", 404, LEASE);
  await region.getOrLoad("k", () => new Loaded({ a: 1 }, { ttl: 1.5, tags: ["team:7", "ü"], version: 42 }));
  let { headers, body } = script.sent.at(-1);
  assert.deepEqual([body, headers.lease, headers["content-type"], headers["freshet-expire-millis"], headers["entry-version"]],
    ['{"a":1}', "AVQ0", "application/json", "1500", "42"]);
  assert.equal(Buffer.from(headers["cache-tag"], "latin1").toString(), "team:7, ü");
  await region.getOrLoad("k", () => null, { absenceTtl: 30 });
  ({ headers, body } = script.sent.at(-1));
  assert.deepEqual([body, headers["freshet-absent"], headers["freshet-expire-millis"]], ["", "true", "30000"]);
  await region.getOrLoad("k", () => null);
  assert.equal(names().at(-1), "release");
  for (const [value, ttl, millis] of [[null, 5, "5000"], [null, 60, "30000"], [1, -1, "0"]]) {
    await region.getOrLoad("k", () => new Loaded(value, { ttl, version: 0 }), { absenceTtl: 30 });
    ({ headers } = script.sent.at(-1));
    assert.deepEqual([headers["freshet-expire-millis"], headers["entry-version"]], [millis, "0"]);
  }
});

test("a wrong use is said", async () => {
  await assert.rejects(() => new Region("users", { subscriber: url }).invalidate("k"), /publisher/);
  assert.throws(() => new Region("users", { subscriber: "ftp://127.0.0.1" }), /address/);
  for (const tag of ["a,b", " a", "a ", "a\r\nX: b"]) {
    assert.throws(() => new Loaded(1, { tags: [tag] }), /tag/);
  }
});

// ---- Ports with tokens and TLS

const token = process.env.FRESHET_TOKEN;
const secured = (name, more, check) => test(`with secured processes, ${name}`, async () => {
  const users = new Region("users", {
    subscriber: `unix:${process.env.FRESHET_SECURED_SUBSCRIBER}`, publisher: process.env.FRESHET_SECURED_PUBLISHER, timeout: 60_000,
    attempts: 1, subscriberToken: token, publisherToken: () => token, tls: { ca: readFileSync(process.env.FRESHET_CA) }, ...more(),
  });
  try {
    await check(users);
  } finally {
    users.close();
  }
});

secured("a token and an authority open the ports", () => ({}), async (users) => {
  const minPosition = await users.invalidate("node:secured");
  assert.equal(await users.getOrLoad("node:secured", () => 1, { minPosition }), 1);
  assert.equal(await users.getOrLoad("node:secured", () => 2), 1);
});

for (const [shown, type] of [[undefined, "token-required"], ["unknown", "token-unknown"]]) {
  secured(`nothing is done: ${type}`, () => ({ subscriberToken: shown, publisherToken: shown }), async (users) => {
    await assert.rejects(users.invalidate("k"), { status: 401, type });
    await assert.rejects(users.getOrLoad("k", () => 1), { status: 401, type });
  });
}

secured("a right that is missing is named", () => ({}), async (users) => {
  await assert.rejects(users.invalidate([], { allEntries: true }), (refused) => refused.status === 403 && refused.problem.right === "broad");
});

secured("a certificate of a strange authority is refused", () => ({ tls: undefined }), async (users) => {
  await assert.rejects(users.invalidate("k"), Unavailable);
});

// ---- Real processes

const subscriber = process.env.FRESHET_SUBSCRIBER;
const publisher = process.env.FRESHET_PUBLISHER;
const real = (name, check) => test(`with real processes, ${name}`, async () => {
  assert.ok(subscriber && publisher, "set FRESHET_SUBSCRIBER and FRESHET_PUBLISHER to the addresses of running ones");
  const users = new Region("users", { subscriber, publisher, timeout: 60_000 });
  let count = 0;
  try {
    await check(users, `node:${name}:user`, () => ({ load: ++count }));
  } finally {
    users.close();
  }
});

async function leases() {
  const answer = await new Promise((resolve) => http.get(`${subscriber}/v1/regions/users`, resolve));
  let body = "";
  for await (const chunk of answer) {
    body += chunk;
  }
  return JSON.parse(body).leases;
}

real("a value is loaded once until it is invalidated", async (users, key, next) => {
  assert.equal((await users.getOrLoad(key, next)).load, 1);
  assert.equal((await users.getOrLoad(key, next)).load, 1);
  const minPosition = await users.invalidate(key, { awaitApplied: true });
  assert.equal((await users.getOrLoad(key, next, { minPosition })).load, 2);
  assert.equal((await users.getOrLoad(key, next, { fresh: true })).load, 3);
  assert.equal((await users.getOrLoad(key, next)).load, 3);
  await users.evict(key);
  assert.equal((await users.getOrLoad(key, next)).load, 4);
});

real("a tag, a prefix and all invalidate", async (users, key) => {
  const tag = "node-tag";
  for (const change of [{ tags: [tag] }, { prefixes: [key.slice(0, -1)] }, { allEntries: true, force: true }]) {
    await users.getOrLoad(key, () => new Loaded("old", { tags: [tag] }));
    const minPosition = await users.invalidate([], change);
    assert.equal(await users.getOrLoad(key, () => "new", { minPosition }), "new");
    await users.evict(key);
  }
});

real("a batch loads what is missing at once", async (users, prefix) => {
  const keys = Array.from({ length: 50 }, (_, i) => `${prefix}:${i}`);
  const asked = [];
  const isThere = (key) => !key.endsWith("7");
  const many = (missing) => {
    asked.push(missing);
    return Object.fromEntries(missing.filter(isThere).map((key) => [key, key.toUpperCase()]));
  };
  await users.getOrLoad(keys[0], () => "first");
  const expected = new Map(keys.filter(isThere).map((key) => [key, key === keys[0] ? "first" : key.toUpperCase()]));
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(await users.getManyOrLoad(keys, many, { absenceTtl: 60 }), expected);
  }
  assert.deepEqual(asked, [keys.slice(1)]);
});

real("an absence is cached if asked", async (users, key) => {
  assert.equal(await users.getOrLoad(key, () => null), null);
  assert.equal(await users.getOrLoad(key, () => undefined, { absenceTtl: 60 }), null);
  assert.equal(await users.getOrLoad(key, fail), null);
});

real("a load that was overtaken is not cached", async (users, key) => {
  const slow = async () => {
    const minPosition = await users.invalidate(key);
    await users.getOrLoad(`${key}:other`, () => 1, { minPosition });
    return "old";
  };
  assert.equal(await users.getOrLoad(key, slow), "old");
  assert.equal(await users.getOrLoad(key, () => "new"), "new");
});

real("a load that fails keeps nobody waiting", async (users, key) => {
  const before = await leases();
  let waiting;
  await assert.rejects(() => users.getOrLoad(key, () => {
    waiting = users.getOrLoad(key, () => "second", { wait: 10 });
    return fail();
  }), RangeError);
  assert.equal(await waiting, "second");
  assert.equal(await users.getOrLoad(key, fail), "second");
  assert.equal(await leases(), before);
});

real("any key and any bytes come back", async () => {
  const region = new Region("bytes", { subscriber, publisher, codec: BYTES, timeout: 60_000 });
  const value = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  for (const key of ["..", "a/b", "%2F", "ü😀", "?a=b", " "]) {
    await region.evict(key);
    assert.deepEqual(await region.getOrLoad(key, () => value), value);
    assert.deepEqual(await region.getOrLoad(key, fail), value);
    assert.deepEqual(await region.getManyOrLoad([key], fail), new Map([[key, value]]));
  }
  region.close();
});

test("without a subscriber the source answers, and without a publisher the caller hears", async () => {
  const nobody = http.createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => nobody.on("listening", listening));
  const address = `http://127.0.0.1:${nobody.address().port}`;
  await new Promise((closed) => nobody.close(closed));
  const alone = new Region("users", { subscriber: address, publisher: address, sleep, warn: () => {} });
  assert.equal(await alone.getOrLoad("k", load), "loaded");
  assert.deepEqual(await alone.getManyOrLoad(["k"], loadMany), new Map([["k", "loaded"]]));
  await assert.rejects(() => alone.invalidate("k"), Unavailable);
});

real("a region that there is not is said", async () => {
  const nobody = new Region("nobody", { subscriber });
  await assert.rejects(() => nobody.getOrLoad("k", load), { status: 404, type: "unknown-region" });
  nobody.close();
});
