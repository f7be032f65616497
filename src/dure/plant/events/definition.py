"""How a table of an MES or ERP becomes frames, lots and uses: a text file that a person writes and reads.

```toml
kind = "batch"                    # batch, order, step, shift, alarm, downtime; "lots" or "genealogy" for tables without times
source = "mes"                    # a database among the sources of this node, or: file = "history.xlsx"
table = "production_lot"          # table of the database, or sheet of the workbook
key = "lot_no"
start = "started_at"
end = "ended_at"                  # leave out for events of one moment
time_zone = "Asia/Seoul"          # of times that bear none
equipment = "line1/{machine}"     # names in braces are columns
lot = "lot_no"                    # the lot that came out
uses = "raw_lot"                  # the lot that went in
[equipments]                      # what the table calls them → what the plant calls them
"line1/M-01" = "line1/Press01"
```
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dure.plant.events.kinds import Kind
from dure.vocabulary import InputError, Text

TABLES_WITHOUT_TIMES = ("lots", "genealogy")
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_BRACED = re.compile(r"\{([^{}]+)\}")


class DefinitionRefused(InputError):
    """A definition of events that cannot be used."""

    key = "event-definition-refused"
    says = Text(
        "The definition of events {where} cannot be used: {why}.",
        "이벤트 정의 {where}을(를) 쓸 수 없습니다: {why}.",
    )
    remedy = Text(
        "Correct that line; the how-to page on lots and events has an example.",
        "그 줄을 고쳐 주세요. 로트와 이벤트 문서에 예가 있습니다.",
    )


@dataclass(frozen=True, slots=True)
class Definition:
    """Names of a table's columns by what they mean; `facts` empty keeps every other column."""

    id: str
    kind: str
    source: str = ""
    file: str = ""
    table: str = ""
    key: str = ""
    title: str = ""
    start: str = ""
    end: str = ""
    time_zone: str = "UTC"
    equipment: str = ""
    equipments: Mapping[str, str] = field(default_factory=dict)
    lot: str = ""
    material: str = ""
    quantity: str = ""
    unit: str = ""
    uses: str = ""
    used_quantity: str = ""
    facts: tuple[str, ...] = ()
    every: float = 60.0

    @property
    def timed(self) -> bool:
        """Whether its rows are frames of time."""
        return self.kind not in TABLES_WITHOUT_TIMES

    @property
    def columns(self) -> list[str]:
        """Every column that is named."""
        named = (
            self.key,
            self.title,
            self.start,
            self.end,
            self.lot,
            self.material,
            self.quantity,
            self.uses,
            self.used_quantity,
        )
        return list(dict.fromkeys([*filter(None, named), *_BRACED.findall(self.equipment), *self.facts]))

    @classmethod
    def read(cls, file: Path) -> "Definition":
        """The definition in a TOML file; its id is the file's name.

        Raises
        ------
        DefinitionRefused
        """
        try:
            written = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as odd:
            raise DefinitionRefused(file.name, why=str(odd)) from odd
        return cls.parse(file.stem, written)

    @classmethod
    def parse(cls, id: str, written: str) -> "Definition":  # noqa: A002 - the word everyone uses
        r"""The definition written in TOML.

        Raises
        ------
        DefinitionRefused

        Examples
        --------
        >>> Definition.parse("lots", 'kind = "genealogy"\nfile = "a.xlsx"\nlot = "Lot"\nuses = "Raw"').timed
        False
        >>> Definition.parse("lots", 'kind = "batches"')
        Traceback (most recent call last):
        dure.plant.events.definition.DefinitionRefused: The definition of events lots cannot be used: kind “batches” is none of ...
        """
        try:
            facts = tomllib.loads(written)
        except tomllib.TOMLDecodeError as odd:
            raise DefinitionRefused(id, why=str(odd)) from odd
        if why := _wrong(id, facts):
            raise DefinitionRefused(id, why=why)
        return cls(id=id, **{**facts, "facts": tuple(facts.get("facts", ()))})


def _wrong(id: str, facts: Mapping[str, Any]) -> Text | None:  # noqa: A002 - the word everyone uses
    """What is wrong with a definition, or None."""
    checks = (_wrong_names, _wrong_types, _wrong_kind, _wrong_place, _wrong_columns)
    if not NAME.fullmatch(id):
        return Text("its name may have a-z, 0-9 and hyphens", "이름에는 a-z, 0-9, 하이픈만 쓸 수 있습니다")
    return next((why for check in checks if (why := check(facts))), None)


def _wrong_names(facts: Mapping[str, Any]) -> Text | None:
    known = {one.name for one in fields(Definition)} - {"id"}
    if strange := sorted(set(facts) - known):
        return Text(f"“{strange[0]}” is not known", f"“{strange[0]}”은(는) 없는 항목입니다")
    return None


def _wrong_types(facts: Mapping[str, Any]) -> Text | None:
    for name, value in facts.items():
        wanted: Any = {"equipments": dict, "facts": list, "every": (int, float)}.get(name, str)
        if not isinstance(value, wanted) or (isinstance(value, str) and len(value) > 500):
            return Text(f"“{name}” has the wrong form", f"“{name}”의 형식이 맞지 않습니다")
    if any(
        not isinstance(one, str) for one in [*facts.get("facts", ()), *facts.get("equipments", {}).values()]
    ):
        return Text("facts and equipments hold texts", "facts와 equipments에는 글자만 쓸 수 있습니다")
    return None


def _wrong_kind(facts: Mapping[str, Any]) -> Text | None:
    known = [*(kind.value for kind in Kind), *TABLES_WITHOUT_TIMES]
    if (kind := facts.get("kind", "")) not in known:
        listed = ", ".join(known)
        return Text(f"kind “{kind}” is none of {listed}", f"kind “{kind}”은(는) {listed} 중 하나가 아닙니다")
    return None


def _wrong_place(facts: Mapping[str, Any]) -> Text | None:
    if bool(facts.get("source")) == bool(facts.get("file")):
        return Text("it names either a source or a file", "source와 file 중 하나만 적어야 합니다")
    if facts.get("source") and not facts.get("table"):
        return Text("a source needs a table", "source에는 table이 필요합니다")
    try:
        ZoneInfo(str(facts.get("time_zone", "UTC")))
    except (ZoneInfoNotFoundError, ValueError):
        return Text(
            f"there is no time zone “{facts['time_zone']}”", f"“{facts['time_zone']}” 시간대는 없습니다"
        )
    return None


def _wrong_columns(facts: Mapping[str, Any]) -> Text | None:
    needed = {"lots": ("lot",), "genealogy": ("lot", "uses")}.get(facts["kind"], ("key", "start"))
    if missing := [name for name in needed if not facts.get(name)]:
        return Text(f"“{missing[0]}” must name a column", f"“{missing[0]}”에 열 이름이 필요합니다")
    return None
