"""Files that are there twice."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import TABLE, Finding, Measure, Severity
from dure.science.quality.subject import Subject, segments_of
from dure.science.quality.telling import counted, shown
from dure.vocabulary import Text

_SAME = Text("with the same rows", "모든 행이 같습니다")


@dataclass(frozen=True)
class DuplicateFiles(Measure):
    """Files with the same rows, or with the same inputs under other labels; of at least `rows` rows.

    The label is the column to be learnt; clock and columns that have one value in each of the files are left out of
    the inputs, for a copy may have got another name or date.
    """

    key: ClassVar[str] = "duplicate-files"
    characteristic: ClassVar[Characteristic] = Characteristic.SIMILARITY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text(
        "Sample similarity (files that are no copies)", "샘플 유사성(사본이 아닌 파일)"
    )
    how: ClassVar[Text] = Text("Share of files whose rows are not those of an earlier file.", "앞선 파일과 행이 같지 않은 파일의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{files} are copies of each other, {what}: {names}.", "{files}이 서로 사본입니다. {what}: {names}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Keep one; if their names or labels say different things, find out which is right.", "하나만 남기고, 이름이나 라벨이 서로 다르면 어느 쪽이 맞는지 확인하세요.")  # fmt: skip
    defect: ClassVar[str] = "copied-file"
    counts: ClassVar[str] = "files"

    rows: int = 3

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each set of such files."""
        if len(subject.segments) < 2:
            return
        told: set[tuple[int, ...]] = set()
        for names, what in self._views(subject):
            for same in self._alike(subject, names):
                if same not in told:
                    told.add(same)
                    files = counted(len(same), "file")
                    listed = shown([subject.file(one) for one in same], 6)
                    yield self.found(TABLE, files=files, names=listed, what=what, count=len(same) - 1)

    def _views(self, subject: Subject) -> Iterator[tuple[list[str], Text]]:
        """Columns by which files are compared, and what it means if they agree."""
        frame = subject.frame
        yield list(frame.columns), _SAME
        parts = [
            frame[part] for part in segments_of([int(end) for end in subject.ends]) if part.stop > part.start
        ]
        ticks = subject.clock.name if subject.clock is not None else ""
        own = [
            name
            for name in frame.columns
            if name == subject.label
            or name in ticks
            or all(part.get_column(name).n_unique() == 1 for part in parts)
        ]
        inputs = [name for name in frame.columns if name not in own]
        if own and len(inputs) > 0:
            yield inputs, Text(f"but for {shown(own)}", f"{shown(own)} 값만 다릅니다")

    def _alike(self, subject: Subject, names: list[str]) -> list[tuple[int, ...]]:
        rows = subject.frame.select(names).hash_rows(seed=0).to_numpy()
        files: dict[bytes, list[int]] = defaultdict(list)
        for number, part in enumerate(segments_of([int(end) for end in subject.ends])):
            if part.stop - part.start >= self.rows:
                files[blake2b(rows[part].tobytes(), digest_size=16).digest()].append(number)
        return [tuple(same) for same in files.values() if len(same) > 1]
