"""The newest pictures, sounds and waves of a signal, and the contents themselves, from a real historian."""

import time

import numpy as np
import pytest

from dure.node import introductions
from dure.plant.connect import float_wav
from dure.plant.inventory.waves import curve_of
from dure.plant.transport import Content, SegmentLog, batch
from dure.vocabulary import Sample
from machines.historian_process import historian_process

pytestmark = pytest.mark.django_db


@pytest.fixture
def collected(home, recorded):
    """Six recorded cells, a recorded burst and a level, in the home's logs and in its historian."""
    import polars as pl

    content, now = Content(home), time.time_ns()
    cells = sorted((recorded / "pv-el-cells-elpv").glob("*.png"))[:6]
    (home / "segments").mkdir(parents=True)
    pictures = [content.put(cell.read_bytes(), "image/png", source="eye", part=f"A-{n}", width=300, height=300) for n, cell in enumerate(cells)]  # fmt: skip
    burst = pl.read_parquet(recorded / "bearing-cwru" / "normal_0_97.parquet")["DE_time"].to_numpy()[:6000]
    wave = content.put(float_wav(burst, 12_000), "audio/wav", source="rig", part="B-7", rate=12_000, unit="g")
    with SegmentLog(home / "segments/eye") as log:
        log.append(batch([Sample("eye/picture", now - (10 - n) * 10**9, text=one.text) for n, one in enumerate(pictures)], received=now))  # fmt: skip
    with SegmentLog(home / "segments/rig") as log:
        log.append(batch([Sample("rig/DE/wave", now - 60 * 10**9, text=wave.text), Sample("rig/DE/rms", now, 0.07)], received=now))  # fmt: skip
    with historian_process(home) as historian:
        end = time.monotonic() + 20
        while len(historian.signals()) < 3 and time.monotonic() < end:
            time.sleep(0.05)
        introductions.historian.cache_clear()  # of the home of an earlier test
        yield {"pictures": pictures, "wave": wave, "bytes": [cell.read_bytes() for cell in cells]}
    introductions.historian.cache_clear()


def test_an_engineer_sees_the_newest_pictures_and_keeps_one(client, kim, collected, home):
    client.force_login(kim)
    page = client.get("/data/content/")
    words = page.content.decode()
    assert page.status_code == 200
    assert words.count("<img") == 6
    assert words.index("A-5") < words.index("A-0")
    assert "rig/DE/wave" in words
    assert "rig/DE/rms" not in words
    name = collected["pictures"][2].sha256
    found = client.get(f"/data/content/{name}/")
    assert found.content == collected["bytes"][2]
    assert (found["Content-Type"], found["X-Content-Type-Options"]) == ("image/png", "nosniff")
    client.post(f"/data/content/{name}/hold/", {"keep": "yes", "signal": "eye/picture"})
    assert Content(home).is_held(name)
    client.post(f"/data/content/{name}/hold/", {"keep": "no", "signal": "eye/picture"})
    assert not Content(home).is_held(name)
    Content(home).path(name).write_bytes(b"changed")
    assert client.get(f"/data/content/{name}/").status_code == 404


def test_a_wave_is_drawn_and_can_be_heard(client, kim, collected):
    client.force_login(kim)
    words = client.get("/data/content/", {"source": "rig"}).content.decode()
    assert "<polygon" in words
    assert "<audio" in words
    assert "B-7" in words
    sound = client.get(f"/data/content/{collected['wave'].sha256}/")
    assert sound["Content-Type"] == "audio/wav"


def test_a_worker_and_a_stranger_see_nothing_of_it(client, worker, collected):
    name = collected["pictures"][0].sha256
    for _ in range(2):
        for path in ("/data/content/", f"/data/content/{name}/"):
            assert client.get(path).status_code in (302, 403)
        assert client.post(f"/data/content/{name}/hold/", {"keep": "yes"}).status_code in (302, 403)
        client.force_login(worker)


def test_what_is_no_picture_is_only_taken_away(client, kim, home):
    client.force_login(kim)
    name = Content(home).put(b"<script>alert(1)</script>", "text/html").sha256
    found = client.get(f"/data/content/{name}/")
    assert found["Content-Type"] == "application/octet-stream"
    assert "attachment" in found["Content-Disposition"]
    assert client.get("/data/content/secret/").status_code == 404


def test_a_curve_holds_the_extremes_of_every_stretch():
    values = np.zeros((10_000, 1))
    values[1234], values[8000] = 3.0, -4.0
    curve = curve_of(float_wav(values, 1000))
    assert (curve.seconds, curve.most) == (10.0, 4.0)
    heights = [float(point.split(",")[1]) for point in curve.points.split(" ")]
    assert (min(heights), max(heights)) == (13.5, 94.0)
    assert curve_of(b"no wave") is None
