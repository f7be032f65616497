// A host application of another maker: prints every Sparkplug message it hears, a line of JSON each; asks for a rebirth on "rebirth".
import { createRequire } from "node:module";
import mqtt from "mqtt";

const require = createRequire(import.meta.url);
const sparkplug = require("sparkplug-payload").get("spBv1.0");
const wanted = JSON.parse(process.argv[2]);
const client = mqtt.connect(`mqtt://127.0.0.1:${wanted.port}`, { clientId: "host" });
const say = (what) => process.stdout.write(JSON.stringify(what, (_, value) => (typeof value === "bigint" || value?.low !== undefined ? Number(value) : value)) + "\n");
client.on("connect", () => client.subscribe("spBv1.0/#", { qos: 1 }, () => say({ ready: true })));
client.on("message", (topic, payload) => {
  try {
    const read = sparkplug.decodePayload(payload);
    say({ at: Date.now() / 1000, topic, seq: Number(read.seq ?? -1), metrics: (read.metrics ?? []).map((one) => ({ name: one.name, alias: Number(one.alias ?? -1), type: one.type, value: one.value, quality: one.properties?.Quality?.value })) });
  } catch (odd) {
    say({ topic, odd: String(odd) });
  }
});
process.stdin.on("data", (words) => {
  if (String(words).includes("rebirth")) {
    const payload = sparkplug.encodePayload({ timestamp: Date.now(), metrics: [{ name: "Node Control/Rebirth", type: "Boolean", value: true }] });
    client.publish(`spBv1.0/${wanted.group}/NCMD/${wanted.node}`, payload);
  }
});
