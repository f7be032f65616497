"""Reading a certificate critically: whose it is, whether the data are those, and whether the figures come out again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dure.sharing.certification.blocks import merkle_root
from dure.sharing.certification.certificate import ASSESSED, SELF_DECLARED, Certificate
from dure.sharing.certification.disclosure import Disclosure, assessment, chances, check
from dure.sharing.certification.engine import engine
from dure.sharing.certification.measuring import Dataset, called, measured
from dure.sharing.certification.refusals import CertificateWrong, DisclosureWrong
from dure.sharing.certification.ruling import RuleSet
from dure.sharing.certification.signing import Key, Resolve, is_signed, key_of_did
from dure.sharing.certification.writing import canonical
from dure.vocabulary import Text, use_language

HOLDS, PARTLY, BROKEN = "holds", "partly", "broken"
#: What must be shown true before a certificate is said to hold.
_NEEDED = ("signature", "time", "data", "results")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: true, false, or None where it could not be told from what was given."""

    key: str
    ok: bool | None
    says: Text

    def report(self) -> dict[str, Any]:
        """The check as `--json` gives it, in the language in force."""
        return {"check": self.key, "ok": self.ok, "says": str(self.says)}


@dataclass(frozen=True)
class Verdict:
    """What came of it: `holds`, `partly` (nothing wrong, not everything seen) or `broken`; and each check."""

    checks: tuple[Check, ...]
    assurance: str
    meets: bool

    @property
    def state(self) -> str:
        """`holds`, `partly` or `broken`."""
        if any(one.ok is False for one in self.checks):
            return BROKEN
        seen = {one.key: one.ok for one in self.checks}
        return HOLDS if all(seen.get(one) for one in _NEEDED) else PARTLY

    @property
    def words(self) -> Text:
        """The verdict in a sentence."""
        return _WORDS[self.state]

    def report(self) -> dict[str, Any]:
        """The verdict as `--json` gives it."""
        return {
            "state": self.state, "words": str(self.words), "assurance": self.assurance, "meets": self.meets,
            "checks": [one.report() for one in self.checks],
        }  # fmt: skip


def verify(
    certificate: Certificate,
    data: Dataset | None = None,
    *,
    now: datetime,
    shown: Disclosure | None = None,
    resolve: Resolve | None = None,
) -> Verdict:
    """Check a certificate as far as one can.

    Parameters
    ----------
    certificate
        As it was read.
    data
        The rows, for whoever has them: root and figures are computed again, to the bit.
    now
        When it is asked.
    shown
        Blocks with their proofs, for whoever was shown some.
    resolve
        Public key of a key id, for DIDs that do not hold their key; without it those signatures stay unseen.
    """
    said = certificate.says
    checks = [
        _signature(certificate, resolve),
        _time(certificate, now),
        _rules(certificate),
        *_evidence(certificate, resolve),
        _code(certificate),
    ]
    if data is not None:
        same = merkle_root(data.frame, said["data"]["blockRows"]) == certificate.root
        checks.append(_SAME if same else _OTHER)
        if same:
            checks.append(_results(certificate, data))
    if shown is not None:
        checks.append(_blocks(certificate, shown))
    sound_evidence = not any(one.key == "assessment" and one.ok is not True for one in checks)
    assurance = ASSESSED if certificate.assurance == ASSESSED and sound_evidence else SELF_DECLARED
    return Verdict(tuple(checks), assurance, certificate.meets)


def key_for(key_id: str, resolve: Resolve | None) -> Key | None:
    """The public key of a key id: from the DID itself, else by asking."""
    return key_of_did(key_id) or (resolve(key_id) if resolve is not None else None)


def short(did: str) -> str:
    """A DID as a sentence can bear it.

    >>> short("did:web:plant.example"), short("did:key:zDnaeutFie8LyYKdGkMKvFyYAAKo7t41AMhRNuBC53i4AV4L1")
    ('did:web:plant.example', 'did:key:zDnaeutF…4AV4L1')
    """
    return did if len(did) <= 40 else f"{did[:16]}…{did[-6:]}"


def _signature(certificate: Certificate, resolve: Resolve | None) -> Check:
    issuer = short(certificate.issuer)
    if certificate.key_id.partition("#")[0] != certificate.issuer:
        return Check("signature", False, Text("The key that signed is not the issuer's.", "서명한 키가 발급자의 키가 아닙니다."))  # fmt: skip
    key = key_for(certificate.key_id, resolve)
    if key is None:
        return Check("signature", None, Text(f"The key of {issuer} could not be had.", f"{issuer}의 키를 구하지 못했습니다."))  # fmt: skip
    if not is_signed(certificate.jwt, key):
        return Check("signature", False, Text("It was changed after it was signed.", "서명한 뒤에 내용이 바뀌었습니다."))  # fmt: skip
    return Check("signature", True, Text(f"Signed by {issuer}, and unchanged since.", f"{issuer}이(가) 서명했고 그 뒤로 바뀌지 않았습니다."))  # fmt: skip


def _time(certificate: Certificate, now: datetime) -> Check:
    day = certificate.until.date().isoformat()
    if now < certificate.since:
        return Check("time", False, Text("It does not hold yet.", "아직 유효 기간이 아닙니다."))
    if now >= certificate.until:
        return Check("time", False, Text(f"It expired on {day}.", f"{day}에 만료되었습니다."))
    return Check("time", True, Text(f"It holds until {day}.", f"{day}까지 유효합니다."))


def _rules(certificate: Certificate) -> Check:
    rules = certificate.rules
    if certificate.says["rules"].get("hash") != rules.hash or certificate.says["rules"].get("id") != rules.id:
        return Check("rules", False, Text("The rule set is not the one that it names.", "적힌 규칙 집합과 실제 규칙이 다릅니다."))  # fmt: skip
    return Check("rules", True, Text(f"Measured by {rules.id}.", f"{rules.id} 규칙으로 측정했습니다."))


def _evidence(certificate: Certificate, resolve: Resolve | None) -> Iterator[Check]:
    found, blocks = certificate.evidence, certificate.says["data"]["blocks"]
    shown = found.get("shown") if isinstance(found.get("shown"), list) else []
    if found.get("chances") != list(chances(blocks, len(shown or []))):
        yield Check("chances", False, Text("The stated probability of finding a fraud is wrong.", "적힌 부정 적발 확률이 틀렸습니다."))  # fmt: skip
    if certificate.assurance == SELF_DECLARED:
        if shown:
            yield Check("assessment", False, Text("It claims blocks shown to nobody.", "심사자 없이 블록을 공개했다고 적혀 있습니다."))  # fmt: skip
        return
    yield _assessed(certificate, found, resolve)


def _assessed(certificate: Certificate, found: Mapping[str, Any], resolve: Resolve | None) -> Check:
    try:
        said, key_id = assessment(str(found.get("statement")))
    except CertificateWrong as odd:
        return Check("assessment", False, _said(odd))
    same = (said["root"], said["shown"], said["seed"], said["iss"]) == (
        certificate.root, found.get("shown"), found.get("seed"), found.get("assessor"),
    )  # fmt: skip
    key = key_for(key_id, resolve)
    if not same or (key is not None and not is_signed(str(found["statement"]), key)):
        return Check("assessment", False, Text("The assessor's statement is of something else, or was changed.", "심사자의 진술이 다른 데이터에 대한 것이거나 바뀌었습니다."))  # fmt: skip
    who, count = short(said["iss"]), len(said["shown"])
    if key is None:
        return Check("assessment", None, Text(f"The key of the assessor {who} could not be had.", f"심사자 {who}의 키를 구하지 못했습니다."))  # fmt: skip
    if said["iss"] == certificate.issuer:
        return Check("assessment", None, Text("The assessor is the issuer.", "심사자와 발급자가 같습니다."))
    return Check("assessment", True, Text(f"{who} was shown {count} of {said['blocks']} blocks, drawn by lot.", f"{who}이(가) 블록 {said['blocks']}개 가운데 추첨된 {count}개를 확인했습니다."))  # fmt: skip


def _said(refusal: CertificateWrong) -> Text:
    with use_language("en"):
        english = refusal.message
    with use_language("ko"):
        return Text(english, refusal.message)


def _code(certificate: Certificate) -> Check:
    if certificate.says["engine"] == dict(engine()):
        return Check("code", True, Text("Our code and libraries are the very ones.", "측정한 코드와 라이브러리가 같습니다."))  # fmt: skip
    return Check("code", None, Text("It was measured by other code or libraries than ours.", "여기와 다른 코드나 라이브러리로 측정했습니다."))  # fmt: skip


def _results(certificate: Certificate, data: Dataset) -> Check:
    found = differing(certificate, data)
    same_code = certificate.says["engine"] == dict(engine())
    if not found:
        return Check("results", True, Text("Every figure comes out again, to the bit.", "모든 수치가 비트까지 똑같이 다시 나옵니다."))  # fmt: skip
    names = ", ".join(found[:5])
    if same_code:
        return Check("results", False, Text(f"These figures come out otherwise: {names}.", f"다음 수치가 다르게 나옵니다: {names}."))  # fmt: skip
    return Check("results", None, Text(f"These figures come out otherwise with our code, which is not the same: {names}.", f"코드가 달라 다음 수치가 다르게 나옵니다: {names}."))  # fmt: skip


def differing(certificate: Certificate, data: Dataset) -> list[str]:
    """Measures (or parts) whose figures come out otherwise over the same rows."""
    rules, said = certificate.rules, certificate.says
    found = measured(_as_stated(data, said["inputs"], rules), rules)
    other = [] if bool(said["meets"]) == found.meets else ["meets"]
    for part in ("results", "findings", "power", "profile"):
        ours, theirs = (sorted(canonical(one) for one in rows) for rows in (getattr(found, part), said[part]))
        if ours != theirs:
            rows = [one for one in said[part] if canonical(one) not in set(ours)] or getattr(found, part)
            other += [str(one.get("measure") or one.get("finding") or one.get("name")) for one in rows]
    return list(dict.fromkeys(other))


def _as_stated(data: Dataset, inputs: Mapping[str, Any], rules: RuleSet) -> Dataset:
    """The rows with what the certificate says is known beside them."""
    own = {outside: name for name, outside in called(data.frame.columns, named=rules.named).items()}
    units = {own.get(name, name): str(code) for name, code in inputs.get("units", {}).items()}
    ids = {own.get(name, name): str(code) for name, code in inputs.get("ids", {}).items()}
    target = inputs.get("target")
    target = own.get(target, target) if target else None
    segments = tuple(int(one) for one in inputs.get("segments", ()))
    return replace(data, units=units, ids=ids, target=target, segments=segments)


def _blocks(certificate: Certificate, shown: Disclosure) -> Check:
    try:
        numbers = check(shown, certificate.root, certificate.says["data"]["blocks"])
    except DisclosureWrong as wrong:
        return Check("blocks", False, Text(f"Block {wrong.where} does not belong to the certified data.", f"블록 {wrong.where}은(는) 인증된 데이터의 일부가 아닙니다."))  # fmt: skip
    return Check("blocks", True, Text(f"{len(numbers)} blocks belong to the certified data.", f"블록 {len(numbers)}개가 인증된 데이터의 일부임이 확인되었습니다."))  # fmt: skip


_SAME = Check(
    "data", True, Text("The data are the certified ones, every row.", "모든 행이 인증된 데이터와 같습니다.")
)
_OTHER = Check("data", False, Text("These are not the certified data: the Merkle root differs.", "인증된 데이터가 아닙니다. 머클 루트가 다릅니다."))  # fmt: skip
_WORDS: Mapping[str, Text] = {
    HOLDS: Text("The certificate holds: signed, in its time, and every figure recomputed.", "인증서가 유효합니다. 서명과 기간이 맞고 모든 수치를 다시 계산해 확인했습니다."),
    PARTLY: Text("Nothing is wrong, but not everything was seen.", "틀린 것은 없지만 모두 확인하지는 못했습니다."),
    BROKEN: Text("The certificate does not hold.", "인증서가 유효하지 않습니다."),
}  # fmt: skip
