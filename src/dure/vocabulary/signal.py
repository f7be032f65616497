"""Signal and Sample: a named measured quantity, and one reading of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum


class Quality(IntEnum):
    """How far a reading can be trusted: the three severities of OPC UA Part 8, 6.3 (status bits 30-31)."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Signal:
    """A named measured quantity of a piece of equipment (a historian's tag, an OPC UA variable).

    `id` is `<source>/<path>`, unique on the node; `unit` a UCUM code, empty where nobody knows it yet;
    `address` how its source finds it (an OPC UA NodeId, a column); `semantic_id` a dictionary's key (IEC 61360).
    """

    id: str
    source: str
    name: str = ""
    unit: str = ""
    address: str = ""
    equipment: str = ""
    semantic_id: str = ""
    kind: str = "number"
    description: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading (an OPC UA DataValue): its identity is (signal, time, sequence).

    `time` is the source's own clock and `received` ours, both in nanoseconds since 1970-01-01 UTC; `sequence`
    tells apart readings that the source gave the same time. `value` is a float, or NaN with the words in `text`.

    >>> Sample("line1/Cell01/Voltage", time=1_700_000_000_000_000_000, value=3.71).when.isoformat()
    '2023-11-14T22:13:20+00:00'
    """

    signal: str
    time: int
    value: float = float("nan")
    sequence: int = 0
    quality: Quality = Quality.GOOD
    text: str | None = None
    received: int = 0

    @property
    def when(self) -> datetime:
        """Source time, to the microsecond."""
        return datetime.fromtimestamp(self.time / 1e9, tz=UTC)
