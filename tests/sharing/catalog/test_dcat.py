"""What leaves as DCAT-AP and as Croissant is held by the standards' own judges."""

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dure.sharing.catalog import Column, DatasetFacts, Entry, Event, Measured, publish, to_croissant, to_dcat
from dure.sharing.catalog.dcat import catalogue
from dure.sharing.catalog.models import stored
from dure.sharing.catalog.quantities import KINDS
from dure.vocabulary import Text

# rdflib's own reader of JSON-LD still uses its old class
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
SHARED = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[4] / "shared"))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)
NAMED = WORDS.filter(str.strip)


@pytest.fixture(scope="session")
def judge():
    """DCAT-AP 3.0.1's shapes without the two that have no path (pyshacl raises on them); violations of a document."""
    folder = SHARED / "vectors" / "dcat-ap"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the vectors are not at {folder}", pytrace=False)
        pytest.skip("the vectors are not here; set DURE_SHARED to their folder")
    from pyshacl import validate
    from rdflib import RDF, Graph, Namespace

    sh = Namespace("http://www.w3.org/ns/shacl#")
    shapes = Graph().parse(folder / "dcat-ap-SHACL.ttl")
    pathless = [one for one in set(shapes.objects(None, sh.property)) if (one, sh.path, None) not in shapes]
    assert len(pathless) == 2
    for one in pathless:
        shapes.remove((one, None, None))
        shapes.remove((None, None, one))

    def violations(document):
        graph = Graph().parse(data=json.dumps(document), format="json-ld")
        _right, report, _text = validate(graph, shacl_graph=shapes)
        wrong = report.subjects(RDF.type, sh.ValidationResult)
        severe = [one for one in wrong if (one, sh.resultSeverity, sh.Violation) in report]
        return [
            str(next(report.objects(one, sh.resultMessage), ""))
            + str(next(report.objects(one, sh.resultPath), ""))
            for one in severe
        ]

    return violations


@pytest.mark.django_db
def test_the_export_of_a_published_dataset_breaks_no_rule(pump, judge):
    entry = publish(pump, publisher=("did:web:daon.example", "Daon"))
    assert judge(to_dcat(entry, "https://daon.example/dsp/2025-1")) == []
    whole = catalogue(
        [entry],
        address="https://daon.example/catalog",
        title=Text("Daon", "다온"),
        publisher=("did:web:daon.example", "Daon"),
    )
    assert judge(whole) == []


def test_the_judge_finds_what_is_wrong(judge):
    from dure.sharing.catalog.dcat import CONTEXT

    assert judge({"@context": CONTEXT, "@id": "urn:x", "@type": "dcat:Dataset"})


def entries():
    """Entries as any inventory might have them."""
    numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
    column = st.builds(
        Column, NAMED, st.sampled_from(["number", "text", "time", "yes-no"]), st.sampled_from(["", *(one.id for one in KINDS)]), WORDS,
        WORDS, st.none() | st.floats(1e-6, 1e6), numbers, numbers, st.none() | st.floats(0, 1),
    )  # fmt: skip
    text = st.builds(Text, WORDS, WORDS)
    moment = st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds; the zone is drawn
    facts = st.builds(
        DatasetFacts, NAMED, text, text, st.lists(WORDS, max_size=3).map(tuple), st.lists(column, max_size=3).map(tuple), WORDS, text,
        st.lists(st.builds(Event, NAMED, text, st.integers(0, 10**9)), max_size=2).map(tuple), st.integers(0, 2**53), moment, moment,
        st.lists(st.builds(Measured, NAMED, WORDS, text, st.floats(-1e9, 1e9)), max_size=2).map(tuple), st.sampled_from(["", "0f" * 32]),
    )  # fmt: skip
    return st.builds(
        lambda told, who, where: Entry(turn=1, **stored(told), publisher=who, publisher_name=who, address=where, offers=[{}]),
        facts, st.sampled_from(["", "did:web:a.example", "did:web:a b<c>"]), st.sampled_from(["", "https://a.example/x", "https://a.example/가 나"]),
    )  # fmt: skip


@given(entry=entries())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_no_entry_breaks_a_rule_of_dcat_ap(judge, entry):
    assert judge(to_dcat(entry)) == []


@given(entry=entries())
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_no_entry_has_an_error_in_croissant(entry):
    assert croissant_errors(to_croissant(entry)) == []


def croissant_errors(document):
    import mlcroissant

    try:
        return list(mlcroissant.Dataset(document).metadata.issues.errors)
    except mlcroissant.ValidationError as wrong:
        return [str(wrong)]


@pytest.mark.django_db
def test_the_croissant_reader_reads_a_published_dataset(pump):
    import mlcroissant

    entry = publish(pump)
    told = to_croissant(entry)
    assert croissant_errors(told) == []
    fields = {one.name for one in mlcroissant.Dataset(told).metadata.record_sets[0].fields}
    assert fields == {one.name for one in pump.columns}
    assert re.fullmatch(r"[\w.-]+", told["name"])
