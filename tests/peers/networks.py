"""Two network namespaces joined by one cable that can be pulled: a plant's floor and its office on one machine (Linux, root)."""

import os
import shutil
import subprocess
from itertools import count

import pytest

NUMBERS = count()
FAR, NEAR = "10.99.7.2", "10.99.7.1"


def ip(*words, check=True):
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=check)


def need_namespaces():
    """Skip with one sentence where the system allows no namespaces; in CI that is a failure."""
    name = f"dure-{os.getpid()}-try"
    done = ip("netns", "add", name, check=False) if shutil.which("ip") else None
    if done is not None and done.returncode == 0:
        ip("netns", "del", name)
        return
    told = "a cable cannot be pulled here: network namespaces need iproute2 and root"
    if os.environ.get("CI"):
        pytest.fail(f"{told}; CI must run these tests", pytrace=False)
    pytest.skip(told)


class Cable:
    """Namespaces `near` (collectors, the node) and `far` (machines, boxes); `near` and `far` are words to run a program there.

    Pulled, the far end has no link: packets of the near end are lost in silence, as behind a switch.
    """

    def __init__(self):
        need_namespaces()
        number = f"{os.getpid()}-{next(NUMBERS)}"
        self.names = {"near": f"dure-{number}-near", "far": f"dure-{number}-far"}
        self.near = ("ip", "netns", "exec", self.names["near"])
        self.far = ("ip", "netns", "exec", self.names["far"])
        for name in self.names.values():
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", self.names["near"], "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", self.names["far"])  # fmt: skip
        for name, address in ((self.names["near"], NEAR), (self.names["far"], FAR)):
            ip("-n", name, "address", "add", f"{address}/24", "dev", "cable")
            ip("-n", name, "link", "set", "cable", "up")

    def pull(self):
        ip("-n", self.names["far"], "link", "set", "cable", "down")

    def plug(self):
        ip("-n", self.names["far"], "link", "set", "cable", "up")

    def close(self):
        for name in self.names.values():
            ip("netns", "del", name, check=False)
