"""REST against an interface of another runtime: what is read, followed, waited for and refused."""

import asyncio
import json
import time

import pytest

from dure.plant.connect import (
    AddressRefused,
    AuthorityUnknown,
    CredentialsRefused,
    PasswordInTheClear,
    SettingRefused,
    SourceLost,
    SourceOdd,
    SourceSilent,
    SourceUnreachable,
)
from dure.plant.connect.check import World, check
from dure.plant.connect.polling import TagTableRefused
from dure.vocabulary import Quality, Sample
from plant.connect.modbus.test_lines import certificate  # noqa: F401 - a fixture
from plant.connect.rest.conftest import Kept

pytestmark = pytest.mark.peer
SECOND = 10**9
START = 1767225600 * SECOND  # 2026-01-01
LONG = {"names": "sensor", "time": "at"}
NOW = {"records": "$.data[*]", "names": "$.tag", "unit": "unit"}


async def used(connector, do):
    try:
        return await do(connector)
    finally:
        await connector.close()


async def followed(connector, sink, enough):
    """Subscribe until `enough()`."""
    following = asyncio.create_task(connector.subscribe((), sink))
    end = time.monotonic() + 15
    while not enough() and not following.done() and time.monotonic() < end:  # noqa: ASYNC110 - the peer does not tell
        await asyncio.sleep(0.02)
    following.cancel()
    (outcome,) = await asyncio.gather(following, return_exceptions=True)
    if isinstance(outcome, Exception):
        raise outcome
    assert enough()


def test_rest_keeps_the_promise(interface, rest, proxy, tmp_path):
    link = proxy(interface().port)
    nothing = proxy(1)
    settings = {
        **LONG,
        "quality": "quality",
        "tags": "id,address,type,unit\nvalue,value,,kPa\nlot,lot,string(20),\n",
    }
    world = World(
        open=lambda: rest(link.port, "/since?from={since}", **settings),
        nowhere=lambda: rest(nothing.port, "/since?from={since}", **settings),
        known=(
            Sample("mes/오븐/value", START + SECOND, 0.5),
            Sample("mes/press/value", START + 2 * SECOND, 1.0),
            Sample("mes/press/lot", START + 4 * SECOND, text="LOT-4"),
            Sample("mes/오븐/value", START + 5 * SECOND, 2.5, quality=Quality.BAD),
        ),
        units={"mes/press/value": "kPa"},
        leave=link.cut,
        come_back=link.restore,
    )
    asyncio.run(check(world, tmp_path / "log"))


def test_an_answer_of_present_values_is_browsed_and_read(interface, rest):
    async def visit(connector):
        facts = await connector.identify()
        signals = await connector.browse(10)
        return facts, signals, await connector.read(signals)

    facts, signals, samples = asyncio.run(used(rest(interface().port, "/now", **NOW), visit))
    assert facts == {"product": "peer/1", "version": "", "security": "none"}
    assert [(one.id, one.unit, one.kind) for one in signals] == [("mes/temperature", "Cel", "number"), ("mes/state", "", "text"), ("mes/broken", "", "number")]  # fmt: skip
    assert (samples[0].value, samples[1].text, samples[2].quality) == (21.5, "가동", Quality.BAD)


def test_csv_is_read_like_json(interface, rest):
    connector = rest(interface().port, "/csv", **LONG)
    samples = asyncio.run(used(connector, browsed))
    assert samples["mes/press"].value == 2.0
    assert samples["mes/press"].time == START + 4 * SECOND
    assert samples["mes/press/lot"].text == "LOT-4"


async def browsed(connector):
    return {sample.signal: sample for sample in await connector.read(await connector.browse(100))}


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        ("/since?from={since}", {}),
        ("/after?id={key}", {"key": "id"}),
        ("/paged", {"cursor": "cursor"}),
        ("/linked", {}),
    ],
)
def test_nothing_passes_by_and_nothing_comes_twice(interface, rest, path, settings):
    server = interface(records=50, page=7)
    sink = Kept()
    connector = rest(server.port, path, tags="id,address\nvalue,value\n", **LONG, **settings)

    async def live(connector):
        await followed(connector, sink, lambda: len(sink.rows) >= 50)
        server.say("add 40")
        await followed(connector, sink, lambda: len(sink.rows) >= 90)
        await asyncio.sleep(0.3)

    asyncio.run(used(connector, live))
    assert sorted(row[2] for row in sink.rows) == [n / 2 for n in range(1, 91)]
    assert sink.gaps == []


def test_a_new_collector_goes_on_where_the_last_one_stood(interface, rest, tmp_path, home):
    server = interface(records=20, log=str(tmp_path / "asked.jsonl"))
    question = {"path": "/since?from={since}", "tags": "id,address\nvalue,value\n", **LONG}
    one, other, book = Kept(), Kept(), home / "run" / "collector-mes.rest.json"
    asyncio.run(
        used(
            rest(server.port, **question),
            lambda c: followed(c, one, lambda: len(one.rows) == 20 and book.exists()),
        )
    )
    server.say("add 5")
    asyncio.run(
        used(rest(server.port, **question), lambda c: followed(c, other, lambda: len(other.rows) >= 6))
    )
    assert {row[2] for row in other.rows} == {10.0, 10.5, 11.0, 11.5, 12.0, 12.5}
    asked = [json.loads(line)["url"] for line in (tmp_path / "asked.jsonl").read_text().splitlines()]
    assert asked[0] == "/since?from=1970-01-01T00:00:00.000000Z"
    assert "/since?from=2026-01-01T00:00:20.000000Z" in asked


def test_what_passed_by_while_nobody_asked_is_a_gap(interface, rest):
    server = interface(records=5)
    connector = rest(server.port, "/last", tags="id,address\nvalue,value\n", **LONG)
    sink = Kept()

    async def live(connector):
        await followed(connector, sink, lambda: len(sink.rows) == 3)
        server.say("add 10")
        await followed(connector, sink, lambda: len(sink.rows) == 6)

    asyncio.run(used(connector, live))
    (gap,) = sink.gaps
    assert (gap.start, gap.end, gap.filled_by) == (START + 5 * SECOND, START + 13 * SECOND, "permanent")


def test_an_unchanged_answer_is_asked_for_by_its_etag(interface, rest, tmp_path):
    server = interface(log=str(tmp_path / "asked.jsonl"))
    sink = Kept()
    log = tmp_path / "asked.jsonl"
    log.touch()
    asyncio.run(
        used(
            rest(server.port, "/last", **LONG),
            lambda c: followed(c, sink, lambda: len(log.read_text().splitlines()) > 2),
        )
    )
    assert json.loads(log.read_text().splitlines()[1])["headers"]["if-none-match"] == '"5"'
    assert len(sink.rows) == 3 * 4


def test_a_server_that_asks_for_patience_gets_it(interface, rest):
    server = interface()
    server.say("patience 1")
    sink = Kept()
    began = time.monotonic()
    asyncio.run(used(rest(server.port, "/now", **NOW), lambda c: followed(c, sink, lambda: sink.rows)))
    assert 1.0 <= time.monotonic() - began < 6.0


def test_the_secret_goes_to_its_own_host_only_and_never_in_the_clear(interface, rest, tmp_path):
    log = tmp_path / "elsewhere.jsonl"
    other = interface(log=str(log))
    server = interface(token="s3cret")
    path = f"/elsewhere?port={other.port}"
    with pytest.raises(PasswordInTheClear):
        asyncio.run(used(rest(server.port, path, secret="s3cret", token="bearer"), browsed))
    asyncio.run(
        used(rest(server.port, path, secret="s3cret", token="bearer", clear_password=True, **NOW), browsed)
    )
    (asked,) = [json.loads(line) for line in log.read_text().splitlines()][:1]
    assert "authorization" not in asked["headers"]


@pytest.mark.parametrize("settings", [{"token": "bearer", "secret": "wrong"}, {"token": "bearer"}, {}])
def test_a_wrong_secret_is_refused_and_not_shown(interface, rest, settings):
    connector = rest(interface(token="s3cret").port, "/now", clear_password=True, **settings)
    with pytest.raises(CredentialsRefused) as refusal:
        asyncio.run(used(connector, browsed))
    assert "wrong" not in str(refusal.value)


@pytest.mark.parametrize(
    ("path", "refusal", "says"),
    [
        ("/around", SourceOdd, "more than 3 redirects"),
        ("/absent", SourceOdd, "HTTP 404"),
        ("/bomb", SourceOdd, "the answer is larger than 1 MB"),
        ("/deep", SourceOdd, "it is no JSON"),
        ("/page", SourceOdd, "it is no JSON"),
        ("/slow", SourceSilent, "did not answer within 0.3 s"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused_in_one_sentence(interface, rest, path, refusal, says):
    connector = rest(interface().port, path, largest=1.0, timeout=0.3 if path == "/slow" else 5.0)
    with pytest.raises(refusal, match=says):
        asyncio.run(used(connector, browsed))


def test_a_redirect_is_followed(interface, rest):
    assert (
        asyncio.run(used(rest(interface().port, "/moved", **NOW), browsed))["mes/temperature"].value == 21.5
    )


def test_tls_is_verified_with_the_plant_s_own_authority_and_not_left(interface, rest, certificate):  # noqa: F811 - the fixture
    port = interface(certificate=str(certificate / "both.pem")).port
    tls = {"scheme": "https", "host": "localhost", "ca": str(certificate / "device.pem")}
    assert asyncio.run(used(rest(port, "/now", **NOW, **tls), browsed))["mes/temperature"].value == 21.5
    with pytest.raises(AuthorityUnknown, match="cannot be verified: self"):
        asyncio.run(used(rest(port, "/now", scheme="https", host="localhost"), browsed))
    with pytest.raises(AuthorityUnknown, match="mismatch"):
        asyncio.run(used(rest(port, "/now", **{**tls, "host": "127.0.0.1"}), browsed))
    with pytest.raises(SourceOdd, match="without encryption"):
        asyncio.run(used(rest(port, "/plain", **tls), browsed))


def test_a_server_that_is_not_there_and_one_that_closes_are_told_apart(rest, proxy):
    with pytest.raises(SourceUnreachable):
        asyncio.run(used(rest(1, "/now"), browsed))
    with pytest.raises(SourceLost):
        asyncio.run(used(rest(proxy(1).port, "/now"), browsed))


@pytest.mark.parametrize(
    ("settings", "refusal", "says"),
    [
        ({"time": "$.a[?(@.b)]"}, SettingRefused, "time"),
        ({"zone": "Mars"}, SettingRefused, "zone"),
        ({"tags": "id,address\na,$..b\n"}, TagTableRefused, "line 2: “\\$..b” is no path"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_before_anything_is_asked(rest, settings, refusal, says):
    with pytest.raises(refusal, match=says):
        asyncio.run(used(rest(1, "/now", **settings), browsed))
    with pytest.raises(AddressRefused):
        asyncio.run(used(rest(1, "/now", scheme="ftp"), browsed))
