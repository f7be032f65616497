"""Equipment templates: what an engineer would reckon first from the signals of a kind of machine.

A template is one file `equipment/<id>.yaml`: signals with their unit and the names people give them, and features
written as formulas over signal ids. A feature is made of a table's own columns where all its signals are found.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dure.science.packs.making import signals_in, step_for
from dure.science.packs.match import likeness, words
from dure.science.packs.reader import read_as
from dure.vocabulary import FileProblem, Text

FOLDER = Path(__file__).parent / "equipment"


class TemplateUnknown(FileProblem):
    """An equipment template that does not exist was asked for."""

    key = "equipment-unknown"
    says = Text("There is no equipment template called {where}.", "{where}(이)라는 설비 템플릿이 없습니다.")
    remedy = Text("Choose from: {known}.", "다음에서 고르세요: {known}.")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A quantity that the features are made of; `many` when several columns may hold it, as the zones of an oven."""

    id: str
    name: Text
    ucum: str
    also: tuple[str, ...] = ()
    many: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """A quantity reckoned from signals: its unit, its formula over signal ids, and where the formula comes from."""

    id: str
    name: Text
    ucum: str
    formula: str
    source: str

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the signals it is made of, in the order of the formula, each once."""
        return signals_in(self.formula)


@dataclass(frozen=True, slots=True)
class Template:
    """Signals and features of one kind of equipment."""

    id: str
    name: Text
    signals: tuple[Meaning, ...]
    features: tuple[Feature, ...]

    def columns(self, written: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Columns that hold each signal: the likeliest one, or all of a signal with `many`.

        Of two that are as like, the one with fewer words besides: the dryer's temperature before its set-point.

        >>> found = load_template("rotating_machine").columns(["UID", "Torque [Nm]", "Rotational speed [rpm]"])
        >>> found["torque"], found["speed"]
        (('Torque [Nm]',), ('Rotational speed [rpm]',))
        """
        found: dict[str, list[tuple[tuple[int, int], str]]] = {}
        for column in written:
            marks = [(likeness(column, (one.name.en, one.name.ko, *one.also)), one) for one in self.signals]
            best, meaning = max(marks, key=lambda mark: mark[0])
            if best > (0, 0):
                found.setdefault(meaning.id, []).append((best, column))
        many = {one.id for one in self.signals if one.many}
        return {
            name: tuple(column for _, column in columns)
            if name in many
            else (max(columns, key=lambda mark: (mark[0][0], -len(words(mark[1]))))[1],)
            for name, columns in found.items()
        }

    def features_for(
        self, columns: Iterable[str], units: Mapping[str, str] | None = None
    ) -> tuple[Mapping[str, str], ...]:
        """Steps of a recipe that make every feature whose signals are among `columns`.

        Parameters
        ----------
        columns
            Columns of the table.
        units
            Unit of a column as UCUM code, where it is known: another unit of the same kind is converted, and a
            feature whose column measures another kind of quantity is not made. An unknown unit is taken for the
            template's.

        Examples
        --------
        >>> machine = load_template("rotating_machine")
        >>> for step in machine.features_for(["Torque [Nm]", "Tool wear [min]"]):
        ...     print(step["column"], step["formula"])
        strain =[Tool wear [min]]]*[Torque [Nm]]]
        """
        here, wanted = self.columns(columns), {one.id: one.ucum for one in self.signals}
        many = frozenset(one.id for one in self.signals if one.many)
        made = (step_for(feature, here, wanted, units or {}, many) for feature in self.features)
        return tuple(step for step in made if step)


def templates() -> dict[str, Path]:
    """File of every equipment template by its id.

    >>> sorted(templates())
    ['batch', 'electrical', 'forming', 'rotating_machine', 'thermal']
    """
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


@cache
def load_template(id: str) -> Template:  # noqa: A002 - the word everyone uses
    """The equipment template of that id.

    Raises
    ------
    TemplateUnknown
        If there is none.
    PackProblem
        If its file breaks the format.

    Examples
    --------
    >>> str(load_template("thermal").name.en)
    'Thermal equipment'
    """
    found = templates()
    if id not in found:
        raise TemplateUnknown(id, known=", ".join(found))
    return read_as(Template, found[id])
