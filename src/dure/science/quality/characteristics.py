"""The characteristics of data quality, in the words of the two standards.

ISO/IEC 25012:2008 has the first group, for any data; ISO/IEC 5259-2:2024 adds the second for data that a model
learns from. A member's folder bears the name of its characteristic, in lower case.
"""

from enum import Enum

from dure.vocabulary import Text

_DATA, _LEARNING = "ISO/IEC 25012", "ISO/IEC 5259-2"


class Characteristic(Enum):
    """A characteristic of data quality: its name in both languages, its meaning, and the standard that has it.

    >>> Characteristic.COMPLETENESS.standard, str(Characteristic.BALANCE.label.ko)
    ('ISO/IEC 25012', '균형성')
    """

    ACCURACY = ("accuracy", _DATA, "정확성", "values are what they should be", "값이 실제와 맞는 정도")
    COMPLETENESS = (
        "completeness",
        _DATA,
        "완전성",
        "what should be there is there",
        "있어야 할 값이 있는 정도",
    )
    CONSISTENCY = (
        "consistency",
        _DATA,
        "일관성",
        "nothing contradicts anything else",
        "서로 어긋나지 않는 정도",
    )
    CONFIDENTIALITY = ("confidentiality", _DATA, "기밀성", "only those who may can read it", "허용된 사람만 볼 수 있는 정도")  # fmt: skip
    CREDIBILITY = ("credibility", _DATA, "신뢰성", "values can be believed", "값을 믿을 수 있는 정도")
    CURRENTNESS = ("currentness", _DATA, "최신성", "values come often and on time", "값이 제때 갱신되는 정도")
    EFFICIENCY = (
        "efficiency",
        _DATA,
        "효율성",
        "nothing is stored for nothing",
        "쓸모없이 저장된 값이 없는 정도",
    )
    PRECISION = ("precision", _DATA, "정밀성", "values are fine enough", "값이 충분히 세밀한 정도")
    UNDERSTANDABILITY = ("understandability", _DATA, "이해성", "names and units tell what it is", "이름과 단위로 뜻을 알 수 있는 정도")  # fmt: skip
    PORTABILITY = ("portability", _DATA, "이식성", "values survive being carried elsewhere", "다른 곳으로 옮겨도 값이 온전한 정도")  # fmt: skip
    TRACEABILITY = ("traceability", _DATA, "추적성", "each row can be told from every other and followed", "행마다 출처를 짚어 추적할 수 있는 정도")  # fmt: skip
    BALANCE = ("balance", _LEARNING, "균형성", "classes are evenly there", "부류가 고르게 있는 정도")
    DIVERSITY = ("diversity", _LEARNING, "다양성", "many different situations are there", "서로 다른 상황이 담긴 정도")  # fmt: skip
    EFFECTIVENESS = ("effectiveness", _LEARNING, "유효성", "rows can be used for the task", "과제에 쓸 수 있는 행이 있는 정도")  # fmt: skip
    IDENTIFIABILITY = ("identifiability", _LEARNING, "식별 가능성", "nobody can be singled out", "특정 개인을 알아볼 수 없는 정도")  # fmt: skip
    RELEVANCE = ("relevance", _LEARNING, "관련성", "columns tell of the target, and may", "열이 목표와 관련되고 써도 되는 정도")  # fmt: skip
    REPRESENTATIVENESS = ("representativeness", _LEARNING, "대표성", "rows are like those to come", "앞으로의 상황을 대표하는 정도")  # fmt: skip
    SIMILARITY = (
        "similarity",
        _LEARNING,
        "유사성",
        "rows are not the same again",
        "같은 행이 되풀이되지 않는 정도",
    )
    TIMELINESS = ("timeliness", _LEARNING, "적시성", "values arrive soon after they were measured", "측정한 뒤 늦지 않게 도착하는 정도")  # fmt: skip

    @property
    def id(self) -> str:
        """Its name in lower case, as `--json` gives it."""
        return str(self.value[0])

    @property
    def standard(self) -> str:
        """The standard that defines it."""
        return str(self.value[1])

    @property
    def label(self) -> Text:
        """Its name for people."""
        return Text(self.id.capitalize(), self.value[2])

    @property
    def meaning(self) -> Text:
        """What it is about, in a few words."""
        return Text(self.value[3], self.value[4])
