"""A hub and plants of one test, as the real processes or in this process, and hellos made by OpenSSL."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PLANT = "plant1.hub.example"
BIG = 8 * 1024 * 1024


class Answers(BaseHTTPRequestHandler):
    """What the plant serves in plain behind its end of TLS."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = bytes(BIG) if self.path == "/big" else f"rows of {self.server.owner}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = str(sum(body)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words):
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = False  # closing it waits for its answers: nothing is left open behind a test

    def handle_error(self, *_words):
        pass  # a visitor that is cut off is part of the test


def serving(owner="plant1"):
    server = Quiet(("127.0.0.1", 0), Answers)
    server.owner = owner
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def command(home: Path, *words: str, **options) -> subprocess.Popen:
    environment = {**os.environ, "DURE_HOME": str(home), "DURE_LANG": "en"}
    return subprocess.Popen(
        [sys.executable, "-m", "dure", "tunnel", *words],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options,
    )  # fmt: skip


def told(home: Path, *words: str) -> str:
    process = command(home, *words)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said.strip()


def until(what, within=20.0):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {within} s")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def hello(name: str | None, **options) -> bytes:
    """The ClientHello that OpenSSL sends."""
    context = ssl.create_default_context()
    context.check_hostname = name is not None
    for key, value in options.items():
        setattr(context, key, value)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()
