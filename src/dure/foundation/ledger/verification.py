"""Reading the whole ledger against itself and against what was signed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError

from dure.foundation.ledger import checkpoints
from dure.foundation.ledger.checkpoints import Checkpoint
from dure.foundation.ledger.entry import COMMITMENT, commitment, hashed
from dure.foundation.ledger.models import Entry, Head
from dure.foundation.ledger.tree import Frontier
from dure.vocabulary import NodeProblem, Text, home


class LedgerBroken(NodeProblem):
    """The ledger is not what was written."""

    remedy = Text(
        "Keep {home} as it is, and compare with a backup.",
        "{home} 폴더를 그대로 보존하고 백업과 비교하세요.",
    )


class EntryChanged(LedgerBroken):
    """An entry's words no longer fit its hash."""

    key = "ledger-entry-changed"
    says = Text(
        "Ledger entry {where} was changed after it was written.",
        "원장 {where}번 기록이 작성된 뒤에 바뀌었습니다.",
    )


class EntryMissing(LedgerBroken):
    """A number in the row is absent."""

    key = "ledger-entry-missing"
    says = Text("Ledger entry {where} was removed.", "원장 {where}번 기록이 삭제되었습니다.")


class TailCut(LedgerBroken):
    """A checkpoint covers more entries than there are."""

    key = "ledger-tail-cut"
    says = Text(
        "Ledger entry {where} and what followed it, up to {last}, were cut off.",
        "원장 {where}번부터 {last}번까지의 기록이 잘려 나갔습니다.",
    )


class Rewritten(LedgerBroken):
    """The entries agree with each other but not with what was signed."""

    key = "ledger-rewritten"
    says = Text(
        "Ledger entry {where} is not the one that was signed on {at}.",
        "원장 {where}번 기록이 {at}에 서명된 기록과 다릅니다.",
    )


class CheckpointForged(LedgerBroken):
    """A checkpoint that cannot be read, is not signed, or is signed by another key."""

    key = "ledger-checkpoint-forged"
    says = Text(
        "Checkpoint {where} of the ledger is not signed by this node.",
        "원장의 {where}번째 확인점은 이 노드가 서명한 것이 아닙니다.",
    )


class CheckpointsMissing(LedgerBroken):
    """Signing has begun, and no checkpoint is left."""

    key = "ledger-checkpoints-missing"
    says = Text(
        "The ledger's checkpoints in {where} were removed.", "{where}에 있던 원장 확인점이 삭제되었습니다."
    )


class PersonalChanged(LedgerBroken):
    """A personal field that does not fit its commitment."""

    key = "ledger-personal-changed"
    says = Text(
        "The field “{field}” of ledger entry {where} was changed after it was written.",
        "원장 {where}번 기록의 “{field}” 항목이 작성된 뒤에 바뀌었습니다.",
    )


class LedgerAbsent(NodeProblem):
    """No node has run in this home."""

    key = "ledger-absent"
    says = Text("There is no ledger in {where}.", "{where}에 원장이 없습니다.")
    remedy = Text("Start the node once with: dure up", "먼저 `dure up`으로 노드를 한 번 시작하세요.")


@dataclass(frozen=True, slots=True)
class Report:
    """What reading the whole ledger found; `broken` is None when every entry is as it was written and signed.

    `signed` is the number of entries that the newest checkpoint covers.
    """

    entries: int
    root: str
    checkpoints: int
    signed: int
    broken: LedgerBroken | None = None


def verify() -> Report:
    """Read every entry, recompute the tree, and hold it against every signed checkpoint.

    A cut tail is found as long as the checkpoints outside the database (`home/ledger/checkpoints.jsonl`) stand;
    the last entry before a crash is unsigned until the next checkpoint.

    Raises
    ------
    LedgerAbsent
        If there are no tables yet.
    """
    place = home()
    frontier, points, broken = Frontier(), list[Checkpoint](), None
    try:
        points = _signed_points(place)
        by_size = _by_size(points)
        for row in Entry.objects.prefetch_related("personal").iterator(chunk_size=1000):
            frontier = _checked(row, frontier, by_size)
        _check_end(frontier, max(by_size, default=0))
    except LedgerBroken as found:
        broken = found
    except DatabaseError as absent:
        raise LedgerAbsent(str(place)) from absent
    signed = max((point.size for point in points), default=0)
    return Report(frontier.size, frontier.root.hex(), len(points), signed, broken)


def _signed_points(place: Path) -> list[Checkpoint]:
    if not checkpoints.has_key(place):
        return []
    own = checkpoints.public_key(checkpoints.signing_key(place))
    points: list[Checkpoint] = []
    for number, point in enumerate(checkpoints.read(place), start=1):
        if isinstance(point, str) or point.key != own or not point.holds:
            raise CheckpointForged(str(number), home=place)
        points.append(point)
    if not points:
        raise CheckpointsMissing(str(checkpoints.file_of(place)), home=place)
    return points


def _by_size(points: list[Checkpoint]) -> dict[int, list[Checkpoint]]:
    grouped: dict[int, list[Checkpoint]] = {}
    for point in points:
        grouped.setdefault(point.size, []).append(point)
    return grouped


def _checked(row: Entry, frontier: Frontier, points: Mapping[int, list[Checkpoint]]) -> Frontier:
    if row.index != frontier.size:
        raise EntryMissing(str(frontier.size), home=home())
    leaf = hashed(index=row.index, at=row.at, who=row.who, what=row.what, object=row.object, facts=row.facts)
    if leaf.hex() != row.leaf:
        raise EntryChanged(str(row.index), home=home())
    _check_personal(row)
    grown = frontier.plus(leaf)
    for point in points.get(grown.size, ()):
        if point.root != grown.root.hex():
            raise Rewritten(str(row.index), home=home(), at=point.at)
    return grown


def _check_personal(row: Entry) -> None:
    for kept in row.personal.all():
        covers = json.loads(row.facts).get(kept.field, {}).get(COMMITMENT)
        if covers != commitment(bytes.fromhex(kept.salt), kept.value):
            raise PersonalChanged(str(row.index), home=home(), field=kept.field)


def _check_end(frontier: Frontier, signed: int) -> None:
    head = Head.objects.filter(id=1).first()
    known = max(head.size if head else 0, signed)
    if known > frontier.size:
        raise TailCut(str(frontier.size), home=home(), last=known - 1)
