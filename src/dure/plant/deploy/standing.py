"""How a deployment moves: shadow, advisory, on, stopped. One table; each step by a named person with a reason."""

from collections.abc import Sequence
from enum import StrEnum

from dure.vocabulary import NotPermitted, Text


class Standing(StrEnum):
    """How much the line sees of a model."""

    SHADOW = "shadow"
    ADVISORY = "advisory"
    ON = "on"
    STOPPED = "stopped"


# From where to where. Nobody jumps from shadow to on: the line sees advice first. A stopped model starts again
# in shadow. Going back is always open: it only takes influence away.
STEPS: dict[Standing, Sequence[Standing]] = {
    Standing.SHADOW: (Standing.ADVISORY, Standing.STOPPED),
    Standing.ADVISORY: (Standing.ON, Standing.SHADOW, Standing.STOPPED),
    Standing.ON: (Standing.ADVISORY, Standing.SHADOW, Standing.STOPPED),
    Standing.STOPPED: (Standing.SHADOW,),
}
SCORING = frozenset({Standing.SHADOW, Standing.ADVISORY, Standing.ON})
WRITES_SETPOINTS = Text(
    "A model never writes a set-point; armed write paths are not offered in this release.",
    "모델은 설정값을 쓰지 않으며, 이 버전에서는 쓰기 경로를 열 수 없습니다.",
)


class StepRefused(NotPermitted):
    """A step that the table does not have."""

    key = "deployment-step-refused"
    says = Text(
        "{where} cannot go from {before} to {after}.",
        "{where}은(는) {before} 상태에서 {after} 상태로 갈 수 없습니다.",
    )
    remedy = Text("Open from here: {open}.", "여기서 가능한 단계: {open}.")


class NoReason(NotPermitted):
    """A step or an answer for which nobody said why."""

    key = "reason-missing"
    says = Text("{where} needs a reason.", "{where}에는 사유가 필요합니다.")
    remedy = Text("Write one sentence that says why.", "이유를 한 문장으로 적어 주세요.")


def step(name: str, before: Standing, after: Standing, reason: str) -> Standing:
    """The state after the step.

    Raises
    ------
    StepRefused
        If the table has no such step.
    NoReason
        If `reason` is blank.

    Examples
    --------
    >>> step("Cells", Standing.SHADOW, Standing.ADVISORY, "two quiet weeks").value
    'advisory'
    """
    if after not in STEPS[before]:
        choices = ", ".join(STEPS[before])
        raise StepRefused(name, before=before.value, after=after.value, open=choices)
    if not reason.strip():
        raise NoReason(name)
    return after
