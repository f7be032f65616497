"""What reading gives: rows by named columns, how they were written, their units, and what was mended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dure.science.prepare.reading_notes import Note

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Layout:
    """How a source was written: `format` text, json, parquet, excel or signal; what fits of the rest.

    `header` says whether there was one, `header_line` where (from 1), `decimal` how decimals are marked.
    """

    format: str
    encoding: str = ""
    separator: str = ""
    header: bool = True
    sheet: str = ""
    header_line: int = 1
    decimal: str = "."


@dataclass(frozen=True)
class Table:
    """Rows by named columns, with the sources they came from, in order.

    `units` are UCUM codes by column, from headers and from lines of units; `notes` say what was found and mended;
    `orders` say of columns of dates in digits whether the `day` or the `month` comes first, where their rows settle it.
    """

    frame: "pl.DataFrame"
    sources: tuple[str, ...]
    rows_per_source: tuple[int, ...]
    layouts: tuple[Layout, ...] = ()
    notes: tuple[Note, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """Its sources in a sentence: the first, and how many more there are."""
        return self.sources[0] + (f" (+{len(self.sources) - 1})" if len(self.sources) > 1 else "")
