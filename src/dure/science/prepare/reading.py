"""Read tables by content, not by ending: files, folders, patterns and a node's signals, stacked by column name."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dure.science.prepare.reading_columns import as_columns, kinship
from dure.science.prepare.reading_files import format_of, read_excel, read_json, read_parquet, unpacked
from dure.science.prepare.reading_refusals import (
    ColumnsDiffer,
    FileAbsent,
    NothingToRead,
    SignalsUnavailable,
)
from dure.science.prepare.reading_text import decode, is_even, read_text
from dure.vocabulary import FileProblem, Text

if TYPE_CHECKING:
    import polars as pl

_TABLE_ENDINGS = re.compile(r"\.(csv|tsv|dat|xlsx|xlsm|xls|ods|parquet|pq)(\.gz)?$", re.IGNORECASE)
_SIGNAL = "signal:"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a source was written: `format` text, json, parquet, excel or signal; what fits of the rest."""

    format: str
    encoding: str = ""
    separator: str = ""
    header: bool = True
    sheet: str = ""


@dataclass(frozen=True)
class Table:
    """Rows by named columns, with the sources they came from, in order."""

    frame: "pl.DataFrame"
    sources: tuple[str, ...]
    rows_per_source: tuple[int, ...]
    layouts: tuple[Layout, ...] = ()


class SignalReader(Protocol):
    """How a node gives its signals to a reader that knows nothing of nodes."""

    def __call__(self, names: Sequence[str]) -> "pl.DataFrame":
        """One row a time: a column `time` and one column a signal."""


def read(sources: Sequence[str | Path], signals: SignalReader | None = None) -> Table:
    """One table of all sources, the rows of each after the other, columns matched by name.

    Parameters
    ----------
    sources
        Files (text with any separator, JSON, Parquet, Excel, each also gzipped), folders, patterns, `signal:` names.
    signals
        Gives the signals; without it `signal:` names are refused.

    Raises
    ------
    FileProblem
        A leaf of it: what cannot be read, where, and what to do (see `reading_refusals`).
    """
    return stack(read_each(sources, signals))


def read_each(sources: Sequence[str | Path], signals: SignalReader | None = None) -> list[Table]:
    """One table a file, in the natural order of their names; raises as `read`."""
    names = [str(source)[len(_SIGNAL) :] for source in sources if str(source).startswith(_SIGNAL)]
    tables = [_read_signals(names, signals)] if names else []
    files = [
        path for source in sources if not str(source).startswith(_SIGNAL) for path in _files(str(source))
    ]
    return tables + [_read_file(path) for path in files]


def stack(tables: Sequence[Table]) -> Table:
    """Tables with the same columns, in any order, as one; raises `ColumnsDiffer` naming file and column."""
    import polars as pl

    if len(tables) == 1:
        return tables[0]
    usual = _usual(tables)
    for table in tables:
        _require_same_columns(table, usual)
    frames = _alike([table.frame.select(usual.frame.columns) for table in tables])
    return Table(
        pl.concat(frames, how="vertical_relaxed"),
        tuple(source for table in tables for source in table.sources),
        tuple(rows for table in tables for rows in table.rows_per_source),
        tuple(layout for table in tables for layout in table.layouts),
    )


def _read_signals(names: Sequence[str], signals: SignalReader | None) -> Table:
    if signals is None:
        raise SignalsUnavailable(f"{_SIGNAL}{names[0]}")
    frame = signals(names)
    return Table(frame, tuple(f"{_SIGNAL}{name}" for name in names), (len(frame),), (Layout("signal"),))


def _files(source: str) -> Iterator[Path]:
    path = Path(source).expanduser()
    if path.is_dir():
        yield from _tables_in(path)
    elif path.exists():
        yield path
    elif has_magic(source):
        found = sorted(glob(str(path), recursive=True), key=_natural)  # noqa: PTH207 - Path.glob takes no absolute pattern
        files = [Path(one) for one in found if Path(one).is_file()]
        if not files:
            raise NothingToRead(source)
        yield from files
    else:
        raise FileAbsent(source)


def _tables_in(folder: Path) -> list[Path]:
    files = sorted(
        (path for path in folder.rglob("*") if path.is_file()), key=lambda path: _natural(str(path))
    )
    shown = [
        path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    found = [path for path in shown if _may_be_a_table(path)]
    if not found:
        raise NothingToRead(str(folder))
    return found


def _natural(name: str) -> list[tuple[int, str]]:
    """Order in which `2.csv` comes before `10.csv`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _may_be_a_table(path: Path) -> bool:
    """In a folder, notes and pictures beside the tables are passed over; a broken table is not."""
    if _TABLE_ENDINGS.search(path.name):
        return True
    try:
        content = unpacked(path)
        if format_of(content, str(path)) != "text":
            return content.startswith(b"PAR1")
        return path.suffix != ".md" and is_even(decode(content[:100_000], str(path))[0])
    except FileProblem:
        return False


def _read_file(path: Path) -> Table:
    content, where = unpacked(path), str(path)
    kind = format_of(content, where)
    if kind == "parquet":
        frame, layout = read_parquet(content, where), Layout("parquet")
    elif kind == "excel":
        frame, sheet = read_excel(content, where)
        layout = Layout("excel", sheet=sheet)
    elif kind == "json":
        frame, layout = read_json(content, where), Layout("json")
    else:
        frame, text = read_text(content, where)
        layout = Layout("text", text.encoding, text.separator, text.header)
    return Table(as_columns(frame, where), (where,), (len(frame),), (layout,))


def _usual(tables: Sequence[Table]) -> Table:
    """The table whose columns are the commonest, the first of them: it is the odd file that gets named."""
    counts = Counter(frozenset(table.frame.columns) for table in tables)
    return max(tables, key=lambda table: counts[frozenset(table.frame.columns)])


def _require_same_columns(table: Table, usual: Table) -> None:
    more = [name for name in table.frame.columns if name not in usual.frame.columns]
    fewer = [name for name in usual.frame.columns if name not in table.frame.columns]
    if not more and not fewer:
        return
    column, other = (more or fewer)[0], usual.sources[0]
    has = Text(f"has column “{column}” unlike {other}", f"{other}과 달리 “{column}” 열이 더 있습니다")
    lacks = Text(f"lacks column “{column}” of {other}", f"{other}과 달리 “{column}” 열이 없습니다")
    raise ColumnsDiffer(
        table.sources[0], difference=has if more else lacks, hint=_hint(table, usual, more, fewer)
    )


def _hint(table: Table, usual: Table, more: list[str], fewer: list[str]) -> Text | str:
    spaced = next((name for name in fewer if more and name.strip() == more[0].strip()), None)
    if spaced is not None:
        return Text(
            f", where it is “{spaced}”: a space is the difference", f"(“{spaced}” 열과 공백만 다릅니다)"
        )
    if len(table.frame) == usual.frame.width and table.frame.width != usual.frame.width:
        return Text(
            "; its rows look like the other's columns, so it may be transposed",
            "(행과 열이 뒤바뀐 표로 보입니다)",
        )
    return ""


def _alike(frames: list["pl.DataFrame"]) -> list["pl.DataFrame"]:
    """Frames whose columns can be put below each other: where kinds differ between files, all become text."""
    import polars as pl

    odd = [
        name
        for name in frames[0].columns
        if len({kinship(f.schema[name]) for f in frames if not f.get_column(name).is_null().all()}) > 1
    ]
    empty = {name: _type_in(frames, name) for name in frames[0].columns if name not in odd}
    return [
        frame.with_columns(
            [pl.col(name).cast(pl.String) for name in odd]
            + [
                pl.col(n).cast(t)
                for n, t in empty.items()
                if t is not None and frame.get_column(n).is_null().all()
            ]
        )
        for frame in frames
    ]


def _type_in(frames: list["pl.DataFrame"], name: str) -> "pl.DataType | None":
    """Type of a column in the first file that has values in it."""
    return next((f.schema[name] for f in frames if not f.get_column(name).is_null().all()), None)
