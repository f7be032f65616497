"""Prepare every recorded set by `dure prepare` without a recipe, train its task, and write what came of it: docs/reference/open-sets.md.

    python scripts/open_sets.py [NAME …]

`DURE_SHARED` names the folder whose `data` holds the sets. With names, only these are measured; other rows of the page stay.
"""

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from open_sets_tasks import BUDGET, SEED, scored

from dure.science.prepare.preparing import Preparation, run
from dure.vocabulary import DureError, Permit, use_language

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("DURE_SHARED", ROOT.parent / "shared")) / "data"
PAGE = ROOT / "docs" / "reference" / "open-sets.md"
_HEAD = """# Every open set, prepared without a recipe, trained and scored

Written by `python scripts/open_sets.py` from each recorded set as it lies; `python scripts/open_sets.py NAME …` measures some
sets anew. Seconds are wall time of one run on the loaded two-core build machine.

## Prepared

`dure prepare FOLDER -o ready.parquet`, no option given. *Rows* and *columns* are those of the output. *Joined* says which
files came to the rows and how; *left out* which did not (notes for people aside; the whole reason is printed and stands in
`ready.report.json`). *Found* gives the weightiest findings.

| set | rows | columns | seconds | joined | left out | found |
|---|---|---|---|---|---|---|
"""
_TRAINED = f"""
## Trained and scored

Each set's task, asked as `dure train` is asked, with a budget of {BUDGET:.0f} s of search and seed {SEED}, and judged by the
validation that training chooses itself; *null* is the best answer that needs no model (the mean or the most usual class, the
last known value, an alarm at every row). *Learnt from* says `prepared` for the output above, or what was taken in its place.
The measure is the first that the card's verdict goes by, and *said* is that verdict. These are quick runs: longer searches,
peers and rows of later times stand under [recorded sets](recorded-sets.md) and the [benchmarks](../benchmarks.md).

| set | task | learnt from | judged by | measure | model | null | seconds | said |
|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Line:
    """What came of one set."""

    name: str
    seconds: float
    facts: dict[str, Any]
    refused: str = ""

    def row(self) -> str:
        """The set as a row of the page."""
        if self.refused:
            return f"| `{self.name}` | – | – | {self.seconds:.1f} | | | refused: {_cell(self.refused, 400)} |"
        cells = (
            f"{self.facts['rows']:,}", f"{self.facts['columns']:,}", f"{self.seconds:.1f}", _joined(self.facts), _left(self.facts),
            _found(self.facts),
        )  # fmt: skip
        return f"| `{self.name}` | {' | '.join(cells)} |"


def prepared(folder: Path, out: Path) -> Line:
    """Prepare one set; a refusal is what came of it."""
    started = time.perf_counter()
    try:
        facts, refused = run(Preparation((str(folder),), out), Permit.own([str(folder)])), ""
    except DureError as why:
        facts, refused = {}, str(why).replace(f"{DATA}{os.sep}", "")
    return Line(folder.name, time.perf_counter() - started, facts, refused)


def _joined(facts: dict[str, Any]) -> str:
    told = [one.partition(":")[0].replace(" was joined", "") for one in facts.get("joined", ())]
    return _cell("; ".join(told[:2]) + (f" … ({len(told)})" if len(told) > 2 else ""), 160)


def _left(facts: dict[str, Any]) -> str:
    told = [
        one.removeprefix("Left out: ") for one in facts.get("left_out", ()) if "note for people" not in one
    ]
    more = f" … ({len(told)} reasons)" if len(told) > 1 else ""
    return _cell(told[0], 150) + more if told else ""


def _found(facts: dict[str, Any]) -> str:
    told = [one for one in facts["findings"] if not one["key"].startswith(("folder-", "vendor-"))]
    return "; ".join(_cell(f"{one['where']}: {one['message']}", 110) for one in told[:2])


def _cell(words: str, most: int) -> str:
    plain = " ".join(words.replace("|", "/").split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _rows_of(page: str) -> dict[str, list[str]]:
    """Rows of both tables of the page as it was, by kind and set: `prepared nab`, `trained nab`."""
    found: dict[str, list[str]] = {}
    for kind, part in zip(("prepared", "trained"), page.partition("## Trained and scored")[::2], strict=True):
        for line in part.splitlines():
            if line.startswith("| `"):
                found.setdefault(f"{kind} {line.split('`')[1]}", []).append(line)
    return found


def main(names: list[str]) -> None:
    """Prepare the sets, train their tasks, print the rows, and put them into the page; those of other sets stay."""
    sets = [path.name for path in sorted(DATA.iterdir()) if path.is_dir()]
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as place, use_language("en"):
        os.environ["DURE_HOME"] = str(Path(place) / "home")
        for name in names or sets:
            ready = Path(place) / f"{name}.parquet"
            found[f"prepared {name}"] = [prepared(DATA / name, ready).row()]
            found[f"trained {name}"] = [one.row() for one in scored(name, DATA / name, ready)]
            print(*found[f"prepared {name}"], *found[f"trained {name}"], sep="\n", flush=True)
    rows = (_rows_of(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}) | found
    tables = [
        "\n".join(row for name in sets for row in rows.get(f"{kind} {name}", ()))
        for kind in ("prepared", "trained")
    ]
    PAGE.write_text(f"{_HEAD}{tables[0]}\n{_TRAINED}{tables[1]}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
