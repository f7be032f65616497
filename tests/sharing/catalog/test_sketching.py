"""The same content is found under other names; other content is not."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from dure.sharing.catalog import Entry, likeness, publish
from dure.sharing.catalog.keeping import keep
from dure.sharing.catalog.sketching import ALIKE, sketch_of


@pytest.fixture(scope="module")
def tables(recorded) -> dict[str, pl.DataFrame]:
    """Tables of several recorded sets, and several files of one set."""
    sets = ("skab", "cnc-kamp", "die-casting-kr", "gas-turbine-emissions", "steel-energy-daewoo", "ai4i2020-synthetic", "battery-soh-xjtu",
            "ev-thermal-bmw-i3", "heat-pump-keymark", "fermentation-biolector", "arc-welding-kuka")  # fmt: skip
    read = {}
    for name in sets:
        small = [one for one in sorted((recorded / name).rglob("*.csv*")) if one.stat().st_size < 3_000_000]
        for path in small[:: max(1, len(small) // 4)][:4]:
            table = _read(path)
            if table is not None and sketch_of(table):
                read[path.relative_to(recorded).as_posix()] = table
    return read


def _read(path: Path) -> pl.DataFrame | None:
    plain = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    separator = max(";,\t", key=plain.partition(b"\n")[0].decode("latin-1").count)
    try:
        return pl.read_csv(
            path,
            separator=separator,
            n_rows=20_000,
            infer_schema_length=10_000,
            ignore_errors=True,
            encoding="utf8-lossy",
        )
    except pl.exceptions.PolarsError:
        return None


def exported_otherwise(table: pl.DataFrame) -> pl.DataFrame:
    """The same set as another system writes it: other names, another order of columns and rows, fewer digits."""
    names = {name: f"열{at}" for at, name in enumerate(table.columns)}
    rounded = [
        pl.col(name).round(5) if kind.is_float() else pl.col(name) for name, kind in table.schema.items()
    ]
    return (
        table.select(rounded)
        .rename(names)
        .select(sorted(names.values(), reverse=True))
        .sample(fraction=1.0, shuffle=True, seed=3)
    )


def test_the_same_set_under_other_names_is_found_and_other_sets_are_not(tables):
    assert len(tables) >= 12
    own = {name: sketch_of(table) for name, table in tables.items()}
    same = {name: likeness(own[name], sketch_of(exported_otherwise(table))) for name, table in tables.items()}
    names = sorted(own)
    other = {
        (one, two): likeness(own[one], own[two]) for at, one in enumerate(names) for two in names[at + 1 :]
    }
    assert min(same.values()) > ALIKE + 0.05, min(same, key=same.get)
    assert max(other.values()) < ALIKE - 0.05, (max(other, key=other.get), max(other.values()))


def test_a_table_that_tells_nothing_has_no_sketch():
    assert sketch_of(pl.DataFrame({"a": [1, 1, 1], "b": [True, False, True]})) == ()
    assert likeness((), ()) == 0.0


@pytest.mark.django_db
def test_a_copy_at_another_source_names_the_first(pump, shelf, pump_table):
    first = publish(pump)
    from dure.sharing.catalog import sketch

    exported_otherwise(pump_table).write_parquet(shelf.folder / "copy.parquet")
    copy, _changed = keep(
        "partner", "x1", {"title_en": "PMP-7 export", "sketch": list(sketch(shelf.folder / "copy.parquet"))}
    )
    assert copy.twin == first
    pump_table.with_columns(pl.col(pl.Float64) ** 2).write_parquet(shelf.folder / "copy.parquet")
    other, _changed = keep(
        "partner", "x2", {"title_en": "Another", "sketch": list(sketch(shelf.folder / "copy.parquet"))}
    )
    assert other.twin is None
    assert Entry.objects.get(pk=first.pk).twin is None
