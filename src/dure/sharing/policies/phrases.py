"""The words of conditions, values and actions, in English and natural Korean."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone

from dure.sharing.policies.policy import Constraint, Logical, moment
from dure.sharing.policies.values import LASTING
from dure.sharing.policies.words import OPERATORS, POLICY_WORDS
from dure.vocabulary import Text

SEOUL = timezone(timedelta(hours=9), "KST")
MOST_PARTS = 6
_PAIRS = {"은": "는", "이": "가", "을": "를", "과": "와"}
_ENDS_CLOSED = set("013678LMNRlmnr")  # read aloud in Korean, these digits and letters end in a consonant
_UNITS = {
    "Y": ("year", "년"), "M": ("month", "개월"), "W": ("week", "주"), "D": ("day", "일"),
    "TH": ("hour", "시간"), "TM": ("minute", "분"), "TS": ("second", "초"),
}  # fmt: skip


def with_particle(word: str, closed: str) -> str:
    """A Korean word with its particle: the one after a consonant is named, the other follows from it.

    >>> with_particle("데이터", "은"), with_particle("동진산업", "은"), with_particle("‘품질’", "이"), with_particle("ACME", "을")
    ('데이터는', '동진산업은', '‘품질’이', 'ACME를')
    """
    bare = re.sub(r"[^0-9A-Za-z가-힣]+$", "", re.sub(r"\([^()]*\)$", "", word.rstrip("’”")))
    last = bare[-1:] or "가"
    code = ord(last) - 0xAC00
    ends = bool(code % 28) if 0 <= code < 11_172 else last in _ENDS_CLOSED
    return f"{word}{closed if ends else _PAIRS[closed]}"


def action_label(action: str) -> Text:
    """What an action is called; a foreign one by its name."""
    known = POLICY_WORDS.get(action)
    return known.label if known else Text(action or "any use", action or "모든 이용")


def fact_words(left: str) -> Text:
    """What a left operand is called; a foreign one by its name."""
    known = POLICY_WORDS.get(left)
    return known.label if known else Text(left, left)


def value_words(value: object, left: str = "", names: Mapping[str, str] | None = None) -> Text:
    """A value as it is said: moments, lengths of time, several values, identifiers by their names.

    >>> value_words("P1Y6M", "elapsedTime").en, value_words(("a", "b")).ko
    ('1 year 6 months', '‘a’ 또는 ‘b’')
    """
    if isinstance(value, datetime):
        return _moment(moment(value))
    if isinstance(value, timedelta):
        return Text(f"{value.days} days", f"{value.days}일")
    if isinstance(value, str) and left in LASTING:
        return _length(value)
    if isinstance(value, str):
        said = (names or {}).get(value, value)
        return Text(f"“{said}”", f"‘{said}’")
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        several = [value_words(one, left, names) for one in value]
        return Text(" or ".join(one.en for one in several), " 또는 ".join(one.ko for one in several))
    number = f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
    return Text(number, number)


def _moment(at: datetime) -> Text:
    world, seoul = at.astimezone(UTC), at.astimezone(SEOUL)
    en = (
        f"{world.day} {world:%B %Y}"
        + ("" if world.hour == world.minute == 0 else f" {world:%H:%M}")
        + " (UTC)"
    )
    clock = "" if seoul.hour == seoul.minute == 0 else f" {seoul:%H:%M}"
    return Text(en, f"{seoul.year}년 {seoul.month}월 {seoul.day}일{clock}(한국 시각)")


def _length(duration: str) -> Text:
    date, _, clock = duration[1:].partition("T")
    parts = re.findall(r"([\d.]+)([YMWD])", date) + [
        (n, f"T{u}") for n, u in re.findall(r"([\d.]+)([HMS])", clock)
    ]
    en = [f"{n} {_UNITS[unit][0]}{'' if n == '1' else 's'}" for n, unit in parts]
    return Text(" ".join(en), " ".join(f"{n}{_UNITS[unit][1]}" for n, unit in parts))


def clause_words(clause: Constraint | Logical, names: Mapping[str, str] | None = None) -> Text:
    """A condition as part of a sentence.

    >>> clause_words(Constraint("count", "lteq", 100)).ko, clause_words(Constraint("purpose", "eq", "quality")).en
    ('이용 횟수 100회 이하', 'for the purpose “quality”')
    """
    if isinstance(clause, Logical):
        return _joined(clause, names)
    value = value_words(clause.right, clause.left, names)
    special = _SAYINGS.get((clause.left, clause.operator)) or _SAYINGS.get((clause.left, "*"))
    if special is not None:
        said = special(value)
        if said is not None:
            return said
    return _general(clause, value)


def _joined(clause: Logical, names: Mapping[str, str] | None) -> Text:
    parts = [clause_words(one, names) for one in clause.parts[:MOST_PARTS]]
    rest = len(clause.parts) - len(parts)
    words = {
        "or": (" or ", " 또는 "), "xone": (" or else ", " 또는 "), "and": (" and ", ", "), "andSequence": (", then ", ", 이어서 "),
    }[clause.kind]  # fmt: skip
    en, ko = words[0].join(one.en for one in parts), words[1].join(one.ko for one in parts)
    if rest and clause.kind in ("or", "xone"):
        en, ko = f"{en} or one of {rest:,} further alternatives", f"{ko} 외 {rest:,}가지 중 하나"
    elif rest:
        en, ko = f"{en} and {rest:,} further conditions", f"{ko} 외 조건 {rest:,}개"
    if clause.kind == "xone":
        return Text(f"exactly one of: {en}", f"다음 중 꼭 하나: {ko}")
    return Text(en, ko)


def _general(clause: Constraint, value: Text) -> Text:
    fact, operator = fact_words(clause.left), OPERATORS[clause.operator]
    unit = f" {clause.unit}" if clause.unit else ""
    en = f"{fact.en} {operator.en} {value.en}{unit}"
    label = with_particle(fact.ko, "이")
    ko = {
        "eq": f"{label} {value.ko}{unit}",
        "neq": f"{label} {value.ko}{unit} 이외",
        "isPartOf": f"{label} {value.ko} 범위 안",
        "isA": f"{label} {value.ko}의 한 종류",
        "hasPart": f"{label} {with_particle(value.ko, '을')} 포함",
        "isAnyOf": f"{label} {value.ko}",
        "isAllOf": f"{label} {value.ko.replace(' 또는 ', ', ')} 모두에 해당",
        "isNoneOf": f"{label} {value.ko} 이외",
    }.get(clause.operator, f"{fact.ko} {value.ko}{unit} {operator.ko}")
    return Text(en, ko)


_Saying = Callable[[Text], Text | None]


def _both(en: str, ko: str) -> _Saying:
    return lambda value: Text(en.format(value.en), ko.format(value.ko))


def _event(en: str, ko: str) -> _Saying:
    """Before or after an event; the use itself is the event of most duties."""

    def said(value: Text) -> Text:
        if value.en == "“policyUsage”":
            return Text(f"{en} the use", f"이용 {ko}")
        return Text(f"{en} {value.en}", f"{value.ko} {ko}")

    return said


_SAYINGS: dict[tuple[str, str], _Saying] = {
    ("dateTime", "lteq"): _both("until {}", "{}까지"),
    ("dateTime", "lt"): _both("before {}", "{} 전"),
    ("dateTime", "gt"): _both("after {}", "{} 후"),
    ("dateTime", "gteq"): _both("from {}", "{}부터"),
    ("dateTime", "eq"): _both("exactly at {}", "{} 정각"),
    ("dateTime", "neq"): _both("at any time but {}", "{} 이외의 때"),
    **{("purpose", one): _both("for the purpose {}", "이용 목적이 {}") for one in ("eq", "isAnyOf", "isA", "isPartOf")},
    **{("elapsedTime", one): _both("within {} of the agreement", "계약 후 {} 이내") for one in ("lt", "lteq")},
    **{("elapsedTime", one): _both("only {} after the agreement", "계약 후 {} 지난 뒤") for one in ("gt", "gteq")},
    ("count", "lteq"): _both("at most {} times", "이용 횟수 {}회 이하"),
    ("count", "lt"): _both("fewer than {} times", "이용 횟수 {}회 미만"),
    ("event", "lt"): _event("before", "전"),
    ("event", "gt"): _event("after", "후"),
    **{("industry", one): _both("in the industry (ISIC) {}", "업종(ISIC)이 {}") for one in ("eq", "isPartOf", "isAnyOf", "isA")},
    **{("spatial", one): _both("in {}", "지역이 {}") for one in ("eq", "isPartOf", "isAnyOf", "isA")},
    **{("recipient", one): _both("by {}", "수령인이 {}") for one in ("eq", "isAnyOf")},
    **{("dure:participant", one): _both("by {}", "참여 기업이 {}") for one in ("eq", "isAnyOf")},
    **{("dure:membership", one): _both("by holders of the membership {}", "회원 자격이 {}") for one in ("eq", "isAnyOf")},
    **{("dure:certificate", one): _both("with the certificate {}", "인증서가 {}") for one in ("eq", "isAnyOf")},
}  # fmt: skip
