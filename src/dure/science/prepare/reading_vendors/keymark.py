"""Certificates of the Heat Pump Keymark: one value a line, of a model, a temperature and a climate.

One row comes out for a model, temperature, climate and indoor unit, with a column for each quantity of the standards
(`EN14511_2_001` …). What is said of the model, or of the whole certificate (refrigerant, manufacturer), stands in every
row of it. The codes of temperature and climate stay as the certificate has them. The layout is that of hplib's copies.
"""

import csv
import io
from collections import Counter

from dure.science.prepare.reading_refusals import HeaderOnly
from dure.science.prepare.reading_vendors.promise import Vendor, VendorTable, as_values, text_of
from dure.vocabulary import Text

_HEADER = b'"modelID","varName","value","temperature","climate"'
_PLACE = ("modelID", "temperature", "climate", "indoorUnittype")
_Point = tuple[str, str, str, str]


def _table(content: bytes, where: str) -> VendorTable:
    import polars as pl

    lines = list(csv.DictReader(io.StringIO(text_of(content, where))))
    if not any(one["modelID"] for one in lines):  # a certificate of one model does not number it
        last = max((at for at, one in enumerate(lines) if one["varName"][:2] == "EN"), default=-1)
        for one in lines[: last + 1]:
            one["modelID"] = "1"
    everywhere = {one["varName"]: one["value"].strip() for one in lines if not one["modelID"]}
    of_model: dict[str, dict[str, str]] = {}
    points: dict[_Point, dict[str, str]] = {}
    again: Counter[str] = Counter()
    for one in lines:
        if not one["modelID"]:
            continue
        plain = one["temperature"] == one["climate"] == "0"
        point = (one["modelID"], one["temperature"], one["climate"], one.get("indoorUnittype") or "0")
        values = of_model.setdefault(one["modelID"], {}) if plain else points.setdefault(point, {})
        again[one["varName"]] += values.get(one["varName"], one["value"]) != one["value"]
        values[one["varName"]] = one["value"].strip()
    for model in of_model:
        if not any(point[0] == model for point in points):
            points[model, "0", "0", "0"] = {}
    if not points:
        raise HeaderOnly(where)
    rows = [
        {**everywhere, **of_model.get(point[0], {}), **values, **dict(zip(_PLACE, point, strict=True))}
        for point, values in points.items()
    ]
    names = list(dict.fromkeys([*_PLACE, *(name for row in rows for name in row)]))
    frame = pl.DataFrame([as_values(name, [row.get(name) or "" for row in rows]) for name in names[1:]])
    # a model's number is a name
    frame = frame.insert_column(0, pl.Series(names[0], [row[names[0]] for row in rows]))
    twice = [f"{name} ({count})" for name, count in again.items() if count]
    facts = [(name, value) for name, value in everywhere.items() if name != "Date"]
    return VendorTable(
        frame, facts=[*facts, *([("said twice, the last kept:", ", ".join(twice))] if twice else [])]
    )


VENDOR = Vendor(
    "keymark",
    Text("a Heat Pump Keymark certificate", "Heat Pump Keymark 인증서"),
    lambda head: head.startswith(_HEADER),
    _table,
)
