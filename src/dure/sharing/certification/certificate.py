"""A certificate: a verifiable credential (W3C VC Data Model 2.0) about data, enveloped as a signed token (VC-JOSE-COSE)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from dure.sharing.certification.refusals import CertificateWrong
from dure.sharing.certification.ruling import RuleSet, checked
from dure.sharing.certification.signing import MOST_CHARACTERS, payload_of, wrong

CONTEXT = "https://www.w3.org/ns/credentials/v2"
KIND, ENVELOPE = "vc+jwt", "data:application/vc+jwt,"
SELF_DECLARED, ASSESSED = "self-declared", "assessed"
#: Our own terms; those of data quality stand in the W3C's vocabulary DQV.
TERMS: Mapping[str, Any] = {
    "dure": "https://dure.example/certificate#",
    "DataQualityCertificate": "dure:DataQualityCertificate",
    "CertifiedData": "dure:CertifiedData",
    "DataAssessment": "dure:DataAssessment",
    **{
        name: {"@id": f"dure:{name}", "@type": "@json"}
        for name in ("data", "inputs", "rules", "engine", "findings", "power", "profile", "chances", "shown")
    },
    "results": {"@id": "http://www.w3.org/ns/dqv#hasQualityMeasurement", "@type": "@json"},
    **{
        name: f"dure:{name}"
        for name in ("title", "meets", "assurance", "ranBy", "assessor", "seed", "statement")
    },
}
_SUBJECT = ("data", "inputs", "rules", "engine", "results", "findings", "power", "profile", "meets", "title")
_DATA = {"root": str, "blocks": int, "blockRows": int, "rows": int, "columns": int}


@dataclass(frozen=True)
class Certificate:
    """A certificate as it is signed: the token, and what it says. Nothing of it is believed before `verify`."""

    jwt: str

    @cached_property
    def _read(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return payload_of(self.jwt, KIND)

    @property
    def credential(self) -> dict[str, Any]:
        """The whole credential (JSON-LD)."""
        return self._read[1]

    @property
    def key_id(self) -> str:
        """Id of the key that signed."""
        return str(self._read[0]["kid"])

    @property
    def id(self) -> str:
        """Its `urn:uuid:`."""
        return str(self.credential["id"])

    @property
    def issuer(self) -> str:
        """DID of whoever signed."""
        return str(self.credential["issuer"])

    @property
    def says(self) -> dict[str, Any]:
        """What it says of the data."""
        found: dict[str, Any] = self.credential["credentialSubject"]
        return found

    @property
    def root(self) -> str:
        """Merkle root of the data."""
        return str(self.says["data"]["root"])

    @property
    def evidence(self) -> dict[str, Any]:
        """Who ran it, and what an assessor saw."""
        found: dict[str, Any] = self.credential["evidence"][0]
        return found

    @property
    def assurance(self) -> str:
        """`self-declared` or `assessed`, as it says of itself."""
        return str(self.evidence["assurance"])

    @property
    def meets(self) -> bool:
        """Whether every requirement of its rule set is met."""
        return bool(self.says["meets"])

    @property
    def since(self) -> datetime:
        """From when it holds."""
        return datetime.fromisoformat(self.credential["validFrom"]).astimezone(UTC)

    @property
    def until(self) -> datetime:
        """Until when it holds."""
        return datetime.fromisoformat(self.credential["validUntil"]).astimezone(UTC)

    @property
    def rules(self) -> RuleSet:
        """The rule set that it was measured by."""
        return checked(self.says["rules"]["values"], "rules")

    def written(self) -> str:
        """The file: an enveloped credential, and beside it the same for people to read."""
        envelope = {
            "@context": CONTEXT,
            "type": "EnvelopedVerifiableCredential",
            "id": f"{ENVELOPE}{self.jwt}",
        }
        return json.dumps({**envelope, "credential": self.credential}, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def read(cls, text: str, name: str = "certificate") -> "Certificate":
        """The certificate in a file, or a bare token.

        Raises
        ------
        CertificateWrong
            If it is none, lacks something, or the readable part says another thing than the signed one.
        """
        if len(text) > 3 * MOST_CHARACTERS:
            raise wrong(name, "it is too long.", "너무 깁니다.")
        beside: Any = None
        if text.lstrip().startswith("{"):
            try:
                found = json.loads(text)
            except (ValueError, RecursionError) as odd:
                raise wrong(name, "it is no JSON.", "JSON이 아닙니다.") from odd
            beside, text = found.get("credential"), str(found.get("id", "")).removeprefix(ENVELOPE)
        certificate = cls(text.strip())
        _require(certificate, name)
        if beside is not None and beside != certificate.credential:
            raise wrong(name, "its readable part says another thing than what is signed.", "읽기용 내용이 서명된 내용과 다릅니다.")  # fmt: skip
        return certificate


def _require(certificate: Certificate, name: str) -> None:
    """Every part is there and of its kind."""
    try:
        said, kinds = certificate.says, certificate.credential["type"]
        lacking = next((one for one in _SUBJECT if one not in said), None)
        sound = "DataQualityCertificate" in kinds and certificate.credential["@context"][0] == CONTEXT
        sound &= all(isinstance(said["data"].get(one), kind) for one, kind in _DATA.items())
        sound &= all(isinstance(said[one], list) for one in ("results", "findings", "power", "profile"))
        sound &= certificate.since <= certificate.until and certificate.assurance in {SELF_DECLARED, ASSESSED}
        sound &= all(isinstance(one["measure"], str) for one in said["results"])
        certificate.rules  # noqa: B018 - reads and checks it
    except CertificateWrong:
        raise
    except Exception as odd:  # foreign content: whatever is odd in it, it is no certificate
        raise wrong(
            name, "a part of it is missing or of another kind.", "일부가 없거나 형식이 다릅니다."
        ) from odd
    if lacking or not sound:
        raise wrong(name, f"{lacking or 'a part'} is missing or of another kind.", f"{lacking or '일부'}가 없거나 형식이 다릅니다.")  # fmt: skip
