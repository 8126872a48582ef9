// Reads a key through the cache of node-redis, and prints the median in microseconds: cache.mjs PORT KEY WARM_UP_MILLIS MILLIS
import { BasicClientSideCache, createClient } from "redis";

const [port, key, warmUpMillis, millis] = process.argv.slice(2);
const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 1000, evictPolicy: "LRU" });
const client = createClient({ RESP: 3, socket: { host: "127.0.0.1", port: Number(port) }, clientSideCache: cache });
await client.connect();

const read = async (forMillis) => {
  const nanos = [];
  const until = performance.now() + Number(forMillis);
  while (performance.now() < until) {
    const began = process.hrtime.bigint();
    await client.get(key);
    nanos.push(Number(process.hrtime.bigint() - began));
  }
  return nanos.sort((a, b) => a - b);
};

await read(warmUpMillis);
const nanos = await read(millis);
if (cache.stats().hitCount < nanos.length) {
  throw new Error("its cache was not used: " + JSON.stringify(cache.stats()));
}
console.log(nanos[nanos.length >> 1] / 1000);
client.destroy();
