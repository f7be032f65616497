"""A whole box, as `dure edge run` runs it, and the bundle from which it is installed without a network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from machines.historian_process import experiment
from plant.edge.conftest import until
from plant.edge.test_link import arrived

ROOT = Path(__file__).parents[3]
DURE = Path(sys.executable).with_name("dure")


def command(dure, home, *words):
    done = subprocess.run(
        [dure, *words, "--home", home, "--json"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def line(recorded, tmp_path):
    """A recorded experiment as a machine's export: a folder with one CSV file."""
    folder = tmp_path / "line1"
    folder.mkdir()
    table = experiment(recorded / "skab/valve1/0.csv.gz").head(200)
    table.with_columns(pl.from_epoch("time", "ns")).write_csv(folder / "export.csv")
    return folder, table.height * (table.width - 1)


def collect_as_box(dure, pair, line, environment):
    """Join nothing anew: the box of `pair` has joined; add the source, run the box, wait for all to arrive."""
    folder, count = line
    added = command(dure, pair.box, "connect", "add", f"file://{folder}", "--name", "line1")
    assert added["signals"] == 8
    pair.start("intake")
    with (pair.box / "box.log").open("wb") as log:
        box = subprocess.Popen(
            [dure, "edge", "run", "--home", pair.box], env=environment, stdout=log, stderr=log
        )
    try:
        until(lambda: len(arrived(pair.node, "line1")) == count, 60)
        until(lambda: state(dure, pair) in {"collecting", "finished"})
    finally:
        box.terminate()
        assert box.wait(20) == 0
    until((pair.node / "sources/line1.json").exists)
    assert command(DURE, pair.node, "edge", "list") == {
        "boxes": [{"name": "press-shop", "sources": ["line1"]}]
    }


def state(dure, pair):
    return command(dure, pair.box, "edge", "status")["sources"]["line1"]["state"]


def test_a_box_collects_and_hands_on_from_the_command_line(pair, line):
    collect_as_box(DURE, pair, line, os.environ)


def test_a_machine_that_joined_no_node_says_how(tmp_path):
    done = subprocess.run(
        [DURE, "edge", "run", "--home", tmp_path / "box"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "dure edge join" in done.stderr


def test_the_bundle_installs_without_a_network_and_its_box_collects(pair, line, tmp_path):
    made = subprocess.run(
        [ROOT / "scripts/edge/bundle", tmp_path], capture_output=True, text=True, check=False, timeout=200
    )
    assert made.returncode == 0, made.stderr
    subprocess.run(["tar", "xzf", tmp_path / "dure-edge.tar.gz", "-C", tmp_path], check=True)
    alone = {"PATH": os.environ["PATH"], "PIP_INDEX_URL": "http://127.0.0.1:9/none", "PIP_NO_CACHE_DIR": "1"}
    done = subprocess.run(
        [tmp_path / "dure-edge/install", "--here", tmp_path / "installed"],
        env=alone, capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    python = tmp_path / "installed/bin/python"
    absent = "import importlib.util as u; print([m for m in ('django', 'duckdb', 'lightgbm', 'granian') if u.find_spec(m)])"
    assert (
        subprocess.run([python, "-c", absent], capture_output=True, text=True, check=True).stdout.strip()
        == "[]"
    )
    collect_as_box(tmp_path / "installed/bin/dure", pair, line, alone)


def test_a_damaged_bundle_is_not_installed(tmp_path):
    bundle = tmp_path / "dure-edge"
    bundle.mkdir()
    (bundle / "install").write_bytes((ROOT / "scripts/edge/install").read_bytes())
    (bundle / "install").chmod(0o755)
    (bundle / "SHA256SUMS").write_text(f"{'0' * 64}  ./install\n")
    done = subprocess.run(
        [bundle / "install", "--here", tmp_path / "x"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "damaged" in done.stderr
    assert not (tmp_path / "x").exists()


def test_the_unit_gives_the_box_no_rights_it_does_not_need():
    unit = (ROOT / "scripts/edge/dure-edge.service").read_text()
    for line in (
        "User=dure",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "Restart=always",
    ):
        assert f"{line}\n" in unit
