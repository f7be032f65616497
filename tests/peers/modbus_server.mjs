// A Modbus TCP server by npm modbus-serial with known contents and holes; what is written to it can be read back.
// With `serial` it answers on that serial port as RTU instead.
// node modbus_server.mjs '{"port":1502,"log":"written.jsonl"}'; on stdin: `set holding 10 4660`
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import Modbus from "modbus-serial";

const wanted = { port: 0, host: "127.0.0.1", log: "", registers: {}, inputs: {}, coils: {}, discretes: {}, units: [1], slow: 0, serial: "", ...JSON.parse(process.argv[2] ?? "{}") };
const tables = { holding: wanted.registers, input: wanted.inputs, coil: wanted.coils, discrete: wanted.discretes };

const missing = (code) => Object.assign(new Error("no such address"), { modbusErrorCode: code });
const cell = (table, number, unit) => {
  if (!wanted.units.includes(unit)) throw missing(11);
  const value = tables[table][number];
  if (value === undefined) throw missing(2);
  return typeof value === "number" ? value + (unit - wanted.units[0]) : value;
};
const put = (table, number, value, unit) => {
  cell(table, number, unit);
  tables[table][number] = value;
  if (wanted.log) appendFileSync(wanted.log, `${JSON.stringify([table, number, Number(value), unit])}\n`);
};
const later = (get) => async (number, unit) => {
  if (wanted.slow) await new Promise((done) => setTimeout(done, wanted.slow));
  return get(number, unit);
};
const device = {
  getHoldingRegister: later((number, unit) => cell("holding", number, unit)),
  getInputRegister: later((number, unit) => cell("input", number, unit)),
  getCoil: later((number, unit) => cell("coil", number, unit)),
  getDiscreteInput: later((number, unit) => cell("discrete", number, unit)),
  setRegister: (number, value, unit) => put("holding", number, value, unit),
  setCoil: (number, value, unit) => put("coil", number, value, unit),
  readDeviceIdentification: () => ({ 0: "Peer Works", 1: "MB-7", 2: "1.4" }),
};
const server = wanted.serial
  ? new Modbus.ServerSerial(device, { port: wanted.serial, baudRate: 19200, interval: 5, unitID: 255 })
  : new Modbus.ServerTCP(device, { host: wanted.host, port: wanted.port, unitID: 255 });
server.on("initialized", () => process.stdout.write(`ready ${wanted.port}\n`));
server.on("socketError", () => {});
server.on("serverError", (error) => { process.stderr.write(`${error}\n`); process.exit(1); });

createInterface({ input: process.stdin }).on("line", (line) => {
  const [, table, number, value] = line.split(" ");
  tables[table][number] = ["coil", "discrete"].includes(table) ? value === "1" : Number(value);
  process.stdout.write("set\n");
});
process.on("SIGTERM", () => server.close(() => process.exit(0)));
