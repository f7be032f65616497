"""What a signal is like, measured from its samples."""

from collections.abc import Sequence

from dure.plant.historian.errors import TooMuch
from dure.plant.historian.reading import Reader, Record

# A step is the time from one sample to the next, the period the median of the steps above zero; a gap is a step of
# more than three periods. A run is a stretch of good samples without a change.
_MEASURE = """
, stepped AS (
    SELECT *, time - lag(time) OVER inorder AS step FROM samples WINDOW inorder AS (PARTITION BY signal ORDER BY time, sequence)
), periods AS (
    SELECT signal, median(step) FILTER (step > 0) AS period FROM stepped GROUP BY signal
), turned AS (
    SELECT signal, time, sequence, (value, text) IS DISTINCT FROM lag((value, text)) OVER inorder AS turn
    FROM samples WHERE quality = 0 WINDOW inorder AS (PARTITION BY signal ORDER BY time, sequence)
), runs AS (
    SELECT signal, max(held) AS stuck FROM (
        SELECT signal, max(time) - min(time) AS held FROM (
            SELECT signal, time, count(*) FILTER (turn) OVER (PARTITION BY signal ORDER BY time, sequence) AS run FROM turned
        ) GROUP BY signal, run
    ) GROUP BY signal
)
SELECT s.signal, count(*) AS count,
    (count(*) - 1) * 1e9 / nullif(max(time) - min(time), 0) AS rate_hz,
    any_value(p.period) / 1e9 AS period_s,
    count(*) FILTER (step > 3 * p.period) AS gaps,
    coalesce(sum(step - p.period) FILTER (step > 3 * p.period) / nullif(max(time) - min(time), 0), 0.0) AS gap_share,
    coalesce(max(step) FILTER (step > 3 * p.period) / 1e9, 0.0) AS longest_gap_s,
    coalesce(any_value(r.stuck) / 1e9, 0.0) AS stuck_s,
    count(DISTINCT CASE WHEN isnan(value) THEN text ELSE value::VARCHAR END) AS distinct,
    median(received - time) FILTER (received > 0) / 1e9 AS skew_s,
    count(*) FILTER (quality <> 0) / count(*) AS bad_share,
    min(value) FILTER (quality = 0 AND isfinite(value)) AS low,
    max(value) FILTER (quality = 0 AND isfinite(value)) AS high,
    min(time) AS first, max(time) AS last
FROM stepped s JOIN periods p ON p.signal = s.signal LEFT JOIN runs r ON r.signal = s.signal
GROUP BY s.signal ORDER BY s.signal
"""
_SECOND = 1_000_000_000  # ns
_DAY = 86_400 * _SECOND
_ROWS_AT_ONCE = 500_000
_ROWS_OF_SILENT = 100_000


def measure(
    reader: Reader, signals: Sequence[str] | None, start: int | None, end: int | None
) -> list[Record]:
    """Measured properties of each signal over a range, or over the newest stretch that is cheap to read.

    A signal that fell silent before that stretch is measured over the newest stretch of its own.
    """
    known = [row for row in reader.signals() if signals is None or row["signal"] in set(signals)]
    if not known:
        return []
    low, high = _span(known, start, end, reader.settings.measure_rows)
    silent = [row for row in known if start is None and end is None and row["last"] < low]
    measured = _measured(reader, [row["signal"] for row in known if row not in silent], low, high)
    for row in silent:
        measured += _measured(reader, [row["signal"]], *_span([row], None, None, _ROWS_OF_SILENT))
    return sorted(measured, key=lambda row: str(row["signal"]))


def _span(known: list[Record], start: int | None, end: int | None, rows: int) -> tuple[int, int]:
    """The range named, else the newest stretch of about `rows` samples, at most a day."""
    high = max(row["last"] for row in known) + 1 if end is None else end
    rate = sum(row["count"] / max(_SECOND, row["last"] - row["first"]) for row in known)  # samples per ns
    return (max(0, high - min(_DAY, int(rows / rate))) if start is None else start), high


def _measured(reader: Reader, names: list[str], low: int, high: int) -> list[Record]:
    """Some signals at a time, so that the windows of the query stay in memory."""
    asked = reader.count(names, low, high)
    if asked > reader.settings.max_measure:
        raise TooMuch("measure", asked=asked, what="samples", limit=reader.settings.max_measure)
    step = max(1, len(names) * _ROWS_AT_ONCE // max(1, asked))
    rows: list[Record] = []
    for place in range(0, len(names), step):
        found = reader.run(_MEASURE, names[place : place + step], low, high)
        rows += [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    return rows
