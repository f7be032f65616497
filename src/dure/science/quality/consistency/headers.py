"""Headers that look like others and are not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Subject
from dure.vocabulary import Text

_SIGNS = re.compile(r"[\s_\-.]+")


@dataclass(frozen=True)
class BlankInHeader(Measure):
    """A header that begins or ends with a blank: it looks like another and is not."""

    key: ClassVar[str] = "blank-in-header"
    characteristic: ClassVar[Characteristic] = Characteristic.CONSISTENCY
    title: ClassVar[Text] = Text("Data format consistency (headers)", "데이터 형식 일관성(머리글)")
    how: ClassVar[Text] = Text(
        "Share of headers without a blank at their ends.", "앞뒤에 공백이 없는 머리글의 비율입니다."
    )
    source: ClassVar[str] = "ISO/IEC 25024, Con-I-2"
    says: ClassVar[Text] = Text("The header “{where}” begins or ends with a blank.", "머리글 “{where}”의 앞이나 뒤에 공백이 있습니다.")  # fmt: skip
    together: ClassVar[Text] = Text("{count} headers begin or end with a blank: {names}.", "머리글 {count}개의 앞이나 뒤에 공백이 있습니다: {names}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Remove it at the source; a file without it counts as having another column.", "원본에서 지워 주세요. 공백이 없는 파일과는 다른 열로 취급됩니다.")  # fmt: skip
    defect: ClassVar[str] = "header-blank"
    counts: ClassVar[str] = "columns"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such header."""
        for name in subject.frame.columns:
            if name != name.strip():
                yield self.found(name)


@dataclass(frozen=True)
class HeaderTwins(Measure):
    """Two headers that differ only by blanks, underscores, hyphens, points or capital letters."""

    key: ClassVar[str] = "header-twins"
    characteristic: ClassVar[Characteristic] = Characteristic.CONSISTENCY
    title: ClassVar[Text] = Text("Uniqueness of headers", "머리글 유일성")
    how: ClassVar[Text] = Text("Share of headers that no other header is like, signs and capitals aside.", "기호와 대소문자를 빼고도 다른 머리글과 구별되는 머리글의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("The headers “{where}” and “{other}” differ by signs only, and their values {differ}.", "머리글 “{where}”과(와) “{other}”은(는) 기호만 다르고 값은 {differ}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Find out which is which and rename one; leave a copy out (table.drop_columns).", "어느 쪽이 맞는지 확인해 이름을 바꾸고, 사본이면 빼세요(table.drop_columns).")  # fmt: skip
    defect: ClassVar[str] = "header-twin"
    counts: ClassVar[str] = "columns"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each second such header."""
        seen: dict[str, str] = {}
        for name in subject.frame.columns:
            plain = _SIGNS.sub("", name).casefold()
            other = seen.setdefault(plain, name)
            if other != name and plain:
                same = subject.frame.get_column(name).equals(subject.frame.get_column(other))
                differ = Text("are the same", "같습니다") if same else Text("differ", "다릅니다")
                yield self.found(name, other=other, differ=differ)
