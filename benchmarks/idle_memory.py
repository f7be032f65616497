"""Memory of an idle node over all its processes, as the kernel shares it out (PSS): `python benchmarks/idle_memory.py`.

Starts a node in a new home, makes its owner, opens every place once, waits until it is quiet, and adds up every
process of it. With `--signals N` an OPC UA server of N variables, written once a second, is connected first; with
`--upload FILE` a table is brought in and its page and the training form are opened, as people do.
"""

import argparse
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

sys.path.append(str(Path(__file__).parents[1] / "tests"))

QUIET = 75.0
"""Time from the first answer to the measurement. [s]"""

BOUND = 400
"""What an idle node may take. [MB]"""


def free_port() -> int:
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def started(home: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "dure", "up", "--home", str(home), "--port", str(free_port())]
    node = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "DURE_LANG": "en"})
    assert node.stderr is not None
    for line in node.stderr:
        if "owner's account" in line:
            return node, line.split()[-1]
    raise SystemExit("the node did not start")


def use(link: str, upload: Path | None) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    token = _token(browser.open(link).read().decode())
    owner = {"organisation": "Daon", "name": "Kim", "username": "daon", "password": "honest machines 2026"}
    form = urllib.parse.urlencode({**owner, "csrfmiddlewaretoken": token}).encode()
    assert "account/logout" in browser.open(link, form).read().decode()
    for place in ("line/", "data/", "models/", "people/"):
        assert browser.open(urllib.parse.urljoin(link, f"/{place}")).status == 200
    if upload is not None:
        token = _token(browser.open(urllib.parse.urljoin(link, "/data/")).read().decode())
        address = urllib.parse.urljoin(link, "/data/files/new/")
        page = browser.open(_filled(address, upload, token))
        name = re.search("/data/files/([0-9a-f]+)/", page.geturl())
        assert name, "the file was refused"
        assert browser.open(urllib.parse.urljoin(link, f"/models/train/?upload={name[1]}")).status == 200


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found[1]


def _filled(address: str, file: Path, token: str) -> urllib.request.Request:
    """The form of the data page with a file, as a browser sends it (RFC 7578)."""
    mark = uuid.uuid4().hex
    head = f'--{mark}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
    head += f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'
    body = head.encode() + file.read_bytes() + f"\r\n--{mark}--\r\n".encode()
    return urllib.request.Request(  # noqa: S310 - our own node
        address, body, {"Content-Type": f"multipart/form-data; boundary={mark}", "Referer": address}
    )


@contextmanager
def source(home: Path, signals: int) -> Iterator[None]:
    """A real server with so many variables that change once a second, connected to the node of `home`."""
    from dure.plant.connect import Source, add_source
    from peers.servers import Peer

    server = Peer("asyncua", home.parent / "server", {"variables": signals, "period": 1000}).start()
    try:
        add_source(home, Source("line1", server.url, {"security": "none"}))
        yield
    finally:
        server.kill()


def measure(pid: int) -> dict[str, float]:
    parent = psutil.Process(pid)
    family = [parent, *parent.children(recursive=True)]
    return {f"{one.pid} {_name(one)}": one.memory_full_info().pss / 1e6 for one in family}


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    return " ".join(words[words.index("-m") + 1 :]) if "-m" in words else " ".join(words)[-60:]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--signals", type=int, default=0)
    words.add_argument("--upload", type=Path)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as beside:
        home = Path(folder) / "home"
        node, link = started(home)
        try:
            if given.signals:
                beside.enter_context(source(home, given.signals))
            use(link, given.upload)
            time.sleep(QUIET)
            shares = measure(node.pid)
            seconds = [sum(one.cpu_times()[:2]) for one in psutil.Process(node.pid).children(recursive=True)]
            time.sleep(10)
            later = [sum(one.cpu_times()[:2]) for one in psutil.Process(node.pid).children(recursive=True)]
        finally:
            node.send_signal(signal.SIGTERM)
            node.wait()
    for name, megabytes in shares.items():
        print(f"{megabytes:8.1f} MB  {name}")
    total = sum(shares.values())
    print(
        f"{total:8.1f} MB  altogether (bound {BOUND}); idle CPU {100 * (sum(later) - sum(seconds)) / 10:.1f} % of one core"
    )
    assert total < BOUND


if __name__ == "__main__":
    main()
