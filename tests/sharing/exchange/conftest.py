"""The published vectors of the protocol, and nodes that talk with each other."""

import json
import os
from functools import cache
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "vectors" / "dsp"


@pytest.fixture(scope="session")
def vectors():
    """Folder of the protocol's schemas, examples and sequences. In CI its absence is a failure."""
    if not FOLDER.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the protocol's vectors are not at {FOLDER}", pytrace=False)
        pytest.skip("the protocol's vectors are not here; set DURE_SHARED to the folder above them")
    return FOLDER


@cache
def registry():
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT201909

    resources = []
    for file in sorted((FOLDER / "schemas").glob("*/*-schema.json")):
        # Three schemas point to "#definitions/…" without a slash, which is no JSON pointer.
        written = file.read_text().replace("#definitions/", "#/definitions/")
        content = json.loads(written)
        resources.append((content["$id"], Resource.from_contents(content, default_specification=DRAFT201909)))
    return Registry().with_resources(resources)


@cache
def judge(name):
    """The published schema `name` (`catalog/catalog-schema.json`) as a validator."""
    from jsonschema import Draft201909Validator

    content = registry().get_or_retrieve(f"https://w3id.org/dspace/2025/1/{name}").value.contents
    return Draft201909Validator(content, registry=registry())
