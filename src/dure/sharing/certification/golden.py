"""Golden datasets: an open half to learn from, and a sealed half that stays at home and only scores.

The split is honest: whole groups, or everything after a point in time, so that no row of the sealed half is a neighbour of an open
one. A model package comes to the data; its score leaves, in three digits, and each attempt is counted and written to the ledger.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from dure.foundation.ledger import record
from dure.sharing.certification.blocks import merkle_root
from dure.sharing.certification.models import Attempt, Golden
from dure.sharing.certification.refusals import AttemptsSpent, GoldenProblem
from dure.vocabulary import Action, Permit, Text, home

if TYPE_CHECKING:
    import polars as pl

#: Fewest groups from which whole ones can be sealed.
FEWEST_GROUPS = 4
_FEWEST_ROWS = 50
Scorer = Callable[[Path, "pl.DataFrame", str], Mapping[str, Any]]


def split(
    frame: "pl.DataFrame", by: str, sealed: float = 0.3, secret: bytes = b""
) -> "tuple[pl.DataFrame, pl.DataFrame]":
    """The open and the sealed part of a table.

    Parameters
    ----------
    by
        A column of times (the last share is sealed) or of groups (whole groups are sealed, drawn by `secret`).
    sealed
        Share of rows to seal, about. [1]
    secret
        Without it nobody can tell which groups are sealed; kept with the sealed half.

    Raises
    ------
    GoldenProblem
        If the column is not there, has too few groups or too many, or a half would be nearly empty.
    """
    if by not in frame.columns:
        raise _problem(by, "there is no such column.", "그런 열이 없습니다.")
    column = frame.get_column(by)
    if column.null_count():
        raise _problem(by, "the column has rows without a value.", "값이 없는 행이 있습니다.")
    apart = _by_time(column, sealed) if column.dtype.is_temporal() else _by_group(column, sealed, secret)
    opened, kept = frame.filter(~apart), frame.filter(apart)
    if min(len(opened), len(kept)) < _FEWEST_ROWS:
        raise _problem(by, "a half would hold fewer than 50 rows.", "한쪽이 50행보다 적어집니다.")
    return opened, kept


def _by_time(column: "pl.Series", sealed: float) -> "pl.Series":
    edge = column.sort()[int(len(column) * (1 - sealed))]
    late: pl.Series = column >= edge
    return late


def _by_group(column: "pl.Series", sealed: float, secret: bytes) -> "pl.Series":
    sizes = {str(word): int(count) for word, count in column.cast(str).value_counts().iter_rows()}
    if not FEWEST_GROUPS <= len(sizes) <= max(len(column) // 3, FEWEST_GROUPS):
        raise _problem(str(column.name), f"{len(sizes)} groups are too few or too many.", f"묶음 {len(sizes)}개는 너무 적거나 많습니다.")  # fmt: skip
    order = sorted(sizes, key=lambda word: hashlib.sha256(secret + word.encode()).digest())
    chosen: set[str] = set()
    rows = 0
    for word in order:
        if rows + sizes[word] / 2 <= sealed * len(column) or not chosen:
            chosen.add(word)
            rows += sizes[word]
    return column.cast(str).is_in(sorted(chosen))


def make(  # noqa: PLR0913 - what a golden set is made of
    name: str,
    title: str,
    frame: "pl.DataFrame",
    *,
    by: str,
    target: str,
    secret: bytes,
    who: str,
    permit: Permit,
    sealed: float = 0.3,
    attempts: int = 5,
    now: datetime | None = None,
) -> Golden:
    """Split a table, put the halves into the home, and name both roots; the sealed half is a file that we alone may read.

    Raises
    ------
    GoldenProblem
        If it cannot be split so, there is no such target, or the name is taken.
    """
    permit.require(Action.SHARE)
    if target not in frame.columns:
        raise _problem(target, "there is no such column to learn.", "학습할 열이 없습니다.")
    if Golden.objects.filter(name=name).exists():
        raise _problem(name, "the name is taken.", "이미 쓰는 이름입니다.")
    opened, kept = split(frame, by, sealed, secret)
    place = folder(name)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened.write_parquet(place / "open.parquet")
    _private(place / "sealed.parquet", kept)
    with transaction.atomic():
        made = Golden.objects.create(
            name=name, title=title[:300], target=target, split_by=by, open_root=merkle_root(opened), sealed_root=merkle_root(kept),
            open_rows=len(opened), sealed_rows=len(kept), attempts_most=attempts, made=now or timezone.now(),
        )  # fmt: skip
        facts = {"open": made.open_root, "sealed": made.sealed_root, "attempts": attempts, "by": by}
        record(who, "golden.made", f"golden:{name}", facts, now=now)
    return made


def attempt(
    golden: Golden, party: str, package: Path, *, scorer: Scorer | None = None, now: datetime | None = None
) -> Attempt:
    """Score a model package on the sealed half; only metric, score and null leave, in three digits.

    The attempt is counted before the model sees a row, so that one which breaks, or is killed, counts too.

    Raises
    ------
    AttemptsSpent
        If the party has had its attempts.
    GoldenProblem
        If the sealed half is not the one whose root was named.
    ModelRefused
        If the package cannot be read or does not fit; the attempt is spent.
    """
    from dure.science.learn import fingerprint

    now, model = now or timezone.now(), fingerprint(package)
    with transaction.atomic():
        locked = Golden.objects.select_for_update().get(pk=golden.pk)
        number = locked.attempts.filter(party=party).count() + 1
        if number > locked.attempts_most:
            raise AttemptsSpent(locked.title, most=locked.attempts_most)
        tried = Attempt.objects.create(golden=locked, party=party, number=number, model=model[:80], at=now)
        facts = {"number": number, "of": locked.attempts_most, "model": model[:80]}
        record(party, "golden.attempted", f"golden:{locked.name}", facts, now=now)
    found = (scorer or scored)(package, sealed_rows(golden), golden.target)
    with transaction.atomic():
        tried.metric, tried.score, tried.null = (
            str(found["metric"])[:60],
            _digits(found["score"]),
            _digits(found["null"]),
        )
        tried.save(update_fields=["metric", "score", "null"])
        said = {"number": tried.number, "metric": tried.metric, "score": tried.score}
        record("node", "golden.scored", f"golden:{golden.name}", said, now=now)
    return tried


def sealed_rows(golden: Golden) -> "pl.DataFrame":
    """The sealed half, which must be the one whose root was named."""
    import polars as pl

    frame = pl.read_parquet(folder(golden.name) / "sealed.parquet")
    if merkle_root(frame) != golden.sealed_root:
        raise _problem(golden.name, "its sealed half is not the one whose root was named.", "봉인된 절반이 처음 공개한 루트와 다릅니다.")  # fmt: skip
    return frame


def open_half(golden: Golden) -> Path:
    """File of the open half."""
    return folder(golden.name) / "open.parquet"


def scored(package: Path, frame: "pl.DataFrame", target: str) -> Mapping[str, Any]:
    """First metric that a null has too, score and null of a model package on rows; who signed it is the stranger's matter."""
    from dure.science.learn import evaluate, load
    from dure.science.prepare import Table

    model = load(package, trust=True)
    found = evaluate(model, [Table(frame, ("sealed",), (len(frame),))], target=target)
    metric, null = found["metric"], found["null"]
    name = next((one for one in metric if one in null), None)
    if name is None:
        raise _problem(
            target, "the model gives no figure that a null has too.", "비교할 기준 점수가 없는 모델입니다."
        )
    return {"metric": name, "score": metric[name], "null": null[name]}


def folder(name: str) -> Path:
    """Where the halves of a golden set lie."""
    return home() / "sharing" / "golden" / name


def _private(path: Path, frame: "pl.DataFrame") -> None:
    import io
    import os

    content = io.BytesIO()
    frame.write_parquet(content)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - the mode must be there before the bytes
        file.write(content.getvalue())


def _digits(value: float) -> float:
    return float(f"{float(value):.3g}")


def _problem(where: str, en: str, ko: str) -> GoldenProblem:
    return GoldenProblem(where, fault=Text(en, ko))
