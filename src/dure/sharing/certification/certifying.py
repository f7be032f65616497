"""Making a certificate: at home, by rules that came in; only the signed result goes out."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from dure.foundation.ledger import root
from dure.sharing.certification.blocks import leaves
from dure.sharing.certification.certificate import ASSESSED, CONTEXT, KIND, SELF_DECLARED, TERMS, Certificate
from dure.sharing.certification.disclosure import assessment, chances
from dure.sharing.certification.engine import engine
from dure.sharing.certification.measuring import Dataset, called, measured
from dure.sharing.certification.ruling import RuleSet
from dure.sharing.certification.signing import Signer, token, wrong
from dure.vocabulary import Action, Permit


def certify(  # noqa: PLR0913 - what a certificate states
    data: Dataset,
    rules: RuleSet,
    signer: Signer,
    *,
    title: str,
    ran_by: str,
    now: datetime,
    permit: Permit,
    assessed: str = "",
    status: Mapping[str, str] | None = None,
    id: str = "",  # noqa: A002 - the credential's own word
) -> Certificate:
    """Measure a dataset by a rule set and sign what came out.

    Parameters
    ----------
    data, rules
        Rows with what is known of them, and what they are held to.
    signer
        Whose word it is.
    title, ran_by
        What the data are called; who ran it, as an id (`person:3`, a DID).
    now
        From when it holds.
    permit
        Must cover sharing: figures leave the house.
    assessed
        An assessor's statement on blocks shown (`assess`); without one the certificate is called self-declared.
    status
        Entry of a status list by which it can be withdrawn (`credentialStatus`).
    id
        Its `urn:uuid:`; a new one if empty.

    Raises
    ------
    ActionRefused
        If the permit does not cover it.
    KindUnsettled
        If a column has no canonical bytes.
    CertificateWrong
        If the assessor's statement is of other data.
    """
    permit.require(Action.SHARE)
    every = leaves(data.frame, rules.block_rows)
    top = f"sha256:{root(every).hex()}"
    evidence = _evidence(assessed, top, len(every), ran_by)
    found, names = measured(data, rules), called(data.frame.columns, named=rules.named)
    now = now.astimezone(UTC).replace(microsecond=0)
    said = {
        "id": f"urn:dure:data:{top}",
        "type": "CertifiedData",
        "title": title[:300],
        "data": {
            "root": top, "algorithm": "dure-block-1, RFC 9162 SHA-256", "blocks": len(every), "blockRows": rules.block_rows,
            "rows": len(data.frame), "columns": data.frame.width,
        },
        "inputs": _inputs(data, names),
        "rules": {"id": rules.id, "hash": rules.hash, "label": {"en": rules.label.en, "ko": rules.label.ko}, "values": dict(rules.values)},
        "engine": dict(engine()),
        "meets": found.meets,
        "results": found.results,
        "findings": found.findings,
        "power": found.power,
        "profile": found.profile,
    }  # fmt: skip
    credential: dict[str, Any] = {
        "@context": [CONTEXT, dict(TERMS)],
        "id": id or f"urn:uuid:{uuid4()}",
        "type": ["VerifiableCredential", "DataQualityCertificate"],
        "issuer": signer.did,
        "validFrom": now.isoformat().replace("+00:00", "Z"),
        "validUntil": (now + timedelta(days=rules.hold["days"])).isoformat().replace("+00:00", "Z"),
        "credentialSubject": said,
        "evidence": [evidence],
        **({"credentialStatus": dict(status)} if status else {}),
    }
    return Certificate(token(signer, credential, KIND))


def _inputs(data: Dataset, names: Mapping[str, str]) -> dict[str, Any]:
    """What is known beside the rows, without which the figures cannot be computed again."""
    label = data.target
    return {
        "target": names.get(label, label) if label else None,
        "segments": list(data.subject.segments),
        "units": {names[name]: code for name, code in sorted(data.units.items()) if name in names},
        "ids": {names[name]: code for name, code in sorted(data.ids.items()) if name in names},
    }


def _evidence(assessed: str, top: str, blocks: int, ran_by: str) -> dict[str, Any]:
    common = {"type": "DataAssessment", "ranBy": ran_by[:200]}
    if not assessed:
        return {**common, "assurance": SELF_DECLARED, "shown": [], "chances": list(chances(blocks, 0))}
    said, _key = assessment(assessed)
    if said["root"] != top or said["blocks"] != blocks:
        raise wrong("the assessment", "it is of other data.", "다른 데이터에 대한 심사입니다.")
    return {
        **common,
        "assurance": ASSESSED,
        "assessor": said["iss"],
        "seed": said["seed"],
        "shown": said["shown"],
        "chances": list(chances(blocks, len(said["shown"]))),
        "statement": assessed,
    }
