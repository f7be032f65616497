"""A contract from its terms to the signed document, and back from the file to what was agreed."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pypdf
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.sharing.contracts import (
    CHOICES,
    HELD_BY,
    TEMPLATES,
    ContractChanged,
    Creator,
    Document,
    Draft,
    Party,
    Price,
    Terms,
    TermsWrong,
    agreed,
    digest,
    draft,
    sign,
    verify,
)
from dure.sharing.policies import Policy, Request, evaluate, permit
from dure.vocabulary import Action

START, END = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=UTC)
SIGNED = datetime(2026, 11, 24, 3, tzinfo=UTC)
FIRMS = {
    "provider": Party("did:web:dongjin.example", "동진산업(주)", "대표이사 김하늘"),
    "receiver": Party("did:web:acme.example", "ACME Batteries"),
    "broker": Party("did:web:moa.example", "모아거래소"),
}
PRICE = Price("metered", Decimal(300), unit="rows", per=1000, free=5000)
TERMS = Terms(
    "urn:uuid:6b3c", "용접 전류 2026", ("품질 예측",), START, END,
    price=PRICE, creators=(Creator("동진산업(주)", "센서 설치와 운영"),), sublicence="none", end="delete",
)  # fmt: skip


def drafted(template: str = "provision", terms: Terms = TERMS) -> Draft:
    return draft(template, {role: FIRMS[role] for role in TEMPLATES[template].roles}, terms)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_says_each_clause_in_both_languages_and_what_holds_it(template: str) -> None:
    made = drafted(template)
    assert {clause.held_by for clause in made.clauses} == set(HELD_BY)
    for clause in made.clauses:
        assert any("가" <= letter <= "힣" for letter in clause.text.ko)
        assert "{" not in clause.text.en + clause.text.ko
        assert clause.rule is None or clause.held_by == "machine" or clause.id == "sublicence"


def test_what_the_parties_do_not_settle_is_said_with_what_the_law_gives() -> None:
    silent = drafted(terms=Terms("urn:d", "d", ("any",), START))
    said = {clause.id: clause for clause in silent.clauses if clause.silent}
    assert set(said) == {"creators", *CHOICES}
    assert "제9조" in said["use_right"].text.ko
    assert "Article 9" in said["profit_right"].text.en
    assert "both provider and receiver" in said["use_right"].text.en
    assert "제2조" in said["derived_data"].text.ko
    assert "intent or negligence" in said["liability"].text.en


@pytest.mark.parametrize(
    ("term", "choice"), [(term, choice) for term, known in CHOICES.items() for choice in known]
)
def test_every_choice_is_said_and_is_no_silence(term: str, choice: str) -> None:
    base = replace(TERMS, sublicence=None, end=None)
    cap = Decimal(50_000_000) if choice == "capped" else None
    made = drafted(terms=replace(base, **{term: choice, "cap": cap}))  # type: ignore[arg-type]  # the field of the parametrized name
    clause = next(one for one in made.clauses if one.id == term)
    assert not clause.silent
    assert clause.text != next(one for one in drafted(terms=base).clauses if one.id == term).text


def asked(action: str, at: datetime = START + timedelta(days=1), **facts: object) -> Request:
    return Request(action, TERMS.subject, FIRMS["receiver"].did, at, {"purpose": "품질 예측", **facts})


def test_the_rules_of_the_clauses_are_what_a_node_holds() -> None:
    policy = drafted().policy("agreement", "urn:uuid:1")
    assert permit(policy, asked("use")).actions == {Action.PREPARE, Action.TRAIN}
    assert evaluate(policy, asked("read")).owed[0].duty.action == "compensate"
    assert not evaluate(policy, asked("read", purpose="영업")).allowed
    assert not evaluate(policy, asked("read", END)).allowed
    assert evaluate(policy, asked("read", END - timedelta(seconds=1))).allowed
    assert not evaluate(policy, asked("dure:pass-on")).allowed


def test_a_lump_sum_is_paid_before_the_use() -> None:
    policy = drafted(terms=replace(TERMS, price=Price("lump-sum", Decimal(3_000_000)))).policy()
    refused = evaluate(policy, asked("read"))
    assert not refused.allowed
    assert "대가 지급" in refused.reasons[0].missing.ko
    assert evaluate(policy, asked("read", duties={"compensate": "fulfilled"})).allowed


def test_passing_on_with_consent_waits_for_the_consent() -> None:
    policy = drafted(terms=replace(TERMS, sublicence="consent")).policy()
    assert not evaluate(policy, asked("dure:pass-on")).allowed
    assert evaluate(policy, asked("dure:pass-on", duties={"obtainConsent": "fulfilled"})).allowed


def test_the_broker_neither_sees_nor_uses_the_data() -> None:
    policy = drafted("brokerage").policy("agreement", "urn:uuid:2")
    broker = replace(asked("read"), party=FIRMS["broker"].did)
    assert evaluate(policy, broker).reports[3].active
    assert not evaluate(policy, broker).allowed
    written = policy.to_odrl()
    assert (written["assigner"], written["assignee"]) == (FIRMS["provider"].did, FIRMS["receiver"].did)
    assert Policy.from_odrl(written) == policy


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"use_right": "nobody"}, "use_right"),
        ({"until": START}, "until"),
        ({"start": datetime(2026, 1, 1)}, "start"),  # noqa: DTZ001  without a zone on purpose
        ({"liability": "capped"}, "cap"),
        ({"until": None}, "end"),
        ({"actions": ("read", "dure:export")}, "sublicence"),
        ({"purposes": ()}, "subject"),
    ],
)
def test_terms_that_contradict_are_refused(change: dict[str, object], where: str) -> None:
    with pytest.raises(TermsWrong) as refused:
        replace(TERMS, **change)  # type: ignore[arg-type]  # wrong on purpose
    assert refused.value.where == where


def test_each_role_is_filled_once_by_its_own_firm() -> None:
    for parties in (
        {"provider": FIRMS["provider"]},
        {"provider": FIRMS["provider"], "receiver": FIRMS["provider"]},
    ):
        with pytest.raises(TermsWrong):
            draft("provision", parties, TERMS)
    with pytest.raises(TermsWrong):
        draft("barter", FIRMS, TERMS)


def signed(document: Document) -> tuple[Document, Callable[[str, str, bytes, bytes], bool]]:
    """The document signed by all its parties with keys of their own, and the check of those."""
    keys = {one["did"]: Ed25519PrivateKey.generate() for one in document.content["parties"].values()}
    for did, key in keys.items():
        document = sign(document, did, f"{did}#1", key.sign, SIGNED)

    def check(did: str, key: str, message: bytes, signature: bytes) -> bool:
        public: Ed25519PublicKey = keys[did].public_key()
        try:
            public.verify(signature, message)
        except InvalidSignature:
            return False
        return key == f"{did}#1"

    return document, check


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_file_verifies_and_gives_back_what_was_agreed(template: str, language: str) -> None:
    document, check = signed(agreed(drafted(template), SIGNED, language))
    again = verify(document.pdf, check)
    assert again == document
    assert again.complete
    assert again.pages_checked
    assert again.hash == digest(again.content)
    assert Terms.of(again.content["terms"]) == TERMS
    assert Policy.from_odrl(again.odrl).kind == "agreement"
    assert agreed(drafted(template), SIGNED, language).pdf == agreed(drafted(template), SIGNED, language).pdf


def test_a_foreign_reader_finds_pages_hash_and_attachments() -> None:
    document, _ = signed(agreed(drafted(), SIGNED, "ko"))
    reader = pypdf.PdfReader(io.BytesIO(document.pdf))
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert document.hash in text
    assert "동진산업" in text
    assert "산업 디지털 전환 촉진법" in " ".join(text.split())
    files = {name: json.loads(content[0]) for name, content in reader.attachments.items()}
    assert files["contract.json"] == document.content
    assert files["policy.jsonld"] == document.odrl
    assert [one["did"] for one in files["signatures.json"]["signatures"]] == [
        one.did for one in document.signatures
    ]


def noticed(pdf: bytes) -> bool:
    """Whether a file is refused; or, where its mark of the printing library was hit, said to be unchecked."""
    try:
        return not verify(pdf).pages_checked
    except ContractChanged:
        return True


def flipped(pdf: bytes, place: int, bit: int) -> bytes:
    return pdf[:place] + bytes([pdf[place] ^ 1 << bit]) + pdf[place + 1 :]


@given(st.data())
@settings(max_examples=25)
def test_a_changed_byte_anywhere_is_found(data: st.DataObject) -> None:
    pdf = agreed(drafted(), SIGNED, "en").pdf
    place, bit = data.draw(st.integers(0, len(pdf) - 1)), data.draw(st.integers(0, 7))
    assert noticed(flipped(pdf, place, bit))


@pytest.mark.soak
def test_of_each_41_bytes_the_changed_one_is_found() -> None:
    pdf = agreed(drafted(), SIGNED, "en").pdf
    assert all(noticed(flipped(pdf, place, 0)) for place in range(0, len(pdf), 41))


@pytest.mark.parametrize("pages", [b"", b"x", b"\n"])
def test_bytes_put_on_or_taken_off_are_found(pages: bytes) -> None:
    pdf = agreed(drafted(), SIGNED, "en").pdf
    assert noticed(pdf + pages if pages else pdf[:-1])


def test_a_changed_amount_with_everything_set_again_breaks_the_signatures() -> None:
    document, check = signed(agreed(drafted(), SIGNED))
    cheaper = agreed(
        drafted(terms=replace(TERMS, price=replace(PRICE, amount=Decimal(30)))),
        SIGNED,
        uid=document.content["uid"],
    )
    assert cheaper.hash != document.hash
    for one in document.signatures:
        forged = sign(cheaper, one.did, one.key, lambda _: b"\0" * 64, SIGNED)
        with pytest.raises(ContractChanged, match="signature"):
            verify(forged.pdf, check)


def test_nobody_signs_twice_or_who_is_no_party() -> None:
    document = agreed(drafted(), SIGNED)
    once = sign(document, FIRMS["provider"].did, "k", lambda _: b"x", SIGNED)
    assert not once.complete
    for did in (FIRMS["provider"].did, "did:web:stranger.example"):
        with pytest.raises(ContractChanged):
            sign(once, did, "k", lambda _: b"x", SIGNED)


@pytest.mark.parametrize(
    "foreign", [b"", b"%PDF-1.4\n%%EOF", b"<< /Length 9 /Type /EmbeddedFile >>\nstream\n[[[[[[[[["]
)
def test_what_is_no_contract_is_refused(foreign: bytes) -> None:
    with pytest.raises(ContractChanged):
        verify(foreign)
    with pytest.raises(ContractChanged):
        verify(foreign * 3)


def test_names_with_marks_and_foreign_letters_do_not_break_the_page() -> None:
    odd = replace(TERMS, title="<b>압력</b> & “流量” 😀", purposes=("a<b",))
    document = agreed(drafted(terms=odd), SIGNED)
    assert verify(document.pdf).content["terms"]["title"] == odd.title
