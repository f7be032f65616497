"""Every installed pack keeps the format, and a pack that breaks it is told so by line and field."""

import importlib
from pathlib import Path

import pytest

from dure.science.formula import FUNCTIONS, Kind, parse
from dure.science.packs import Pack, PackProblem, PackUnknown, load, meaning, packs, read
from dure.science.prepare import Recipe
from dure.vocabulary import Text, convert, same_kind, ucum, use_language

GOOD = """\
id: kiln
ko: 가마
en: Kiln
isic: ["2392"]
signals:
  - id: heat
    ko: 온도
    en: Heat
    ucum: Cel
    rate: 1
    range: [0, 1400]
    limit: {high: 1300, source: the maker's sheet}
"""
DERIVED = "derived: [{{id: a, ko: 가, en: A, ucum: K, formula: '={}'{}}}]\n"


def written(folder: Path, text: str) -> Path:
    place = folder / "kiln"
    place.mkdir()
    (place / "pack.yaml").write_text(text, encoding="utf-8")
    return place / "pack.yaml"


@pytest.fixture(params=sorted(packs()))
def pack(request: pytest.FixtureRequest) -> Pack:
    return load(request.param)


def test_a_pack_names_its_signals_in_both_languages(pack: Pack):
    for part in (pack, *pack.signals, *pack.derived, *pack.tasks, *pack.kpis):
        assert part.name.ko
        assert part.name.en
        assert part.name.ko != part.name.en


def test_a_packs_units_and_limits_hold_together(pack: Pack):
    for signal in pack.signals:
        low, high = signal.range
        assert convert(low, signal.ucum, signal.ucum) < high
        if signal.limit:
            assert signal.limit.source
            assert signal.limit.low < signal.limit.high
            assert signal.limit.high <= high


def test_a_pack_finds_its_own_signals_by_name_in_either_language(pack: Pack):
    for signal in pack.signals:
        for name in (signal.name.en, signal.name.ko, f"Plant/Line1/{signal.name.en}", *signal.also):
            found = pack.match(name)
            assert found is not None
            assert found.id == signal.id, name


def test_a_packs_twin_is_a_module_that_exists(pack: Pack):
    assert pack.twin is not None
    assert pack.twin.model == f"dure.science.process.{pack.id}"
    assert importlib.import_module(pack.twin.model).__doc__


def test_a_packs_features_are_steps_that_exist(pack: Pack):
    names = {signal.name.en: signal.id for signal in pack.signals}
    steps = pack.features_for(names)
    recipe = Recipe.from_dict({"version": 1, "steps": [dict(step) for step in steps]})
    assert len(recipe.steps) == len(pack.features) + sum(bool(one.needs) for one in pack.derived) > 0
    made = set().union(*(step.names(list(names)) for step in recipe.steps))
    assert {quantity.id for quantity in pack.derived} <= made


def test_a_derived_quantity_has_the_unit_that_its_formula_gives(pack: Pack):
    texts = {"accident_report", "employment"}
    schema = {
        one.id: Kind("text", "") if one.id in texts else Kind("number", one.ucum) for one in pack.signals
    }
    for one in pack.derived:
        assert ucum(one.ucum) == one.ucum
        if one.needs:
            kind = parse(one.formula).checked(schema, FUNCTIONS).kind
            assert one.source
            assert kind.type == "number"
            assert same_kind(kind.unit or "1", one.ucum), (one.id, kind.unit)
            assert convert(1.0, kind.unit or "1", one.ucum) == pytest.approx(1.0, rel=1e-9)


def test_an_id_that_two_packs_share_means_the_same_in_both():
    known: dict[str, tuple[Text, str]] = {}
    for name in packs():
        for one in load(name).signals:
            assert known.setdefault(one.id, (one.name, one.ucum)) == (one.name, one.ucum)


def test_a_derived_formula_whose_unit_is_another_kind_is_left_out():
    solar = load("photovoltaic")
    names = ["irradiance", "module temperature", "ambient temperature"]
    made = {step["column"]: step for step in solar.features_for(names, {"module temperature": "K"})}
    assert 'CONVERT([module temperature],"K","Cel")' in made["module_rise"]["formula"]
    assert "module_rise" not in {step["column"] for step in solar.features_for(names, {names[1]: "bar"})}


@pytest.mark.parametrize(
    ("tag", "pack", "signal"),
    [
        ("Line1/Cell07/Voltage", "battery", "voltage"),
        ("Robot2/Torch/ArcVoltage", "welding", "arc_voltage"),
        ("R101.ReactorTemperature_PV", "reactor", "reactor_temperature"),
        ("발효조1/용존산소", "fermentation", "dissolved_oxygen"),
        ("Roof/IRRADIATION", "photovoltaic", "irradiance"),
        ("HP3 Supply temperature", "thermal", "supply_temperature"),
        ("Hall2/Noise level", "safety", "noise_level"),
    ],
)
def test_of_all_packs_the_one_that_says_most_of_a_tag_names_it(tag: str, pack: str, signal: str):
    found = meaning(tag)
    assert found is not None
    assert found.id == signal
    assert load(pack).signal(signal) == found
    assert meaning("Operator") is None


def test_every_rule_of_a_pack_says_when_somebody_last_looked(pack: Pack):
    for rule in pack.regulations:
        assert rule.source
        assert rule.as_of.count("-") == 2


@pytest.mark.parametrize(
    ("tag", "signal"),
    [
        ("Line1/Formation/Cell07/Voltage", "voltage"),
        ("CELL07_V", "voltage"),
        ("Cell07.I", "current"),
        ("Ch3_Temp_PV", "temperature"),
        ("Line1/Chamber/Temperature", "ambient"),
        ("챔버온도", "ambient"),
        ("1라인 셀전압", "voltage"),
        ("방전용량(Ah)", "capacity"),
        ("DewPoint", "dew_point"),
        ("Operator", None),
        ("", None),
    ],
)
def test_a_tag_as_people_write_it_is_matched_with_the_packs_signal(tag: str, signal: str | None):
    found = load("battery").match(tag)
    assert (found.id if found else None) == signal


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ("ucum: Cel", "ucum: Celsius", 9, "signals.0.ucum is not a UCUM code: Celsius."),
        ("ucum: Cel", "ucum: °C", 9, "signals.0.ucum writes °C for Cel."),
        ("    ko: 온도\n", "", 6, "signals.0 lacks its words in ko."),
        ("rate: 1", "rate: often", 10, "signals.0.rate is not a number: 'often'."),
        ("rate: 1", "rate: true", 10, "signals.0.rate is not a number: True."),
        ("rate: 1", "speed: 1", 10, "signals.0.speed is not a field of the format."),
        (", source: the maker's sheet", "", 12, "signals.0.limit lacks the field source."),
        ("source: the maker's sheet", 'source: " "', 12, "signals.0.limit.source is empty."),
        ("[0, 1400]", "[1400, 0]", 11, "signals.0.range is not [low, high]."),
        ("id: kiln", "id: oven", 1, "id is not the folder's name: oven."),
        (GOOD[GOOD.index("signals:") :], "signals: {}", 5, "signals is not a list."),
        ("[0, 1400]", "[0, 1400", 12, "this is not YAML"),
        ("signals:\n", "needs: [smoke]\nsignals:\n", 5, "needs.0 is no signal: smoke."),
        (
            "signals:\n",
            DERIVED.format("[smoke]", ", source: x") + "signals:\n",
            5,
            "formula is no signal: smoke.",
        ),
        ("signals:\n", DERIVED.format("[heat]", "") + "signals:\n", 5, "derived.0 lacks the field source."),
        (GOOD, "", 1, "pack lacks its words in ko."),
        (GOOD, "- id: kiln", 1, "pack is not a mapping of fields."),
        ("limit: {", "limit: [", 12, "this is not YAML"),
    ],
)
def test_a_broken_pack_is_told_its_line_and_field(tmp_path, was: str, becomes: str, line: int, says: str):
    path = written(tmp_path, GOOD.replace(was, becomes))
    with use_language("en"), pytest.raises(PackProblem) as refused:
        read(path)
    assert f"pack.yaml, line {line}: " in refused.value.message
    assert says in refused.value.message


def test_an_id_may_stand_once(tmp_path):
    signal = GOOD.partition("signals:\n")[2]
    with pytest.raises(PackProblem, match=r"signals\.1\.id is there twice: heat"), use_language("en"):
        read(written(tmp_path, GOOD + signal))


def test_a_refusal_speaks_korean_too(tmp_path):
    path = written(tmp_path, GOOD.replace("rate: 1", "rate: often"))
    with pytest.raises(PackProblem) as refused, use_language("ko"):
        read(path)
    with use_language("ko"):
        assert "10행: signals.0.rate은(는) 수가 아닙니다" in str(refused.value)


def test_a_good_pack_reads_as_it_is_written(tmp_path):
    pack = read(written(tmp_path, GOOD))
    assert pack.name == Text(en="Kiln", ko="가마")
    heat = pack.signal("heat")
    assert heat is not None
    assert heat.limit is not None
    assert (heat.limit.low, heat.limit.high) == (float("-inf"), 1300.0)
    assert pack.signal("smoke") is None


def test_a_pack_of_another_wheel_is_found_by_its_entry_point(tmp_path, monkeypatch):
    (tmp_path / "kilns" / "kiln").mkdir(parents=True)
    (tmp_path / "kilns" / "kiln" / "pack.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "kilns" / "kiln" / "__init__.py").touch()
    (tmp_path / "kilns" / "__init__.py").touch()
    wheel = tmp_path / "kilns-1.dist-info"
    wheel.mkdir()
    (wheel / "METADATA").write_text("Metadata-Version: 2.1\nName: kilns\nVersion: 1\n")
    (wheel / "entry_points.txt").write_text("[dure.packs]\nkiln = kilns.kiln\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    assert load("kiln").name.en == "Kiln"


def test_an_unknown_pack_is_refused_with_those_there_are():
    with (
        use_language("en"),
        pytest.raises(PackUnknown, match=r"no pack called steel\. Installed packs: .*battery"),
    ):
        load("steel")
