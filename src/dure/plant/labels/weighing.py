"""What follows from the labels: of each item one kind, or a dispute; and how far people agree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from dure.plant.inventory import Signal
from dure.plant.labels.models import LabelSet, Mark
from dure.science.learn import fleiss_kappa, pairs, strength
from dure.vocabulary import Text

#: Moments at which stretches of several persons are compared.
LOOKS = 2_000
#: Below so many items that two people labelled nothing is said of chance.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """What people say of an item: kind by person; `kind` is empty while they differ and nobody decided."""

    by_person: dict[str, str]
    kind: str = ""
    decided_by: str = ""
    sure: float = 1.0

    @property
    def disputed(self) -> bool:
        """Whether people differ and nobody decided."""
        return not self.kind


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch in which nothing changes: where, `start` ≤ time < `end` [ns], and what is said of it."""

    place: str
    start: int
    end: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How far people agree: items that two or more labelled, of them alike, disputed and not decided; kappas."""

    both: int = 0
    alike: int = 0
    disputed: int = 0
    kappa: float | None = None
    pairs: list[tuple[str, str, int, float | None]] = field(default_factory=list)

    @property
    def words(self) -> Text:
        """The figure in a sentence."""
        if not self.both:
            return Text(
                "Nothing was labelled by two people yet: how far they agree cannot be said.",
                "두 사람이 함께 라벨을 붙인 항목이 아직 없어 일치 정도를 알 수 없습니다.",
            )
        if self.both < FEWEST:
            return Text(
                f"{self.alike} of {self.both} that two people labelled are alike; too few to take chance out.",
                f"두 사람이 함께 붙인 {self.both}개 중 {self.alike}개가 같습니다. 우연을 빼기에는 너무 적습니다.",
            )
        if self.kappa is None:
            return Text(
                f"{self.alike} of {self.both} are alike; with one kind only, chance cannot be taken out.",
                f"{self.both}개 중 {self.alike}개가 같습니다. 종류가 하나뿐이라 우연을 뺄 수 없습니다.",
            )
        word = strength(self.kappa)
        return Text(
            f"{self.alike} of {self.both} are alike; beyond chance the agreement is {word.en} (kappa {self.kappa:.2f}).",
            f"{self.both}개 중 {self.alike}개가 같습니다. 우연을 뺀 일치도는 {word.ko}입니다(카파 {self.kappa:.2f}).",
        )


def standing(label_set: LabelSet) -> list[Mark]:
    """Labels and decisions that stand, oldest first."""
    found = Mark.objects.filter(label_set=label_set, stands=True).exclude(act=Mark.Act.BACK)
    return list(found.select_related("by").order_by("id"))


def verdicts(label_set: LabelSet) -> dict[str, Verdict]:
    """What is said of each labelled item."""
    by_item: dict[str, list[Mark]] = {}
    for one in standing(label_set):
        by_item.setdefault(one.item, []).append(one)
    return {item: _verdict(marks) for item, marks in by_item.items() if item}


def _verdict(marks: Sequence[Mark]) -> Verdict:
    said = {str(one.by): one.kind for one in marks if one.act == Mark.Act.MARK}
    sure = min((one.sure for one in marks), default=1.0)
    decided = [one for one in marks if one.act == Mark.Act.RESOLVE]
    if decided:
        return Verdict(said, decided[-1].kind, str(decided[-1].by), sure)
    kinds = set(said.values())
    return Verdict(said, kinds.pop() if len(kinds) == 1 else "", "", sure)


def places_of(signals: Sequence[str], known: dict[str, str] | None = None) -> list[str]:
    """Equipment that signals belong to; equipment named itself; a signal of none is its own place."""
    if known is None:
        known = dict(Signal.objects.filter(pk__in=list(signals)).values_list("pk", "equipment"))
    return list(dict.fromkeys(known.get(name) or name for name in signals))


def segments(label_set: LabelSet) -> list[Segment]:
    """What is said of each stretch, place by place, cut where anything changes; in order of time."""
    marks = [one for one in standing(label_set) if one.start is not None]
    names = {name for one in marks for name in one.signals}
    known = dict(Signal.objects.filter(pk__in=names).values_list("pk", "equipment"))
    by_place: dict[str, list[Mark]] = {}
    for one in marks:
        for place in places_of(one.signals, known):
            by_place.setdefault(place, []).append(one)
    return [found for place, own in sorted(by_place.items()) for found in _cut(place, own)]


def _cut(place: str, marks: Sequence[Mark]) -> list[Segment]:
    edges = sorted({edge for one in marks for edge in (one.start or 0, one.end or 0)})
    found: list[Segment] = []
    for first, last in pairwise(edges):
        over = [one for one in marks if (one.start or 0) <= first and (one.end or 0) >= last]
        if not over:
            continue
        verdict = _verdict(over)  # of one person the newest counts, for it is the last of its name
        if found and found[-1].end == first and found[-1].verdict == verdict:
            found[-1] = Segment(place, found[-1].start, last, verdict)
        else:
            found.append(Segment(place, first, last, verdict))
    return found


def disagreement(label_set: LabelSet) -> Disagreement:
    """How far people agree on what several labelled; of stretches at moments evenly spread over all that is labelled."""
    told: dict[str, Verdict] = verdicts(label_set) if label_set.queues else _looks(segments(label_set))
    both = {item: one for item, one in told.items() if len(one.by_person) > 1}
    alike = sum(len(set(one.by_person.values())) == 1 for one in both.values())
    said = {item: one.by_person for item, one in both.items()}
    disputed = (
        sum(one.disputed for one in both.values())
        if label_set.queues
        else sum(one.verdict.disputed for one in segments(label_set))
    )
    kappa = fleiss_kappa([list(one.values()) for one in said.values()])
    return Disagreement(len(both), alike, disputed, kappa, pairs(said))


def _looks(found: Sequence[Segment]) -> dict[str, Verdict]:
    """Evenly spaced moments of what is labelled, so that a long stretch weighs more than a short one."""
    total = sum(one.end - one.start for one in found)
    step = max(1, total // LOOKS)
    looks: dict[str, Verdict] = {}
    for one in found:
        for at in range(one.start, one.end, step):
            looks[f"{one.place}@{at}"] = one.verdict
    return looks


def counts(label_set: LabelSet) -> dict[str, Any]:
    """How many labels of each kind stand, in words of the set, and how many seconds for stretches."""
    found: dict[str, float] = dict.fromkeys(label_set.kind_names, 0)
    if label_set.queues:
        for one in verdicts(label_set).values():
            if one.kind in found:
                found[one.kind] += 1
    else:
        for part in segments(label_set):
            if part.verdict.kind in found:
                found[part.verdict.kind] += (part.end - part.start) / 1e9
    return found
