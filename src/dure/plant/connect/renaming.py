"""A tag that its source renamed goes on under the id it was given first."""

from asyncio import Future
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dure.plant.connect.promise import Readings, Sink


class RenamingSink:
    """A sink in which `renamed` tags have their first id; all else passes as it is.

    Connectors know nothing of it: they read what the source calls its tags now.
    """

    def __init__(self, sink: Sink, renamed: Mapping[str, str]) -> None:
        self._sink, self._renamed = sink, dict(renamed)
        self._given: Sequence[str] = ()
        self._names: list[str] = []

    def __getattr__(self, name: str) -> Any:
        """All else is the sink's own."""
        return getattr(self._sink, name)

    @property
    def latest(self) -> int:
        """As the sink behind it has it."""
        return self._sink.latest

    @latest.setter
    def latest(self, value: int) -> None:
        self._sink.latest = value

    def put(self, readings: Readings) -> "Future[None]":
        """Take readings."""
        if readings.names is not self._given or len(readings.names) != len(self._names):
            self._given = (
                readings.names
            )  # a connector hands over the same list for as long as nothing is added
            self._names = [self._renamed.get(name, name) for name in readings.names]
        return self._sink.put(replace(readings, names=self._names))
