// A client of another maker: reads variables of a server ten times a second and prints what it sees, a line of JSON each.
import { AttributeIds, MessageSecurityMode, OPCUAClient, SecurityPolicy, UserTokenType } from "node-opcua";

const wanted = JSON.parse(process.argv[2]);
const client = OPCUAClient.create({
  endpointMustExist: false,
  securityMode: wanted.secured ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
  securityPolicy: wanted.secured ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
  connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 200 },
});
const say = (what) => process.stdout.write(JSON.stringify({ at: Date.now() / 1000, ...what }) + "\n");
try {
  await client.connect(wanted.url);
  const identity = wanted.user
    ? { type: UserTokenType.UserName, userName: wanted.user, password: wanted.password }
    : { type: UserTokenType.Anonymous };
  const session = await client.createSession(identity);
  const spaces = await session.readNamespaceArray();
  const space = spaces.indexOf("urn:dure:serve");
  say({ connected: true });
  if (wanted.write) {
    const code = await session.write({
      nodeId: `ns=${space};s=${wanted.write}`, attributeId: AttributeIds.Value,
      value: { value: { dataType: "Double", value: 1 } },
    });
    say({ written: code.name });
  }
  for (;;) {
    const read = await session.read(wanted.names.map((name) => ({ nodeId: `ns=${space};s=${name}`, attributeId: AttributeIds.Value })));
    say({ read: Object.fromEntries(read.map((one, i) => [wanted.names[i], { value: one.value.value, status: one.statusCode.name, time: one.sourceTimestamp }])) });
    await new Promise((done) => setTimeout(done, 100));
  }
} catch (refused) {
  say({ refused: String(refused.message ?? refused) });
  process.exit(1);
}
