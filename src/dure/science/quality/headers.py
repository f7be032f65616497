"""Headers with blanks around them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.measure import Finding, Measure, Subject
from dure.vocabulary import Text


@dataclass(frozen=True)
class BlankInHeader(Measure):
    """A header that begins or ends with a blank: it looks like another and is not."""

    key: ClassVar[str] = "blank-in-header"
    says: ClassVar[Text] = Text("The header “{where}” begins or ends with a blank.", "머리글 “{where}”의 앞이나 뒤에 공백이 있습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Remove it at the source; a file without it counts as having another column.", "원본에서 지워 주세요. 공백이 없는 파일과는 다른 열로 취급됩니다.")  # fmt: skip

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such header."""
        for name in subject.frame.columns:
            if name != name.strip():
                yield self.found(name)
