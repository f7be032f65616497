"""What the people of the demo do with the product, one function an act; all of it by the rooms' public names."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.node.demo.connecting import LINE, SOURCES
from dure.science.packs import load
from dure.vocabulary import Permit, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.deploy import Alarm, Deployment
    from dure.plant.historian import Historian
    from dure.plant.inventory import Signal, TrainingTable
    from dure.plant.registry import ModelVersion
    from dure.science.learn import TrainRequest

PACK, MODEL = "battery", "Cell health"
SECOND = 1_000_000_000
EVERY = SECOND
# The signals of the pack that a cell's model looks at; the last one is the chamber's, shared by all cells.
# The stretch learnt from is short, so the engineer asks for half as much again as its limit, ten seconds long. A
# cell whose clock lags is waited for, and a value that was not sent again within two seconds is no value.
WATCHED = {"threshold": 1.5, "raise_after": 10, "lateness_s": 60.0, "max_age_s": 2.5}
OF_A_CELL, SHARED = ("voltage", "current", "temperature"), "ambient"


def span(historian: "Historian", signals: Sequence[str]) -> tuple[int, int]:
    """Source times [ns] from which every one of `signals` has spoken, and which most have reached; equal if not all.

    Most, not all: equipment whose clock lags would have everybody wait for it.
    """
    known = {one["signal"]: one for one in historian.signals()}
    if any(name not in known for name in signals):
        return 0, 0
    first = max(known[name]["first"] for name in signals)
    return first, max(first, int(median_low([known[name]["last"] for name in signals])))


@dataclass(frozen=True, slots=True)
class Survey:
    """The inventory as it was measured: how many signals, how many with a unit, the gaps, and what is wrong where."""

    signals: "Sequence[Signal]"

    @property
    def facts(self) -> dict[str, Any]:
        """The figures of the survey; `findings` names signals or equipment by what is wrong with them."""
        shares = [one.measured.get("gap_share") or 0.0 for one in self.signals if one.measured]
        found = sorted(
            {(finding.key, _place(finding.facts, one)) for one in self.signals for finding in one.found}
        )
        return {
            "signals": len(self.signals),
            "with_unit": sum(bool(one.unit) for one in self.signals),
            "yes_or_no": sum(one.kind == "boolean" for one in self.signals),
            "samples": sum(one.measured.get("count") or 0 for one in self.signals),
            "gap_percent": round(100 * sum(shares) / max(len(shares), 1), 3),
            "findings": dict(sorted(Counter(key for key, _ in found).items())),
            "where": {key: [place for k, place in found if k == key] for key, _ in found},
        }

    @property
    def bare(self) -> int:
        """Signals without a unit that should have one."""
        return sum(not one.unit and one.kind == "number" for one in self.signals)

    def sentences(self) -> Iterator[str]:
        """What is wrong, once each, in the language in force."""
        yield from sorted({str(finding.text) for one in self.signals for finding in one.found})


def _place(facts: Mapping[str, Any], signal: "Signal") -> str:
    return str(facts.get("equipment") or "/".join(signal.id.split("/")[-2:]))


def survey(historian: "Historian", now: int | None = None) -> Survey:
    """Measure what there is."""
    from dure.plant.inventory import refresh

    return Survey([one for one in refresh(historian, now=now) if one.source in SOURCES])


def confirm_units(signals: "Sequence[Signal]", by: "Person") -> list[tuple[str, str]]:
    """Confirm the pack's suggestion for every signal without a unit; which, and the unit."""
    from dure.plant.inventory import confirm_unit

    lacking = [one for one in signals if not one.unit and one.suggested_unit]
    return [(one.id, confirm_unit(one, one.suggested_unit, by).unit) for one in lacking]


def cells(signals: Sequence[str]) -> dict[str, dict[str, str]]:
    """Inputs of each cell: column (name and unit by the pack) to signal; only cells that have all of them."""
    pack = load(PACK)
    named = {column: pack.signal(column) for column in (*OF_A_CELL, SHARED)}
    columns = {id_: f"{signal.name.en} [{signal.ucum}]" for id_, signal in named.items() if signal}
    found: dict[str, dict[str, str]] = {}
    shared = {}
    for path in sorted(signals):
        meant = pack.match(path)
        if meant is not None and meant.id == SHARED:
            shared = {columns[SHARED]: path}
        elif meant is not None and meant.id in OF_A_CELL:
            found.setdefault(path.rpartition("/")[0], {})[columns[meant.id]] = path
    return {
        cell: inputs | shared for cell, inputs in found.items() if len(inputs) == len(OF_A_CELL) and shared
    }


def trusted_cells(signals: Sequence[str]) -> dict[str, dict[str, str]]:
    """Inputs of the cells whose clock the inventory does not complain of: what a model may learn from."""
    from dure.plant.inventory import Signal

    late = {
        one.id.rpartition("/")[0]
        for one in Signal.objects.filter(source=LINE.source)
        if any(finding.key == "clock-skew" for finding in one.found)
    }
    return {cell: inputs for cell, inputs in cells(signals).items() if cell not in late}


def normal_stretch(
    historian: "Historian", home: Path, assets: Mapping[str, Mapping[str, str]], start: int, end: int
) -> "TrainingTable":
    """The table of the cells from `start` to `end` [ns], for the model to learn what is usual."""
    from dure.plant.inventory import training_table

    return training_table(historian, assets, start, end, EVERY, out=home / "work" / "demo-normal.parquet")


def request_for(sources: Sequence[str], data: Sequence[str]) -> "TrainRequest":
    """What is asked of the training: a detector of what is unusual, with the pack's features."""
    from dure.science.learn import TrainRequest

    return TrainRequest(
        tuple(sources),
        task="detect",
        time="time",
        group="asset",
        pack=PACK,
        budget=30.0,
        permit=Permit.own(data),
    )


def training(signals: Sequence[str], start: int, end: int, by: "Person") -> dict[str, Any]:
    """The facts of a durable training on the stretch from `start` to `end` [ns]: table, model, registry."""
    from dure.plant.inventory import signals_of

    assets = trusted_cells(signals)
    request = request_for((), [f"signal:{name}" for name in signals])
    return {
        "name": MODEL,
        "by": by.pk,
        "table": {"assets": assets, "start": start, "end": end, "every": EVERY},
        "request": request.to_dict(),
        "learnt_from": signals_of(assets),
    }


def train_here(table: "TrainingTable", out: Path) -> dict[str, Any]:
    """Train in this process; the facts that `dure train` answers."""
    from dure.science.learn import train

    request = request_for([str(table.path)], [table.dataset.id])
    return train(request, out, Permit.own([table.dataset.id]))


def register(folder: Path, table: "TrainingTable", by: "Person") -> "ModelVersion":
    """Take the model into the registry with what it learnt from."""
    from dure.plant import registry

    return registry.register(
        folder,
        MODEL,
        by,
        learnt_from=[table.dataset.id],
        dataset_fingerprint=table.dataset.fingerprint,
        trust=True,
    )


def release(version: "ModelVersion", by: "Person") -> None:
    """Put the name of `by` under the model, unless one stands there."""
    from dure.plant import registry

    if version.release is None:
        registry.release(version, by, "Learnt on this line; threshold from rows that were held back.")


def reason(alarm: "Alarm") -> Text:
    """Why the alarm was raised, the largest reason only."""
    found = alarm.reasons.get("raised") or alarm.reasons.get("peak") or [{"en": "?", "ko": "?"}]
    return Text(found[0]["en"], found[0]["ko"])


def resistance_rise(historian: "Historian", alarm: "Alarm", onset: int) -> dict[str, float]:
    """How far [%] the resistance that dure reckons stood above its own before `onset` [ns], at the alarm and last."""
    signal = alarm.deployment.signal(alarm.asset, "resistance")
    last = historian.last([signal])[0]["time"]
    table = historian.query([signal], alarm.deployment.since, last + 1)
    time, value = table["time"].to_numpy(), table["value"].to_numpy()
    own = float(np.median(value[time < onset]))
    at_alarm = value[np.searchsorted(time, alarm.raised, side="right") - 1]
    rise = {"rise_percent": at_alarm, "rise_percent_end": value[-1]}
    return {name: round(100 * (float(ohms) / own - 1), 1) for name, ohms in rise.items()}


def bring_to_line(
    model: "ModelVersion", assets: Mapping[str, Any], by: "Person", since: int | None
) -> "Deployment":
    """Put the model beside the line in shadow, for every cell."""
    from dure.plant.deploy import deploy

    listed = [{"asset": cell, "inputs": dict(inputs)} for cell, inputs in assets.items()]
    reason = "Learnt from the first minutes of this line; to be watched in shadow first."
    return deploy(model, MODEL, listed, by, reason=reason, since=since, **WATCHED)
