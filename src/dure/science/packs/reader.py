"""Reads `pack.yaml` into a `Pack`, or says in one sentence which line is wrong.

The dataclasses of `pack.py` are the schema: what they do not name is refused, what they require must be there.
Beyond their shape, a unit must be UCUM, a limit must name its source, ids must be unique, and every label must
speak both languages.
"""

import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from dure.science.packs.pack import Pack
from dure.vocabulary import FileProblem, Text, UnknownUnit, ucum

Part = TypeVar("Part")
LANGUAGES = ("ko", "en")


class PackProblem(FileProblem):
    """A `pack.yaml` that does not follow the format."""

    key = "pack-wrong"
    says = Text("{where}, line {line}: {fault}", "{where} {line}행: {fault}")
    remedy = Text(
        "Correct the line; docs/reference/packs.md describes each field.",
        "해당 행을 고쳐 주세요. 각 항목은 docs/reference/packs.md에 설명되어 있습니다.",
    )


def read(path: Path) -> Pack:
    """Pack written in a `pack.yaml`.

    Raises
    ------
    PackProblem
        If the file cannot be read as YAML or breaks the format; the sentence names the line and the field.
    """
    page, document = _opened(path)
    pack = page.build(Pack, document, ())
    page.check_ids(pack)
    return pack


def read_as(kind: type[Part], path: Path) -> Part:
    """Dataclass written in a file of the same format; raises as `read`."""
    page, document = _opened(path)
    return page.build(kind, document, ())


def _opened(path: Path) -> tuple["_Page", Any]:
    document, lines = _load(path)
    return _Page(path, lines), document


def _load(path: Path) -> tuple[Any, dict[tuple[str, ...], int]]:
    """Plain values of the file, and the line on which each stands."""
    import yaml

    lines: dict[tuple[str, ...], int] = {}
    loader = None
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        document = loader.construct_document(node) if node else {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as refused:
        mark = getattr(refused, "problem_mark", None)
        fault = Text(f"this is not YAML ({_first(refused)}).", f"YAML 형식이 아닙니다({_first(refused)}).")
        raise PackProblem(str(path), line=mark.line + 1 if mark else 1, fault=fault) from refused
    finally:
        if loader is not None:
            loader.dispose()
    lines.update(_lines(node, ()))
    return document, lines


def _first(refused: Exception) -> str:
    return str(getattr(refused, "problem", None) or refused).splitlines()[0].rstrip(".")


def _lines(node: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if node is None:
        return
    yield place, node.start_mark.line + 1
    children = (
        [(key.value, value) for key, value in node.value]
        if node.id == "mapping"
        else [(str(position), value) for position, value in enumerate(node.value)]
        if node.id == "sequence"
        else []
    )
    for name, child in children:
        yield from _lines(child, (*place, str(name)))


@dataclass(frozen=True, slots=True)
class _Page:
    """The file under the reader's finger: turns values into parts, and knows the line of each."""

    path: Path
    lines: Mapping[tuple[str, ...], int]

    def wrong(self, place: tuple[str, ...], en: str, ko: str) -> PackProblem:
        """The error for a place in the file."""
        line = next((self.lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in self.lines), 1)
        name = ".".join(place) or "pack"
        return PackProblem(str(self.path), line=line, fault=Text(f"{name} {en}", f"{name}{ko}"))

    def build(self, kind: type[Part], raw: Any, place: tuple[str, ...]) -> Part:
        """One dataclass from one mapping."""
        if not isinstance(raw, Mapping):
            raise self.wrong(place, "is not a mapping of fields.", "은(는) 항목의 묶음이 아닙니다.")
        hints = get_type_hints(kind)
        known = {f.name for f in fields(kind) if f.name != "name"}  # type: ignore[arg-type]  # only dataclasses come here
        labelled = "name" in hints
        for key in raw:
            if key not in known and not (labelled and key in LANGUAGES):
                raise self.wrong(
                    (*place, str(key)), "is not a field of the format.", "은(는) 형식에 없는 항목입니다."
                )
        values = {name: self.value(hints[name], raw[name], (*place, name)) for name in known if name in raw}
        if labelled:
            values["name"] = self.text({key: raw[key] for key in LANGUAGES if key in raw}, place)
        for f in fields(kind):  # type: ignore[arg-type]  # only dataclasses come here
            if f.name not in values and f.default is MISSING:
                raise self.wrong(place, f"lacks the field {f.name}.", f"에 {f.name} 항목이 없습니다.")
        return kind(**values)

    def value(self, hint: Any, raw: Any, place: tuple[str, ...]) -> Any:
        """A value of the type that the field is declared with."""
        if get_origin(hint) is types.UnionType:
            hint = next(option for option in get_args(hint) if option is not type(None))
        if hint is Text:
            return self.text(raw, place)
        if is_dataclass(hint):
            return self.build(hint, raw, place)  # type: ignore[arg-type]  # a field's hint is a class, not an instance
        if get_origin(hint) is tuple:
            return self.row(get_args(hint)[0], raw, place)
        if get_origin(hint) is Mapping:
            return self.mapping(raw, place)
        return self.plain(hint, raw, place)

    def row(self, hint: Any, raw: Any, place: tuple[str, ...]) -> tuple[Any, ...]:
        if not isinstance(raw, list):
            raise self.wrong(place, "is not a list.", "은(는) 목록이 아닙니다.")
        return tuple(self.value(hint, item, (*place, str(n))) for n, item in enumerate(raw))

    def mapping(self, raw: Any, place: tuple[str, ...]) -> Mapping[str, Any]:
        if not isinstance(raw, dict):
            raise self.wrong(place, "is not a mapping of fields.", "은(는) 항목의 묶음이 아닙니다.")
        return types.MappingProxyType(raw)

    def text(self, raw: Any, place: tuple[str, ...]) -> Text:
        for language in LANGUAGES:
            said = raw.get(language) if isinstance(raw, Mapping) else None
            if not isinstance(said, str) or not said.strip():
                raise self.wrong(place, f"lacks its words in {language}.", f"에 {language} 문구가 없습니다.")
        return Text(en=raw["en"], ko=raw["ko"])

    def plain(self, hint: Any, raw: Any, place: tuple[str, ...]) -> str | float | bool:
        if hint is bool and isinstance(raw, bool):
            return raw
        if hint is float and isinstance(raw, int | float) and not isinstance(raw, bool):
            return float(raw)
        if hint is str and isinstance(raw, str):
            return self.unit(raw, place) if place[-1] == "ucum" else self.words(raw, place)
        kinds = {
            "str": ("text", "글이"),
            "float": ("a number", "수가"),
            "bool": ("true or false", "true나 false가"),
        }[hint.__name__]
        raise self.wrong(place, f"is not {kinds[0]}: {raw!r}.", f"은(는) {kinds[1]} 아닙니다: {raw!r}.")

    def words(self, raw: str, place: tuple[str, ...]) -> str:
        if not raw.strip():
            raise self.wrong(place, "is empty.", "이(가) 비어 있습니다.")
        return raw

    def unit(self, raw: str, place: tuple[str, ...]) -> str:
        try:
            code = ucum(raw)
        except UnknownUnit as refused:
            raise self.wrong(
                place, f"is not a UCUM code: {raw}.", f"은(는) UCUM 코드가 아닙니다: {raw}."
            ) from refused
        if code != raw:
            raise self.wrong(place, f"writes {raw} for {code}.", f"에서 {code} 대신 {raw}(으)로 썼습니다.")
        return code

    def _check_features(self, pack: Pack) -> None:
        """Every signal that a feature names is there, and every formula says where it comes from."""
        for place, need in self._needs(pack):
            if pack.signal(need) is None:
                raise self.wrong(place, f"is no signal: {need}.", f"은(는) 신호가 아닙니다: {need}.")
        for n, derived in enumerate(pack.derived):
            if derived.needs and not derived.source:
                raise self.wrong(("derived", str(n)), "lacks the field source.", "에 source 항목이 없습니다.")

    @staticmethod
    def _needs(pack: Pack) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every signal that a feature names, with its place in the file."""
        yield from ((("needs", str(n)), need) for n, need in enumerate(pack.needs))
        for n, derived in enumerate(pack.derived):
            yield from ((("derived", str(n), "formula"), need) for need in derived.needs)

    def check_ids(self, pack: Pack) -> None:
        """Every id once, the folder's name as the pack's, every range the right way round."""
        if pack.id != self.path.parent.name:
            raise self.wrong(
                ("id",), f"is not the folder's name: {pack.id}.", f"이(가) 폴더 이름과 다릅니다: {pack.id}."
            )
        seen: set[str] = set()
        for group in ("signals", "derived"):
            for n, part in enumerate(getattr(pack, group)):
                if part.id in seen:
                    raise self.wrong(
                        (group, str(n), "id"),
                        f"is there twice: {part.id}.",
                        f"이(가) 두 번 있습니다: {part.id}.",
                    )
                seen.add(part.id)
        self._check_features(pack)
        for n, signal in enumerate(pack.signals):
            if len(signal.range) != 2 or signal.range[0] >= signal.range[1]:
                raise self.wrong(
                    ("signals", str(n), "range"), "is not [low, high].", "이(가) [하한, 상한]이 아닙니다."
                )
