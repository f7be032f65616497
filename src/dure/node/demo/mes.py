"""The line's MES: a database in which it books trays, cells and cycles, and what the cells were made of."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

CYCLE_SECONDS = 60
"""One formation cycle as the MES counts them: three pulses each way. [s]"""
TABLES = """
CREATE TABLE IF NOT EXISTS cell_run (
  serial TEXT PRIMARY KEY, tray TEXT, lot TEXT, product TEXT, channel TEXT, started_at TIMESTAMP, ended_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS cycle (
  id INTEGER PRIMARY KEY, tray TEXT, cycle INTEGER, recipe TEXT, started_at TIMESTAMP, ended_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS lot_material (
  lot TEXT, material_lot TEXT, material TEXT, kg REAL, PRIMARY KEY (lot, material_lot));
"""
# Two steps back: a cell lot is wound from two coils and filled; a coil is coated with what came in bags.
MATERIALS = (
    ("{lot}", "KC-0917-03", "cathode coil NMC811", 12.4),
    ("{lot}", "KA-0918-01", "anode coil graphite", 8.1),
    ("{lot}", "EL-2241", "electrolyte 1M LiPF6", 3.2),
    ("KC-0917-03", "NM-88-214", "NMC811 powder", 310.0),
    ("KC-0917-03", "AF-7731", "aluminium foil 15 um", 64.0),
    ("KA-0918-01", "GR-5102", "graphite powder", 220.0),
)
PRODUCT = "NMC-2.5Ah"


class Mes:
    """The database in `file`: one tray of `channels` for each start of the line at `begun`.

    Times are written as UTC without a zone, as many an MES does.
    """

    def __init__(self, file: Path, begun: datetime, channels: Sequence[str]) -> None:
        self._file, self._begun = file, begun
        self._lot, self._tray = f"DB{begun:%y%m%d}", f"T{begun:%y%m%d-%H%M%S}"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(self._open()) as database, database:
            database.executescript(TABLES)
            database.execute("UPDATE cell_run SET ended_at = ? WHERE ended_at IS NULL", (_written(begun),))
            database.executemany(
                "INSERT OR IGNORE INTO lot_material VALUES (?, ?, ?, ?)",
                [(into.format(lot=self._lot), out, what, kg) for into, out, what, kg in MATERIALS],
            )
            database.executemany(
                "INSERT OR IGNORE INTO cell_run VALUES (?, ?, ?, ?, ?, ?, NULL)",
                [self._run(number, channel) for number, channel in enumerate(channels, 1)],
            )

    def book(self, second: int) -> None:
        """Book a cycle that ends with this second of line time."""
        if second % CYCLE_SECONDS:
            return
        ended = self._begun + timedelta(seconds=second)
        started = ended - timedelta(seconds=CYCLE_SECONDS)
        row = (self._tray, second // CYCLE_SECONDS, "grading 1C", _written(started), _written(ended))
        with closing(self._open()) as database, database:
            database.execute(
                "INSERT INTO cycle (tray, cycle, recipe, started_at, ended_at) VALUES (?, ?, ?, ?, ?)", row
            )

    def _run(self, number: int, channel: str) -> tuple[str, ...]:
        serial = f"{self._tray}-{number:02d}"
        return serial, self._tray, self._lot, PRODUCT, channel, _written(self._begun)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=10.0)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"
