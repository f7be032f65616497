"""An oven that drifts: a table of known truth."""

import numpy as np
import polars as pl


def oven(rows=1200, seed=0, drift_from=600):
    """An oven at one row an hour: heat and flow make thickness; from `drift_from` on it drifts away."""
    rng = np.random.default_rng(seed)
    heat, flow = 200 + 5 * np.sin(np.arange(rows) / 30) + rng.normal(size=rows), rng.normal(50, 3, rows)
    since = np.maximum(np.arange(rows) - drift_from, 0)
    thickness = 0.4 * heat + 1.2 * flow - 0.02 * since + rng.normal(size=rows) * 0.5
    hours = pl.datetime_range(
        pl.datetime(2026, 1, 5), pl.datetime(2026, 1, 5) + pl.duration(hours=rows - 1), "1h", eager=True
    )
    scrap = np.where(thickness + rng.normal(size=rows) < np.median(thickness[:drift_from]), "bad", "good")
    return pl.DataFrame({"time": hours, "heat": heat, "flow": flow, "thickness": thickness, "scrap": scrap})
