"""Equipment written as an Asset Administration Shell: nameplate, technical data, time series.

Only what is known is written: a nameplate that lacks a mandatory fact is left out and the note says which.
"""

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from dure.plant.inventory.aas.words import (
    ADDRESS,
    CONTACT,
    IEC61360,
    NAMEPLATE,
    NEEDED,
    NO_MEANING,
    PLATE,
    SERIES,
    SERIES_PART,
    TECHNICAL,
    TECHNICAL_PART,
    V30,
    V31,
)
from dure.plant.inventory.kinds import parameters_of
from dure.plant.inventory.models import Equipment, Signal
from dure.vocabulary import FileProblem, Text

if TYPE_CHECKING:
    from basyx.aas import model

    from dure.plant.historian import Historian

ENDINGS = (".aasx", ".json", ".xml")
MOST_RECORDS, MOST_SIGNALS = 1000, 500
ID_SHORT = re.compile(r"[^A-Za-z0-9_]+")


class EndingUnknown(FileProblem):
    """A file name that says no form of an Asset Administration Shell."""

    key = "aas-ending-unknown"
    says = Text(
        "{where} does not say in which form to write.", "{where} 파일 이름으로는 형식을 알 수 없습니다."
    )
    remedy = Text("Let it end in .aasx, .json or .xml.", "이름을 .aasx, .json, .xml 중 하나로 끝내세요.")


@dataclass(frozen=True, slots=True)
class Series:
    """Recent values of a machine's signals: `times` [ns UTC] and a column a signal, None where there is no value."""

    times: Sequence[int]
    columns: Mapping[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Shell:
    """An Asset Administration Shell ready to be written, and what was left out of it and why."""

    id: str
    objects: Sequence[Any]
    notes: tuple[Text, ...] = field(default=())


def recent(historian: "Historian", signals: Sequence[str], records: int = 60) -> Series:
    """The newest `records` rows of signals, one a second of their newest stretch."""
    last = [one for one in historian.last(list(signals)) if one["value"] is not None]
    if not last or records < 1:
        return Series((), {})
    step = 1_000_000_000
    end = (max(int(one["time"]) for one in last) // step + 1) * step
    names = [one["signal"] for one in last][:MOST_SIGNALS]
    rows = min(records, MOST_RECORDS)
    table = historian.query_every(names, end - rows * step, end, step, 60 * step)
    read = table.to_pydict()
    return Series([int(time) for time in read.pop("time")], read)


def shell_of(
    equipment: Equipment, series: Series | None = None, *, base: str = "", endpoint: str = ""
) -> Shell:
    """The equipment as a shell with its submodels.

    Parameters
    ----------
    series
        Recent values for the internal segment; None leaves that segment out.
    base
        Beginning of the identifiers, such as `https://firm.example/aas`; empty: a URN of the firm.
    endpoint
        Where all values can be asked for; it becomes a linked segment.
    """
    from basyx.aas import model

    root = f"{base.rstrip('/') if base else _firm()}/{quote(equipment.pk)}"
    signals = list(Signal.objects.filter(equipment=equipment.pk).order_by("pk")[:MOST_SIGNALS])
    plate, notes = _nameplate(equipment, root)
    submodels = [
        *([plate] if plate else []),
        _technical(equipment, root),
        *([_series(signals, series, endpoint, root)] if signals else []),
    ]
    uri = str(equipment.nameplate.get("uri") or f"{root}/asset")
    shell = model.AssetAdministrationShell(
        id_=f"{root}/shell",
        id_short=id_short(equipment.pk),
        display_name=_names(equipment.title),
        asset_information=model.AssetInformation(
            asset_kind=model.AssetKind.INSTANCE,
            global_asset_id=uri,
            specific_asset_id=[model.SpecificAssetId("equipment", equipment.pk[:2000])],
        ),
        submodel={model.ModelReference.from_referable(one) for one in submodels},
    )
    return Shell(shell.id, [shell, *submodels], notes)


def _firm() -> str:
    from dure.foundation.parties import Organisation

    first = Organisation.objects.order_by("id").first()
    return f"urn:dure:{quote(first.registered_as or first.name) if first else 'plant'}"


def id_short(name: str) -> str:
    """A name as AAS allows it: letters, digits and _, beginning with a letter, at most 128 (AASd-002).

    >>> id_short("Torque [Nm]"), id_short("온도")
    ('Torque_Nm', 'P_d798e80b')
    """
    from hashlib import sha256

    cut = ID_SHORT.sub("_", name).strip("_")
    if not re.search(r"[A-Za-z]", cut):
        cut = f"P_{sha256(name.encode()).hexdigest()[:8]}"
    return (cut if cut[0].isalpha() else f"P_{cut}")[:128].rstrip("_")


def _names(title: Text) -> "model.MultiLanguageNameType":
    from basyx.aas import model

    return model.MultiLanguageNameType({"en": title.en[:64], "ko": title.ko[:64]})


def _meaning(key: str) -> "model.ExternalReference":
    from basyx.aas import model

    return model.ExternalReference((model.Key(model.KeyTypes.GLOBAL_REFERENCE, key),))


def _element(name: str, meaning: str, value: Any, *, languages: bool) -> Any:
    from basyx.aas import model

    if languages:
        told = value if isinstance(value, dict) else {"en": str(value)}
        return model.MultiLanguageProperty(
            name, model.MultiLanguageTextType(dict(told)), semantic_id=_meaning(meaning)
        )
    return model.Property(name, model.datatypes.String, str(value), semantic_id=_meaning(meaning))


def _nameplate(equipment: Equipment, root: str) -> tuple[Any, tuple[Text, ...]]:
    from basyx.aas import model

    facts = dict(equipment.nameplate)
    if equipment.type is not None:
        facts.setdefault("type", {"en": equipment.type.title.en, "ko": equipment.type.title.ko})
    facts.setdefault("designation", {"en": equipment.title.en, "ko": equipment.title.ko})
    facts.setdefault("uri", f"{root}/asset")
    lacking = [name for name in NEEDED if not facts.get(name)]
    lacking += [] if facts.get("type") or facts.get("family") else ["type"]
    if lacking:
        words = ", ".join(lacking)
        return None, (Text(f"no nameplate: {words} not known", f"명판 제외: {words} 정보 없음"),)
    elements = [
        _element(name, meaning, facts[key], languages=languages)
        for key, (name, meaning, languages) in PLATE.items()
        if facts.get(key)
    ]
    contact = [
        _element(name, meaning, facts["contact"][key], languages=languages)
        for key, (name, meaning, languages) in ADDRESS.items()
        if facts["contact"].get(key)
    ]
    elements.append(
        model.SubmodelElementCollection("ContactInformation", contact, semantic_id=_meaning(CONTACT))
    )
    return model.Submodel(
        f"{root}/nameplate", elements, id_short="Nameplate", semantic_id=_meaning(NAMEPLATE)
    ), ()


def _technical(equipment: Equipment, root: str) -> Any:
    from basyx.aas import model

    plate = equipment.nameplate
    general = [
        model.Property("ManufacturerName", model.datatypes.String, _flat(plate.get("manufacturer")), semantic_id=_meaning(TECHNICAL_PART.format("ManufacturerName"))),
        model.MultiLanguageProperty(
            "ManufacturerProductDesignation",
            model.MultiLanguageTextType({"en": equipment.title.en, "ko": equipment.title.ko}),
            semantic_id=_meaning(TECHNICAL_PART.format("ManufacturerProductDesignation")),
        ),
    ]  # fmt: skip
    properties: dict[str, Any] = {}
    for name, facts in sorted(parameters_of(equipment).items()):
        for element in _parameter(name, facts):
            properties.setdefault(element.id_short, element)
    collections = [
        model.SubmodelElementCollection(name, inner, semantic_id=_meaning(TECHNICAL_PART.format(name)))
        for name, inner in (("GeneralInformation", general), ("TechnicalProperties", properties.values()))
    ]
    return model.Submodel(
        f"{root}/technical-data", collections, id_short="TechnicalData", semantic_id=_meaning(TECHNICAL)
    )


def _flat(value: Any) -> str:
    return str(next(iter(value.values()), "")) if isinstance(value, dict) else str(value or "-")


def _parameter(name: str, facts: Mapping[str, Any]) -> list[Any]:
    """A parameter as a property, and its range where it has one."""
    from basyx.aas import model

    value, short = facts.get("value"), id_short(name)
    kinds = {bool: model.datatypes.Boolean, int: model.datatypes.Double, float: model.datatypes.Double}
    kind: Any = kinds.get(type(value), model.datatypes.String)
    said: dict[str, Any] = {"embedded_data_specifications": [_iec61360(name, str(facts.get("unit") or ""))]}
    typed = None if value is None else kind(value)
    made: list[Any] = [model.Property(short, kind, typed, semantic_id=_meaning(NO_MEANING), **said)]
    if facts.get("low") is not None or facts.get("high") is not None:
        low, high = (None if facts.get(end) is None else float(facts[end]) for end in ("low", "high"))
        made.append(
            model.Range(f"{short[:122]}_Range", model.datatypes.Double, low, high, semantic_id=_meaning(NO_MEANING), **said)
        )  # fmt: skip
    return made


def _iec61360(name: str, unit: str) -> Any:
    """Name and unit of an element, as IEC 61360 says them."""
    from basyx.aas import model

    return model.EmbeddedDataSpecification(
        _meaning(IEC61360),
        model.DataSpecificationIEC61360(
            preferred_name=model.PreferredNameTypeIEC61360({"en": name[:255]}), unit=unit or None
        ),
    )


def _series(signals: Sequence[Signal], series: Series | None, endpoint: str, root: str) -> Any:
    from basyx.aas import model

    shorts = _short_names([one.pk for one in signals])
    record = [
        _property("Time", "UtcTime", model.datatypes.DateTime, None),
        *(
            model.Property(
                shorts[one.pk], model.datatypes.Double, None,
                semantic_id=_meaning(one.semantic_id or NO_MEANING),
                embedded_data_specifications=[_iec61360(one.pk, one.unit)],
            )
            for one in signals
        ),
    ]  # fmt: skip
    metadata = _part(
        "Metadata", "Metadata", [_named("Metadata/Name", "Name", root), _part("Record", "Record", record)]
    )
    segments = [] if series is None or not series.times else [_internal(series, shorts, root)]
    if endpoint:
        segments.append(_linked([one.pk for one in signals], endpoint))
    return model.Submodel(
        f"{root}/time-series", [metadata, _part("Segments", "Segments", segments)],
        id_short="TimeSeries", semantic_id=_meaning(SERIES),
    )  # fmt: skip


def _short_names(ids: Sequence[str]) -> dict[str, str]:
    """An idShort for each signal, each once."""
    found: dict[str, str] = {}
    for key in ids:
        short = id_short(key.rpartition("/")[2])
        found[key] = (
            short if short not in found.values() and short != "Time" else f"{short[:120]}_{len(found)}"
        )
    return found


def _part(name: str, meaning: str, inner: Any) -> Any:
    from basyx.aas import model

    return model.SubmodelElementCollection(name, inner, semantic_id=_meaning(SERIES_PART.format(meaning)))


def _property(name: str, meaning: str, kind: Any, value: Any) -> Any:
    from basyx.aas import model

    return model.Property(name, kind, value, semantic_id=_meaning(SERIES_PART.format(meaning)))


def _named(meaning: str, name: str, words: str) -> Any:
    return _element(name, SERIES_PART.format(meaning), {"en": words}, languages=True)


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time / 1e9, UTC)


def _internal(series: Series, shorts: Mapping[str, str], root: str) -> Any:
    """The segment that carries its records itself."""
    from basyx.aas import model

    kinds: Any = model.datatypes
    records = [
        _part(f"Record{row}", "Record", [
            _property("Time", "UtcTime", kinds.DateTime, _moment(time)),
            *(model.Property(shorts[name], kinds.Double, column[row], semantic_id=_meaning(NO_MEANING))
              for name, column in series.columns.items() if column[row] is not None and name in shorts),
        ])
        for row, time in enumerate(series.times)
    ]  # fmt: skip
    return _part("InternalSegment", "Segments/InternalSegment", [
        _named("Segment/Name", "Name", root),
        _property("RecordCount", "Segment/RecordCount", kinds.Long, kinds.Long(len(records))),
        _property("StartTime", "Segment/StartTime", kinds.String, _moment(series.times[0]).isoformat()),
        _property("EndTime", "Segment/EndTime", kinds.String, _moment(series.times[-1]).isoformat()),
        _property("State", "Segment/State", kinds.String, "completed"),
        _part("Records", "Records", records),
    ])  # fmt: skip


def _linked(signals: Sequence[str], endpoint: str) -> Any:
    """The segment that says where to ask."""
    from basyx.aas import model

    query = "&".join(f"signal={quote(one)}" for one in signals)
    return _part("LinkedSegment", "Segments/LinkedSegment", [
        _property("Endpoint", "Endpoint", model.datatypes.String, endpoint),
        _property("Query", "Query", model.datatypes.String, query),
    ])  # fmt: skip


def write_shell(shell: Shell, out: Path) -> None:
    """Write a shell; the ending of `out` says in which form.

    Raises
    ------
    EndingUnknown
    """
    from basyx.aas import model
    from basyx.aas.adapter.aasx import AASXWriter, DictSupplementaryFileContainer
    from basyx.aas.adapter.json import write_aas_json_file
    from basyx.aas.adapter.xml import write_aas_xml_file

    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise EndingUnknown(out.name)
    store: Any = model.DictIdentifiableStore(shell.objects)
    if ending == ".json":
        with out.open("w", encoding="utf-8") as file:
            write_aas_json_file(file, store)
        return
    written = io.BytesIO()
    if ending == ".xml":
        write_aas_xml_file(written, store)
        out.write_bytes(written.getvalue().replace(V31, V30))
        return
    files: Callable[[], Any] = DictSupplementaryFileContainer
    with AASXWriter(written) as package:
        package.write_aas(shell.id, store, files())
    out.write_bytes(renamed_space(written, V31, V30).getvalue())


def renamed_space(package: IO[bytes], old: bytes, new: bytes) -> io.BytesIO:
    """A package whose XML parts name another version of the metamodel; all else as it was."""
    made = io.BytesIO()
    with zipfile.ZipFile(package) as read, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as write:
        for part in read.infolist():
            content = read.read(part)
            write.writestr(part, content.replace(old, new) if part.filename.endswith(".xml") else content)
    return made
