"""A contract as one document: content, policy, pages and signatures under one hash, and the check that they still are one."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from dure.sharing.contracts.attachments import taken_out
from dure.sharing.contracts.canonical import canonical, digest
from dure.sharing.contracts.drafting import TEMPLATES, Clause, Draft, policy_of
from dure.sharing.contracts.paper import printed, renderer
from dure.sharing.contracts.refusals import ContractChanged
from dure.sharing.policies import PolicyWrong
from dure.vocabulary import Text

FORMAT = "dure-contract/1"
MOST_BYTES, MOST_DEPTH = 20_000_000, 40
Sign = Callable[[bytes], bytes]
Check = Callable[[str, str, bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class Signature:
    """A party's signature over the hash: its DID, the key's identifier, base64url of the bytes, and when."""

    did: str
    key: str
    value: str
    at: str


@dataclass(frozen=True)
class Document:
    """An agreed contract: the PDF, its ODRL, the one hash of both, and who has signed.

    `pages_checked` is false where the pages were set by another version of the printing library than the one here, so that only the
    attachments could be compared.
    """

    pdf: bytes
    odrl: Mapping[str, Any]
    hash: str
    content: Mapping[str, Any]
    signatures: tuple[Signature, ...] = field(default=())
    pages_checked: bool = True

    def message(self) -> bytes:
        """What a party signs."""
        return f"{FORMAT}\n{self.hash}".encode()

    @property
    def complete(self) -> bool:
        """Whether every party has signed."""
        return {one.did for one in self.signatures} == {
            one["did"] for one in self.content["parties"].values()
        }


def agreed(draft: Draft, at: datetime, language: str = "ko", uid: str = "") -> Document:
    """The document of a draft that the parties agree on, not yet signed.

    Parameters
    ----------
    at
        When it was agreed on. UTC.
    language
        `ko` or `en`, of the pages; the content holds both.
    uid
        Identifier of the agreement; derived from its content if none is given.
    """
    content = _content(draft, at, language)
    uid = uid or f"urn:uuid:{uuid5(NAMESPACE_URL, digest(content))}"
    odrl = draft.policy("agreement", uid).to_odrl()
    return _document({**content, "uid": uid, "odrl": _whole(odrl)}, ())


def sign(document: Document, did: str, key: str, signing: Sign, at: datetime) -> Document:
    """The document with a party's signature.

    Parameters
    ----------
    did, key
        The party's DID and the identifier of its key.
    signing
        Signs `document.message()`.

    Raises
    ------
    ContractChanged
        If the DID is no party's, or has signed already.
    """
    parties = {one["did"] for one in document.content["parties"].values()}
    if did not in parties or did in {one.did for one in document.signatures}:
        raise _changed(did, "is no party, or has signed already", "당사자가 아니거나 이미 서명했습니다")
    value = base64.urlsafe_b64encode(signing(document.message())).decode().rstrip("=")
    mine = Signature(did, key, value, at.astimezone(UTC).isoformat())
    return _document(document.content, (*document.signatures, mine))


def verify(pdf: bytes, check: Check | None = None) -> Document:
    """The document in a PDF, after everything in it was computed again.

    The hash is recomputed from the content, the clauses and the policy from the content, and the pages are set again and compared byte
    by byte: a changed byte anywhere is found.

    Parameters
    ----------
    check
        Checks a signature: (DID, key, message, signature) → whether it holds. Without it signatures are read, not checked.

    Raises
    ------
    ContractChanged
        If something differs, or the file is no contract of this kind.
    """
    if len(pdf) > MOST_BYTES:
        raise _changed("file", "it is too large", "파일이 너무 큽니다")
    content, odrl, signed = _attachments(pdf)
    try:
        signatures = tuple(Signature(**one) for one in signed["signatures"])
        made = _document(content, signatures)
        if not odrl == content["odrl"] == _policy(content):
            raise _changed("policy", "it is not that of the clauses", "정책이 조항과 다릅니다")
    except (PolicyWrong, KeyError, TypeError, ValueError, AttributeError, StopIteration):
        raise _changed("content", "it is incomplete", "내용이 온전하지 않습니다") from None
    if check is not None:
        _check(made, check)
    return _compared(made, pdf, signed)


def _compared(made: Document, pdf: bytes, signed: Mapping[str, Any]) -> Document:
    if made.pdf == pdf:
        return made
    if signed.get("renderer") == renderer():
        raise _changed("pages", "they are not those of the content", "지면이 내용과 다릅니다")
    return Document(pdf, made.odrl, made.hash, made.content, made.signatures, pages_checked=False)


def _check(document: Document, check: Check) -> None:
    parties = {one["did"] for one in document.content["parties"].values()}
    for one in document.signatures:
        try:
            value = base64.urlsafe_b64decode(one.value + "=" * (-len(one.value) % 4))
        except (binascii.Error, ValueError):
            value = b""
        if one.did not in parties or not check(one.did, one.key, document.message(), value):
            raise _changed(one.did, "its signature does not hold", "서명이 맞지 않습니다")


def _content(draft: Draft, at: datetime, language: str) -> dict[str, Any]:
    template = TEMPLATES[draft.template]
    return {
        "format": FORMAT,
        "language": language,
        "agreed": at.astimezone(UTC).isoformat(),
        "template": {
            "key": template.key,
            "label": _both(template.label),
            "roles": {role: _both(label) for role, label in template.roles.items()},
        },
        "parties": {r: {"did": p.did, "name": p.name, "signs": p.signs} for r, p in draft.parties.items()},
        "terms": draft.terms.content(),
        "clauses": [_said(one) for one in draft.clauses],
    }


def _said(clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "title": _both(clause.title),
        "text": _both(clause.text),
        "held_by": clause.held_by,
        "silent": clause.silent,
        "rule": _whole(clause.rule),
    }


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "ko": text.ko}


def _whole(value: Any) -> Any:
    """JSON without floats: a number with a fraction is written as a text, for which the type beside it speaks."""
    if isinstance(value, Mapping):
        return {key: _whole(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(one) for one in value]
    return repr(value) if isinstance(value, float) else value


def _document(content: Mapping[str, Any], signatures: Sequence[Signature]) -> Document:
    """The pages and attachments of a content; the same content and signatures give the same bytes."""
    known = digest(content)
    listed = [{"did": one.did, "key": one.key, "value": one.value, "at": one.at} for one in signatures]
    files = {
        "contract.json": ("application/json", canonical(content)),
        "policy.jsonld": ("application/ld+json", canonical(content["odrl"])),
        "signatures.json": ("application/json", canonical({"renderer": renderer(), "signatures": listed})),
    }
    return Document(
        printed(content, known, listed, files), content["odrl"], known, content, tuple(signatures)
    )


def _attachments(pdf: bytes) -> list[Any]:
    found = taken_out(pdf)
    if len(found) != 3:
        raise _changed("file", "its attachments are absent", "첨부 파일이 없습니다")
    try:
        loaded = [json.loads(one) for one in found]
    except (ValueError, RecursionError):
        raise _changed("file", "an attachment is no JSON", "첨부 파일을 읽을 수 없습니다") from None
    if (
        not all(isinstance(one, dict) and _shallow(one) for one in loaded)
        or loaded[0].get("format") != FORMAT
    ):
        raise _changed("file", "it is no contract of this kind", "이 형식의 계약서가 아닙니다")
    return loaded


def _policy(content: Mapping[str, Any]) -> Any:
    """The policy that the clauses of a content make."""
    dids = {role: one["did"] for role, one in content["parties"].items()}
    rules = [clause["rule"] for clause in content["clauses"]]
    return _whole(policy_of(rules, content["terms"]["subject"], dids, "agreement", content["uid"]).to_odrl())


def _shallow(value: Any, depth: int = 0) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth <= MOST_DEPTH and all(_shallow(one, depth + 1) for one in inner)


def _changed(where: str, en: str, ko: str) -> ContractChanged:
    return ContractChanged(where, fault=Text(f"{en}.", f"{ko}."))
