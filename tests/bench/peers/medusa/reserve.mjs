// Medusa's inventory and locking modules in one process, on the database of DATABASE_URL. Each line of input is a measurement
// to make, each line of output what was measured, both as JSON. The process ends when its input does.
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { MedusaApp, MedusaAppMigrateUp } from "@medusajs/framework/modules-sdk";
import { Modules } from "@medusajs/framework/utils";

const POOL_CONNECTIONS = 20;
const LOCK_SECONDS_MAX = 60;
const REFUSED = "not_allowed";

// Standard output is for answers alone.
console.log = console.error;
const logger = Object.fromEntries(
  ["debug", "info", "log", "activity", "progress", "success", "warn", "error", "failure", "panic"].map((level) => [level, console.error]),
);

const options = {
  modulesConfig: {
    [Modules.INVENTORY]: { resolve: "@medusajs/inventory" },
    [Modules.LOCKING]: { resolve: "@medusajs/locking" },
  },
  sharedResourcesConfig: {
    database: {
      clientUrl: process.env.DATABASE_URL,
      driverOptions: { connection: { ssl: false } },
      pool: { min: 1, max: POOL_CONNECTIONS },
    },
  },
  injectedDependencies: { logger },
};

await MedusaAppMigrateUp(options);
const app = await MedusaApp(options);
const inventory = app.modules[Modules.INVENTORY];
const locking = app.modules[Modules.LOCKING];

const ways = {
  bare: (line) => inventory.createReservationItems([line]),
  // What the shop's own workflow does: the same call while it holds the item's lock.
  locked: (line) =>
    locking.execute([line.inventory_item_id], () => inventory.createReservationItems([line]), { timeout: LOCK_SECONDS_MAX }),
};

async function stockedItems({ location, items, quantity }) {
  const made = await inventory.createInventoryItems(Array.from({ length: items }, (_, n) => ({ sku: `${location}-${n}` })));
  const ids = made.map((each) => each.id);
  await inventory.createInventoryLevels(
    ids.map((id) => ({ inventory_item_id: id, location_id: location, stocked_quantity: quantity })),
  );
  return ids;
}

// So many callers, who each ask for one unit of some item again and again, until the seconds or the calls are used up.
async function measure({ location, way, items, quantity, callers, seconds, calls }) {
  const ids = await stockedItems({ location, items, quantity });
  const reserve = ways[way];
  const latencies = [];
  let accepted = 0;
  let left = calls ?? Infinity;
  const began = performance.now();
  const ends = began + seconds * 1_000;
  async function call() {
    for (let sent = began; sent < ends && left > 0; ) {
      left -= 1;
      sent = performance.now();
      const id = ids[Math.floor(Math.random() * ids.length)];
      try {
        await reserve({ inventory_item_id: id, location_id: location, quantity: 1 });
        accepted += 1;
      } catch (error) {
        if (error.type !== REFUSED) throw error;
      }
      latencies.push(performance.now() - sent);
    }
  }
  await Promise.all(Array.from({ length: callers }, call));
  const elapsed = (performance.now() - began) / 1_000;
  latencies.sort((a, b) => a - b);
  return {
    calls: latencies.length,
    accepted,
    seconds: elapsed,
    p50_ms: latencies[Math.floor(latencies.length / 2)],
    p99_ms: latencies[Math.floor(latencies.length * 0.99)],
  };
}

process.stdout.write("{}\n");
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await measure(JSON.parse(line)))}\n`);
}
await app.onApplicationShutdown();
process.exit(0);
