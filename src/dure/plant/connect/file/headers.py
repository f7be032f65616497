"""Units in the headers of columns: `Temperature [°C]`, `pressure (bar)`, `Volume_Flow_RateRMS`."""

import re

from dure.vocabulary import UnknownUnit, ucum

_BEHIND = re.compile(r"^(?P<name>.*\S)\s*[\[(](?P<unit>[^\[\]()]{1,20})[\])]$")


def split_unit(header: str) -> tuple[str, str]:
    """Name and UCUM unit of a header; the unit is empty, and the name whole, where none is written or known.

    >>> split_unit("Temperature [°C]"), split_unit("pressure (bar)"), split_unit("count (approx.)")
    (('Temperature', 'Cel'), ('pressure', 'bar'), ('count (approx.)', ''))
    """
    found = _BEHIND.match(header.strip())
    if found is None:
        return header.strip(), ""
    try:
        return found["name"], ucum(found["unit"])
    except UnknownUnit:
        return header.strip(), ""
