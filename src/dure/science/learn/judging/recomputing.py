"""Every figure of a card, computed again from the package alone, and set beside what the card states."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

from dure.science.learn.judging import nulls
from dure.science.learn.judging.judged import Judged
from dure.science.learn.judging.worth import worth
from dure.science.learn.keeping.package import verified
from dure.science.learn.refusals import PackageDamaged
from dure.science.learn.telling.points import points
from dure.vocabulary import ModelRefused, Text

Facts = dict[str, Any]

#: One machine gives the same bits again; another processor may sum in another order, and differ by so much.
CLOSE = 1e-9


class RowsAbsent(ModelRefused):
    """A package without the rows that it was judged by."""

    key = "judged-rows-absent"
    says = Text(
        "The figures of {where} cannot be computed again: it holds no judged rows.",
        "{where}에 판정한 행이 없어 수치를 다시 계산할 수 없습니다.",
    )
    remedy = Text(
        "It is from a release before, or was trained with --without-rows: train it again to have them.",
        "이전 판에서 만들었거나 --without-rows로 학습한 패키지입니다. 필요하면 다시 학습하세요.",
    )


class FiguresDiffer(ModelRefused):
    """A card that states other figures than its rows give."""

    key = "figures-differ"
    says = Text(
        "The card of {where} states {figure} = {stated}, but its own rows give {found}.",
        "{where}의 카드에는 {figure} = {stated}인데, 그 안의 행으로 계산하면 {found}입니다.",
    )
    remedy = Text(
        "Do not use it; ask whoever signed it, or train it again.",
        "사용하지 말고 서명한 사람에게 확인하거나 다시 학습하세요.",
    )


@dataclass(frozen=True)
class Recomputed:
    """What the judged rows of a package give.

    `card`, `metrics` and `report` hold what the files of these names must state; `differs` names each figure that they
    state otherwise, with the stated and the found value; `rows` were judged.
    """

    rows: int
    card: Facts
    metrics: Facts
    report: Facts
    differs: tuple[tuple[str, Any, Any], ...] = ()


def measured(rows: Judged) -> tuple[Facts, Facts, Facts]:
    """What `card.json`, `metrics.json` and `report.json` state of judged rows: figures only."""
    found = worth(rows)
    card = {"metric": found.metric, "null": nulls.best(found.nulls), "judged_rows": count(rows), **found.card}
    metrics = {"metric": found.metric, "nulls": found.nulls, "by_fold": found.by_fold}
    metrics |= {"interval": found.spans, "null_interval": found.null_spans}
    return card, metrics, {**found.pictures, **points(rows)}


def count(rows: Judged) -> int:
    """How many rows were judged."""
    return len(rows.rows["score"]) if rows.task == "detect" else int((rows.rows["fold"] >= 0).sum())


def recompute(folder: Path, *, trust: bool = False, home: Path | None = None) -> Recomputed:
    """Figures of the package in `folder`, computed from its judged rows alone, and where its card says otherwise.

    Parameters
    ----------
    folder, trust, home
        As for `load`.

    Raises
    ------
    RowsAbsent
        If the package keeps no judged rows.
    ModelRefused
        Another leaf of it, as `load`.
    """
    where = str(folder)
    files = verified(Path(folder), trust=trust, home=home)
    try:
        rows = Judged.from_files(files, where)
        if rows is None:
            raise RowsAbsent(where)
        stated = {name: json.loads(files[f"{name}.json"]) for name in ("card", "metrics", "report")}
        found = dict(zip(stated, measured(rows), strict=True))
    except (KeyError, ValueError, TypeError, IndexError) as broken:
        raise PackageDamaged(where, what=Text(f"it lacks {broken}", f"{broken} 항목이 없음")) from broken
    differs = [one for name, facts in found.items() for one in differences(stated[name], facts, name)]
    return Recomputed(count(rows), found["card"], found["metrics"], found["report"], tuple(differs))


def require_same(found: Recomputed, where: str) -> None:
    """Refuse a package whose card states other figures than its rows give."""
    for name, stated, given in found.differs:
        raise FiguresDiffer(where, figure=name, stated=stated, found=given)


def differences(stated: Any, found: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where `stated` differs from `found`; entries that only `stated` has are no figures of these rows.

    Examples
    --------
    >>> list(differences({"r2": 0.9, "words": "good"}, {"r2": 0.8}, "metric"))
    [('metric.r2', 0.9, 0.8)]
    """
    if isinstance(found, Mapping):
        for key, value in found.items():
            known = stated.get(key) if isinstance(stated, Mapping) else None
            yield from differences(known, value, f"{name}.{key}".lstrip("."))
    elif isinstance(found, (list, tuple)):
        if not isinstance(stated, list) or len(stated) != len(found):
            yield name, stated, f"[{len(found)}]"
            return
        for at, (one, other) in enumerate(zip(stated, found, strict=True)):
            yield from differences(one, other, f"{name}[{at}]")
    elif not _same(stated, found):
        yield name, stated, found


def _same(stated: Any, found: Any) -> bool:
    if isinstance(found, float) and isinstance(stated, (int, float)) and not isinstance(stated, bool):
        return isclose(stated, found, rel_tol=CLOSE, abs_tol=1e-12)
    return bool(stated == found)
