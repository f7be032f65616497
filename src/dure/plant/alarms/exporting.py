"""The journal as a table for a spreadsheet: texts stay texts, whatever they begin with."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from django.utils import timezone

from dure.plant.alarms.models import Entry

MOST_ROWS = 100_000
HEAD = ("time", "told", "alarm", "title", "equipment", "priority", "event", "from", "to", "by", "reason")


def lines(entries: Iterable[Entry]) -> Iterator[list[str]]:
    """Rows of words; times are the plant's local ones."""
    for one in entries:
        yield [
            _clock(one.at),
            _clock(one.told),
            one.alarm_id,
            str(one.alarm.title),
            one.alarm.equipment,
            str(one.get_priority_display()),
            str(one.get_event_display()),
            str(one.get_before_display()),
            str(one.get_after_display()),
            str(one.by or ""),
            one.why,
        ]


def csv_bytes(entries: Iterable[Entry]) -> bytes:
    """CSV with a mark that lets spreadsheets read Korean; a cell that would be run as a formula is quoted."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEAD)
    writer.writerows([_inert(cell) for cell in row] for row in lines(entries))
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(entries: Iterable[Entry]) -> bytes:
    """A workbook of one sheet."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet("alarms")
        sheet.write_row(0, 0, HEAD, book.add_format({"bold": True}))
        for place, row in enumerate(lines(entries), 1):
            for column, cell in enumerate(row):
                sheet.write_string(place, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, 0, len(HEAD) - 1)
        sheet.set_column(0, len(HEAD) - 1, 20)
    return out.getvalue()


def _clock(time: int) -> str:
    local = timezone.localtime(datetime.fromtimestamp(time / 1e9, tz=UTC))
    return local.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _inert(cell: str) -> str:
    """A cell that no spreadsheet runs.

    >>> _inert("=1+1"), _inert("line1")
    ("'=1+1", 'line1')
    """
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
