"""Messages of DCP 1.0: judged by the protocol's own schemas and examples, ours and others'; what is invalid is refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT201909

from dure.sharing.participants import MessageWrong, holding, issuing
from dure.sharing.participants.documents import DCP_CONTEXT
from dure.sharing.participants.messages import DEEPEST, LARGEST, SHAPES, check, message, parsed, types_and_ids

# Where the published schemas do not say what the specification says; this list only shrinks.
DEFECTS = {
    "common/context-schema.json": "its $id names v08, the others refer to v1.0",
    "issuance/credential-message-schema.json": "its $id and its inner $ref lie below presentation/, the const of `type` stands at `credentialType`",
    "issuance/credential-message-schema.json#rejectionReason": "a text, though the specification lets it be null",
    "presentation/presentation-query-message-schema.json": "anyOf, though it is an error to hold both",
}
SCHEMAS = {
    "PresentationQueryMessage": "presentation/presentation-query-message-schema.json",
    "PresentationResponseMessage": "presentation/presentation-response-message-schema.json",
    "CredentialRequestMessage": "issuance/credential-request-message-schema.json",
    "CredentialMessage": "issuance/credential-message-schema.json",
    "CredentialOfferMessage": "issuance/credential-offer-message-schema.json",
    "CredentialObject": "issuance/credential-object-schema.json",
    "CredentialStatus": "issuance/credential-status-schema.json",
    "IssuerMetadata": "issuance/issuer-metadata-schema.json",
}
CONTEXT = {"$id": "https://w3id.org/dspace-dcp/v1.0/common/context-schema.json"}


@pytest.fixture(scope="session")
def judges(vectors):
    """The published schemas, by message; Presentation Exchange's own schemas are elsewhere and stand open."""
    files = {
        place: json.loads((vectors / place).read_text())
        for place in [*SCHEMAS.values(), "common/context-schema.json"]
    }
    files["common/context-schema.json"] |= CONTEXT
    resources = [(one["$id"], Resource.from_contents(one, DRAFT201909)) for one in files.values()]
    exchange = "https://identity.foundation/presentation-exchange/schemas/"
    foreign = {
        "presentation-definition.json": {},
        "presentation-submission.json": {"properties": {"presentation_submission": {}}},
    }
    resources += [(exchange + name, Resource(one, DRAFT201909)) for name, one in foreign.items()]
    registry = Registry().with_resources(resources)
    return {kind: Draft201909Validator(files[place], registry=registry) for kind, place in SCHEMAS.items()}


@pytest.fixture(scope="session")
def examples(vectors):
    found = [json.loads(place.read_text()) for place in sorted(vectors.glob("*/example/*.json"))]
    assert len(found) == 11
    return found


def test_every_published_example_is_read(examples, judges):
    for example in examples:
        judges[example["type"]].validate(example)
        assert check(parsed(json.dumps(example).encode()), example["type"]) == example


def ours():
    did, object_ = "did:web:daon.example", {"id": "7", "type": "CredentialObject"}
    yield message("PresentationQueryMessage", scope=holding.scopes_of(["MembershipCredential"]))
    yield message("PresentationResponseMessage", presentation=["a.b.c"])
    yield message("CredentialRequestMessage", holderPid="h", credentials=[{"id": "7"}])
    yield message("CredentialMessage", issuerPid="i", holderPid="h", status="REJECTED", rejectionReason="no")
    container = {"credentialType": "MembershipCredential", "payload": "a.b.c", "format": "jwt"}
    yield message("CredentialMessage", issuerPid="i", holderPid="h", status="ISSUED", credentials=[container])
    yield message("CredentialOfferMessage", issuer=did, credentials=[object_])
    yield message("CredentialStatus", issuerPid="i", holderPid="h", status="RECEIVED")


def test_every_message_of_ours_is_valid_for_the_published_schemas(judges):
    kinds = {judges[one["type"]].validate(one) or one["type"] for one in ours()}
    assert kinds == set(SHAPES) - {"CredentialObject", "IssuerMetadata"}


@pytest.mark.usefixtures("node")
def test_what_we_can_issue_is_valid_for_the_published_schemas(judges):
    judges["IssuerMetadata"].validate(issuing.metadata())
    assert len(issuing.metadata()["credentialsSupported"]) == 4


def spoilt(example):
    """Every way to leave out, or to turn into something else, one value of a message."""
    for name in example:
        yield f"without {name}", {key: value for key, value in example.items() if key != name}
        for other in (7, None, [], {}, [7], "something"):
            if other != example[name]:
                yield f"{name} = {other!r}", {**example, name: other}


def is_refused(wrong, kind):
    try:
        check(wrong, kind)
    except MessageWrong:
        return True
    return False


def test_whatever_the_published_schemas_refuse_we_refuse(examples, judges):
    refused = 0
    for example in [*examples, *ours()]:
        judge = judges[example["type"]]
        for how, wrong in spoilt(example):
            if judge.is_valid(wrong) or how == "rejectionReason = None":
                continue
            refused += 1
            assert is_refused(wrong, example["type"]), f"{example['type']} {how} was read"
    assert refused > 200


def test_a_query_with_both_or_neither_is_refused():
    definition = {"id": "1", "input_descriptors": []}
    for more in ({}, {"scope": ["a:b"], "presentationDefinition": definition}):
        with pytest.raises(MessageWrong):
            check(
                {"@context": [DCP_CONTEXT], "type": "PresentationQueryMessage", **more},
                "PresentationQueryMessage",
            )


def test_the_defects_of_the_schemas_are_still_there(vectors):
    for place in DEFECTS:
        assert (vectors / place.partition("#")[0]).exists()
    assert "v08" in json.loads((vectors / "common/context-schema.json").read_text())["$id"]
    told = json.loads((vectors / "issuance/credential-message-schema.json").read_text())
    assert "type" not in told["definitions"]["CredentialMessage"]["properties"]
    asked = json.loads((vectors / "presentation/presentation-query-message-schema.json").read_text())
    assert "anyOf" in asked["definitions"]["PresentationQueryMessage"]


@pytest.mark.parametrize("raw", [
    b"", b"{", b"\xff", b'{"a":1,"a":2}', b"[" * 100_000, b"NaN", b"1e999999" * 2, b'"' + b"x" * LARGEST + b'"',
    b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
], ids=lambda raw: raw[:9].decode("latin-1"))  # fmt: skip
def test_torn_deep_and_large_messages_are_refused(raw):
    with pytest.raises(MessageWrong):
        parsed(raw)


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_read_or_refused_and_nothing_breaks(value):
    try:
        found = parsed(json.dumps(value).encode())
    except MessageWrong:
        return
    for kind in SHAPES:
        with pytest.raises(MessageWrong):
            check(found, kind)


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "MembershipCredential",
        "alias:x",
        "org.eclipse.dspace.dcp.vc.type:",
        "org.eclipse.dspace.dcp.vc.type",
    ],
)
def test_a_scope_with_another_alias_is_refused(scope):
    with pytest.raises(MessageWrong):
        types_and_ids([scope])


def test_scopes_name_types_and_ids():
    scopes = [
        "org.eclipse.dspace.dcp.vc.type:Member",
        "org.eclipse.edc.vc.type:Other:read",
        "org.eclipse.dspace.dcp.vc.id:urn:uuid:1",
    ]
    assert types_and_ids(scopes) == ({"Member", "Other"}, {"urn:uuid:1"})


def test_a_schema_that_refuses_is_no_accident(judges):
    with pytest.raises(ValidationError):
        judges["CredentialStatus"].validate({"type": "CredentialStatus"})
