"""BioLogic's settings of a test (.mps): which techniques ran, and no measurement; refused as that."""

from typing import NoReturn

from dure.science.prepare.reading_refusals import NotATable
from dure.science.prepare.reading_vendors.promise import Vendor
from dure.vocabulary import Text

_LABEL = Text(
    "a BioLogic settings file (.mps), which holds no measurements; those are in the .mpt file of the test",
    "BioLogic 설정 파일(.mps)로 측정값이 없으며, 측정값은 시험의 .mpt 파일에 있는 것",
)


def _refuse(content: bytes, where: str) -> NoReturn:
    del content
    raise NotATable(where, what=_LABEL)


VENDOR = Vendor(
    "biologic-settings",
    _LABEL,
    lambda head: head.startswith((b"EC-LAB SETTING FILE", b"BT-LAB SETTING FILE")),
    _refuse,
)
