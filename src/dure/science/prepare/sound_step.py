"""What steps on sound share: a column of references, one channel of it, and numbers of one row a sound.

A member says which numbers it makes (`measures`) and makes them of one channel (`heard`). A sound is treated alone, so
that batch, chunks and single rows give the same bits; what was made of a reference is remembered for a while, because
every fold of a validation asks it again.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.media import called, each_content
from dure.science.prepare.sounds import Wave, decoded
from dure.science.prepare.step import Floats, Learnt, Quantity, Step, WindowForm, field, place_of
from dure.science.prepare.word_tokens import token_of, word_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

_MOST_KEPT = 4_000_000


class _Remembered:
    """Numbers made of sounds, the latest few million of them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Floats] = OrderedDict()
        self._size, self._lock = 0, Lock()

    def get(self, key: Hashable) -> Floats | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, made: Floats) -> None:
        with self._lock:
            if key not in self._kept:
                self._size += len(made)
            self._kept[key] = made
            while self._size > _MOST_KEPT:
                self._size -= len(self._kept.popitem(last=False)[1])


_REMEMBERED = _Remembered()


@dataclass(frozen=True)
class SoundStep(Step):
    """A step that makes numbers of each sound; members give `measures`, `heard` and `explain`."""

    on_words: ClassVar[bool] = True
    #: Least samples of which the numbers can be made.
    least: ClassVar[int] = 16

    column: str = field("column", Text("Sound", "소리"), default="sound", of="sound")
    channel: int = field("count", Text("Channel", "채널"), default=1, low=1, high=64)
    window_s: float = field(
        "number",
        Text("Heard in pieces of (0: as a whole)", "나누어 듣는 길이(0이면 전체)"),
        default=0.0,
        unit="s",
        low=0.0,
        high=86_400.0,
    )
    keep: bool = field("yes-no", Text("Keep the sound itself", "소리 열도 남기기"), default=False)

    def measures(self) -> tuple[str, ...]:
        """Names of the numbers, without the column's."""
        raise NotImplementedError

    def heard(self, samples: Floats, rate: float, beside: Floats) -> Floats:
        """The numbers of one channel [N], sampled at `rate` [Hz]; `beside` holds the row's value of each of `besides`."""
        raise NotImplementedError

    def besides(self) -> tuple[str, ...]:
        """Columns of numbers that are heard with the sound, as the shaft's speed."""
        return ()

    def words(self) -> Mapping[str, Quantity]:
        """Measures that people know by a name of their own."""
        return {}

    def reads(self) -> tuple[str, ...]:
        """The sound, and what is heard with it."""
        return (self.column, *self.besides())

    def words_read(self) -> tuple[str, ...]:
        """The sound."""
        return (self.column,)

    def worded(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The sound, if it is kept."""
        return tuple(name for name in columns if self.keep and name == self.column)

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns there were, then `<sound> <measure>`."""
        kept = {name: name for name in columns if self.keep or name != self.column}
        return kept | {self._called(measure): self.column for measure in self.measures()}

    def quantities(self) -> dict[str, Quantity]:
        """Measures with a name of their own."""
        return {self._called(measure): one for measure, one in self.words().items()}

    def _called(self, measure: str) -> str:
        first = self.column if self.channel == 1 else f"{self.column} {self.channel}"
        return f"{first} {measure}"

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The numbers of each row's sound; missing where there is none.

        Raises
        ------
        ContentAbsent, SoundDamaged, SoundEmpty, SoundTooLong
            If a sound is not to be had, or cannot be heard.
        """
        import polars as pl

        from dure.science.prepare.conforming import matrix

        del learnt
        besides = self.besides()
        beside = matrix(frame, besides) if besides else np.empty((len(frame), 0))
        found = self._of_rows(_texts(frame.get_column(self.column)), beside)
        names = [self._called(measure) for measure in self.measures()]
        made = pl.from_numpy(np.asfortranarray(found), schema=names, orient="row").fill_nan(None)
        kept = frame if self.keep else frame.drop(self.column)
        return kept.hstack(made) if kept.width else made

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row with the numbers of its sound."""
        del learnt
        sound, besides = int(place_of([self.column], columns)[0]), place_of(self.besides(), columns)
        kept = [at for at, name in enumerate(columns) if self.keep or name != self.column]

        def form(window: Floats) -> Floats:
            newest = window[-1]
            word = word_of(newest[sound])
            made = self._of_rows([word], newest[besides][None])[0]
            row: Floats = newest.copy()
            if self.keep:
                row[sound] = token_of(word)
            return np.concatenate([row[kept], made])

        return form

    def _of_rows(self, references: Sequence[str | None], beside: Floats) -> Floats:
        """The numbers of each row. [rows, measures]."""
        wanted: dict[str | None, dict[bytes, Floats]] = {}
        for reference, row in zip(references, beside, strict=True):
            wanted.setdefault(reference, {})[row.tobytes()] = row
        unknown = [one for one, rows in wanted.items() if any(self._known(one, key) is None for key in rows)]

        def work(content: bytes, reference: str) -> dict[bytes, Floats]:
            wave = decoded(content, called(reference))
            made = {key: self._of_wave(wave, row) for key, row in wanted[reference].items()}
            for key, numbers in made.items():
                _REMEMBERED.put((self, reference, key), numbers)
            return made

        fresh = dict(zip(unknown, each_content(unknown, work), strict=True))
        found = np.full((len(references), len(self.measures())), np.nan)
        for place, (reference, row) in enumerate(zip(references, beside, strict=True)):
            key = row.tobytes()
            made = (fresh.get(reference) or {}).get(key, self._known(reference, key))
            if made is not None:
                found[place] = made
        return found

    def _known(self, reference: str | None, beside: bytes) -> Floats | None:
        return None if reference is None else _REMEMBERED.get((self, reference, beside))

    def _of_wave(self, wave: Wave, beside: Floats) -> Floats:
        """The mean of the numbers of its pieces; missing where a channel, samples or finite values are lacking."""
        if self.channel > wave.channels:
            return np.full(len(self.measures()), np.nan)
        samples = np.ascontiguousarray(wave.samples[:, self.channel - 1], dtype=np.float64)
        made = [self._of_piece(piece, wave.rate, beside) for piece in self._pieces(samples, wave.rate)]
        if len(made) == 1:
            return made[0]
        rows = np.array(made)
        there = np.isfinite(rows)
        total = np.where(there, rows, 0.0).sum(axis=0)
        return np.where(there.any(axis=0), total / np.maximum(there.sum(axis=0), 1), np.nan)

    def _pieces(self, samples: Floats, rate: float) -> list[Floats]:
        """Whole pieces of `window_s`; all of it where it is shorter."""
        length = round(self.window_s * rate)
        if length < 1 or len(samples) < 2 * length:
            return [samples]
        return [samples[at : at + length] for at in range(0, len(samples) - length + 1, length)]

    def _of_piece(self, samples: Floats, rate: float, beside: Floats) -> Floats:
        if len(samples) < self.least or not np.isfinite(samples).all():
            return np.full(len(self.measures()), np.nan)
        return self.heard(samples, rate, beside)


def _texts(column: "pl.Series") -> list[str | None]:
    import polars as pl

    return column.cast(pl.String).to_list()
