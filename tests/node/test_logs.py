"""What must not reach a log file does not, in whatever words it comes."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.node.logs import log_file, without_secrets

SECRET = st.text(string.ascii_letters + string.digits, min_size=8, max_size=40).map(
    lambda text: f"s3cr3t{text}"
)
FORMS = [
    "connecting to postgresql://dure:{}@db:5432/plant",
    "opc.tcp://kim:{}@10.0.0.7:4840 does not answer",
    "password={}",
    "PASSWORD: '{}'",
    '{{"event": "try", "token": "{}", "user": "kim"}}',
    "GET /people/first/?token={}&x=1",
    "Set-Cookie: dure_session; cookie={}; path=/",
    "Authorization: Bearer {}",
    "authorization: Basic {}==",
    "secret = {}",
    "authkey={} given",
]


@pytest.mark.parametrize("form", FORMS)
@given(SECRET)
def test_a_secret_is_covered_wherever_it_stands(form, secret):
    assert secret not in without_secrets(form.format(secret))


@pytest.mark.parametrize(
    "line",
    ["the token of the first run was spent", "collector-line1: 500 samples", '{"event": "process.started"}'],
)
def test_a_line_without_a_secret_stays_as_it_is(line):
    assert without_secrets(line) == line


def test_a_log_file_is_turned_over_and_five_old_ones_are_kept(tmp_path):
    log = log_file(tmp_path, "worker", size=1)
    for number in range(90):
        log.info("%s", json.dumps({"number": number, "padding": "x" * 100_000}))
    for handler in log.handlers:
        handler.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["worker.log", *(f"worker.log.{number}" for number in range(1, 6))]
    assert all(path.stat().st_size <= 1_000_000 for path in tmp_path.iterdir())
    assert '"number": 89' in (tmp_path / "worker.log").read_text()
