"""Every equipment template keeps the format, its formulas hold in the formula language, and units are minded."""

from pathlib import Path

import pytest

from dure.science.formula import FUNCTIONS, Kind, parse
from dure.science.packs import Template, TemplateUnknown, load_template, templates
from dure.science.prepare import Recipe, read
from dure.vocabulary import Permit, convert, same_kind, ucum

MACHINE = [
    "Air temperature [K]",
    "Process temperature [K]",
    "Rotational speed [rpm]",
    "Torque [Nm]",
    "Tool wear [min]",
]


@pytest.fixture(params=sorted(templates()))
def template(request: pytest.FixtureRequest) -> Template:
    return load_template(request.param)


def test_a_template_speaks_both_languages_and_writes_ucum(template: Template):
    assert template.id in templates()
    for part in (template, *template.signals, *template.features):
        assert part.name.ko
        assert part.name.en
        assert part.name.ko != part.name.en
    for part in (*template.signals, *template.features):
        assert ucum(part.ucum) == part.ucum


def test_a_feature_is_made_of_signals_that_the_template_names(template: Template):
    known = {signal.id for signal in template.signals}
    for feature in template.features:
        assert feature.needs
        assert set(feature.needs) <= known
        assert feature.source


def test_a_feature_has_the_unit_that_its_formula_gives(template: Template):
    many = {signal.id for signal in template.signals if signal.many}
    schema = {signal.id: Kind("number", signal.ucum) for signal in template.signals}
    schema |= {f"{name} 2": schema[name] for name in many}
    for feature in template.features:
        written = feature.formula
        for name in many:
            written = written.replace(f"[{name}]", f"[{name}],[{name} 2]")
        kind = parse(written).checked(schema, FUNCTIONS).kind
        assert kind.type == "number"
        assert same_kind(kind.unit or "1", feature.ucum), (feature.id, kind.unit)
        assert convert(1.0, kind.unit or "1", feature.ucum) == pytest.approx(1.0, rel=1e-12)


def test_a_milling_machine_gets_power_strain_and_rise(recorded: Path):
    table = read([recorded / "ai4i2020-synthetic" / "ai4i2020.csv.gz"]).frame.head(500)
    steps = load_template("rotating_machine").features_for(table.columns)
    recipe = Recipe.from_dict({"version": 1, "steps": [dict(step) for step in steps]})
    made = recipe.fit(table.select(MACHINE), Permit.own(["ai4i"])).transform(table.select(MACHINE))
    first = made.row(0, named=True)
    assert first["power"] == pytest.approx(42.8 * 1551 * 2 * 3.141592653589793 / 60)
    assert first["temperature_difference"] == pytest.approx(308.6 - 298.1)
    assert first["strain"] == 0.0


def test_another_unit_of_the_same_kind_is_converted_and_another_kind_is_left_alone():
    machine = load_template("rotating_machine")
    units = {"speed": "rad/s", "torque": "kN.m", "wear": "bar"}
    steps = {
        step["column"]: step["formula"]
        for step in machine.features_for(
            ["Rotational speed", "Motor torque", "Tool wear"],
            {"Motor torque": units["torque"], "Tool wear": units["wear"]},
        )
    }
    assert 'CONVERT([Motor torque],"kN.m","N.m")' in steps["power"]
    assert "strain" not in steps


def test_zones_are_compared_only_where_there_are_two(recorded: Path):
    thermal = load_template("thermal")
    assert not thermal.features_for(["Zone temp 1"])
    (spread,) = thermal.features_for(["Zone temp 1", "Zone temp 2", "Zone temp 3"])
    assert (
        spread["formula"]
        == "=MAX([Zone temp 1],[Zone temp 2],[Zone temp 3])-MIN([Zone temp 1],[Zone temp 2],[Zone temp 3])"
    )
    casting = read([recorded / "die-casting-kr" / "train_group_8412.csv.gz"]).frame.columns
    assert "upper_mold_temp2" in load_template("forming").columns(casting)["mould_zones"]


def test_of_two_columns_the_plainer_one_is_the_signal(recorded: Path):
    dryer = read([recorded / "process-openmv" / "batch_dryer.csv.gz"]).frame.columns
    assert load_template("batch").columns(dryer)["jacket"] == ("JacketTemperature",)


def test_a_table_about_something_else_gets_nothing(template: Template):
    assert template.features_for(["order", "customer", "remark"]) == ()


def test_an_unknown_template_names_those_there_are():
    with pytest.raises(TemplateUnknown, match="rotating_machine"):
        load_template("press")
