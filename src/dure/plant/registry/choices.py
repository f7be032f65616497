"""What a training may be asked for: columns that look like a target, equipment whose signals go together."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TELLING = re.compile(
    r"quality|label|target|class|result|defect|fault|scrap|grade|pass|fail|verdict|anomaly|changepoint|^y$|^nox$|"
    r"불량|품질|판정|등급|결과|양품",
    re.IGNORECASE,
)


def suggested_targets(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    """Columns that are probably to be learnt: those with a telling name, else the last.

    >>> suggested_targets([{"name": "Melt temperature"}, {"name": "quality"}])
    ['quality']
    """
    names = [str(column["name"]) for column in columns]
    return [name for name in reversed(names) if TELLING.search(name)][:3] or names[-1:]


@dataclass(frozen=True, slots=True)
class Kind:
    """Equipment of one kind: assets whose signals bear the same names."""

    assets: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def key(self) -> str:
        """A name for a form."""
        return "|".join(self.columns)

    def inputs(self, chosen: Iterable[str], columns: Iterable[str]) -> dict[str, dict[str, str]]:
        """For each chosen asset, which signal fills which column."""
        wanted = [column for column in self.columns if column in set(columns)]
        return {
            asset: {column: f"{asset}/{column}" for column in wanted}
            for asset in self.assets
            if asset in set(chosen)
        }


def kinds_of(signals: Iterable[str]) -> list[Kind]:
    """Equipment gathered by the names of its signals, the most numerous kind first.

    >>> kinds_of(["l/C1/V", "l/C1/I", "l/C2/V", "l/C2/I"])
    [Kind(assets=('l/C1', 'l/C2'), columns=('I', 'V'))]
    """
    by_asset: dict[str, list[str]] = defaultdict(list)
    for signal in signals:
        asset, _slash, name = signal.rpartition("/")
        by_asset[asset].append(name)
    kinds: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for asset, names in by_asset.items():
        kinds[tuple(sorted(names))].append(asset)
    found = [Kind(tuple(sorted(assets)), names) for names, assets in kinds.items()]
    return sorted(found, key=lambda kind: (-len(kind.assets), kind.assets))
