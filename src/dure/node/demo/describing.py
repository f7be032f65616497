"""What the engineer of the demo writes down: equipment, alarms, events, and what the SCADA may read."""

import socket
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.node.demo.connecting import PAPERS
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.alarms import Replay
    from dure.plant.historian import Historian

EVENTS = ("cells", "cycles", "materials")
CYCLER = "formation-cycler"
LINE = "daon/Line1/Formation"
NAMES: Mapping[str, tuple[str, str]] = {
    "daon": ("Daon Battery", "다온배터리"),
    "daon/Line1": ("Line 1", "1라인"),
    LINE: ("Formation", "화성 공정"),
    f"{LINE}/Chamber": ("Chamber", "챔버"),
    "hall": ("Rooms", "각 실"),
    "hall/DryRoom": ("Dry room", "드라이룸"),
    "hall/AgeingRoom": ("Ageing room", "에이징실"),
    "hall/FormationRoom": ("Formation room", "화성실"),
    "utilities": ("Utilities", "유틸리티"),
    "utilities/Chiller": ("Chiller", "냉동기"),
    "utilities/Meter": ("Power meter", "전력량계"),
}
"""What people call the places that the paths of signals tell of: English, Korean."""
SCADA_PORT = 4841


def describe_cyclers(cells: Sequence[str], by: "Person") -> int:
    """One equipment type, every cell's channel a machine of it, and names for all places; how many machines are new to it."""
    from dure.plant.inventory import change

    kind = tomllib.loads((PAPERS / "cycler.toml").read_text(encoding="utf-8"))
    says = Text(f"{len(cells)} formation cyclers described", f"화성 충방전기 {len(cells)}대를 등록함")
    count = 0
    with change(by, "equipment-described", says) as writing:
        writing.put("types", CYCLER, kind)
        for place, (en, ko) in NAMES.items():
            writing.put("equipment", place, {"title_en": en, "title_ko": ko, "confirmed": True})
        for cell in cells:
            number = int(cell[-2:])
            names = {"title_en": f"Cell {number} cycler", "title_ko": f"셀 {number} 충방전기"}
            count += writing.put("equipment", cell, {**names, "type_id": CYCLER, "confirmed": True})
    return count


def unfit(cells: Sequence[str]) -> int:
    """Signals of the cyclers that are missing or not as their type expects."""
    from dure.plant.inventory import Equipment, Fit, Signal, conformity

    wrong = 0
    for machine in Equipment.objects.filter(pk__in=cells).select_related("type"):
        signals = [
            {"id": one.id, "unit": one.unit, "low": one.measured.get("low"), "high": one.measured.get("high")}
            for one in Signal.objects.filter(equipment=machine.pk)
        ]
        fits, _unknown = conformity(machine.type, signals)
        wrong += sum(one.fit not in {Fit.FINE, Fit.OPTIONAL} for one in fits)
    return wrong


def write_events(home: Path) -> None:
    """Lay the definitions of events where the node reads them again and again."""
    for name in EVENTS:
        _lay(home / "events" / f"{name}.toml", PAPERS / f"{name}.toml")


def write_alarms(home: Path) -> int:
    """Lay the definitions of alarms where the node finds them; how many there are."""
    from dure.plant.alarms import read_definitions

    place = home / "alarms" / "daon.toml"
    _lay(place, PAPERS / "alarms.toml")
    return len(read_definitions(place))


def _lay(place: Path, paper: Path) -> None:
    """A copy of one of our papers, unless one lies there: a person may have changed it."""
    from dure.plant.connect import write_private

    if not place.exists():
        write_private(place, paper.read_bytes())


def open_to_scada(home: Path) -> str:
    """Let predictions and alarms be read by OPC UA on this machine; where."""
    from dure.plant.connect import write_private
    from dure.plant.serve import Serving

    place = home / "serve" / "serve.toml"
    if not place.exists():
        written = (
            '# To this machine only, so without encryption and user.\npublish = ["deploy/*", "alarms/*"]\n\n'
            f'[opcua]\nport = {_free_port()}\nhost = "127.0.0.1"\nplain = true\nanonymous = true\n'
        )
        write_private(place, written.encode())
    face = Serving.read(home).opcua
    return f"opc.tcp://127.0.0.1:{face.port}/dure" if face else ""


def _free_port() -> int:
    for port in (SCADA_PORT, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    return SCADA_PORT


@dataclass(frozen=True, slots=True)
class Joined:
    """What the MES's frames and the signals say together."""

    lots: int
    materials: int
    frames: int
    joined: int
    signals: int

    @property
    def facts(self) -> dict[str, Any]:
        """The figures: `joined` frames had samples of all their `signals`."""
        return {
            "lots": self.lots, "materials": self.materials, "frames": self.frames, "joined": self.joined,
            "joined_signals": self.signals,
        }  # fmt: skip


def joined(historian: "Historian") -> Joined:
    """Join the cells' frames that last to the signals of their channels: means over the time of each."""
    from dure.plant.events import Frame, Lot, signals_at, table_by_frame

    frames = list(Frame.objects.filter(origin="cells", end=None))
    signals = {frame.pk: signals_at(frame.equipment) for frame in frames}
    table = table_by_frame(historian, frames, statistics=("count",)).iter_rows(named=True) if frames else ()
    spoke = [sum(bool(value) for name, value in row.items() if name.endswith(" count")) for row in table]
    return Joined(
        lots=len({frame.lot_id for frame in frames}),
        materials=Lot.objects.filter(origin="materials").count(),
        frames=len(frames),
        joined=sum(count == len(signals[frame.pk]) > 0 for frame, count in zip(frames, spoke, strict=True)),
        signals=sum(len(found) for found in signals.values()),
    )


def rehearse(home: Path, historian: "Historian", source: str, start: int, end: int) -> "dict[str, Replay]":
    """What each alarm over that source's signals would have done from `start` to `end` [ns]."""
    from dure.plant.alarms import read_definitions, replay
    from dure.science.formula import Kind

    found = {}
    for one in read_definitions(home / "alarms"):
        if all(name.startswith(f"{source}/") for name in one.signals):
            kinds = {name: Kind("number") for name in one.signals}
            found[one.id] = replay(one, historian, kinds, start, end)
    return found
