"""The inventory's own parts: types, equipment, what persons said of signals, aliases, and sources without secrets."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from typing import Any, ClassVar

from dure.plant.connect import (
    Source,
    SourceUnknown,
    add_source,
    connector_for,
    remove_source,
    source,
    sources,
)
from dure.plant.inventory.acts import (
    EQUIPMENT_FACTS,
    KEEPERS,
    SIGNAL_FACTS,
    TYPE_FACTS,
    Aliases,
    Records,
    Row,
    plain,
)
from dure.plant.inventory.configuration.parts import Field, Part, Problem, RecordPart, World
from dure.plant.inventory.models import Alias, Equipment, EquipmentType, Signal
from dure.vocabulary import DureError, Text, UnknownUnit, home, ucum
from dure.vocabulary import Signal as Described

PARAMETER = {"value": (str, int, float, bool), "unit": (str,), "low": (int, float), "high": (int, float)}
EXPECTED = {
    "name": (str,), "unit": (str,), "semantic_id": (str,), "low": (int, float), "high": (int, float),
    "signal_class": (str,), "optional": (bool,),
}  # fmt: skip
SOURCE_DEFAULTS: Row = {
    "settings": {}, "signals": {}, "enabled": True, "box": "", "buffer": 0.0, "when_full": "hold", "renamed": {},
}  # fmt: skip
SOURCE_FACTS: dict[str, type | tuple[type, ...]] = {
    "url": str, "settings": dict, "signals": dict, "enabled": bool, "box": str, "buffer": (int, float),
    "when_full": str, "renamed": dict,
}  # fmt: skip
NOT_PLAIN = Text("a value here is of the wrong kind", "값의 형식이 잘못되었습니다")


def parts() -> list[Part]:
    """In the order in which they refer to each other."""
    return [TYPES, EQUIPMENT, SIGNALS, ALIASES, Sources()]


def unit_problem(value: Any) -> Text | None:
    """Why a unit is none, or None."""
    try:
        if value:
            ucum(value)
    except UnknownUnit:
        return Text(f"“{value}” is no unit of UCUM", f"“{value}”은(는) UCUM 단위가 아닙니다")
    return None


def _facts_problem(facts: Any, kinds: Mapping[str, tuple[type, ...]]) -> Text | None:
    if not isinstance(facts, dict):
        return NOT_PLAIN
    for name, value in facts.items():
        if name not in kinds:
            return Text(f"there is no field “{name}”", f"“{name}” 항목이 없습니다")
        number = isinstance(value, float) and not math.isfinite(value)
        if (
            number
            or not isinstance(value, kinds[name])
            or (isinstance(value, bool) and bool not in kinds[name])
        ):
            return Text(f"“{name}” is of the wrong kind", f"“{name}” 값의 형식이 잘못되었습니다")
    return unit_problem(facts.get("unit"))


def _parameters(value: Any) -> Text | None:
    return next((why for facts in value.values() if (why := _facts_problem(facts, PARAMETER))), None)


def _expected(value: Any) -> Text | None:
    for facts in value:
        if (why := _facts_problem(facts, EXPECTED)) is not None:
            return why
        if not facts.get("name"):
            return Text("an expected signal has no name", "기대 신호에 이름이 없습니다")
    return None


def _plain(value: Any) -> Text | None:
    def fine(one: Any) -> bool:
        if isinstance(one, dict):
            return all(fine(inner) for inner in one.values())
        if isinstance(one, list):
            return all(fine(inner) for inner in one)
        return not isinstance(one, float) or math.isfinite(one)

    return None if fine(value) else NOT_PLAIN


def _finite(value: Any) -> Text | None:
    return None if value is None or math.isfinite(value) else NOT_PLAIN


def _template(value: Any) -> Text | None:
    from dure.science.packs import templates

    known = templates()
    return None if not value or value in known else Text(f"not one of {', '.join(known)}", f"다음 중 하나가 아닙니다: {', '.join(known)}")  # fmt: skip


def _user_name(key: Any) -> str:
    from dure.foundation.parties import Person

    found = Person.objects.filter(pk=key).values_list("username", flat=True).first() if key else ""
    return str(found or "")


def _user(name: Any) -> int | None:
    from dure.foundation.parties import Person

    return Person.objects.filter(username=name).values_list("pk", flat=True).first() if name else None


def _user_problem(name: Any) -> Text | None:
    return (
        None
        if not name or _user(name)
        else Text(f"there is no person “{name}”", f"“{name}” 사용자가 없습니다")
    )


def _link(attribute: str, refers: str) -> Field:
    return Field(attribute, refers=refers, written=lambda key: key or "", read=lambda key: key or None)


_TITLES = {"title_ko": Field("title_ko", longest=200), "title_en": Field("title_en", longest=200)}
_OWNER = Field("owner_id", longest=150, check=_user_problem, written=_user_name, read=_user)
_NUMBER = (int, float, type(None))

TYPES = RecordPart(
    "types",
    Records(EquipmentType, TYPE_FACTS),
    {
        **_TITLES,
        "parent": _link("parent_id", "types"),
        "template": Field("template", check=_template),
        "parameters": Field("parameters", (dict,), {}, check=_parameters),
        "signals": Field("signals", (list,), [], check=_expected),
    },
)
EQUIPMENT = RecordPart(
    "equipment",
    Records(Equipment, EQUIPMENT_FACTS),
    {
        **_TITLES,
        "level": Field("level", default="Equipment", choices=tuple(Equipment.Level.values)),
        "parent": _link("parent_id", "equipment"),
        "type": _link("type_id", "types"),
        "parameters": Field("parameters", (dict,), {}, check=_parameters),
        "nameplate": Field("nameplate", (dict,), {}, check=_plain),
        "source": Field("source", longest=80),
        "prefix": Field("prefix"),
        "owner": _OWNER,
        "found": Field(
            "confirmed", (bool,), False, written=lambda seen: not seen, read=lambda found: not found
        ),
    },
)

# A file says of a signal what persons said; all else is measured, and measured again wherever it is taken in.
_SAID = ("unit", "semantic_id", "equipment", "owner", "signal_class", "low", "high")


def _said_empty() -> Row:
    return {
        "unit": "", "unit_source": "", "semantic_id": "", "owner_id": None, "signal_class": "", "low": None,
        "high": None, "said": {}, "confirmed_by_id": None, "confirmed_at": None,
    }  # fmt: skip


class SignalPart:
    """Facts of signals that persons confirmed."""

    name = "signals"
    fields: ClassVar[dict[str, Field]] = {
        "unit": Field("unit", longest=40, check=unit_problem),
        "semantic_id": Field("semantic_id", longest=200),
        "equipment": Field("equipment", refers="equipment"),
        "owner": _OWNER,
        "signal_class": Field("signal_class", longest=40),
        "low": Field("low", _NUMBER, None, check=_finite),
        "high": Field("high", _NUMBER, None, check=_finite),
    }

    def rows(self) -> dict[str, Row]:
        """What there is now: only signals of which a person said something, and only that."""
        kept = Signal.objects.exclude(said={}).order_by("pk").values("pk", "said", *SIGNAL_FACTS)
        return {str(one["pk"]): self._written(plain(one)) for one in kept if one["said"]}

    def _written(self, kept: Row) -> Row:
        return {
            name: one.written(kept[one.attribute])
            for name, one in self.fields.items()
            if name in kept["said"] and one.written(kept[one.attribute]) not in ("", None)
        }

    def problems(self, key: str, row: Row, world: World) -> Iterator[Problem]:
        """What is wrong with a row of a file."""
        as_records = RecordPart(self.name, Records(Signal, SIGNAL_FACTS), self.fields)
        yield from as_records.problems(key, row, world)
        if "/" not in key:
            yield "", Text("a signal is named source/path", "신호 이름은 소스/경로 형식입니다")

    def kept(self, key: str, row: Row) -> Row | None:
        """The row as its keeper writes it."""
        told = {self.fields[name].attribute: self.fields[name].read(value) for name, value in row.items()}
        held = KEEPERS["signals"].read(key) or {}
        said = {name: held.get("said", {}).get(name) or {"name": "file"} for name in row}
        unit = {"unit_source": "confirmed", "suggested_unit": ""} if "unit" in row else {}
        source_ = {"source": key.partition("/")[0], "name": held.get("name") or key.rpartition("/")[2]}
        cleared = {name: value for name, value in _said_empty().items() if self._was_said(name, held, row)}
        return {**source_, **cleared, **told, **unit, "said": said}

    def _was_said(self, attribute: str, held: Row, row: Row) -> bool:
        """Whether a person had said this, and the file no longer does."""
        names = {
            "unit_source": "unit",
            "confirmed_by_id": "unit",
            "confirmed_at": "unit",
            "owner_id": "owner",
        }
        name = names.get(attribute, attribute)
        return name in held.get("said", {}) and name not in row

    def gone(self, key: str) -> Row | None:
        """The signal stays, without what was said of it."""
        held = KEEPERS["signals"].read(key) or {}
        return {name: value for name, value in _said_empty().items() if self._was_said(name, held, {})} | {
            "said": {}
        }


SIGNALS = SignalPart()
ALIASES = RecordPart(
    "aliases",
    Aliases(Alias, ("old", "source", "since")),
    {
        "old": Field("old", longest=400),
        "source": Field("source", longest=80),
        "since": Field("since", (int,), 0),
    },
)


class Sources:
    """Descriptions of sources, as `home/sources` has them; passwords lie elsewhere and are never written."""

    name = "sources"

    def rows(self) -> dict[str, Row]:
        """What there is now."""
        return {one.id: _source_row(one) for one in sources(home())}

    def read(self, key: str) -> Row | None:
        """One description."""
        try:
            return plain(_source_row(source(home(), key)))
        except SourceUnknown:
            return None

    def write(self, key: str, row: Row | None) -> None:
        """Keep or forget one description."""
        if row is None:
            remove_source(home(), key)
            return
        signals = tuple(
            Described(**{"id": name, "source": key, **facts})
            for name, facts in row.get("signals", {}).items()
        )
        add_source(home(), Source(**{**row, "id": key, "signals": signals}), again=True)

    def problems(self, key: str, row: Row, world: World) -> Iterator[Problem]:  # noqa: ARG002 - as all parts
        """What is wrong with a row of a file."""
        for name, value in row.items():
            if name not in SOURCE_FACTS:
                yield name, Text(f"there is no field “{name}”", f"“{name}” 항목이 없습니다")
            elif not isinstance(value, SOURCE_FACTS[name]):
                yield name, NOT_PLAIN
        yield from _source_problems(key, row)

    def kept(self, key: str, row: Row) -> Row | None:  # noqa: ARG002 - as all parts
        """The whole row, for what is left out is at its default."""
        return {"url": "", **SOURCE_DEFAULTS, **row}

    def gone(self, key: str) -> Row | None:
        """A source is never taken away by a file: its password would be lost with it."""
        return self.read(key)


def _source_problems(key: str, row: Row) -> Iterator[Problem]:
    try:
        described = Source(
            key, str(row.get("url", "")), **{n: row[n] for n in ("buffer", "when_full") if n in row}
        )
        member = connector_for(described.url)
        if isinstance(settings := row.get("settings", {}), dict):
            member.settings_type.read(settings, scheme=member.schemes[0])
    except TypeError:
        yield "", NOT_PLAIN
    except DureError as refusal:
        yield "url", Text(refusal.message, refusal.message)
    for facts in row.get("signals", {}).values() if isinstance(row.get("signals", {}), dict) else ():
        if not isinstance(facts, dict) or not set(facts) <= _SIGNAL_WORDS or not all(isinstance(v, str) for v in facts.values()):  # fmt: skip
            yield "signals", NOT_PLAIN
            return


_SIGNAL_WORDS = {"name", "unit", "address", "equipment", "semantic_id", "kind", "description"}


def _source_row(one: Source) -> Row:
    told = {
        **{name: getattr(one, name) for name in SOURCE_FACTS},
        "settings": dict(one.settings),
        "signals": {signal.id: _described(signal) for signal in sorted(one.signals, key=lambda s: s.id)},
        "renamed": dict(sorted(one.renamed.items())),
    }
    return {name: value for name, value in told.items() if name == "url" or value != SOURCE_DEFAULTS[name]}


def _described(signal: Described) -> dict[str, str]:
    default = Described("", "")
    told = asdict(signal)
    return {name: told[name] for name in sorted(_SIGNAL_WORDS) if told[name] != getattr(default, name)}


@cache
def _keep_sources() -> None:
    KEEPERS["sources"] = Sources()


_keep_sources()
