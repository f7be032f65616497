"""A clock that can be set while a process runs, for that process alone (libfaketime, Debian package faketime)."""

import os
from pathlib import Path

import pytest

PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1")
RULES = {
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # as a real clock is set: what has passed since a start is not changed
    "FAKETIME_CACHE_DURATION": "1",  # s after which the file is read again
    "NO_FAKE_STAT": "1",
}


class Clock:
    """The wall clock of one process, `file` says how far off; `words` stand before the command."""

    def __init__(self, file):
        found = [str(path) for place in PLACES for path in Path("/").glob(place[1:])]
        if not found:
            told = "clocks cannot be set for one process here: libfaketime is not installed (scripts/test-services)"
            if os.environ.get("CI"):
                pytest.fail(told, pytrace=False)
            pytest.skip(told)
        self.file = file
        self.set(0)
        rules = {**RULES, "LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": str(file)}
        self.words = ("env", *(f"{name}={value}" for name, value in rules.items()))

    def set(self, seconds):
        """Let the clock be so far ahead of the true one, within about a second from now."""
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{seconds:+d}\n")
        beside.rename(self.file)
