"""Scanning a device without a tag table: which registers and bits of a bounded range answer."""

import re
from collections.abc import Iterator

from dure.plant.connect import SettingRefused, SourceSilent
from dure.plant.connect.modbus.addresses import BITS, bits_of
from dure.plant.connect.modbus.link import Link, Refused, Silent
from dure.plant.connect.modbus.reading import content_of
from dure.plant.connect.modbus.settings import ModbusSettings
from dure.plant.connect.polling import Block, Tag

MOST_REQUESTS = 2000
ABSENT = (
    10,
    11,
)  # a gateway's word for a unit that does not answer it (Modbus application protocol 1.1b3, §7)
_RANGE = re.compile(r"(?:(\d{1,3})/)?(coil|discrete|input|holding):(\d{1,5})(?:-(\d{1,5}))?")
ALLOWED = "holding:0-99, input:0-99, 2/coil:0-15"


def ranges(written: str, unit: int) -> list[tuple[int, str, int, int]]:
    """Stretches to be probed: unit, table, first number and the one behind the last.

    Raises
    ------
    SettingRefused

    Examples
    --------
    >>> ranges("holding:0-99, 3/coil:7", 1)
    [(1, 'holding', 0, 100), (3, 'coil', 7, 8)]
    """
    found = []
    for part in filter(None, re.split(r"[,;\s]+", written.strip().lower())):
        match = _RANGE.fullmatch(part)
        first = int(match[3]) if match else 0
        last = int(match[4] or first) if match else -1
        if not match or not first <= last <= 65_535 or int(match[1] or unit) > 255:
            raise SettingRefused("scan", value=part, allowed=ALLOWED)
        found.append((int(match[1] or unit), match[2], first, last + 1))
    return found


async def scan(link: Link, settings: ModbusSettings, limit: int, notes: list[str]) -> list[Tag]:
    """A tag for each register and bit that answers, at most `limit`; what was left out is said in `notes`.

    Raises
    ------
    SourceSilent
        If no unit of the ranges answers.
    """
    tags: list[Tag] = []
    left = [MOST_REQUESTS]
    silent = 0
    stretches = ranges(settings.scan, settings.unit)
    for unit, table, first, end in stretches:
        try:
            numbers = await _answering(link, (unit, table), _pieces(first, end, table, settings), left)
            tags += [_tag(unit, table, number) for number in numbers]
        except Silent:
            silent += 1
            notes.append(f"unit {unit} did not answer to {table}:{first}-{end - 1}")
    if stretches and silent == len(stretches):
        raise SourceSilent(link.where, seconds=f"{settings.timeout:g}")
    if left[0] <= 0:
        notes.append(f"the scan stopped after {MOST_REQUESTS} requests")
    if len(tags) > limit:
        notes.append(f"browsing stopped at {limit} signals")
    return tags[:limit]


def _pieces(first: int, end: int, table: str, settings: ModbusSettings) -> Iterator[tuple[int, int]]:
    most = settings.bits if table in BITS else settings.registers
    for start in range(first, end, most):
        yield start, min(start + most, end)


async def _answering(
    link: Link, space: tuple[int, str], pieces: Iterator[tuple[int, int]], left: list[int]
) -> list[int]:
    """Numbers that answer; a refused piece is halved, so that few holes cost few requests."""
    waiting, found = list(pieces)[::-1], list[int]()
    while waiting and left[0] > 0:
        start, end = waiting.pop()
        left[0] -= 1
        try:
            await content_of(link, Block(space, start, end - start, bits_of(space), (), (), ()))
            found += range(start, end)
        except Refused as no:
            if no.code in ABSENT:
                raise Silent from no
            if no.code == 1:  # the device has no such table at all
                return found
            if end - start > 1:
                middle = (start + end) // 2
                waiting += [(middle, end), (start, middle)]
    return found


def _tag(unit: int, table: str, number: int) -> Tag:
    kind = "bool" if table in BITS else "uint16"
    return Tag(f"{unit}/{table}/{number}", f"{unit}/{table}:{number}", kind)
