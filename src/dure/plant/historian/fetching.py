"""Long questions in parts: each within what the historian gives at once, so that memory stays bounded."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dure.plant.historian.errors import TooMuch

if TYPE_CHECKING:
    import pyarrow as pa

    from dure.plant.historian.client import Historian

Ask = Callable[[int, int], "pa.Table"]
CELLS = 2_000_000  # values or samples of a part
_COLUMNS_OF_SAMPLE = 7


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a stretch of the range, and how much of the range is done."""

    table: "pa.Table"
    done: float


def windows(start: int, end: int, parts: int, step: int = 1) -> Iterator[tuple[int, int]]:
    """A range in about so many windows, each a whole number of steps but the last.

    >>> list(windows(0, 100, 3, 10))
    [(0, 40), (40, 80), (80, 100)]
    """
    width = max(step, -(-(end - start) // (max(1, parts) * step)) * step)
    for low in range(start, end, width):
        yield low, min(low + width, end)


def on_a_grid(ask: Ask, signals: int, span: tuple[int, int], step: int) -> Iterator[Part]:
    """The rows of a question with one row a step, window by window."""
    start, end = span
    cells = -(-(end - start) // step) * max(1, signals)
    for low, high in windows(start, end, 1 + cells // CELLS, step):
        yield Part(ask(low, high), (high - start) / (end - start))
    if start == end:
        yield Part(ask(start, end), 1.0)


def of_samples(
    historian: "Historian", names: Sequence[str], span: tuple[int, int], ask: Ask
) -> Iterator[Part]:
    """Samples of a range, window by window; a window that holds too many is cut in two."""
    start, end = span
    expected = sum(
        row["count"] * min(1.0, (end - start) / max(1, row["last"] - row["first"]))
        for row in historian.signals()
        if row["signal"] in set(names) and row["last"] >= start and row["first"] < end
    )
    waiting = list(windows(start, end, 1 + int(expected) // CELLS))[::-1] or [span]
    while waiting:
        low, high = waiting.pop()
        try:
            table = ask(low, high)
        except TooMuch:
            if high - low < len(names) + 1:
                raise
            waiting += [((low + high) // 2, high), (low, (low + high) // 2)]
            continue
        yield Part(table, (high - start) / max(1, end - start))
