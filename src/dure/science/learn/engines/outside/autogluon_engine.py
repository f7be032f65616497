"""AutoGluon (tabular) as an engine: runs in an environment of its own, without dure. See `turns.py`.

N. Erickson et al., "AutoGluon-Tabular: Robust and accurate AutoML for structured data", 2020, arXiv 2003.06505.
Without torch its neural networks are passed over; gradient boosting, forests and their weighted ensembles stay.
"""

import tempfile
from importlib.metadata import version
from typing import Any

import turns  # type: ignore[import-not-found]  # a neighbour, found because the script is run from its folder

#: What needs torch, or weights that would have to be fetched.
PASSED_OVER = ["NN_TORCH", "FASTAI"]


def answer(job: dict[str, Any], x: Any, y: Any, asked: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The ensemble that AutoGluon's medium preset makes in so many seconds."""
    from autogluon.tabular import TabularPredictor  # type: ignore[import-not-found]  # in the other environment

    estimate = job["task"] == "estimate"
    kind = "regression" if estimate else ("binary" if y.nunique() == 2 else "multiclass")
    metric = "root_mean_squared_error" if estimate else "log_loss"
    with tempfile.TemporaryDirectory(prefix="autogluon-") as place:
        model = TabularPredictor(
            "truth of the row", problem_type=kind, eval_metric=metric, path=place, verbosity=0
        )
        model.fit(
            x.assign(**{"truth of the row": y.to_numpy()}),
            time_limit=job["budget"],
            presets="medium_quality",
            num_cpus=job["threads"],
            num_gpus=0,
            excluded_model_types=PASSED_OVER,
        )
        facts = {"winner": str(model.model_best), "settings": {}}
        if estimate:
            return {"prediction": model.predict(asked).to_numpy()}, facts
        found = model.predict_proba(asked)
        return turns.by_class(found.to_numpy(), list(found.columns)), facts


if __name__ == "__main__":
    turns.play("autogluon", version("autogluon.tabular"), answer)
