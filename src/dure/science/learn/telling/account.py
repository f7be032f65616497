"""What a report says of a model in words: what it is for, how good it is beside none, where it is weak.

Every sentence is made of the figures in the package's own files; what they do not hold is not said.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dure.science.learn.judging.measures import MEASURES, NULLS, measured, short_name, verdict
from dure.science.learn.serving.states import state_label
from dure.science.paper import figure, of_hundred, percent, quantity, unit_name
from dure.vocabulary import Text, language

Facts = Mapping[str, Any]

#: A file of a package larger than this is not read for a report. [bytes]
LARGEST = 4 * 1024**2

_ESTIMATE = Text(
    "It estimates {target} from {signals}, so that it is known before, or without, a measurement.",
    "{signals}로 {target} 값을 예측합니다. 측정하기 전에, 또는 측정하지 않고도 값을 알 수 있습니다.",
)
_FORECAST = Text(
    "It says from {signals} what {target} will be {ahead} later, so that one can act before it is so.",
    "{signals}로 {ahead} 뒤의 {target} 값을 예측합니다. 그렇게 되기 전에 손쓸 수 있습니다.",
)
_LIFE = Text(
    "It says from {signals} how long a thing will last (in {unit}{cap}), so that it is changed in time.",
    "{signals}로 남은 수명을 예측합니다(단위 {unit}{cap}). 제때 교체할 수 있습니다.",
)
_CAP = Text("; beyond {cap} it only says that much is left", ", {cap} 넘게 남으면 그만큼 남았다고만 합니다")
_SEASONS = Text(
    "Seasons found: it repeats itself after {rows} rows.", "찾은 주기: {rows}행마다 되풀이됩니다."
)
_SCALED = Text(
    "In units of a season's usual change its error is {value}; below 1 it beats repeating the season before.",
    "한 주기의 보통 변화량을 1로 하면 오차가 {value}입니다. 1보다 작으면 앞 주기를 되풀이하는 것보다 낫습니다.",
)
_CENSORED = Text(
    "{count} things were still running when they were seen last; what is known of them counts as well.",
    "마지막으로 본 때에도 돌고 있던 대상이 {count}개 있습니다. 거기서 알 수 있는 것도 학습했습니다.",
)
_HALFWAY = Text(
    "When half of a life was over, it said the rest within a fifth of the truth for {share} of the things.",
    "수명이 절반 남았을 때 {share}의 대상에서 남은 수명을 오차 20% 안으로 맞혔습니다.",
)
_CLASSIFY = Text(
    "It tells from {signals} whether {target} is {classes}.",
    "{signals}로 {target} 값이 {classes} 가운데 무엇인지 가려냅니다.",
)
_MANY = Text(
    "It tells from {signals} which of {classes} kinds {target} is.",
    "{signals}로 {target} 값이 {classes}가지 가운데 무엇인지 가려냅니다.",
)
_DETECT = Text(
    "It has learnt what is normal in {signals}, and raises an alarm when they are no longer like that.",
    "{signals}의 정상 상태를 학습했고, 정상과 달라지면 알람을 냅니다.",
)
_OR, _COMMA = Text(" or ", ", "), Text(", ", ", ")
_ONE_SIGNAL, _SIGNALS = Text("1 signal", "신호 1개"), Text("{count} signals", "신호 {count}개")
_ERROR = Text(
    "On rows it had never seen its average error is {value}; {nulls}.",
    "처음 보는 행에서 평균 오차가 {value}입니다. {nulls}입니다.",
)
_RIGHT = Text(
    "It is right in {value} of 100 rows that it had never seen; {nulls}.",
    "처음 보는 행 100개 가운데 {value}개를 맞힙니다. {nulls}개입니다.",
)
_BETWEEN = Text(
    "Over other stretches of the same data the {name} would lie between {low} and {high} (95\u00a0%).",
    "같은 데이터의 다른 구간에서도 {name} 값은 {low}에서 {high} 사이입니다(95%).",
)
_NINE = Text(
    "{level} of new rows are promised to lie between {below} below and {above} above what it says; measured: {found}.",
    "새 행의 {level}가 예측값보다 {below} 낮은 값과 {above} 높은 값 사이에 든다고 약속합니다. 측정값은 {found}입니다.",
)
_APART = Text(
    "The interval is wider where it errs more; {level} of new rows are promised to lie in it; measured: {found}.",
    "잘 틀리는 곳에서는 구간이 넓습니다. 새 행의 {level}가 구간에 든다고 약속합니다. 측정값은 {found}입니다.",
)
_FINDS = Text(
    "Of 100 rows that are {positive} it finds {found}; of 100 that are {other} it takes {wrong} for {positive}.",
    "실제 {positive} 100개 가운데 {found}개를 찾아내고, {other} 100개 가운데 {wrong}개를 {positive} 쪽으로 잘못 봅니다.",
)
_RELY = Text(
    "When it says {positive}, it is so in {precise} of 100.",
    "{positive} 판정은 100번 가운데 {precise}번 맞습니다.",
)
_COST = Text(
    "With a miss costing {miss} and a false alarm {false}, 1,000 rows cost {with_it}; never calling costs {never}, always "
    "calling {always}.",
    "놓치면 {miss}, 잘못 부르면 {false}의 비용이 들 때 1,000행에 {with_it}이 듭니다. 한 번도 부르지 않으면 {never}, 모두 부르면 "
    "{always}입니다.",
)
_CALIBRATED = Text(
    "Its probabilities were set right ({method}): they miss the true share by {after} on average, before by {before}.",
    "확률을 실제 비율에 맞췄습니다({method}). 평균 차이: 보정 전 {before}, 보정 후 {after}.",
)
_METHODS: Mapping[str, Text] = {
    "platt": Text("Platt scaling", "플랫 보정"),
    "isotonic": Text("isotonic regression", "단조 회귀"),
    "temperature": Text("temperature scaling", "온도 보정"),
}
_WEAKEST = Text(
    "It is weakest in {part}: {value}, where {null} would come of no model.",
    "{part}에서 가장 약합니다. {value}이고, 모델이 없으면 {null}입니다.",
)
_WORSE = Text(
    "There it is no better than no model: do not rely on it for the like.",
    "그곳에서는 모델이 없는 것보다 낫지 않으니, 비슷한 경우에는 의지하지 마세요.",
)
_FEW = Text(
    "Only {count} groups (by {by}) were there to judge by: another may be predicted much worse.",
    "검증에 쓴 그룹({by})이 {count}개뿐입니다. 다른 그룹에서는 훨씬 나쁠 수 있습니다.",
)
#: Groups held back in turn below which little is promised for another one.
FEW_GROUPS = 15
_BLOCK, _GROUP = Text("block {number}", "{number}번째 구간"), Text("{name}", "{name}")
_ALARMS = Text(
    "On {rows} normal rows held back it raised {rate} alarms in {per}; with 95\u00a0% certainty no more than {upper}.",
    "따로 떼어 둔 정상 {rows}행에서 {per} 알람이 {rate}건 났습니다. 95% 확신으로 {upper}건을 넘지 않습니다.",
)
_PER = {"shift": Text("a shift of 8 h", "8시간 근무조당"), "rows": Text("1,000 rows", "1,000행당")}
_STATE = Text(
    "In the state “{state}”: {rate} alarms in {per}, truly between {low} and {high} (95\u00a0%).",
    "“{state}” 상태: {per} 알람 {rate}건, 실제로는 {low}건에서 {high}건 사이(95%).",
)
_SILENT = Text(
    "In the state “{state}” it stays silent: {rows} normal rows were too few to learn it.",
    "“{state}” 상태에서는 알람을 내지 않습니다. 정상 행이 {rows}행뿐이라 학습하지 못했습니다.",
)
_KEPT = Text(
    "The package holds, row by row, the true values of {target} and what was said of them ({rows} rows), so that every "
    "figure here can be computed again. Whoever gets the package gets these values.",
    "패키지에는 {target}의 실제 값과 예측이 행마다 들어 있어({rows}행) 이 보고서의 모든 수치를 다시 계산할 수 있습니다. "
    "패키지를 받는 사람은 이 값도 받습니다.",
)
_HELD = Text(
    "The package holds the scores of the {rows} normal rows held back, so that every figure here can be computed again.",
    "패키지에는 떼어 둔 정상 {rows}행의 점수가 들어 있어 이 보고서의 모든 수치를 다시 계산할 수 있습니다.",
)
_BARE = Text(
    "The package holds no judged rows (--without-rows): its figures cannot be computed again.",
    "패키지에 판정한 행이 없어(--without-rows) 수치를 다시 계산할 수 없습니다.",
)
_BEFORE = Text(
    "This package is from a release before: its figures cannot be computed again.",
    "이전 판에서 만든 패키지라서 수치를 다시 계산할 수 없습니다.",
)
_SAME = Text(
    "All figures were computed again from the package's own rows and are the same.",
    "패키지에 든 행으로 모든 수치를 다시 계산했고, 모두 같습니다.",
)


@dataclass(frozen=True)
class Documents:
    """The files of a package that a report is made of; empty where the package has none. `checked`: figures were found the same."""

    card: Facts
    metrics: Facts = field(default_factory=dict)
    report: Facts = field(default_factory=dict)
    fingerprint: Facts = field(default_factory=dict)
    checked: bool = False

    @classmethod
    def of(cls, folder: Path, *, checked: bool = False) -> "Documents":
        """Those in `folder`; a file that is absent, too large or unreadable counts as empty."""
        card, metrics, report, fingerprint = (
            _read(folder / f"{name}.json") for name in ("card", "metrics", "report", "fingerprint")
        )
        return cls(card, metrics, report, fingerprint, checked)

    @property
    def unit(self) -> str:
        """Unit of the target."""
        return str(self.card.get("unit") or "")

    @property
    def target(self) -> str:
        """The target as people say it: without the unit that stands in its header."""
        name = str(self.card.get("target") or "")
        return name.rpartition(" [")[0] or name if name.endswith("]") else name


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > LARGEST:
            return {}
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def reckoned(card: Mapping[str, Any]) -> dict[str, str]:
    """Names, by column, of what was reckoned from the signals first, as the reader calls them.

    >>> reckoned({"used": [{"name": "power", "label": "Shaft power", "label_ko": "축동력"}]})
    {'power': 'Shaft power'}
    """
    used = [one for one in card.get("used") or () if one.get("name")]
    return {
        str(one["name"]): told({"en": one.get("label"), "ko": one.get("label_ko") or one.get("label")})
        or str(one["name"])
        for one in used
    }


def told(entry: Any) -> str:
    """The sentence of an entry that carries both languages, `{"en", "ko"}` or with such `words`; else its words.

    >>> from dure.vocabulary import use_language
    >>> with use_language("ko"):
    ...     told({"words": {"en": "in time", "ko": "시간 순서"}})
    '시간 순서'
    """
    if isinstance(entry, Mapping):
        return told(entry.get("words", entry.get(language(), entry.get("en", ""))))
    return "" if entry is None else str(entry)


def number(value: Any) -> float | None:
    """A value if it is a number that is one."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0
    return float(value) if known else None


def purpose(card: Facts) -> str:
    """What the model is for, in one sentence."""
    count, target = len(card.get("inputs") or []), Documents(card).target
    signals = str(_ONE_SIGNAL) if count == 1 else _SIGNALS.format(count=figure(count))
    if card.get("task") == "detect":
        return _DETECT.format(signals=signals)
    if asked := _asked_purpose(card, signals):
        return asked
    if card.get("task") == "estimate":
        unit = unit_name(str(card.get("unit") or ""))
        return _ESTIMATE.format(signals=signals, target=f"{target} [{unit}]" if unit else target)
    names = [f"“{name}”" for name in (card.get("classes") or {}).get("names", [])]
    if len(names) > 5:
        return _MANY.format(signals=signals, target=target, classes=len(names))
    listed = str(_OR).join([*([str(_COMMA).join(names[:-1])] if names[1:] else []), *names[-1:]])
    return _CLASSIFY.format(signals=signals, target=target, classes=listed)


def _asked_purpose(card: Facts, signals: str) -> str:
    """What a forecast or a model of lives is for; empty for another."""
    found = card.get("reckoned") or {}
    if ahead := found.get("ahead"):
        return _FORECAST.format(
            signals=signals, target=Documents({"target": ahead["of"]}).target, ahead=ahead["told"]
        )
    if lives := found.get("lives"):
        cap = "" if lives["cap"] is None else _CAP.format(cap=figure(lives["cap"]))
        return _LIFE.format(signals=signals, unit=unit_name(lives["unit"]), cap=cap)
    return ""


def _asked_worth(documents: Documents) -> list[str]:
    """What a forecast or a model of lives found and is worth besides its error."""
    found, metric = documents.card.get("reckoned") or {}, documents.card.get("metric") or {}
    said = []
    if seasons := (found.get("ahead") or {}).get("seasons"):
        said.append(_SEASONS.format(rows=", ".join(figure(one) for one in seasons)))
    if (value := number(metric.get("mean_absolute_scaled_error"))) is not None:
        said.append(_SCALED.format(value=figure(value)))
    if (share := number(metric.get("alpha_lambda"))) is not None:
        said.append(_HALFWAY.format(share=percent(share)))
    if count := found.get("censored"):
        said.append(_CENSORED.format(count=figure(count)))
    return said


def worth(documents: Documents) -> list[str]:
    """How good the model is, beside what no model would give; the first sentence is the one to remember."""
    task = documents.card.get("task")
    if task == "detect":
        return _detector(documents)
    said = _estimator(documents) if task == "estimate" else _classifier(documents)
    return [*said, *_asked_worth(documents), *_span(documents)]


def headline(card: Facts) -> str:
    """The measure that is spoken of first."""
    wanted = {"estimate": ("mean_absolute_error",), "classify": ("balanced_accuracy", "accuracy")}
    metric = card.get("metric") or {}
    if (card.get("classes") or {}).get("positive") is not None:
        return next((name for name in ("average_precision", "f1", "accuracy") if name in metric), "")
    return next((name for name in wanted.get(str(card.get("task")), ()) if name in metric), "")


def nulls_of(documents: Documents, key: str) -> list[tuple[str, float]]:
    """What each null gives for a measure, by its name in words."""
    found = [
        (str(NULLS.get(name, name)), number(values.get(key)))
        for name, values in (documents.metrics.get("nulls") or {}).items()
    ]
    return [(name, value) for name, value in found if value is not None]


def _beside(documents: Documents, key: str) -> str:
    """The nulls of a measure as part of a sentence."""
    if key in {"accuracy", "balanced_accuracy"}:
        return ", ".join(f"{name} {of_hundred(value)}" for name, value in nulls_of(documents, key))
    return ", ".join(
        f"{name} {measured(key, value, documents.unit)}" for name, value in nulls_of(documents, key)
    )


def _estimator(documents: Documents) -> list[str]:
    card, key = documents.card, "mean_absolute_error"
    value = number((card.get("metric") or {}).get(key))
    if value is None:
        return []
    said = [_ERROR.format(value=quantity(value, documents.unit), nulls=_beside(documents, key) or "–")]
    interval, found = card.get("interval") or {}, number(card["metric"].get("interval_coverage"))
    if interval and found is not None:
        level = percent(number(interval.get("level")))
        if interval.get("edges"):
            return [*said, _APART.format(level=level, found=percent(found))]
        below, above = (quantity(number(interval.get(name)), documents.unit) for name in ("below", "above"))
        said.append(_NINE.format(level=level, below=below, above=above, found=percent(found)))
    return said


def _classifier(documents: Documents) -> list[str]:
    card = documents.card
    metric, positive = card.get("metric") or {}, (card.get("classes") or {}).get("positive")
    if positive is None:
        key = next((name for name in ("balanced_accuracy", "accuracy") if name in metric), "")
        key = "accuracy" if "accuracy" in metric else key
        said = (
            [_RIGHT.format(value=of_hundred(metric[key]), nulls=_beside(documents, key) or "–")]
            if key
            else []
        )
    else:
        said = verdicts(documents)
        for key in ("average_precision",):
            if number(metric.get(key)) is not None:
                beside = _beside(documents, key)
                said.append(f"{MEASURES[key].name}: {measured(key, metric[key])}; {beside}.")
    calibration = card.get("calibration") or {}
    after, before = number(calibration.get("ece")), number(calibration.get("ece_before"))
    if after is not None and before is not None and calibration.get("method") in _METHODS:
        method = str(_METHODS[calibration["method"]])
        said.append(_CALIBRATED.format(method=method, after=percent(after), before=percent(before)))
    return [*said, *_cost(card)]


def verdicts(documents: Documents) -> list[str]:
    """Of two classes: of a hundred that are looked for how many are found, of the others how many taken for them."""
    counts, classes = documents.report.get("confusion"), documents.card.get("classes") or {}
    positive = classes.get("positive")
    if not counts or len(counts) != 2 or positive is None:
        return []
    other = 1 - positive
    hits, missed = counts[positive][positive], counts[positive][other]
    wrong, right = counts[other][positive], counts[other][other]
    names = [f"“{name}”" for name in classes["names"]]
    said = []
    if hits + missed and wrong + right:
        facts = {"positive": names[positive], "other": names[other]}
        shares = {"found": of_hundred(hits / (hits + missed)), "wrong": of_hundred(wrong / (wrong + right))}
        said.append(_FINDS.format(**facts, **shares))
        if hits + wrong:
            said.append(_RELY.format(positive=names[positive], precise=of_hundred(hits / (hits + wrong))))
    return said


def _cost(card: Facts) -> list[str]:
    cost = card.get("cost") or {}
    known = {
        name: number(cost.get(name))
        for name in ("miss", "false_alarm", "per_1000_rows", "never_calling", "always_calling")
    }
    if any(value is None for value in known.values()):
        return []
    miss, false, with_it, never, always = (figure(value) for value in known.values())
    return [_COST.format(miss=miss, false=false, with_it=with_it, never=never, always=always)]


def _span(documents: Documents) -> list[str]:
    """The interval of the first measure over blocks of rows."""
    key = headline(documents.card)
    span = (documents.metrics.get("interval") or {}).get(key)
    if not isinstance(span, (list, tuple)) or len(span) != 2 or any(number(one) is None for one in span):
        return []
    low, high = (measured(key, one, documents.unit) for one in span)
    return [_BETWEEN.format(name=short_name(key), low=low, high=high)]


def _detector(documents: Documents) -> list[str]:
    metric, report = documents.card.get("metric") or {}, documents.report
    said = []
    for key, per in (("alarms_per_shift", "shift"), ("alarms_per_1000_rows", "rows")):
        value, upper = number(metric.get(key)), number(metric.get(f"{key}_upper"))
        if value is not None and upper is not None:
            facts = {"rate": figure(value), "upper": figure(upper), "per": str(_PER[per])}
            said.append(_ALARMS.format(rows=figure(report.get("held_rows")), **facts))
    return [*said, *(_in_state(one) for one in states(documents.card))]


def _in_state(one: Facts) -> str:
    """What is promised in one operating state."""
    name = str(state_label(str(one["state"])))
    if one.get("silent"):
        return _SILENT.format(state=name, rows=figure(one.get("rows")))
    shift = "alarms_per_shift" in one
    rate = one.get("alarms_per_shift" if shift else "alarms_per_1000_rows")
    facts = {"rate": figure(rate), "low": figure(one.get("low")), "high": figure(one.get("high"))}
    return _STATE.format(state=name, per=str(_PER["shift" if shift else "rows"]), **facts)


def states(card: Facts) -> list[Facts]:
    """What a detector promises in each operating state; nothing where there is one state only."""
    found = [one for one in card.get("promise") or [] if isinstance(one, Mapping) and one.get("state")]
    return found if len(card.get("promise") or []) > 1 else []


def useless(card: Facts) -> list[str]:
    """The plain word for a model that is no better than its null; nothing of a better one or a detector."""
    words, tone = verdict(card)
    return [words] if tone == "warn" and card.get("task") != "detect" else []


def weakest(documents: Documents) -> list[str]:
    """Where the model does worst, and whether it is worth having there at all."""
    parts = [one for one in documents.report.get("parts") or [] if number(one.get("value")) is not None]
    validation = documents.card.get("validation") or {}
    if len(parts) < 2 or validation.get("kind") == "stratified":
        return []
    more = documents.card.get("task") != "estimate"
    worst = min(parts, key=lambda one: one["value"]) if more else max(parts, key=lambda one: one["value"])
    value, null = (part_value(documents, worst[name]) for name in ("value", "null"))
    said = [_WEAKEST.format(part=part_name(documents, worst), value=value, null=null)]
    good = worst["value"] > worst["null"] if more else worst["value"] < worst["null"]
    said = said if good else [*said, str(_WORSE)]
    groups = documents.report.get("groups") or []
    if validation.get("kind") == "grouped" and len(groups) < FEW_GROUPS:
        said.append(_FEW.format(count=figure(len(groups)), by=str(validation.get("by"))))
    return said


def part_name(documents: Documents, part: Facts) -> str:
    """A block's or a group's name."""
    names = documents.report.get("groups") or []
    if names and 0 <= part["part"] < len(names):
        return _GROUP.format(name=names[part["part"]])
    block = _BLOCK.format(number=part["part"] + 1)
    if number(part.get("from")) is None or number(part.get("to")) is None:
        return block
    first, last = (day(part[name]) for name in ("from", "to"))
    return f"{block} ({first})" if first == last else f"{block} ({first} – {last})"


def day(seconds: float) -> str:
    """The day of a moment [s since 1970 UTC].

    >>> day(1767600000.0)
    '2026-01-05'
    """
    return datetime.fromtimestamp(min(max(seconds, -6e10), 2.5e11), tz=UTC).strftime("%Y-%m-%d")


def part_value(documents: Documents, value: float) -> str:
    """A part's figure with the name of its measure."""
    card = documents.card
    if card.get("task") == "estimate":
        return f"{short_name('mean_absolute_error')} {quantity(value, documents.unit)}"
    if (card.get("classes") or {}).get("positive") is not None:
        return f"F1 {figure(value)}"
    return f"{short_name('accuracy')} {percent(value)}"


def kept(documents: Documents) -> list[str]:
    """Whether the figures can be computed again, and what of the data that puts into the package."""
    card = documents.card
    rows = number(card.get("judged_rows")) or number(documents.report.get("held_rows"))
    if "rows_kept" not in card:
        return [str(_BEFORE)]
    if not card["rows_kept"]:
        return [str(_BARE)]
    counted = figure(int(rows)) if rows is not None else "–"
    said = (
        _HELD.format(rows=counted)
        if card.get("task") == "detect"
        else _KEPT.format(target=documents.target, rows=counted)
    )
    return [str(_SAME), said] if documents.checked else [said]
