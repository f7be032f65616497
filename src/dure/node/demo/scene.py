"""What every act of the story has at hand: the scene, how fast it goes, and what has been told so far."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.node.demo.cast import Cast
from dure.node.demo.troupe import Troupe
from dure.vocabulary import Answer, Text

if TYPE_CHECKING:
    from dure.plant.historian import Historian

TITLES = {
    1: Text("Connect", "연결"),
    2: Text("Inventory", "데이터 현황"),
    3: Text("Line: why red", "라인: 왜 빨간가"),
    4: Text("Sheet: predict cycle life", "시트: 수명 예측"),
    5: Text("Deploy", "적용"),
    6: Text("Maturity", "수준 진단"),
    7: Text("Need", "수요"),
    8: Text("Trial", "시험"),
    9: Text("Call and application", "공고와 신청"),
    10: Text("Panel", "평가"),
    11: Text("Project", "과제"),
    12: Text("Publish", "데이터 공개"),
    13: Text("My data", "마이데이터"),
    14: Text("Regulation and fund", "규제와 펀드"),
    15: Text("Learn", "교육"),
    16: Text("Cockpit", "상황판"),
}
NOT_YET = (4, *range(6, 17))


@dataclass(slots=True)
class Telling:
    """What has been told so far: lines for people, facts for machines."""

    lines: list[str] = field(default_factory=list)
    steps: dict[int, dict[str, Any]] = field(default_factory=dict)

    def say(self, step: int, text: Text, **facts: Any) -> None:
        """Tell one line of a step and keep its facts."""
        self.steps.setdefault(step, {}).update(facts)
        line = f"{step:>2}  {TITLES[step]}: {text.format(**facts)}"
        self.lines.append(line)
        if sys.stderr.isatty():
            sys.stderr.write(line + "\n")

    def answer(self, seconds: float) -> Answer:
        """The whole story; on a terminal, which saw it line by line, only its end."""
        steps = [{"step": n, "title": str(TITLES[n]), **facts} for n, facts in sorted(self.steps.items())]
        absent = [{"step": n, "title": str(TITLES[n])} for n in NOT_YET]
        names = ", ".join(f"{n} {TITLES[n]}" for n in NOT_YET)
        end = Text(f"Not yet there: {names}.", f"아직 없는 단계: {names}.").format()
        from rich.text import Text as Plain  # brackets are units here, not colours

        shown = Plain(end if sys.stderr.isatty() else "\n".join([*self.lines, end]))
        return Answer({"steps": steps, "not_yet": absent, "seconds": round(seconds, 1)}, shown)


@dataclass(frozen=True, slots=True)
class Tempo:
    """How fast the story goes; all but `speed` in seconds of line time.

    The line begins `ago` before now, is learnt from for `learn`; after `rises_after` a resistance rises within
    `rises_over`, and the story looks on for `afterwards`.
    """

    speed: float = 20.0
    ago: float = 6 * 3600.0
    learn: float = 240.0
    rises_after: float = 2400.0
    rises_over: float = 120.0
    afterwards: float = 240.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What every act has at hand."""

    home: Path
    troupe: Troupe
    historian: "Historian"
    cast: Cast
    telling: Telling
    tempo: Tempo
