"""Four reports from one measurement: the same results under the characteristics of each scheme, each line with its figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dure.sharing.certification.certificate import Certificate
from dure.vocabulary import Text

#: Ids of the reports.
REPORTS = ("iso25012", "iso5259", "iso8000", "kdata")


@dataclass(frozen=True)
class Line:
    """A characteristic of a scheme, with the results that speak for it and whether all that are required are met (None: none is)."""

    characteristic: Text
    results: tuple[Mapping[str, Any], ...]
    met: bool | None
    reason: str = ""


@dataclass(frozen=True)
class Report:
    """One scheme's view of a certificate."""

    id: str
    label: Text
    lines: tuple[Line, ...]


def report(certificate: Certificate, scheme: str) -> Report:
    """A certificate's results in the order of a scheme's characteristics; what cannot be told from rows last, and said so.

    Parameters
    ----------
    certificate
        What was measured once.
    scheme
        One of `REPORTS`.

    Raises
    ------
    KeyError
        If there is no such scheme.
    """
    walk = crosswalk()
    label = next(Text(one["en"], one["ko"]) for one in walk["reports"] if one["id"] == scheme) if scheme in REPORTS else _absent(scheme)  # fmt: skip
    by: dict[str, list[Mapping[str, Any]]] = {}
    for one in certificate.says["results"]:
        at = _place(one, scheme)
        if at:
            by.setdefault(at, []).append(one)
    lines = [_line(name, by[name]) for name in walk["characteristics"] if name in by]
    lines += [
        Line(Text(walk["words"][name]["en"], walk["words"][name]["ko"]), (), None, "not-from-rows")
        for name in walk["not_from_rows"].get(scheme, ())
    ]
    return Report(scheme, label, tuple(lines))


def _place(one: Mapping[str, Any], scheme: str) -> str:
    if one["measure"].startswith("law:"):
        return {
            "iso25012": "credibility",
            "iso5259": "credibility",
            "iso8000": "semantic",
            "kdata": "accuracy",
        }[scheme]
    return str(crosswalk()["measures"].get(one["measure"], {}).get(scheme, ""))


def _line(name: str, results: list[Mapping[str, Any]]) -> Line:
    words = crosswalk()["characteristics"][name]
    held = [one["met"] for one in results if "met" in one]
    return Line(Text(words["en"], words["ko"]), tuple(results), all(held) if held else None)


@cache
def crosswalk() -> Mapping[str, Any]:
    """The table of measures and characteristics."""
    import yaml

    found: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "crosswalk.yaml").read_text("utf-8"))
    return found


def _absent(scheme: str) -> Text:
    raise KeyError(scheme)
