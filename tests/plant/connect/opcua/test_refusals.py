"""What a server refuses, and what we refuse: one sentence each."""

import asyncio
import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest

from dure.plant.connect import (
    AddressRefused,
    Arm,
    CertificateExpired,
    CertificateUnknown,
    CredentialsRefused,
    FingerprintUnknown,
    OwnCertificateRefused,
    PasswordInTheClear,
    Place,
    SecurityNotOffered,
    SourceSilent,
    SourceUnreachable,
    WriteNotArmed,
    trust_certificate,
)
from dure.plant.connect import (
    test as try_address,
)
from dure.plant.connect.opcua import OpcUa, OpcUaSettings
from dure.plant.connect.opcua.security import own_identity, require_trust
from peers.servers import Peer, free_port

try_address.__test__ = False
KINDS = [pytest.param("node-opcua", marks=pytest.mark.peer), "asyncua"]
FAST = {"timeout": 10.0, "publishing": 100.0}


@pytest.fixture(scope="module")
def server_of(tmp_path_factory):
    """One server of each kind and make for all tests here."""
    running = {}

    def find(kind, **options):
        key = (kind, *sorted(map(str, options.items())))
        if key not in running:
            running[key] = Peer(kind, tmp_path_factory.mktemp("peer"), {"variables": 1, **options}).start()
        return running[key]

    yield find
    for one in running.values():
        one.kill()


def attempt(home, url, password=None, **settings):
    return try_address(url, {**FAST, **settings}, home=home, password=password)


def trusted(home, url, **settings):
    with pytest.raises(CertificateUnknown) as refused:
        attempt(home, url, **settings)
    return trust_certificate(home, refused.value.facts["fingerprint"])


@pytest.mark.parametrize(
    "url", ["opc.tcp://", "opc.tcp://host", "opc.tcp://host:x", "opc.tcp://:4840", "opc.tcp://h:99999"]
)
def test_an_address_without_host_and_port_is_refused(url, home):
    with pytest.raises(AddressRefused, match=r"Write it like opc\.tcp://"):
        attempt(home, url)


def test_a_closed_port_is_unreachable(home):
    with pytest.raises(SourceUnreachable, match="nothing listens at that port"):
        attempt(home, f"opc.tcp://127.0.0.1:{free_port()}")


def test_an_unknown_host_is_unreachable(home):
    with pytest.raises(SourceUnreachable):
        attempt(home, "opc.tcp://no-such-host.invalid:4840")


def test_a_port_that_never_answers_is_silent(home):
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        pytest.raises(SourceSilent, match=r"did not answer within 0\.5 s"),
    ):
        attempt(home, f"opc.tcp://127.0.0.1:{listening.getsockname()[1]}", timeout=0.5)


def test_a_server_of_another_kind_is_refused_in_one_sentence(home):
    from dure.vocabulary import SourceProblem

    def answer(listening):
        near, _ = listening.accept()
        with near:
            near.recv(100)
            near.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        with pytest.raises(SourceProblem) as refused:
            attempt(home, f"opc.tcp://127.0.0.1:{listening.getsockname()[1]}", timeout=1.0)
        thread.join()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_an_encrypted_link_needs_a_trusted_certificate_and_the_right_password(kind, home, server_of):
    server = server_of(kind, secured=True, users={"op": "hunter2"}, anonymous=False)
    with pytest.raises(CertificateUnknown) as refused:
        attempt(home, server.url, password="hunter2", user="op")
    fingerprint = refused.value.facts["fingerprint"]
    assert f"dure connect trust {fingerprint}" in str(refused.value)
    assert (home / "certificates" / "rejected" / f"{fingerprint}.der").exists()
    with pytest.raises(FingerprintUnknown):
        trust_certificate(home, "00000000")
    assert trust_certificate(home, fingerprint[:12]) == fingerprint
    facts = attempt(home, server.url, password="hunter2", user="op")
    assert facts["security"] == "encrypt Aes256Sha256RsaPss"  # the strongest there is
    assert facts["read"]
    policies = ("Basic256Sha256", "Aes128Sha256RsaOaep") if kind == "node-opcua" else ("Basic256Sha256",)
    for policy in policies:
        asked = {"security": "encrypt", "policy": policy}
        assert (
            attempt(home, server.url, password="hunter2", user="op", **asked)["security"]
            == f"encrypt {policy}"
        )
    with pytest.raises(CredentialsRefused, match="refused the user “op”"):
        attempt(home, server.url, password="wrong", user="op")
    with pytest.raises(CredentialsRefused, match="anonymous"):
        attempt(home, server.url)


@pytest.mark.parametrize("kind", KINDS)
def test_a_password_does_not_travel_unencrypted(kind, home, server_of):
    server = server_of(kind, users={"op": "hunter2"})
    with pytest.raises(PasswordInTheClear, match="--clear-password true"):
        attempt(home, server.url, password="hunter2", user="op")
    if kind == "asyncua":  # node-opcua takes no password there at all
        assert (
            attempt(home, server.url, password="hunter2", user="op", clear_password=True)["security"]
            == "none"
        )
    with pytest.raises(SecurityNotOffered, match=r"does not offer encrypt\. It offers: none"):
        attempt(home, server.url, security="encrypt")


@pytest.mark.peer
def test_a_server_that_does_not_trust_us_is_told_by_name(home, server_of):
    server = server_of("node-opcua", secured=True, trustAll=False)
    trusted(home, server.url)
    with pytest.raises(OwnCertificateRefused, match=own_identity(home).fingerprint):
        attempt(home, server.url)


def test_our_certificate_is_made_once_and_its_key_is_ours_alone(home):
    first, again = own_identity(home), own_identity(home)
    assert first == again
    assert first.uri.startswith("urn:")
    assert first.key.stat().st_mode & 0o077 == 0


def test_a_certificate_outside_its_dates_is_refused(home):
    own = own_identity(home).certificate.read_bytes()
    with pytest.raises(CertificateUnknown) as refused:
        require_trust(home, own, "line1")
    trust_certificate(home, refused.value.facts["fingerprint"])
    require_trust(home, own, "line1")
    with pytest.raises(CertificateExpired, match="line1"):
        require_trust(home, own, "line1", now=datetime.now(UTC) + timedelta(days=365 * 11))


def test_a_set_point_is_written_under_an_arm_and_not_without(home, server_of):
    server = server_of("asyncua", users={"op": "hunter2"})

    async def story():
        line = OpcUa(Place("line1", server.url, home), OpcUaSettings(security="none"))
        try:
            signal = next(s for s in await line.browse() if s.name == "SetPoint")
            arm = Arm(signal.id, 0.0, 10.0, "kim", until=4 * 10**18)
            await line.write(signal, 7.5, arm)
            assert (await line.read([signal]))[0].value == 7.5
            for value, leave in (
                (1.0, None),
                (11.0, arm),
                (1.0, Arm("line1/Other", 0, 10, "kim", 4 * 10**18)),
                (1.0, Arm(signal.id, 0, 10, "kim", 1)),
                (float("nan"), arm),
            ):
                with pytest.raises(WriteNotArmed):
                    await line.write(signal, value, leave)
            assert (await line.read([signal]))[0].value == 7.5
        finally:
            await line.close()

    asyncio.run(story())
