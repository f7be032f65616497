"""What the reader of a vendor's format gives, and how such a format is known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dure.science.prepare.reading_notes import Note, note, shown
from dure.science.prepare.reading_refusals import FileDamaged
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


class Odd(ValueError):
    """A file that begins as its format does and goes on otherwise; the reader refuses it as damaged."""


@dataclass(frozen=True)
class VendorTable:
    """Rows, units by column as the file writes them, and what the file says of itself (name and value)."""

    frame: "pl.DataFrame"
    units: Mapping[str, str] = field(default_factory=dict)
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Vendor:
    """A format: `tells` it from the first bytes (and `holds` from all, where these are shared), `table` makes rows.

    `table` raises `Odd`, or a `FileProblem` of its own; it is given the bytes and what to call the file.
    """

    name: str
    label: Text
    tells: Callable[[bytes], bool]
    table: Callable[[bytes, str], VendorTable]
    holds: Callable[[bytes], bool] = bool

    def read(self, content: bytes, where: str) -> VendorTable:
        """The table of a file.

        Raises
        ------
        FileDamaged
            If it ends too soon or is broken inside.
        """
        try:
            return self.table(content, where)
        except (Odd, IndexError, UnicodeError) as broken:
            raise FileDamaged(where, kind=self.label) from broken

    def notes(self, found: VendorTable) -> list[Note]:
        """What to say of the file: that it is of this format, and what it says of itself."""
        told = [f"{name} {value}".strip() for name, value in found.facts if value]
        return [note("vendor-read", what=self.label, shown=shown(told, most=6) or "-")]


def text_of(content: bytes, where: str) -> str:
    """A file as text with plain line ends, in the encoding that it is in."""
    from dure.science.prepare.reading_encoding import decoded

    return decoded(content, where).content.decode("utf-8")


def as_values(name: str, cells: Sequence[str], missing: str = "") -> "pl.Series":
    """Cells as numbers if all of them are numbers, else as words; empty ones and the sign for missing are null.

    >>> as_values("bar", ["1.5", "", "-999.25"], "-999.25").to_list(), as_values("step", ["CC", ""]).to_list()
    ([1.5, None, None], ['CC', None])
    """
    import polars as pl

    words = pl.Series(name, cells, dtype=pl.String).replace({"": None})
    found = words.cast(pl.Float64, strict=False)
    if found.null_count() > words.null_count():
        return words.replace({missing: None}) if missing else words
    try:
        return found.replace({float(missing): None}) if missing else found
    except ValueError:
        return found
