"""Columns of text that are numbers written as people write them: decimal commas, parted thousands, blanks around."""

import re
from typing import TYPE_CHECKING

from dure.science.prepare.reading_notes import Note, note
from dure.science.prepare.reading_values import MISSING, Decimals

if TYPE_CHECKING:
    import polars as pl

_LOOKED_AT = 1000
_PARTS = r"[ '’\u00a0\u202f]"
_POINTED = re.compile(rf"[-+]?(\d{{1,3}}((,\d{{3}})+|({_PARTS}\d{{3}})+)|\d+)?(\.\d*)?([eE][-+]?\d+)?")
_COMMAED = re.compile(rf"[-+]?(\d{{1,3}}((\.\d{{3}})+|({_PARTS}\d{{3}})+)|\d+)?(,\d*)?([eE][-+]?\d+)?")


def numbered(frame: "pl.DataFrame", decimals: Decimals) -> tuple["pl.DataFrame", list[Note]]:
    """Columns of text in which every value is such a number as numbers, and notes on what was read so.

    Parameters
    ----------
    frame
        A table as it was read, numbers with a decimal point already numbers.
    decimals
        How the file marks decimals, for columns that leave it open.
    """
    import polars as pl

    found = {
        column.name: read
        for column in frame.get_columns()
        if column.dtype == pl.String and (read := _as_numbers(column, decimals)) is not None
    }
    if not found:
        return frame, []
    columns = [found[one.name][0] if one.name in found else one for one in frame.get_columns()]
    return pl.DataFrame(columns), [one for _, notes in found.values() for one in notes]


def _as_numbers(column: "pl.Series", decimals: Decimals) -> tuple["pl.Series", list[Note]] | None:
    there = column.drop_nulls().head(_LOOKED_AT).str.strip_chars()
    words = [word for word in there.to_list() if word not in MISSING]
    if not words or not any(any(sign.isdigit() for sign in word) for word in words[:1]):
        return None
    mark = _mark_of(words, decimals)
    if mark is None:
        return None
    read = _read(column, mark)
    if read is None:
        return None
    return read, _notes(column.name, words, mark, sure=decimals.sure or _decided(words))


def _mark_of(words: list[str], decimals: Decimals) -> str | None:
    """The decimal mark by which all words are numbers; where both would do, the file's."""
    if any(len(word) > 1 and word[0] == "0" and word[1].isdigit() and word.isdigit() for word in words):
        return None  # `00123` is a name
    pointed, commaed = all(map(_POINTED.fullmatch, words)), all(map(_COMMAED.fullmatch, words))
    if pointed and commaed:
        return decimals.mark
    return "." if pointed else "," if commaed else None


def _decided(words: list[str]) -> bool:
    return not all(_POINTED.fullmatch(word) and _COMMAED.fullmatch(word) for word in words)


def _read(column: "pl.Series", mark: str) -> "pl.Series | None":
    import polars as pl

    plain = column.str.strip_chars()
    plain = plain.set(plain.is_in(MISSING), None)
    part = r"\." if mark == "," else ","
    plain = plain.str.replace_all(rf"{part}|{_PARTS}", "")
    if mark == ",":
        plain = plain.str.replace(",", ".", literal=True)
    kind = pl.Float64 if plain.str.contains(r"[.eE]").any() else pl.Int64
    read = plain.cast(kind, strict=False)
    return read if read.null_count() == plain.null_count() else None


def _notes(name: str, words: list[str], mark: str, *, sure: bool) -> list[Note]:
    comma = next((word for word in words if "," in word), "")
    parted = next((word for word in words if re.search(r"\d[,.]\d{3}[,.]|\d" + _PARTS + r"\d", word)), "")
    if not sure:
        read = float(comma.replace(",", "." if mark == "," else ""))
        return [note("decimal-comma-undecided", name, example=comma, value=f"{read:g}")]
    if mark == "," and comma:
        return [note("decimal-comma-read", name, example=comma)]
    if comma or parted:
        return [note("thousands-read", name, example=comma or parted)]
    return []
