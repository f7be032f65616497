"""Write a table to a file, whole or not at all."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dure.vocabulary import DiskFull, FileProblem, Text, is_full

if TYPE_CHECKING:
    import polars as pl


class EndingUnknown(FileProblem):
    """An output file whose ending names no format of ours."""

    key = "file-ending-unknown"
    says = Text(
        "{where} does not end in .parquet, .csv or .xlsx.",
        "{where}의 확장자가 .parquet, .csv, .xlsx가 아닙니다.",
    )
    remedy = Text(
        "Name the output with one of these endings.", "출력 파일 이름을 이 확장자 중 하나로 정해 주세요."
    )


class FolderAbsent(FileProblem):
    """An output path in a folder that is not there or cannot be written to."""

    key = "file-not-writable"
    says = Text("{where} cannot be written: {why}.", "{where}에 쓸 수 없습니다: {why}.")
    remedy = Text("Choose a folder that exists and is yours to write to.", "쓸 수 있는 폴더를 골라 주세요.")


class OutIsInput(FileProblem):
    """An output path that would replace what is read."""

    key = "file-out-is-input"
    says = Text(
        "{where} is one of the inputs and would be replaced.", "{where}은(는) 입력 파일이라 덮어쓰게 됩니다."
    )
    remedy = Text("Give the output another name.", "출력에 다른 이름을 주세요.")


ENDINGS = (".parquet", ".csv", ".xlsx")


def check_out(out: Path, sources: Iterable[str | Path] = ()) -> None:
    """Refuse an output path before any work is done; raises `EndingUnknown`, `FolderAbsent` or `OutIsInput`."""
    if out.suffix.lower() not in ENDINGS:
        raise EndingUnknown(str(out))
    if not out.parent.is_dir():
        raise FolderAbsent(
            str(out), why=Text(f"there is no folder {out.parent}", f"{out.parent} 폴더가 없습니다")
        )
    if out.is_dir():
        raise FolderAbsent(str(out), why=Text("it is a folder", "폴더입니다"))
    if any(_file_of(source) == out.resolve() for source in sources):
        raise OutIsInput(str(out))


def _file_of(source: str | Path) -> Path:
    """The file of a source, also of one that names a sheet in it (`book.xlsx#Sheet`)."""
    path = Path(source)
    whole = Path(str(source).rpartition("#")[0])
    return (whole if not path.exists() and whole.is_file() else path).resolve()


def write(frame: "pl.DataFrame", out: Path) -> None:
    """Write `frame` to `out` as its ending says (.parquet, .csv, .xlsx), by a sibling that takes its place.

    Raises
    ------
    EndingUnknown
        If the ending is another.
    FolderAbsent
        If the folder is not there or refuses us.
    DiskFull
        If there is no room left; what was there before stays.
    """
    check_out(out)
    _put(out, lambda room: _write_as(frame, room, out.suffix.lower()))


def write_text(text: str, out: Path) -> None:
    """Write a text file whole or not at all."""
    _put(out, lambda room: room.write_text(text, encoding="utf-8"))


def _put(out: Path, fill: Callable[[Path], object]) -> None:
    room = out.with_name(f".{out.stem}-{os.getpid()}{out.suffix}")
    try:
        fill(room)
        with room.open("rb+") as written:
            os.fsync(written.fileno())
        room.replace(out)
    except Exception as refused:
        # libraries that write for us have errors of their own for a disk that is full
        if is_full(refused):
            raise DiskFull(str(out)) from refused
        if isinstance(refused, OSError):
            raise FolderAbsent(str(out), why=refused.strerror or str(refused)) from refused
        raise
    finally:
        room.unlink(missing_ok=True)


def _write_as(frame: "pl.DataFrame", room: Path, ending: str) -> None:
    if ending == ".parquet":
        frame.write_parquet(room)
    elif ending == ".csv":
        _write_csv(frame, room)
    else:
        _write_sheet(frame, room)


def _write_csv(frame: "pl.DataFrame", room: Path) -> None:
    """Times with as many decimals as they have; the byte order mark only where Excel would misread without it."""
    import polars as pl
    import polars.selectors as cs

    day = "%Y-%m-%d %H:%M:%S%.f"
    plain = frame.with_columns(
        cs.datetime(time_zone=None).dt.to_string(day),
        cs.datetime(time_zone="*").dt.to_string(f"{day}%:z"),
        cs.time().dt.to_string("%H:%M:%S%.f"),
    )
    texts = [column for column in plain.get_columns() if column.dtype == pl.String]
    foreign = any(column.str.contains(r"[^\x00-\x7F]").any() for column in texts)
    plain.write_csv(room, include_bom=foreign or not "".join(frame.columns).isascii())


def _write_sheet(frame: "pl.DataFrame", room: Path) -> None:
    import polars as pl
    import polars.selectors as cs

    # a sheet cell knows no time zone: such times are written as text with their offset
    aware = cs.datetime(time_zone="*")
    frame.with_columns(aware.dt.to_string("iso:strict").cast(pl.String)).write_excel(room)
