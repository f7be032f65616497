"""A renamed tag keeps its history and its models: found by measurement, confirmed in one click.

A signal's id is given once. When its source calls the tag by another name, an alias says so, the source's
description maps the new name to the old id from then on, and what had come in under the new name meanwhile is
written under the old id too. So history, training tables and the inputs of models go on under the one id, and
nobody who reads samples has to know.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dure.plant.connect import SourceUnknown, change_source, source
from dure.plant.inventory.acts import change
from dure.plant.inventory.models import Alias, Signal
from dure.vocabulary import InputError, Text, home

if TYPE_CHECKING:
    import pyarrow as pa

    from dure.foundation.parties import Person
    from dure.plant.historian import Historian

OWN_SOURCE = "renamed"
"""Source under which samples of a renamed tag are written to its old id."""
# The new tag begins when the old one ends: within so many periods of it, or a minute.
STRETCH_NS = 6 * 3_600_000_000_000
PERIODS, LEAST_NS = 20.0, 60_000_000_000
RATE_TIMES = 1.5
OVERLAP = 0.3
LIKELY = 0.5


class NotRenamed(InputError):
    """Two signals that cannot be one and the same."""

    key = "tag-not-renamed"
    says = Text("{where} cannot go on as {old}: {why}", "{where}을(를) {old}(으)로 이어갈 수 없습니다: {why}")
    remedy = Text("Choose the tag that took its place.", "자리를 이어받은 태그를 고르세요.")


@dataclass(frozen=True, slots=True)
class Rename:
    """A guess: `new` is what its source now calls `old`; `likeness` 0–1, `since` when the new one began [ns]."""

    old: str
    new: str
    source: str
    since: int
    likeness: float


def suggest(signals: Iterable[Signal]) -> list[Rename]:
    """Tags that look renamed, the likeliest first; each signal is in one guess at most."""
    rows = [one for one in signals if one.measured.get("first") and one.measured.get("last")]
    taken = set(Alias.objects.values_list("new", flat=True))
    return likely([_facts(one) for one in rows if one.pk not in taken])


def _facts(row: Signal) -> dict[str, Any]:
    return {**row.measured, "id": row.pk, "source": row.source, "unit": row.unit, "kind": row.kind}


def likely(rows: Sequence[Mapping[str, Any]]) -> list[Rename]:
    """Pairs of one source where one fell silent as the other began, alike in unit, pace and values.

    Each row has id, source, unit, kind, first, last [ns], period_s, low, high.
    """
    ended: dict[str, list[Mapping[str, Any]]] = {}
    newest: dict[str, int] = {}
    for row in rows:
        newest[row["source"]] = max(newest.get(row["source"], 0), int(row["last"]))
    for row in rows:
        if newest[row["source"]] - int(row["last"]) > _patience(row):
            ended.setdefault(row["source"], []).append(row)
    guesses = [
        Rename(old["id"], new["id"], old["source"], int(new["first"]), likeness)
        for new in rows
        for old in ended.get(new["source"], ())
        if (likeness := _likeness(old, new)) >= LIKELY
    ]
    return _each_once(sorted(guesses, key=lambda one: (-one.likeness, one.old, one.new)))


def _each_once(guesses: Sequence[Rename]) -> list[Rename]:
    used: set[str] = set()
    kept = []
    for one in guesses:
        if not {one.old, one.new} & used:
            used |= {one.old, one.new}
            kept.append(one)
    return kept


def _patience(row: Mapping[str, Any]) -> float:
    return max(LEAST_NS, PERIODS * 1e9 * float(row.get("period_s") or 0.0))


def _likeness(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    """How alike two tags are, 0 where one cannot be the other."""
    apart = abs(int(new["first"]) - int(old["last"]))
    if old["id"] == new["id"] or apart > _patience(old) or int(new["last"]) <= int(old["last"]):
        return 0.0
    if old["kind"] != new["kind"] or (old["unit"] and new["unit"] and old["unit"] != new["unit"]):
        return 0.0
    pace = _pace(old.get("period_s"), new.get("period_s"))
    values = _overlap(old, new)
    if pace == 0.0 or values < OVERLAP:
        return 0.0
    return round(0.4 * pace + 0.4 * values + 0.2 * _names(str(old["id"]), str(new["id"])), 4)


def _pace(one: Any, other: Any) -> float:
    if not one or not other:
        return 0.5
    times = max(one, other) / min(one, other)
    return 1.0 if times <= RATE_TIMES else 0.0


def _overlap(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    """Share of the narrower one's range of values that lies in the other's; 0.5 where there are no numbers."""
    if None in (old.get("low"), old.get("high"), new.get("low"), new.get("high")):
        return 0.5
    low, high = max(old["low"], new["low"]), min(old["high"], new["high"])
    narrow = min(old["high"] - old["low"], new["high"] - new["low"])
    if narrow <= 0:
        return 1.0 if low <= high else 0.0
    return float(max(0.0, min(1.0, (high - low) / narrow)))


def _names(old: str, new: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, old.lower(), new.lower()).ratio()


def rename(new: str, old: str, by: "Person", historian: "Historian | None" = None) -> Alias:
    """Let the tag that its source now calls `new` go on as the signal `old`.

    Samples that came in as `new` are written under `old` as well, with their times and qualities as they were.

    Raises
    ------
    NotRenamed, RoleTooSmall, HistorianDown
    """
    held, fresh = _both(new, old)
    since = int((fresh.measured or {}).get("first") or 0)
    says = Text(f"{new} goes on as {old}", f"{new} 태그를 {old} 신호로 이어감")
    with change(by, "tag-renamed", says) as writing:
        row = {"old": old, "source": held.source, "since": since}
        writing.put("signals", old, {"name": fresh.name, "address": fresh.address})
        writing.put("signals", new, None)
        writing.put("aliases", new, row)
    if historian is not None:
        carry_over(historian)
    return Alias.objects.get(pk=new)


def _both(new: str, old: str) -> tuple[Signal, Signal]:
    rows = Signal.objects.in_bulk([new, old])
    if set(rows) != {new, old} or new == old:
        raise NotRenamed(new, old=old, why=Text("there is no such signal.", "그런 신호가 없습니다."))
    if rows[new].source != rows[old].source:
        raise NotRenamed(new, old=old, why=Text("they are of two sources.", "데이터 소스가 다릅니다."))
    if Alias.objects.filter(pk__in=[old]).exists() or Alias.objects.filter(pk=new).exists():
        raise NotRenamed(new, old=old, why=Text("it is an alias already.", "이미 다른 이름입니다."))
    return rows[old], rows[new]


def carry_over(historian: "Historian") -> int:
    """Write what came in under a new name to the old id too; how many samples.

    Done again it goes on where it stood: some may still come under the new name while a collector starts again.
    """
    aliases = {one.new: one for one in Alias.objects.all()}
    spans = [one for one in historian.signals() if one["signal"] in aliases] if aliases else []
    return sum(_carry(historian, aliases[one["signal"]], one["first"], one["last"]) for one in spans)


def _carry(historian: "Historian", alias: Alias, first: int, last: int) -> int:
    """The samples of one alias that are not carried over yet, a stretch at a time."""
    count = 0
    start = max(alias.since, alias.carried + 1, first)
    while start <= last:
        end = min(start + STRETCH_NS, last + 1)
        table = historian.query([alias.new], start, end)
        for rows in table.to_batches():
            historian.append(OWN_SOURCE, _as(rows, alias.old))
        count, start = count + table.num_rows, end
        Alias.objects.filter(pk=alias.pk).update(carried=end - 1)
    return count


def _as(rows: "pa.RecordBatch", name: str) -> "pa.RecordBatch":
    import pyarrow as pa

    place = rows.schema.get_field_index("signal")
    kind = rows.schema.field(place)
    names = pa.array([name] * rows.num_rows, pa.string()).cast(kind.type)
    return rows.set_column(place, kind, names)


def map_at_source(name: str) -> None:
    """Hand a source's aliases to its description: its collector names the tags so from then on."""
    aliases = {one.new: one.old for one in Alias.objects.filter(source=name)}
    try:
        described = source(home(), name)
    except SourceUnknown:
        return  # a source that was taken away, or is kept on another box: its aliases serve for reading
    if dict(described.renamed) != aliases:
        change_source(home(), name, renamed=aliases)


def resolve(signal: str) -> str:
    """The id under which a signal is kept: its own, or the older one it goes on as."""
    found = Alias.objects.filter(pk=signal).values_list("old", flat=True).first()
    return signal if found is None else str(found)


def readdress(signal: Signal, name: str, address: str, by: "Person") -> None:
    """Tell where a ticked signal is found at its source from now on; its id stays.

    For sources whose signals were ticked one by one: a new tag would not be read there, so no guess can be made.

    Raises
    ------
    NotRenamed
        If the source reads all that it has, so that `rename` is the way.
    """
    described = source(home(), signal.source)
    if signal.pk not in {one.id for one in described.signals}:
        why = Text("its source reads every tag.", "이 데이터 소스는 모든 태그를 읽습니다.")
        raise NotRenamed(address or name, old=signal.pk, why=why)
    says = Text(f"{signal.pk} is found at {address}", f"{signal.pk}의 주소: {address}")
    entries = tuple(
        replace(one, name=name, address=address) if one.id == signal.pk else one for one in described.signals
    )
    with change(by, "signal-readdressed", says) as writing:
        writing.put("signals", signal.pk, {"name": name[:300], "address": address[:300]})
        change_source(home(), signal.source, signals=entries)
