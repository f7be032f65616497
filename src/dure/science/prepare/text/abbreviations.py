"""Abbreviations written out."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.on_words import Rewriter, Rewriting
from dure.science.prepare.step import Learnt, field, listed
from dure.science.prepare.wording import language_of
from dure.vocabulary import RecipeProblem, Text

if TYPE_CHECKING:
    import polars as pl

_SEEDED = Path(__file__).with_name("abbreviations.toml")
_MOST = 20_000
_LONGEST = 1_000_000


class AbbreviationsUnreadable(RecipeProblem):
    """A table of abbreviations is none."""

    key = "abbreviations-unreadable"
    says = Text("{where} is no table of abbreviations: {why}.", "{where}은(는) 약어 표가 아닙니다: {why}.")
    remedy = Text(
        'Write lines such as "brg" = "bearing" below [en] or [ko].',
        '[en]이나 [ko] 아래에 "brg" = "bearing"처럼 적어 주세요.',
    )


@dataclass(frozen=True)
class Abbreviations(Rewriting):
    """Write abbreviations out, by a table that is frozen at `fit`.

    The table that comes with dure has common ones of maintenance in English and Korean (a Korean text is treated by
    `[ko]`, then `[en]`; any other by `[en]`). `table` names a TOML file of the same form whose lines come first; an
    entry that stands for "" is taken out.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"memo": ["repl brg on hyd. mtr", "모타 베아링 교체"]})
    >>> Abbreviations(columns=("memo",)).fit(rows).transform(rows)["memo"].to_list()
    ['replace bearing on hydraulic motor', '모터 베어링 교체']
    """

    label: ClassVar[Text] = Text("Write abbreviations out", "약어 풀기")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="text")
    table: str = field("word", Text("Table of your own (TOML)", "사내 약어 표(TOML)"), default="")

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """The tables, as they are now."""
        del frame
        own = read_abbreviations(Path(self.table)) if self.table else {}
        told = {language: {**seeded, **own.get(language, {})} for language, seeded in _seeded().items()}
        return {name: {short: long for short, long in table.items() if long} for name, table in told.items()}

    def rewriter(self, learnt: Learnt, column: str) -> Rewriter:
        """The text with its abbreviations written out, in its language."""
        del column
        english = _writer(dict(learnt["en"]))
        korean = _writer({**learnt["en"], **learnt["ko"]})
        return lambda text: korean(text) if language_of(text) == "ko" else english(text)

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(f"Writes abbreviations in {names} out.", f"{names}의 약어를 풀어 씁니다.")


def read_abbreviations(path: Path) -> Mapping[str, Mapping[str, str]]:
    """A table of abbreviations by language.

    Raises
    ------
    AbbreviationsUnreadable
        If it cannot be read, is too long, or holds anything but words for words.
    """
    try:
        with path.open("rb") as opened:
            written = opened.read(_LONGEST + 1)
        if len(written) > _LONGEST:
            raise AbbreviationsUnreadable(str(path), why=Text("it is too long", "너무 깁니다"))
        found = tomllib.loads(written.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise AbbreviationsUnreadable(str(path), why=str(wrong)) from wrong
    tables = {name: table for name, table in found.items() if name in ("en", "ko")}
    odd = [name for name in found if name not in tables]
    sound = all(
        isinstance(table, dict)
        and len(table) <= _MOST
        and all(isinstance(long, str) for long in table.values())
        for table in tables.values()
    )
    if odd or not sound:
        raise AbbreviationsUnreadable(str(path), why=f"“{odd[0]}”" if odd else Text("a line is no word for a word", "낱말이 아닌 줄이 있습니다"))  # fmt: skip
    return {name: {short.lower(): long for short, long in table.items()} for name, table in tables.items()}


@cache
def _seeded() -> Mapping[str, Mapping[str, str]]:
    return read_abbreviations(_SEEDED)


def _writer(table: Mapping[str, str]) -> Rewriter:
    """Whole words only; a point after an abbreviation goes with it."""
    if not table:
        return lambda text: text
    shorts = "|".join(map(re.escape, sorted(table, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w/-])({shorts})(?:\.(?=\s|,|$)|(?![\w/-]))", re.IGNORECASE)
    return lambda text: pattern.sub(lambda found: table[found[1].lower()], text)
