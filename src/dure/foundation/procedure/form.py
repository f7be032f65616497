"""Form: what is asked, in both languages, with what is already known filled in."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dure.foundation.procedure.facts import Facts, Value, holds, reckon, require
from dure.foundation.procedure.refusals import AnswerWrong, FactAbsent
from dure.foundation.procedure.written import Document, read
from dure.science.formula import Kind
from dure.vocabulary import Text

KINDS = {"number": "number", "yes-no": "yes-no", "date": "time"}
#: Longest answer, in characters, where the form sets none.
LONGEST = {"text": 500, "long-text": 20_000}
_FILE = re.compile(r"sha256:[0-9a-f]{64}")
_PARTY = re.compile(r"(person|organisation):\d{1,12}")


@dataclass(frozen=True)
class Option:
    """One answer to choose."""

    id: str
    label: Text
    points: float | None = None


@dataclass(frozen=True)
class Field:
    """One question. `evidence` is `none`, `file` (something must be attached) or `measured` (a person cannot type it)."""

    id: str
    label: Text
    kind: str
    help: Text | None = None
    required: bool = False
    private: bool = False
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    longest: int | None = None
    options: tuple[Option, ...] = ()
    fill: str = ""
    shown_if: str = ""
    evidence: str = "none"

    @property
    def value_kind(self) -> Kind:
        """What a formula sees of the answer."""
        return Kind(KINDS.get(self.kind, "text"), self.unit)

    def taken(self, answer: Any) -> Value:
        """The answer as it is kept; None for an empty one.

        Raises
        ------
        AnswerWrong
            If it is of another kind, out of range, too long, or none of the options.
        """
        if answer is None or (isinstance(answer, str) and not answer.strip()) or answer == []:
            return None
        found: Value = _TAKERS[self.kind](self, answer)
        return found

    def wrong(self, en: str, ko: str) -> AnswerWrong:
        """The error for this answer."""
        return AnswerWrong(str(self.label), fault=Text(en, ko))


@dataclass(frozen=True)
class Form:
    """Questions in their order; `facts` that fill them are named `plant.…` or as the procedure says."""

    id: str
    label: Text
    fields: tuple[Field, ...]
    help: Text | None = None

    @property
    def kinds(self) -> dict[str, Kind]:
        """What formulas may name of it."""
        return {one.id: one.value_kind for one in self.fields}

    def shown(self, answers: Facts, known: Mapping[str, Kind] | None = None) -> tuple[Field, ...]:
        """The questions that are asked, given the answers so far."""
        kinds = dict(known or {}) | self.kinds
        return tuple(one for one in self.fields if not one.shown_if or _is_shown(one, answers, kinds))

    def filled(self, facts: Facts, kinds: Mapping[str, Kind]) -> dict[str, Value]:
        """Answers that are known by measurement: by the formula of each field that has one.

        >>> form = form_of(EXAMPLE)
        >>> form.filled({"plant.rows": 57_631.0}, {"plant.rows": Kind("number")})
        {'rows': 57631.0}
        """
        found = {one.id: reckon(one.fill, facts, kinds) for one in self.fields if one.fill}
        return {name: value for name, value in found.items() if value is not None}

    def faults(self, answers: Mapping[str, Any], *, complete: bool = True) -> dict[str, AnswerWrong]:
        """What is wrong with each answer; with `complete` also what is lacking. Empty if all is well."""
        kept, wrong = self._kept(answers)
        if complete:
            for one in self.shown(kept):
                if one.required and kept.get(one.id) is None and one.id not in wrong:
                    wrong[one.id] = one.wrong("an answer is needed.", "답이 필요합니다.")
        return wrong

    def taken(self, answers: Mapping[str, Any], *, complete: bool = True) -> dict[str, Value]:
        """The answers as they are kept.

        Parameters
        ----------
        answers
            By the field's id, as a page or a program sends them.
        complete
            Whether required answers must be there: not for a draft.

        Raises
        ------
        AnswerWrong
            The first that cannot be taken, in the order of the questions; `faults` gives all.

        Examples
        --------
        >>> form_of(EXAMPLE).taken({"rows": "57,631", "kind": "table"})
        {'kind': 'table', 'rows': 57631.0}
        """
        wrong = self.faults(answers, complete=complete)
        first = next((one.id for one in self.fields if one.id in wrong), next(iter(wrong), None))
        if first is not None:
            raise wrong[first]
        return self._kept(answers)[0]

    def _kept(self, answers: Mapping[str, Any]) -> tuple[dict[str, Value], dict[str, AnswerWrong]]:
        kept: dict[str, Value] = {}
        wrong: dict[str, AnswerWrong] = {}
        for one in self.fields:
            try:
                value = one.taken(answers.get(one.id))
            except AnswerWrong as fault:
                wrong[one.id] = fault
                continue
            if value is not None:
                kept[one.id] = value
        strange = [name for name in answers if name not in self.kinds]
        for name in strange[:1]:
            wrong[name] = AnswerWrong(
                str(name)[:60], fault=Text("the form does not ask this.", "양식에 없는 항목입니다.")
            )
        return kept, wrong


def form_of(text: str, name: str = "", known: Mapping[str, Kind] | None = None) -> Form:
    """The form written in YAML.

    Parameters
    ----------
    text
        As `schemas/form.schema.json` says.
    known
        Facts that its formulas may name besides its own answers; None where any may occur.

    Raises
    ------
    ProcedureWrong
        If it breaks the format, repeats an id, or a formula is wrong; says the line.
    """
    document = read("form", text, name)
    form = Form(
        document.values["id"],
        label_of(document.values),
        tuple(_field(document, at, raw) for at, raw in enumerate(document.values["fields"])),
        text_of(document.values.get("help")),
    )
    _require_once(document, form)
    for at, one in enumerate(form.fields):
        for part in ("shown_if", "fill"):
            kinds = form.kinds if part == "shown_if" else dict(known or {})
            if getattr(one, part) and (part == "shown_if" or known is not None):
                want = "yes-no" if part == "shown_if" else one.value_kind.type
                require(document, ("fields", at, part), getattr(one, part), kinds, want)
    return form


def label_of(raw: Mapping[str, Any]) -> Text:
    """The name of a part, in both languages."""
    return Text(en=raw["en"], ko=raw["ko"])


def text_of(raw: Mapping[str, Any] | None) -> Text | None:
    """Words in both languages, or none."""
    return None if raw is None else label_of(raw)


def _field(document: Document, at: int, raw: Mapping[str, Any]) -> Field:
    options = tuple(Option(one["id"], label_of(one), one.get("points")) for one in raw.get("options", ()))
    if (raw["kind"] in ("choice", "choices")) != bool(options):
        raise document.wrong(("fields", at), "has options if, and only if, it is a choice.", "선택 항목에만 options가 있어야 합니다.")  # fmt: skip
    if raw.get("evidence") == "measured" and not raw.get("fill"):
        raise document.wrong(("fields", at), "is measured, but no formula fills it.", "실측 항목인데 채우는 수식(fill)이 없습니다.")  # fmt: skip
    plain = {name: raw[name] for name in ("kind", "required", "private", "unit", "low", "high", "longest", "fill", "shown_if", "evidence") if name in raw}  # fmt: skip
    return Field(id=raw["id"], label=label_of(raw), help=text_of(raw.get("help")), options=options, **plain)


def _require_once(document: Document, form: Form) -> None:
    seen: set[str] = set()
    for at, one in enumerate(form.fields):
        if one.id in seen:
            raise document.wrong(
                ("fields", at, "id"), f"is there twice: {one.id}.", f"두 번 있습니다: {one.id}."
            )
        seen.add(one.id)


def _is_shown(one: Field, answers: Facts, kinds: Mapping[str, Kind]) -> bool:
    try:
        return holds(one.shown_if, answers, kinds)
    except FactAbsent:
        return False


def _number(field: Field, answer: Any) -> float:
    try:
        value = float(str(answer).replace(",", "").strip())
    except ValueError:
        raise field.wrong("this is no number.", "숫자가 아닙니다.") from None
    if not math.isfinite(value):
        raise field.wrong("this is no finite number.", "유한한 숫자가 아닙니다.")
    if field.low is not None and value < field.low:
        raise field.wrong(f"less than {field.low:g}.", f"{field.low:g}보다 작습니다.")
    if field.high is not None and value > field.high:
        raise field.wrong(f"more than {field.high:g}.", f"{field.high:g}보다 큽니다.")
    return value


def _words(field: Field, answer: Any) -> str:
    most = field.longest or LONGEST.get(field.kind, 500)
    words = str(answer).strip()
    if len(words) > most:
        raise field.wrong(f"longer than {most:,} characters.", f"{most:,}자를 넘습니다.")
    return words


def _yes_no(field: Field, answer: Any) -> bool:
    known = {
        "true": True,
        "yes": True,
        "on": True,
        "1": True,
        "false": False,
        "no": False,
        "off": False,
        "0": False,
    }
    found = known.get(str(answer).strip().lower())
    if found is None:
        raise field.wrong("neither yes nor no.", "예 또는 아니요가 아닙니다.")
    return found


def _choice(field: Field, answer: Any) -> str:
    if answer not in [one.id for one in field.options]:
        raise field.wrong("none of the choices.", "선택지에 없습니다.")
    return str(answer)


def _choices(field: Field, answer: Any) -> str:
    """Several choices, kept as one text in the form's order: `a, c`."""
    chosen = (
        answer if isinstance(answer, Sequence) and not isinstance(answer, str) else str(answer).split(",")
    )
    asked = {str(one).strip() for one in chosen}
    if asked - {one.id for one in field.options}:
        raise field.wrong("not all are among the choices.", "선택지에 없는 값이 있습니다.")
    return ", ".join(one.id for one in field.options if one.id in asked)


def _date(field: Field, answer: Any) -> str:
    try:
        found = answer if isinstance(answer, date) else date.fromisoformat(str(answer)[:10])
    except ValueError:
        raise field.wrong("no date such as 2026-11-24.", "2026-11-24 같은 날짜가 아닙니다.") from None
    return (found.date() if isinstance(found, datetime) else found).isoformat()


def _file(field: Field, answer: Any) -> str:
    if not _FILE.fullmatch(str(answer)):
        raise field.wrong("no file was attached.", "첨부 파일이 아닙니다.")
    return str(answer)


def _party(field: Field, answer: Any) -> str:
    if not _PARTY.fullmatch(str(answer)):
        raise field.wrong("nobody known here.", "등록된 사람이나 조직이 아닙니다.")
    return str(answer)


_TAKERS: Mapping[str, Any] = {
    "number": _number, "text": _words, "long-text": _words, "yes-no": _yes_no, "choice": _choice, "choices": _choices,
    "date": _date, "file": _file, "party": _party,
}  # fmt: skip

EXAMPLE = """
id: request
ko: 인증 신청
en: Request for certification
fields:
  - {id: kind, kind: choice, ko: 종류, en: Kind, required: true, options: [{id: table, ko: 표, en: Table}, {id: image, ko: 이미지, en: Pictures}]}
  - {id: rows, kind: number, ko: 행 수, en: Rows, low: 1, required: true, fill: "=[plant.rows]", shown_if: '=[kind]="table"'}
"""
