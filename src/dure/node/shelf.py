"""What this plant could offer: files that were brought in and machines with their signals, as the inventory measured them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.sharing.catalog import Column, DatasetFacts, DatasetUnknown, Event, Measured
from dure.vocabulary import Text, home

if TYPE_CHECKING:
    from dure.plant.inventory import Equipment, Signal, Upload

MOST_ROWS = 200_000
SECOND = 10**9


class PlantShelf:
    """The datasets of the plant: `upload:<id>` a file, `equipment:<id>` the signals of a machine."""

    def datasets(self) -> Iterator[DatasetFacts]:
        """Every file that was read, and every machine of which something was measured."""
        from dure.plant.inventory import Equipment, Signal, Upload

        yield from map(_of_upload, Upload.objects.exclude(profile={}))
        measured = Signal.objects.exclude(measured={}).exclude(equipment="").order_by("equipment", "pk")
        of_machine: dict[str, list[Signal]] = {}
        for signal in measured:
            of_machine.setdefault(signal.equipment, []).append(signal)
        machines = Equipment.objects.select_related("type").in_bulk(list(of_machine))
        for place, signals in of_machine.items():
            yield _of_machine(place, machines.get(place), signals)

    def open(self, id: str) -> Path:  # noqa: A002 - the word of the catalogue
        """The dataset as a Parquet file below `sharing/shelf`; of a machine the newest stretch, at most 200,000 rows.

        Raises
        ------
        DatasetUnknown
        """
        from dure.plant.inventory import Upload

        kind, _, key = id.partition(":")
        folder = home() / "sharing" / "shelf"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if kind == "upload" and (upload := Upload.objects.filter(pk=key).first()):
            return _written(upload, folder)
        if kind == "equipment":
            return _stretch(key, folder)
        raise DatasetUnknown(id[:100])


def _of_upload(upload: "Upload") -> DatasetFacts:
    told: dict[str, Any] = upload.profile
    shapes = told.get("shapes", {})
    columns = tuple(
        Column(
            one["name"], one["type"], unit=one["unit"] or "", rate=one["rate"], missing=one["missing"],
            shape=tuple(shapes.get(one["name"], ())),
        )
        for one in told.get("columns", [])
    )  # fmt: skip
    quality = tuple(
        Measured(
            one["key"], one["characteristic"], Text(one["measure"], one.get("measure_ko", one["measure"])), one["value"],
            one["unit"], one["source"],
        )
        for one in told.get("quality", [])
        if one["where"] == "table"
    )  # fmt: skip
    name = Path(upload.title).stem
    return DatasetFacts(
        f"upload:{upload.pk}", Text(name, name), columns=columns, events=_labelled(upload=upload.pk), rows=upload.rows,
        quality=quality, fingerprint=upload.fingerprint, obligations=frozenset(upload.obligations),
    )  # fmt: skip


def _of_machine(place: str, machine: "Equipment | None", signals: "list[Signal]") -> DatasetFacts:
    last = place.rpartition("/")[2]
    title = machine.title if machine else Text(last, last)
    kind = machine.type if machine else None
    times = [(one.measured["first"], one.measured["last"]) for one in signals if one.measured.get("last")]
    shares = [one.completeness for one in signals if one.completeness is not None]
    complete = Measured(
        "completeness", "completeness", Text("samples expected that came", "예상 샘플 중 수신 비율"),
        float(f"{sum(shares) / max(len(shares), 1):.6g}"), "1", "ISO/IEC 25012",
    )  # fmt: skip
    return DatasetFacts(
        f"equipment:{place}",
        Text(f"{title.en}: {len(signals)} signals", f"{title.ko}: 신호 {len(signals)}개"),
        columns=tuple(map(_column, signals)),
        equipment=kind.pk if kind else "",
        equipment_label=kind.title if kind else Text("", ""),
        events=(*_frames(place), *_labelled(signals=[one.pk for one in signals])),
        rows=max((int(one.measured.get("count", 0)) for one in signals), default=0),
        start=_at(min((start for start, _ in times), default=None)),
        end=_at(max((end for _, end in times), default=None)),
        quality=(complete,) if shares else (),
    )


def _column(signal: "Signal") -> Column:
    told = signal.measured
    low, high = (signal.low, signal.high) if told.get("low") is None else (told.get("low"), told.get("high"))
    name = signal.pk.removeprefix(f"{signal.equipment}/")
    kind = (
        signal.kind if signal.kind in {"number", "text"} else "number" if signal.kind != "bool" else "yes-no"
    )
    return Column(
        name, kind, unit=signal.unit, semantic_id=signal.semantic_id, rate=told.get("rate_hz"), low=low, high=high,
        missing=told.get("gap_share"),
    )  # fmt: skip


def _at(moment: int | None) -> datetime | None:
    return None if moment is None else datetime.fromtimestamp(moment / 1e9, tz=UTC)


def _frames(place: str) -> Iterator[Event]:
    """Alarms, downtimes and batches that an MES or ERP told of a machine."""
    from dure.plant.events import Frame, Kind

    for kind, count in Counter(Frame.objects.filter(equipment=place).values_list("kind", flat=True)).items():
        yield Event(kind, Kind(kind).words, count)


def _labelled(*, upload: str = "", signals: Iterable[str] = ()) -> tuple[Event, ...]:
    """What people marked in a file, or in stretches of signals."""
    from dure.plant.labels import LabelSet, Mark

    about = set(signals)
    sets = [
        one
        for one in LabelSet.objects.all()
        if (upload and one.source.get("upload") == upload) or about & set(one.source.get("signals", ()))
    ]
    standing = Mark.objects.filter(label_set__in=sets, stands=True).exclude(act=Mark.Act.BACK)
    counts = Counter(standing.values_list("kind", flat=True))
    words = {str(kind["name"]): str(kind.get("words") or kind["name"]) for one in sets for kind in one.kinds}
    return tuple(
        Event(kind, Text(kind, words.get(kind, kind)), count) for kind, count in sorted(counts.items())
    )


def _written(upload: "Upload", folder: Path) -> Path:
    from dure.science.prepare import read

    place = folder / f"{upload.fingerprint}.parquet"
    if not place.exists():
        beside = place.with_suffix(".new")
        read([upload.path]).frame.write_parquet(beside)
        beside.replace(place)
    return place


def _stretch(equipment: str, folder: Path) -> Path:
    import hashlib

    from dure.node.introductions import historian
    from dure.plant.inventory import Signal, training_table

    found = [
        one
        for one in Signal.objects.filter(equipment=equipment).exclude(measured={})
        if one.measured.get("last")
    ]
    if not found:
        raise DatasetUnknown(f"equipment:{equipment}"[:100])
    end = max(int(one.measured["last"]) for one in found) + 1
    start = min(int(one.measured["first"]) for one in found)
    rate = max((float(one.measured.get("rate_hz") or 0) for one in found), default=0.0) or 1.0
    every = max(1, round(SECOND / rate))
    start = max(start, end - MOST_ROWS * every)
    place = folder / f"{hashlib.sha256(f'{equipment} {start} {end}'.encode()).hexdigest()}.parquet"
    if not place.exists():
        inputs = {
            equipment: {one.pk.removeprefix(f"{equipment}/"): one.pk for one in found if one.kind == "number"}
        }
        training_table(historian(), inputs, start, end, every, out=place)
    return place
