"""Prepare every recorded set by `dure prepare` without a recipe, and write what came of it: docs/reference/open-sets.md.

    python scripts/open_sets.py [NAME …]

`DURE_SHARED` names the folder whose `data` holds the sets. With names, only these are prepared and shown.
"""

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dure.science.prepare.preparing import Preparation, run
from dure.vocabulary import DureError, Permit, use_language

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("DURE_SHARED", ROOT.parent / "shared")) / "data"
PAGE = ROOT / "docs" / "reference" / "open-sets.md"
# Which task a set is for, and what is learnt; from what its origin says of it.
TASKS = {
    "ai4i2020-synthetic": "classify `Machine failure`", "arc-welding-kuka": "detect",
    "battery-calce": "estimate capacity; life", "battery-nasa": "life of `capacity_Ah`",
    "battery-soh-xjtu": "estimate state of health", "battery-vendor-exports": "none (a test of reading)",
    "bearing-cwru": "listen", "bearing-mfpt": "listen to `name 1`", "c-mapss": "life", "cnc-kamp": "classify `tool_condition`",
    "die-casting-kr": "classify `passorfail`", "ev-thermal-bmw-i3": "estimate a battery temperature; forecast",
    "fermentation-biolector": "forecast `Value` by well", "gas-turbine-emissions": "estimate `NOX`",
    "heat-pump-keymark": "estimate `EN14511_2_003` (COP)", "ics-pcap": "none (captures of a network)",
    "injection-moulding-airtlab": "classify `quality`", "labview-lvm": "none (a test of reading)",
    "maintenance-text-maintie": "read", "nab": "detect", "process-openmv": "detect; estimate",
    "process-pyphi-xlsx": "estimate `Y1`", "pv-el-cells-elpv": "inspect `defect_probability`",
    "pv-om-tickets-pvops": "estimate `generated_kW`; read", "robot-execution-failures": "classify `label` by block",
    "safety-accidents-stefanini": "read `Potential Accident Level`", "safety-ppe-photos": "inspect (few photos)", "skab": "detect against `anomaly`",
    "solar-plant-india": "estimate `DC_POWER`; forecast", "steel-energy-daewoo": "estimate `Usage_kWh`; forecast",
    "surface-deeppcb": "inspect `marks`", "surface-kamp-chromate": "inspect (four pictures)",
    "surface-magnetic-tile": "inspect `folder`", "tennessee-eastman": "detect; classify", "well-logs-las": "estimate a curve",
}  # fmt: skip
_HEAD = """# Every open set, prepared without a recipe

Written by `python scripts/open_sets.py`: `dure prepare FOLDER -o ready.parquet` on each recorded set as it lies, no option
given. *Rows* and *columns* are those of the output; *seconds* are wall time of one run on the loaded two-core build machine.
*Joined* says which files came to the rows and how; *left out* which did not (notes for people aside; the whole reason is
printed and stands in `ready.report.json`). *Found* gives the weightiest findings. The task is what the set is for, and
is not trained here: see [recorded sets](recorded-sets.md).

| set | rows | columns | seconds | joined | left out | found | task |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Line:
    """What came of one set."""

    name: str
    seconds: float
    facts: dict[str, Any]
    refused: str = ""

    def row(self) -> str:
        """The set as a row of the page."""
        task = TASKS.get(self.name, "")
        if self.refused:
            return f"| `{self.name}` | – | – | {self.seconds:.1f} | | | refused: {_cell(self.refused, 260)} | {task} |"
        cells = (
            f"{self.facts['rows']:,}", f"{self.facts['columns']:,}", f"{self.seconds:.1f}", _joined(self.facts), _left(self.facts),
            _found(self.facts), task,
        )  # fmt: skip
        return f"| `{self.name}` | {' | '.join(cells)} |"


def prepared(folder: Path, out: Path) -> Line:
    """Prepare one set; a refusal is what came of it."""
    started = time.perf_counter()
    try:
        facts, refused = run(Preparation((str(folder),), out), Permit.own([str(folder)])), ""
    except DureError as why:
        facts, refused = {}, str(why).replace(f"{DATA}{os.sep}", "")
    return Line(folder.name, time.perf_counter() - started, facts, refused)


def _joined(facts: dict[str, Any]) -> str:
    told = [one.partition(":")[0].replace(" was joined", "") for one in facts.get("joined", ())]
    return _cell("; ".join(told[:2]) + (f" … ({len(told)})" if len(told) > 2 else ""), 160)


def _left(facts: dict[str, Any]) -> str:
    told = [
        one.removeprefix("Left out: ") for one in facts.get("left_out", ()) if "note for people" not in one
    ]
    more = f" … ({len(told)} reasons)" if len(told) > 1 else ""
    return _cell(told[0], 150) + more if told else ""


def _found(facts: dict[str, Any]) -> str:
    told = [one for one in facts["findings"] if not one["key"].startswith(("folder-", "vendor-"))]
    return "; ".join(_cell(f"{one['where']}: {one['message']}", 110) for one in told[:2])


def _cell(words: str, most: int) -> str:
    plain = " ".join(words.replace("|", "/").split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def main(names: list[str]) -> None:
    """Prepare the sets, print a row of each, write the page if all were asked for."""
    folders = [path for path in sorted(DATA.iterdir()) if path.is_dir() and (not names or path.name in names)]
    rows = []
    with tempfile.TemporaryDirectory() as place, use_language("en"):
        for folder in folders:
            rows.append(prepared(folder, Path(place) / f"{folder.name}.parquet").row())
            print(rows[-1], flush=True)
    if not names:
        PAGE.write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
