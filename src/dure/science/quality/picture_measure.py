"""What measures of pictures share: a column's pictures are looked at once, and each is off or not."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.measure import Finding, Measure, Value
from dure.science.quality.subject import Floats, Subject
from dure.science.quality.telling import counted


@dataclass(frozen=True)
class PictureMeasure(Measure):
    """A measure that says of each picture looked at whether it is off; members give `off`, and their words."""

    def off(self, looks: Floats) -> NDArray[np.bool_]:
        """Which pictures are off, by their looks. [pictures, looks] to [pictures]."""
        raise NotImplementedError

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column of pictures."""
        for name in subject.pictures:
            rows, off = self._of(subject, name)
            if off.any():
                files = counted(int(off.sum()), "file")
                place = subject.place(int(rows[off.argmax()]))
                yield self.found(name, files=files, looked_at=len(rows), place=place, count=int(off.sum()))

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of pictures that are not off, of each column."""
        for name in subject.pictures:
            rows, off = self._of(subject, name)
            if len(rows):
                yield self.value(1 - float(off.mean()), name)

    def _of(self, subject: Subject, name: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        rows, looks = subject.looked_at(name)
        return rows, self.off(looks) if len(rows) else np.zeros(0, dtype=bool)
