r"""LabVIEW measurement files (.lvm): segments of channels, each with its start and step, in the separator they name.

Source: NI, "LabVIEW Measurement File (LVM) specification" (version 2.0): header lines of name and value up to
`***End_of_Header***`, a segment header, then `X_Value`, the channels and `Comment`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from dure.science.prepare.reading_vendors.promise import Odd, Vendor, VendorTable
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

BEGINS = b"LabVIEW Measurement"
_END = "***End_of_Header***"
# What LabVIEW calls the acceleration of gravity would be grams.
_UNITS = {"g": "[g]", "Newtons": "N", "Volts": "V", "Amps": "A", "Pascals": "Pa"}
_TOLD = ("Operator", "Date", "Time", "Project", "Description")


@dataclass(slots=True)
class Segment:
    """One block of channels: its header lines, the names of its columns, its rows."""

    facts: dict[str, list[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


def read_lvm(content: bytes, zone: tzinfo | None = None) -> tuple["pl.DataFrame", dict[str, str]]:
    """Rows of all segments with a column `time`, channel by channel name, and units by channel (as written).

    Times are meant in `zone` and given in UTC; without one they stay as the file has them, which names none. A channel
    that begins later than another has empty cells before.

    Raises
    ------
    ValueError
        If it has no segment, or a number or a date that cannot be read.
    """
    import polars as pl

    lines = _lines(content)
    facts, at = _facts(lines)
    separator = _separator(facts)
    frames: list[pl.DataFrame] = []
    units: dict[str, str] = {}
    for segment in _segments(lines, at, separator):
        frame, found = _frame(segment, facts, zone)
        frames.append(frame)
        units |= found
    if not frames:
        raise Odd("it holds no channels")
    return pl.concat(frames, how="diagonal"), units


def _lines(content: bytes) -> list[str]:
    wide = b"\xff" in content[:2]
    return (content.decode("utf-16") if wide else content.decode("utf-8-sig", "replace")).splitlines()


def _facts(lines: list[str]) -> tuple[dict[str, list[str]], int]:
    """The lines of the file's own header, and the line behind them."""
    facts, _ = _header(lines, 1, "\t")
    return _header(lines, 1, _separator(facts))


def _separator(facts: dict[str, list[str]]) -> str:
    return "," if _one(facts, "Separator").lower() == "comma" else "\t"


def _header(lines: list[str], at: int, separator: str) -> tuple[dict[str, list[str]], int]:
    facts: dict[str, list[str]] = {}
    for number in range(at, len(lines)):
        if lines[number].startswith(_END):
            return facts, number + 1
        name, *cells = lines[number].split(separator)
        facts[name.strip()] = [cell.strip() for cell in cells]
    raise Odd("its header has no end")


def _segments(lines: list[str], at: int, separator: str) -> list[Segment]:
    """Every segment of the file; a line that is empty lies between them."""
    found: list[Segment] = []
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        if not any(line.startswith(_END) for line in lines[at : at + 200]):
            break
        facts, at = _header(lines, at, separator)
        segment = Segment(
            facts, [cell.strip() for cell in lines[at].split(separator)] if at < len(lines) else []
        )
        at += 1
        while at < len(lines) and lines[at].strip() and not lines[at].startswith("Channels"):
            segment.rows.append([cell.strip() for cell in lines[at].split(separator)])
            at += 1
        found.append(segment)
    return found


def _frame(
    segment: Segment, facts: dict[str, list[str]], zone: tzinfo | None
) -> tuple["pl.DataFrame", dict[str, str]]:
    import polars as pl

    comma = _one(facts, "Decimal_Separator") == "," or _comma(segment)
    multi = _one(facts, "X_Columns").lower() == "multi"
    frames: list[pl.DataFrame] = []
    units: dict[str, str] = {}
    for place, name, fact in _channels(segment, multi=multi):
        start = _start(segment.facts, facts, fact, zone)
        step = _number(_at(segment.facts, "Delta_X", fact), comma=comma) or 0.0
        x_place = place - 1 if multi else 0
        times, values = [], []
        for number, row in enumerate(segment.rows):
            if place >= len(row) or not row[place]:
                continue
            x = _number(row[x_place], comma=comma) if row[x_place] else number * step
            times.append(start + round((x or 0.0) * 1e9))
            values.append(_number(row[place], comma=comma))
        if times:
            frames.append(pl.DataFrame({"time": pl.Series(times, dtype=pl.Int64), name: values}))
        unit = _at(segment.facts, "Y_Unit_Label", fact)
        if unit:
            units[name] = _UNITS.get(unit, unit)
    return _joined(frames, zone), units


def _joined(frames: list["pl.DataFrame"], zone: tzinfo | None) -> "pl.DataFrame":
    """Channels beside each other where they have the same times, else below each other."""
    import polars as pl

    if not frames:
        raise Odd("its channels are empty")
    whole = frames[0]
    for frame in frames[1:]:
        if frame["time"].equals(whole["time"]):
            whole = whole.with_columns(frame[frame.columns[1]])
        else:
            whole = pl.concat([whole, frame], how="diagonal")
    return whole.with_columns(pl.col("time").cast(pl.Datetime("ns", "UTC" if zone else None)))


def _channels(segment: Segment, *, multi: bool) -> list[tuple[int, str, int]]:
    """Place of each channel among the cells of a row, its name, and its place among the facts."""
    names = [
        (place, name) for place, name in enumerate(segment.names) if name not in ("X_Value", "Comment", "")
    ]
    fact_places = [place - 1 for place, _ in names]
    if not multi:
        fact_places = list(range(len(names)))
    seen: dict[str, int] = {}
    found = []
    for (place, name), fact in zip(names, fact_places, strict=True):
        seen[name] = seen.get(name, 0) + 1
        found.append((place, name if seen[name] == 1 else f"{name} {seen[name]}", fact))
    return found


def _start(
    segment: dict[str, list[str]], facts: dict[str, list[str]], place: int, zone: tzinfo | None
) -> int:
    """Time of X = 0 of a channel [ns since 1970 UTC]."""
    day = _at(segment, "Date", place) or _one(facts, "Date")
    clock = _at(segment, "Time", place) or _one(facts, "Time")
    whole, _, part = clock.replace(",", ".").partition(".")
    try:
        moment = datetime.strptime(f"{day} {whole}", "%Y/%m/%d %H:%M:%S").replace(tzinfo=zone)
        nanoseconds = int(part[:9].ljust(9, "0")) if part else 0
    except ValueError:
        raise Odd(f"“{day} {clock}” is no time") from None
    since = moment - datetime(1970, 1, 1, tzinfo=UTC if zone else None)
    return (since.days * 86_400 + since.seconds) * 10**9 + nanoseconds


def _comma(segment: Segment) -> bool:
    """Whether numbers are written with a decimal comma although the header does not say so."""
    return any("," in cell for cell in segment.facts.get("X0", ()))


def _number(cell: str, *, comma: bool) -> float | None:
    if not cell:
        return None
    try:
        return float(cell.replace(",", ".") if comma else cell)
    except ValueError:
        return None


def _one(facts: dict[str, list[str]], name: str) -> str:
    return (facts.get(name) or [""])[0]


def _at(facts: dict[str, list[str]], name: str, place: int) -> str:
    cells = facts.get(name) or []
    return cells[place] if place < len(cells) else ""


def _table(content: bytes, where: str) -> VendorTable:
    del where
    frame, units = read_lvm(content)
    return VendorTable(frame, units, _told(_lines(content)))


def _told(lines: list[str]) -> list[tuple[str, str]]:
    """What the header says, and the channels that have a name and no sample."""
    facts, at = _facts(lines)
    told = [(name, _one(facts, name)) for name in _TOLD if _one(facts, name)]
    empty = [
        name
        for segment in _segments(lines, at, _separator(facts))
        for name in _without_samples(segment, facts)
    ]
    return [*told, *([("channels without samples:", ", ".join(empty))] if empty else [])]


def _without_samples(segment: Segment, facts: dict[str, list[str]]) -> list[str]:
    multi = _one(facts, "X_Columns").lower() == "multi"
    return [
        name
        for place, name, _ in _channels(segment, multi=multi)
        if not any(place < len(row) and row[place] for row in segment.rows)
    ]


VENDOR = Vendor(
    "labview",
    Text("a LabVIEW measurement (.lvm)", "LabVIEW 측정 파일(.lvm)"),
    lambda head: head.startswith((BEGINS, b"\xff\xfe" + BEGINS.decode().encode("utf-16-le"))),
    _table,
)
