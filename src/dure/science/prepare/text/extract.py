"""Codes, quantities and parts that a text names, in columns of their own."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.on_words import MOST_CHARACTERS, rewritten
from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, listed, place_of
from dure.science.prepare.word_tokens import token_of, word_of
from dure.science.prepare.wording import terms_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

KINDS = ("codes", "quantities", "parts")
# A tag, a part number or a fault code: letters and digits in one word, at least three signs.
_CODE = re.compile(
    r"(?<![\w.-])(?=[\w./-]*\d)(?=[\w./-]*[A-Za-z])[A-Za-z0-9]+(?:[-./_][A-Za-z0-9]+)*(?![\w-])"
)
_UNIT = r"kg|g|t|mm|cm|m|km|µm|in|bar|MPa|kPa|psi|kV|mV|V|mA|A|kW|MW|kWh|W|kHz|Hz|rpm|mL|L|kN|N·m|N|°C|°F|h|min|s|ms|%|dB\(A\)|dB"
_QUANTITY = re.compile(rf"(?<![\w.,-])([-+]?\d+(?:[.,]\d+)?)\s?({_UNIT})(?![\w/])")
# Parts that most plants have, in English, Korean and Japanese; a plant names its own in `parts`.
_PARTS = frozenset(
    [
        "pump", "motor", "bearing", "valve", "seal", "belt", "hose", "filter", "engine", "sensor", "cable", "switch", "fan", "gearbox",
        "compressor", "conveyor", "cylinder", "radiator", "battery", "inverter", "breaker", "contactor", "tank", "pipe", "shaft",
        "coupling", "alternator", "starter", "brake", "bucket", "tyre", "window", "mirror", "light", "pulley", "boiler", "mould", "robot",
        "펌프", "모터", "베어링", "밸브", "씰", "패킹", "벨트", "호스", "필터", "엔진", "센서", "케이블", "스위치", "팬", "감속기", "압축기", "컨베이어", "실린더",
        "배터리", "인버터", "차단기", "탱크", "배관", "축", "커플링", "금형", "로봇", "보일러", "ポンプ", "モータ", "モーター", "軸受", "バルブ", "ベルト", "ホース",
        "フィルタ", "センサ", "センサー", "ケーブル", "金型", "ロボット",
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Extract(Step):
    """Add what a text names, beside it: codes, quantities with units, and parts; several divided by `; `.

    By rules and a list of parts: a code has letters and digits in one word (`P-101A`, `6205-2RS`), a quantity a number
    and a unit as `text.clean` writes it, a part is a term of the list or of `parts`, in the singular or with an s. It
    does not know which quantity belongs to which part, nor a part that no list has.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"memo": ["Replaced seal 6205-2RS on pump P-101A at 3.5 bar"]})
    >>> Extract(columns=("memo",)).fit(rows).transform(rows).row(0)[1:]
    ('6205-2RS; P-101A', '3.5 bar', 'seal; pump')
    """

    on_words: ClassVar[bool] = True
    label: ClassVar[Text] = Text("Codes, quantities, parts", "코드·수량·부품 뽑기")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="text")
    kinds: tuple[str, ...] = field("choices", Text("Kinds", "종류"), default=KINDS, choices=KINDS)
    parts: tuple[str, ...] = field("words", Text("Parts of your own", "사내 부품 이름"), default=())

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """`memo.codes` … after all others."""
        return {name: name for name in columns} | {
            f"{name}.{kind}": name for name in self.columns for kind in self.kinds
        }

    def worded(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Texts and what they name are words."""
        return tuple(name for name, source in self.names(columns).items() if source in self.columns)

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """One column more of each text and kind."""
        del learnt
        made = [
            rewritten(frame.get_column(name), self._finder(kind)).alias(f"{name}.{kind}")
            for name in self.columns
            for kind in self.kinds
        ]
        return frame.with_columns(made)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row and tokens of what its texts name."""
        del learnt
        own = place_of(self.columns, columns)
        finders = [self._finder(kind) for kind in self.kinds]

        def form(window: Floats) -> Floats:
            words = [word_of(token) for token in window[-1][own]]
            found = [
                None if one is None else find(one[:MOST_CHARACTERS]) for one in words for find in finders
            ]
            return np.append(window[-1], [token_of(one) for one in found])

        return form

    def _finder(self, kind: str) -> Callable[[str], str | None]:
        if kind == "codes":
            return _codes
        if kind == "quantities":
            return _quantities
        known = _PARTS | {part.lower() for part in self.parts}
        return lambda text: _joined(term for term in map(_singular, terms_of(text)) if term in known)

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(
            f"Adds the {', '.join(self.kinds)} that {names} names.",
            f"{names}에 나오는 코드·수량·부품을 덧붙입니다.",
        )


def _codes(text: str) -> str | None:
    plain = _QUANTITY.sub(" ", unicodedata.normalize("NFKC", text))
    return _joined(found[0] for found in _CODE.finditer(plain) if len(found[0]) >= 3)


def _quantities(text: str) -> str | None:
    return _joined(
        f"{found[1]} {found[2]}" for found in _QUANTITY.finditer(unicodedata.normalize("NFKC", text))
    )


def _singular(term: str) -> str:
    return term[:-1] if term.endswith("s") and term[:-1] in _PARTS else term


def _joined(found: Iterable[str]) -> str | None:
    return "; ".join(dict.fromkeys(found)) or None
