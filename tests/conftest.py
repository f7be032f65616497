"""What every test may ask for: the folder of recorded data, and a home of its own."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is slow: how long an example takes to be drawn or tried says nothing of the code.
settings.register_profile("loaded", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loaded")

# Tests start hundreds of processes. Their code is compiled once and kept, whatever the environment wishes for itself,
# and none of them computes with more threads than one: several workers share the processors already.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Whatever forgets to ask for `home` must not write into the developer's own.
os.environ["DURE_HOME"] = tempfile.mkdtemp(prefix="dure-tests-")
atexit.register(shutil.rmtree, os.environ["DURE_HOME"], ignore_errors=True)

# Programs that tests start, each with arguments of its own: nothing to import.
collect_ignore_glob = ["peers/*", "conformance/*"]
# Begun first, the longest before all: what is short then fills the gaps at the end (with --no-loadscope-reorder).
BEGUN_FIRST = (
    "browser/test_first_alarm", "node/demo/test_story", "browser", "node/test_on_postgresql", "plant/edge/test_box", "faults",
    "node", "science/learn/test_recorded", "science/learn", "architecture/test_ring", "plant/deploy",
    "plant/connect", "science",
)  # fmt: skip
SHARED = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of `BEGUN_FIRST` before the others, each file whole and in its own order."""
    places = [Path(__file__).parent / one for one in BEGUN_FIRST]

    def turn(item: pytest.Item) -> int:
        path = item.path.with_suffix("")
        return next((at for at, place in enumerate(places) if path.is_relative_to(place)), len(places))

    items.sort(key=turn)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """Folder of recorded data sets. In CI its absence is a failure; elsewhere the test is skipped."""
    folder = SHARED / "data"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the recorded data sets are not at {folder}", pytrace=False)
        pytest.skip("the recorded data sets are not here; set DURE_SHARED to their folder")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, in force for this test and the processes it starts."""
    folder = tmp_path / "home"
    monkeypatch.setenv("DURE_HOME", str(folder))
    monkeypatch.setenv("DURE_LANG", "en")
    return folder
