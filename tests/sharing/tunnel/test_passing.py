"""Foreign clients reach a plant through the hub, which sees ciphertext only; hub and plant are the real processes."""

import json
import re
import shutil
import signal
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from sharing.tunnel.world import BIG, PLANT, command, free_port, serving, told, until

NODE = """
const https = require('https'), fs = require('fs');
const [port, name, ca] = process.argv.slice(1);
const body = Buffer.alloc(300000, 3);
const ask = https.request({host: '127.0.0.1', port, servername: name, headers: {host: name},
  ca: fs.readFileSync(ca), method: 'POST', path: '/'}, a => { let t = ''; a.on('data', d => t += d);
  a.on('end', () => console.log(a.statusCode, t)); });
ask.end(body);
"""
JAVA = """
import java.net.*; import java.net.http.*; import java.nio.file.*; import java.security.*; import java.security.cert.*;
import javax.net.ssl.*;
public class Visitor { public static void main(String[] a) throws Exception {
  var store = KeyStore.getInstance("PKCS12"); store.load(null, null);
  store.setCertificateEntry("plant", CertificateFactory.getInstance("X.509").generateCertificate(Files.newInputStream(Path.of(a[2]))));
  var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()); trust.init(store);
  var tls = SSLContext.getInstance("TLS"); tls.init(null, trust.getTrustManagers(), null);
  var answer = HttpClient.newBuilder().sslContext(tls).build().send(
    HttpRequest.newBuilder(URI.create("https://" + a[1] + ":" + a[0] + "/")).build(), HttpResponse.BodyHandlers.ofString());
  System.out.println(answer.statusCode() + " " + answer.body()); } }
"""


class Wire:
    """Between a plant's process and the hub's, and between a visitor and the hub: everything that passes is kept."""

    def __init__(self, to: int) -> None:
        self.to, self.seen = to, bytearray()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.socks: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self.listening.accept()
                try:
                    other = socket.create_connection(("127.0.0.1", self.to))
                except OSError:  # the hub is away
                    one.close()
                    continue
                self.socks += [one, other]
                for source, sink in ((one, other), (other, one)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while part := source.recv(65_536):
                self.seen += part
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for sock in (self.listening, *self.socks):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


class World:
    def __init__(self, folder: Path) -> None:
        self.hub_home, self.plant_home = folder / "hub", folder / "plant"
        self.server = serving()
        self.port = free_port()
        self.hub = self.plant = None
        told(self.hub_home, "admit", PLANT, told(self.plant_home, "key"))
        self.start_hub()
        self.wire = Wire(self.port)
        self.start_plant()
        until(lambda: self.state("plant").get("idle", 0) > 0)

    def start_hub(self) -> None:
        self.hub = command(
            self.hub_home, "serve", "hub.example", "--host", "127.0.0.1", "--port", str(self.port)
        )
        assert "listening" in self.hub.stdout.readline()

    def start_plant(self) -> None:
        to = f"127.0.0.1:{self.server.server_port}"
        self.plant = command(
            self.plant_home, "join", f"127.0.0.1:{self.wire.port}", "--name", PLANT, "--to", to
        )

    def state(self, who: str) -> dict:
        home = self.hub_home if who == "hub" else self.plant_home
        with suppress(OSError, ValueError):
            return json.loads((home / "run" / f"tunnel-{who}.json").read_text())
        return {}

    @property
    def certificate(self) -> Path:
        return self.plant_home / "certificates" / "tunnel" / f"{PLANT}.pem"

    def curl(
        self, path: str = "/", *more: str, port: int | None = None, name: str = PLANT
    ) -> subprocess.CompletedProcess:
        port = port or self.port
        words = [
            "curl",
            "-sS",
            "--max-time",
            "20",
            "--cacert",
            self.certificate,
            "--resolve",
            f"{name}:{port}:127.0.0.1",
        ]
        return subprocess.run(
            [*words, *more, f"https://{name}:{port}{path}"], capture_output=True, timeout=60, check=False
        )

    def close(self) -> None:
        for process in (self.plant, self.hub):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(15)
            process.stdout.close()
        self.wire.close()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("tunnel"))
    yield made
    made.close()


def test_curl_reaches_a_plant_that_only_dials_out(world) -> None:
    answer = world.curl()
    assert answer.stdout == b"rows of plant1", answer.stderr


def test_node_reaches_it_and_sends_much(world) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    said = subprocess.run(["node", "-e", NODE, "--", str(world.port), PLANT, str(world.certificate)], capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert said.stdout.split() == ["200", "900000"], said.stderr


def test_java_reaches_it(world, tmp_path) -> None:
    if shutil.which("java") is None or subprocess.run(["java", "--list-modules"], capture_output=True, text=True, check=False).stdout.find("jdk.compiler") < 0:  # fmt: skip
        pytest.skip("no JDK is installed")
    (tmp_path / "Visitor.java").write_text(JAVA)
    (tmp_path / "hosts").write_text(f"127.0.0.1 {PLANT}\n")
    said = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", f"-Djdk.net.hosts.file={tmp_path / 'hosts'}", str(tmp_path / "Visitor.java"), str(world.port), PLANT, str(world.certificate)],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert said.stdout.strip() == "200 rows of plant1", said.stderr


def test_the_hub_sees_ciphertext_only(world) -> None:
    visitors = Wire(world.port)
    try:
        assert (
            world.curl("/", "-H", "X-Secret: what-nobody-may-read", port=visitors.port).stdout
            == b"rows of plant1"
        )
    finally:
        visitors.close()
    for seen in (bytes(visitors.seen), bytes(world.wire.seen)):
        assert len(seen) > 1_000
        for plain in (b"rows of plant1", b"what-nobody-may-read", b"HTTP/1.1", b"GET /"):
            assert plain not in seen
        assert PLANT.encode() in seen  # the one thing that it reads
    # Nothing from which the plant's certificate could be served lies with the hub.
    kept = [path for path in world.hub_home.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in kept)


def test_the_certificate_that_a_visitor_sees_is_the_plants(world) -> None:
    shown = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{world.port}", "-servername", PLANT, "-showcerts"],
        input=b"", capture_output=True, timeout=30, check=False,
    ).stdout.decode()  # fmt: skip
    pem = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", shown, re.DOTALL)
    assert pem is not None
    assert pem.group() == world.certificate.read_text()


def test_a_name_that_nobody_has_is_refused_by_tls_itself(world) -> None:
    answer = world.curl(name="other.hub.example")
    assert answer.returncode == 35
    assert b"unrecognized name" in answer.stderr.lower()


def test_twenty_visitors_at_once_are_all_served(world) -> None:
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(world.curl().stdout)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"rows of plant1"] * 20


def test_a_slow_reader_costs_the_hub_no_memory(world) -> None:
    import psutil

    hub = psutil.Process(world.hub.pid)
    before = hub.memory_info().rss
    slow = [
        subprocess.Popen(
            ["curl", "-s", "--limit-rate", "2k", "--cacert", world.certificate, "--resolve", f"{PLANT}:{world.port}:127.0.0.1", "-o", "/dev/null", f"https://{PLANT}:{world.port}/big"],
        )
        for _ in range(12)
    ]  # fmt: skip
    try:
        until(lambda: world.state("hub").get("names", {}).get(PLANT, {}).get("open", 0) >= 12)
        assert world.curl("/big").stdout == bytes(BIG)  # others are not held up
        assert hub.memory_info().rss - before < 12 * BIG / 8
        plant = psutil.Process(world.plant.pid)
        assert plant.memory_info().rss < 200 * 1024 * 1024
    finally:
        for process in slow:
            process.kill()
            process.wait()


def test_kill_9_of_the_hub_and_the_plant_is_got_over(world) -> None:
    world.hub.kill()
    world.hub.wait()
    world.hub.stdout.close()
    world.start_hub()
    assert until(lambda: world.curl().stdout == b"rows of plant1")
    world.plant.kill()
    world.plant.wait()
    world.plant.stdout.close()
    world.start_plant()
    assert until(lambda: world.curl().stdout == b"rows of plant1")


def test_health_is_told(world) -> None:
    until(lambda: world.curl().stdout == b"rows of plant1")
    until(lambda: world.state("hub").get("names", {}).get(PLANT, {}).get("bytes", 0) > 0)
    until(lambda: world.state("plant").get("state") == "joined")
    facts = json.loads(told(world.plant_home, "status", "--json"))
    assert facts["plant"]["name"] == PLANT


def test_a_name_taken_back_is_gone_within_seconds(world) -> None:
    assert "True" in told(world.hub_home, "dismiss", PLANT)
    until(lambda: world.curl().returncode == 35)
    until(lambda: world.state("plant").get("state") == "lost")
    assert "dure tunnel admit" in world.state("plant")["message"]
    told(world.hub_home, "admit", PLANT, told(world.plant_home, "key"))
    assert until(lambda: world.curl().stdout == b"rows of plant1")
