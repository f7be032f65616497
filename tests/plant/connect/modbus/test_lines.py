"""The other ways to a device: a serial line, RTU frames over TCP, and TLS."""

import asyncio
import datetime as dt
import os
import select
import threading
import time
import tty
from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dure.plant.connect import Arm, AuthorityUnknown, SourceSilent, SourceUnreachable
from plant.connect.modbus.test_modbus import KNOWN, used


@pytest.fixture
def wire():
    """Two serial ports with a wire between them."""
    pairs = [os.openpty(), os.openpty()]
    for _, slave in pairs:
        tty.setraw(slave)
    (one, _), (other, _) = pairs
    stop = threading.Event()

    def relay():
        while not stop.is_set():
            for end in select.select([one, other], [], [], 0.05)[0]:
                with suppress(OSError):
                    os.write(other if end == one else one, os.read(end, 4096))

    thread = threading.Thread(target=relay, daemon=True)
    thread.start()
    yield [os.ttyname(slave) for _, slave in pairs]
    stop.set()
    thread.join(5)
    for pair in pairs:
        for end in pair:
            os.close(end)


def compare(samples):
    found = {sample.signal: sample for sample in samples}
    for known in KNOWN:
        sample = found[known.signal]
        assert (sample.quality, sample.text) == (known.quality, known.text)
        assert sample.value == known.value or known.text or known.quality


async def read(connector):
    return await connector.read(await connector.browse(100))


@pytest.mark.peer
def test_a_serial_line_is_read_and_written_as_rtu(device, modbus, wire):
    ours, theirs = wire
    device(serial=theirs)
    connector = modbus(f"modbus+rtu://{ours}", baud=19200)

    async def visit(connector):
        samples = await read(connector)
        flow = next(one for one in await connector.browse(100) if one.name == "flow")
        await connector.write(flow, 3.5, Arm(flow.id, 0, 10, "hana", time.time_ns() + 10**10))
        return samples, (await connector.read([flow]))[0].value

    samples, written = asyncio.run(used(connector, visit))
    compare(samples)
    assert written == 3.5


def test_rtu_frames_over_tcp_are_read(device, modbus):
    server = device("modbus_server.py")
    compare(asyncio.run(used(modbus(f"modbus+rtutcp://127.0.0.1:{server.port}"), read)))


def test_a_serial_port_that_is_not_there_and_one_with_nobody_on_it_are_told_apart(modbus, wire):
    with pytest.raises(SourceUnreachable, match=r"press \(/dev/nowhere\) cannot be reached"):
        asyncio.run(used(modbus("modbus+rtu:///dev/nowhere"), read))
    with pytest.raises(SourceSilent, match="did not answer"):
        asyncio.run(used(modbus(f"modbus+rtu://{wire[0]}", timeout=0.1, retries=0), read))


@pytest.fixture
def certificate(tmp_path):
    """A device's certificate and key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "press")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())  # fmt: skip
    public = signed.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "both.pem").write_bytes(public + private)
    (tmp_path / "device.pem").write_bytes(public)
    return tmp_path


def test_tls_is_read_from_a_known_device_and_refused_from_an_unknown_one(device, modbus, certificate):
    server = device("modbus_server.py", certificate=str(certificate / "both.pem"))
    url = f"modbus+tls://localhost:{server.port}"
    connector = modbus(url, ca=str(certificate / "device.pem"))
    compare(asyncio.run(used(connector, read)))
    with pytest.raises(
        AuthorityUnknown, match=r"The certificate of press \(localhost:\d+\) cannot be verified: self"
    ):
        asyncio.run(used(modbus(url), read))
