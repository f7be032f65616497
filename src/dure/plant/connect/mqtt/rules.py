"""Topic rules: which topics are read and, where a person says so, where in the payload the readings lie.

    plant/{line}/{machine}/temp -> value=$.v, time=$.ts, unit=°C
    plant/+/press/# -> force=$.f[0], stroke=$.s, id={topic}
    zigbee2mqtt/+

A rule is a topic filter in which `{name}` stands for one level, and behind the arrow paths into the payload.
Without an arrow the readings are found by themselves.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dure.plant.transport.mqtt import TopicRefused, check_filter, matcher
from dure.vocabulary import InputError, Text, UnknownUnit, ucum

MOST_RULES = 1000
_NAME = re.compile(r"\{([A-Za-z_]\w*)\}")
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\[\"([^\"]*)\"\]|\['([^']*)'\]")
Path = tuple[str | int, ...]


class TopicRuleWrong(InputError):
    """A topic rule that cannot be understood."""

    key = "topic-rule-wrong"
    says = Text("Line {line} of the topics is wrong: {why}.", "토픽 설정 {line}번째 줄이 잘못되었습니다: {why}.")  # fmt: skip
    remedy = Text(
        "Write it like this: plant/{{line}}/temp -> value=$.v, time=$.ts, unit=°C",
        "다음과 같이 적어 주세요: plant/{{line}}/temp -> value=$.v, time=$.ts, unit=°C",
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `values` are (name, path), the name empty where the signal has the topic's own id."""

    filter: str
    fits: Callable[[str], bool]
    levels: tuple[str, ...] = ()
    values: tuple[tuple[str, Path], ...] = ()
    time: Path | None = None
    quality: Path | None = None
    unit: str = ""
    id: str = "{topic}"

    @property
    def automatic(self) -> bool:
        """Whether the readings are found by themselves."""
        return not self.values

    def name(self, topic: str) -> str:
        """The part of a signal's id that the topic gives."""
        if self.id == "{topic}":
            return topic
        places = dict(zip(self.levels, topic.split("/"), strict=False))
        return self.id.format_map({**places, "topic": topic})


@dataclass(slots=True)
class _Parts:
    values: list[tuple[str, Path]] = field(default_factory=list)
    paths: dict[str, Path] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def read_rules(written: str) -> tuple[Rule, ...]:
    """The rules in a setting's text.

    Raises
    ------
    TopicRuleWrong
        With the number of the line.

    Examples
    --------
    >>> rule, = read_rules("plant/{line}/temp -> value=$.v, time=$.ts, unit=°C, id={line}/Temperature")
    >>> rule.filter, rule.name("plant/l1/temp"), rule.values, rule.unit
    ('plant/+/temp', 'l1/Temperature', (('', ('v',)),), 'Cel')
    >>> [rule.filter for rule in read_rules("a/#; b/+")]
    ['a/#', 'b/+']
    """
    lines = [line.strip() for line in re.split(r"[;\n]", written)]
    rules = [
        _rule(line, number) for number, line in enumerate(lines, 1) if line and not line.startswith("//")
    ]
    if not rules or len(rules) > MOST_RULES:
        raise TopicRuleWrong(
            "topics", line=1, why=Text(f"1 to {MOST_RULES} rules", f"규칙은 1–{MOST_RULES}개")
        )
    return tuple(rules)


def read_path(written: str) -> Path:
    """Steps of a path like `$.a.b[0]["c d"]`; ValueError if it is none.

    >>> read_path('$.a.b[0]["c d"]'), read_path("$")
    (('a', 'b', 0, 'c d'), ())
    """
    at, steps = 1, []
    if not written.startswith("$"):
        raise ValueError(written)
    while at < len(written):
        step = _STEP.match(written, at)
        if step is None:
            raise ValueError(written)
        steps.append(
            int(step[2])
            if step[2] is not None
            else next(p for p in (step[1], step[3], step[4]) if p is not None)
        )
        at = step.end()
    return tuple(steps)


def follow(content: Any, path: Path) -> Any:
    """What lies at a path; KeyError if nothing does.

    >>> follow({"a": [1, 2]}, ("a", 1))
    2
    """
    for step in path:
        try:
            content = content[step]
        except (TypeError, IndexError):
            raise KeyError(step) from None
    return content


def shown(path: Path) -> str:
    """A path as it is written.

    >>> shown(("a", 0, "c d"))
    '$.a[0]["c d"]'
    """
    return "$" + "".join(
        f"[{step}]"
        if isinstance(step, int)
        else f".{step}"
        if re.fullmatch(r"[A-Za-z_][\w-]*", step)
        else f'["{step}"]'
        for step in path
    )


def _rule(line: str, number: int) -> Rule:
    topic, arrow, behind = (part.strip() for part in line.partition("->"))
    levels = tuple(
        found[1] if (found := _NAME.fullmatch(level)) else f"level{place}"
        for place, level in enumerate(topic.split("/"), 1)
    )
    filter_ = "/".join("+" if _NAME.fullmatch(level) else level for level in topic.split("/"))
    try:
        check_filter(filter_)
    except TopicRefused as refused:
        raise TopicRuleWrong("topics", line=number, why=refused.message.rstrip(".")) from refused
    if not arrow:
        return Rule(filter_, matcher(filter_), levels)
    parts = _parts(behind, number)
    id_ = parts.words.get("id", "{topic}")
    _check_id(id_, levels, number)
    return Rule(
        filter_,
        matcher(filter_),
        levels,
        tuple(parts.values),
        parts.paths.get("time"),
        parts.paths.get("quality"),
        _unit(parts.words.get("unit", ""), number),
        id_,
    )


def _parts(behind: str, number: int) -> _Parts:
    parts = _Parts()
    for one in behind.split(","):
        name, equals, given = (part.strip() for part in one.partition("="))
        if not equals or not name or not given:
            raise _wrong(
                number, f"“{one.strip()}” is no name=path", f"“{one.strip()}”은(는) 이름=경로가 아닙니다"
            )
        if name in ("unit", "id"):
            parts.words[name] = given
            continue
        try:
            path = read_path(given)
        except ValueError:
            raise _wrong(number, f"“{given}” is no path", f"“{given}”은(는) 경로가 아닙니다") from None
        if name in ("time", "quality"):
            parts.paths[name] = path
        else:
            parts.values.append(("" if name == "value" else name, path))
    if not parts.values:
        raise _wrong(number, "it has no value", "값이 없습니다")
    return parts


def _check_id(id_: str, levels: tuple[str, ...], number: int) -> None:
    """Only the names of the rule's own levels may be filled in, and nothing of them may be formatted."""
    left = _NAME.sub("", id_)
    unknown = set(_NAME.findall(id_)) - set(levels) - {"topic"}
    if unknown or "{" in left or "}" in left:
        raise _wrong(number, f"“{id_}” names no level of the topic", f"“{id_}”에 토픽에 없는 이름이 있습니다")


def _unit(written: str, number: int) -> str:
    try:
        return ucum(written) if written else ""
    except UnknownUnit:
        raise _wrong(number, f"“{written}” is no unit", f"“{written}”은(는) 단위가 아닙니다") from None


def _wrong(number: int, en: str, ko: str) -> TopicRuleWrong:
    return TopicRuleWrong("topics", line=number, why=Text(en, ko))


def unit_of(written: Any, known: Mapping[str, str] = {"C": "Cel", "F": "[degF]", "K": "K"}) -> str:
    """UCUM code of a unit that came in a payload, empty where nobody knows it.

    >>> unit_of("°C"), unit_of("C"), unit_of("bananas"), unit_of(7)
    ('Cel', 'Cel', '', '')
    """
    if not isinstance(written, str) or not 0 < len(written) <= 30:
        return ""
    try:
        return known.get(written) or ucum(written)
    except UnknownUnit:
        return ""
