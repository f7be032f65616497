"""Steps come from their folders and from other wheels, and nothing is listed by hand."""

import subprocess
import sys
from pathlib import Path

import pytest

from dure.science.prepare import step_named, steps
from dure.science.prepare.families import DATA_TYPES
from dure.vocabulary import RecipeProblem

STEP = """
from dataclasses import dataclass
from dure.science.prepare import Step, field
from dure.vocabulary import Text

@dataclass(frozen=True)
class Double(Step):
    label = Text("Double", "두 배")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"))

    def apply(self, frame, learnt):
        import polars as pl
        return frame.with_columns(pl.col(self.columns) * 2)

    def explain(self):
        return Text("Doubles.", "두 배로 합니다.")
"""
ASK = """
from dure.science.prepare import steps, step_named
from dure.science.prepare.checks import example, laws
for law in laws().values():
    law(example(step_named("kiln_wheel.double")))
print(len(steps()))
"""


def test_every_file_of_a_data_type_is_one_step():
    folder = Path(sys.modules["dure.science.prepare"].__file__).parent
    files = {f"{kind}.{file.stem}" for kind in DATA_TYPES for file in (folder / kind).glob("[a-z]*.py")}
    assert files == set(steps())


def test_a_step_of_another_wheel_is_found_and_held_to_the_same_laws(tmp_path):
    (tmp_path / "kiln_wheel").mkdir()
    (tmp_path / "kiln_wheel" / "__init__.py").touch()
    (tmp_path / "kiln_wheel" / "double.py").write_text(STEP, encoding="utf-8")
    facts = tmp_path / "kiln_wheel-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: kiln-wheel\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[dure.steps]\ndouble = kiln_wheel.double:Double\n")
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stdout.strip() == str(len(steps()) + 1), asked.stderr


def test_an_unknown_step_is_refused_with_those_there_are():
    with pytest.raises(RecipeProblem, match=r"no step “table\.melt”.*series\.lag"):
        step_named("table.melt")


def test_listing_the_commands_loads_no_data_frame_library():
    ask = "import sys, dure.science.prepare.commands; print('polars' in sys.modules, 'numpy' in sys.modules)"
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert asked.stdout.split() == ["False", "False"]
