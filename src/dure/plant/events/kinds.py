"""Kinds of event frames."""

from enum import StrEnum

from dure.vocabulary import Text


class Kind(StrEnum):
    """What a frame of time is (ISA-95 part 4, ISA-88 part 4; downtime as in ISO 22400-2)."""

    BATCH = "batch"
    ORDER = "order"
    STEP = "step"
    SHIFT = "shift"
    ALARM = "alarm"
    DOWNTIME = "downtime"

    @property
    def words(self) -> Text:
        """The kind as people say it."""
        return _TITLES[self]


def kind_words(written: str) -> Text:
    """Kind of a table as people say it: that of its frames, or what a table without times holds.

    >>> kind_words("batch").ko, kind_words("genealogy").en
    ('배치', 'genealogy')
    """
    return _WITHOUT_TIMES[written] if written in _WITHOUT_TIMES else Kind(written).words


_WITHOUT_TIMES = {"lots": Text("lots", "로트"), "genealogy": Text("genealogy", "계보")}
_TITLES = {
    Kind.BATCH: Text("batch", "배치"),
    Kind.ORDER: Text("order", "작업 지시"),
    Kind.STEP: Text("step", "공정 단계"),
    Kind.SHIFT: Text("shift", "교대"),
    Kind.ALARM: Text("alarm", "알람"),
    Kind.DOWNTIME: Text("downtime", "정지"),
}
