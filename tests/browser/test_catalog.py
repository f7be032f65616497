"""The catalogue in a real browser: found by words and facets, looked at, needed; both languages, narrow and wide, light and dark."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from dure.foundation.parties import Organisation, Person, give_role
from dure.sharing.catalog import Column, DatasetFacts, Event, Measured, Need, PostedNeed, Source, publish
from dure.sharing.catalog.offering import offer_of
from dure.vocabulary import Text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.django_db(transaction=True)]
SCREENS = (("ko", "light", 390), ("en", "dark", 1440), ("ko", "dark", 1440), ("en", "light", 390))
UNITS = {"Temperature": "Cel", "Thermocouple": "Cel", "Pressure": "bar", "Current": "A", "Voltage": "V"}


@pytest.fixture(scope="module", autouse=True)
def driven():
    """The browser's driver runs a loop in this thread, in which Django would refuse to ask its database."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def plant(recorded, home, tmp_path, monkeypatch):
    """An owner, a recorded pump that is offered twice, a drifted copy, a source, needs."""
    del home
    table = pl.read_csv(recorded / "skab" / "valve1" / "1.csv.gz", separator=";")
    place = tmp_path / "pump.parquet"
    table.write_parquet(place)
    shapes = {name: tuple(table[name].hist(bin_count=24)["count"].to_list()) for name in UNITS}
    facts = DatasetFacts(
        "upload:pump", Text("Pump with a closed valve", "밸브 닫힘 펌프 기록"), columns=tuple(
            Column(name, unit=unit, rate=1.0, missing=0.002, shape=shapes[name]) for name, unit in UNITS.items()
        ),
        equipment="pump", equipment_label=Text("Water pump", "급수펌프"), events=(Event("valve", Text("valve closed", "밸브 닫힘"), 401),),
        rows=table.height, start=datetime(2020, 3, 9, 10, tzinfo=UTC), end=datetime(2020, 3, 9, 11, tzinfo=UTC),
        quality=(Measured("missing-values", "completeness", Text("values that are there", "값이 있는 비율"), 0.998, "1", "ISO/IEC 25012"),),
    )  # fmt: skip

    class Shelf:
        def datasets(self):
            yield facts
            yield replace(
                facts, id="equipment:line1/pump", title=Text("Pump 2: 5 signals", "펌프 2: 신호 5개")
            )

        def open(self, _id):
            return place

    monkeypatch.setattr("dure.node.introductions.shelf", Shelf)
    owner = Person.objects.create(username="hana", name="김하나", language="en")
    give_role(owner, "owner", Organisation.objects.create(name="Daon"))
    entry = publish(
        facts, offer_of("use", facts.id, "did:web:daon"), publisher=("did:web:daon", "다온배터리")
    )
    publish(
        replace(
            facts,
            id="upload:copy",
            title=Text("PMP export", "펌프 내보내기"),
            fingerprint="0f" * 32,
            events=(),
        )
    )
    Source.objects.create(key="portal", title="Portal", kind="ckan", address="https://portal.example", failures=2, trouble_en="It answered 500.", trouble_ko="500 상태로 응답했습니다.", tried_at=datetime.now(UTC))  # fmt: skip
    for by in ("did:web:a", "did:web:b"):
        need = Need.of({"columns": [{"name": "토크", "unit": "N.m"}], "events": ["leak"], "rows": 10_000})
        PostedNeed.objects.create(title="누설 학습 데이터", wanted=need.report(), by=by)
    return owner, entry


def test_the_catalogue_is_found_read_and_needed(plant, live_server, client, visitor):
    owner, entry = plant
    client.force_login(owner)
    hana = visitor(live_server.url)
    hana.context.add_cookies(
        [{"name": "dure_session", "value": client.cookies["dure_session"].value, "url": live_server.url}]
    )
    faults: list[str] = []
    need = PostedNeed.objects.first()
    for name, path in (
        ("search", "/catalog/?q=펌프"), ("entry", f"/catalog/{entry.pk}/"), ("offer", "/catalog/offer/"), ("needs", "/catalog/needs/"),
        ("need", f"/catalog/needs/{need.pk}/"), ("need-form", "/catalog/needs/new/"), ("sources", "/catalog/sources/"),
        ("nothing", "/catalog/?q=없는것"),
    ):  # fmt: skip
        hana.open(path)
        look(hana, faults, name)
    hana.open("/catalog/")
    hana.page.fill("#q", "밸브")
    hana.page.wait_for_selector("#found mark, #found h3 >> text=Pump with a closed valve")
    hana.page.get_by_role("link", name="pressure").first.click()
    hana.page.wait_for_selector("a[aria-current=true]")
    hana.open("/catalog/needs/new/")
    hana.fill(columns="Temperature, °C\n토크, N.m", rate="10")
    hana.press("See who nearly has it")
    hana.page.wait_for_selector("text=No column of torque (N.m).")
    hana.open(f"/catalog/{entry.pk}/")
    hana.press("Withdraw")
    hana.page.wait_for_selector("dialog[open]")
    faults += hana.violations()
    hana.page.click("dialog button[value=yes]")
    hana.page.wait_for_selector("text=It is withdrawn.")
    assert faults == []
    assert hana.complaints == []
    assert hana.foreign == []


def look(hana, faults, name):
    """The page on four screens: axe, width, and a picture when asked for."""
    for language, scheme, width in SCREENS:
        hana.speak(language)
        hana.see(width, scheme)
        faults += hana.violations() + hana.too_wide()
        if os.environ.get("LOOK"):
            hana.page.screenshot(
                path=f"{os.environ['LOOK']}/catalog-{name}-{language}-{width}.png", full_page=True
            )
    hana.speak("en")
    hana.see(1440, "light")
