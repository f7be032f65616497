"""What is told of a dataset: columns with quantity, unit and rate, labelled events, quality; all measured, none typed."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from dure.vocabulary import Text

NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: kind of quantity, unit [UCUM], rate [Hz], measured range [unit]; `shape` its histogram, in counts.

    `type` is number, text, time or yes-no; `semantic_id` an ECLASS IRDI or another id of its meaning.
    """

    name: str
    type: str = "number"
    quantity: str = ""
    unit: str = ""
    semantic_id: str = ""
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    missing: float | None = None
    shape: tuple[int, ...] = ()

    def report(self) -> dict[str, Any]:
        """The column as it is stored: what is unknown is left out."""
        told = asdict(self) | {"shape": list(self.shape)}
        return {name: value for name, value in told.items() if value not in ("", None, [])}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Column":
        """The column again, from `report`."""
        known = {name: told[name] for name in cls.__slots__ if name in told}
        return cls(**known | {"shape": tuple(told.get("shape", ()))})


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event that is marked in the data, and how often."""

    kind: str
    label: Text
    count: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured quality (DQV `QualityMeasurement`): the key of the measure, its name, the value, and the standard."""

    key: str
    characteristic: str
    label: Text
    value: float
    unit: str = "1"
    standard: str = ""


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """A dataset as the node's inventory knows it; `id` is its id there, `fingerprint` the SHA-256 of its bytes."""

    id: str
    title: Text
    description: Text = NOTHING
    keywords: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    equipment: str = ""
    equipment_label: Text = NOTHING
    events: tuple[Event, ...] = ()
    rows: int = 0
    start: datetime | None = None
    end: datetime | None = None
    quality: tuple[Measured, ...] = ()
    fingerprint: str = ""
    obligations: frozenset[str] = field(default_factory=frozenset)


class Shelf(Protocol):
    """What the node introduces: the datasets of this plant, and their bytes."""

    def datasets(self) -> Iterable[DatasetFacts]:
        """Every dataset that could be offered now."""

    def open(self, id: str) -> Path:  # noqa: A002 - the word of the catalogue
        """The dataset of that id as a Parquet file."""
