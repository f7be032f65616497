"""Times of several zones in one table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import TEXT
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, quoted
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

_DATED = r"^\s*\d{4}\s*[-./년]\s*\d{1,2}\s*[-./월]\s*\d{1,2}.*\d{1,2}:\d{2}"
_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})\s*$"


@dataclass(frozen=True)
class MixedZones(Measure):
    """A column of times of which some name their offset and some do not, or two columns of different zones."""

    key: ClassVar[str] = "mixed-zones"
    characteristic: ClassVar[Characteristic] = Characteristic.CONSISTENCY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Semantic consistency of time zones", "시간대 의미 일관성")
    how: ClassVar[Text] = Text("Share of columns whose times do not contradict each other in their zone.", "시간대가 서로 어긋나지 않는 열의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” mixes time zones: {zones}.", "“{where}”에 시간대가 섞여 있습니다: {zones}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Write every time with its offset from UTC, or all in one zone.", "모든 시각에 UTC 시차를 적거나 한 시간대로 통일하세요.")  # fmt: skip
    defect: ClassVar[str] = "zones-mixed"
    counts: ClassVar[str] = "columns"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column of text with mixed offsets, one for columns of several zones."""
        for column in subject.of_kind(TEXT):
            yield from self._in_text(column, subject)
        yield from self._between(subject)

    def _in_text(self, column: "pl.Series", subject: Subject) -> Iterator[Finding]:
        words = column.drop_nulls()
        if _share_dated(words.head(200)) < 0.5 or _share_dated(words) < 0.9:
            return
        bare = column.is_not_null() & ~column.str.contains(_OFFSET)
        count = int(bare.sum())
        if 0 < count < len(words):
            rows, place = counted(count, "row"), subject.place(int(bare.arg_max() or 0))
            zones = Text(
                f"{rows.en} without an offset from UTC among {len(words):,}, first {place.en}",
                f"{len(words):,}개 중 {rows.ko}에 UTC 시차가 없고 처음은 {place.ko}입니다",
            )
            yield self.found(column.name, zones=zones, count=count, affected=1)

    def _between(self, subject: Subject) -> Iterator[Finding]:
        import polars as pl

        zones = {
            name: kind.time_zone or ""
            for name, kind in subject.frame.schema.items()
            if isinstance(kind, pl.Datetime)
        }
        if len(set(zones.values())) < 2:
            return
        named = {
            zone: quoted([name for name, its in zones.items() if its == zone])
            for zone in sorted(set(zones.values()))
        }
        told = Text(
            "; ".join(
                f"{names.en} in {zone or 'a local zone that is not named'}" for zone, names in named.items()
            ),
            "; ".join(f"{names.ko}은(는) {zone or '시간대 표시 없음'}" for zone, names in named.items()),
        )
        yield self.found(next(iter(zones)), columns=tuple(zones), zones=told, affected=len(zones))


def _share_dated(words: "pl.Series") -> float:
    return int(words.str.contains(_DATED).sum()) / max(len(words), 1)
