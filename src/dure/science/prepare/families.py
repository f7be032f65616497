"""How steps are found: a scan of the data types' folders, and the entry points `dure.steps` of other wheels."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType

from dure.science.prepare.step import FieldForm, Step, form_of
from dure.vocabulary import RecipeProblem, Text

DATA_TYPES = ("table", "series", "text", "audio", "events", "image")


class StepUnknown(RecipeProblem):
    """A recipe names a step that is not installed."""

    key = "recipe-step-unknown"
    says = Text("There is no step “{where}”.", "“{where}” 단계는 없습니다.")
    remedy = Text(
        "The steps are: {known}; another may come with a wheel that is not installed.",
        "쓸 수 있는 단계: {known}. 설치하지 않은 확장 패키지의 단계일 수 있습니다.",
    )


@cache
def steps() -> Mapping[str, type[Step]]:
    """Every step there is, by its name in a recipe.

    >>> [name for name in steps() if name.startswith('series.l')]
    ['series.lag']
    """
    found = {member.name(): member for member in _own()}
    for entry in entry_points(group="dure.steps"):
        member = entry.load()
        if isinstance(member, type) and issubclass(member, Step):
            found.setdefault(member.name(), member)
    return dict(sorted(found.items()))


def step_named(name: str) -> type[Step]:
    """The step of that name.

    Raises
    ------
    StepUnknown
        If there is none.
    """
    if name not in steps():
        raise StepUnknown(name, known=", ".join(steps()))
    return steps()[name]


def form(step: type[Step]) -> list[FieldForm]:
    """The fields of a step as a form shows them: name, kind, label in both languages, unit, range, default.

    >>> [field.name for field in form(step_named("series.lag"))]
    ['columns', 'rows']
    """
    return form_of(step)


def _own() -> Iterator[type[Step]]:
    for data_type in DATA_TYPES:
        package = importlib.import_module(f"dure.science.prepare.{data_type}")
        for member in pkgutil.iter_modules(package.__path__):
            yield from _steps_in(importlib.import_module(f"{package.__name__}.{member.name}"))


def _steps_in(module: ModuleType) -> Iterator[type[Step]]:
    for found in vars(module).values():
        if isinstance(found, type) and issubclass(found, Step) and found.__module__ == module.__name__:
            yield found
