"""What can be set of the historian; the defaults are those of a small plant's box."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the historian's process.

    memory_limit
        What DuckDB may hold in memory before it spills to disk, as DuckDB writes it.
    threads
        Threads of DuckDB beside those of the clients.
    poll
        How often the logs are looked at [s]; part of the time from fsync to readable.
    burst
        Most payload taken from the logs into one transaction [bytes].
    close_after
        How long after the end of its UTC day a day file is written [s]; samples later than that wait for the next one.
    hot_rows
        Most samples in the hot table; above it the older half of them moves to a file of its day.
    keep_last
        How often the table of newest samples follows those in memory [s].
    free_bytes
        Free space of the disk below which ingest stops [bytes]; the logs keep what comes.
    ring_rows
        Newest samples kept in memory for followers of the feed.
    clients
        Connections served at once.
    max_rows
        Most samples one query gives.
    max_cells
        Most values (ticks x signals) one query_every gives.
    max_feed
        Most samples one reply of the feed gives.
    measure_rows
        About how many samples `measure` reads when no range is named.
    max_measure
        Most samples `measure` reads in a named range.
    """

    memory_limit: str = "256MB"
    threads: int = 1
    poll: float = 0.05
    burst: int = 8 * 2**20
    close_after: float = 3600.0
    hot_rows: int = 2_000_000
    keep_last: float = 10.0
    free_bytes: int = 256 * 2**20
    ring_rows: int = 50_000
    clients: int = 64
    max_rows: int = 10_000_000
    max_cells: int = 10_000_000
    max_feed: int = 20_000
    measure_rows: int = 2_000_000
    max_measure: int = 20_000_000
