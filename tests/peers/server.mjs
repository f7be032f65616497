// A node-opcua server that writes down every reading it emits, so that a test can compare it with what was stored.
// node server.mjs '{"port":4840,"variables":10,"period":50,"log":"emitted.jsonl"}'
import { appendFileSync, writeFileSync } from "node:fs";
import {
  DataType, DataValue, MessageSecurityMode, OPCUACertificateManager, OPCUAServer, SecurityPolicy, StatusCodes,
  Variant, VariantArrayType, makeEUInformation,
} from "node-opcua";

const wanted = {
  port: 0, host: "127.0.0.1", variables: 10, period: 50, log: "", secured: false, users: {}, anonymous: true, folder: "", trustAll: true,
  dribble: 0, history: false, limits: {}, ...JSON.parse(process.argv[2] ?? "{}"),
};

const options = {
  port: wanted.port, host: wanted.host, hostname: wanted.host,
  alternateHostname: [wanted.host],
  buildInfo: { productName: "dure test peer", buildNumber: "1", buildDate: new Date() },
  securityModes: wanted.secured
    ? [MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt] : [MessageSecurityMode.None],
  securityPolicies: wanted.secured
    ? [SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes128_Sha256_RsaOaep, SecurityPolicy.Aes256_Sha256_RsaPss]
    : [SecurityPolicy.None],
  disableDiscovery: false,
  allowAnonymous: wanted.anonymous,
  userManager: { isValidUser: (user, password) => wanted.users[user] === password },
  serverCapabilities: { maxSessions: 50, minSupportedSampleRate: 0, operationLimits: wanted.limits },
  serverCertificateManager: new OPCUACertificateManager({
    rootFolder: `${wanted.folder}/pki`, automaticallyAcceptUnknownCertificate: wanted.trustAll,
  }),
  userCertificateManager: new OPCUACertificateManager({ rootFolder: `${wanted.folder}/userpki` }),
};
const server = new OPCUAServer(options);
await server.initialize();

const space = server.engine.addressSpace;
const own = space.getOwnNamespace();
const line = own.addObject({ organizedBy: space.rootFolder.objects, browseName: "Line1" });
const units = { Temperature: ["CEL", "°C", "degree Celsius"], Pressure: ["BAR", "bar", "bar"] };
const variables = [];
for (let n = 0; n < wanted.variables; n++) {
  const name = `Value${String(n).padStart(4, "0")}`;
  variables.push(own.addVariable({ componentOf: line, browseName: name, nodeId: `s=${name}`, dataType: "Double", minimumSamplingInterval: 0 }));
}
if (wanted.history) for (const variable of variables) space.installHistoricalDataNode(variable, { maxOnlineValues: 100000 });
const temperature = own.addAnalogDataItem({
  componentOf: line, browseName: "Temperature", nodeId: "s=Temperature", dataType: "Double",
  engineeringUnitsRange: { low: 0, high: 100 }, engineeringUnits: makeEUInformation(...units.Temperature),
});
temperature.setValueFromSource(new Variant({ dataType: DataType.Double, value: 25 }));
const fixed = {
  Flag: [DataType.Boolean, true], Whole: [DataType.Int32, -7], Small: [DataType.Byte, 200], Large: [DataType.UInt64, [0, 42]],
  Single: [DataType.Float, 1.5], Words: [DataType.String, "가동 중"],
};
for (const [name, [dataType, value]] of Object.entries(fixed)) {
  own.addVariable({ componentOf: line, browseName: name, nodeId: `s=${name}`, dataType, value: new Variant({ dataType, arrayType: VariantArrayType.Scalar, value }) });
}
own.addVariable({
  componentOf: line, browseName: "Curve", nodeId: "s=Curve", dataType: "Double", valueRank: 1,
  value: new Variant({ dataType: DataType.Double, arrayType: VariantArrayType.Array, value: new Float64Array([1, 2, 3]) }),
});
const broken = own.addVariable({ componentOf: line, browseName: "Broken", nodeId: "s=Broken", dataType: "Double" });
broken.setValueFromSource(new Variant({ dataType: DataType.Double, value: 1 }), StatusCodes.BadSensorFailure, new Date());
const setPoint = own.addVariable({
  componentOf: line, browseName: "SetPoint", nodeId: "s=SetPoint", dataType: "Double",
  accessLevel: "CurrentRead | CurrentWrite", userAccessLevel: "CurrentRead | CurrentWrite",
});
setPoint.setValueFromSource(new Variant({ dataType: DataType.Double, value: 5 }));

if (wanted.log) writeFileSync(wanted.log, "", { flag: "a" });
await server.start();

let turn = 0;
let timer;
function emit() {
  turn += 1;
  const lines = [];
  for (const [n, variable] of variables.entries()) {
    const at = new Date();
    const value = turn * 1000 + n;
    lines.push(`${JSON.stringify([variable.nodeId.value, at.getTime(), value])}\n`);
    variable.setValueFromSource(new Variant({ dataType: DataType.Double, value }), StatusCodes.Good, at);
  }
  if (wanted.log) appendFileSync(wanted.log, lines.join(""));
}
if (wanted.period > 0) timer = setInterval(emit, wanted.period);

process.stdout.write(`ready ${server.endpoints[0].port}\n`);
process.on("SIGTERM", async () => {
  clearInterval(timer);
  await server.shutdown(100);
  process.exit(0);
});
process.stdin.on("data", (said) => {
  if (said.toString().startsWith("pause")) { clearInterval(timer); timer = undefined; process.stdout.write("paused\n"); }
  if (said.toString().startsWith("go")) { timer ??= setInterval(emit, wanted.period); process.stdout.write("going\n"); }
});
