"""How the conductor waits and tells: one line for the terminal an act, and a refusal where nothing comes."""

import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from dure.vocabulary import DureError, NodeProblem, Text

Found = TypeVar("Found")


class DemoStuck(NodeProblem):
    """The demo waited in vain."""

    key = "demo-stuck"
    says = Text("The demo waited in vain for {where}.", "데모가 {where}을(를) 기다렸지만 오지 않았습니다.")
    remedy = Text(
        "Look at the logs in the home folder, and start it again with: dure up --demo",
        "홈 폴더의 로그를 확인하고 dure up --demo로 다시 시작하세요.",
    )


class TrainingFailed(NodeProblem):
    """The training of the demo's model ended without a model."""

    key = "demo-training-failed"
    says = Text("The demo's model was not learnt: {why}", "데모 모델을 배우지 못했습니다: {why}")
    remedy = Text("Train one on the page Models.", "모델 화면에서 직접 학습하세요.")


def say(text: Text, **facts: Any) -> None:
    """One line for the terminal of `dure up`."""
    sys.stdout.write(f"demo: {text.format(**facts)}\n")
    sys.stdout.flush()


def wait_for(what: str, look: Callable[[], Found | None], patience: float) -> Found:
    """What `look` finds, looked for twice a second; a refusal of ours while the node comes up counts as not yet.

    Raises
    ------
    DemoStuck
        If it does not come within `patience`. [s]
    """
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            found = look()
        except DureError:
            found = None
        if found is not None:
            return found
        time.sleep(0.5)
    raise DemoStuck(what)
