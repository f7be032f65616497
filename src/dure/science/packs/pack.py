"""The parts of a pack. Each class is one mapping of `pack.yaml`; its fields are the keys that may stand there.

A field called `name` is written as `ko:` and `en:` in the mapping itself; any other text for people as
`{ko: …, en: …}`. Fields without a default must be there.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dure.science.packs.making import signals_in, step_for
from dure.science.packs.match import likeness, words
from dure.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Limit:
    """Values between which a signal is safe, in the unit of its signal, and what to do outside them.

    Advisory: an engineer confirms each for his own equipment before anything may be written to a machine.
    """

    source: str
    low: float = -math.inf
    high: float = math.inf
    action: Text | None = None


@dataclass(frozen=True, slots=True)
class PackSignal:
    """A measured quantity of the field: unit as UCUM code, usual rate [Hz], range that a sensor can give."""

    id: str
    name: Text
    ucum: str
    rate: float
    range: tuple[float, ...]
    limit: Limit | None = None
    semantic_id: str = ""
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its id and every name that people give it."""
        return (self.id, self.name.en, self.name.ko, *self.also)


@dataclass(frozen=True, slots=True)
class Derived:
    """A quantity made of signals: its column, its unit, how it is reckoned, and where that comes from.

    A formula that begins with `=` is written in the formula language over signal ids and makes the column by itself;
    any other is for people to read, and a step of `features` makes the column.
    """

    id: str
    name: Text
    ucum: str
    formula: str
    source: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the signals of a formula that makes the column by itself."""
        return signals_in(self.formula) if self.formula.startswith("=") else ()


@dataclass(frozen=True, slots=True)
class Twin:
    """The light model of the field in `dure.science.process`, and the heavy one that it may be held against."""

    model: str
    checked_against: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A question that AI answers in this field, how the answer is measured, and against which baseline."""

    id: str
    name: Text
    type: str
    target: str
    metric: str
    baseline: str
    goal: str


@dataclass(frozen=True, slots=True)
class Kpi:
    """An outcome that the firm itself feels."""

    id: str
    name: Text
    ucum: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A published figure, where it stands, and under which terms."""

    what: str
    value: str
    source: str
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Regulation:
    """A rule that may apply, with the day on which somebody last looked."""

    id: str
    name: Text
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Course:
    """What a worker of the field learns."""

    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class GoldenData:
    """Open data to try a model of this field on, and where it lies."""

    id: str
    what: str
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class Pack:
    """What is known of a field before the first sample.

    `signals` and `derived` are what can be measured and reckoned. Derived columns are made by their own formula, or
    by `features`: steps of a recipe, as `dure.science.prepare` writes them. In both a signal's id stands for the
    column that holds it; `features_for` puts a table's own columns in. The steps of `features` are made if the
    signals in `needs` are there.
    """

    id: str
    name: Text
    isic: tuple[str, ...]
    signals: tuple[PackSignal, ...]
    derived: tuple[Derived, ...] = ()
    needs: tuple[str, ...] = ()
    features: tuple[Mapping[str, Any], ...] = ()
    twin: Twin | None = None
    tasks: tuple[Task, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    references: tuple[Reference, ...] = ()
    regulations: tuple[Regulation, ...] = ()
    courses: tuple[Course, ...] = ()
    golden_data: tuple[GoldenData, ...] = ()

    def signal(self, id: str) -> PackSignal | None:  # noqa: A002 - the word everyone uses
        """The signal of that id, or None."""
        return next((signal for signal in self.signals if signal.id == id), None)

    def match(self, written: str) -> PackSignal | None:
        """The signal that a tag, column or path as people write it most likely means, or None.

        Names in both languages and the abbreviations under `also` are looked for as whole words; more words
        win, then those that stand nearest to the end.

        >>> from dure.science.packs import load
        >>> battery = load("battery")
        >>> [battery.match(tag).id for tag in ("Line1/Cell07/Voltage", "CHAMBER_TEMP", "셀 온도")]
        ['voltage', 'ambient', 'temperature']
        >>> battery.match("Line1/Operator") is None
        True
        """
        marks = [(likeness(written, s.names), s) for s in self.signals]
        best = max(marks, key=lambda mark: mark[0], default=None)
        return best[1] if best and best[0] > (0, 0) else None

    def columns(self, written: Iterable[str]) -> dict[str, str]:
        """Which of a table's columns holds which signal: signal id to column, the likeliest of each.

        Of two that are as like, the one with fewer words besides, then the first.

        >>> from dure.science.packs import load
        >>> load("battery").columns(["time", "Cell_V", "Cell_I", "Cell_Temp"])
        {'voltage': 'Cell_V', 'current': 'Cell_I', 'temperature': 'Cell_Temp'}
        """
        found: dict[str, tuple[tuple[int, int], int, str]] = {}
        for column in written:
            signal = self.match(column)
            if signal is None:
                continue
            like = likeness(column, signal.names)
            mark = (like, -len(words(column)), column)
            if signal.id not in found or mark[:2] > found[signal.id][:2]:
                found[signal.id] = mark
        return {name: column for name, (_, _, column) in found.items()}

    def features_for(
        self, columns: Iterable[str], units: Mapping[str, str] | None = None
    ) -> tuple[Mapping[str, Any], ...]:
        """The steps that make features, with a table's own columns in place of signal ids.

        Steps under `features` need all signals in `needs`, and a field whose signal is not among the columns is left
        out. A derived formula needs all signals that it names.

        Parameters
        ----------
        columns
            Columns of the table.
        units
            Unit of a column as UCUM code, where it is known: another unit of the same kind is converted in a formula,
            and a formula whose column measures another kind of quantity is left out.

        Examples
        --------
        >>> from dure.science.packs import load
        >>> load("battery").features_for(["Voltage", "Current", "Scrap"])
        ({'step': 'series.battery_features', 'voltage': 'Voltage', 'current': 'Current', 'window': 60},)
        >>> load("battery").features_for(["Voltage", "Scrap"])
        ()
        >>> [step["column"] for step in load("photovoltaic").features_for(["irrad_poa_Wm2", "temp_mod_C"])]
        ['expected_share']
        """
        here = self.columns(columns)
        return (*self._steps(here), *self._formulas(here, units or {}))

    def _formulas(self, here: Mapping[str, str], units: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Steps of the derived formulas whose signals are there."""
        placed = {name: (column,) for name, column in here.items()}
        wanted = {one.id: one.ucum for one in self.signals}
        for one in self.derived:
            if one.needs and (step := step_for(one, placed, wanted, units)):
                yield step

    def _steps(self, here: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Steps under `features`; none without all of `needs`."""
        absent = {signal.id for signal in self.signals} - here.keys()
        if absent & set(self.needs):
            return
        for step in self.features:
            yield {
                name: here.get(value, value) if isinstance(value, str) else value
                for name, value in step.items()
                if not (isinstance(value, str) and value in absent)
            }
