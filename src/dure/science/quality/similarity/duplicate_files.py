"""Files that are there twice."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import TABLE, Finding, Measure, Severity
from dure.science.quality.subject import Subject, segments_of
from dure.science.quality.telling import counted, shown
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

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
        for names in self._views(subject):
            for same in self._alike(subject, names):
                if same not in told:
                    told.add(same)
                    files = counted(len(same), "file")
                    listed = shown([subject.file(one) for one in same], 6)
                    what = _differing(subject, same)
                    yield self.found(TABLE, files=files, names=listed, what=what, count=len(same) - 1)

    def _views(self, subject: Subject) -> Iterator[list[str]]:
        """Columns by which files are compared: all, then the inputs."""
        frame = subject.frame
        yield list(frame.columns)
        parts = [part for number in range(len(subject.segments)) if len(part := _rows(subject, number))]
        ticks = subject.clock.name if subject.clock is not None else ""
        inputs = [
            name
            for name in frame.columns
            if name != subject.label
            and name not in ticks
            and any(part.get_column(name).n_unique() > 1 for part in parts)
        ]
        if 0 < len(inputs) < frame.width:
            yield inputs

    def _alike(self, subject: Subject, names: list[str]) -> list[tuple[int, ...]]:
        rows = subject.frame.select(names).hash_rows(seed=0).to_numpy()
        files: dict[bytes, list[int]] = defaultdict(list)
        for number, part in enumerate(segments_of([int(end) for end in subject.ends])):
            if part.stop - part.start >= self.rows:
                files[blake2b(rows[part].tobytes(), digest_size=16).digest()].append(number)
        return [tuple(same) for same in files.values() if len(same) > 1]


def _rows(subject: Subject, number: int) -> "pl.DataFrame":
    """Rows of a file."""
    return subject.frame.slice(int(subject.ends[number]) - subject.segments[number], subject.segments[number])


def _differing(subject: Subject, same: tuple[int, ...]) -> Text:
    """Which columns differ between copies, the label first."""
    first, *others = (_rows(subject, number) for number in same)
    names = [name for name in first.columns if not all(first[name].equals(other[name]) for other in others)]
    names.sort(key=lambda name: name != subject.label)
    return Text(f"but for {shown(names)}", f"{shown(names)} 값만 다릅니다") if names else _SAME
