"""The house stands as drawn: floors, front doors, names, and errors that speak both languages."""

import importlib
import pkgutil
import re
import string
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

import dure
from dure.vocabulary import DureError

SOURCE = Path(dure.__file__).parent
REFUSED = {"core", "common", "utils", "util", "helpers", "manager", "service", "base", "misc", "data"}
# A room is `dure.<wing>.<room>`; the vocabulary is one room. Rooms whose members are public names themselves:
OPEN_FAMILIES = {"dure.science.process"}
# What Django and the command reach by name; the node introduces them, so it may name them too.
EDGE = re.compile(r"\.(views|urls|admin|commands|apps)$")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("dure", cache_dir=None)


def room(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[1:2] in (["vocabulary"], ["node"]) else ".".join(parts[:3])


def shown_by_its_room(module: str) -> bool:
    """A public function may have the name of the file that it stands in, and a module may be public itself."""
    name = module.removeprefix(f"{room(module)}.")
    return name in getattr(importlib.import_module(room(module)), "__all__", ())


def modules() -> list[str]:
    found = pkgutil.walk_packages([str(SOURCE)], "dure.")
    return [m.name for m in found if ".migrations" not in m.name and not m.name.endswith("__main__")]


def test_a_room_is_entered_by_its_front_door(graph: grimp.ImportGraph) -> None:
    through_the_window = [
        f"{importer} imports {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if importer != "dure.__main__"
        and room(importer) != room(imported)
        and imported not in {room(imported), "dure"}
        and not shown_by_its_room(imported)
        and room(imported) not in OPEN_FAMILIES
        and not (room(importer) == "dure.node" and EDGE.search(imported))
    ]
    assert through_the_window == []


def test_floors_and_strangers_hold() -> None:
    verdict = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=SOURCE.parents[1], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert verdict.returncode == 0, verdict.stdout


def test_no_drawer_is_called_utils() -> None:
    names = {path.stem for path in SOURCE.rglob("*") if path.is_dir() or path.suffix == ".py"}
    assert names & REFUSED == set()


def every_error() -> list[type[DureError]]:
    for name in modules():
        importlib.import_module(name)
    seen: list[type[DureError]] = [DureError]
    for kind in seen:
        seen.extend(k for k in kind.__subclasses__() if k not in seen and k.__module__.startswith("dure."))
    return seen


def test_every_error_says_what_and_what_to_do_in_both_languages() -> None:
    leaves = [kind for kind in every_error() if "says" in vars(kind)]
    assert len(leaves) > 20
    for kind in leaves:
        for text in (kind.says, kind.remedy):
            assert re.search(r"[가-힣]", text.ko), f"{kind.__name__} has no Korean"
            assert not re.search(r"[가-힣]", text.en), f"{kind.__name__} mixes languages"
            assert text.en.rstrip().endswith((".", "!", "?", "}")) or ":" in text.en, (
                f"{kind.__name__}: {text.en}"
            )
        assert places(kind.says.en) == places(kind.says.ko), f"{kind.__name__} tells other facts in Korean"


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_keys_of_errors_are_their_own() -> None:
    keys = [kind.key for kind in every_error() if "key" in vars(kind)]
    assert sorted(keys) == sorted(set(keys))


def test_importing_dure_brings_nothing_heavy() -> None:
    heavy = [
        "polars",
        "numpy",
        "scipy",
        "sklearn",
        "lightgbm",
        "pyarrow",
        "duckdb",
        "django",
        "asyncua",
        "onnxruntime",
        "pint",
        "asyncio",
    ]
    code = f"import sys, dure, dure.vocabulary, dure.node.command; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
