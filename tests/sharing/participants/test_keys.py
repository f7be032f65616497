"""Keys of a participant: files for us alone, changed with a bridge, void after a theft."""

import stat
from datetime import timedelta

import pytest

from dure.sharing.participants import KeyProblem, NotVerified, did_document, did_of, home_of
from dure.sharing.participants.documents import fingerprint, service_of
from dure.sharing.participants.identity import Identity, begin_anew, own, rotate
from dure.sharing.participants.keys import folder_of, ring_in
from dure.sharing.participants.resolving import follows
from dure.sharing.participants.tokens import check_id_token, id_token

US = "did:web:hub.example"


def check(text, document, now):
    return check_id_token(text, US, lambda _did: document, now)


def test_the_private_key_is_a_file_that_we_alone_may_read(tmp_path, now):
    ring = ring_in(tmp_path, now)
    files = {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder_of(tmp_path).iterdir()}
    assert files[f"{ring.current.fragment}.pem"] == files["ring.json"] == 0o600
    assert stat.S_IMODE(folder_of(tmp_path).stat().st_mode) == 0o700
    assert ring_in(tmp_path, now) is ring_in(tmp_path, now)
    assert ring.current.jwk["crv"] == "P-256"


def test_a_torn_ring_is_told_and_not_replaced(tmp_path, now):
    ring_in(tmp_path, now)
    (folder_of(tmp_path) / "ring.json").write_text("{")
    with pytest.raises(KeyProblem):
        ring_in(tmp_path, now)


def test_another_private_key_than_the_rings_is_told(tmp_path, now):
    ring = ring_in(tmp_path, now)
    other = ring_in(tmp_path / "other", now)
    (folder_of(tmp_path) / f"{ring.current.fragment}.pem").write_bytes(other.private.as_pem(private=True))
    (folder_of(tmp_path) / "ring.json").touch()
    with pytest.raises(KeyProblem):
        ring_in(tmp_path, now)


def test_no_private_part_is_published(firm, now):
    assert '"d"' not in str(did_document(firm(), now)).replace("'", '"')


def test_the_document_names_services_where_others_look_for_them(firm, now):
    document = did_document(firm(), now)
    assert service_of(document, "CredentialService") == "https://daon.example/dcp/v1.0"
    assert service_of(document, "IssuerService") == "https://daon.example/dcp/v1.0/issuer"
    assert service_of(document, "DataService") == "https://daon.example/.well-known/dspace-version"
    assert service_of(document, "MailService") == ""


@pytest.mark.parametrize(
    "address",
    ["https://a.example", "https://a.example:8443", "http://localhost:9000", "https://a.example/x/y"],
)
def test_an_address_and_its_did_lead_to_each_other(address):
    place = home_of(did_of(address), plain=address.startswith("http:"))
    assert place.removesuffix("/did.json").removesuffix("/.well-known") == address


@pytest.mark.parametrize(
    "did",
    [
        "did:key:z6Mk",
        "did:web:",
        "did:web:a b",
        "did:web:a.example%3Aport",
        "did:web:a.example:..%2F",
        "did:web:a/b",
        "x",
        "did:web:a@b",
    ],
)
def test_another_did_is_refused(did):
    with pytest.raises(NotVerified):
        home_of(did)


@pytest.mark.usefixtures("node")
def test_after_a_change_the_old_key_verifies_until_its_end_and_signs_no_more(home, now):
    before = own()
    token = id_token(before, US, now)
    after = rotate(now, keep=timedelta(days=30))
    assert after.key_id != before.key_id
    assert not (folder_of(home) / f"{before.ring.current.fragment}.pem").exists()
    assert check(token, did_document(after, now), now)
    assert check(id_token(after, US, now), did_document(after, now), now)
    later = now + timedelta(days=30)
    late = id_token(before, US, later)  # whoever had stolen the old private key
    assert check(late, did_document(after, later - timedelta(seconds=1)), later)
    with pytest.raises(NotVerified):
        check(late, did_document(after, later), later)


@pytest.mark.usefixtures("node")
def test_after_a_theft_nothing_of_the_old_key_holds(now):
    before = own()
    token = id_token(before, US, now)
    after = begin_anew(now)
    with pytest.raises(NotVerified):
        check(token, did_document(after, now), now)
    assert not follows(did_document(before, now), did_document(after, now))


@pytest.mark.usefixtures("node")
def test_a_chain_of_proofs_leads_from_a_known_key_to_the_newest(now):
    first = did_document(own(), now)
    for day in range(1, 4):
        rotate(now + timedelta(days=day), keep=timedelta(hours=1))
    latest = did_document(own(), now + timedelta(days=9))
    assert len(latest["verificationMethod"]) == 1
    assert follows(first, latest)
    assert not follows(first, {**latest, "succession": latest["succession"][1:]})
    assert not follows(first, {**latest, "succession": []})
    assert not follows(first, {**latest, "verificationMethod": []})


@pytest.mark.usefixtures("node")
def test_a_stranger_in_the_later_document_is_found(firm, now):
    first = did_document(own(), now)
    later = did_document(rotate(now), now)
    strange = {**did_document(firm("thief"), now)["verificationMethod"][0], "id": f"{own().did}#thief"}
    assert follows(first, later)
    assert not follows(first, {**later, "verificationMethod": [*later["verificationMethod"], strange]})


def test_a_fingerprint_is_of_the_keys_whoever_reads_first():
    assert fingerprint(["a", "b"]) == fingerprint(["b", "a"]) != fingerprint(["a", "c"])


@pytest.mark.usefixtures("node")
def test_our_identity_is_that_of_the_public_address(settings):
    assert own().did == "did:web:plant.example"
    settings.DURE_PUBLIC_URL = "https://plant.example:8443/"
    assert own().did == "did:web:plant.example%3A8443"
    assert isinstance(own(), Identity)
