"""Our own check of messages says what the published schemas say, and nothing foreign breaks it."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.sharing.exchange.messages import CONTEXT, MOST_BYTES, SHAPES, flaws, read
from dure.sharing.exchange.refusals import MessageWrong

from .conftest import FOLDER, judge

# What is wrong upstream. This list may only become shorter.
EXAMPLES_THAT_MISFIT = {"dataservice-did-service.json"}
BLOCKS_THAT_ARE_NO_JSON = {
    ("InvalidCatalogSchemaTest.java", "DATASET"),
    ("InvalidContractAgreementMessageSchemaTest.java", "AGREEMENT"),
}
REFERENCES_WITHOUT_SLASH = {
    "transfer-termination-message-schema.json",
    "transfer-suspension-message-schema.json",
    "transfer-error-schema.json",
}
# Schemas whose name is not their type's.
NAMES = {
    "contract-schema": "Policy",
    "context-schema": "Context",
    "protocol-version-schema": "VersionResponse",
    "transfer-schema": "AbstractTransferCodeMessage",
}


def kind_of(schema):
    name = schema.rsplit("/", 1)[-1].removesuffix(".json")
    return NAMES.get(name) or "".join(part.title() for part in name.removesuffix("-schema").split("-"))


def schemas():
    return sorted(
        str(file.relative_to(FOLDER / "schemas")) for file in (FOLDER / "schemas").glob("*/*-schema.json")
    )


def examples():
    for file in sorted((FOLDER / "schemas").glob("*/example/*.json")):
        stem = file.stem.removesuffix("_initial").removesuffix("-full")
        stem = {"protocol-version": "protocol-version"}.get(stem, stem)
        stem = "did-service" if stem.endswith("did-service") else stem
        stem = "catalog" if stem == "nested-catalog" else stem
        yield file.name, f"{file.parent.parent.name}/{stem}-schema.json", json.loads(file.read_text())


@pytest.mark.usefixtures("vectors")
def test_there_is_a_check_for_each_of_the_26_schemas():
    assert len(schemas()) == 26
    assert {kind_of(one) for one in schemas()} == set(SHAPES)


@pytest.mark.usefixtures("vectors")
def test_the_27_examples_are_accepted_but_for_the_one_that_misfits_upstream():
    refused = {name for name, schema, value in examples() if flaws(value, kind_of(schema))}
    assert len(list(examples())) == 27
    assert refused == EXAMPLES_THAT_MISFIT
    assert {name for name, schema, value in examples() if not judge(schema).is_valid(value)} == refused


def test_the_124_blocks_are_judged_as_the_specification_judges_them(vectors):
    unread, judged = set(), 0
    for line in (vectors / "schema-tests.jsonl").read_text().splitlines():
        block = json.loads(line)
        if block["json"] is None:
            unread.add((block["test"], block["name"]))
            continue
        for schema in block["schema"]:
            found = flaws(block["json"], kind_of(schema))
            assert (not found) == block["asserted_empty"], (block["test"], block["name"], found)
            judged += 1
    assert (judged, unread) == (122, BLOCKS_THAT_ARE_NO_JSON)


def test_the_schemas_with_a_reference_that_is_no_pointer_are_still_three(vectors):
    broken = {
        file.name
        for file in (vectors / "schemas").glob("*/*-schema.json")
        if "#definitions/" in file.read_text()
    }
    assert broken == REFERENCES_WITHOUT_SLASH


def places(value, at=()):
    """Every place in a value, as a path."""
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*at, key))


def changed(value, path, how, by):
    value = copy.deepcopy(value)
    if not path:
        return by
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    if how == "remove":
        del holder[path[-1]]
    elif how == "twice" and isinstance(holder, list):
        holder.append(holder[path[-1]])
    else:
        holder[path[-1]] = by
    return value


plain = st.sampled_from(
    [None, True, 0, 1.5, "", "x", [], {}, ["x"], [CONTEXT], {"@id": "x"}, "Offer", "Agreement", "and"]
)


@pytest.mark.usefixtures("vectors")
@given(data=st.data())
def test_a_changed_message_is_judged_as_the_published_schema_judges_it(data):
    _name, schema, value = data.draw(st.sampled_from(list(examples())))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(value))))
        how = data.draw(st.sampled_from(["remove", "twice", "put"]))
        value = changed(value, path, how, data.draw(plain))
    assert (not flaws(value, kind_of(schema))) == judge(schema).is_valid(value)


@given(
    st.binary(max_size=200) | st.recursive(plain, lambda one: st.lists(one) | st.dictionaries(st.text(), one))
)
def test_whatever_comes_is_read_or_refused_in_the_protocols_words(body):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(MessageWrong):
        read(body, "ContractRequestMessage")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"{" + b" " * MOST_BYTES + b"}", "longer"),
        (b"[" * 200_000, "not JSON"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "deeper"),
        (json.dumps({"a": [1] * 30_000}).encode(), "values"),
        (b'{"@type": "CatalogRequestMessage", "@type": "CatalogRequestMessage"}', "not JSON"),
        (b'{"filter": NaN}', "not JSON"),
        (json.dumps({"a": "x" * 70_000}).encode(), "too long"),
        (b'{"a": "\\ud800"}', "not writable"),
        (b'{"a": "\\u0000"}', "not writable"),
        (b'{"@type": ["CatalogRequestMessage"]}', "is not Catalog"),
        (
            b'{"@type": "CatalogRequestMessage", "@context": "https://w3id.org/dspace/2025/1/context.jsonld"}',
            "list",
        ),
        (
            b'{"@type": "CatalogRequestMessage", "@context": ["https://w3id.org/dspace/2024/1/context.json"]}',
            "lacks",
        ),
        (b'{"@type": "CatalogRequestMessage", "@context": [{"@vocab": "urn:x"}]}', "list of texts"),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_what_is_wrong(body, wrong):
    with pytest.raises(MessageWrong, match=wrong):
        read(body, "CatalogRequestMessage")
