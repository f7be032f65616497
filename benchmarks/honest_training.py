"""What `dure train` says of real factory data beside what needs no model, with the seconds it takes (budget 60 s)."""

import os
import tempfile
from pathlib import Path

import numpy as np

from dure.science.learn import TrainRequest, load, train
from dure.science.prepare import read_each
from dure.vocabulary import Permit

DATA = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared")) / "data"
ASKED = {
    "die-casting-kr, pass or fail": ("die-casting-kr/train*.csv.gz", {"target": "passorfail"}),
    "die-casting-kr without tryshot_signal": (
        "die-casting-kr/train*.csv.gz",
        {"target": "passorfail", "ignore": ("tryshot_signal",)},
    ),
    "injection-moulding-airtlab, quality": ("injection-moulding-airtlab/data.csv.gz", {"target": "quality"}),
    "battery-soh-xjtu, capacity [Ah]": ("battery-soh-xjtu/*.csv.gz", {"target": "capacity"}),
}


def main() -> None:
    """Train each and print the measures."""
    with tempfile.TemporaryDirectory() as work:
        os.environ["DURE_HOME"] = work
        for title, (pattern, asked) in ASKED.items():
            sources = tuple(str(path) for path in sorted(DATA.glob(pattern)))
            facts = train(TrainRequest(sources, **asked), Path(work) / "model", Permit.own(sources))
            judged = facts["validation"]
            print(
                f"{title}: {facts['rows']:,} rows, {facts['family']}, {judged['kind']}, {facts['seconds']} s"
            )
            for name, value in facts["metric"].items():
                print(f"  {name:26} {value:9.4f}   {facts['null'].get(name, np.nan):9.4f}")
        plant(Path(work))


def plant(work: Path) -> None:
    """Tennessee Eastman: share of faulty rows found at 1 % of the held-back normal rows, and at the model's own limit."""
    normal = (str(DATA / "tennessee-eastman" / "d00_te.dat.gz"),)
    for family in ("neighbours", "principal_components"):
        request = TrainRequest(normal, task="detect", families=(family,))
        train(request, work / "plant", Permit.own(normal))
        model = load(work / "plant")
        scores = [
            model.predict(table.frame)["score"].to_numpy()
            for table in read_each(
                [DATA / "tennessee-eastman" / f"d{fault:02d}_te.dat.gz" for fault in range(1, 11)]
            )
        ]
        # The limit in the model is 1.3 times the 0.99 quantile of normal rows held back.
        for name, cut in (("1 % of held-back rows", 1 / 1.3), ("the model's limit", 1.0)):
            found = [float((score[160:] > cut).mean()) for score in scores]
            false = float(np.mean([(score[model.warm_up : 160] > cut).mean() for score in scores]))
            listed = " ".join(f"{share:.1%}" for share in found)
            print(
                f"tennessee-eastman {family}, {name}: mean {np.mean(found):.1%}, before the fault {false:.2%}; {listed}"
            )


if __name__ == "__main__":
    main()
