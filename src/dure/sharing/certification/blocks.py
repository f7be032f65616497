r"""The canonical bytes of a table's rows, in blocks, and the Merkle tree over them (RFC 9162 §2.1).

A block is so many consecutive rows. Its bytes are `dure-block-1`, a canonical JSON head (number of the block, its rows, names and
kinds of the columns), and each column in order: a bitmap of what is missing (most significant bit first), then the values,
little-endian: numbers as IEEE 754 binary64 with one NaN, whole numbers as 64-bit two's complement, yes/no as a byte, times as
nanoseconds since 1970 (in UTC where the column has a zone), days as days, texts as 32-bit lengths in bytes followed by UTF-8.
A missing value is zero bytes of its width. How a file was written (Parquet, CSV, compression, row groups) does not matter.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dure.foundation.ledger import inclusion_proof, leaf_hash, proves_inclusion, root
from dure.sharing.certification.refusals import KindUnsettled
from dure.sharing.certification.writing import canonical

if TYPE_CHECKING:
    import polars as pl

BLOCK_ROWS = 1_024
"""Rows of a block, where the rule set says nothing."""

Hash = bytes
_HEAD = b"dure-block-1\0"
Kinds = Sequence[Sequence[str]]


def kinds_of(frame: "pl.DataFrame") -> list[list[str]]:
    """Name and kind of each column.

    >>> import polars as pl
    >>> kinds_of(pl.DataFrame({"bar": [1.5], "shots": [3], "ok": [True]}))
    [['bar', 'number'], ['shots', 'whole'], ['ok', 'yes-no']]

    Raises
    ------
    KindUnsettled
        If a column holds lists, structures or other values without agreed bytes.
    """
    return [[name, _kind(name, dtype)] for name, dtype in frame.schema.items()]


def _kind(name: str, dtype: "pl.DataType") -> str:
    import polars as pl

    if dtype.is_integer() and dtype not in (pl.UInt64, pl.Int128):
        return "whole"
    if dtype.is_float():
        return "number"
    if isinstance(dtype, pl.Datetime):
        return "instant" if dtype.time_zone else "local-time"
    known = {"Boolean": "yes-no", "String": "text", "Categorical": "text", "Enum": "text", "Date": "day", "Time": "time-of-day", "Duration": "duration", "Null": "nothing"}  # fmt: skip
    kind = known.get(type(dtype).__name__)
    if kind is None:
        raise KindUnsettled(name, kind=str(dtype))
    return kind


def blocks(frame: "pl.DataFrame", rows: int = BLOCK_ROWS) -> Iterator[bytes]:
    """The canonical bytes of each block, in order."""
    kinds = kinds_of(frame)
    for number, start in enumerate(range(0, len(frame), rows)):
        yield block_bytes(frame.slice(start, rows), number, kinds)


def block_bytes(frame: "pl.DataFrame", number: int, kinds: Kinds) -> bytes:
    """The canonical bytes of one block of rows."""
    head = canonical([number, len(frame), [list(one) for one in kinds]]).encode()
    columns = (_column(frame.get_column(name), kind) for name, kind in kinds)
    return b"".join((_HEAD, head, b"\0", *(part for column in columns for part in column)))


def leaves(frame: "pl.DataFrame", rows: int = BLOCK_ROWS) -> list[Hash]:
    """Leaf hash of each block."""
    return [leaf_hash(one) for one in blocks(frame, rows)]


def merkle_root(frame: "pl.DataFrame", rows: int = BLOCK_ROWS) -> str:
    """Root over all blocks, as `sha256:` and 64 hexadecimal digits.

    >>> import polars as pl
    >>> merkle_root(pl.DataFrame({"bar": [1.5, None]}))[:20]
    'sha256:1a11c42ee9d69'
    """
    return f"sha256:{root(leaves(frame, rows)).hex()}"


def proof_of(all_leaves: Sequence[Hash], number: int) -> list[str]:
    """The hashes that lead from a block to the root, in hexadecimal."""
    return [one.hex() for one in inclusion_proof(all_leaves, number)]


def belongs(block: bytes, number: int, count: int, proof: Sequence[str], expected: str) -> bool:
    """Whether a block is number `number` of `count` below the root `expected`."""
    try:
        steps, top = [bytes.fromhex(one) for one in proof], bytes.fromhex(expected.removeprefix("sha256:"))
    except ValueError:
        return False
    return proves_inclusion(leaf_hash(block), number, count, steps, top)


def _column(column: "pl.Series", kind: str) -> Iterator[bytes]:
    import polars as pl

    yield np.packbits(column.is_null().to_numpy()).tobytes()
    if kind == "text":
        words = column.cast(pl.String).fill_null("")
        yield words.str.len_bytes().cast(pl.UInt32).to_numpy().astype("<u4").tobytes()
        yield "".join(words.to_list()).encode()
    elif kind == "number":
        values = column.cast(pl.Float64).fill_null(0.0).to_numpy().astype("<f8")
        yield np.where(np.isnan(values), np.float64("nan"), values).tobytes()
    elif kind == "yes-no":
        yield column.fill_null(value=False).to_numpy().astype("u1").tobytes()
    elif kind != "nothing":
        yield _counted(column, kind).fill_null(0).to_numpy().astype("<i8").tobytes()


def _counted(column: "pl.Series", kind: str) -> "pl.Series":
    import polars as pl

    if kind in {"instant", "local-time"}:
        return column.dt.cast_time_unit("ns").to_physical().cast(pl.Int64)
    if kind == "duration":
        return column.dt.cast_time_unit("ns").to_physical().cast(pl.Int64)
    return (column if kind == "whole" else column.to_physical()).cast(pl.Int64)
