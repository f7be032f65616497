"""Values beyond limits, brought back to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, listed, place_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ClipToLimits(Step):
    """Bring values beyond limits back to them; a limit not given is the quantile `share` or 1 − `share` at `fit`.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"bar": [1.0, 3.0, 250.0]})
    >>> ClipToLimits(columns=("bar",), low=0, high=10).fit(rows).transform(rows)["bar"].to_list()
    [1.0, 3.0, 10.0]
    """

    label: ClassVar[Text] = Text("Clip to limits", "한계값으로 자르기")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"))
    low: float | None = field(
        "number", Text("Lower limit, in the column's unit", "하한(열의 단위)"), default=None
    )
    high: float | None = field(
        "number", Text("Upper limit, in the column's unit", "상한(열의 단위)"), default=None
    )
    share: float = field(
        "number",
        Text("Share beyond a learnt limit", "학습 한계 밖 비율"),
        default=0.001,
        unit="1",
        low=0.0,
        high=0.4,
    )

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """Lower and upper limit of each column, null where it had no value."""
        return {
            name: [self._limit(frame, name, low=True), self._limit(frame, name, low=False)]
            for name in self.columns
        }

    def _limit(self, frame: "pl.DataFrame", name: str, *, low: bool) -> float | None:
        given = self.low if low else self.high
        if given is not None:
            return given
        return frame.get_column(name).quantile(self.share if low else 1 - self.share)

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The columns within their limits."""
        import polars as pl

        return frame.with_columns([pl.col(name).clip(*learnt[name]) for name in self.columns])

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row within its limits."""
        own = place_of(self.columns, columns)
        low = np.array([-np.inf if learnt[name][0] is None else learnt[name][0] for name in self.columns])
        high = np.array([np.inf if learnt[name][1] is None else learnt[name][1] for name in self.columns])

        def form(window: Floats) -> Floats:
            row: Floats = window[-1].copy()
            row[own] = np.minimum(np.maximum(row[own], low), high)
            return row

        return form

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        low = "" if self.low is None else f"{self.low:g}"
        high = "" if self.high is None else f"{self.high:g}"
        return Text(
            f"Keeps {names} within {low or 'the usual low'} and {high or 'the usual high'}.",
            f"{names}을(를) {low or '평소 하한'}에서 {high or '평소 상한'} 사이로 제한합니다.",
        )
