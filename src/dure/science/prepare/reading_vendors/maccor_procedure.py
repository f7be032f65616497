"""What a Maccor tester is told to do (XML): a procedure, which holds no measurement and is refused as that."""

from typing import NoReturn

from dure.science.prepare.reading_refusals import NotATable
from dure.science.prepare.reading_vendors.promise import Vendor
from dure.vocabulary import Text

_LABEL = Text(
    "a Maccor test procedure, which says what the tester shall do and holds no measurements",
    "Maccor 시험 절차로, 시험기가 할 일만 있고 측정값은 없는 파일",
)


def _refuse(content: bytes, where: str) -> NoReturn:
    del content
    raise NotATable(where, what=_LABEL)


VENDOR = Vendor(
    "maccor-procedure",
    _LABEL,
    lambda head: head.startswith(b"<?xml") and b"<MaccorTestProcedure>" in head,
    _refuse,
)
