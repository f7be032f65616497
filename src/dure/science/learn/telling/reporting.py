"""A model's report: its sections in the language in force, and the file in both languages that `dure report` writes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dure.science.learn.judging.measures import measure_name, measured, verdict
from dure.science.learn.judging.recomputing import RowsAbsent, recompute, require_same
from dure.science.learn.telling import account, illustrating
from dure.science.learn.telling.account import Documents, number, reckoned, told
from dure.science.paper import Section, Table, figure, page, unit_name
from dure.vocabulary import Text, language, use_language

Facts = Mapping[str, Any]

MOST_ROWS = 200

_USE, _WORTH = Text("What it is for", "무엇에 쓰나"), Text("How good it is", "얼마나 잘하나")
_WEAK, _RESTS = Text("Where it is weak", "어디에 약한가"), Text("What it rests on", "무엇을 보고 판단하나")
_LOOK = Text("Look at these before you release it", "출시하기 전에 살펴볼 것")
_INPUTS = Text("What it needs, and in which range it knows its way", "필요한 입력과 학습한 범위")
_INPUTS_SAYS = Text(
    "Outside of these ranges it has seen nothing: what it says there is a guess.",
    "이 범위를 벗어난 값은 본 적이 없으므로, 그때의 예측은 짐작입니다.",
)
_ASIDE = Text("What it did not learn from, and why", "학습에서 뺀 열과 까닭")
_JUDGED = Text("How this was found out", "어떻게 확인했나")
_FIGURES = Text("All figures", "모든 수치")
_KNOW = Text("Good to know", "알아 둘 것")
_MODEL, _NULL, _BETWEEN = (
    Text("this model", "이 모델"),
    Text("best without one", "모델 없이 가장 나은 값"),
    Text("95\u00a0% between", "95% 범위"),
)
_MEASURE, _COLUMN, _UNIT, _WHY = (
    Text("measure", "지표"),
    Text("column", "열"),
    Text("unit", "단위"),
    Text("why", "까닭"),
)
_LOW, _HIGH, _USUAL = (
    Text("lowest", "최소"),
    Text("highest", "최대"),
    Text("nine of ten between", "90%가 든 범위"),
)
_ROWS, _SHA = Text("rows", "행"), "SHA-256"
_FILE, _FAMILY = Text("file", "파일"), Text("kind of model", "모델 종류")
_LEARNT = Text(
    "It learnt from {rows} rows. Kind of model: {family}. Package {id}, made {made} by dure {dure}.",
    "{rows}행에서 학습했습니다. 모델 종류: {family}. 패키지 {id}, 만든 날 {made}, 만든 프로그램 dure {dure}.",
)
_SOURCES = Text("What it learnt from", "학습한 데이터")
_TITLE = Text("Model report", "모델 보고서")
#: Entries of a card that say something in words, in the order of the report.
_WORDS = ("guard", "ceiling", "selective")


def sections(documents: Documents) -> list[Section]:
    """The report of a model, in the language in force; a part for which the package holds nothing is left out."""
    parts: Sequence[Callable[[Documents], Section | None]] = (
        _use, _worth, _look, _weak, _rests, _inputs, _aside, _know, _judged,
    )  # fmt: skip
    made = (part(documents) for part in parts)
    return [one for one in made if one is not None]


def _use(documents: Documents) -> Section:
    words, tone = verdict(documents.card)
    says = [account.purpose(documents.card), *account.verdicts(documents)[:1], words]
    return Section("use", str(_USE), says, tone=tone)


def _worth(documents: Documents) -> Section:
    task = documents.card.get("task")
    drawn = {
        "estimate": illustrating.predictions,
        "classify": illustrating.classes,
        "detect": illustrating.normal,
    }
    pictures = [*illustrating.beside_nulls(documents), *drawn[str(task)](documents)]
    return Section(
        "worth", str(_WORTH), account.worth(documents), pictures, [(str(_FIGURES), _figures(documents))]
    )


def _figures(documents: Documents) -> Table:
    """Every measure beside the best null, with the interval where one is known."""
    card, spans = documents.card, documents.metrics.get("interval") or {}
    unit, null = documents.unit, card.get("null") or {}
    rows = []
    for key, value in (card.get("metric") or {}).items():
        span = spans.get(key)
        words = " – ".join(measured(key, one, unit) for one in span) if span else "–"
        rows.append(
            (measure_name(key), measured(key, value, unit), measured(key, null.get(key), unit), words)
        )
    head = (str(_MEASURE), str(_MODEL), str(_NULL), str(_BETWEEN))
    return Table(head, rows) if spans else Table(head[:3], [row[:3] for row in rows])


def _look(documents: Documents) -> Section | None:
    """Columns that may leak, labels of inspected parts only: what a person must judge."""
    card = documents.card
    says = [f"{one['column']}: {told(one['why'])}" for one in card.get("to_look_at") or []]
    selective = card.get("selective") or {}
    if told(selective.get("words")):
        says.append(told(selective))
    return Section("look", str(_LOOK), says, tone="warn") if says else None


def _weak(documents: Documents) -> Section | None:
    says, pictures = account.weakest(documents), illustrating.by_part(documents)
    return Section("weak", str(_WEAK), says, pictures) if says or pictures else None


def _rests(documents: Documents) -> Section | None:
    card, pictures = documents.card, illustrating.importance(documents)
    says = [told(one) for one in card.get("delays") or [] if told(one)]
    if used := reckoned(card):
        says.append(_USED.format(names=", ".join(used.values())))
    return Section("rests", str(_RESTS), says, pictures) if says or pictures else None


_USED = Text("Reckoned from the signals first: {names}.", "먼저 신호에서 계산한 값: {names}.")


def _inputs(documents: Documents) -> Section:
    """Each input with its unit and its range."""
    rows = [
        (
            str(one["name"]),
            unit_name(str(one.get("unit") or "")) or "–",
            figure(number(one.get("low"))),
            figure(number(one.get("high"))),
            _between(one),
        )
        for one in (documents.card.get("inputs") or [])[:MOST_ROWS]
    ]
    head = (str(_COLUMN), str(_UNIT), str(_LOW), str(_HIGH), str(_USUAL))
    return Section("inputs", str(_INPUTS), [str(_INPUTS_SAYS)], tables=[("", Table(head, rows))])


def _between(one: Facts) -> str:
    """Where nine of ten values of an input lie; a dash for words."""
    low, high = number(one.get("usual_low")), number(one.get("usual_high"))
    return "–" if low is None or high is None else f"{figure(low)} – {figure(high)}"


def _aside(documents: Documents) -> Section | None:
    rows = [(str(one["column"]), told(one["why"])) for one in documents.card.get("left_out") or []][
        :MOST_ROWS
    ]
    if not rows:
        return None
    return Section("left-out", str(_ASIDE), tables=[("", Table((str(_COLUMN), str(_WHY)), rows))])


def _know(documents: Documents) -> Section | None:
    card = documents.card
    says = [told(note) for note in card.get("notes") or []]
    says += [told(card[name]) for name in _WORDS[:2] if card.get(name) and told(card[name])]
    return Section("know", str(_KNOW), says) if says else None


def _judged(documents: Documents) -> Section:
    """How the figures were found, from which data, and whether they can be found again."""
    card = documents.card
    facts = {
        "rows": figure(card.get("rows")),
        "family": told(card.get("family_words")) or str(card.get("family", "–")),
        "id": card.get("id", "–"),
        "made": str(card.get("made", "–"))[:10],
        "dure": card.get("dure", "–"),
    }
    says = [told(card.get("validation")), *account.kept(documents), _LEARNT.format(**facts)]
    sources = [
        (str(one["name"]), figure(one.get("rows")), str(one.get("sha256", ""))[:16] or "–")
        for one in (documents.fingerprint.get("sources") or [])[:MOST_ROWS]
    ]
    tables = [(str(_SOURCES), Table((str(_FILE), str(_ROWS), _SHA), sources))] if sources else []
    return Section("judged", str(_JUDGED), [one for one in says if one], tables=tables)


def report_page(documents: Documents, title: str = "") -> str:
    """The report as one HTML file in Korean and English, without script; the language in force is shown first."""
    versions = {}
    for name in ("ko", "en"):
        with use_language(name):
            versions[name] = sections(documents)
    card = documents.card
    return page(
        title or f"{documents.target or told(card.get('family_words'))} · {card.get('id', '')}",
        versions,
        language(),
    )


def reported(folder: Path, out: Path | None = None, *, trust: bool = False) -> dict[str, Any]:
    """Compute a package's figures again and, with `out`, write its report.

    Raises
    ------
    FiguresDiffer
        If the card states other figures than its rows give; nothing is written.
    ModelRefused
        Another leaf of it, as `load`.
    OutEnding, OutRefused
        If `out` does not end in .html; if it is a folder or cannot be written.
    """
    from dure.science.learn.keeping.package import verified
    from dure.science.learn.refusals import OutEnding, OutRefused

    if out is not None and out.suffix.lower() not in (".html", ".htm"):
        raise OutEnding(str(out))
    checked, rows = True, 0
    try:
        found = recompute(folder, trust=trust)
        require_same(found, str(folder))
        rows = found.rows
    except RowsAbsent:
        verified(folder, trust=trust)
        checked = False
    documents = Documents.of(folder, checked=checked)
    if out is not None:
        try:
            out.write_text(report_page(documents), encoding="utf-8")
        except OSError as refused:
            raise OutRefused(str(out), why=refused.strerror or str(refused)) from refused
    card = documents.card
    return {
        "model": str(folder),
        "recomputed": checked,
        "rows": rows,
        "metric": card.get("metric"),
        "null": card.get("null"),
        "words": [
            account.purpose(card),
            *account.worth(documents),
            *account.weakest(documents),
            *account.kept(documents),
        ],
        "out": None if out is None else str(out),
    }
