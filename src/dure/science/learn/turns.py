"""Models that are learnt only to speak of other rows, as one of many that may be learnt anywhere at once."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.science.learn.request import TrainRequest
from dure.vocabulary import DureError, Permit

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Turn:
    """What is asked, the rows that a model learns from, and the rows of each thing of which it then speaks."""

    asked: TrainRequest
    permit: Permit
    learnt: "pl.DataFrame"
    here: "Mapping[str, pl.DataFrame]"


def said(turn: Turn) -> dict[str, list[Any]]:
    """What the model of a turn says of each thing's rows; nothing where it has too little or one class only."""
    from dure.science.learn.keeping.package import load
    from dure.science.learn.training import train

    with tempfile.TemporaryDirectory(prefix="dure-turn-") as folder:
        file, draft = Path(folder) / "rows.parquet", Path(folder) / "draft"
        turn.learnt.write_parquet(file)
        try:
            train(replace(turn.asked, sources=(str(file),)), draft, turn.permit)
            model = load(draft, trust=True)
            return {
                name: model.predict(rows)["prediction"].to_list()
                for name, rows in turn.here.items()
                if len(rows)
            }
        except DureError:
            return {}
