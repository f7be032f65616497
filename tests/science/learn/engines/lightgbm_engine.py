"""An engine as a third party would write one for `turns.py`: LightGBM with its own defaults, in thirty lines.

It stands for what `dure.science.learn.engines` asks of any engine; FLAML itself runs in the soak beside it.
"""

import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(next(Path(one) for one in Path(__file__).with_name("place").read_text().splitlines())))
import turns


def answer(job, x, y, asked):
    import lightgbm

    for name in job["words"]:
        kinds = sorted(set(x[name].dropna()))
        x, asked = (one.assign(**{name: one[name].astype("category").cat.set_categories(kinds)}) for one in (x, asked))
    kind = lightgbm.LGBMRegressor if job["task"] == "estimate" else lightgbm.LGBMClassifier
    model = kind(n_jobs=1, random_state=job["seed"], verbose=-1, n_estimators=40).fit(x, y)
    facts = {"winner": "lgbm", "settings": {"n_estimators": 40}}
    if job["task"] == "estimate":
        return {"prediction": model.predict(asked)}, facts
    return turns.by_class(model.predict_proba(asked), model.classes_), facts


if __name__ == "__main__":
    turns.play("lightgbm", version("lightgbm"), answer)
