"""Files that instruments and testers write in a form of their own: one file a format, found by what is in them.

A format is told by the first bytes of a file, never by its ending. What a file says of itself (device, start, units) is
kept as a note; its time zone is none where the file names none.
"""

import importlib
import pkgutil
from functools import cache

from dure.science.prepare.reading_vendors.promise import Vendor, VendorTable

__all__ = ["Vendor", "VendorTable", "vendor_of", "vendors"]
_HEAD = 8192


@cache
def vendors() -> tuple[Vendor, ...]:
    """Every format, in the order of the names of its files.

    >>> [vendor.name for vendor in vendors()][:2]
    ['arbin', 'biolector']
    """
    found = []
    for member in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{member.name}")
        if hasattr(module, "VENDOR"):
            found.append(module.VENDOR)
    return tuple(found)


def vendor_of(content: bytes) -> Vendor | None:
    r"""The format that a file is in, by its content; None for a plain table.

    >>> vendor_of(b"LabVIEW Measurement\t\r\n").name, vendor_of(b"a;b\n1;2\n")
    ('labview', None)
    """
    head = content[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    return next((one for one in vendors() if one.tells(head) and one.holds(content)), None)
