"""Shells of a maker, read: equipment with its nameplate and parameters. Bounded, checked, applied as one change."""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.inventory.aas.words import ADDRESS, NAMEPLATES, PLATE, TECHNICALS, V30, V31
from dure.plant.inventory.aas.writing import renamed_space
from dure.plant.inventory.acts import change
from dure.plant.inventory.hierarchy import equipment_row
from dure.plant.inventory.models import Change, Equipment
from dure.vocabulary import FileProblem, Text, UnknownUnit, ucum

if TYPE_CHECKING:
    from dure.foundation.parties import Person

MOST_BYTES, MOST_UNPACKED, MOST_PARTS = 50_000_000, 200_000_000, 2000
MOST_SHELLS, MOST_PARAMETERS, DEEPEST, LONGEST = 5000, 1000, 12, 2000


class AasUnreadable(FileProblem):
    """A file that is no Asset Administration Shell, or too large a one."""

    key = "aas-unreadable"
    says = Text(
        "{where} cannot be read as an Asset Administration Shell: {why}",
        "{where} 파일을 자산관리셸로 읽을 수 없습니다: {why}",
    )
    remedy = Text(
        "Ask the maker for an AASX of AAS V3.0.", "제조사에 AAS V3.0 형식의 AASX 파일을 요청하세요."
    )


@dataclass(frozen=True, slots=True)
class Found:
    """One shell as equipment: `facts` are columns of `Equipment`, `new` if the inventory does not have it yet."""

    key: str
    asset: str
    facts: Mapping[str, Any]
    new: bool
    notes: tuple[Text, ...] = field(default=())


def read_shells(path: Path) -> list[Found]:
    """The shells of an AASX, JSON or XML file, beside what the inventory has; nothing is written.

    Raises
    ------
    AasUnreadable
    """
    _bounded(path)
    store, notes = _objects(path)
    shells = [one for one in store if type(one).__name__ == "AssetAdministrationShell"]
    if not shells or len(shells) > MOST_SHELLS:
        raise AasUnreadable(path.name, why=Text("there is no shell in it", "셸이 없습니다"))
    known = {str(one.nameplate.get("uri")): one.pk for one in Equipment.objects.exclude(nameplate={})}
    held = {one.pk: one for one in Equipment.objects.all()}
    return [_found(shell, store, known, held, notes) for shell in shells]


def _bounded(path: Path) -> None:
    """Refuse what is too large unpacked, or carries a document type: that is how XML unfolds to gigabytes."""
    large = AasUnreadable(path.name, why=Text("it is too large", "너무 큽니다"))
    try:
        if path.stat().st_size > MOST_BYTES:
            raise large
        if not zipfile.is_zipfile(path):
            _plain_xml(path.name, path.read_bytes())
            return
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > MOST_UNPACKED:
                raise large
            for one in parts:
                if one.filename.lower().endswith((".xml", ".rels", ".json")):
                    _plain_xml(path.name, package.read(one))
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as broken:
        why = Text("it is not there or not whole", "파일이 없거나 손상되었습니다")
        raise AasUnreadable(path.name, why=why) from broken


def _plain_xml(name: str, content: bytes) -> None:
    if any("<!DOCTYPE".encode(code) in content for code in ("utf-8", "utf-16-le", "utf-16-be")):
        raise AasUnreadable(name, why=Text("it declares a document type", "문서 형식 선언이 있습니다"))


def _objects(path: Path) -> tuple[Any, tuple[Text, ...]]:
    """What the file holds; first strictly, then without the parts that break the standard, which is noted."""
    try:
        return _parsed(path, failsafe=False), ()
    except AasUnreadable:
        raise
    except Exception as broken:  # noqa: BLE001 - readers of foreign files raise what they like
        why = str(broken).partition("\n")[0][:200]
    note = Text(f"parts that break AAS V3.0 were skipped: {why}", f"AAS V3.0에 어긋나는 부분은 건너뜀: {why}")
    try:
        return _parsed(path, failsafe=True), (note,)
    except Exception as broken:
        raise AasUnreadable(path.name, why=str(broken).partition("\n")[0][:200]) from broken


def _parsed(path: Path, *, failsafe: bool) -> Any:
    import logging

    from basyx.aas import model
    from basyx.aas.adapter.aasx import AASXReader, DictSupplementaryFileContainer
    from basyx.aas.adapter.json import read_aas_json_file
    from basyx.aas.adapter.xml import read_aas_xml_file

    logging.getLogger("basyx").setLevel(logging.CRITICAL)  # what is skipped is told in the note
    if zipfile.is_zipfile(path):
        store: Any = model.DictIdentifiableStore()
        files: Callable[[], Any] = DictSupplementaryFileContainer
        with path.open("rb") as file, AASXReader(renamed_space(file, V30, V31), failsafe=failsafe) as package:
            package.read_into(store, files())
        return store
    content = path.read_bytes()
    if content[:400].lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        return read_aas_xml_file(io.BytesIO(content.replace(V30, V31)), failsafe=failsafe)
    return read_aas_json_file(io.StringIO(content.decode("utf-8-sig")), failsafe=failsafe)


def _found(
    shell: Any, store: Any, known: Mapping[str, str], held: Mapping[str, Equipment], notes: tuple[Text, ...]
) -> Found:
    asset = str(shell.asset_information.global_asset_id or shell.id)[:LONGEST]
    own = next(
        (one.value for one in shell.asset_information.specific_asset_id if one.name == "equipment"), ""
    )
    key = own if own in held else known.get(asset) or own or str(shell.id_short or asset.rpartition("/")[2])
    facts: dict[str, Any] = _titles(shell)
    plate: dict[str, Any] = {"uri": asset}
    parameters: dict[str, dict[str, Any]] = {}
    for submodel in _submodels(shell, store):
        meaning = _meaning(submodel)
        if meaning.lower().startswith(NAMEPLATES):
            plate |= _plate(submodel)
        elif meaning.lower().startswith(TECHNICALS):
            _gather(submodel.submodel_element, parameters, 0)
    before = held.get(key[:300])
    facts["nameplate"] = {**(before.nameplate if before else {}), **plate}
    facts["parameters"] = {**(before.parameters if before else {}), **_own_only(parameters, before)}
    return Found(key[:300], asset, facts, before is None, notes)


def _own_only(parameters: dict[str, dict[str, Any]], before: Equipment | None) -> dict[str, dict[str, Any]]:
    """Parameters that the type does not give the machine already."""
    from dure.plant.inventory.kinds import parameters_of

    inherited = parameters_of(before) if before is not None else {}
    return {
        name: facts
        for name, facts in parameters.items()
        if facts != {key: value for key, value in inherited.get(name, {}).items() if key != "from"}
    }


def _titles(shell: Any) -> dict[str, Any]:
    told = shell.display_name or {}
    named = {f"title_{language}": str(told[language])[:200] for language in ("en", "ko") if language in told}
    return named or {"title_en": str(shell.id_short or "")[:200]}


def _submodels(shell: Any, store: Any) -> Iterator[Any]:
    for reference in shell.submodel:
        found = store.get(reference.key[0].value)
        if type(found).__name__ == "Submodel":
            yield found


def _meaning(element: Any) -> str:
    keys = getattr(element.semantic_id, "key", ())
    return str(keys[0].value) if keys else ""


def _plate(submodel: Any) -> dict[str, Any]:
    """Facts of a nameplate, of version 2 or 3: by idShort, which both share, or else by the meaning's IRDI."""
    found = dict(_facts(submodel.submodel_element, PLATE))
    for element in submodel.submodel_element:
        if element.id_short in ("ContactInformation", "AddressInformation"):
            found["contact"] = dict(_facts(element.value, ADDRESS))
    return found


def _facts(elements: Any, table: Mapping[str, tuple[str, str, bool]]) -> Iterator[tuple[str, Any]]:
    names = {name.lower(): key for key, (name, _meaning_, _languages) in table.items()}
    irdis = {meaning.partition("#")[2][:10]: key for key, (_n, meaning, _l) in table.items()}
    for element in elements:
        irdi = _meaning(element).rpartition("0173-1#")[2][:10]
        key = names.get(str(element.id_short).lower()) or irdis.get(irdi, "")
        value = _plain(element)
        if key and value not in (None, "", {}):
            yield key, value


def _plain(element: Any) -> Any:
    """Value of a property as JSON has it: a number, a truth, words, or words by language."""
    kind, value = type(element).__name__, getattr(element, "value", None)
    if kind == "MultiLanguageProperty":
        return {str(language)[:12]: str(text)[:LONGEST] for language, text in (value or {}).items()}
    if kind != "Property" or value is None:
        return None
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, (int, float)):
        number = float(value)
        return number if number - number == 0 else None
    return str(value)[:LONGEST]


def _gather(elements: Any, found: dict[str, dict[str, Any]], depth: int) -> None:
    """Parameters among technical properties, as deep as they lie."""
    for element in elements:
        if len(found) >= MOST_PARAMETERS:
            return
        kind, inner = type(element).__name__, getattr(element, "value", None)
        if kind in {"SubmodelElementCollection", "SubmodelElementList"} and depth < DEEPEST:
            if element.id_short not in ("GeneralInformation", "ProductClassifications", "FurtherInformation"):
                _gather(inner or (), found, depth + 1)
        elif kind == "Range":
            _range(element, found)
        elif (value := _plain(element)) is not None:
            words = value if not isinstance(value, dict) else next(iter(value.values()), "")
            found.setdefault(_name(element), {}).update({"value": words, **_unit(element)})


def _range(element: Any, found: dict[str, dict[str, Any]]) -> None:
    name = _name(element)
    ends = {"low": element.min, "high": element.max}
    told = {end: float(value) for end, value in ends.items() if isinstance(value, (int, float))}
    found.setdefault(name, {}).update(told | _unit(element))


def _content(element: Any) -> Any:
    return next((one.data_specification_content for one in element.embedded_data_specifications), None)


def _name(element: Any) -> str:
    """Its preferred name after IEC 61360, or else its display name, or its idShort."""
    names: Any = getattr(_content(element), "preferred_name", None) or element.display_name or {}
    told = names.get("en") or next(iter(names.values()), "") if names else ""
    return str(told or element.id_short or "?")[:80]


def _unit(element: Any) -> dict[str, str]:
    written = str(getattr(_content(element), "unit", None) or "")
    try:
        return {"unit": ucum(written)} if written else {}
    except UnknownUnit:
        return {}


def take_in_shells(found: Sequence[Found], by: "Person", *, title: str = "AAS") -> Change | None:
    """Write what was read, all or none; the change, or None if nothing differs.

    Raises
    ------
    RoleTooSmall
    """
    says = Text(f"{len(found)} shells from {title}", f"{title}에서 셸 {len(found)}개")
    with change(by, "aas-taken-in", says) as writing:
        for one in found:
            whole = equipment_row(**one.facts) if one.new else {**one.facts, "confirmed": True}
            writing.put("equipment", one.key, whole)
    return Change.objects.filter(by=by, what="aas-taken-in").first() if writing.rows else None
