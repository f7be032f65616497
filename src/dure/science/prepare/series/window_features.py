"""Features of the last rows under tsfresh's names: the shape of what a signal has been doing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.conforming import matrix
from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, listed, place_of
from dure.science.window import FEATURES, USUAL_FEATURES, features, rolling_features
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class WindowFeatures(Step):
    """Features of the last `rows` rows, beside each column or in its place; names and definitions are tsfresh's.

    A window of equal values varies by exactly 0; missing values are passed over; what so few values cannot give is
    missing.

    >>> import polars as pl
    >>> step = WindowFeatures(columns=("bar",), rows=3, features=("mean_abs_change", "count_above_mean"))
    >>> rows = pl.DataFrame({"bar": [1.0, 3.0, 2.0]})
    >>> step.fit(rows).transform(rows).rows()
    [(1.0, None, 0.0), (3.0, 2.0, 1.0), (2.0, 1.5, 1.0)]
    """

    label: ClassVar[Text] = Text("Features of the last rows", "최근 구간 특징")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"))
    rows: int = field(
        "count", Text("Rows in a window", "구간 길이(행)"), default=60, unit="{rows}", low=2, high=100_000
    )
    features: tuple[str, ...] = field(
        "choices", Text("Features", "특징"), default=USUAL_FEATURES, choices=FEATURES
    )
    keep: bool = field("yes-no", Text("Keep the columns themselves", "원래 열도 남기기"), default=True)

    @property
    def warm_up(self) -> int:
        """The rows of the window but the last."""
        return self.rows - 1

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns there were, then `<column> <feature> <rows>`."""
        kept = {name: name for name in columns if self.keep or name not in self.columns}
        return kept | {f"{name} {what} {self.rows}": name for name in self.columns for what in self.features}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The features of the window that ends at each row."""
        import polars as pl

        del learnt
        found = rolling_features(matrix(frame, self.columns), self.rows, self.features)
        names = [f"{name} {what} {self.rows}" for name in self.columns for what in self.features]
        made = pl.from_numpy(found.reshape(len(frame), len(names)), schema=names, orient="row").fill_nan(None)
        kept = frame if self.keep else frame.drop(self.columns)
        return kept.hstack(made) if kept.width else made

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The features of one window of each column."""
        del learnt
        own = place_of(self.columns, columns)
        kept = [at for at, name in enumerate(columns) if self.keep or name not in self.columns]

        def form(window: Floats) -> Floats:
            made = features(window[:, own].T, self.features)
            return np.concatenate([window[-1, kept], made.ravel()])

        return form

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names, what = listed(self.columns), listed(self.features)
        return Text(
            f"Adds {what} of the last {self.rows} rows of {names}.",
            f"{names}의 최근 {self.rows}행에 대한 {what}을(를) 더합니다.",
        )
