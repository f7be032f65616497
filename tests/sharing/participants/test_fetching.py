"""Asking foreign servers: where we do not go, and what we do not take. The servers are real and stand on 127.0.0.1."""

import datetime as dt
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.sharing.participants import FetchRefused, fetch
from dure.sharing.participants.fetching import Reach

NEAR = Reach(plain=True)


class Answers(BaseHTTPRequestHandler):
    """What each path does."""

    def do_GET(self):
        getattr(self, self.path.strip("/").partition("?")[0].partition("/")[0], self.plain)()

    def do_POST(self):
        self.say(self.rfile.read(int(self.headers["Content-Length"])))

    def say(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def plain(self):
        self.say(self.headers["Host"].encode())

    def away(self):
        self.say(b"", 302, Location="http://127.0.0.1:1/")

    def large(self):
        self.say(b"x" * 2000)

    def endless(self):
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 1000)
        except OSError:
            pass

    def slow(self):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b"x")
                time.sleep(0.1)
        except OSError:
            pass

    def short(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"x")

    def nonsense(self):
        self.wfile.write(b"no HTTP at all\r\n\r\n")

    def log_message(self, *_words):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as at:
        at.daemon_threads = True
        threading.Thread(target=at.serve_forever, args=[0.05], daemon=True).start()
        yield f"http://127.0.0.1:{at.server_port}"
        at.shutdown()


def test_an_answer_is_its_status_headers_and_body(server):
    answer = fetch(f"{server}/plain?x=1", reach=NEAR)
    assert (answer.status, answer.body) == (200, server.removeprefix("http://").encode())
    assert answer.headers["content-length"] == str(len(answer.body))
    assert fetch(f"{server}/x", method="POST", body=b"hello", reach=NEAR).body == b"hello"


@pytest.mark.parametrize("path", ["away", "large", "endless", "short", "nonsense"])
def test_what_redirects_is_too_large_or_torn_is_not_taken(server, path):
    with pytest.raises(FetchRefused):
        fetch(f"{server}/{path}", most=1500, reach=NEAR)


def test_a_server_that_sends_a_byte_now_and_then_is_ended_by_the_clock(server):
    began = time.monotonic()
    with pytest.raises(FetchRefused):
        fetch(f"{server}/slow", timeout=0.4, reach=NEAR)
    assert time.monotonic() - began < 2


def test_a_server_that_never_answers_is_ended_by_the_clock():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        for scheme in ("http", "https"):  # the handshake of TLS hangs as well
            began = time.monotonic()
            with pytest.raises(FetchRefused):
                fetch(f"{scheme}://127.0.0.1:{mute.getsockname()[1]}/", timeout=0.4, reach=NEAR)
            assert time.monotonic() - began < 2


@pytest.mark.parametrize("url", [
    "http://plant.example/", "ftp://plant.example/", "file:///etc/passwd", "https://", "https://a:b@plant.example/", "https://plant.example:0/",
    "https://plant.example:99999/", "https://plant.example/\r\nHost: x", "https://plant .example/", "//plant.example", "", "https://plant.example/" + "x" * 3000,
])  # fmt: skip
def test_what_is_no_https_address_is_not_even_looked_up(url):
    def lookup(*_name, **_kind):
        pytest.fail("it was looked up")

    with pytest.raises(FetchRefused):
        fetch(url, reach=Reach(), lookup=lookup)


def leads_to(*addresses):
    def lookup(_host, port, **_kind):
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    return lookup


INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1",  # noqa: S104 - nothing listens
    "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_refused(address):
    with pytest.raises(FetchRefused, match="not a public address"):
        fetch("https://innocent.example/", reach=Reach(), lookup=leads_to(address))


def test_one_inside_address_among_public_ones_is_enough_to_refuse():
    with pytest.raises(FetchRefused, match="not a public address"):
        fetch("https://innocent.example/", reach=Reach(), lookup=leads_to("93.184.215.14", "10.0.0.1"))


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "224.0.0.1", "0.0.0.0", "fe80::1", "::ffff:169.254.169.254"],  # noqa: S104 - nothing listens
)
def test_link_local_addresses_stay_refused_in_a_lan(address):
    assert not NEAR.allows(ip_address(address))


def test_networks_of_ones_own_can_be_allowed():
    reach = Reach(networks=(ip_network("10.8.0.0/16"),))
    assert reach.allows(ip_address("10.8.3.4"))
    assert reach.allows(ip_address("::ffff:10.8.3.4"))
    assert not reach.allows(ip_address("10.9.0.1"))


@given(st.ip_addresses())
def test_only_global_addresses_are_public(address):
    if Reach().allows(address):
        assert address.is_global
        assert not address.is_multicast


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(server):
    """A name server that answers otherwise the second time gains nothing: there is no second time."""
    asked = []

    def lookup(host, port, **kind):
        asked.append(host)
        return leads_to("127.0.0.1")(host, port, **kind)

    port = server.rpartition(":")[2]
    answer = fetch(f"http://rebound.example:{port}/plain", reach=NEAR, lookup=lookup)
    assert answer.body == f"rebound.example:{port}".encode()
    assert asked == ["rebound.example"]


def test_a_certificate_of_another_name_is_refused(tmp_path):
    with (
        pytest.raises(FetchRefused, match="certificate"),
        secured(tmp_path, "other.example") as (port, trusted),
    ):
        fetch(f"https://daon.example:{port}/plain", reach=NEAR, lookup=leads_to("127.0.0.1"), context=trusted)


def test_a_certificate_of_the_name_is_taken_though_the_address_is_pinned(tmp_path):
    with secured(tmp_path, "daon.example") as (port, trusted):
        answer = fetch(
            f"https://daon.example:{port}/plain", reach=NEAR, lookup=leads_to("127.0.0.1"), context=trusted
        )
    assert answer.body == f"daon.example:{port}".encode()


class secured:  # noqa: N801 - used as a word in a `with`
    """A server that speaks TLS under `name`."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name

    def __enter__(self):
        certificate, key = self.folder / "server.pem", self.folder / "server.key"
        write_certificate(certificate, key, self.name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.handle_error = lambda *_who: None
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()
        return self.server.server_port, ssl.create_default_context(cafile=certificate)

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()


def write_certificate(certificate, key, name):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(
        subject,
        subject,
        private.public_key(),
        x509.random_serial_number(),
        today,
        today + dt.timedelta(days=1),
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        private, hashes.SHA256()
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(private.private_bytes(serialization.Encoding.PEM, *form))
