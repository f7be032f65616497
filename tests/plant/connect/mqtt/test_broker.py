"""Trust, passwords, write-back and unreadable messages, against a real broker."""

import asyncio
import datetime as dt
import ipaddress
import subprocess
import time

import paho.mqtt.client as paho
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt import publish

from dure.plant.connect import (
    AddressRefused,
    Arm,
    CertificateUnknown,
    CredentialsRefused,
    Place,
    Source,
    WriteNotArmed,
    add_source,
    trust_certificate,
    try_source,
)
from dure.plant.connect.broker import PasswordNeedsTls
from dure.plant.connect.mqtt import Mqtt, MqttSettings
from dure.plant.transport.mqtt import MqttUnreachable

PASSWORD = "secret"
FAST = {"timeout": 3.0, "listen": 0.6}


def certificate(folder):
    """A self-signed certificate for 127.0.0.1, as a broker in a plant has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(1))
        .not_valid_after(now + dt.timedelta(30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return made


@pytest.fixture
def secured(tmp_path, broker):
    """A broker with TLS, one user and its password."""
    made = certificate(tmp_path)
    (tmp_path / "users").touch(mode=0o600)
    subprocess.run(
        ["mosquitto_passwd", "-b", tmp_path / "users", "hana", PASSWORD], check=True, capture_output=True
    )
    server = broker(
        "mosquitto", f"certfile {tmp_path}/cert.pem", f"keyfile {tmp_path}/key.pem",
        "allow_anonymous false", f"password_file {tmp_path}/users",
    )  # fmt: skip
    return server, made


def test_an_unknown_certificate_is_refused_until_a_person_trusts_it(home, tmp_path, secured):
    server, made = secured
    url = f"mqtts://127.0.0.1:{server.port}"

    def attempt(password=PASSWORD, **settings):
        return try_source(home, Source("line1", url, {**FAST, "user": "hana", **settings}), password=password)

    with pytest.raises(CertificateUnknown) as refused:
        attempt()
    assert refused.value.facts["fingerprint"] == made.fingerprint(hashes.SHA256()).hex()
    assert "line1" in refused.value.where
    assert attempt(ca=str(tmp_path / "cert.pem"))["security"] == "TLS"
    trust_certificate(home, refused.value.facts["fingerprint"])
    assert attempt()["security"] == "TLS"
    with pytest.raises(CredentialsRefused, match="refused the user “hana”"):
        attempt(password="wrong")
    other = tmp_path / "other"
    other.mkdir()
    certificate(other)
    with pytest.raises(MqttUnreachable):  # an authority was named and it did not sign this one
        attempt(ca=str(other / "cert.pem"))


def test_a_password_does_not_travel_in_the_clear(home, broker):
    server = broker("mosquitto")
    described = Source("line1", f"mqtt://127.0.0.1:{server.port}", {**FAST, "user": "hana"})
    with pytest.raises(PasswordNeedsTls, match=r"not encrypted.*mqtts://") as refused:
        try_source(home, described, password="secret")
    assert "secret" not in str(refused.value)
    with pytest.raises(AddressRefused):
        try_source(home, Source("line1", "mqtt://"))


def test_a_value_is_written_under_an_arm_only(home, broker, wait):
    server = broker("mosquitto")
    publish.single("zigbee2mqtt/lamp", '{"brightness": 20}', 1, True, "127.0.0.1", server.port)
    seen = []
    watcher = paho.Client(paho.CallbackAPIVersion.VERSION2)
    watcher.on_message = lambda _c, _u, message: seen.append((message.topic, message.payload))
    watcher.connect("127.0.0.1", server.port)
    watcher.subscribe("zigbee2mqtt/+/set", 1)
    watcher.loop_start()

    async def run():
        source = Mqtt(Place("line1", f"mqtt://127.0.0.1:{server.port}", home), MqttSettings(**FAST))
        (signal,) = await source.browse()
        leave = Arm(signal.id, 0.0, 100.0, "hana", time.time_ns() + 60 * 10**9)
        for value, given in ((50.0, None), (150.0, leave)):
            with pytest.raises(WriteNotArmed):
                await source.write(signal, value, given)
        await source.write(signal, 80.0, leave)
        await source.close()

    asyncio.run(run())
    wait(lambda: seen)
    assert seen == [("zigbee2mqtt/lamp/set", b'{"brightness": 80.0}')]
    watcher.disconnect()
    watcher.loop_stop()


def test_messages_that_cannot_be_read_are_named_and_the_rest_is_stored(home, broker, collector, stored, wait):
    server = broker("mosquitto")
    add_source(home, Source("line1", f"mqtt://127.0.0.1:{server.port}", {"topics": "plant/#"}))
    running = collector("line1")
    wait(lambda: running.status()["state"] == "collecting")
    messages = [("plant/a", "1"), ("plant/bad", '{"a": '), ("plant/worse", b"\xff\xfe"), ("plant/b", "2")]
    publish.multiple([(topic, payload, 1, False) for topic, payload in messages], "127.0.0.1", server.port)
    wait(lambda: running.status()["samples"] == 2 and running.status()["gaps"])
    assert running.stop() == 0
    kept = stored("line1")
    assert sorted((row["signal"], row["value"]) for row in kept.rows) == [
        ("line1/plant/a", 1.0),
        ("line1/plant/b", 2.0),
    ]
    causes = [gap.cause for gap in kept.gaps]
    assert sum(int(cause.split()[0]) for cause in causes) == 2
    assert "could not be read, the first of plant/bad: it is no JSON" in causes[0]
    assert any("could not be read" in note for note in running.status()["notes"])
