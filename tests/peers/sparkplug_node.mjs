// An edge node of an independent implementation (npm sparkplug-client) with random, lawful values.
//
// usage: sparkplug_node.mjs PORT SEED ROUNDS [linger], with TWINSCAPE_PEERS naming the folder that
// holds node_modules. Publishes to group `peers`, node `js`, device `dev`; prints what it sent, one
// JSON object a line. Data carry aliases only, as Sparkplug 3.0 wants it. With `linger` it sends a
// round every 50 ms and its births whenever it is asked for them, until it is killed.

import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.TWINSCAPE_PEERS, "peers.js"));
const { newClient } = require("sparkplug-client");
const Long = require("long");

const [port, seed, rounds] = process.argv.slice(2).map(Number);

// Mulberry32: small, seedable; the values need no better.
let state = seed >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const integer = (low, high) => () =>
  pick([low, high, 0, low + Math.floor(random() * (high - low + 1))]);
const text = () =>
  Array.from({ length: Math.floor(random() * 12) }, () => pick([..."aZ09 _/µ✓ü\"\\"])).join("");
const bits = () => Math.floor(random() * 2 ** 32) | 0;

const makers = {
  Int8: integer(-(2 ** 7), 2 ** 7 - 1),
  Int16: integer(-(2 ** 15), 2 ** 15 - 1),
  Int32: integer(-(2 ** 31), 2 ** 31 - 1),
  Int64: () => new Long(bits(), bits(), false),
  UInt8: integer(0, 2 ** 8 - 1),
  UInt16: integer(0, 2 ** 16 - 1),
  UInt32: integer(0, 2 ** 32 - 1),
  UInt64: () => new Long(bits(), bits(), true),
  Float: () => Math.fround((random() - 0.5) * 1e6),
  Double: () => pick([0, -0.5, (random() - 0.5) * 1e12, 1e300]),
  Boolean: () => random() < 0.5,
  String: text,
  Text: text,
  UUID: () => bits().toString(16),
};
const names = Object.keys(makers);
let clock = Date.now() - 60_000;

// One metric of each name, noted on stdout. Some are null.
function metrics(device, chosen, isBirth) {
  return chosen.map((name) => {
    clock += 1;
    const value = random() < 0.1 ? null : makers[name]();
    const alias = names.indexOf(name) + (device ? 100 : 1);
    const isInteger = typeof value === "number" && name.includes("Int");
    const shown = value instanceof Long || isInteger ? value.toString() : value;
    console.log(JSON.stringify({ device, metric: name, time: clock, value: shown }));
    const metric = { alias, type: name, value, timestamp: clock };
    return isBirth ? { name, ...metric } : metric;
  });
}

const client = newClient({
  serverUrl: `mqtt://127.0.0.1:${port}`,
  username: "",
  password: "",
  clientId: "peer-js",
  groupId: "peers",
  edgeNode: "js",
  publishDeath: true,
});
client.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
const payload = (list) => ({ timestamp: clock, metrics: list });
function births() {
  const control = { name: "Node Control/Rebirth", type: "Boolean", value: false };
  client.publishNodeBirth(payload([control, ...metrics("", names, true)]));
  client.publishDeviceBirth("dev", payload(metrics("dev", names, true)));
}
function round() {
  const chosen = names.filter(() => random() < 0.5);
  if (random() < 0.5) {
    client.publishNodeData(payload(metrics("", chosen, false)));
  } else {
    client.publishDeviceData("dev", payload(metrics("dev", chosen, false)));
  }
}
client.on("ncmd", (command) => {
  if (command.metrics.some((metric) => metric.name === "Node Control/Rebirth" && metric.value)) {
    births();
  }
});
client.on("birth", () => {
  births();
  if (process.argv.includes("linger")) {
    setInterval(round, 50);
    return;
  }
  for (let count = 0; count < rounds; count += 1) {
    round();
  }
  if (seed % 2) {
    client.publishDeviceDeath("dev", { timestamp: Date.now() });
  }
  client.stop();
});
