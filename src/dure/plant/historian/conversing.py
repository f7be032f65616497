"""Conversations with the historian's process over its socket; threads and forks may share one object."""

import json
import os
import threading
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

from dure.plant.historian.errors import HistorianDown, KeyRefused, refusal_of
from dure.plant.historian.wire import ARROW, JSON, MAX_REPLY, Paths, prove_as_client, to_json

Row = dict[str, Any]


class Conversations:
    """Connections to the historian of `home`, kept for the next question; it has `patience` [s] to answer."""

    def __init__(self, home: Path, *, patience: float = 60.0) -> None:
        self._paths, self._patience = Paths(home), patience
        self._guard = threading.Lock()
        self._idle: list[Connection] = []
        self._owner = os.getpid()

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._guard:
            while self._idle:
                self._idle.pop().close()

    def wait(self, seconds: float) -> bool:
        """Whether the historian answers within `seconds`; for whoever has just started it."""
        end = monotonic() + seconds
        while True:
            with suppress(HistorianDown):
                return bool(self.ask({"do": "health"})[0])
            if monotonic() >= end:
                return False
            sleep(0.05)

    def ask(
        self, request: Row, *, payload: bytes = b"", extra: float = 0.0, again: bool = True
    ) -> tuple[Any, bytes]:
        """Facts and Arrow bytes of the reply.

        A stale connection is replaced once: most requests may be repeated. One that may not (`again` false) goes on a
        new connection, once.
        """
        for connection in (self._take(), None) if again else (None,):
            try:
                return self._converse(connection or self._connect(), request, payload, self._patience + extra)
            except (EOFError, OSError) as lost:
                if connection is None:
                    raise HistorianDown(str(self._paths.home)) from lost
        raise AssertionError("unreachable")

    def _converse(
        self, connection: Connection, request: Row, payload: bytes, patience: float
    ) -> tuple[Any, bytes]:
        try:
            connection.send_bytes(to_json(request) + payload)
            kind, facts, arrow = _reply(connection, patience)
        except BaseException:
            connection.close()  # an answer half read must not be taken for that of the next question
            raise
        self._give_back(connection)
        if kind == JSON:
            return facts, arrow
        raise refusal_of(facts["key"])(facts["where"], **facts["facts"])

    def _take(self) -> Connection | None:
        with self._guard:
            if self._owner != os.getpid():  # a forked child must not speak on its parent's connections
                self._idle, self._owner = [], os.getpid()
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: Connection) -> None:
        with self._guard:
            self._idle.append(connection)

    def _connect(self) -> Connection:
        home = str(self._paths.home)
        try:
            address = json.loads(self._paths.ready.read_bytes())["address"]
            key = self._paths.key.read_bytes()
            connection = Client(address, family="AF_UNIX")
        except (OSError, ValueError, KeyError) as absent:
            raise HistorianDown(home) from absent
        try:
            prove_as_client(connection, key)
        except AuthenticationError as refused:
            connection.close()
            raise KeyRefused(home) from refused
        except (EOFError, OSError) as lost:
            connection.close()
            raise HistorianDown(home) from lost
        return connection


def _reply(connection: Connection, patience: float) -> tuple[bytes, Any, bytes]:
    pieces: list[memoryview] = []
    while True:
        if not connection.poll(patience):
            raise EOFError("the historian keeps silent")
        message = connection.recv_bytes(MAX_REPLY)
        if message[:1] != ARROW:
            return message[:1], json.loads(message[1:]), b"".join(pieces)
        pieces.append(memoryview(message)[1:])
