// What the scripts for all clients share.
import assert from "node:assert/strict";

export const ports = process.argv.slice(2, 5).map(Number);

const PATIENCE_MILLIS = 60_000;

// Reads until something is found; a lost connection counts as nothing.
export async function eventually(read, expected) {
  const end = Date.now() + PATIENCE_MILLIS;
  for (;;) {
    let found;
    try {
      found = await read();
    } catch (lost) {
      found = lost;
    }
    if (found === expected) {
      return;
    }
    if (Date.now() > end) {
      throw new Error(`${found} instead of ${expected}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

// Checks of clients whose calls have the same names. "setex" and "endConnections" are calls that do not: of the first, and of the third.
export const sharedChecks = ([here, there, direct], { setex, endConnections }) => ({
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
    await setex("user:session", 100, "token");
    assert.ok((await here.ttl("user:session")) > 0);
  },
  async reconnects() {
    await here.set("user:kept", "before");
    await eventually(() => there.get("user:kept"), "before");
    await endConnections();
    await direct.set("user:kept", "after");
    await eventually(() => here.get("user:kept"), "after");
    await eventually(() => there.get("user:kept"), "after");
  },
});

export async function runAll(checks) {
  for (const [name, check] of Object.entries(checks)) {
    await check();
    console.log(name);
  }
}
