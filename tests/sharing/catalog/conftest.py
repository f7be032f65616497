"""People of each role, a shelf of recorded data, and a server that answers as other catalogues do."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest

from dure.foundation.parties import Organisation, Person, give_role
from dure.sharing.catalog import Column, DatasetFacts, Event, Measured
from dure.vocabulary import Text

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class RecordedShelf:
    """A shelf with tables of one's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.known = folder, {}

    def put(self, facts: DatasetFacts, table: pl.DataFrame) -> DatasetFacts:
        self.known[facts.id] = facts
        table.write_parquet(self.open(facts.id))
        return facts

    def datasets(self) -> Iterator[DatasetFacts]:
        yield from self.known.values()

    def open(self, id: str) -> Path:  # noqa: A002 - as the promise has it
        return self.folder / f"{id.replace(':', '-').replace('/', '-')}.parquet"


@pytest.fixture
def shelf(tmp_path, monkeypatch, home):
    """What this plant could offer; it stands where the node introduces it."""
    del home
    folder = tmp_path / "shelf"
    folder.mkdir()
    made = RecordedShelf(folder)
    monkeypatch.setattr("dure.node.introductions.shelf", lambda: made)
    return made


@pytest.fixture(scope="session")
def pump_table(recorded) -> pl.DataFrame:
    """A recorded experiment on a pump (SKAB)."""
    return pl.read_csv(recorded / "skab" / "valve1" / "1.csv.gz", separator=";", try_parse_dates=True)


UNITS = {"Temperature": "Cel", "Thermocouple": "Cel", "Pressure": "bar", "Current": "A", "Voltage": "V"}


def pump_facts(id_: str = "upload:pump", **other) -> DatasetFacts:
    """What the inventory knows of it."""
    columns = tuple(Column(name, unit=unit, rate=1.0, missing=0.0) for name, unit in UNITS.items())
    told = {
        "id": id_, "title": Text("Pump with a closed valve", "밸브 닫힘 펌프 기록"), "columns": columns, "equipment": "pump",
        "keywords": ("SKAB", "진공펌프"), "equipment_label": Text("Water pump", "급수펌프"), "rows": 1147, "start": NOON, "end": NOON,
        "events": (Event("valve", Text("valve closed", "밸브 닫힘"), 401),),
        "quality": (Measured("missing-values", "completeness", Text("values that are there", "값이 있는 비율"), 1.0, "1", "ISO/IEC 25012"),),
        "fingerprint": "ab" * 32,
    }  # fmt: skip
    return DatasetFacts(**told | other)


@pytest.fixture
def pump(shelf, pump_table):
    """The pump on the shelf."""
    return shelf.put(pump_facts(), pump_table)


@pytest.fixture
def someone(db, home):
    """Makes a person of a role."""
    del db, home

    def come(username, role):
        made = Person.objects.create(username=username, name=username.title(), language="en")
        give_role(made, role, Organisation.objects.get_or_create(name="Daon")[0])
        return made

    return come


@pytest.fixture
def enter(client, someone):
    """Signs a person of a role in."""

    def signed_in(role="owner", language="en"):
        person = Person.objects.filter(username=role).first() or someone(role, role)
        Person.objects.filter(pk=person.pk).update(language=language)
        client.force_login(person)
        client.cookies["dure_language"] = language
        return client

    return signed_in


@pytest.fixture
def server():
    """A real HTTP server; `answers` is what it says, by path; a number is a status."""
    answers: dict[str, object] = {}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            told = answers.get(self.path, answers.get(self.path.partition("?")[0], 404))
            told = told(self.path) if callable(told) else told
            body = (
                b""
                if isinstance(told, int)
                else told
                if isinstance(told, bytes)
                else json.dumps(told).encode()
            )
            self.send_response(told if isinstance(told, int) else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    run = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=run.serve_forever, daemon=True).start()
    run.answers, run.asked, run.address = answers, asked, f"http://127.0.0.1:{run.server_port}"
    yield run
    run.shutdown()
    run.server_close()
