"""Self-Issued ID Tokens: what holds, and that every changed claim and byte is refused."""

import base64
import hmac
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from dure.sharing.participants import NotVerified, did_document, did_of
from dure.sharing.participants.identity import Identity
from dure.sharing.participants.keys import ring_in
from dure.sharing.participants.tokens import check_id_token, id_token, read, signed

from .conftest import NOW

US = "did:web:plant.example"


@pytest.fixture(scope="module")
def daon(tmp_path_factory):
    return Identity(
        did_of("https://daon.example"), ring_in(tmp_path_factory.mktemp("daon"), NOW), "https://daon.example"
    )


@pytest.fixture(scope="module")
def document(daon):
    return did_document(daon, NOW)


def check(text, document, now=NOW, us=US):
    return check_id_token(text, us, lambda _did: document, now)


def test_a_token_of_ours_holds(daon, document):
    claims = check(id_token(daon, US, NOW, token="leave"), document)
    assert claims["iss"] == claims["sub"] == "did:web:daon.example"
    assert claims["token"] == "leave"


CHANGES = {
    "iss": "did:web:other.example", "sub": "did:web:other.example", "aud": "did:web:other.example", "jti": "", "iat": 0,
    "exp": int(NOW.timestamp()) - 31,
}  # fmt: skip


@pytest.mark.parametrize("name", [*CHANGES, "nbf"])
def test_a_claim_that_is_wrong_is_refused_though_it_is_signed(daon, document, name):
    good = dict(read(id_token(daon, US, NOW)).claims)
    wrong = {**good, name: CHANGES.get(name, int(NOW.timestamp()) + 31)}
    assert check(signed(daon, good), document)
    with pytest.raises(NotVerified):
        check(signed(daon, wrong), document)


@pytest.mark.parametrize("name", CHANGES)
def test_a_claim_that_is_missing_is_refused(daon, document, name):
    good = dict(read(id_token(daon, US, NOW)).claims)
    del good[name]
    with pytest.raises(NotVerified):
        check(signed(daon, good), document)


@pytest.mark.parametrize("value", [True, "1795521600", None, float(2**60), -1, [], {}])
@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
def test_a_time_is_a_number_of_seconds(daon, document, name, value):
    good = dict(read(id_token(daon, US, NOW)).claims)
    with pytest.raises(NotVerified):
        check(signed(daon, {**good, name: value}), document)


@pytest.mark.parametrize(
    ("seconds", "holds"), [(0, True), (329, True), (331, False), (-29, True), (-31, False)]
)
def test_clocks_may_differ_by_half_a_minute(daon, document, seconds, holds):
    text, later = id_token(daon, US, NOW), NOW + timedelta(seconds=seconds)
    if holds:
        assert check(text, document, later)
    else:
        with pytest.raises(NotVerified):
            check(text, document, later)


@given(st.data())
@settings(max_examples=150)
def test_any_changed_byte_is_refused(daon, document, data):
    text = id_token(daon, US, NOW)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda one: one != text[at]))
    with pytest.raises(NotVerified):
        check(text[:at] + other + text[at + 1 :], document)


@given(st.dictionaries(st.sampled_from(["iss", "sub", "aud", "exp", "iat", "jti", "nbf", "token"]), st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20), st.lists(st.text(max_size=5), max_size=3),
), min_size=1))  # fmt: skip
@settings(max_examples=80)
def test_other_claims_under_the_old_signature_are_refused(daon, document, changes):
    text = id_token(daon, US, NOW)
    header, payload, signature = text.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    if {**claims, **changes} == claims:
        return
    body = base64.urlsafe_b64encode(json.dumps({**claims, **changes}).encode()).rstrip(b"=").decode()
    with pytest.raises(NotVerified):
        check(f"{header}.{body}.{signature}", document)


@given(st.text(max_size=200))
def test_any_other_text_is_refused_and_nothing_breaks(document, text):
    with pytest.raises(NotVerified):
        check(text, document)


@given(st.lists(st.binary(max_size=60), min_size=3, max_size=3))
def test_any_three_parts_are_refused_and_nothing_breaks(document, parts):
    with pytest.raises(NotVerified):
        check(".".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts), document)


def test_a_name_that_stands_twice_is_refused(daon, document):
    claims = json.dumps(dict(read(id_token(daon, US, NOW)).claims))
    body = (claims[:-1] + f', "aud": "{US}"}}').encode()
    header = {"alg": "ES256", "kid": daon.key_id}
    with pytest.raises(NotVerified):
        check(jws.serialize_compact(header, body, daon.ring.private), document)


# Which key ------------------------------------------------------------------------------------------------------------
def under(daon, key, header):
    """A good token's claims under another key and header."""
    body = json.dumps(dict(read(id_token(daon, US, NOW)).claims)).encode()
    if header["alg"] != "EdDSA":
        return jws.serialize_compact(header, body, key, algorithms=[header["alg"]])
    words = ".".join(
        base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in (json.dumps(header).encode(), body)
    )
    signature = key.private_key.sign(words.encode())
    return f"{words}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_without_kid_the_only_key_is_meant(daon, document):
    assert check(under(daon, daon.ring.private, {"alg": "ES256"}), document)


def test_without_kid_two_keys_are_one_too_many(daon, document):
    two = {**document, "verificationMethod": document["verificationMethod"] * 2}
    with pytest.raises(NotVerified, match="which key"):
        check(under(daon, daon.ring.private, {"alg": "ES256"}), two)


def test_a_short_kid_is_meant_within_the_document(daon, document):
    assert check(
        under(daon, daon.ring.private, {"alg": "ES256", "kid": f"#{daon.ring.current.fragment}"}), document
    )


@pytest.mark.parametrize("relation", ["capabilityInvocation"])
@pytest.mark.parametrize(
    "change", [lambda _ids: [], lambda _ids: None, lambda ids: ids[0], lambda _ids: ["did:web:x#y"]]
)
def test_a_key_must_be_for_calling(daon, document, relation, change):
    changed = {**document, relation: change(document[relation])}
    with pytest.raises(NotVerified, match="may not be used"):
        check(id_token(daon, US, NOW), changed)


def test_a_relation_may_hold_the_key_itself(daon, document):
    assert check(
        id_token(daon, US, NOW), {**document, "capabilityInvocation": document["verificationMethod"]}
    )


def test_the_document_of_another_is_refused(daon, document):
    with pytest.raises(NotVerified, match="another's"):
        check(id_token(daon, US, NOW), {**document, "id": "did:web:other.example"})


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES384", "RS256", "EdDSA"])
def test_an_algorithm_that_does_not_fit_the_key_is_refused(daon, document, algorithm):
    text = id_token(daon, US, NOW)
    header = (
        base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": daon.key_id}).encode())
        .rstrip(b"=")
        .decode()
    )
    with pytest.raises(NotVerified):
        check(f"{header}.{text.split('.')[1]}.{text.split('.')[2]}", document)


def test_a_public_key_taken_for_a_secret_is_refused(daon, document):
    claims = id_token(daon, US, NOW).split(".")[1]
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": daon.key_id}).encode()).rstrip(b"=")
    public = daon.ring.private.as_pem(private=False)
    mac = base64.urlsafe_b64encode(hmac.digest(public, header + b"." + claims.encode(), "sha256")).rstrip(
        b"="
    )
    with pytest.raises(NotVerified):
        check(f"{header.decode()}.{claims}.{mac.decode()}", document)


@pytest.mark.parametrize("make", [
    ("EdDSA", lambda: OKPKey.generate_key("Ed25519")), ("RS256", lambda: RSAKey.generate_key(2048)), ("ES384", lambda: ECKey.generate_key("P-384")),
], ids=lambda one: one[0])  # fmt: skip
def test_other_connectors_keys_are_read(daon, document, make):
    algorithm, key = make[0], make[1]()
    method = {**document["verificationMethod"][0], "publicKeyJwk": key.as_dict(private=False)}
    assert check(
        under(daon, key, {"alg": algorithm, "kid": daon.key_id}), {**document, "verificationMethod": [method]}
    )


def test_a_short_rsa_key_is_refused(daon):
    from cryptography.hazmat.primitives.asymmetric import rsa

    from dure.sharing.participants.tokens import _verify

    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - short on purpose
    numbers = short.public_key().public_numbers()
    raw = {"n": numbers.n, "e": numbers.e}
    jwk = {
        "kty": "RSA",
        **{
            name: base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8))
            .rstrip(b"=")
            .decode()
            for name, value in raw.items()
        },
    }
    with pytest.raises(ValueError, match="RS256"):
        _verify(id_token(daon, US, NOW), jwk, "RS256")


def test_a_document_that_gives_away_a_private_key_has_none(daon, document):
    method = {**document["verificationMethod"][0], "publicKeyJwk": daon.ring.private.as_dict(private=True)}
    with pytest.raises(NotVerified):
        check(id_token(daon, US, NOW), {**document, "verificationMethod": [method]})
