"""Functions of texts; characters are counted, not bytes, and places count from 1 as in Excel."""
# ruff: noqa: ARG005, PLR0913 - a table of functions: each row has all columns, each compilation all arguments

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dure.science.formula import rules
from dure.science.formula.function import Argument, Call, Example, Expression, Function, Setting
from dure.science.formula.functions.numbers import ROUNDINGS
from dure.science.formula.functions.operators import TEXT_LIMIT
from dure.science.formula.kinds import BARE, NUMBER, TEXT, YES_NO, Kind
from dure.science.formula.refusals import ArgumentWrong
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Parts = Sequence["pl.Expr"]
WORDS = Argument("text", "text")
PART = Argument("part", "text", constant=True)
COUNT = Argument("count", constant=True, optional=True)
_NUMBER_FORMAT = re.compile(r"(#,##)?0(?:\.(0{1,15}))?(%)?")
_TIME_PARTS = {"yyyy": "%Y", "mm": "%m", "dd": "%d", "hh": "%H", "ss": "%S"}
_GROWTH = 8


def _count(call: Call, place: int, otherwise: int = 1) -> int:
    given = call.constants[place] if len(call.constants) > place else None
    return max(0, min(TEXT_LIMIT, int(given))) if isinstance(given, float) else otherwise


def _find(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    """Place of a part within a text, in characters; Polars finds bytes."""
    import polars as pl

    del setting
    part = str(call.constants[0])
    text = parts[1]
    if call.function.name == "SEARCH":
        part, text = part.lower(), text.str.to_lowercase()
    if not part:
        return pl.when(text.is_not_null()).then(1.0)
    before = text.str.splitn(part, 2).struct[0].str.len_chars()
    return pl.when(text.str.contains(part, literal=True)).then(before.cast(pl.Float64) + 1.0)


def _contains(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    del setting
    return parts[0].str.to_lowercase().str.contains(str(call.constants[1]).lower(), literal=True)


def _substitute_kind(call: Call) -> Kind:
    old, new = str(call.constants[1]), str(call.constants[2])
    if len(new) > _GROWTH * max(1, len(old)):
        most = Text(
            f"at most {_GROWTH} times as long as what it replaces", f"바꿀 글자의 {_GROWTH}배 이하 길이"
        )
        call.refuse(
            ArgumentWrong,
            2,
            wanted=most,
            given=Text("longer", "더 깁니다"),
            way=Text("Shorten it.", "줄여 주세요."),
        )
    return TEXT


def _substitute(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del setting
    old, new = str(call.constants[1]), str(call.constants[2])
    if not old:
        return parts[0]
    made = parts[0].str.replace_all(old, new, literal=True)
    return pl.when(made.str.len_bytes() <= TEXT_LIMIT).then(made)


def _value(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del call, setting
    plain = parts[0].str.strip_chars().str.replace_all(",", "", literal=True)
    share = plain.str.ends_with("%")
    number = plain.str.strip_suffix("%").cast(pl.Float64, strict=False)
    return pl.when(share).then(number / (number * 0.0 + 100.0)).otherwise(number)


def _text_kind(call: Call) -> Kind:
    form, kind = str(call.constants[1]), call.kinds[0]
    if kind.type == "time" or (kind.type == "number" and _NUMBER_FORMAT.fullmatch(form)):
        return TEXT
    wanted = Text("a format such as 0.00, #,##0 or 0.0%", "0.00, #,##0, 0.0% 같은 서식")
    if kind.type != "number":
        rules.wrong_type(call, 0, "number", kind.type)
    return call.refuse(
        ArgumentWrong,
        1,
        wanted=wanted,
        given=f"“{form}”",
        way=Text("Correct the format.", "서식을 고쳐 주세요."),
    )


def _text(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    form = str(call.constants[1])
    if call.kinds[0].type == "time":
        return parts[0].dt.strftime(_time_format(form))
    found = _NUMBER_FORMAT.fullmatch(form)
    assert found is not None  # noqa: S101 - the kind rule has looked
    return _number_text(parts[0], found, setting, call)


def _time_format(form: str) -> str:
    """Excel's date format as strftime's; mm behind a colon or hh: is minutes."""
    form = form.replace("%", "%%")
    form = re.sub(r"(?<=:)mm|(?<=hh:)mm", "%M", form)
    return re.sub("|".join(_TIME_PARTS), lambda part: _TIME_PARTS[part[0]], form)


def _number_text(value: "pl.Expr", form: "re.Match[str]", setting: Setting, call: Call) -> "pl.Expr":
    import polars as pl

    digits = len(form[2] or "")
    if form[3]:
        value = value * 100.0
    whole = Call(ROUNDINGS[0], call.kinds, (None, 0.0))
    scaled = ROUNDINGS[0].expression([value.abs() * 10.0**digits], whole, setting)
    signs = scaled.cast(pl.Int64, strict=False).cast(pl.String).str.zfill(digits + 1)
    front = signs.str.head(signs.str.len_chars().cast(pl.Int64) - digits)
    if form[1]:
        front = (
            front.str.reverse().str.replace_all(r"(\d{3})", "${1},").str.reverse().str.strip_chars_start(",")
        )
    back = pl.concat_str([pl.lit("."), signs.str.tail(digits)]) if digits else pl.lit("")
    sign = pl.when((value < 0) & (scaled > 0)).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str([sign, front, back, pl.lit(form[3] or "")])


def _made(
    name: str, en: str, ko: str, example: Example, arguments: tuple[Argument, ...] = (WORDS,), *,
    expression: Expression, kind: rules.Rule = rules.gives(TEXT), repeats: int = 0, wild: bool = False,  # noqa: B008 - a rule, not a value
) -> Function:  # fmt: skip
    return Function(
        name, arguments, kind, Text(en, ko), example, expression, cost=20, repeats=repeats, wild=wild
    )


def _lone(do: str) -> Expression:
    return lambda p, c, s: getattr(p[0].str, do)()


def _as_float(expression: "pl.Expr") -> "pl.Expr":
    import polars as pl

    return expression.cast(pl.Float64)


def _concat(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del call, setting
    return pl.concat_str(list(parts))


FUNCTIONS = (
    _made("CONCAT", "Joins texts; numbers are written out.", "글자를 잇습니다. 숫자는 글자로 바뀝니다.",
          Example('=CONCAT([word], "/", 7)', ("Run/7", "off/7", "run 7/7", None, "RUN/7")), expression=_concat, repeats=1),
    _made("LEFT", "The first characters, one if no count is given.", "앞의 글자를 꺼냅니다.", Example('=LEFT("pump 3", 4)', ("pump",)),
          (WORDS, COUNT), expression=lambda p, c, s: p[0].str.head(_count(c, 1))),
    _made("RIGHT", "The last characters, one if no count is given.", "뒤의 글자를 꺼냅니다.", Example('=RIGHT("pump 3", 1)', ("3",)),
          (WORDS, COUNT), expression=lambda p, c, s: p[0].str.tail(_count(c, 1))),
    _made("MID", "So many characters from a place.", "지정한 자리부터 글자를 꺼냅니다.", Example('=MID("lot-42-A", 5, 2)', ("42",)),
          (WORDS, Argument("start", constant=True), Argument("count", constant=True)),
          expression=lambda p, c, s: p[0].str.slice(max(0, _count(c, 1) - 1), _count(c, 2))),
    _made("LEN", "How many characters.", "글자 수입니다.", Example('=LEN("금형 3")', (4,)), kind=rules.gives(BARE),
          expression=lambda p, c, s: _as_float(p[0].str.len_chars())),
    _made("UPPER", "In capitals.", "대문자로 바꿉니다.", Example('=UPPER("a1")', ("A1",)), expression=_lone("to_uppercase")),
    _made("LOWER", "In small letters.", "소문자로 바꿉니다.", Example('=LOWER("A1")', ("a1",)), expression=_lone("to_lowercase")),
    _made("TRIM", "Without spaces at the ends, and one space between words.", "앞뒤 공백을 없애고 사이 공백은 하나로 줄입니다.",
          Example('=TRIM("  a   b ")', ("a b",)), expression=lambda p, c, s: p[0].str.replace_all(" +", " ").str.strip_chars(" ")),
    _made("SUBSTITUTE", "One part replaced by another, wherever it is.", "글자의 일부를 모두 다른 글자로 바꿉니다.",
          Example('=SUBSTITUTE("1-2-3", "-", "/")', ("1/2/3",)), (WORDS, Argument("old", "text", constant=True), Argument("new", "text", constant=True)),
          kind=_substitute_kind, expression=_substitute),
    _made("FIND", "Place of a part in a text, from 1; capitals count; not found: a missing value.", "찾는 글자의 위치(1부터). 대소문자를 가리고, 없으면 빈 값입니다.",
          Example('=FIND("n", [word])', (3, None, 3, None, None)), (PART, WORDS), kind=rules.gives(BARE), expression=_find),
    _made("SEARCH", "As FIND, but capitals do not count.", "FIND와 같지만 대소문자를 가리지 않습니다.", Example('=SEARCH("n", [word])', (3, None, 3, None, 3)),
          (PART, WORDS), kind=rules.gives(BARE), expression=_find),
    _made("CONTAINS", "Whether a text holds a part; capitals do not count.", "글자에 찾는 글자가 있는지 봅니다. 대소문자를 가리지 않습니다.",
          Example('=CONTAINS([word], "run")', (True, False, True, None, True)), (WORDS, PART), kind=rules.gives(YES_NO), expression=_contains),
    _made("EXACT", "Whether two texts are the same, capitals too.", "두 글자가 대소문자까지 같은지 봅니다.",
          Example('=EXACT([word], "Run")', (True, False, False, None, False)), (WORDS, Argument("other", "text")), kind=rules.gives(YES_NO),
          expression=lambda p, c, s: p[0] == p[1]),
    _made("VALUE", "The number that a text spells, with thousands commas or % too; else a missing value.", "글자를 숫자로 읽습니다. 숫자가 아니면 빈 값입니다.",
          Example('=VALUE("1,234.5")', (1234.5,)), kind=rules.gives(NUMBER), expression=_value, wild=True),
    _made("TEXT", "A number or time written in a format: 0.00, #,##0, 0.0%, yyyy-mm-dd hh:mm:ss.", "숫자나 시각을 서식에 맞춰 글자로 적습니다.",
          Example('=TEXT(1234.5, "#,##0.00")', ("1,234.50",)), (Argument("value", "any"), Argument("format", "text", constant=True)),
          kind=_text_kind, expression=_text),
)  # fmt: skip
