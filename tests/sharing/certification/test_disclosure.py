"""Blocks shown are drawn by lot, prove themselves, and the chance of finding a fraud is the one that counting gives."""

import json
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from dure.sharing.certification import (
    CertificateWrong,
    DisclosureWrong,
    assess,
    disclose,
    drawn,
    found_probability,
    verify,
)
from dure.sharing.certification.disclosure import Disclosure, Shown, assessment, read, written

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SEED = "assessor's seed 7"


@given(blocks=st.integers(1, 400), data=st.data(), fraction=st.floats(0.001, 1))
@settings(max_examples=80)
def test_the_chance_is_hypergeometric(blocks, data, fraction):
    shown = data.draw(st.integers(0, blocks))
    touched = min(blocks, max(1, int(np.ceil(round(fraction * blocks, 9)))))
    assert found_probability(blocks, shown, fraction) == pytest.approx(
        1 - hypergeom(blocks, touched, shown).pmf(0), abs=1e-9
    )


def test_the_stated_chance_is_met_by_trying():
    blocks, shown, fraction = 60, 15, 0.05
    frauds = np.random.default_rng(0)
    seen = [
        bool(
            {*frauds.choice(blocks, 3, replace=False).tolist()}
            & {*drawn("sha256:00", f"seed {one}", blocks, shown)}
        )
        for one in range(2_000)
    ]
    assert np.mean(seen) == pytest.approx(found_probability(blocks, shown, fraction), abs=0.03)


def test_neither_side_can_choose_the_blocks(certificate):
    one, other = drawn(certificate.root, "a", 29, 8), drawn(certificate.root, "b", 29, 8)
    assert one != other
    assert drawn("sha256:00", "a", 29, 8) != one
    assert len(set(one)) == 8
    assert drawn(certificate.root, "a", 5, 9) == (0, 1, 2, 3, 4)


@pytest.fixture(scope="module")
def shown(certificate, pump):
    count = certificate.says["data"]["blocks"]
    return disclose(pump, drawn(certificate.root, SEED, count, 8), 64)


def test_shown_blocks_prove_part_of_the_data_and_travel_as_a_file(certificate, shown):
    again = read(written(shown))
    verdict = verify(certificate, now=NOW, shown=again)
    assert verdict.state == "partly"
    assert {one.key: one.ok for one in verdict.checks}["blocks"] is True


def test_a_block_of_other_rows_is_refused(certificate, shown, assessor):
    first, *others = shown.blocks
    forged = first.rows.with_columns(pl.lit(1.0).alias("Current"))
    wrong = Disclosure(shown.root, shown.count, (Shown(first.number, forged, first.proof), *others))
    verdict = verify(certificate, now=NOW, shown=wrong)
    assert verdict.state == "broken"
    with pytest.raises(DisclosureWrong, match=f"Block {first.number} "):
        assess(wrong, certificate.root, shown.count, seed=SEED, assessor=assessor, now=NOW)


def test_an_assessor_does_not_sign_for_chosen_blocks(certificate, pump, assessor):
    chosen = disclose(pump, (0, 1, 2), 64)
    with pytest.raises(DisclosureWrong):
        assess(chosen, certificate.root, chosen.count, seed=SEED, assessor=assessor, now=NOW)


def test_with_an_assessor_it_is_called_assessed_and_states_the_chance(certificate, make, shown, assessor):
    stated = assess(shown, certificate.root, shown.count, seed=SEED, assessor=assessor, now=NOW)
    made = make(assessed=stated)
    verdict = verify(made, now=NOW)
    assert (made.assurance, verdict.assurance, verdict.state) == ("assessed", "assessed", "partly")
    assert made.evidence["shown"] == list(drawn(certificate.root, SEED, shown.count, 8))
    (five,) = [one for one in made.evidence["chances"] if one["fraction"] == 0.05]
    assert five["probability"] == pytest.approx(found_probability(shown.count, 8, 0.05), abs=1e-6)


def test_an_assessment_of_other_data_is_refused(make, shown, certificate, assessor, pump):
    stated = assess(shown, certificate.root, shown.count, seed=SEED, assessor=assessor, now=NOW)
    with pytest.raises(CertificateWrong, match="other data"):
        make(pump.head(1_700), assessed=stated)


def test_an_assessor_who_is_the_issuer_counts_as_none(certificate, make, shown, plant):
    stated = assess(shown, certificate.root, shown.count, seed=SEED, assessor=plant, now=NOW)
    assert verify(make(assessed=stated), now=NOW).assurance == "self-declared"


def test_a_changed_statement_is_found_out(certificate, make, shown, assessor, plant):
    from dure.sharing.certification import Certificate
    from dure.sharing.certification.certificate import KIND
    from dure.sharing.certification.signing import token

    made = make(assessed=assess(shown, certificate.root, shown.count, seed=SEED, assessor=assessor, now=NOW))
    lie = json.loads(json.dumps(made.credential))
    lie["evidence"][0]["shown"] = list(range(20))
    verdict = verify(Certificate(token(plant, lie, KIND)), now=NOW)
    assert (verdict.state, verdict.assurance) == ("broken", "self-declared")


@pytest.mark.parametrize("text", ["", "{}", '{"root": "a", "count": 1, "blocks": [{}]}', '{"root":"a","count":1,"blocks":[{"number":0,"proof":[],"rows":"AAAA"}]}'])  # fmt: skip
def test_what_are_no_blocks_is_refused(text):
    with pytest.raises(CertificateWrong):
        read(text)


@pytest.mark.parametrize("text", ["", "a.b.c", "x" * 100])
def test_what_is_no_assessment_is_refused(text):
    with pytest.raises(CertificateWrong):
        assessment(text)
