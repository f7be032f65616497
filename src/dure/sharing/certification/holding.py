"""Whether a certificate still speaks for data that came later: by its time, its declared profile and its requirements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dure.science.quality import kind_of
from dure.sharing.certification.certificate import Certificate
from dure.sharing.certification.measuring import Dataset, called, measured
from dure.sharing.certification.profiling import moved
from dure.sharing.certification.ruling import RuleSet
from dure.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Lapse:
    """Why it holds no more: a code (`expired`, `column-gone`, `kind-changed`, `moved`, `missing-more`, `not-met`), where, and words."""

    code: str
    where: str
    says: Text

    def report(self) -> dict[str, str]:
        """The reason as `--json` gives it."""
        return {"code": self.code, "where": self.where, "says": str(self.says)}


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether it holds for the newer data, and if not why."""

    reasons: tuple[Lapse, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


def still_holds(certificate: Certificate, newer: Dataset, now: datetime) -> Standing:
    """Judge newer rows of the same source by the profile and the requirements that the certificate declares.

    Lapsing is withdrawal of the statement for the newer data (ISO/IEC 17065 §7.11 calls for a reason); the certificate
    goes on to tell the truth of the rows that it was made of.
    """
    reasons = [*_expired(certificate, now), *_drifted(certificate, newer)]
    gone = {one.where for one in reasons if one.code in {"column-gone", "kind-changed"}}
    if not gone:
        reasons += _unmet(certificate, newer)
    return Standing(tuple(reasons))


def _expired(certificate: Certificate, now: datetime) -> Iterator[Lapse]:
    if now >= certificate.until:
        day = certificate.until.date().isoformat()
        yield Lapse("expired", "table", Text(f"Its time ended on {day}.", f"유효 기간이 {day}에 끝났습니다."))


def _drifted(certificate: Certificate, newer: Dataset) -> Iterator[Lapse]:
    rules = certificate.rules
    own = {outside: name for name, outside in called(newer.frame.columns, named=rules.named).items()}
    for declared in certificate.says["profile"]:
        name = declared["name"]
        if own.get(name) not in newer.frame.columns:
            yield Lapse(
                "column-gone", name, Text(f"“{name}” is there no more.", f"“{name}” 열이 없어졌습니다.")
            )
            continue
        column = newer.frame.get_column(own[name])
        if kind_of(column.dtype) != declared["kind"]:
            yield Lapse("kind-changed", name, Text(f"“{name}” is of another kind.", f"“{name}” 열의 형식이 바뀌었습니다."))  # fmt: skip
            continue
        yield from _moved(declared, column, rules)


def _moved(declared: Mapping[str, Any], column: Any, rules: RuleSet) -> Iterator[Lapse]:
    name = declared["name"]
    index, missing = moved(declared, column)
    if index is not None and index > rules.hold["psi"] and not _runs_on(declared, column):
        told = f"{index:.2f}" if index < 100 else "100+"
        yield Lapse("moved", name, Text(f"“{name}” has moved: stability index {told}, at most {rules.hold['psi']:g}.", f"“{name}”의 분포가 옮겨 갔습니다. 안정성 지수 {told}, 허용 {rules.hold['psi']:g}."))  # fmt: skip
    more = missing - declared["missing"]
    if more > rules.hold["missing"]:
        yield Lapse("missing-more", name, Text(f"“{name}” lacks {100 * more:.3g} points more of its values.", f"“{name}”의 빠진 값이 {100 * more:.3g}%p 늘었습니다."))  # fmt: skip


def _runs_on(declared: Mapping[str, Any], column: Any) -> bool:
    """Whether a column is a counter, a running number or a clock: it always leaves the range it had."""
    if "deciles" not in declared or not column.dtype.is_numeric() or len(column) < 10:
        return False
    steps = column.drop_nulls().diff().drop_nulls()
    rising = float((steps >= 0).mean() or 0.0) if len(steps) else 0.0  # a mean of booleans
    return rising > 0.98 and bool(column.n_unique() > 0.5 * len(column))


def _unmet(certificate: Certificate, newer: Dataset) -> Iterator[Lapse]:
    rules = certificate.rules
    quick = RuleSet({**rules.values, "power": {"rows": 0, "trials": 0}, "profile": False})
    before = {(one["measure"], one.get("where")): one.get("met") for one in certificate.says["results"]}
    for one in measured(newer, quick).results:
        if one.get("met") is False and before.get((one["measure"], one.get("where"))) is not False:
            name, value = one["measure"], one.get("value")
            told = "–" if value is None else f"{value:.4g}"
            yield Lapse("not-met", name, Text(f"{name} is {told} now, and no longer meets its requirement.", f"{name} 값이 {told}로, 더는 요구 조건을 채우지 못합니다."))  # fmt: skip
