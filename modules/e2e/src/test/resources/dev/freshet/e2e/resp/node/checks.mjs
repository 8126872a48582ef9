// What the scripts for all clients share.
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
