"""The same work on a Ray cluster of two machines as here: the same bits, also when one of them dies in the middle."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
import pytest

from dure.plant.deploy.fleet import train_fleet
from dure.science.learn import TrainRequest
from dure.science.prepare import Recipe, read
from dure.science.prepare.preparing import Preparation, apply, run
from dure.science.prepare.reading_refusals import FileAbsent
from dure.science.prepare.spreading import ClusterUnreached, each, on
from dure.vocabulary import Permit

ray = pytest.importorskip("ray", reason="the extra `cluster` is not installed")


@pytest.fixture(scope="module")
def cluster():
    """Two machines of one processor each, as Ray sees it: real raylets on this host."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_TMPDIR"] = tempfile.mkdtemp(prefix="ray")  # sockets lie in it: their paths must be short
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.worker = made.add_node(num_cpus=1)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture
def address(cluster):
    return f"ray://{cluster.address}"


def prepared(sources, out, recipe=None, on="", progress=None):
    facts = run(
        Preparation(tuple(map(str, sources)), out, recipe, on=on), Permit.own(sources), None, progress
    )
    return pl.read_parquet(out), facts


@pytest.mark.peer
def test_a_cluster_that_does_not_answer_costs_one_sentence(tmp_path, recorded):
    words = [sys.executable, "-m", "dure", "prepare", str(recorded / "ai4i2020-synthetic"), "-o", str(tmp_path / "o.parquet"), "--on", "ray://127.0.0.1:1", "--json"]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["key"] == ClusterUnreached.key
    assert not (tmp_path / "o.parquet").exists()


@pytest.mark.peer
def test_files_read_and_treated_by_a_cluster_give_the_bits_of_one_machine(address, recorded, tmp_path):
    sources = sorted((recorded / "skab").glob("valve*/*.csv.gz"))[:8]
    here, facts = prepared(sources, tmp_path / "here.parquet")
    there, facts_there = prepared(sources, tmp_path / "there.parquet", on=address)
    assert there.equals(here)
    assert there.schema == here.schema
    assert Path(facts["recipe"]).read_text() == Path(facts_there["recipe"]).read_text()
    assert facts["findings"] == facts_there["findings"]


@pytest.mark.peer
def test_windows_of_each_file_are_the_same_on_a_cluster(address, recorded):
    table = read(sorted((recorded / "skab").glob("valve*/*.csv.gz"))[:6])
    steps = [
        {"step": "series.window_statistics", "columns": ["Pressure"], "rows": 20},
        {"step": "table.standardise", "columns": ["Temperature"]},
    ]
    recipe = Recipe.from_dict({"version": 1, "aside": ["datetime"], "steps": steps})
    here = apply(recipe, table, Permit.own(["skab"]))
    with on(address):
        assert apply(recipe, table, Permit.own(["skab"])).equals(here)


@pytest.mark.peer
def test_a_refusal_on_a_cluster_is_the_sentence_it_is_here(address, tmp_path):
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"")
    with pytest.raises(Exception, match=r"broken\.csv") as here:
        prepared([broken], tmp_path / "o.parquet")
    with pytest.raises(type(here.value)) as there:
        prepared([broken], tmp_path / "o.parquet", on=address)
    assert str(there.value) == str(here.value)
    with on(address), pytest.raises(FileAbsent):
        each(read, [[str(tmp_path / "gone.csv")]])


@pytest.mark.peer
def test_a_machine_killed_in_the_middle_costs_time_only(cluster, address, recorded, tmp_path):
    pictures = sorted((recorded / "surface-magnetic-tile").glob("**/*.jpg"))
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('version = 1\naside = ["file"]\n[[steps]]\nstep = "image.embed"\ncolumn = "image"\n')
    here, _ = prepared(pictures, tmp_path / "here.parquet", recipe)
    killed = []

    def kill(share, stage):
        if stage == "prepare" and share > 0.1 and not killed:
            killed.append(share)
            cluster.remove_node(cluster.worker, allow_graceful=False)

    there, _ = prepared(pictures, tmp_path / "there.parquet", recipe, address, kill)
    assert killed
    assert killed[0] < 1
    assert there.equals(here)


@pytest.mark.peer
def test_a_person_who_stops_it_leaves_nothing_behind(address, recorded, tmp_path):
    class Stopped(Exception):
        pass

    def stop(*_):
        raise Stopped

    sources = sorted((recorded / "skab").glob("valve*/*.csv.gz"))[:8]
    with pytest.raises(Stopped):
        prepared(sources, tmp_path / "out.parquet", on=address, progress=stop)
    assert not list(tmp_path.iterdir())


@pytest.mark.peer
def test_the_models_of_a_fleet_are_tried_on_a_cluster_with_the_same_outcome(address, recorded, tmp_path):
    parts = []
    for mould in ("8412", "8573", "8600"):
        frame = read([recorded / "die-casting-kr" / f"train_group_{mould}.csv.gz"]).frame.head(300)
        numeric = [name for name, kind in frame.schema.items() if kind.is_numeric()][:4]
        parts.append(
            frame.select(pl.lit(mould).alias("mould"), *(pl.col(name).cast(pl.Float64) for name in numeric))
        )
    file = tmp_path / "castings.parquet"
    whole = pl.concat(parts, how="diagonal").drop_nulls()
    whole.write_parquet(file)
    permit = Permit.own([str(file)])
    asked = TrainRequest(
        (str(file),), target=whole.columns[-1], group="mould", budget=2_000, families=("ridge",)
    )
    outcomes = [train_fleet(asked, tmp_path / name, permit, lambda *_: None, where)["machines"] for name, where in (("here", ""), ("there", address))]  # fmt: skip
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) == 3
