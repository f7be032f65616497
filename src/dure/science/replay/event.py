"""What the loop gives back: a prediction for each row, and what happened, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dure.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is said of one row.

    `key` names the row; `prediction` is what is deployed, between `lower` and `upper`; `static` what the model as it
    was trained says. A class is given by name, with `probability` of each class (`static_probability` of the model
    as trained). A row that the gate refused has `refused`, one sentence, and no numbers.
    """

    key: str
    prediction: float | str | None
    lower: float | None = None
    upper: float | None = None
    static: float | str | None = None
    probability: tuple[float, ...] = ()
    static_probability: tuple[float, ...] = ()
    static_lower: float | None = None
    static_upper: float | None = None
    score: float | None = None
    alarm: bool | None = None
    static_alarm: bool | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the loop: `kind` is drift, champion, refit or late; `row` is how many rows there were."""

    kind: str
    row: int
    words: Text
    facts: Mapping[str, Any] = field(default_factory=dict)
