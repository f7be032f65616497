"""Detection power of every quality measure: defects put into recorded data, and how many are found.

Writes `src/dure/science/quality/power.json`, which `dure profile` tells, and the table in
docs/reference/quality.md between its two marks. Run: `.venv/bin/python benchmarks/quality_power.py [KEY... | --table]`;
keys measure only these anew, --table only writes the page.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dure.science.prepare import read
from dure.science.quality import Measure, Subject, measures
from dure.science.quality.injection import DEFECTS, detected

HERE = Path(__file__).resolve().parents[1]
SHARED = HERE.parent / "shared" / "data"
FIGURES = HERE / "src/dure/science/quality/power.json"
PAGE = HERE / "docs/reference/quality.md"
SEEDS = 12
# Set, first row, rows, column to be learnt, columns left out; stretches that a person has looked at.
STRETCHES: Sequence[tuple[str, int, int, str | None, tuple[str, ...]]] = (
    ("skab/anomaly-free", 0, 4_000, None, ()),
    ("gas-turbine-emissions/gt_2012.csv.gz", 0, 4_000, "NOX", ()),
    ("tennessee-eastman/d00_te.dat.gz", 0, 960, None, ()),
    ("ev-thermal-bmw-i3/TripA05.csv.gz", 0, 6_000, None, ("Regenerative Braking Signal ",)),
    ("process-openmv/batch_dryer.csv.gz", 0, 5_000, "JacketTemperature", ()),
    ("nab/machine_temperature_system_failure.csv.gz", 0, 6_000, None, ()),
    ("solar-plant-india/Plant_1_Weather_Sensor_Data.csv.gz", 0, 549, None, ("PLANT_ID",)),
    ("die-casting-kr/train_group_8722.csv.gz", 0, 5_000, "passorfail", ()),
    ("injection-moulding-airtlab/data.csv.gz", 0, 1_451, "quality", ()),
    ("ai4i2020-synthetic/ai4i2020.csv.gz", 0, 10_000, "Machine failure", ("TWF", "HDF", "PWF", "OSF", "RNF")),
    ("steel-energy-daewoo", 0, 35_040, "Load_Type", ()),
    ("c-mapss/train_FD001.txt.gz", 0, 5_000, "column_14", ()),
)


def stretches(shared: Path = SHARED, only: Sequence[str] = ()) -> Iterator[tuple[str, Subject]]:
    """Each stretch with the name of its set; rows sorted by their label are mixed, with a fixed seed."""
    for name, first, rows, target, without in STRETCHES:
        if only and name.split("/")[0] not in only:
            continue
        table = read([shared / name])
        frame = table.frame.drop(*without, strict=False)
        if target == "quality":
            frame = frame.sample(fraction=1.0, shuffle=True, seed=0)
        frame = frame.slice(first, rows)
        yield name.split("/")[0], Subject(frame, (len(frame),), target, table.sources[:1])


def power(member: type[Measure], sound: Sequence[tuple[str, Subject]], seeds: int = SEEDS) -> dict[str, Any]:
    """Shares found by magnitude, trials, and findings on what was left as it was."""
    defect, measure = DEFECTS[member.defect], member()
    found = []
    for magnitude in defect.magnitudes:
        chances = [
            (one, np.random.default_rng([seed, place]))
            for place, (_, one) in enumerate(sound)
            for seed in range(seeds)
        ]
        seen = [detected(measure, one, defect, magnitude, chance) for one, chance in chances]
        seen = [one for one in seen if one is not None]
        found.append([magnitude, round(float(np.mean(seen)), 4) if seen else None, len(seen)])
    told = {name: len(list(measure.measure(one))) for name, one in sound}
    signals = sum(len(one.signals) for _, one in sound)
    return {
        "defect": member.defect,
        "found": found,
        "untouched": {
            "findings": sum(told.values()),
            "tables": len(sound),
            "signals": signals,
            "where": {k: v for k, v in told.items() if v},
        },
    }


def main() -> None:
    """Measure all, write figures and table."""
    began = time.perf_counter()
    named = sys.argv[1:]
    sound = list(stretches()) if named != ["--table"] else []
    figures = json.loads(FIGURES.read_text(encoding="utf-8")) if named else {}
    for member in measures():
        if member.defect and (not named or member.key in named):
            figures[member.key] = power(member, sound)
            sys.stdout.write(
                f"{member.key:20} {figures[member.key]['found']} {figures[member.key]['untouched']['where']}\n"
            )
            sys.stdout.flush()
    kept = {
        key: {**one, "untouched": {k: v for k, v in one["untouched"].items() if k != "where"}}
        for key, one in figures.items()
    }
    lines = [f" {json.dumps(key)}: {json.dumps(one)}" for key, one in sorted(kept.items())]
    FIGURES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    if "<!-- power -->" in (page := PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""):
        before, _, rest = page.partition("<!-- power -->")
        PAGE.write_text(
            f"{before}<!-- power -->\n{table(figures)}\n<!-- /power -->{rest.partition('<!-- /power -->')[2]}",
            encoding="utf-8",
        )
    sys.stdout.write(f"{len(figures)} measures in {time.perf_counter() - began:.0f} s\n")


def table(figures: dict[str, Any]) -> str:
    """The figures as the page shows them."""
    rows = [
        "| finding | defect put in | found (share of trials) by magnitude | trials | untouched: findings |",
        "|---|---|---|---|---|",
    ]
    for key, one in sorted(figures.items()):
        defect = DEFECTS[one["defect"]]
        plain = len(defect.magnitudes) == 1
        tried = [
            f"{100 * share:.3g} %" if plain else f"{magnitude:g}: {100 * share:.3g} %"
            for magnitude, share, count in one["found"]
            if count
        ]
        trials = sum(count for _, _, count in one["found"])
        whole = "signals" if one["untouched"]["findings"] > one["untouched"]["tables"] else "tables"
        says = f"{defect.says.en} ({defect.unit.en})" if defect.unit.en else defect.says.en
        rows.append(
            f"| `{key}` | {says} | {', '.join(tried)} | {trials} | {one['untouched']['findings']} in {one['untouched'][whole]} {whole} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
