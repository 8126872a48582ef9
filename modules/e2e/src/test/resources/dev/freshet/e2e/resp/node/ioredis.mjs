// What ioredis does at the RESP ports of two sidecars: ioredis.mjs HERE THERE DIRECT
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { eventually, ports, runAll, sharedChecks } from "./checks.mjs";

const connect = (port) => {
  const client = new Redis({ host: "127.0.0.1", port, retryStrategy: () => 20 });
  client.on("error", () => {}); // it connects again
  return client;
};
const [here, there, direct] = ports.map(connect);

const checks = {
  ...sharedChecks([here, there, direct], {
    setex: (...call) => here.setex(...call),
    endConnections: () => direct.client("KILL", "TYPE", "normal", "SKIPME", "yes"),
  }),
  async pipelines() {
    const batch = here.pipeline();
    for (let i = 0; i < 300; i++) {
      batch.set(`user:p${i % 7}`, i).get(`user:p${i % 7}`);
    }
    const answers = (await batch.exec()).map(([, answer]) => answer);
    assert.deepEqual(answers.filter((_, i) => i % 2 === 1), Array.from({ length: 300 }, (_, i) => `${i}`));
    assert.deepEqual(await there.mget(["user:p0", "user:p1"]), await direct.mget(["user:p0", "user:p1"]));
  },
  async transactions() {
    await here.get("user:t");
    assert.deepEqual(await here.multi().set("user:t", "1").get("user:t").incr("user:t").exec(), [[null, "OK"], [null, "1"], [null, 2]]);
    assert.equal(await here.get("user:t"), "2");
    await eventually(() => there.get("user:t"), "2");
  },
  async scripts() {
    for (let i = 0; i < 50; i++) {
      await here.get("user:s");
      await here.eval("return redis.call('set', ARGV[1], ARGV[2])", 0, "user:s", `${i}`);
      assert.equal(await here.get("user:s"), `${i}`);
    }
  },
  async messages() {
    const subscriber = connect(ports[0]);
    const heard = new Promise((resolve) => subscriber.on("message", (_, message) => resolve(message)));
    await subscriber.subscribe("invalidate_user:1");
    await eventually(() => there.publish("invalidate_user:1", "gone"), 1);
    assert.equal(await heard, "gone");
    await subscriber.unsubscribe("invalidate_user:1");
    assert.equal(await subscriber.get("user:s"), "49");
    subscriber.disconnect();
  },
  async otherTypes() {
    await here.hset("user:h", { name: "Ada" });
    assert.deepEqual(await there.hgetall("user:h"), { name: "Ada" });
    await assert.rejects(here.get("user:h"), /WRONGTYPE/);
  },
};

await runAll(checks);
[here, there, direct].forEach((client) => client.disconnect());
