"""Blocks below a label: a line of one word, then rows of numbers indented by a tab; as force and torque of a robot.

Source: UCI, "Robot Execution Failures" (1999): each failure class over fifteen rows of Fx Fy Fz Tx Ty Tz. The layout is
read for any number of columns; the six are named where there are six and rows come in fifteens.
"""

import re

from dure.science.prepare.reading_vendors.promise import Vendor, VendorTable, as_values, text_of
from dure.vocabulary import Text

_NUMBER = rb"[-+]?\d+(?:\.\d+)?"
_ROW = rb"\t" + _NUMBER + rb"(?:\t" + _NUMBER + rb")+[ \t]*\r?\n"
_BEGINS = re.compile(
    rb"\s*[A-Za-z_][\w-]*[ \t]*\r?\n(?:" + _ROW + rb"){3,}(?:\s*\r?\n)+[A-Za-z_][\w-]*[ \t]*\r?\n" + _ROW
)
_ROBOT = ("Fx", "Fy", "Fz", "Tx", "Ty", "Tz")
_ROBOT_ROWS = 15


def _table(content: bytes, where: str) -> VendorTable:
    import polars as pl

    block, label, place = 0, "", 0
    told: list[tuple[int, str, int, list[str]]] = []
    for line in text_of(content, where).split("\n"):
        if line.strip() and not line.startswith("\t"):
            block, label, place = block + 1, line.strip(), 0
        elif line.strip():
            place += 1
            told.append((block, label, place, line.strip("\t ").split("\t")))
    width = max(len(cells) for *_, cells in told)
    robot = width == len(_ROBOT) and max(place for _, _, place, _ in told) == _ROBOT_ROWS
    names = _ROBOT if robot else [f"column_{n}" for n in range(1, width + 1)]
    cells = [[row[3][n] if n < len(row[3]) else "" for row in told] for n in range(width)]
    frame = pl.DataFrame(
        {"block": [r[0] for r in told], "label": [r[1] for r in told], "row": [r[2] for r in told]}
    ).with_columns(as_values(name, column) for name, column in zip(names, cells, strict=True))
    return VendorTable(frame, facts=(("blocks", str(block)),))


VENDOR = Vendor(
    "labelled-blocks",
    Text("blocks of rows below a label each", "이름표 아래 행 묶음이 이어지는 파일"),
    lambda head: _BEGINS.match(head) is not None,
    _table,
)
