"""The reverse catalogue: which entries nearly meet a need, and what many needs have in common."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dure.sharing.catalog.finding.asking import up_to_date
from dure.sharing.catalog.models import Entry, PostedNeed
from dure.sharing.catalog.needs import Near, Need, compared
from dure.sharing.catalog.quantities import label_of
from dure.vocabulary import Text

MOST_CANDIDATES = 300


def fits(need: Need, most: int = 20, among: Iterable[Entry] | None = None) -> list[Near]:
    """Entries that meet the need best, whole fits first, each with what is missing; entries with nothing of it are left out."""
    entries = _candidates(need) if among is None else among
    found = [_held(need, entry) for entry in entries]
    return sorted((one for one in found if one.share > 0), key=lambda one: (-one.share, one.entry))[:most]


def _candidates(need: Need) -> Iterable[Entry]:
    """Entries that have at least something of it, those with the most first."""
    index = up_to_date()
    wanted = [("quantity", one.quantity) for one in need.columns if one.quantity]
    words = [one.name for one in need.columns if one.name] + [*need.events, need.equipment]
    ids = index.any_of(wanted, [one for one in words if one], MOST_CANDIDATES)
    return Entry.objects.filter(pk__in=ids).exclude(state=Entry.States.GONE)


def _held(need: Need, entry: Entry) -> Near:
    equipment = (entry.equipment, entry.equipment_en, entry.equipment_ko)
    return compared(
        need, entry.fields, entry.marked, entry.rows, equipment, entry=entry.pk, title=entry.title
    )


@dataclass(frozen=True, slots=True)
class Demand:
    """What several needs miss: the thing, how many firms ask for it, and the needs; the seed of a call for golden data."""

    part: str
    what: str
    says: Text
    firms: int
    needs: tuple[str, ...]


def common(least: int = 2, among: Iterable[PostedNeed] | None = None) -> list[Demand]:
    """What open needs of at least `least` firms lack in whatever fits them best, the most wanted first."""
    asked: dict[tuple[str, str], list[PostedNeed]] = defaultdict(list)
    for posted in PostedNeed.objects.filter(open=True) if among is None else among:
        for key in sorted(_missing(Need.of(posted.wanted))):
            asked[key].append(posted)
    told = [_demand(key, needs) for key, needs in asked.items()]
    return sorted(
        (one for one in told if one.firms >= least), key=lambda one: (-one.firms, one.part, one.what)
    )


def _missing(need: Need) -> set[tuple[str, str]]:
    best = fits(need, 1)
    if best:
        return {(one.part, one.what.casefold()) for one in best[0].lacks if one.part != "rows"}
    columns = {("column", (one.quantity or one.name).casefold()) for one in need.columns}
    return columns | {("events", one.casefold()) for one in need.events}


def _demand(key: tuple[str, str], needs: Sequence[PostedNeed]) -> Demand:
    part, what = key
    label = _word(part, what)
    says = {
        "column": Text(f"Data with {label.en}", f"{label.ko} 데이터"),
        "unit": Text(f"{label.en} in that unit", f"{label.ko} 단위로 된 데이터"),
        "rate": Text(f"Data at {label.en} Hz or more", f"{label.ko} Hz 이상의 데이터"),
        "events": Text(f"Data in which “{label.en}” is marked", f"“{label.ko}” 이벤트가 표시된 데이터"),
        "equipment": Text(f"Data of {label.en}", f"{label.ko} 설비의 데이터"),
    }[part]
    return Demand(part, what, says, len({one.by for one in needs}), tuple(one.pk for one in needs))


def _word(part: str, what: str) -> Text:
    if part == "column":
        from dure.sharing.catalog.quantities import KINDS

        known = next((one.id for one in KINDS if one.id.casefold() == what), "")
        return label_of(known) if known else Text(what, what)
    return Text(what, what)
