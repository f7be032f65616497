"""The model card: what a model is for, what it needs, how it was judged, and what it was worth."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Contribution:
    """How much one signal speaks for a prediction.

    `share` is its part of all (0 to 1); `value` what it was; `usual_low` and `usual_high` bound nine tenths of the
    rows learnt from; `effect` what it adds to a number (in the target's unit) or to log-odds, NaN for a detector.
    """

    signal: str
    share: float
    value: float | str | None
    usual_low: float | None
    usual_high: float | None
    effect: float = float("nan")


@dataclass(frozen=True, slots=True)
class ModelCard(Mapping[str, Any]):
    """The card of a model, read like a dictionary.

    Entries: `id`, `task`, `target`, `family`, `inputs` (each `name`, `unit`, `kind`, `low`, `high`, `usual_low`,
    `usual_high`), `quantities` (the same and a `label` of what is reckoned from them), `validation`, `metric`, `null`, and by task `threshold`, `classes`, `interval`, `fits`.
    """

    facts: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.facts)

    def __len__(self) -> int:
        return len(self.facts)

    @property
    def task(self) -> str:
        """`estimate`, `classify` or `detect`."""
        return str(self.facts["task"])

    @property
    def target(self) -> str | None:
        """Column that is predicted; None for a detector."""
        target = self.facts.get("target")
        return None if target is None else str(target)

    @property
    def quantities(self) -> list[dict[str, Any]]:
        """What the recipe reckons that has a name of its own; none in packages of before."""
        return list(self.facts.get("quantities", ()))

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Columns that the model needs, in order."""
        return list(self.facts["inputs"])
