"""Trends: signals drawn from seconds to years, with what happened beside them, notes of people, and files for a spreadsheet.

- `Asked`, `read_asked`, `moment`: what an address asks for, bounded.
- `Measured`, `measured`, `difference`: figures of a window, and how two windows differ.
- `Request`, `make_file`: what is seen as xlsx, csv or parquet.
- `Note`, `SavedView`: what people wrote on the time axis, and views they gave a name.
"""

from typing import TYPE_CHECKING, Any

from dure.plant.trends.asking import Asked, TrendRefused, moment, read_asked
from dure.plant.trends.exporting import make_file
from dure.plant.trends.figures import Measured, difference, measured
from dure.plant.trends.writing import Request

if TYPE_CHECKING:
    from dure.plant.trends.models import Note, SavedView

__all__ = [
    "Asked",
    "Measured",
    "Note",
    "Request",
    "SavedView",
    "TrendRefused",
    "difference",
    "make_file",
    "measured",
    "moment",
    "read_asked",
]


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in {"Note", "SavedView"}:
        raise AttributeError(name)
    from dure.plant.trends import models

    return getattr(models, name)
