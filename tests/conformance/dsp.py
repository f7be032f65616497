"""The Eclipse DSP TCK against a node of ours: `python tests/conformance/dsp.py [TEST]`, as `make conformance` runs it.

The TCK comes from Maven Central (pom.xml); the node is granian with the node's own application, as `dure up` starts it,
under settings that add the TCK's identity, script and triggers. Exit code 0 if every enabled test is green.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("DURE_SHARED", HERE.parents[2] / "shared"))
JARS = HERE / "target" / "jars"
# What the TCK has: 65 that are enabled of 67. Fewer than this means that some were not found.
ENABLED = 65


def main(words):
    if not (SHARED / "vectors" / "dsp").is_dir():
        sys.exit(f"the protocol's vectors are not at {SHARED}; set DURE_SHARED to the folder above them")
    fetch()
    with tempfile.TemporaryDirectory(prefix="dsp-") as folder, node(Path(folder)) as one:
        return judge(Path(folder), one.url, words)


def fetch():
    """The TCK and what it needs, from Maven's own repository; again only if the pom changed."""
    if JARS.is_dir() and JARS.stat().st_mtime > (HERE / "pom.xml").stat().st_mtime:
        return
    shutil.rmtree(JARS, ignore_errors=True)
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
    subprocess.run(command, cwd=HERE, check=True)


class Node:
    """A node of ours with the TCK's script: its pages in a process of their own, that may be killed and started again."""

    def __init__(self, folder, **environment):
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "node.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DURE_")},
            "DURE_HOME": str(folder / "home"),
            "DURE_PORT": str(self.port),
            "DURE_PUBLIC_URL": self.url,
            "DURE_LANG": "en",
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": str(HERE),
            **environment,
        }
        self.process = None
        self.starter = ThreadPoolExecutor(1)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def prepare(self):
        quiet = {**self.environment, "SCRIPT_SWEEP": ""}
        for module in ("dure.node.preparation", "scripted.seed"):
            subprocess.run([sys.executable, "-m", module], env=quiet, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        # A node ends with the thread that started it (PR_SET_PDEATHSIG): this one lives as long as we do.
        self.starter.submit(self._start).result()

    def _start(self):
        command = [sys.executable, "-m", "dure.node.serving", "pages"]
        with self.log.open("a") as log:
            # A group of its own: granian answers in a child, and a kill takes both.
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        answers(f"{self.url}/.well-known/dspace-version", self.process)

    def kill(self):
        """Both processes at once, with no chance to end well."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)
        while listens(self.port):
            time.sleep(0.01)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def node(folder, **environment):
    """A node of ours whose pages answer."""
    one = Node(folder, **environment)
    one.prepare()
    one.start()
    try:
        yield one
    finally:
        one.stop()
        if keep := os.environ.get("KEEP_LOG"):
            shutil.copy(one.log, keep)


def judge(folder, base, words):
    """Run the TCK against the node at `base`; its exit code."""
    callback = free_port()
    header = json.dumps({"region": "any", "audience": "any", "clientId": "TCK_PARTICIPANT"})
    ours = {
        "dataspacetck.debug": "false",
        "dataspacetck.ansi": "false",
        "dataspacetck.port": callback,
        "dataspacetck.callback.address": f"http://127.0.0.1:{callback}",
        "dataspacetck.dsp.local.connector": "false",
        "dataspacetck.dsp.connector.agent.id": "CONNECTOR_UNDER_TEST",
        "dataspacetck.dsp.connector.http.url": f"{base}/dsp/2025-1",
        "dataspacetck.dsp.connector.http.base.url": base,
        "dataspacetck.dsp.connector.http.headers.authorization": header,
        "dataspacetck.dsp.connector.negotiation.initiate.url": f"{base}/tck/negotiations/requests",
        "dataspacetck.dsp.connector.transfer.initiate.url": f"{base}/tck/transfers/requests",
        "dataspacetck.dsp.default.wait": 15,
    }
    sample = (SHARED / "vectors" / "dsp" / "sample.tck.properties").read_text().splitlines()
    kept = [line for line in sample if line and not line.startswith(("#", "dataspacetck."))]
    file = folder / "tck.properties"
    file.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in ours.items())]) + "\n")
    command = ["java", "-cp", f"{JARS}/*", str(HERE / "Judge.java"), str(file), *words[:1]]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=900)
    told = done.stdout.splitlines()
    shown = (
        told if "-v" in words else [line for line in told if line.startswith(("FAILED", "   ", "DSP TCK"))]
    )
    sys.stdout.write("\n".join(shown or [done.stderr]) + "\n")
    figure = next((line for line in told if line.startswith("DSP TCK: ")), "")
    enough = bool(words) or figure.startswith(f"DSP TCK: {ENABLED} passed, 0 failed")
    return done.returncode or int(not enough)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def answers(url, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own node
            return
        time.sleep(0.2)
    sys.exit("the node did not answer")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
