// An HTTP interface by Node's own server, as an MES or a meter gives it: JSON, CSV, pages, since, ETag, patience, TLS.
// node rest_server.mjs '{"port":8080,"token":"…","log":"asked.jsonl"}'; on stdin `add N` adds N records, `patience S` asks for it.
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecure } from "node:https";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";

const wanted = { port: 0, token: "", log: "", certificate: "", records: 5, page: 1000, ...JSON.parse(process.argv[2] ?? "{}") };
const START = Date.UTC(2026, 0, 1);
const rows = [];
const add = (count) => {
  for (let n = 0; n < count; n++) {
    const id = rows.length + 1;
    rows.push({ id, at: new Date(START + id * 1000).toISOString(), sensor: id % 2 ? "오븐" : "press", value: id / 2, quality: id % 5 ? "good" : "bad", lot: `LOT-${id}` });
  }
};
add(wanted.records);
let patience = 0;

const send = (response, body, { type = "application/json", status = 200, ...headers } = {}) => {
  response.writeHead(status, { "Content-Type": type, Server: "peer/1", ...headers });
  response.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
};
const routes = {
  "/now": (_, response) => send(response, { data: [{ tag: "temperature", value: 21.5, unit: "°C" }, { tag: "state", value: "가동" }, { tag: "broken", value: null }], at: "2026-01-01T00:00:05Z" }),
  "/since": (query, response) => {
    const from = Date.parse(query.get("from"));
    send(response, { rows: rows.filter((row) => Date.parse(row.at) >= from) });
  },
  "/after": (query, response) => send(response, rows.filter((row) => row.id > Number(query.get("id"))).slice(0, wanted.page)),
  "/paged": (query, response) => {
    const at = Number(query.get("cursor") ?? 0);
    const part = rows.slice(at, at + wanted.page);
    send(response, { rows: part, next: at + wanted.page < rows.length ? at + wanted.page : null });
  },
  "/linked": (query, response) => {
    const at = Number(query.get("at") ?? 0);
    const more = at + wanted.page < rows.length;
    send(response, rows.slice(at, at + wanted.page), more ? { Link: `</linked?at=${at + wanted.page}>; rel="next"` } : {});
  },
  "/last": (_, response, request) => {
    const tag = `"${rows.length}"`;
    if (request.headers["if-none-match"] === tag) return send(response, "", { status: 304, ETag: tag });
    return send(response, rows.slice(-3), { ETag: tag });
  },
  "/csv": (_, response) => send(response, `at,sensor,value,lot\n${rows.map((row) => `${row.at},${row.sensor},${row.value},${row.lot}`).join("\n")}\n`, { type: "text/csv; charset=utf-8" }),
  "/moved": (_, response) => send(response, "", { status: 302, Location: "/now" }),
  "/around": (_, response) => send(response, "", { status: 302, Location: "/around" }),
  "/plain": (_, response) => send(response, "", { status: 302, Location: `http://127.0.0.1:${wanted.port}/now` }),
  "/elsewhere": (query, response) => send(response, "", { status: 302, Location: `http://localhost:${query.get("port")}/now` }),
  "/bomb": (_, response) => send(response, gzipSync(Buffer.alloc(40_000_000, "[")), { "Content-Encoding": "gzip" }),
  "/deep": (_, response) => send(response, "[".repeat(200_000)),
  "/page": (_, response) => send(response, "<html>login</html>", { type: "text/html" }),
  "/slow": () => {},
};
const handle = (request, response) => {
  const url = new URL(request.url, "http://peer");
  if (wanted.log) appendFileSync(wanted.log, `${JSON.stringify({ url: request.url, headers: request.headers })}\n`);
  if (wanted.token && request.headers.authorization !== `Bearer ${wanted.token}`) return send(response, { error: "who are you" }, { status: 401 });
  if (patience) { const wait = patience; patience = 0; return send(response, "", { status: 429, "Retry-After": String(wait) }); }
  return (routes[url.pathname] ?? (() => send(response, "", { status: 404 })))(url.searchParams, response, request);
};
const pem = wanted.certificate ? readFileSync(wanted.certificate) : "";
const server = pem ? createSecure({ key: pem, cert: pem }, handle) : createServer(handle);
server.listen(wanted.port, "127.0.0.1", () => process.stdout.write("ready\n"));
createInterface({ input: process.stdin }).on("line", (line) => {
  const [word, number] = line.split(" ");
  if (word === "add") add(Number(number));
  if (word === "patience") patience = Number(number);
  process.stdout.write("done\n");
});
