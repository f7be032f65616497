"""Omron FINS: CPUs of the CS, CJ, CP and NJ/NX (where FINS is on) series, read over TCP or UDP."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from dure.plant.connect import Mark, Settings, Standing
from dure.plant.connect.fins.settings import FinsSettings
from dure.plant.connect.polled import RULES, Polled
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.plant.connect.controller import Controller
    from dure.plant.connect.polling import Tag

__all__ = ["CONNECTOR", "Fins", "FinsSettings"]

READ_ONLY = Text(
    "halves of words, flags of timers and counters, and A0 to A447 can only be read",
    "워드의 절반, 타이머·카운터 플래그, A0–A447은 읽기만 할 수 있습니다",
)


class Fins(Polled):
    """An Omron CPU as a source; see `Connector` for the promise."""

    schemes: ClassVar[tuple[str, ...]] = ("fins", "fins+udp")
    title: ClassVar[Text] = Text("Omron FINS", "옴론 FINS")
    requires: ClassVar[str] = ""
    standard: ClassVar[str] = "Omron W342 (FINS commands), W227 (FINS over UDP), W420 §7-4 (FINS/TCP)"
    settings_type: ClassVar[type[Settings]] = FinsSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        **RULES,
        "real-peer": Standing(
            Mark.TODO,
            "not verified against an independent simulator: none of another author could be had; requests are those "
            "of the PyPI client fins byte for byte (but its hop count), and it reads the tests' own controller alike",
        ),
    }
    settings: FinsSettings

    def _link(self) -> "Controller":
        from dure.plant.connect.fins.link import Link

        return Link(self.place, self.settings)

    def _checked(self, tag: "Tag") -> "Tag":
        from dure.plant.connect.fins.addresses import checked

        return checked(tag)

    def _read_only(self, tag: "Tag") -> Text | None:
        from dure.plant.connect.fins.addresses import read_only

        return READ_ONLY if read_only(tag) else None


CONNECTOR = Fins
