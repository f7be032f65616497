"""The pass to the live stream: it holds for its time, for its key, and unaltered only."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.foundation.web import PassRefused, issue, key_in, live_key, read

KEY = live_key(b"the node's secret")


@given(st.text(max_size=40), st.sampled_from(["worker", "engineer", "owner"]), st.floats(1, 2e9))
def test_a_pass_says_what_it_was_issued_for(person, role, now):
    found = read(KEY, issue(KEY, person, role, now=now), now=now)
    assert (found.person, found.role) == (person, role)


def test_a_pass_ends_with_its_life():
    text = issue(KEY, "7", "worker", now=1000.0, life=60.0)
    assert read(KEY, text, now=1059.9).person == "7"
    with pytest.raises(PassRefused):
        read(KEY, text, now=1060.0)


def test_a_worker_cannot_write_himself_a_wider_role():
    body, seal = issue(KEY, "7", "worker", now=0.0).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "role": "owner"}).encode()).rstrip(b"=").decode()
    with pytest.raises(PassRefused):
        read(KEY, f"{forged}.{seal}", now=1.0)


@given(st.text(max_size=2000))
def test_whatever_is_sent_is_refused_and_nothing_breaks(text):
    with pytest.raises(PassRefused):
        read(KEY, text, now=1.0)


def test_the_live_process_finds_the_key_in_the_home(tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "django.key").write_text("the node's secret\n")
    assert key_in(tmp_path) == KEY
    assert KEY != b"the node's secret"
