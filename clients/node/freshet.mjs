// A client of Freshet's HTTP API: one file, standard library only, Node 18 and later.
//
// DECISIONS says what is done with each answer.

import http from "node:http";
import https from "node:https";
import { setTimeout as pause } from "node:timers/promises";

// What is done with an answer, by request and status. A read's 404 is "miss" with a Lease, "absent" with Freshet-State alone, else 404.
// "broken": no answer came. A status that is not here: RAISE.
export const USE = "use the value";
export const LOAD = "load, store under the lease; release the lease if the load fails";
export const ABSENT = "there is no value: do not load";
export const SOURCE = "load from the source, store nothing";
export const RETRY = "repeat, with bounded backoff; then as for SOURCE, or raise Unavailable";
export const UNCACHED = "use the value, store nothing";
export const UNCACHED_RELEASE = "use the value, store nothing, release the lease";
export const DONE = "done";
export const IGNORE = "the lease ends by itself";
export const RAISE = "raise FreshetError";
const WRONG = { 400: RAISE, 401: RAISE, 403: RAISE, 404: RAISE, 413: RAISE, 414: RAISE, 415: RAISE, 421: RAISE, 431: RAISE };
export const DECISIONS = {
  read: { ...WRONG, 200: USE, miss: LOAD, absent: ABSENT, 408: RETRY, 409: RAISE, 500: SOURCE, 503: SOURCE, broken: RETRY },
  batch: { ...WRONG, 200: USE, 408: RETRY, 500: SOURCE, 503: SOURCE, broken: RETRY },
  store: {
    ...WRONG, 204: DONE, 408: UNCACHED, 409: UNCACHED, 413: UNCACHED_RELEASE, 428: RAISE, 500: UNCACHED,
    503: UNCACHED_RELEASE, broken: UNCACHED,
  },
  release: {
    ...Object.fromEntries(Object.keys(WRONG).map((status) => [status, IGNORE])), 200: DONE, 408: IGNORE, 500: IGNORE, 503: IGNORE, broken: IGNORE,
  },
  evict: { ...WRONG, 204: DONE, 408: RETRY, 500: RETRY, 503: RETRY, broken: RETRY },
  publish: { ...WRONG, 200: DONE, 408: RETRY, 409: RAISE, 500: RETRY, 503: RETRY, 504: RAISE, broken: RETRY },
};

const MAX_BATCH = 1000;
const JSON_BODY = { "Content-Type": "application/json" };

/** A request that must not be repeated as it is. `status`, `type` and `problem` are those of the answer. */
export class FreshetError extends Error {
  constructor(message, status = 0, problem = {}) {
    super(message);
    this.name = new.target.name;
    this.status = status;
    this.problem = problem;
    this.type = String(problem.type ?? "").split(":").pop();
  }
}

/** The request may succeed later. After a publish, caches may hold the old value until it is repeated, which is harmless. */
export class Unavailable extends FreshetError {}

/** The subscriber cannot say what is cached: load from the source, and store nothing. */
class NotCached extends Error {}

/** How values become bytes: `decode` gets the Buffer that `encode` returned. */
export const JSON_VALUES = {
  contentType: "application/json",
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (body) => JSON.parse(body.toString()),
};
export const BYTES = { contentType: "application/octet-stream", encode: (value) => Buffer.from(value), decode: (body) => body };

/** What a loader may return in place of a bare value, to say how it is kept: `ttl` in seconds, `tags`, `version`. */
export class Loaded {
  constructor(value, { ttl, tags = [], version } = {}) {
    for (const tag of tags) {
      // The header would say other tags, and an invalidation of this one would miss the entry.
      if (tag !== tag.trim() || /[,\u0000-\u001f\u007f]/.test(tag)) {
        throw new TypeError(`a tag must hold neither commas nor control characters, nor begin or end with spaces, as ${JSON.stringify(tag)} does`);
      }
    }
    Object.assign(this, { value, ttl, tags, version });
  }
}

/** Returns what is done with an answer to a request; a status of 0: none came. */
export function decide(request, status, headers) {
  let answer = status || "broken";
  if (request === "read" && status === 404 && headers.lease !== undefined) {
    answer = "miss";
  } else if (request === "read" && status === 404 && headers["freshet-state"] !== undefined) {
    answer = "absent";
  }
  return DECISIONS[request][answer] ?? RAISE;
}

/**
 * One region: reads and stores at the subscriber beside this process, publishes changes at the publisher.
 *
 * `timeout`: milliseconds that one request takes at most. `attempts`, `backoff`, `maxBackoff`: how often a request is sent, and how
 * many milliseconds pass before it is repeated: `backoff`, doubled each time, with jitter, or what the answer asks for; at most
 * `maxBackoff`. `warn` hears of loads that bypass the cache. `subscriberToken`, `publisherToken`: the caller's token there, or a function
 * that returns it, for tokens that are replaced. `tls`: for https addresses, as `{ ca: readFileSync("ca.crt") }`.
 */
export class Region {
  constructor(name, {
    subscriber = "http://127.0.0.1:8710", publisher, codec = JSON_VALUES, timeout = 5000, attempts = 3, backoff = 100, maxBackoff = 2000,
    sleep = pause, warn = (text) => process.emitWarning(text, "FreshetWarning"), subscriberToken, publisherToken, tls,
  } = {}) {
    Object.assign(this, { name, codec, timeout, attempts, backoff, maxBackoff, sleep, warn });
    this.entries = `/v1/regions/${encodeURIComponent(name)}/entries`;
    this.subscriber = address(subscriber, subscriberToken, tls);
    this.publisher = publisher === undefined ? undefined : address(publisher, publisherToken, tls);
  }

  // ---- Reading

  /**
   * Returns the cached value, or what `load` returns for the key, which is then cached unless it was overtaken.
   *
   * `load` returns the value, a Loaded, or null if there is none. `absenceTtl`: how many seconds that is cached; undefined: it is not.
   * `wait`: how many seconds to wait for another caller's load. `fresh`: load, whatever is cached. `minPosition`: of an invalidation
   * that the answer must reflect. `staleIfError`: if the load fails, return a value that was valid so many seconds ago.
   */
  async getOrLoad(key, load, { absenceTtl, wait = 0, fresh = false, minPosition, staleIfError } = {}) {
    const headers = readHeaders(fresh, minPosition);
    if (wait > 0) {
      headers.Prefer = `wait=${wait}`;
    }
    let found;
    try {
      found = await this.#read(key, headers, wait * 1000);
    } catch (why) {
      return (await this.#uncached(why, () => load(key))).value;
    }
    if (found.lease === undefined) {
      return found.value;
    }
    let loaded;
    try {
      loaded = asLoaded(await load(key));
    } catch (fault) {
      await this.#release([[key, found.lease]]);
      const kept = found.hasValue ? found : await this.#stale(key, staleIfError);
      if (kept !== undefined) {
        return kept.value;
      }
      throw fault;
    }
    await this.#store(key, found.lease, loaded, absenceTtl);
    return loaded.value;
  }

  /**
   * Returns a Map of the values by key, without those that there are not. One request for 1000 keys, and one load of what is missing.
   *
   * `loadMany` gets the keys that are missing, and returns their values as a Map or an object; see getOrLoad.
   */
  async getManyOrLoad(keys, loadMany, { absenceTtl, fresh = false, minPosition } = {}) {
    const wanted = [...new Set(keys)];
    const found = new Map(wanted.map((key) => [key, {}]));
    for (let start = 0; start < wanted.length; start += MAX_BATCH) {
      const part = wanted.slice(start, start + MAX_BATCH);
      try {
        await this.#readMany(part, readHeaders(fresh, minPosition), found);
      } catch (why) {
        await this.#releasing(leasesOf(found), () => this.#warnOf(why));
      }
    }
    const leases = leasesOf(found);
    const values = new Map([...found].filter(([, one]) => one.hasValue).map(([key, one]) => [key, one.value]));
    const toLoad = wanted.filter((key) => found.get(key).lease !== undefined || !isAnswer(found.get(key)));
    if (toLoad.length > 0) {
      let loaded;
      try {
        const brought = await loadMany(toLoad);
        loaded = brought instanceof Map ? brought : new Map(Object.entries(brought));
      } catch (fault) {
        await this.#release([...leases]);
        if (toLoad.every((key) => values.has(key))) {
          return values;
        }
        throw fault;
      }
      await this.#releasing(leases, async () => {
        for (const key of toLoad) {
          const one = asLoaded(loaded.get(key));
          values.set(key, one.value);
          const lease = leases.get(key);
          if (leases.delete(key)) {
            await this.#store(key, lease, one, absenceTtl);
          }
        }
      });
    }
    return new Map(wanted.filter((key) => (values.get(key) ?? null) !== null).map((key) => [key, values.get(key)]));
  }

  async #read(key, headers, moreMillis = 0) {
    const { answer } = await this.#ask("read", this.subscriber, "GET", this.#path(key), undefined, headers, moreMillis);
    const lease = answer.headers.lease;
    return answer.status === 200
      ? { hasValue: true, value: this.#decode(answer.body), lease }
      : { isAbsent: lease === undefined, value: null, lease };
  }

  async #readMany(keys, headers, found) {
    const body = Buffer.from(JSON.stringify({ keys }));
    const { answer } = await this.#ask("batch", this.subscriber, "POST", `${this.entries}:batchGet`, body, { ...headers, ...JSON_BODY });
    for (const entry of JSON.parse(answer.body.toString()).entries) {
      found.set(entry.key, await this.#entry(entry, headers));
    }
  }

  async #entry(entry, headers) {
    const lease = entry.lease;
    try {
      if (entry.omitted) {
        return await this.#read(entry.key, headers);
      }
      if (entry.value !== undefined) {
        return { hasValue: true, value: this.#decode(Buffer.from(entry.value)), lease };
      }
      if (entry.valueBase64 !== undefined) {
        return { hasValue: true, value: this.#decode(Buffer.from(entry.valueBase64, "base64")), lease };
      }
    } catch (why) {
      this.#warnOf(why);
      return {};
    }
    return { isAbsent: entry.absent === true, value: null, lease };
  }

  #decode(body) {
    try {
      return this.codec.decode(body);
    } catch (fault) {
      throw new NotCached(`a cached value cannot be decoded: ${fault.message}`);
    }
  }

  async #stale(key, seconds) {
    if (seconds === undefined) {
      return undefined;
    }
    try {
      const found = await this.#read(key, { "Cache-Control": `stale-if-error=${seconds}` });
      if (found.lease === undefined || found.hasValue) {
        return found;
      }
      await this.#release([[key, found.lease]]);
    } catch (why) {
      if (!(why instanceof FreshetError)) { // the caller hears why the load failed
        this.#warnOf(why);
      }
    }
    return undefined;
  }

  async #uncached(why, load) {
    this.#warnOf(why);
    return asLoaded(await load());
  }

  #warnOf(why) {
    if (!(why instanceof NotCached)) {
      throw why;
    }
    this.warn(`region ${this.name}: loaded without the cache: ${why.message}`);
  }

  // ---- Storing

  async #store(key, lease, loaded, absenceTtl) {
    const isAbsent = (loaded.value ?? null) === null;
    if (isAbsent && absenceTtl === undefined) {
      await this.#release([[key, lease]]);
      return;
    }
    const headers = { Lease: lease };
    let body = Buffer.alloc(0);
    let ttl = loaded.ttl;
    if (isAbsent) {
      headers["Freshet-Absent"] = "true";
      ttl = Math.min(ttl ?? absenceTtl, absenceTtl);
    } else {
      headers["Content-Type"] = this.codec.contentType;
      try {
        body = this.codec.encode(loaded.value);
      } catch (fault) {
        await this.#release([[key, lease]]);
        throw fault;
      }
    }
    if (ttl !== undefined) {
      headers["Freshet-Expire-Millis"] = String(Math.max(0, Math.floor(ttl * 1000)));
    }
    if (loaded.tags.length > 0) {
      headers["Cache-Tag"] = Buffer.from(loaded.tags.join(", ")).toString("latin1");
    }
    if (loaded.version !== undefined) {
      headers["Entry-Version"] = String(loaded.version);
    }
    const { decision } = await this.#ask("store", this.subscriber, "PUT", this.#path(key), body, headers);
    if (decision === UNCACHED_RELEASE) {
      await this.#release([[key, lease]]);
    }
  }

  /** Does some work; if it fails, releases the leases that are left by then. */
  async #releasing(leases, work) {
    try {
      await work();
    } catch (fault) {
      await this.#release([...leases]);
      throw fault;
    }
  }

  async #release(leases) {
    for (let start = 0; start < leases.length; start += MAX_BATCH) {
      const part = leases.slice(start, start + MAX_BATCH).map(([key, lease]) => ({ key, lease }));
      const body = Buffer.from(JSON.stringify({ leases: part }));
      await this.#ask("release", this.subscriber, "POST", `${this.entries}:release`, body, JSON_BODY);
    }
  }

  // ---- Invalidating

  /**
   * Publishes after the commit that something changed, for all subscribers. Returns the position, for `minPosition`.
   *
   * Throws Unavailable if no attempt was confirmed, and FreshetError of type not-applied if `awaitApplied` was not reached.
   */
  async invalidate(keys, { tags = [], prefixes = [], allEntries = false, version, changedAt, awaitApplied = false, force = false } = {}) {
    if (this.publisher === undefined) {
      throw new TypeError(`region "${this.name}" has no publisher: give its address to new Region(name, {publisher})`);
    }
    const change = { region: this.name };
    const lists = { keys: typeof keys === "string" ? [keys] : keys ?? [], tags, prefixes };
    for (const [field, names] of Object.entries(lists)) {
      if (names.length > 0) {
        change[field] = names;
      }
    }
    Object.assign(change, allEntries && { all: true }, version !== undefined && { version }, changedAt !== undefined && { changedAt });
    const query = [awaitApplied && "await=applied", force && "force=true"].filter(Boolean).join("&");
    const path = `/v1/invalidations${query && `?${query}`}`;
    const { answer } = await this.#ask("publish", this.publisher, "POST", path, Buffer.from(JSON.stringify(change)), JSON_BODY);
    return JSON.parse(answer.body.toString()).positions[this.name];
  }

  /** Evicts the key at this subscriber only, and in the Redis tier. */
  async evict(key) {
    await this.#ask("evict", this.subscriber, "DELETE", this.#path(key), undefined, {});
  }

  /** Closes idle connections. */
  close() {
    this.subscriber.agent.destroy();
    this.publisher?.agent.destroy();
  }

  // ---- Requests

  #path(key) {
    return `${this.entries}/${encodeURIComponent(key)}`;
  }

  /** Returns an answer after which the caller goes on, with what is decided about it. */
  async #ask(request, to, method, path, body, headers, moreMillis = 0) {
    for (let attempt = 1; ; attempt++) {
      const answer = await send(to, method, path, body, headers, this.timeout + moreMillis);
      const decision = decide(request, answer.status, answer.headers);
      if (decision === RAISE) {
        throw new FreshetError(textOf(answer), answer.status, problemOf(answer));
      }
      if (decision === SOURCE) {
        throw new NotCached(textOf(answer));
      }
      if (decision !== RETRY) {
        return { answer, decision };
      }
      if (attempt >= this.attempts) {
        if (request === "read" || request === "batch") {
          throw new NotCached(textOf(answer));
        }
        throw new Unavailable(textOf(answer), answer.status, problemOf(answer));
      }
      await this.sleep(this.#pauseMillis(attempt, answer));
    }
  }

  #pauseMillis(attempt, answer) {
    const asked = answer.headers["retry-after"];
    const millis = /^[0-9]+$/.test(asked ?? "") ? asked * 1000 : this.backoff * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    return Math.min(this.maxBackoff, millis);
  }
}

function address(text, token, tls) {
  const url = new URL(text);
  const client = { "http:": http, "https:": https, "unix:": http }[url.protocol];
  if (client === undefined) {
    throw new TypeError(`an address must be like http://127.0.0.1:8710, https://… or unix:/run/freshet.sock, not ${text}`);
  }
  // The path is sent as it is: a URL object would normalise a key like "..".
  const at = url.protocol === "unix:"
    ? { socketPath: decodeURIComponent(url.pathname), host: "localhost" }
    : { host: url.hostname.replace(/^\[|]$/g, ""), port: url.port || undefined };
  const authorization = () => {
    const shown = typeof token === "function" ? token() : token;
    return shown === undefined ? {} : { Authorization: `Bearer ${shown}` };
  };
  return { client, at, authorization, agent: new client.Agent({ ...tls, keepAlive: true }) };
}

/** Resolves to an answer; its status is 0 if none came. */
async function send(to, method, path, body, headers, timeoutMillis) {
  const answer = await exchange(to, method, path, body, headers, timeoutMillis);
  // The server closes connections that are idle: once more on a new one. Every request may be repeated.
  return answer.status === 0 && answer.wasReused ? exchange(to, method, path, body, headers, timeoutMillis) : answer;
}

function exchange(to, method, path, body, headers, timeoutMillis) {
  return new Promise((resolve) => {
    const length = body === undefined ? {} : { "Content-Length": body.length };
    const request = to.client.request({ ...to.at, agent: to.agent, method, path, headers: { ...headers, ...to.authorization(), ...length } });
    const deadline = setTimeout(() => request.destroy(new Error(`timed out after ${timeoutMillis} ms`)), timeoutMillis);
    const broken = (fault) => {
      clearTimeout(deadline);
      resolve({ status: 0, headers: {}, body: Buffer.alloc(0), fault: fault.message, wasReused: request.reusedSocket });
    };
    request.on("error", broken);
    request.on("response", (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", broken);
      response.on("end", () => {
        clearTimeout(deadline);
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.end(body);
  });
}

function readHeaders(fresh, minPosition) {
  return { ...(fresh && { "Cache-Control": "no-cache" }), ...(minPosition !== undefined && { "Min-Position": minPosition }) };
}

function leasesOf(found) {
  return new Map([...found].filter(([, one]) => one.lease !== undefined).map(([key, one]) => [key, one.lease]));
}

function isAnswer(found) {
  return found.hasValue || found.isAbsent;
}

function asLoaded(value) {
  return value instanceof Loaded ? value : new Loaded(value ?? null);
}

function problemOf(answer) {
  try {
    return Object(JSON.parse(answer.body.toString()));
  } catch {
    return {};
  }
}

function textOf(answer) {
  return answer.status === 0 ? `no answer: ${answer.fault}` : `${answer.status}: ${problemOf(answer).detail ?? "no detail"}`;
}
