"""Real databases, each started by its script, and what lies in the log of a source that reads them."""

import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from dure.plant.transport import Kind, decode, read_log
from peers.servers import free_port

PEERS = Path(__file__).parents[3] / "peers"
SECRET = "geheim"


class Database:
    """A server of its own on a free port; `run` is what its owner does with it."""

    def __init__(self, kind, folder):
        self.kind, self.folder, self.port = kind, folder, free_port()
        scheme, driver = {
            "postgres": ("postgresql", "postgresql+psycopg"),
            "mariadb": ("mariadb", "mariadb+pymysql"),
        }[kind]
        self.scheme = scheme
        self.start()
        self.owner = create_engine(
            URL.create(driver, "op", SECRET, "127.0.0.1", self.port, "plant"), pool_pre_ping=True
        )

    def url(self, port=None):
        return f"{self.scheme}://127.0.0.1:{port or self.port}/plant"

    def start(self):
        subprocess.run([PEERS / self.kind, "start", self.folder, str(self.port)], check=True, timeout=90)

    def stop(self):
        subprocess.run([PEERS / self.kind, "stop", self.folder], check=True, timeout=30)

    def run(self, *statements, **values):
        with self.owner.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), values)


@pytest.fixture(scope="module", params=["postgres", "mariadb"])
def database(request):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        server = Database(request.param, Path(folder) / request.param)
        yield server
        server.owner.dispose()
        with suppress(subprocess.CalledProcessError):
            server.stop()


@pytest.fixture
def log(home):
    """Rows in the log of a source, each identity once."""

    def rows(source="mes"):
        frames = [frame for _, frame in read_log(home / "segments" / source) if frame.kind is Kind.SAMPLES]
        found = [row for frame in frames for row in decode(frame.payload).to_pylist()]
        return {(row["signal"], row["time"], row["sequence"]): row for row in found}

    return rows
