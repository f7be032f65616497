"""Mitsubishi MELSEC: CPUs and stations read with SLMP, the MC protocol of Ethernet (iQ-R, iQ-F, Q, L; 3E and 4E, binary)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from dure.plant.connect import Settings, Standing
from dure.plant.connect.polled import RULES, Polled
from dure.plant.connect.slmp.settings import SlmpSettings
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.plant.connect.controller import Controller
    from dure.plant.connect.polling import Tag

__all__ = ["CONNECTOR", "Slmp", "SlmpSettings"]

HALVES = Text(
    "halves and single bits of words can only be read", "워드의 절반과 워드의 비트는 읽기만 할 수 있습니다"
)


class Slmp(Polled):
    """A MELSEC CPU or station as a source; see `Connector` for the promise."""

    schemes: ClassVar[tuple[str, ...]] = ("slmp",)
    title: ClassVar[Text] = Text("Mitsubishi SLMP (MC protocol)", "미쓰비시 SLMP(MC 프로토콜)")
    requires: ClassVar[str] = ""
    standard: ClassVar[str] = "Mitsubishi SLMP reference manual SH-080956, 3E and 4E frames, binary"
    settings_type: ClassVar[type[Settings]] = SlmpSettings
    rules: ClassVar[Mapping[str, Standing]] = RULES
    settings: SlmpSettings

    def _link(self) -> "Controller":
        from dure.plant.connect.slmp.link import Link

        return Link(self.place, self.settings)

    def _checked(self, tag: "Tag") -> "Tag":
        from dure.plant.connect.slmp.addresses import checked

        return checked(tag, self.settings.xy)

    def _read_only(self, tag: "Tag") -> Text | None:
        from dure.plant.connect.slmp.addresses import parse

        return (
            HALVES if parse(tag.address, self.settings.xy).bit > -1 or tag.type in ("int8", "uint8") else None
        )


CONNECTOR = Slmp
