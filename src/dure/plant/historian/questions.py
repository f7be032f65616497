"""What `dure query` asks: one question out of its words, answered frame by frame."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.historian.fetching import Part, of_samples, on_a_grid
from dure.plant.historian.moments import duration, moment, stamps
from dure.plant.historian.requests import HOW, MAX_TIMES
from dure.vocabulary import InputError, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.plant.historian.client import Historian

Frames = Iterator[tuple["pl.DataFrame", float]]


class QuestionUnclear(InputError):
    """Words of `dure query` that do not go together."""

    key = "query-unclear"
    says = Text(
        "The question is not clear, {where}: {reason}.", "질문이 분명하지 않습니다. {where}: {reason}."
    )
    remedy = Text("See dure query --help.", "dure query --help를 확인하세요.")


@dataclass(frozen=True, slots=True)
class Question:
    """A checked question; times and steps in ns."""

    span: tuple[int, int]
    every: int
    kind: str  # samples, last, mean, min, max, sum, count, held, average, interpolate, states, statistics
    lab: tuple[Path | None, str]
    delay: int
    max_age: int | None
    raw: bool
    signals: Sequence[str] = ()

    @classmethod
    def of(  # noqa: PLR0913, PLR0917 - the words of the command
        cls,
        now: int,
        span: tuple[str, str],
        every: str,
        take: str,
        kinds: Mapping[str, bool],
        lab: tuple[Path | None, str],
        ages: tuple[str, str],
        *,
        raw: bool,
    ) -> "Question":
        """The question that these words ask.

        Raises
        ------
        TimeUnreadable, QuestionUnclear
        """
        low, high = (moment(one, now) for one in span)
        step = duration(every) if every else 0
        delay, age = ((duration(one) if one else 0) for one in ages)
        kind = _kind(take, [name for name, chosen in kinds.items() if chosen], step, lab[0])
        _refuse_backward(low, high)
        return cls((low, high), step, kind, lab, delay, age if ages[1] else None, raw)

    def about(self, signals: Sequence[str]) -> "Question":
        """The question about these signals."""
        return replace(self, signals=list(signals))

    def told(self) -> dict[str, Any]:
        """What was asked, for the answer."""
        return {"signals": list(self.signals), "from": self.span[0], "to": self.span[1], "kind": self.kind}

    def frames(self, historian: "Historian") -> Frames:
        """The answer, frame by frame, with the share of the range that is done."""
        if self.lab[0] is not None:
            yield self._beside_lab(historian), 1.0
            return
        for part in self._parts(historian):
            yield _framed(part.table), part.done

    def tables(self, historian: "Historian") -> Iterator[Any]:
        """The same as Arrow tables, times in ns."""
        return (part.table for part in self._parts(historian))

    def _parts(self, historian: "Historian") -> Iterator[Part]:
        names, raw = self.signals, self.raw
        if self.kind == "samples":
            return of_samples(
                historian, names, self.span, lambda low, high: historian.query(names, low, high, raw=raw)
            )
        if self.kind in {"states", "statistics"}:
            ask = historian.state_durations if self.kind == "states" else historian.weighed
            return iter([Part(ask(names, *self.span, raw=raw), 1.0)])
        return on_a_grid(self._on_grid(historian), len(names), self.span, self.every)

    def _on_grid(self, historian: "Historian") -> Callable[[int, int], Any]:
        names, every, raw = self.signals, self.every, self.raw

        def ask(low: int, high: int) -> Any:
            if self.kind == "average":
                return historian.average(names, low, high, every, raw=raw)
            if self.kind == "interpolate":
                return self._interpolated(historian, range(low, high, every))
            if self.kind == "held":
                return historian.query_every(names, low, high, every, self.max_age, raw=raw)
            return historian.gather(names, low, high, every, self.kind, raw=raw)

        return ask

    def _interpolated(self, historian: "Historian", times: Sequence[int]) -> Any:
        import pyarrow as pa

        found = [
            historian.interpolate(
                self.signals, times[at : at + MAX_TIMES], "linear", self.max_age, raw=self.raw
            )
            for at in range(0, max(1, len(times)), MAX_TIMES)
        ]
        return pa.concat_tables(found)

    def _beside_lab(self, historian: "Historian") -> "pl.DataFrame":
        """The table of lab samples with a column a signal: the value at each time less the delay."""
        import polars as pl

        frame, column = _lab(*self.lab)
        times = stamps(frame[column]) - self.delay
        known = times.fill_null(0).clip(lower_bound=0).to_list()
        if self.kind == "interpolate":
            found = self._interpolated(historian, known)
        else:
            asked = [known[at : at + MAX_TIMES] for at in range(0, max(1, len(known)), MAX_TIMES)]
            tables = [historian.asof(self.signals, some, self.max_age, raw=self.raw) for some in asked]
            import pyarrow as pa

            found = pa.concat_tables(tables)
        values = pl.DataFrame(found).drop("time")
        values = values.with_columns(pl.when(times.is_not_null()).then(pl.all()))
        taken = {name: f"{name} (signal)" for name in values.columns if name in frame.columns}
        return pl.concat([frame, values.rename(taken)], how="horizontal")


def _kind(take: str, chosen: Sequence[str], step: int, lab: Path | None) -> str:
    """The one kind of answer that the words name."""
    named = [*chosen, *([take] if take else [])]
    if len(named) > 1:
        raise _unclear(
            f"--{named[0]}",
            "only one kind of answer at a time",
            "결과 종류는 한 번에 하나만 고를 수 있습니다",
        )
    if take and take not in HOW:
        raise _unclear(
            f"--take {take}", f"choose among {', '.join(HOW)}", f"{', '.join(HOW)} 중에서 고르세요"
        )
    kind = named[0] if named else "held" if step else "samples"
    if lab is not None:
        if kind not in {"interpolate", "samples"}:
            raise _unclear(
                "--asof", "it goes with --interpolate alone", "--interpolate와만 함께 쓸 수 있습니다"
            )
        return kind
    if kind not in {"samples", "states", "statistics"} and not step:
        raise _unclear(f"--{'take' if take else kind}", "it needs --every", "--every가 필요합니다")
    return kind


def _refuse_backward(low: int, high: int) -> None:
    if low > high:
        raise _unclear("--to", "start lies after end", "시작이 끝보다 뒤에 있습니다")


def _unclear(where: str, en: str, ko: str) -> QuestionUnclear:
    return QuestionUnclear(where, reason=Text(en, ko))


def _lab(path: Path | None, column: str) -> tuple["pl.DataFrame", str]:
    """The table of lab samples, and its column of times."""
    import polars as pl

    from dure.science.prepare import read

    frame = read([str(path)]).frame
    times = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    if column:
        times = [name for name in times if name == column]
    if len(times) != 1:
        en = f"name its column of times with --time; those that hold times are: {', '.join(times) or 'none'}"
        ko = f"시각 열을 --time으로 지정하세요. 시각이 담긴 열: {', '.join(times) or '없음'}"
        raise _unclear(str(path), en, ko)
    return frame, times[0]


def _framed(table: Any) -> "pl.DataFrame":
    import polars as pl

    frame = pl.DataFrame(table)
    times = [name for name in ("time", "received") if name in frame.columns]
    return frame.with_columns(pl.col(times).cast(pl.Datetime("ns", "UTC"))) if times else frame
