"""People who can be singled out by a few facts together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import TABLE, Finding, Measure, Severity, Value
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, percent, quoted
from dure.vocabulary import Text

_OF_PEOPLE = re.compile(
    r"(^|[^a-z])(age|birth|birthday|birthdate|birth_?year|gender|sex|zip|zip_?code|postcode|postal_?code|job_?title|nationality|marital)([^a-z]|$)"
    r"|나이|연령|생년|성별|우편번호|직책|직급|국적|거주지|혼인",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class IdentifiableRows(Measure):
    """Rows whose facts about a person (age, sex, postcode …) are shared by fewer than `k` rows.

    k-anonymity after L. Sweeney, "k-anonymity: a model for protecting privacy", 2002. Columns are told by their names; one
    alone singles out nobody.
    """

    key: ClassVar[str] = "identifiable-rows"
    characteristic: ClassVar[Characteristic] = Characteristic.IDENTIFIABILITY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Rows of people who cannot be singled out", "특정할 수 없는 사람의 행")
    how: ClassVar[Text] = Text("Share of rows whose facts about a person at least five rows share.", "개인에 관한 값의 조합을 다섯 행 이상이 함께 갖는 행의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{rows} ({share}) single a person out by {names} together.", "{rows}({share})은 {names}을(를) 합치면 개인을 특정할 수 있습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Coarsen these columns (age by tens, first digits of a postcode) or leave them out before you share the table.", "공유하기 전에 이 열을 거칠게 하거나(나이는 10세 단위, 우편번호는 앞자리만) 빼세요.")  # fmt: skip
    defect: ClassVar[str] = "people-facts"

    k: int = 5

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table."""
        names, rare = self._rare(subject)
        if rare:
            rows = len(subject.frame)
            yield self.found(
                TABLE,
                names,
                rows=counted(rare, "row"),
                count=rare,
                share=percent(rare / rows),
                names=quoted(names),
            )

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of rows that single nobody out."""
        names, rare = self._rare(subject)
        if len(names) > 1:
            yield self.value(1 - rare / len(subject.frame))

    def _rare(self, subject: Subject) -> tuple[list[str], int]:
        names = [name for name in subject.frame.columns if _OF_PEOPLE.search(name)]
        if len(names) < 2 or not len(subject.frame):
            return names, 0
        sizes = subject.frame.select(names).group_by(names).len().get_column("len")
        return names, int(sizes.filter(sizes < self.k).sum())
