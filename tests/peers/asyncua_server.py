"""An asyncua server that writes down every reading it emits; the same line and options as `server.mjs`."""

import asyncio
import json
import logging
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from asyncua import Server, ua
from asyncua.crypto.permission_rules import SimpleRoleRuleset, User, UserRole
from asyncua.server.user_managers import UserManager

logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)
DEFAULTS = {
    "port": 4840,
    "host": "127.0.0.1",
    "variables": 10,
    "period": 50,
    "log": "",
    "secured": False,
    "users": {},
    "anonymous": True,
    "folder": "",
    "history": "",
}


class Users(UserManager):
    def __init__(self, wanted):
        self.wanted = wanted

    def get_user(self, iserver, username=None, password=None, certificate=None):  # noqa: ARG002 - asyncua calls it so
        known = (
            self.wanted["anonymous"] if username is None else self.wanted["users"].get(username) == password
        )
        return User(role=UserRole.Admin) if known else None


async def build(wanted):
    server = Server(user_manager=Users(wanted))
    await server.init()
    server.set_endpoint(f"opc.tcp://{wanted['host']}:{wanted['port']}")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    if wanted["secured"]:
        await secure(server, Path(wanted["folder"]))
    space = await server.register_namespace("urn:dure:test")
    line = await server.nodes.objects.add_object(ua.NodeId("Line1", space), ua.QualifiedName("Line1", space))
    values = []
    for n in range(wanted["variables"]):
        name = f"Value{n:04d}"
        # asyncua's SQLite history makes a table's name of the id and takes no quotation marks in it
        key = 1000 + n if wanted["history"] == "sqlite" else name
        values.append(await line.add_variable(ua.NodeId(key, space), ua.QualifiedName(name, space), 0.0))
    await fill(line, space)
    await historize(server, values, wanted)
    return server, values


async def historize(server, values, wanted):
    """Keep a history of the values: `memory`, or `sqlite` in the folder, which outlives the server."""
    if wanted["history"] == "sqlite":
        from asyncua.server.history_sql import HistorySQLite

        server.iserver.history_manager.set_storage(HistorySQLite(str(Path(wanted["folder"]) / "history.db")))
    if wanted["history"]:
        await server.iserver.history_manager.init()
        await server.iserver.history_manager.storage.init()
        for value in values:
            await server.historize_node_data_change(value, period=None, count=0)


async def fill(line, space):
    def named(name):
        return ua.NodeId(name, space), ua.QualifiedName(name, space)

    fixed = {"Flag": (True, ua.VariantType.Boolean), "Whole": (-7, ua.VariantType.Int32), "Words": ("가동 중", ua.VariantType.String),
             "Large": (42, ua.VariantType.UInt64), "Single": (1.5, ua.VariantType.Float)}  # fmt: skip
    for name, (value, kind) in fixed.items():
        await line.add_variable(*named(name), value, kind)
    await line.add_variable(*named("Curve"), [1.0, 2.0, 3.0])
    temperature = await line.add_variable(*named("Temperature"), 25.0)
    unit = ua.EUInformation(
        NamespaceUri="http://www.opcfoundation.org/UA/units/un/cefact",
        UnitId=4408652,
        DisplayName=ua.LocalizedText("°C"),
    )
    await temperature.add_property(
        ua.NodeId("TemperatureUnit", space), ua.QualifiedName("EngineeringUnits", 0), unit
    )
    broken = await line.add_variable(*named("Broken"), 1.0)
    await broken.write_value(
        ua.DataValue(
            ua.Variant(1.0),
            ua.StatusCode(ua.StatusCodes.BadSensorFailure),
            SourceTimestamp=datetime.now(UTC).replace(tzinfo=None),
        )
    )
    set_point = await line.add_variable(*named("SetPoint"), 5.0)
    await set_point.set_writable()


async def secure(server, folder):
    from asyncua.crypto.cert_gen import setup_self_signed_certificate
    from cryptography.x509.oid import ExtendedKeyUsageOID

    folder.mkdir(parents=True, exist_ok=True)
    await server.set_application_uri("urn:dure:test:server")
    await setup_self_signed_certificate(folder / "key.pem", folder / "cert.der", "urn:dure:test:server", "127.0.0.1",
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH], {"commonName": "test peer"})  # fmt: skip
    await server.load_certificate(str(folder / "cert.der"))
    await server.load_private_key(str(folder / "key.pem"))
    server.set_security_policy(
        [ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt, ua.SecurityPolicyType.Basic256Sha256_Sign,
         ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt, ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt],
        permission_ruleset=SimpleRoleRuleset())  # fmt: skip


async def emit(values, wanted, going):
    turn, log = 0, Path(wanted["log"]).open("a") if wanted["log"] else None  # noqa: ASYNC230, SIM115 - a few lines at a time, to the end
    due = time.monotonic()
    while True:
        await going.wait()
        turn += 1
        lines = []
        for n, value in enumerate(values):
            now = datetime.now(UTC)
            reading = float(turn * 1000 + n)
            lines.append(
                json.dumps([f"Value{n:04d}", int(now.timestamp()) * 10**9 + now.microsecond * 1000, reading])
                + "\n"
            )
            await value.write_value(
                # asyncua's history compares times with zone, its other parts those without
                ua.DataValue(
                    ua.Variant(reading),
                    SourceTimestamp=now if wanted["history"] else now.replace(tzinfo=None),
                )
            )
        if log:
            log.write("".join(lines))
            log.flush()
        due += wanted["period"] / 1000
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def main(wanted):
    server, values = await build(wanted)
    going = asyncio.Event()
    if wanted["period"]:
        going.set()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    async with server:
        emitting = asyncio.create_task(emit(values, wanted, going))
        print("ready", wanted["port"], flush=True)  # noqa: T201 - the test waits for it
        while line := (await reader.readline()).decode().strip():
            if line == "pause":
                going.clear()
            elif line == "go":
                going.set()
            print("paused" if line == "pause" else "going", flush=True)  # noqa: T201 - the same
        emitting.cancel()


if __name__ == "__main__":
    asyncio.run(main({**DEFAULTS, **json.loads(sys.argv[1])}))
