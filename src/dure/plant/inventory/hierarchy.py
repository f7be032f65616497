"""The equipment hierarchy as records: begun from what signal paths tell, mended by persons."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dure.plant.inventory.acts import change
from dure.plant.inventory.equipment import LADDER, equipment_tree
from dure.plant.inventory.models import Equipment, EquipmentType, Signal
from dure.vocabulary import InputError, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

DEEPEST = 32
"""Steps from the firm to a part of a machine; more is a circle."""
LONGEST = 300
ORDER = {level.value: rank for rank, level in enumerate(LADDER)}


class EquipmentAbsent(InputError):
    """Equipment that the inventory does not have."""

    key = "equipment-absent"
    says = Text("There is no equipment {where}.", "{where} 설비가 없습니다.")
    remedy = Text("See the Equipment page for those there are.", "설비 페이지에서 목록을 확인하세요.")


class EquipmentExists(InputError):
    """An id that equipment has already."""

    key = "equipment-exists"
    says = Text("There is equipment {where} already.", "{where} 설비가 이미 있습니다.")
    remedy = Text("Choose another id, or mend that one.", "다른 ID를 쓰거나 그 설비를 고치세요.")


class MoveRefused(InputError):
    """Equipment put below itself, or above what it is part of."""

    key = "equipment-move-refused"
    says = Text(
        "{where} cannot be part of {parent}: {why}", "{where}을(를) {parent} 아래에 둘 수 없습니다: {why}"
    )
    remedy = Text("Choose a place above it.", "더 높은 수준의 위치를 고르세요.")


def discover(signals: Iterable[Signal] | None = None) -> int:
    """Make records for what signal paths tell of and nobody has made yet; how many are new.

    What a person has confirmed or made stays as it is. An id is never given twice, so what was moved stays moved.
    """
    rows = list(Signal.objects.all() if signals is None else signals)
    places = {row.equipment for row in rows if row.equipment} | {row.id.rpartition("/")[0] for row in rows}
    tree = [
        one for one in equipment_tree(f"{place}/x" for place in places if place) if len(one.id) <= LONGEST
    ]
    known = set(Equipment.objects.values_list("pk", flat=True))
    fresh = [
        Equipment(id=one.id, level=one.level.value, parent_id=one.parent or None)
        for one in tree
        if one.id not in known
    ]
    Equipment.objects.bulk_create(fresh, batch_size=200, ignore_conflicts=True)
    moved = list(placed_by_prefix(rows))
    for row, place in moved:
        row.equipment = place
    Signal.objects.bulk_update([row for row, _place in moved], ["equipment"], batch_size=200)
    return len(fresh)


def placed_by_prefix(rows: Iterable[Signal]) -> Iterator[tuple[Signal, str]]:
    """Signals whose source and path say that they belong to another machine, unless a person placed them."""
    prefixes = [
        (one.source, one.prefix, one.pk)
        for one in Equipment.objects.exclude(prefix="").only("pk", "source", "prefix")
    ]
    longest_first = sorted(prefixes, key=lambda one: (-len(one[1]), one[2]))
    for row in rows if prefixes else ():
        place = next((pk for source, prefix, pk in longest_first if _has(row, source, prefix)), "")
        if place and place != row.equipment and "equipment" not in row.said:
            yield row, place


def _has(signal: Signal, source: str, prefix: str) -> bool:
    """Whether a signal's path at its source begins with the prefix, at the end of a word."""
    if source and signal.source != source:
        return False
    rest = signal.id.removeprefix(f"{signal.source}/")
    return any(
        path == prefix or (path.startswith(prefix) and (prefix[-1] in "/._-" or path[len(prefix)] in "/._-"))
        for path in (rest, signal.address)
        if path
    )


def ancestors(equipment: Equipment) -> list[Equipment]:
    """What it is part of, the widest first."""
    found: list[Equipment] = []
    above = equipment.parent
    while above is not None and len(found) < DEEPEST:
        found.insert(0, above)
        above = above.parent
    return found


def below(key: str) -> set[str]:
    """Ids of the equipment and of everything that is part of it."""
    children: dict[str | None, list[str]] = {}
    for pk, parent in Equipment.objects.values_list("pk", "parent_id"):
        children.setdefault(parent, []).append(pk)
    found, waiting = set(), [key]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += children.get(one, [])
    return found


def move(equipment: Equipment, parent: Equipment | None, by: "Person") -> None:
    """Make it part of something else; its id, and with it history and models, stays.

    Raises
    ------
    MoveRefused, RoleTooSmall
    """
    if parent is not None:
        _may_stand(equipment, parent)
    says = Text(
        f"{equipment.pk} is part of {parent.pk if parent else '–'}",
        f"{equipment.pk}의 상위: {parent.pk if parent else '–'}",
    )
    with change(by, "equipment-moved", says) as writing:
        row = {"parent_id": parent.pk if parent else None, "confirmed": True}
        writing.put("equipment", equipment.pk, row)


def _may_stand(equipment: Equipment, parent: Equipment) -> None:
    if parent.pk in below(equipment.pk):
        why = Text("it would be part of itself.", "자기 자신의 아래가 됩니다.")
        raise MoveRefused(equipment.pk, parent=parent.pk, why=why)
    if ORDER[parent.level] > ORDER[equipment.level]:
        why = Text("its level is lower.", "수준이 더 낮습니다.")
        raise MoveRefused(equipment.pk, parent=parent.pk, why=why)


def mend(equipment: Equipment, by: "Person", **facts: Any) -> None:
    """Write down what a person says of equipment: its titles, level, type, parameters, prefix."""
    says = Text(f"{equipment.pk} was mended", f"{equipment.pk} 설비 정보를 고침")
    with change(by, "equipment-mended", says) as writing:
        writing.put("equipment", equipment.pk, {**facts, "confirmed": True})


def make(key: str, by: "Person", **facts: Any) -> Equipment:
    """A new record of equipment.

    Raises
    ------
    EquipmentExists, RoleTooSmall
    """
    if Equipment.objects.filter(pk=key).exists():
        raise EquipmentExists(key)
    says = Text(f"{key} was added", f"{key} 설비를 추가함")
    with change(by, "equipment-made", says) as writing:
        writing.put("equipment", key, {**equipment_row(), **facts, "confirmed": True})
    return Equipment.objects.get(pk=key)


def equipment_row(**facts: Any) -> dict[str, Any]:
    """All facts of equipment, at their defaults but for those given."""
    empty: Mapping[str, Any] = {
        "title_ko": "", "title_en": "", "level": "Equipment", "parent_id": None, "type_id": None,
        "parameters": {}, "nameplate": {}, "source": "", "prefix": "", "owner_id": None, "confirmed": True,
    }  # fmt: skip
    return {**empty, **facts}


def equipment_of(key: str) -> Equipment:
    """The equipment of that id, or else the only one with that title.

    Raises
    ------
    EquipmentAbsent
    """
    found = Equipment.objects.filter(pk=key).first()
    if found is None:
        named = [*Equipment.objects.filter(title_ko=key)[:2], *Equipment.objects.filter(title_en=key)[:2]]
        found = named[0] if len({one.pk for one in named}) == 1 else None
    if found is None:
        raise EquipmentAbsent(key)
    return found


def type_of(key: str) -> EquipmentType | None:
    """The type of that id, or None for an empty one."""
    return EquipmentType.objects.get(pk=key) if key else None
