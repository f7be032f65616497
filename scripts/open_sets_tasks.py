"""What each recorded set is for, asked as a user would ask it: what is learnt from, the options of `dure train`, and the score.

Used by `open_sets.py`. A set is learnt from its *prepared* output; where that is no table to learn from (files of which each is
one run, words that only reading keeps, two sheets that belong together) from what `Lesson.rows` gives, and the page says so.
"""

import csv
import gzip
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from dure.science.learn import TrainRequest, evaluate, load, train
from dure.science.learn.judging.measures import FIRST, measure_name, measured, verdict
from dure.science.prepare import read, read_each
from dure.science.prepare.joining_how import Join
from dure.science.prepare.preparing import Preparation, run
from dure.vocabulary import DureError, Permit

#: Budget of each search [s] and its seed.
BUDGET, SEED = 15.0, 0
#: The measure shown: the first that there is, as in the card's verdict; of a detector without labels its alarms.
SHOWN = (*FIRST, "alarms_per_shift", "alarms_per_1000_rows")

#: What is learnt from: given the set's folder, its prepared file and a place to write to.
Rows = Callable[[Path, Path, Path], list[Path]]


def _ready(folder: Path, ready: Path, place: Path) -> list[Path]:
    """The prepared output."""
    del folder, place
    return [ready]


@dataclass(frozen=True)
class Lesson:
    """One task of a set: its words, options of `TrainRequest`, what is learnt from and, for a detector, the truth."""

    words: str
    asks: Mapping[str, Any] = field(default_factory=dict)
    source: str = "prepared"
    rows: Rows = _ready
    truth: Rows | None = None
    target: str | None = None


@dataclass(frozen=True)
class Scored:
    """What came of one lesson."""

    name: str
    lesson: Lesson
    seconds: float = 0.0
    judged: str = ""
    metric: str = ""
    ours: str = ""
    null: str = ""
    said: str = ""

    def row(self) -> str:
        """The lesson as a row of the page."""
        cells = (
            f"`{self.name}`", self.lesson.words, self.lesson.source, self.judged, self.metric, self.ours, self.null,
            f"{self.seconds:.0f}" if self.seconds else "", self.said,
        )  # fmt: skip
        return "| " + " | ".join(" ".join(one.replace("|", "/").split()) for one in cells) + " |"


# --- what is learnt from, where it is not the prepared output -------------------------------------------------------


def _files(*patterns: str) -> Rows:
    """Files of the folder as they lie."""

    def found(folder: Path, ready: Path, place: Path) -> list[Path]:
        del ready, place
        return [path for one in patterns for path in sorted(folder.glob(one))]

    return found


def _folder(folder: Path, ready: Path, place: Path) -> list[Path]:
    """The folder itself, as `dure train FOLDER` takes it."""
    del ready, place
    return [folder]


def _waves(folder: Path, ready: Path, place: Path) -> list[Path]:
    """The faulty bearings beside a list: rate, fault, load, speed and the SKF 6205, as the file names and the rig's page say."""
    del ready
    faults, speeds = {"B007": "ball", "IR007": "inner", "OR007@6": "outer"}, {"0": 1797, "1": 1772}
    with (place / "list.csv").open("w", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        rows.writerow(
            ["file", "rate", "fault", "load", "rpm", "elements", "element_diameter", "pitch_diameter"],
        )
        for path in sorted(folder.glob("12k*.parquet")):
            (place / path.name).symlink_to(path)
            fault, load, _ = path.stem.split("_")[-3:]
            rows.writerow([path.name, 12_000, faults[fault], load, speeds[load], 9, 7.94, 39.04])
    return [place]


def _tagged(folder: Path, ready: Path, place: Path) -> list[Path]:
    """Texts of the prepared output, and whether an undesirable state is tagged in them."""
    del folder
    tagged = pl.col("entities").str.contains("UndesirableState").cast(pl.String).alias("undesirable")
    pl.read_parquet(ready).select("text", tagged).write_csv(place / "tagged.csv")
    return [place / "tagged.csv"]


def _tickets(folder: Path, ready: Path, place: Path) -> list[Path]:
    """Tickets of the assets that have seven or more."""
    del ready
    frame = pl.read_csv(folder / "example_ML_ticket_data.csv").select("CompletionDesc", "Asset")
    frame.filter(pl.len().over("Asset") >= 7).write_csv(place / "tickets.csv")
    return [place / "tickets.csv"]


def _lots(folder: Path, ready: Path, place: Path) -> list[Path]:
    """One row a lot: the sheet PROCESS with the sheet QUALITY joined by the lot."""
    del ready
    book = str(folder / "jrpls_tpls_dataset.xlsx")
    wanted = Preparation(
        (f"{book}#PROCESS",), place / "lots.csv", joins=(Join(f"{book}#QUALITY", "LotID"),), target="Y1"
    )
    run(wanted, Permit.own([book]))
    return [place / "lots.csv"]


def _wells(folder: Path, ready: Path, place: Path) -> list[Path]:
    """Biomass (backscatter) of each well of one cultivation, from the file as it is read."""
    del ready
    frame = read([str(folder / "BL1__rj-cg-res_20170927_084112.csv.gz")]).frame
    biomass = frame.filter(pl.col("READING").str.starts_with("C") & (pl.col("FILTERNAME") == "Biomass"))
    biomass.select("WELLNUM", pl.col("TIME").alias("TIME [h]"), "AMPLITUDE").write_csv(place / "wells.csv")
    return [place / "wells.csv"]


def _machine_with_truth(folder: Path, ready: Path, place: Path) -> list[Path]:
    """The prepared rows, and whether each lies in a labelled window."""
    (windows,) = json.loads((folder / "labels.json").read_text())["windows"].values()
    at = pl.col("timestamp")
    spans = [at.is_between(*(pl.lit(one[:19]).str.to_datetime() for one in window)) for window in windows]
    pl.read_parquet(ready).with_columns(pl.any_horizontal(spans).cast(pl.Int8).alias("anomaly")).write_csv(
        place / "nab.csv"
    )
    return [place / "nab.csv"]


def _reactor(folder: Path, ready: Path, place: Path) -> list[Path]:
    """The test runs of the ten faults; from row 161 on the fault is there."""
    del ready
    made = []
    for path in sorted(folder.glob("d*_te.dat.gz")):
        if not path.name.startswith("d00"):
            rows = [
                [float(word) for word in line.split()]
                for line in gzip.decompress(path.read_bytes()).decode().splitlines()
            ]
            frame = pl.DataFrame(rows, schema=[f"column_{at}" for at in range(1, 53)], orient="row")
            made.append(place / path.name.replace(".dat.gz", ".csv"))
            frame.with_columns(anomaly=(pl.int_range(pl.len()) >= 160).cast(pl.Int8)).write_csv(made[-1])
    return made


# --- the sets -------------------------------------------------------------------------------------------------------

_VALVES = _files("valve*/*.csv.gz")

LESSONS: Mapping[str, tuple[Lesson, ...]] = {
    "ai4i2020-synthetic": (
        Lesson("classify `Machine failure`", {"target": "Machine failure", "equipment": "rotating_machine"}),
    ),
    "arc-welding-kuka": (
        Lesson(
            "classify `Imperfection_id` (14), by plate",
            {"task": "classify", "target": "Imperfection_id", "group": "mark", "ignore": ("id", "Imperfection_description")},
        ),
    ),
    "battery-calce": (
        Lesson(
            "estimate `capacity`",
            {"target": "capacity", "ignore": ("SoH",)},
            "the two files of one row a cycle",
            _files("*_per_cycle.csv"),
        ),
        Lesson(
            "life", {"task": "life", "time": "cycle"}, "the two files of one row a cycle", _files("*_per_cycle.csv")
        ),
    ),
    "battery-nasa": (
        Lesson(
            "forecast `capacity_Ah` 10 cycles ahead",
            {"task": "forecast", "target": "capacity_Ah", "horizon": "10"},
            "its files, a cell each",
            _files("*_per_cycle.csv"),
        ),
    ),
    "battery-soh-xjtu": (
        Lesson("estimate `capacity`, by cell", {"target": "capacity"}, "its files, a cell each", _files("*.csv.gz")),
    ),
    "battery-vendor-exports": (Lesson("none: a test of reading"),),
    "bearing-cwru": (
        Lesson(
            "listen for `fault`, a load left out",
            {"task": "listen", "target": "fault", "group": "load"},
            "its faulty waves beside a list (rate, fault, load, speed, bearing)",
            _waves,
        ),
    ),
    "bearing-mfpt": (
        Lesson("listen for `name 1`", {"task": "listen", "target": "name 1"}, "its folder (sounds)", _folder),
    ),
    "c-mapss": (
        Lesson(
            "life of engines",
            {"task": "life", "group": "column_1", "time": "column_2"},
            "`train_FD001` (the test half has other engines of the same numbers)",
            _files("train*.gz"),
        ),
    ),
    "cnc-kamp": (
        Lesson(
            "classify `tool_condition`, by run",
            {"target": "tool_condition", "group": "No", "ignore": ("machining_finalized", "passed_visual_inspection")},
        ),
    ),
    "die-casting-kr": (
        Lesson("classify `passorfail`", {"target": "passorfail", "ignore": ("tryshot_signal",)}),
    ),
    "ev-thermal-bmw-i3": (
        Lesson(
            "estimate `Cabin Temperature Sensor [°C]`, by trip",
            {"target": "Cabin Temperature Sensor [°C]"},
            "its winter trips, a file each",
            _files("TripB*.gz"),
        ),
    ),
    "fermentation-biolector": (
        Lesson(
            "forecast biomass (`AMPLITUDE`) of a well 5 readings ahead",
            {"task": "forecast", "target": "AMPLITUDE", "group": "WELLNUM", "time": "TIME [h]", "horizon": "5"},
            "the wells of one cultivation",
            _wells,
        ),
    ),
    "gas-turbine-emissions": (Lesson("estimate `NOX`", {"target": "NOX", "ignore": ("CO",)}),),
    "heat-pump-keymark": (
        Lesson(
            "estimate `EN14511_2_003` (COP), by model",
            {"target": "EN14511_2_003", "group": "modelID", "ignore": ("EN14511_2_001", "EN14511_2_002")},
        ),
    ),
    "ics-pcap": (Lesson("none: captures of a network, whose values have no names"),),
    "injection-moulding-airtlab": (Lesson("classify `quality`", {"task": "classify", "target": "quality"}),),
    "labview-lvm": (Lesson("none: a test of reading"),),
    "maintenance-text-maintie": (
        Lesson(
            "read: is an undesirable state tagged",
            {"task": "read", "target": "undesirable"},
            "prepared texts, the target reckoned from the tags",
            _tagged,
        ),
    ),
    "nab": (
        Lesson(
            "detect, learnt from the first 750 rows",
            {"task": "detect", "normal_rows": 750},
            truth=_machine_with_truth,
            target="anomaly",
        ),
    ),
    "process-openmv": (
        Lesson("estimate `DryerTemp`, by batch", {"target": "DryerTemp", "group": "batch_id"}),
    ),
    "process-pyphi-xlsx": (
        Lesson(
            "estimate `Y1`",
            {"target": "Y1", "ignore": ("Y2", "Y3", "Y4", "Y5", "Y6")},
            "two sheets joined by lot with `dure prepare`",
            _lots,
        ),
    ),
    "pv-el-cells-elpv": (
        Lesson("inspect `defect_probability`", {"task": "inspect", "target": "defect_probability"}, "its folder (pictures)", _folder),
    ),
    "pv-om-tickets-pvops": (
        Lesson("estimate `generated_kW`", {"target": "generated_kW", "ignore": ("expected_kW",), "time": "date"}),
        Lesson("read `Asset`", {"task": "read", "target": "Asset"}, "tickets of assets with 7 or more", _tickets),
    ),
    "robot-execution-failures": (
        Lesson("classify `label`, by block", {"target": "label", "group": "block", "ignore": ("row",)}, "`lp1.data`", _files("lp1.data")),
    ),
    "safety-accidents-stefanini": (
        Lesson(
            "read `Potential Accident Level`",
            {"task": "read", "target": "Potential Accident Level", "ignore": ("Accident Level",)},
        ),
    ),
    "safety-ppe-photos": (Lesson("inspect (no labels)", {"task": "inspect"}, "its folder (pictures)", _folder),),
    "skab": (
        Lesson(
            "detect `anomaly`, learnt from the first 400 rows of each file",
            {"task": "detect", "normal_rows": 400, "ignore": ("anomaly", "changepoint")},
            "its files, an experiment each",
            _VALVES,
            _VALVES,
            "anomaly",
        ),
    ),
    "solar-plant-india": (Lesson("estimate `DC_POWER`", {"target": "DC_POWER", "ignore": ("AC_POWER",)}),),
    "steel-energy-daewoo": (
        Lesson("estimate `Usage_kWh`", {"target": "Usage_kWh", "ignore": ("CO2(tCO2)",)}),
        Lesson(
            "forecast `Usage_kWh` 1 h ahead", {"task": "forecast", "target": "Usage_kWh", "time": "date", "horizon": "1h"}
        ),
    ),
    "surface-deeppcb": (
        Lesson("inspect `word` (template or tested)", {"task": "inspect", "target": "word"}, "its folder (pictures)", _folder),
    ),
    "surface-kamp-chromate": (
        Lesson("inspect `folder` (good or bad)", {"task": "inspect", "target": "folder"}, "its folder (pictures)", _folder),
    ),
    "surface-magnetic-tile": (
        Lesson("inspect `folder` (6)", {"task": "inspect", "target": "folder"}, "its folder (pictures)", _folder),
    ),
    "tennessee-eastman": (
        Lesson(
            "detect ten faults, learnt from the fault-free run",
            {"task": "detect"},
            "`d00_te`; judged on d01_te to d10_te, abnormal from row 161 on",
            _files("d00_te.dat.gz"),
            _reactor,
            "anomaly",
        ),
    ),
    "well-logs-las": (Lesson("estimate `NEUT` by depth", {"target": "NEUT", "time": "DEPT"}),),
}  # fmt: skip


# --- trained and scored ---------------------------------------------------------------------------------------------


def scored(name: str, folder: Path, ready: Path) -> list[Scored]:
    """Every lesson of a set, trained on what it is learnt from and scored; a refusal is what came of it."""
    return [_scored(name, lesson, folder, ready) for lesson in LESSONS[name]]


def _scored(name: str, lesson: Lesson, folder: Path, ready: Path) -> Scored:
    if not lesson.asks:
        return Scored(name, Lesson(lesson.words, source="–"))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as work:
        place = Path(work) / "rows"
        place.mkdir()
        try:
            sources = [str(path) for path in lesson.rows(folder, ready, place)]
            found = _learnt(lesson, sources, Path(work))
        except DureError as why:
            said = (
                str(why)
                .replace(f"{folder.parent}/", "")
                .replace(f"{work}/rows/", "")
                .replace(f"{ready.parent}/", "")
            )
            found = {"said": f"refused: {said}"}
        else:
            if lesson.truth is not None:
                found |= _told(lesson, lesson.truth(folder, ready, place), Path(work))
    return Scored(name, lesson, time.perf_counter() - started, **found)


def _learnt(lesson: Lesson, sources: list[str], work: Path) -> dict[str, str]:
    """The model, how it was judged, and its worth beside the null."""
    request = TrainRequest(tuple(sources), budget=BUDGET, seed=SEED, **lesson.asks)
    facts = train(request, work / "model", Permit.own(sources))
    card = load(work / "model").card
    by = card["validation"]["by"]
    kind = {"held_back_normal": "normal rows held back"}.get(
        card["validation"]["kind"], card["validation"]["kind"]
    )
    words, _ = verdict(card)
    said = words if card.task == "detect" else words.rpartition(". ")[2]
    if (card.get("guard") or {}).get("served") == "null":
        said += " The package gives the usual answer."
    return {"judged": f"{kind}, by {by}" if by else kind, **_shown(facts, facts["unit"]), "said": said}


def _told(lesson: Lesson, tables: list[Path], work: Path) -> dict[str, str]:
    """A detector beside the truth of rows that it did not learn from."""
    facts = evaluate(load(work / "model"), read_each([str(path) for path in tables]), target=lesson.target)
    metric = facts["metric"]
    rates = f"false alarms {metric['false_alarm_rate']:.1%}, missed {metric['missed_alarm_rate']:.1%} of rows"
    better = "" if metric["f1"] > facts["null"]["f1"] else "No better than alarming always by F1; "
    return {"judged": "rows not learnt from", **_shown(facts, ""), "said": f"{better}{rates}"}


def _shown(facts: Mapping[str, Any], unit: str) -> dict[str, str]:
    """The first measure of `SHOWN` that both have, as people read it."""
    metric, null = facts["metric"], facts["null"] or {}
    key = next((one for one in SHOWN if one in metric and one in null), None) or next(
        one for one in SHOWN if one in metric
    )
    beside = measured(key, null[key], unit) if key in null else "–"
    return {"metric": measure_name(key), "ours": measured(key, metric[key], unit), "null": beside}
