// What node-redis does at the RESP ports of two sidecars: node_redis.mjs HERE THERE DIRECT
import assert from "node:assert/strict";
import { createClient } from "redis";
import { eventually, ports } from "./checks.mjs";

const connect = async (port) => {
  const client = createClient({ socket: { host: "127.0.0.1", port, reconnectStrategy: 20 } });
  client.on("error", () => {}); // it connects again
  return client.connect();
};
const [here, there, direct] = await Promise.all(ports.map(connect));

const checks = {
  async reads() {
    await here.set("user:1", "Ada");
    assert.equal(await here.get("user:1"), "Ada");
    await eventually(() => there.get("user:1"), "Ada");
    for (let i = 0; i < 300; i++) {
      assert.equal(await here.get("user:1"), "Ada");
      assert.equal(await there.get("user:1"), "Ada");
    }
    await direct.set("user:1", "Grace");
    await eventually(() => here.get("user:1"), "Grace");
    await eventually(() => there.get("user:1"), "Grace");
  },
  async ownWrites() {
    for (let i = 0; i < 200; i++) {
      await here.set("user:own", `${i}`);
      assert.equal(await here.get("user:own"), `${i}`);
      await here.del("user:own");
      assert.equal(await here.get("user:own"), null);
    }
    await here.setEx("user:session", 100, "token");
    assert.ok((await here.ttl("user:session")) > 0);
  },
  async pipelines() {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => [here.set(`user:p${i % 7}`, `${i}`), here.get(`user:p${i % 7}`)]).flat());
    assert.deepEqual(answers.filter((_, i) => i % 2 === 1), Array.from({ length: 300 }, (_, i) => `${i}`));
    assert.deepEqual(await there.mGet(["user:p0", "user:p1"]), await direct.mGet(["user:p0", "user:p1"]));
  },
  async transactions() {
    await here.get("user:t");
    assert.deepEqual(await here.multi().set("user:t", "1").get("user:t").incr("user:t").exec(), ["OK", "1", 2]);
    assert.equal(await here.get("user:t"), "2");
    await eventually(() => there.get("user:t"), "2");
  },
  async scripts() {
    for (let i = 0; i < 50; i++) {
      await here.get("user:s");
      await here.eval("return redis.call('set', ARGV[1], ARGV[2])", { arguments: ["user:s", `${i}`] });
      assert.equal(await here.get("user:s"), `${i}`);
    }
  },
  async messages() {
    const subscriber = await connect(ports[0]);
    const heard = new Promise((resolve) => subscriber.subscribe("invalidate_user:1", resolve));
    await eventually(() => there.publish("invalidate_user:1", "gone"), 1);
    assert.equal(await heard, "gone");
    await subscriber.unsubscribe();
    assert.equal(`${await subscriber.get("user:s")}`, "49"); // node-redis gives bytes from now on
    subscriber.destroy();
  },
  async resp3() {
    const client = createClient({ RESP: 3, socket: { host: "127.0.0.1", port: ports[0] } });
    await client.connect();
    assert.equal(await client.get("user:s"), "49");
    await client.hSet("user:h", { name: "Ada" });
    assert.deepEqual({ ...(await client.hGetAll("user:h")) }, { name: "Ada" });
    client.destroy();
  },
  async reconnects() {
    await here.set("user:kept", "before");
    await eventually(() => there.get("user:kept"), "before");
    await direct.sendCommand(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    await direct.set("user:kept", "after");
    await eventually(() => here.get("user:kept"), "after");
    await eventually(() => there.get("user:kept"), "after");
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(name);
}
[here, there, direct].forEach((client) => client.destroy());
