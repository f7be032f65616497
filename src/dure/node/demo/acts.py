"""What the people of the demo do with the product, one function an act; all of it by the rooms' public names."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.science.packs import load

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.deploy import Deployment
    from dure.plant.historian import Historian
    from dure.plant.inventory import Signal, TrainingTable
    from dure.plant.registry import ModelVersion
    from dure.vocabulary import Signal as Described

SOURCE, PACK, MODEL = "daon", "battery", "Cell health"
SECOND = 1_000_000_000
EVERY = SECOND
# The signals of the pack that a cell's model looks at; the last one is the chamber's, shared by all cells.
OF_A_CELL, SHARED = ("voltage", "current", "temperature"), "ambient"


def connect_line(home: Path, url: str) -> "Sequence[Described]":
    """Browse the line and keep it as a source; one that is kept already only gets its address of today."""
    from dure.plant import connect

    new = connect.Source(SOURCE, url)
    found = asyncio.run(_browse(home, new))
    here = next((one for one in connect.sources(home) if one.id == SOURCE), None)
    described = replace(new, signals=tuple(found))
    if here is None or (here.url, here.signals) != (described.url, described.signals):
        connect.add_source(home, described, again=True)
    return found


async def _browse(home: Path, source: Any) -> "list[Described]":
    from dure.plant import connect

    connector = connect.open_source(home, source)
    try:
        return await connector.browse(10_000)
    finally:
        await connector.close()


def span(historian: "Historian", signals: Sequence[str]) -> tuple[int, int]:
    """First and last source time [ns] that every one of `signals` has reached; equal while one is silent."""
    known = {one["signal"]: one for one in historian.signals()}
    if any(name not in known for name in signals):
        return 0, 0
    first = max(known[name]["first"] for name in signals)
    return first, max(first, min(known[name]["last"] for name in signals))


def wait_for_span(
    historian: "Historian", signals: Sequence[str], seconds: float, patience: float
) -> tuple[int, int]:
    """Wait until every signal has `seconds` of history in common.

    Raises
    ------
    TimeoutError
        If that takes longer than `patience`. [s]
    """
    from dure.plant.historian import HistorianDown

    begun = time.monotonic()
    while time.monotonic() - begun < patience:
        try:
            first, last = span(historian, signals)
        except HistorianDown:
            first = last = 0
        if last - first >= seconds * SECOND:
            return first, last
        time.sleep(0.5)
    raise TimeoutError(f"{seconds:.0f} s of samples did not come within {patience:.0f} s")


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
            "samples": sum(one.measured.get("count") or 0 for one in self.signals),
            "gap_percent": round(100 * sum(shares) / max(len(shares), 1), 3),
            "findings": dict(sorted(Counter(key for key, _ in found).items())),
            "where": {key: [place for k, place in found if k == key] for key, _ in found},
        }

    def sentences(self) -> Iterator[str]:
        """What is wrong, once each, in the language in force."""
        yield from sorted({str(finding.text) for one in self.signals for finding in one.found})


def _place(facts: Mapping[str, Any], signal: "Signal") -> str:
    return str(facts.get("equipment") or "/".join(signal.id.split("/")[-2:]))


def survey(historian: "Historian", now: int | None = None) -> Survey:
    """Measure what there is."""
    from dure.plant.inventory import refresh

    return Survey([one for one in refresh(historian, now=now) if one.source == SOURCE])


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


def normal_stretch(historian: "Historian", home: Path, start: int, end: int) -> "TrainingTable":
    """The table of all cells from `start` to `end` [ns], for the model to learn what is usual."""
    from dure.plant.inventory import training_table

    names = [one["signal"] for one in historian.signals() if one["signal"].startswith(f"{SOURCE}/")]
    place = home / "uploads" / "demo-normal.parquet"
    return training_table(historian, cells(names), start, end, EVERY, out=place)


def bring_to_line(
    model: "ModelVersion", assets: Mapping[str, Any], by: "Person", since: int | None
) -> "Deployment":
    """Put the model beside the line in shadow, for every cell."""
    from dure.plant.deploy import deploy

    listed = [{"asset": cell, "inputs": dict(inputs)} for cell, inputs in assets.items()]
    reason = "Learnt from the first minutes of this line; to be watched in shadow first."
    return deploy(model, MODEL, listed, by, reason=reason, since=since, raise_after=5, max_age_s=60.0)
