"""Siemens S7: CPUs read over ISO-on-TCP with S7 communication (S7-300, 400, 1200, 1500, WinAC, ET 200S CPU)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from dure.plant.connect import Settings, Standing
from dure.plant.connect.polled import RULES, Polled
from dure.plant.connect.s7.settings import S7Settings
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.plant.connect.controller import Controller
    from dure.plant.connect.polling import Tag

INPUTS = Text("inputs can only be read", "입력은 읽기만 할 수 있습니다")

__all__ = ["CONNECTOR", "S7", "S7Settings"]


class S7(Polled):
    """An S7 CPU as a source; see `Connector` for the promise."""

    schemes: ClassVar[tuple[str, ...]] = ("s7",)
    title: ClassVar[Text] = Text("Siemens S7", "지멘스 S7")
    requires: ClassVar[str] = ""
    standard: ClassVar[str] = "S7 communication over RFC 1006 (ISO-on-TCP), ISO 8073 class 0"
    settings_type: ClassVar[type[Settings]] = S7Settings
    rules: ClassVar[Mapping[str, Standing]] = RULES
    settings: S7Settings

    def _link(self) -> "Controller":
        from dure.plant.connect.s7.link import Link

        return Link(self.place, self.settings)

    def _checked(self, tag: "Tag") -> "Tag":
        from dure.plant.connect.s7.addresses import checked

        return checked(tag)

    def _read_only(self, tag: "Tag") -> Text | None:
        from dure.plant.connect.s7.addresses import AREAS, area_of, parse

        area, _ = area_of(parse(tag.address)[1].space)
        return INPUTS if area == AREAS["I"] else None


CONNECTOR = S7
