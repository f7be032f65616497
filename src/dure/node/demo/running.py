"""The line at work: each second of line time every instrument shows what it reads, by the protocol that it speaks."""

import asyncio
import csv
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from dure.node.demo.formation import FormationLine, Readings
from dure.node.demo.gateway import Gateway
from dure.node.demo.hall import ROOMS, Around, Hall
from dure.node.demo.machine import Machine, samples, tags
from dure.node.demo.mes import Mes
from dure.node.demo.registers import Utilities


@dataclass(frozen=True, slots=True)
class Pace:
    """How line time runs: `speed` seconds in a second of ours, from `ago` seconds before now."""

    speed: float = 1.0
    ago: float = 0.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each protocol is spoken, on 127.0.0.1."""

    opcua: int
    mqtt: int
    modbus: int

    def addresses(self) -> dict[str, str]:
        """Address of each, as `dure connect add` takes it.

        >>> Ports(4850, 4851, 4852).addresses()["modbus"]
        'modbus://127.0.0.1:4852'
        """
        return {
            "opcua": f"opc.tcp://127.0.0.1:{self.opcua}",
            "mqtt": f"mqtt://127.0.0.1:{self.mqtt}",
            "modbus": f"modbus://127.0.0.1:{self.modbus}",
        }


class Plant:
    """Cyclers, rooms and utilities, each a server of its own; what is sent with a time is also kept in `emitted`."""

    def __init__(self, line: FormationLine, emitted: TextIO | None = None) -> None:
        self.line, self.hall = line, Hall(line.seed)
        self._machine, self._gateway, self._utilities = Machine(line.cells), Gateway(), Utilities()
        self._paths = [tag.path for tag in tags(line.cells)]
        self._emitted = emitted
        self._log = csv.writer(emitted) if emitted else None

    @asynccontextmanager
    async def listening(self, ports: Ports) -> AsyncIterator[None]:
        """All of it listens within the block."""
        try:
            await self._machine.start(ports.opcua)
            await self._gateway.start(ports.mqtt)
            await self._utilities.start(ports.modbus)
            yield
        finally:
            await self._machine.stop()
            await self._gateway.stop()
            await self._utilities.stop()

    async def run(self, pace: Pace, origin: datetime, mes: Mes | None) -> None:
        """Second by second, until cancelled; line time begins at `origin`."""
        begun = time.monotonic()
        while True:
            readings = self.line.step()
            around = self.hall.step(readings)
            await asyncio.sleep(max(0.0, begun + readings.second / pace.speed - time.monotonic()))
            await self._show(readings, around, origin)
            if mes is not None:
                mes.book(readings.second)

    async def _show(self, readings: Readings, around: Around, origin: datetime) -> None:
        shown = list(samples(readings, origin))
        now = origin + timedelta(seconds=readings.second)
        await self._machine.show(shown)
        await self._utilities.show(around)
        for path, payload in messages(around, now):
            self._gateway.tell(path, payload)
        self._note([(self._paths[place], when, value) for place, when, value in shown])
        self._note([(path, now, value) for path, value in around.rooms.items()])

    def _note(self, sent: Sequence[tuple[str, datetime, float]]) -> None:
        if self._log is not None and self._emitted is not None:
            self._log.writerows((path, _nanoseconds(when), repr(value)) for path, when, value in sent)
            self._emitted.flush()


def messages(around: Around, now: datetime) -> Iterator[tuple[str, bytes]]:
    """Topic and payload of everything that the rooms tell in one second.

    >>> shown = Around(1, {"DryRoom/Pressure": 25.1}, 0.0, 0.0, 0.0, 0.0, 0.0, False)
    >>> next(messages(shown, datetime(2026, 11, 24, tzinfo=UTC)))
    ('DryRoom/Pressure', b'{"value": 25.1, "unit": "Pa", "time": "2026-11-24T00:00:00+00:00"}')
    """
    for path, value in around.rooms.items():
        yield path, _payload({"value": value, "unit": ROOMS[path], "time": now.isoformat()})


def _payload(facts: Mapping[str, object]) -> bytes:
    return json.dumps(facts).encode()


def origin(pace: Pace) -> datetime:
    """When line time begins."""
    return datetime.now(UTC) - timedelta(seconds=pace.ago)


def channels(cells: int) -> list[str]:
    """Folders of the cells."""
    return [f"Cell{number:02d}" for number in range(1, cells + 1)]


def books(file: Path | None, begun: datetime, cells: int) -> Mes | None:
    """The MES in `file`, if there is to be one."""
    return None if file is None else Mes(file, begun, channels(cells))


def _nanoseconds(when: datetime) -> int:
    """The moment in nanoseconds since 1970, exact to the microsecond that a datetime holds."""
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
