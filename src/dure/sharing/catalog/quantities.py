"""Kinds of quantities (QUDT names), told from the unit, and where two share a unit from the column's name; bands of rates.

Source: QUDT 2.1, https://qudt.org/vocab/quantitykind; units by UCUM 2.2.
"""

import re
from dataclasses import dataclass
from functools import cache

from dure.vocabulary import DureError, Text, same_kind


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of quantity: its QUDT name, words, a unit of it, and what names of such columns look like."""

    id: str
    label: Text
    unit: str
    named: str


KINDS = tuple(
    Kind(one, Text(en, ko), unit, named)
    for one, en, ko, unit, named in (
        ("Temperature", "temperature", "온도", "Cel", r"temp|온도|therm"),
        ("Pressure", "pressure", "압력", "Pa", r"press|압력|\bbar\b"),
        ("VolumeFlowRate", "volume flow", "유량", "m3/s", r"flow|유량"),
        ("MassFlowRate", "mass flow", "질량유량", "kg/s", r"mass ?flow|질량 ?유량"),
        ("Voltage", "voltage", "전압", "V", r"volt|전압"),
        ("ElectricCurrent", "current", "전류", "A", r"current|전류"),
        ("ElectricCharge", "charge", "전하량", "A.h", r"capacity|charge|용량"),
        ("Resistance", "resistance", "저항", "Ohm", r"resist|impedance|저항"),
        ("Energy", "energy", "에너지", "kW.h", r"energy|에너지|전력량|kwh"),
        ("Power", "power", "전력", "W", r"power|전력|출력"),
        ("Torque", "torque", "토크", "N.m", r"torque|토크"),
        ("Force", "force", "힘", "N", r"force|load|하중|장력"),
        ("RotationalVelocity", "rotational speed", "회전수", "/min", r"rpm|rotation|spindle|회전"),
        ("Frequency", "frequency", "주파수", "Hz", r"freq|주파수"),
        ("Acceleration", "vibration (acceleration)", "진동 가속도", "m/s2", r"accel|vib|진동|가속도"),
        ("Velocity", "speed", "속도", "m/s", r"speed|veloc|속도"),
        ("Length", "length", "길이", "m", r"length|thick|width|height|position|stroke|두께|길이|위치|폭"),
        ("Mass", "mass", "질량", "kg", r"weight|mass|중량|무게"),
        ("Volume", "volume", "부피", "m3", r"volume|부피|체적"),
        ("Density", "density", "밀도", "kg/m3", r"densit|밀도"),
        ("Time", "duration", "시간", "s", r"duration|cycle ?time|소요|사이클"),
        ("RelativeHumidity", "humidity", "습도", "%", r"humid|습도"),
        ("Concentration", "concentration", "농도", "mg/L", r"concentrat|농도|ppm|nox"),
        ("Acidity", "acidity (pH)", "산도(pH)", "[pH]", r"\bph\b|산도"),
        ("SoundPressureLevel", "sound level", "소음", "dB", r"sound|noise|소음|음압"),
        ("Illuminance", "illuminance", "조도", "lx", r"illum|lux|조도"),
        ("Irradiance", "irradiance", "일사량", "W/m2", r"irradi|일사"),
        ("Conductivity", "conductivity", "전도도", "S/m", r"conductiv|전도"),
        ("Angle", "angle", "각도", "deg", r"angle|각도"),
        ("Count", "count", "개수", "1", r"count|number|수량|개수"),
    )
)
BY_ID = {one.id: one for one in KINDS}

RATES = (
    ("none", Text("no clock", "시계열 아님"), 0.0),
    ("rare", Text("below once a minute", "1분에 1회 미만"), 1 / 60),
    ("slow", Text("once a minute to once a second", "1분 1회~1초 1회"), 1.0),
    ("fast", Text("1 to 100 Hz", "1~100 Hz"), 100.0),
    ("quick", Text("100 Hz to 10 kHz", "100 Hz~10 kHz"), 10_000.0),
    ("wave", Text("above 10 kHz", "10 kHz 초과"), float("inf")),
)


@cache
def quantity_of(name: str, unit: str = "") -> str:
    """Kind of quantity of a column, empty if nobody can tell.

    >>> quantity_of("챔버온도"), quantity_of("P1", "bar"), quantity_of("spindle load torque", "N.m")
    ('Temperature', 'Pressure', 'Torque')
    >>> quantity_of("Pressure", "Cel")
    ''
    """
    words = name.replace("_", " ").lower()
    fitting = _of_unit(unit) if unit else KINDS
    named = [one for one in KINDS if re.search(one.named, words)]
    if both := [one for one in named if one in fitting]:
        return both[0].id
    return fitting[0].id if unit not in {"", "1"} and fitting and not named else ""


@cache
def _of_unit(unit: str) -> tuple[Kind, ...]:
    exact = [one for one in KINDS if one.unit == unit]
    return tuple(exact + [one for one in KINDS if one not in exact and _alike(one.unit, unit)])


def _alike(one: str, other: str) -> bool:
    try:
        return same_kind(one, other)
    except DureError:
        return False


def rate_band(rate: float | None) -> str:
    """The band of a rate [Hz].

    >>> rate_band(None), rate_band(0.1), rate_band(1.0), rate_band(25600)
    ('none', 'slow', 'slow', 'wave')
    """
    if not rate:
        return "none"
    return next(key for key, _, most in RATES if rate <= most and key != "none")


def label_of(quantity: str) -> Text:
    """Words for a kind of quantity; its own name where we have none."""
    return BY_ID[quantity].label if quantity in BY_ID else Text(quantity, quantity)
