"""FLAML as an engine: runs in an environment of its own, without dure. See `turns.py` for what it is given and gives.

C. Wang et al., "FLAML: A fast and lightweight AutoML library", MLSys 2021.
"""

from importlib.metadata import version
from typing import Any

import turns  # type: ignore[import-not-found]  # a neighbour, found because the script is run from its folder


def answer(job: dict[str, Any], x: Any, y: Any, asked: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The best model that FLAML finds in so many seconds."""
    from flaml import AutoML  # type: ignore[import-not-found]  # it lives in the other environment

    for name in job["words"]:
        kinds = sorted(set(x[name].dropna()))
        x, asked = (
            one.assign(**{name: one[name].astype("category").cat.set_categories(kinds)}) for one in (x, asked)
        )
    estimate = job["task"] == "estimate"
    model = AutoML()
    model.fit(
        x,
        y.to_numpy(),
        task="regression" if estimate else "classification",
        metric="mse" if estimate else "log_loss",
        time_budget=job["budget"],
        n_jobs=job["threads"],
        seed=job["seed"],
        verbose=0,
    )
    facts = {"winner": str(model.best_estimator), "settings": _plain(model.best_config)}
    if estimate:
        return {"prediction": model.predict(asked)}, facts
    return turns.by_class(model.predict_proba(asked), model.classes_), facts


def _plain(settings: Any) -> dict[str, Any]:
    """Settings as JSON has them."""
    there = {str(name): value for name, value in (settings or {}).items() if value is not None}
    return {name: value if isinstance(value, str) else float(value) for name, value in there.items()}


if __name__ == "__main__":
    turns.play("flaml", version("flaml"), answer)
