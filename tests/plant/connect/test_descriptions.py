"""Sources as kept in the home folder, and the settings that make them."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect import (
    PasswordInAddress,
    SettingRefused,
    SettingUnknown,
    Source,
    SourceBroken,
    SourceExists,
    SourceUnknown,
    add_source,
    change_source,
    members,
    open_source,
    password_of,
    remove_source,
    slug,
    source,
    sources,
    write_private,
)
from dure.plant.connect.opcua import OpcUaSettings
from dure.vocabulary import Signal

SIGNAL = Signal("line1/Cell01/Voltage", "line1", "Voltage", "V", "nsu=urn:x;s=V", "line1/Cell01")


def test_a_source_is_found_again_as_it_was_added(home):
    added = add_source(
        home, Source("line1", "opc.tcp://10.0.0.5:4840", {"user": "op"}, (SIGNAL,)), password="hunter2"
    )
    assert source(home, "line1") == added
    assert sources(home) == [added]
    assert password_of(home, "line1") == "hunter2"


def test_a_password_lies_apart_and_only_its_owner_can_read_it(home):
    add_source(home, Source("line1", "opc.tcp://10.0.0.5:4840"), password="hunter2")
    description = home / "sources" / "line1.json"
    secret = home / "secret" / "sources" / "line1.password"
    assert "hunter2" not in description.read_text()
    for file in (description, secret):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "hunter2" not in repr(open_source(home, source(home, "line1")).place)


def test_a_removed_source_takes_its_password_along(home):
    add_source(home, Source("line1", "opc.tcp://10.0.0.5:4840"), password="hunter2")
    remove_source(home, "line1")
    assert sources(home) == []
    assert password_of(home, "line1") is None
    with pytest.raises(SourceUnknown):
        remove_source(home, "line1")


def test_a_name_is_taken_once(home):
    add_source(home, Source("line1", "opc.tcp://10.0.0.5:4840"))
    with pytest.raises(SourceExists):
        add_source(home, Source("line1", "opc.tcp://10.0.0.6:4840"))
    assert change_source(home, "line1", enabled=False).enabled is False
    assert source(home, "line1").enabled is False


@pytest.mark.parametrize("name", ["../x", "", "Line 1", "a" * 65, "-a", "한글"])
def test_a_name_is_a_slug(name, home):
    with pytest.raises(SettingRefused):
        Source(name, "file:///x")
    with pytest.raises(SourceUnknown):
        source(home, name)


def test_a_password_in_the_address_is_refused():
    with pytest.raises(PasswordInAddress) as refused:
        Source("line1", "opc.tcp://op:hunter2@10.0.0.5:4840")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("written", ["", "{", "[]", '{"url": "file:///x", "more": 1}', '{"signals": [1]}'])
def test_a_broken_description_is_named(written, home):
    (home / "sources").mkdir(parents=True)
    (home / "sources" / "line1.json").write_text(written)
    with pytest.raises(SourceBroken, match="line1"):
        source(home, "line1")


@given(st.text(max_size=200))
def test_any_words_make_a_usable_name(words):
    assert Source(slug(words), "file:///x").id


def test_an_unknown_setting_is_refused_by_name():
    with pytest.raises(SettingUnknown, match=r"no setting “colour” for opc\.tcp.*publishing"):
        OpcUaSettings.read({"colour": "red"}, scheme="opc.tcp")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("publishing", "fast"),
        ("publishing", "1"),
        ("publishing", "nan"),
        ("security", "strong"),
        ("clear_password", "maybe"),
    ],
)
def test_a_setting_out_of_its_range_is_refused(name, value):
    with pytest.raises(SettingRefused, match=name):
        OpcUaSettings.read({name: value})


@pytest.mark.parametrize("member", members())
def test_settings_come_back_from_json(member):
    given = {
        s.name: s.choices[-1] if s.choices else s.high if s.high is not None else not s.default
        for s in member.settings_type.sheet()
        if s.kind is not str or s.choices
    }
    settings = member.settings_type.read(json.loads(json.dumps(given)))
    assert member.settings_type.read(json.loads(json.dumps(settings.changed()))) == settings


def test_threads_that_write_the_same_private_file_at_once_leave_one_of_their_contents(tmp_path):
    contents = [bytes([n]) * 50_000 for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda content: write_private(tmp_path / "state.json", content), contents * 5))
    assert (tmp_path / "state.json").read_bytes() in contents
    assert [file.name for file in tmp_path.iterdir()] == ["state.json"]
