"""From an answer to readings: its records, and in each the time, the quality and the values."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from dure.plant.connect import SettingRefused, SourceOdd
from dure.plant.connect.polling import Odd, Tag, read_tags
from dure.plant.connect.rest.paths import Path, first, follow, parse
from dure.plant.connect.rest.settings import RestSettings
from dure.vocabulary import Quality, Text, UnknownUnit, ucum

MOST_RECORDS = 1_000_000
LONGEST_TEXT = 10_000
_UNCERTAIN = {"uncertain", "64", "suspect", "questionable", "불확실", "의심"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one record; `time` in ns since 1970 UTC, `key` what `{key}` is made of."""

    signal: str
    time: int
    value: float
    quality: Quality
    text: str | None
    address: str
    unit: str
    kind: str


@dataclass(frozen=True)
class Shape:
    """The paths of the settings, read once."""

    settings: RestSettings
    left_out: dict[str, int] = field(default_factory=dict)

    @cached_property
    def tags(self) -> tuple[tuple[Tag, Path], ...]:
        """The table's tags with their paths; none where every value is taken."""
        if not self.settings.tags.strip():
            return ()
        tags = read_tags(self.settings.tags, type="float64", check=_checked)
        return tuple((tag, parse(tag.address)) for tag in tags)

    @cached_property
    def zone(self) -> tzinfo:
        """Zone of times that name none."""
        try:
            return ZoneInfo(self.settings.zone)
        except (KeyError, ValueError, OSError):
            raise SettingRefused("zone", value=self.settings.zone, allowed="Asia/Seoul, UTC, …") from None

    def path(self, name: str) -> Path | None:
        """Path of a setting, None where it is empty."""
        written = getattr(self.settings, name)
        try:
            return parse(written) if written.strip() else None
        except Odd:
            raise SettingRefused(name, value=written, allowed="$.data[*].value") from None

    @cached_property
    def fields(self) -> Mapping[str, Path | None]:
        """Paths of what is not a value."""
        return {name: self.path(name) for name in ("time", "names", "unit", "quality", "key")}

    @cached_property
    def records(self) -> Path | None:
        """Path of the records, None to find them."""
        return self.path("records")

    def fits(self, document: Any) -> bool:
        """Whether a tag's path leads somewhere from the whole answer: then that is the record."""
        return any(True for _, path in self.tags for _ in follow(document, path))

    def check(self) -> None:
        """Refuse what cannot be used before anything is asked.

        Raises
        ------
        SettingRefused, TagTableRefused, TagTableUnreadable
        """
        _ = self.tags, self.zone, self.fields, self.records, self.path("following")
        moment(self.settings.start, self.zone)

    def readings(self, records: Iterable[Any], answered: int) -> Iterator[Reading]:
        """Readings of records; `answered` [ns] is the time of those that name none."""
        for record in records:
            time = self._time(record, answered)
            if time is None:
                self.left_out["a time"] = self.left_out.get("a time", 0) + 1
                continue
            quality = self._quality(record)
            for signal, tag, value in self._values(record):
                yield _reading(signal, tag, tag.unit or self._unit(record), time, value, quality)

    def _quality(self, record: Any) -> Quality:
        path = self.fields["quality"]
        return quality_of(first(record, path), self.settings.good) if path else Quality.GOOD

    def _unit(self, record: Any) -> str:
        """Unit as the record names it, empty where UCUM does not know it."""
        path = self.fields["unit"]
        written = first(record, path) if path else None
        return known_unit(written) if isinstance(written, str) and written else ""

    def _time(self, record: Any, answered: int) -> int | None:
        path = self.fields["time"]
        return answered if path is None else moment(first(record, path), self.zone)

    def _values(self, record: Any) -> Iterator[tuple[str, Tag, Any]]:
        """Name, tag and value of each signal in a record."""
        before = ""
        if path := self.fields["names"]:
            before = _name(first(record, path))
            if not before:
                self.left_out["a name"] = self.left_out.get("a name", 0) + 1
                return
        for tag, path in self.tags:
            for under, value in follow(record, path):
                yield _joined(before, tag.id, under), tag, value
        if not self.tags:
            for name, value in self._plain(record):
                tag = Tag(name, f"$['{name}']", "string(1)" if isinstance(value, str) else "bool" if isinstance(value, bool) else "float64")  # fmt: skip
                yield (before if before and name == "value" else _joined(before, name)), tag, value

    def _plain(self, record: Any) -> Iterator[tuple[str, Any]]:
        """Every plain value of a record but for what has another use."""
        if not isinstance(record, Mapping):
            yield "value", record
            return
        used = {path.steps for path in self.fields.values() if path}
        for name, value in record.items():
            if not isinstance(value, (dict, list)) and (name,) not in used:
                yield _name(name) or "value", value


def _checked(tag: Tag) -> Tag:
    parse(tag.address)
    return tag


def records_of(content: bytes, kind: str, shape: Shape, where: str) -> tuple[list[Any], Any]:
    """Records of an answer, and the whole document.

    Raises
    ------
    SourceOdd
        If the answer is not what it says, or has too many records.
    """
    form = shape.settings.format
    tabular = form == "csv" or (form == "auto" and ("csv" in kind or (kind == "text/plain" and content[:1] not in b"{[")))  # fmt: skip
    document: Any = _table(content, where) if tabular else _document(content, where)
    path = shape.records or (Path(()) if shape.fits(document) else _found(document))
    records = [record for _, record in follow(document, path)]
    if len(records) > MOST_RECORDS:
        raise SourceOdd(
            where, why=Text(f"more than {MOST_RECORDS} records", f"레코드가 {MOST_RECORDS}개를 넘습니다")
        )
    return records, document


def _document(content: bytes, where: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as broken:
        raise SourceOdd(where, why=Text("it is no JSON", "JSON이 아닙니다")) from broken


def _table(content: bytes, where: str) -> list[dict[str, Any]]:
    """Rows of a CSV by their header; empty cells are no reading."""
    text = content.decode("utf-8-sig", "replace")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as broken:
        raise SourceOdd(where, why=Text("it is no CSV", "CSV가 아닙니다")) from broken
    return [{str(name): _cell(cell) for name, cell in row.items() if name and cell} for row in rows]


def _cell(cell: str) -> str | float:
    try:
        number = float(cell)
    except ValueError:
        return cell
    return number if math.isfinite(number) and not cell.strip().isdecimal() else int(cell) if cell.strip().isdecimal() else cell  # fmt: skip


def _found(document: Any) -> Path:
    """Where the records are if nobody said: the list itself, the only list of objects in it, or the whole."""
    if isinstance(document, list):
        return Path((None,))
    lists = [name for name, value in document.items() if isinstance(value, list) and value and isinstance(value[0], dict)] if isinstance(document, dict) else []  # fmt: skip
    return Path((lists[0], None)) if len(lists) == 1 else Path(())


def moment(given: Any, zone: tzinfo) -> int | None:
    """Time in ns since 1970 UTC of ISO 8601, or of a number of s, ms, µs or ns by its size; None of anything else.

    >>> moment("2026-01-01T09:00:00+09:00", UTC), moment(1767225600, UTC) == moment("1767225600000", UTC)
    (1767225600000000000, True)
    """
    if isinstance(given, bool) or given is None:
        return None
    found = _of_words(given.strip(), zone) if isinstance(given, str) else _of_number(given)
    return found if found is not None and abs(found) < 2**63 else None


def _of_words(given: str, zone: tzinfo) -> int | None:
    try:
        return _of_date(datetime.fromisoformat(given), zone)
    except (ValueError, OverflowError):
        return _of_number(int(given) if given.isdecimal() and len(given) < 20 else given)


def _of_number(given: Any) -> int | None:
    """Nanoseconds of a number of s, ms, µs or ns: the size of a present time says which."""
    try:
        number = given if isinstance(given, int) else float(given)
        size = abs(number)
        power = 9 if size < 1e11 else 6 if size < 1e14 else 3 if size < 1e17 else 0
        whole: int = round(number * 10**power)
    except (TypeError, ValueError, OverflowError):
        return None
    return whole


def _of_date(date: datetime, zone: tzinfo) -> int:
    whole = date if date.tzinfo else date.replace(tzinfo=zone)
    since = whole.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000


@lru_cache(1000)
def known_unit(written: str) -> str:
    """UCUM code of a unit as a source writes it, empty if there is none."""
    try:
        return ucum(written)
    except UnknownUnit:
        return ""


def quality_of(given: Any, good: str) -> Quality:
    """Quality from the word or number that the source uses; what is not among the `good` ones is bad.

    >>> [quality_of(word, "good, 192").name for word in ("Good", 192, "uncertain", "sensor failure")]
    ['GOOD', 'GOOD', 'UNCERTAIN', 'BAD']
    """
    word = str(given).strip().lower()
    return (
        Quality.GOOD
        if word in {one.strip().lower() for one in good.split(",")}
        else Quality.UNCERTAIN
        if word in _UNCERTAIN
        else Quality.BAD
    )


def _reading(  # noqa: PLR0913, PLR0917 - the parts of a reading
    signal: str, tag: Tag, unit: str, time: int, value: Any, quality: Quality
) -> Reading:
    """One reading; a number's words are read as a number unless the tag is text, null is bad."""
    kind = "text" if tag.is_text else "boolean" if tag.type == "bool" else "number"
    if value is not None and tag.is_text:
        words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return Reading(signal, time, math.nan, quality, words[:LONGEST_TEXT], tag.address, unit, kind)
    number = _number(value)
    if math.isnan(number):
        return Reading(signal, time, math.nan, Quality.BAD, None, tag.address, unit, kind)
    return Reading(signal, time, number * tag.scale + tag.offset, quality, None, tag.address, unit, kind)


def _number(value: Any) -> float:
    truth = {"true": 1.0, "on": 1.0, "false": 0.0, "off": 0.0}
    try:
        number = truth[value.strip().lower()] if isinstance(value, str) and value.strip().lower() in truth else float(value)  # fmt: skip
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _name(given: Any) -> str:
    """A name as part of a signal's id."""
    plain = "".join(letter for letter in str(given) if letter.isprintable()) if given is not None else ""
    return plain.strip().strip("/")[:200]


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)
