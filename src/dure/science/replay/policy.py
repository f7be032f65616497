"""How a deployed model is kept right: every figure of the loop in one place."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Policy:
    """The figures of a deployment loop. The defaults were chosen on training years only (see the docs).

    Parameters
    ----------
    serve
        `blend`: a weighted mean of all experts by their recent losses; `champion`: the one expert that did best,
        changed only when a challenger is clearly better; `static`: the model as it was trained.
    bias
        Half-lives of the bias updates. [labels]
    linear, square
        Half-lives of the ridges on the residual, on the inputs and on their products. [labels]
    own
        Half-lives of the ridges that predict by themselves, without the static model. [labels]
    penalty
        Ridge penalty, in rows of a standardised input.
    local
        Newest labelled rows of the local expert; 0 for none.
    refit_every
        Labels between two refits of trees; 0 for none.
    window
        Newest labelled rows that a refit learns from.
    rate, share
        Learning rate of the blend in units of its mean loss, and the share of weight that is given out anew with
        each label (Herbster & Warmuth 1998).
    adapt
        Step of the adaptive interval (Gibbs & Candès 2021).
    hysteresis
        A challenger takes over when its recent loss is below so much of the champion's.
    group
        Column whose values get a bias of their own (a product, a state); empty for the words among the inputs.
    pending
        Rows that wait for their label at most; older ones are let go.
    """

    serve: str = "blend"
    bias: tuple[float, ...] = (3.0, 12.0, 48.0, 192.0)
    linear: tuple[float, ...] = (50.0, 100.0, 250.0)
    square: tuple[float, ...] = (50.0, 100.0, 250.0, 1000.0)
    own: tuple[float, ...] = (100.0, 250.0, 1000.0)
    penalty: float = 50.0
    local: int = 400
    refit_every: int = 500
    window: int = 4000
    rate: float = 0.5
    share: float = 0.05
    adapt: float = 0.01
    hysteresis: float = 0.9
    group: str = ""
    pending: int = 20_000

    def to_dict(self) -> dict[str, Any]:
        """The policy as JSON has it.

        >>> Policy.from_dict(Policy(local=0).to_dict()) == Policy(local=0)
        True
        """
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Policy":
        """The policy that `to_dict` wrote; what it lacks has its default."""
        known = {one.name: facts[one.name] for one in fields(cls) if one.name in facts}
        given: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in known.items()}
        return cls(**given)
