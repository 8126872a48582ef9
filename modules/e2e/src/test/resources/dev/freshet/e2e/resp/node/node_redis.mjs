// What node-redis does at the RESP ports of two sidecars: node_redis.mjs HERE THERE DIRECT
import assert from "node:assert/strict";
import { createClient } from "redis";
import { eventually, ports, runAll, sharedChecks } from "./checks.mjs";

const connect = async (port) => {
  const client = createClient({ socket: { host: "127.0.0.1", port, reconnectStrategy: 20 } });
  client.on("error", () => {}); // it connects again
  return client.connect();
};
const [here, there, direct] = await Promise.all(ports.map(connect));

const checks = {
  ...sharedChecks([here, there, direct], {
    setex: (...call) => here.setEx(...call),
    endConnections: () => direct.sendCommand(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]),
  }),
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
};

await runAll(checks);
[here, there, direct].forEach((client) => client.destroy());
