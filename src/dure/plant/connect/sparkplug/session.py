"""A host application's session at a broker: clean, with STATE as its will, its birth and its death (3.0.0 §5.3, §5.8)."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress

from dure.plant.connect import Place
from dure.plant.connect.broker import sign_in
from dure.plant.connect.sparkplug.settings import SparkplugSettings
from dure.plant.transport.mqtt import Client, Messages, Will
from dure.plant.transport.sparkplug import (
    NAMESPACE,
    State,
    Topic,
    check_name,
    read_state,
    rebirth_request,
    write_state,
)
from dure.vocabulary import DureError

LEAVING = 2.0  # s that saying offline may take


class Session:
    """What a host says of itself; `stamp` is the time [ms since 1970 UTC] of the will of this connection."""

    def __init__(self, place: Place, settings: SparkplugSettings, host: str) -> None:
        self.place, self.settings = place, settings
        self.state_topic = str(Topic("", "STATE", check_name(host)))
        self.client_id = host
        self.stamp = 0

    def filters(self) -> dict[str, int]:
        """The topics of a host: its own STATE and those of the edge nodes, wills included."""
        group = self.settings.group
        nodes = f"{NAMESPACE}/#" if group == "+" else f"{NAMESPACE}/{check_name(group)}/#"
        return {self.state_topic: 1, nodes: 1}

    async def begin(self) -> Client:
        """Connect, subscribe, and say online: in this order (tck-id-message-flow-phid-sparkplug-subscription)."""
        self.stamp = time.time_ns() // 1_000_000
        will = Will(self.state_topic, write_state(State(False, self.stamp)), qos=1, retain=True)
        client = await sign_in(self.place, self.settings, client_id=self.client_id, clean=True, will=will)
        try:
            await client.subscribe(self.filters())
            await self._say(client, online=True)
        except BaseException:  # stopped in the middle: we may have said online
            with suppress(DureError):
                await self.end(client)
            raise
        return client

    async def guard(self, client: Client, batch: Messages | None) -> None:
        """Say online again if anybody said that we are not (tck-id-message-flow-hid-sparkplug-state-message-delivered)."""
        if batch is None or self.state_topic not in batch.topics:
            return
        said = [
            read_state(payload)
            for topic, payload in zip(batch.topics, batch.payloads, strict=True)
            if topic == self.state_topic
        ]
        if any(state is not None and not state.online for state in said):
            await self._say(client, online=True)

    async def ask(self, client: Client, nodes: Iterable[tuple[str, str]]) -> None:
        """Ask edge nodes for a rebirth."""
        for group, node in nodes:
            request = rebirth_request(group, node, time.time_ns())
            await client.publish(request.topic, request.payload)

    async def end(self, client: Client) -> None:
        """Say offline, with the time of now, and leave."""
        try:
            async with asyncio.timeout(LEAVING):
                self.stamp = time.time_ns() // 1_000_000
                await self._say(client, online=False)
        except TimeoutError:
            pass
        finally:
            await client.close()

    async def _say(self, client: Client, *, online: bool) -> None:
        state = write_state(State(online, self.stamp))
        await client.publish(self.state_topic, state, qos=1, retain=True)
