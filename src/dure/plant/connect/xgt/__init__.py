"""LS ELECTRIC XGT: CPUs of the XGK, XGI, XGR and XGB series, read over FEnet's dedicated protocol."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from dure.plant.connect import Mark, Settings, Standing
from dure.plant.connect.polled import RULES, Polled
from dure.plant.connect.xgt.settings import XgtSettings
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.plant.connect.controller import Controller
    from dure.plant.connect.polling import Tag

__all__ = ["CONNECTOR", "Xgt", "XgtSettings"]

INPUTS = Text("F and I can only be read", "F와 I 영역은 읽기만 할 수 있습니다")
BITS = Text(
    "bits are written only when the setting bits says how this CPU names them; series differ",
    "bits 설정에서 이 CPU의 비트 표기를 정해야 비트를 쓸 수 있습니다(기종마다 다름)",
)


class Xgt(Polled):
    """An XGT CPU as a source; see `Connector` for the promise."""

    schemes: ClassVar[tuple[str, ...]] = ("xgt",)
    title: ClassVar[Text] = Text("LS ELECTRIC XGT (FEnet)", "LS ELECTRIC XGT(FEnet)")
    requires: ClassVar[str] = ""
    standard: ClassVar[str] = "LS ELECTRIC XGT FEnet I/F module user's manual, chapter 8 (dedicated protocol)"
    settings_type: ClassVar[type[Settings]] = XgtSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        **RULES,
        "real-peer": Standing(
            Mark.TODO,
            "not verified against an independent simulator: none of another author could be had; requests are those "
            "of the PyPI client pyXGTClient byte for byte (but the CPU it names), and it reads the tests' own controller alike",
        ),
    }
    settings: XgtSettings

    def _link(self) -> "Controller":
        from dure.plant.connect.xgt.link import Link

        return Link(self.place, self.settings)

    def _checked(self, tag: "Tag") -> "Tag":
        from dure.plant.connect.xgt.addresses import checked

        return checked(tag)

    def _read_only(self, tag: "Tag") -> Text | None:
        from dure.plant.connect.xgt.addresses import INPUTS as CPU_ONLY
        from dure.plant.connect.xgt.addresses import parse

        if parse(tag.address)[0] in CPU_ONLY:
            return INPUTS
        return BITS if tag.type == "bool" and self.settings.bits == "off" else None


CONNECTOR = Xgt
