"""Recorded castings and a pump loop, a plant that signs, an assessor, and a moment."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from dure.science.prepare import read
from dure.sharing.certification import Dataset, certify, rules_of, signer_of
from dure.vocabulary import Permit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUICK = """
id: quick
version: 1
ko: 빠른 규칙
en: Quick rules
need:
  - {measure: missing-values, at_least: 0.95}
  - {measure: stuck-sensor, at_least: 0.9}
  - {measure: replayed-stretch, at_least: 0.99}
block_rows: 64
power: {rows: 1500, trials: 3}
"""


@pytest.fixture(scope="session")
def pump(recorded) -> pl.DataFrame:
    """Half an hour of a pump loop, once a second."""
    return read([recorded / "skab" / "anomaly-free"]).frame.head(1_800)


@pytest.fixture(scope="session")
def plant():
    """What signs for the plant."""
    return signer_of(ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="session")
def assessor():
    """What signs for an assessor."""
    return signer_of(ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="session")
def quick():
    """A small rule set."""
    return rules_of(QUICK)


@pytest.fixture(scope="session")
def make(pump, plant, quick):
    """Make a certificate of the pump loop, or of what is given."""

    def made(frame=None, rules=None, **asked):
        data = Dataset(pump if frame is None else frame, units={"Current": "A"})
        data = replace(data, **{name: asked.pop(name) for name in ("ids", "target") if name in asked})
        asked = {
            "title": "Pump loop",
            "ran_by": "person:1",
            "now": NOW,
            "permit": Permit.own(["pump"]),
        } | asked
        return certify(data, rules or quick, plant, **asked)

    return made


@pytest.fixture(scope="session")
def certificate(make):
    """The certificate of the pump loop; not to be changed."""
    return make()
