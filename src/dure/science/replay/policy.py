"""How a deployed model is kept right."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """How a deployed model is kept right."""

    refit_every: int = 24
