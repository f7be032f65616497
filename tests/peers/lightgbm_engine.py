"""An engine as a third party would write one: LightGBM as it comes, answering the job of `engines/outside/turns.py`."""

import json
import sys
from pathlib import Path

import lightgbm
import polars as pl

folder = Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
turns = []
for turn in range(job["turns"]):
    fit, asked = (pl.read_parquet(folder / f"{name}_{turn}.parquet") for name in ("fit", "asked"))
    if job["target"] in asked.columns:
        sys.exit("the truth of the rows asked was given away")
    x, rows = (one.select(job["columns"]).to_numpy() for one in (fit, asked))
    kind = lightgbm.LGBMRegressor if job["task"] == "estimate" else lightgbm.LGBMClassifier
    model = kind(n_jobs=1, random_state=job["seed"], verbose=-1, n_estimators=40).fit(
        x, fit[job["target"]].to_numpy()
    )
    if job["task"] == "estimate":
        said = {"prediction": model.predict(rows)}
    else:
        found = model.predict_proba(rows)
        said = {f"p{one}": found[:, place] for place, one in enumerate(model.classes_)}
    pl.DataFrame(said).write_parquet(folder / f"said_{turn}.parquet")
    turns.append({"winner": "lgbm", "settings": {"n_estimators": 40}, "seconds": 0.0, "work": 0.0})
(folder / "answer.json").write_text(
    json.dumps({"engine": "lightgbm", "version": lightgbm.__version__, "turns": turns})
)
