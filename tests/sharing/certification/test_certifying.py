"""A certificate comes out again to the bit, holds no value of the rows, and no change of it goes unseen."""

import base64
import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from dure.science.quality import measures
from dure.sharing.certification import (
    Certificate,
    CertificateWrong,
    Dataset,
    RulesWrong,
    engine,
    report,
    rules,
    rules_of,
    verify,
)
from dure.sharing.certification.certificate import KIND
from dure.sharing.certification.engine import code_hash
from dure.sharing.certification.reporting import REPORTS, crosswalk
from dure.sharing.certification.signing import key_of_did, signer_of, token
from dure.vocabulary import Action, ActionRefused, Permit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def checks(verdict):
    return {one.key: one.ok for one in verdict.checks}


def test_whoever_has_the_rows_gets_every_figure_again(certificate, pump):
    verdict = verify(certificate, Dataset(pump), now=NOW)
    assert verdict.state == "holds"
    assert checks(verdict) == dict.fromkeys(("signature", "time", "rules", "code", "data", "results"), True)
    assert verdict.assurance == "self-declared"


def test_two_runs_give_the_same_bits(certificate, make):
    again = make(id=certificate.id)
    assert again.credential == certificate.credential
    assert all(
        float.fromhex(one["bits"]) == one["value"] for one in certificate.says["results"] if "bits" in one
    )


def test_a_changed_cell_is_other_data(certificate, pump):
    changed = pump.with_columns(
        pl.when(pl.int_range(pl.len()) == 900).then(0.0).otherwise(pl.col("Current")).alias("Current")
    )
    verdict = verify(certificate, Dataset(changed), now=NOW)
    assert (verdict.state, checks(verdict)["data"]) == ("broken", False)


def test_without_the_rows_it_is_seen_in_part(certificate):
    assert verify(certificate, now=NOW).state == "partly"
    assert verify(certificate, now=NOW + timedelta(days=400)).state == "broken"
    assert verify(certificate, now=NOW - timedelta(days=1)).state == "broken"


def signed_anew(certificate, plant, change):
    """A certificate that its own issuer signed with something else in it."""
    credential = copy.deepcopy(certificate.credential)
    change(credential["credentialSubject"], credential)
    return Certificate(token(plant, credential, KIND))


@pytest.mark.parametrize("part", ["results", "findings", "power", "profile"])
def test_an_issuer_who_lies_about_any_figure_is_found_out(certificate, plant, pump, part):
    for place in range(len(certificate.says[part])):

        def change(said, _, place=place):
            one = said[part][place]
            name = next(key for key in ("value", "found", "missing", "count", "severity") if key in one)
            one[name] = "note" if name == "severity" else one[name] + 1

        lie = signed_anew(certificate, plant, change)
        if place % 9 == 0:
            assert checks(verify(lie, Dataset(pump), now=NOW))["results"] is False


def test_a_lie_about_meeting_the_rules_or_the_rules_themselves_is_found_out(certificate, plant, pump):
    def unmet(said, _):
        said["meets"] = not said["meets"]

    def other_rules(said, _):
        said["rules"]["values"]["need"] = []

    assert checks(verify(signed_anew(certificate, plant, unmet), Dataset(pump), now=NOW))["results"] is False
    assert checks(verify(signed_anew(certificate, plant, other_rules), now=NOW))["rules"] is False


def test_figures_of_other_code_are_not_called_a_lie(certificate, plant, pump):
    def other(said, _):
        said["engine"]["code"] = "sha256:00"
        said["results"][0]["value"] += 1

    found = checks(verify(signed_anew(certificate, plant, other), Dataset(pump), now=NOW))
    assert (found["code"], found["results"]) == (None, None)


def test_a_token_changed_after_signing_is_broken(certificate):
    head, payload, signature = certificate.jwt.split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=="))
    said["credentialSubject"]["meets"] = not said["credentialSubject"]["meets"]
    forged = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    assert checks(verify(Certificate(f"{head}.{forged}.{signature}"), now=NOW))["signature"] is False


def test_another_key_cannot_speak_for_the_issuer(certificate, assessor):
    forged = Certificate(token(assessor, certificate.credential, KIND))
    assert checks(verify(forged, now=NOW))["signature"] is False


def test_a_did_that_holds_no_key_is_asked_for(certificate, plant):
    web = replace(plant, did="did:web:plant.example", key_id="did:web:plant.example#1")
    there = signed_anew(certificate, web, lambda _, whole: whole.update(issuer=web.did))
    assert checks(verify(there, now=NOW))["signature"] is None
    key = key_of_did(plant.key_id)
    assert checks(verify(there, now=NOW, resolve={web.key_id: key}.get))["signature"] is True


def test_the_file_is_read_again_and_must_say_what_is_signed(certificate):
    assert Certificate.read(certificate.written()) == certificate
    assert Certificate.read(certificate.jwt) == certificate
    said = json.loads(certificate.written())
    assert said["type"] == "EnvelopedVerifiableCredential"
    said["credential"]["credentialSubject"]["title"] = "Another"
    with pytest.raises(CertificateWrong, match="another thing than what is signed"):
        Certificate.read(json.dumps(said))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "a.b.c", '{"id": 3}', "{" * 2_000, "e30.e30.e30"])
def test_what_is_no_certificate_is_refused_in_a_sentence(text):
    with pytest.raises(CertificateWrong, match="no certificate that can be read"):
        Certificate.read(text)


@pytest.mark.parametrize("lacking", ["data", "results", "rules", "engine", "profile", "inputs", "meets"])
def test_a_certificate_that_lacks_a_part_is_refused(certificate, plant, lacking):
    broken = signed_anew(certificate, plant, lambda said, _: said.pop(lacking))
    with pytest.raises(CertificateWrong):
        Certificate.read(broken.jwt)


def test_no_value_of_a_row_leaves_the_plant(make):
    secret = pl.DataFrame(
        {"customer": [f"Hanbit-{n:04}" for n in range(400)], "dose": [n * 0.731 for n in range(400)]}
    )
    said = make(secret).written()
    assert "Hanbit" not in said
    assert not any(f"{value:.6g}" in said for value in secret["dose"][7:393:40])


def test_names_of_columns_can_stay_at_home_too(make, pump, quick):
    numbered = rules_of(json.dumps({**quick.values, "columns": "numbered"}))
    made = make(rules=numbered)
    assert not any(name in made.written() for name in pump.columns)
    assert verify(made, Dataset(pump), now=NOW).state == "holds"


def test_data_that_may_not_be_shared_are_not_certified(make):
    with pytest.raises(ActionRefused):
        make(permit=Permit(("agreement:7",), frozenset({Action.PREPARE})))


def test_detection_power_is_of_these_very_data_with_its_interval(certificate):
    power = certificate.says["power"]
    assert {one["measure"] for one in power} == {"missing-values", "stuck-sensor", "replayed-stretch"}
    assert all(one["low"] <= one["found"] / one["trials"] <= one["high"] for one in power if one["trials"])
    assert any(one["found"] for one in power)


def test_the_code_hash_hangs_on_every_file_that_measures(tmp_path):
    import shutil
    from pathlib import Path

    import dure

    package = tmp_path / "dure"
    shutil.copytree(
        Path(dure.__file__).parent,
        package,
        ignore=shutil.ignore_patterns("plant", "node", "locale", "static"),
    )
    assert code_hash(package) == code_hash() == engine()["code"].removeprefix("sha256:")
    file = package / "science" / "quality" / "credibility" / "stuck.py"
    file.write_text(file.read_text("utf-8") + "\n", "utf-8")
    assert code_hash(package) != code_hash()


def test_four_reports_come_from_one_measurement(certificate):
    seen = {id: report(certificate, id) for id in REPORTS}  # noqa: A001
    for one in seen.values():
        assert one.label.ko
        assert one.lines
        assert all(line.characteristic.en and line.characteristic.ko for line in one.lines)
    measured = {one["measure"] for one in certificate.says["results"]}
    told = {one["measure"] for found in seen.values() for line in found.lines for one in line.results}
    assert told == measured
    assert [line.reason for line in seen["iso25012"].lines][-3:] == ["not-from-rows"] * 3
    assert any(line.met for line in seen["kdata"].lines)


def test_every_measure_stands_in_the_crosswalk_and_nothing_else():
    walk = crosswalk()
    ours = {"units-ucum", "semantic-ids", "schema-profile"}
    assert set(walk["measures"]) == {one.key for one in measures()} | ours
    used = {name for places in walk["measures"].values() for name in places.values()}
    assert used <= set(walk["characteristics"])


@pytest.mark.parametrize(
    ("text", "fault"),
    [("a: [", "no YAML"), ("id: x", "required"), ("need: []\nid: X\nversion: 1\nko: 가\nen: a", "does not match"),
     ("&a [*a]", "anchors"), ("x" * 300_000, "too long")],
)  # fmt: skip
def test_a_wrong_rule_set_is_refused_in_a_sentence(text, fault):
    with pytest.raises(RulesWrong, match=fault):
        rules_of(text)


def test_the_hash_of_rules_does_not_hang_on_their_layout(quick):
    assert rules_of(json.dumps(dict(quick.values))).hash == quick.hash
    with pytest.raises(RulesWrong, match="not there"):
        rules("nowhere")


def test_a_rule_without_a_figure_is_not_met(make, quick):
    rule = {**quick.values, "need": [{"measure": "class-imbalance", "at_least": 0.5}]}
    made = make(rules=rules_of(json.dumps(rule)))
    (one,) = [one for one in made.says["results"] if "met" in one]
    assert (one["met"], one["absent"], made.meets) == (False, True, False)


def test_a_signer_is_any_function(plant):
    assert len(plant.sign(b"word")) == 64
    assert plant.did.startswith("did:key:zDn")
    assert signer_of is not None
