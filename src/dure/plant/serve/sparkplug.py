"""The Sparkplug B edge node: births, data by exception, and a death that the broker tells within two seconds."""

import asyncio
import json
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dure.plant.connect import write_private
from dure.plant.serve.freshness import Freshness, Present, Why
from dure.plant.serve.settings import SparkplugFace
from dure.plant.transport import mqtt, sparkplug
from dure.vocabulary import Quality

HEARTBEAT, STALE, REASON = "dure/Heartbeat", "dure/Stale", "dure/Reason"
# Sparkplug 3.0.0 §6.4.7: the quality property is 192 good, 500 stale, 0 bad.
_QUALITY = {Quality.GOOD: 192, Quality.UNCERTAIN: 500, Quality.BAD: 0}
DataType = sparkplug.DataType


@dataclass(slots=True)
class SparkplugNode:
    """Publishes what `fresh` holds; `connect`, then `say` again and again; a lost broker raises `SourceProblem`."""

    home: Path
    face: SparkplugFace
    fresh: Freshness
    password: str | None = field(default=None, repr=False)
    client: Any = None
    _node: Any = None
    _born: set[str] = field(default_factory=set)
    _told: dict[str, tuple[int, Quality]] = field(default_factory=dict)
    _listening: "asyncio.Task[None] | None" = None
    _count: int = 0
    _asked: bool = False

    async def connect(self, now: float) -> None:
        """Sign in with the death as our will, listen to commands, and give birth.

        Raises
        ------
        SourceProblem
        """
        clock = lambda: int(self._now * 1e9)  # noqa: E731 - the moment of the call that is being said
        self._now = now
        self._node = sparkplug.EdgeNode(
            self.face.group, self.face.node, clock=clock, bd_seq=self._kept_bd_seq()
        )
        will = self._node.connecting()
        write_private(self._file, json.dumps(self._node.bd_seq).encode())
        host, port = self.face.address
        self.client = mqtt.Client(
            mqtt.Options(
                host, port, client_id=f"dure-{self.face.group}-{self.face.node}"[:64], keep_alive=self.face.keep_alive,
                timeout=5.0, user=self.face.user, password=self.password, gather=0.0,
                will=mqtt.Will(will.topic, will.payload, qos=1), tls=ssl.create_default_context() if self.face.secure else None,
            ),
            where=f"sparkplug ({self.face.broker})",
        )  # fmt: skip
        await self.client.connect()
        await self.client.subscribe({f"spBv1.0/{self.face.group}/NCMD/{self.face.node}": 1})
        self._listening = asyncio.create_task(self._listen(), name="sparkplug commands")
        await self._birth(now)

    _now: float = 0.0

    async def say(self, now: float) -> None:
        """Publish what has changed; a birth first where a signal is new or a host asked for one."""
        self._now = now
        if self._listening is not None and self._listening.done():
            await self._listening  # raises why the link is lost
        if self._asked or self.fresh.values.keys() - self._born:
            self._asked = False
            await self._birth(now)
            return
        moved = [present for present in self.fresh.values.values() if self._moved(present, now)]
        await self._publish(self._node.data([*self._own(now), *(self._metric(one, now) for one in moved)]))

    async def close(self) -> None:
        """Publish the death, as a will does not when we leave in good order, and leave."""
        if self._listening is not None:
            self._listening.cancel()
        if self.client is not None:
            with suppress(Exception):  # the broker may be gone: we leave all the same
                await self._publish(self._node.death())
            await self.client.close()
            self.client = None

    async def _birth(self, now: float) -> None:
        self._born = set(self.fresh.values)
        metrics = [self._metric(present, now) for present in self.fresh.values.values()]
        await self._publish(self._node.birth([*self._own(now), *metrics]))
        for present in self.fresh.values.values():
            self._moved(present, now)

    def _moved(self, present: Present, now: float) -> bool:
        told = (present.time, self.fresh.quality(present.signal, now))
        if self._told.get(present.signal) == told:
            return False
        self._told[present.signal] = told
        return True

    def _own(self, now: float) -> list[Any]:
        """The node's sign of life."""
        self._count = (self._count + 1) % 2**31
        why = self.fresh.why(now)
        time = int(now * 1e9)
        return [
            sparkplug.Metric(HEARTBEAT, self._count, DataType.INT32, time=time),
            sparkplug.Metric(STALE, why is not Why.FRESH, DataType.BOOLEAN, time=time),
            sparkplug.Metric(REASON, str(why.value), DataType.STRING, time=time),
        ]

    def _metric(self, present: Present, now: float) -> Any:
        words = present.text is not None
        kind = DataType.STRING if words else DataType.DOUBLE
        value: Any = present.text if words else present.value
        quality = {"Quality": _QUALITY[self.fresh.quality(present.signal, now)]}
        return sparkplug.Metric(present.signal, value, kind, time=present.time, properties=quality)

    async def _publish(self, said: Any) -> None:
        await self.client.publish(said.topic, said.payload, qos=said.qos, retain=said.retain)

    async def _listen(self) -> None:
        """Answer a host that asks for a rebirth; anything else it may ask is not for us to do."""
        async for batch in self.client.messages():
            for topic, payload in zip(batch.topics, batch.payloads, strict=True):
                with suppress(sparkplug.PayloadWrong):
                    self._asked = self._asked or self._node.asks_for_rebirth(topic, bytes(payload))
            self.client.acknowledge(batch)

    @property
    def _file(self) -> Path:
        return self.home / "serve" / "bd-seq.json"

    def _kept_bd_seq(self) -> int:
        try:
            return int(json.loads(self._file.read_bytes())) % 256
        except (OSError, ValueError, TypeError):
            return 0
