"""A model of many machines made one machine's own: a scale and an offset on what it says, learnt from that machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dure.science.learn import Model

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Calibrated(Model):
    """`model` whose number is `scale` × what it says + `offset`, within ± `half` of it; a score is divided by `scale`."""

    scale: float = 1.0
    offset: float = 0.0
    half: float | None = None

    def predict(self, frame: "pl.DataFrame", *, source: str = "", where: str = "the table") -> "pl.DataFrame":
        """What the model says of each row, in this machine's own measure; see `Model.predict`."""
        found = super().predict(frame, source=source, where=where)
        return self._number(found) if self.task == "estimate" else self._score(found)

    def _number(self, found: "pl.DataFrame") -> "pl.DataFrame":
        import polars as pl

        own = {name: pl.col(name) * self.scale + self.offset for name in ("prediction", "lower", "upper")}
        if self.half is not None:
            own |= {"lower": own["prediction"] - self.half, "upper": own["prediction"] + self.half}
        return found.with_columns(value.alias(name) for name, value in own.items())

    def _score(self, found: "pl.DataFrame") -> "pl.DataFrame":
        import polars as pl

        score = pl.col("score") / self.scale
        return found.with_columns(
            score.alias("score"), (pl.col("alarm") * (score > 1.0)).cast(found.schema["alarm"]).alias("alarm")
        )


def calibrated(model: Model, own: Mapping[str, Any]) -> Model:
    """The model as one machine's own; itself where nothing is its own (a class has no scale)."""
    if not own or model.task == "classify":
        return model
    half = own.get("half")
    return Calibrated(
        model.card, model.recipe, model.fits, model.report, model.metrics,
        float(own.get("scale", 1.0)), float(own.get("offset", 0.0)), None if half is None else float(half),
    )  # fmt: skip
