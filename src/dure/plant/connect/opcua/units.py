"""Units of OPC UA (UNECE Recommendation 20 common codes, OPC 10000-8 §5.6.4.3) as UCUM."""

from dure.vocabulary import UnknownUnit, ucum

# UNECE common code: UCUM. Both columns name one unit; what is not here is tried by its display name.
COMMON_CODES = {
    "CEL": "Cel", "FAH": "[degF]", "KEL": "K", "VLT": "V", "2Z": "mV", "KVT": "kV", "AMP": "A", "4K": "mA", "B84": "uA",
    "OHM": "Ohm", "E45": "mOhm", "B49": "kOhm", "WTT": "W", "KWT": "kW", "MAW": "MW", "C31": "mW", "D46": "V.A",
    "KVA": "kV.A", "JOU": "J", "KJO": "kJ", "WHR": "W.h", "KWH": "kW.h", "AMH": "A.h", "E09": "mA.h", "HTZ": "Hz", "KHZ": "kHz",
    "PAL": "Pa", "KPA": "kPa", "MPA": "MPa", "A97": "hPa", "BAR": "bar", "MBR": "mbar", "PS": "[psi]", "C56": "N/mm2",
    "NEW": "N", "B47": "kN", "NU": "N.m", "KGM": "kg", "GRM": "g", "MGM": "mg", "TNE": "t", "MTR": "m", "MMT": "mm", "CMT": "cm",
    "KMT": "km", "4H": "um", "SEC": "s", "C26": "ms", "B98": "us", "MIN": "min", "HUR": "h", "DAY": "d", "P1": "%", "59": "[ppm]",
    "C62": "1", "RPM": "/min", "RPS": "/s", "C97": "/s", "MTS": "m/s", "C16": "mm/s", "2M": "cm/s", "KMH": "km/h", "MSK": "m/s2",
    "DD": "deg", "C81": "rad", "2A": "rad/s", "LTR": "L", "MLT": "mL", "MTQ": "m3", "MTK": "m2", "MMK": "mm2", "L2": "L/min",
    "G51": "L/s", "E32": "L/h", "MQH": "m3/h", "MQS": "m3/s", "KGS": "kg/s", "E93": "kg/h", "KMQ": "kg/m3", "23": "g/cm3",
    "D33": "T", "FAR": "F", "4O": "uF", "81": "H", "C14": "mH", "SIE": "S", "D10": "S/m", "LUX": "lx", "2N": "dB",
}  # fmt: skip
_DISPLAYED = {"°C": "Cel", "℃": "Cel", "degC": "Cel", "V": "V", "A": "A", "mV": "mV", "mA": "mA", "W": "W", "kW": "kW", "%": "%",
    "bar": "bar", "kPa": "kPa", "MPa": "MPa", "Pa": "Pa", "mm": "mm", "s": "s", "ms": "ms", "Hz": "Hz", "N": "N", "kN": "kN", "rpm": "/min",
    "mΩ": "mOhm", "Ω": "Ohm", "Ah": "A.h", "Wh": "W.h", "kWh": "kW.h", "kg": "kg", "m/s": "m/s", "mm/s": "mm/s", "L/min": "L/min"}  # fmt: skip


def unit_of(unit_id: int, displayed: str) -> str:
    """UCUM code of an EUInformation, empty where it is not known.

    `unit_id` holds the characters of the common code as one number, `displayed` what people see.

    >>> unit_of(4408652, "°C"), unit_of(-1, "mΩ"), unit_of(-1, "stroke")
    ('Cel', 'mOhm', '')
    """
    common = unit_id.to_bytes(4, "big").lstrip(b"\0").decode("ascii", "replace") if unit_id > 0 else ""
    known = COMMON_CODES.get(common) or _DISPLAYED.get(displayed.strip())
    return known if known is not None else _parsed(displayed)


def _parsed(displayed: str) -> str:
    try:
        return ucum(displayed) if displayed.strip() else ""
    except UnknownUnit:
        return ""
