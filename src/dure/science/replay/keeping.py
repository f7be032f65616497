"""Rows of a loop's state as JSON holds them."""

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.replay.expert import Floats, Row
from dure.science.replay.mind import Said
from dure.science.replay.packing import packed, unpacked

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Kept:
    """A labelled row that may still be corrected: what was learnt, and as which label in order."""

    row: Row
    y: Floats
    label: int

    def to_dict(self, key: str) -> dict[str, Any]:
        """The row under its key."""
        row = self.row
        numbers = {"at": row.at, "words": row.words, "label": self.label, "key": key}
        return {**numbers, "static": packed(row.static), "z": packed(row.z), "y": packed(self.y)}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "tuple[str, Kept]":
        """Key and row that `to_dict` wrote."""
        static, z, y = (unpacked(facts[name]) for name in ("static", "z", "y"))
        row = Row(int(facts["at"]), static, z, str(facts["words"]), np.empty(0))
        return str(facts["key"]), cls(row, y, int(facts["label"]))


_ROW = ("static", "z", "x")
_SAID = ("experts", "served")


def rows_kept(waiting: Mapping[str, Said]) -> dict[str, Any]:
    """Rows that wait for their label, column by column."""
    every = list(waiting.values())
    arrays = {name: [getattr(one.row, name) for one in every] for name in _ROW}
    arrays |= {name: [getattr(one, name) for one in every] for name in _SAID}
    known = {name: packed(np.stack(parts)) for name, parts in arrays.items() if parts}
    return {
        **known,
        "keys": list(waiting),
        "words": [one.row.words for one in every],
        "at": [one.row.at for one in every],
        "known": [one.known for one in every],
        "width": packed(np.array([one.width for one in every])),
        "usual": packed(np.array([one.usual for one in every])),
    }


def rows_from(facts: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
    """The rows that `rows_kept` wrote."""
    if not facts["keys"]:
        return
    arrays = {name: unpacked(facts[name]) for name in (*_ROW, *_SAID, "width", "usual")}
    for place, key in enumerate(facts["keys"]):
        static, z, x = (arrays[name][place] for name in _ROW)
        row = Row(int(facts["at"][place]), static, z, str(facts["words"][place]), x)
        width, usual = float(arrays["width"][place]), float(arrays["usual"][place])
        yield (
            str(key),
            Said(
                row,
                arrays["experts"][place],
                arrays["served"][place],
                width,
                usual,
                int(facts["known"][place]),
            ),
        )


def frame_text(frame: "pl.DataFrame | None") -> str:
    """A small table as text: Arrow's own bytes, every type kept; empty for none."""
    if frame is None:
        return ""
    held = io.BytesIO()
    frame.write_ipc(held)
    return base64.b64encode(held.getvalue()).decode()


def frame_from(text: str) -> "pl.DataFrame | None":
    """The table that `frame_text` wrote."""
    if not text:
        return None
    import polars as pl

    return pl.read_ipc(io.BytesIO(base64.b64decode(text, validate=True)))
