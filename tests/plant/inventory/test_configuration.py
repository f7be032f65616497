"""Configuration as text: the round trip is exact, faults name their line, an import is one change."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dure.foundation.ledger import Entry
from dure.plant.connect import Source, add_source, source
from dure.plant.inventory.acts import ChangeOvertaken, RoleTooSmall, change, undo
from dure.plant.inventory.configuration import ConfigurationWrong, differences, export, take_in_folder
from dure.plant.inventory.models import Change, Equipment, EquipmentType, Signal
from dure.vocabulary import Signal as Described
from dure.vocabulary import Text

pytestmark = pytest.mark.usefixtures("db", "home")

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
keys = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
parameters = st.dictionaries(
    words.filter(bool),
    st.fixed_dictionaries(
        {"value": words | numbers | st.booleans()},
        optional={"unit": st.sampled_from(["V", "Cel", "A.h"]), "low": numbers, "high": numbers},
    ),
    max_size=3,
)
expected = st.lists(
    st.fixed_dictionaries(
        {"name": words.filter(bool)}, optional={"unit": st.sampled_from(["V", "Cel"]), "low": numbers}
    ),
    max_size=3,
)


@st.composite
def plants(draw):
    """Types that inherit, equipment below each other, signals of which something was said."""
    types = draw(st.lists(keys, unique=True, max_size=4))
    machines = draw(st.lists(keys, unique=True, max_size=5))
    signals = draw(st.lists(keys, unique=True, max_size=5))
    rows = {"types": {}, "equipment": {}, "signals": {}}
    for number, key in enumerate(types):
        parent = draw(st.sampled_from([None, *types[:number]]))
        rows["types"][key] = {"title_ko": draw(words), "parent_id": parent, "parameters": draw(parameters), "signals": draw(expected)}  # fmt: skip
    for number, key in enumerate(machines):
        rows["equipment"][key] = {
            "title_ko": draw(words), "title_en": draw(words), "level": draw(st.sampled_from(Equipment.Level.values)),
            "parent_id": draw(st.sampled_from([None, *machines[:number]])),
            "type_id": draw(st.sampled_from([None, *types])), "parameters": draw(parameters),
            "prefix": draw(words), "confirmed": draw(st.booleans()),
        }  # fmt: skip
    for key in signals:
        said = draw(
            st.dictionaries(st.sampled_from(["semantic_id", "signal_class", "low"]), st.just({"name": "Kim"}))
        )
        facts = {
            "semantic_id": draw(words.filter(bool)),
            "signal_class": draw(words.filter(bool)),
            "low": draw(numbers),
        }
        rows["signals"][f"line1/{key}"] = {
            "source": "line1",
            "said": said,
            **{name: facts[name] for name in said},
        }
    return rows


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.glob("*.yaml"))}


def emptied() -> None:
    Signal.objects.all().delete()
    Equipment.objects.update(parent=None)
    EquipmentType.objects.update(parent=None)
    Equipment.objects.all().delete()
    EquipmentType.objects.all().delete()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plants())
def test_what_is_exported_comes_back_exactly_as_it_was(tmp_path_factory, kim, plant):
    emptied()
    with change(kim, "test", Text("a plant", "공장")) as writing:
        for part, rows in plant.items():
            for key, row in rows.items():
                writing.put(part, key, row)
    before = tmp_path_factory.mktemp("before")
    export(before)
    assert differences(before, prune=True) == []
    emptied()
    take_in_folder(before, kim)
    after = tmp_path_factory.mktemp("after")
    export(after)
    assert texts(after) == texts(before)


def plant(kim):
    add_source(
        here(), Source("line1", "opc.tcp://10.0.0.1:4840", signals=(Described("line1/Cell01/V", "line1", address="ns=2;s=V"),)),
        password="a secret word",
    )  # fmt: skip
    with change(kim, "test", Text("a plant", "공장")) as writing:
        writing.put(
            "types", "cell", {"title_ko": "셀", "parameters": {"rated": {"value": 2.9, "unit": "A.h"}}}
        )
        writing.put("equipment", "line1", {"level": "WorkUnit"})
        writing.put("equipment", "line1/Cell01", {"parent_id": "line1", "type_id": "cell"})
        writing.put(
            "signals", "line1/Cell01/V", {"source": "line1", "unit": "V", "said": {"unit": {"name": "Kim"}}}
        )


def here() -> Path:
    from dure.vocabulary import home

    return home()


def test_secrets_are_in_no_file(tmp_path, kim):
    plant(kim)
    assert export(tmp_path)["sources"] == 1
    assert "opc.tcp://10.0.0.1:4840" in texts(tmp_path)["sources.yaml"]
    assert not any("a secret word" in text for text in texts(tmp_path).values())


def test_a_change_of_one_fact_is_a_change_of_one_line(tmp_path, kim):
    plant(kim)
    export(tmp_path)
    before = texts(tmp_path)["equipment.yaml"].splitlines()
    Equipment.objects.filter(pk="line1/Cell01").update(prefix="Cell01")
    export(tmp_path)
    after = texts(tmp_path)["equipment.yaml"].splitlines()
    assert [line for line in after if line not in before] == ["  prefix: Cell01"]
    assert [line for line in before if line not in after] == []


def test_an_import_is_one_change_that_can_be_taken_back(tmp_path, kim):
    plant(kim)
    export(tmp_path)
    file = tmp_path / "equipment.yaml"
    file.write_text(
        file.read_text()
        + "line1/Cell02:\n  parent: line1\n  type: cell\n  parameters:\n    rated: {value: 3}\n"
    )
    sources = tmp_path / "sources.yaml"
    sources.write_text(sources.read_text().replace("10.0.0.1", "10.0.0.2"))
    [cell, moved] = differences(tmp_path)
    assert (cell.part, cell.key, cell.before) == ("equipment", "line1/Cell02", None)
    assert moved.fields == {"url": ("opc.tcp://10.0.0.1:4840", "opc.tcp://10.0.0.2:4840")}
    assert not Equipment.objects.filter(pk="line1/Cell02").exists()
    take_in_folder(tmp_path, kim)
    assert Equipment.objects.get(pk="line1/Cell02").parameters == {"rated": {"value": 3}}
    assert source(here(), "line1").url == "opc.tcp://10.0.0.2:4840"
    assert differences(tmp_path) == []
    made = Change.objects.first()
    assert (
        Entry.objects.filter(what="inventory.configuration-taken-in", object=f"change:{made.pk}").count() == 1
    )
    undo(made, kim)
    assert not Equipment.objects.filter(pk="line1/Cell02").exists()
    assert source(here(), "line1").url == "opc.tcp://10.0.0.1:4840"
    with pytest.raises(ChangeOvertaken):
        undo(Change.objects.get(pk=made.pk), kim)


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("equipment", "a:\n  level: Equipment\nb:\n  type: press\n", "equipment.yaml:4: there is no “press” in types"),
        ("equipment", "a:\n  parent: b\nb:\n  parent: a\n", "equipment.yaml:2: it would be part of itself"),
        ("equipment", "a:\n  colour: red\n", "equipment.yaml:2: there is no field “colour”"),
        ("equipment", "a: {}\na: {}\n", "equipment.yaml:2: “a” is here twice"),
        ("equipment", "a:\n  title_ko: [\n", "equipment.yaml:3:"),
        ("equipment", "a:\n  parameters: &x {k: {value: 1}}\nb:\n  parameters: {m: *missing}\n", "equipment.yaml:4:"),
        ("equipment", "- a\n", "equipment.yaml:1: names with values belong here"),
        ("types", "t:\n  signals:\n  - {unit: V}\n", "types.yaml:2: an expected signal has no name"),
        ("types", "t:\n  parameters:\n    p: {value: .inf}\n", "types.yaml:2:"),
        ("types", "t:\n  title_ko: !!python/object/apply:os.system [ls]\n", "types.yaml:2: only plain values"),
        ("signals", "line1/V:\n  unit: furlong per\n", "signals.yaml:2: “furlong per” is no unit of UCUM"),
        ("signals", "line1/V:\n  owner: nobody\n", "signals.yaml:2: there is no person “nobody”"),
        ("sources", "line1:\n  url: ftp://x\n", "sources.yaml:2:"),
        ("sources", "line1:\n  url: file:///x\n  settings: {colour: red}\n", "sources.yaml:2:"),
        ("sources", "../x:\n  url: file:///x\n", "sources.yaml:2:"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_and_nothing_is_taken_in(tmp_path, kim, file, text, says):
    (tmp_path / f"{file}.yaml").write_text(text)
    with pytest.raises(ConfigurationWrong) as refused:
        take_in_folder(tmp_path, kim)
    assert any(fault.startswith(says) for fault in refused.value.faults), refused.value.faults
    assert not Change.objects.exists()
    assert not Equipment.objects.exists()


def test_an_alias_cannot_unfold_to_gigabytes(tmp_path, kim):
    bomb = "a:\n  parameters:\n    p: &a {value: x}\n" + "".join(f"    p{i}: *a\n" for i in range(9))
    (tmp_path / "equipment.yaml").write_text(bomb)
    with pytest.raises(ConfigurationWrong) as refused:
        take_in_folder(tmp_path, kim)
    assert refused.value.faults[0].startswith("equipment.yaml:")


def test_without_prune_nothing_is_taken_away_and_with_it_what_is_in_no_file_goes(tmp_path, kim):
    plant(kim)
    export(tmp_path)
    with change(kim, "test", Text("more", "추가")) as writing:
        writing.put("equipment", "line1/Cell09", {"parent_id": "line1"})
        writing.put(
            "signals", "line1/Cell09/V", {"source": "line1", "unit": "V", "said": {"unit": {"name": "Kim"}}}
        )
    assert differences(tmp_path) == []
    take_in_folder(tmp_path, kim, prune=True)
    assert not Equipment.objects.filter(pk="line1/Cell09").exists()
    assert Signal.objects.get(pk="line1/Cell09/V").unit == ""
    assert source(here(), "line1").url == "opc.tcp://10.0.0.1:4840"


def test_a_worker_may_not_take_configuration_in(tmp_path, worker, kim):
    plant(kim)
    export(tmp_path)
    emptied()
    with pytest.raises(RoleTooSmall):
        take_in_folder(tmp_path, worker)
    assert not Equipment.objects.exists()
