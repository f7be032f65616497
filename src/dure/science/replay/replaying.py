"""A recorded table played through the loop in order of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dure.science.learn import Model
from dure.science.replay.policy import Policy
from dure.vocabulary import Progress

if TYPE_CHECKING:
    from dure.science.prepare import Table


@dataclass(frozen=True, slots=True)
class Delay:
    """How late a label comes: so many rows, or so many seconds by the table's clock."""

    rows: int = 0
    seconds: float = 0.0


def replay(
    model: Model,
    tables: "Sequence[Table]",
    *,
    target: str | None = None,
    delay: Delay = Delay(),
    policy: Policy = Policy(),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Deployed, static and null metrics of a table played in order of time."""
    raise NotImplementedError
