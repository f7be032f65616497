"""The table of assertions is whole: each is held by a test, or it is said why not."""

import importlib.util
from pathlib import Path

from .assertions import EXPECTED, HELD, NOT_HELD

MODULES = ("test_host", "test_messages", "test_session", "test_brokers")


def test_every_assertion_is_held_or_exempt():
    for name in MODULES:
        place = Path(__file__).with_name(f"{name}.py")
        spec = importlib.util.spec_from_file_location(f"{__package__}.{name}", place)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    left = set(EXPECTED) - set(HELD) - set(NOT_HELD)
    assert not left, sorted(left)
    assert not set(NOT_HELD) & set(HELD)
    assert len(set(EXPECTED)) == len(EXPECTED)
