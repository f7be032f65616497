"""Nodes that serve their pages on 127.0.0.1 and reach each other by plain HTTP, each with its owner at a browser."""

import http.cookiejar
import json
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fresh_database import fresh_database
from running_node import free_port, until


@dataclass
class Node:
    """A node that serves its pages, and its owner at a browser."""

    address: str
    environment: dict
    did: str = ""
    jar: object = field(default_factory=http.cookiejar.CookieJar)

    def __post_init__(self):
        self.did = f"did:web:{urllib.parse.quote(self.address.removeprefix('http://'), safe='')}"
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def open(self, path):
        with self.browser.open(self.address + path, timeout=30) as page:
            return page.url, page.read().decode()

    def send(self, path, **fields):
        token = next(one.value for one in self.jar if one.name == "dure_csrf")
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        with self.browser.open(self.address + path, body, timeout=30) as page:
            return page.url, page.read().decode()

    def enter(self):
        self.open("/account/login/")
        self.send("/account/login/", login="daon", password="honest machines 2026")

    def run(self, script, *words):
        done = subprocess.run(
            [sys.executable, "-c", script, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def answer(self, path, body=None, token="", method=None):
        """Status and body of what a machine is told."""
        headers = {
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.address + path, raw, headers, method=method)  # noqa: S310 - our own node
        try:
            with urllib.request.urlopen(asked, timeout=30) as said:  # noqa: S310 - our own node
                return said.status, said.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()


@contextmanager
def node(folder, stack):
    port = free_port()
    environment = stack.enter_context(fresh_database(folder))
    environment |= {
        "DURE_PORT": str(port), "DURE_PUBLIC_URL": f"http://localhost:{port}", "DURE_SHARING_PLAIN_HTTP": "true", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    with (folder / "said.log").open("w") as said:
        serving = subprocess.Popen(
            [sys.executable, "-m", "dure.node.serving", "pages"], env=environment, stderr=said
        )
        try:
            yield Node(f"http://localhost:{port}", environment)
        finally:
            serving.terminate()
            serving.wait(20)


def reached(one):
    try:
        return one.answer("/.well-known/did.json")[0] == 200
    except OSError:
        return False


@contextmanager
def nodes_in(folder: Path, *names: str) -> Iterator[list[Node]]:
    """Nodes that answer, one a name; their owners are signed in."""
    with ExitStack() as stack:
        found = [stack.enter_context(node(folder / name, stack)) for name in names]
        for one in found:
            until(lambda one=one: reached(one), within=60)
            one.enter()
        yield found
