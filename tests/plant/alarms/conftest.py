"""A real historian for the alarms, and recorded samples as they arrive."""

from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pytest

from dure.plant.historian import Historian
from dure.plant.transport import SAMPLE_SCHEMA
from machines.historian_process import historian_process


def received(batch: pa.RecordBatch, at: int) -> pa.RecordBatch:
    """The same samples, received at `at` [ns]."""
    place = SAMPLE_SCHEMA.get_field_index("received")
    return batch.set_column(
        place, SAMPLE_SCHEMA.field("received"), pa.array([at] * batch.num_rows, pa.int64())
    )


@pytest.fixture
def as_received():
    return received


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Historian]:
    """A historian of the module's own; `plant.home` is its home."""
    home = tmp_path_factory.mktemp("alarms") / "home"
    with historian_process(home) as client:
        client.home = home
        yield client


@pytest.fixture
def at_plant(plant, monkeypatch):
    monkeypatch.setenv("DURE_HOME", str(plant.home))
    monkeypatch.setenv("DURE_LANG", "en")
    for file in (plant.home / "alarms").glob("*.toml"):
        file.unlink()
    return plant


def by_hand(times, values, limit):
    """Annunciations and returns of a plain limit, by polars alone."""
    above = pl.DataFrame({"time": times, "above": values > limit})
    edges = above.filter((pl.col("above") != pl.col("above").shift()).fill_null(pl.col("above")))
    return edges.rows()


@pytest.fixture
def edges():
    return by_hand
