"""The library alone: installed without extras it reads, profiles, trains and predicts, and says what it lacks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the locked base dependencies and a wheel of dure, nothing else."""
    place = tmp_path_factory.mktemp("ring")
    wants = place / "requirements.txt"
    call(
        UV, "export", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "-q", "-o", wants, cwd=ROOT
    )
    call(UV, "build", "--wheel", "-q", "-o", place, cwd=ROOT)
    call(UV, "venv", "-q", "--python", sys.executable, place / "venv")
    python = place / "venv/bin/python"
    call(UV, "pip", "install", "-q", "--python", python, "-r", wants, *place.glob("*.whl"))
    return place / "venv/bin"


def call(*words: object, cwd: Path | None = None, code: int = 0) -> str:
    ended = subprocess.run([str(w) for w in words], cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == code, ended.stderr
    return ended.stdout


def test_the_ring_holds_no_web_no_database_no_equipment(ring: Path) -> None:
    absent = ["django", "duckdb", "asyncua", "granian", "dbos", "psycopg"]
    probe = f"import importlib.util as u; print([m for m in {absent} if u.find_spec(m)])"
    assert call(ring / "python", "-c", probe).strip() == "[]"


def test_the_ring_imports_and_its_examples_hold(ring: Path) -> None:
    code = (
        "import doctest, importlib, pkgutil, dure.science, dure.vocabulary\n"
        "failed = tried = 0\n"
        "for place in (dure.science, dure.vocabulary):\n"
        "    for found in pkgutil.walk_packages(place.__path__, place.__name__ + '.'):\n"
        "        result = doctest.testmod(importlib.import_module(found.name),\n"
        "            optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)\n"
        "        failed += result.failed; tried += result.attempted\n"
        "print(failed, tried)"
    )
    failed, tried = map(int, call(ring / "python", "-c", code).split()[-2:])
    assert failed == 0
    assert tried > 50


def test_the_ring_goes_from_a_file_to_predictions(ring: Path, recorded: Path, tmp_path: Path) -> None:
    table = recorded / "injection-moulding-airtlab/data.csv.gz"
    dure = ring / "dure"
    found = json.loads(call(dure, "profile", table, "--json", cwd=tmp_path))
    assert found["rows"] == 1451
    trained = json.loads(
        call(dure, "train", table, "--target", "quality", "--task", "classify", "--budget", "10s", "-o", "quality.model", "--json", cwd=tmp_path)
    )  # fmt: skip
    assert trained["metric"]["accuracy"] > trained["null"]["accuracy"] + 0.4
    out = json.loads(
        call(dure, "predict", "quality.model", table, "-o", "out.parquet", "--json", cwd=tmp_path)
    )
    assert out["rows"] == 1451
    assert "--label-delay" in call(dure, "replay", "--help", cwd=tmp_path)


def test_up_says_what_to_install(ring: Path, tmp_path: Path) -> None:
    ended = subprocess.run([ring / "dure", "up"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "dure[node]" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
