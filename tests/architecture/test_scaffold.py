"""A newcomer adds one thing in one place: the skeleton is found and held by its family at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project in which to write."""
    for part in ("src", "scripts", "tests"):
        shutil.copytree(
            ROOT / part,
            tmp_path / part,
            ignore=shutil.ignore_patterns("node_modules", "__pycache__", "built"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder / "src"),
        "DURE_SHARED": os.environ.get("DURE_SHARED", str(ROOT.parent / "shared")),
    }
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("kind", "name", "law"),
    [
        ("step", "series/median_filter", "tests/science/prepare/test_every_step.py"),
        ("step", "table/round_values", "tests/science/prepare/test_every_step.py"),
        ("model", "estimate/theil_sen", "tests/science/learn/test_every_family.py"),
        ("model", "classify/naive_bayes", "tests/science/learn/test_every_family.py"),
        ("model", "detect/local_outlier", "tests/science/learn/test_every_family.py"),
        ("connector", "bacnet", "tests/plant/connect/test_check.py"),
    ],
)
def test_a_new_member_is_found_and_held_by_its_family(copy: Path, kind: str, name: str, law: str) -> None:
    made = run(copy, "scripts/new.py", kind, name)
    assert made.returncode == 0, made.stderr
    short = name.rpartition("/")[2]
    own = [line for line in made.stdout.splitlines() if line.startswith("tests/")]
    held = run(copy, "-m", "pytest", "-q", "-k", f"{short} or every_rule", *own, law, "-p", "no:xdist")
    assert held.returncode == 0, held.stdout
    clean = run(
        copy, "-m", "ruff", "check", *[line for line in made.stdout.splitlines() if line.endswith(".py")]
    )
    assert clean.returncode == 0, clean.stdout


def test_nothing_is_replaced_and_a_bad_name_is_refused(copy: Path) -> None:
    assert run(copy, "scripts/new.py", "step", "series/lag").returncode == 2
    refused = run(copy, "scripts/new.py", "step", "lag")
    assert refused.returncode == 2
    assert "make new-step table/lag" in refused.stderr
    assert run(copy, "scripts/new.py", "model", "estimate/../evil").returncode == 2
