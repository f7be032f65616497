"""Texts in one way of writing."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from dure.science.prepare.on_words import Rewriter, Rewriting
from dure.science.prepare.step import Learnt, field, listed
from dure.vocabulary import Text

_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_MARKUP = re.compile(
    r"</?(?:br|p|div|span|b|i|u|li|ul|ol|td|tr|table|font)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE
)
_BLANKS = re.compile(r"\s+")
_REPEATED = re.compile(r"([!?.,;:*#=_~-])\1{2,}")
# A word with digits and letters is a part number or a tag: its case says something.
_WORD = re.compile(r"[^\s]+")
_CODE = re.compile(r"(?=[^\s]*[0-9])(?=[^\s]*[A-Za-z])")
# Units as people write them, in lower case, to UCUM's or ISO 80000's letters.
_UNITS = {
    "kg": "kg", "kgs": "kg", "kilos": "kg", "g": "g", "ton": "t", "tons": "t", "톤": "t", "mm": "mm", "cm": "cm", "m": "m", "km": "km",
    "um": "µm", "μm": "µm", "µm": "µm", "inch": "in", "inches": "in", "bar": "bar", "mpa": "MPa", "kpa": "kPa", "psi": "psi",
    "kgf/cm2": "kgf/cm2", "v": "V", "kv": "kV", "mv": "mV", "volt": "V", "volts": "V", "a": "A", "ma": "mA", "amp": "A", "amps": "A",
    "w": "W", "kw": "kW", "mw": "MW", "kwh": "kWh", "hz": "Hz", "khz": "kHz", "rpm": "rpm", "l": "L", "lt": "L", "ltr": "L", "ltrs": "L",
    "litre": "L", "litres": "L", "liter": "L", "liters": "L", "ml": "mL", "n": "N", "kn": "kN", "nm": "N·m", "°c": "°C", "℃": "°C",
    "degc": "°C", "deg c": "°C", "도": "°C", "°f": "°F", "hr": "h", "hrs": "h", "h": "h", "hours": "h", "시간": "h", "min": "min", "mins": "min",
    "분": "min", "sec": "s", "secs": "s", "초": "s", "ms": "ms", "%": "%", "dba": "dB(A)", "db": "dB",
}  # fmt: skip
_QUANTITY = re.compile(
    rf"(?<![\w.,-])([-+]?\d+(?:[.,]\d+)?)\s?({'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?![\w/])",
    re.IGNORECASE,
)
_DATES = (
    re.compile(
        r"(?<![\d.])(?P<y>(?:19|20)\d\d)\s?(?:년|年)\s?(?P<m>\d{1,2})\s?(?:월|月)\s?(?P<d>\d{1,2})\s?(?:일|日)"
    ),
    re.compile(r"(?<![\d.])(?P<y>(?:19|20)\d\d)([-./])\s?(?P<m>\d{1,2})\2\s?(?P<d>\d{1,2})(?![\d])\.?"),
)
_SLASHED = re.compile(r"(?<![\d./])(\d{1,2})([-./])(\d{1,2})\2((?:19|20)\d\d)(?![\d./])")


@dataclass(frozen=True)
class Clean(Rewriting):
    r"""Write texts in one way: blanks, full-width signs, case, units and dates; words with digits (part numbers) stay.

    Unicode is brought to form NFKC; markup and invisible signs go; `10KGS` becomes `10 kg`, `2024년 3월 5일`
    becomes `2024-03-05`. A date such as 3/5/2024, which may be March or May, stays as it is. A text of which nothing
    is left is missing. Of a text, 100,000 characters are kept.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"memo": ["  REPLACED\tSeal 6205-2RS,  10KGS, 2024.3.5 "]})
    >>> Clean(columns=("memo",)).fit(rows).transform(rows).item()
    'replaced seal 6205-2RS, 10 kg, 2024-03-05'
    """

    label: ClassVar[Text] = Text("Clean texts", "글 다듬기")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="text")
    case: str = field("choice", Text("Case", "대소문자"), default="lower", choices=("lower", "keep"))
    units: bool = field("yes-no", Text("Write units in one way", "단위 통일"), default=True)
    dates: bool = field("yes-no", Text("Write dates in one way", "날짜 통일"), default=True)

    def rewriter(self, learnt: Learnt, column: str) -> Rewriter:
        """The text written in one way."""
        del learnt, column
        return self._cleaned

    def _cleaned(self, text: str) -> str | None:
        text = unicodedata.normalize("NFKC", text.replace("℃", "°C"))
        text = _MARKUP.sub(" ", _INVISIBLE.sub("", text))
        if self.dates:
            text = _dated(text)
        if self.case == "lower":
            text = _WORD.sub(lambda found: found[0] if _CODE.match(found[0]) else found[0].lower(), text)
        if self.units:
            text = _QUANTITY.sub(lambda found: f"{found[1]} {_UNITS[found[2].lower()]}", text)
        return _BLANKS.sub(" ", _REPEATED.sub(r"\1", text)).strip() or None

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(
            f"Writes blanks, case, units and dates of {names} in one way; part numbers stay.",
            f"{names}의 공백, 대소문자, 단위, 날짜를 통일하고 품번은 그대로 둡니다.",
        )


def _dated(text: str) -> str:
    for pattern in _DATES:
        text = pattern.sub(lambda found: _iso(found["y"], found["m"], found["d"]) or found[0], text)
    return _SLASHED.sub(lambda found: _turned(found[1], found[3], found[4]) or found[0], text)


def _turned(first: str, second: str, year: str) -> str:
    """A date with its year last, where only one of the two other numbers can be the month."""
    if int(first) > 12:
        return _iso(year, second, first)
    return _iso(year, first, second) if int(second) > 12 else ""


def _iso(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
