"""What can be wrong with a signal: one table of sentences and ways out, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dure.vocabulary import Text

SAYS: Mapping[str, tuple[Text, Text]] = {
    "no-unit": (
        Text("{signal} has no unit.", "{signal}의 단위가 없습니다."),
        Text("Enter its UCUM code, or confirm the suggestion.", "UCUM 단위를 입력하거나 제안을 확인하세요."),
    ),
    "stuck": (
        Text(
            "{signal} has shown {value} for {stuck_s} s while its like on other equipment moved.",
            "{signal}의 값이 {stuck_s}초 동안 {value}에 멈춰 있습니다. 다른 설비의 같은 신호는 움직였습니다.",
        ),
        Text("Check the sensor and its wiring.", "센서와 배선을 점검하세요."),
    ),
    "clock-skew": (
        Text(
            "The clock of {equipment} is {skew_s} s {direction_en}.",
            "{equipment}의 시계가 {skew_s}초 {direction_ko}.",
        ),
        Text(
            "Set the clock of the equipment, or have it follow a time server (NTP).",
            "설비의 시계를 맞추거나 시간 서버(NTP)를 따르게 하세요.",
        ),
    ),
    "gaps": (
        Text(
            "{signal} has {gaps} gaps, the longest {longest_gap_s} s.",
            "{signal}에 빈 구간이 {gaps}개 있고, 가장 긴 것은 {longest_gap_s}초입니다.",
        ),
        Text(
            "Look at the connection of its source at those times.",
            "그 시간대의 데이터 소스 연결을 확인하세요.",
        ),
    ),
    "bad-quality": (
        Text(
            "{bad_percent} % of the samples of {signal} are marked bad by the source.",
            "{signal}의 측정값 중 {bad_percent}%가 소스에서 불량으로 표시되었습니다.",
        ),
        Text("Check the sensor or the input of the controller.", "센서나 제어기 입력을 점검하세요."),
    ),
    "silent": (
        Text(
            "{signal} has not spoken for {silent_s} s.",
            "{signal}에서 {silent_s}초 동안 값이 오지 않았습니다.",
        ),
        Text(
            "Check that its source is connected and still sends it.",
            "데이터 소스가 연결되어 있고 이 신호를 보내는지 확인하세요.",
        ),
    ),
    "never-spoke": (
        Text("{signal} was found but has never spoken.", "{signal}을(를) 찾았지만 값이 온 적이 없습니다."),
        Text(
            "Subscribe it at its source, or leave it out.",
            "데이터 소스에서 구독하거나, 목록에서 빼세요.",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a signal: a key of `SAYS`, and the facts of its sentence.

    >>> Finding("clock-skew", {"equipment": "Cell07", "skew_s": 41, "direction_en": "behind",
    ...     "direction_ko": "늦습니다"}).text.en
    'The clock of Cell07 is 41 s behind.'
    """

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> Text:
        """What is wrong, in both languages."""
        says, _remedy = SAYS[self.key]
        return Text(says.en.format(**self.facts), says.ko.format(**self.facts))

    @property
    def beside_its_row(self) -> str:
        """What is wrong, in the language in force, where the signal's whole path is already read."""
        facts = dict(self.facts)
        if "signal" in facts:
            facts["signal"] = str(facts["signal"]).rpartition("/")[2]
        return SAYS[self.key][0].format(**facts)

    @property
    def remedy(self) -> Text:
        """What to do, in both languages."""
        return SAYS[self.key][1]

    def to_dict(self) -> dict[str, Any]:
        """The finding as it is stored."""
        return {"key": self.key, "facts": dict(self.facts)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Finding":
        """The finding back from what was stored."""
        return cls(stored["key"], stored["facts"])
