"""Bursts of recorded bearings: from files of two rigs and from FFmpeg over TCP; triggers, kills, malformed files."""

import asyncio
import random
import shutil
import signal
import time

import numpy as np
import pytest

from dure.plant.connect import AddressRefused, Place, SettingRefused, Source, add_source
from dure.plant.connect.check import World, check
from dure.plant.connect.pcm import SampleClock
from dure.plant.connect.wave import Wave, WaveSettings
from dure.plant.connect.wave.bursts import Ring
from dure.plant.connect.wave.recordings import recording
from dure.plant.connect.waveform import WaveRefused, numbers, read_header
from dure.plant.transport import Content, Reference, SegmentLog, batch
from dure.vocabulary import Sample
from plant.connect.sound.test_sound import RATE, Senders, hum  # noqa: F401 - a fixture


def wave(home, url, **settings):
    return Wave(
        Place("rig", url, home), WaveSettings(**{"look": 0.05, "settle": 0.0, "timeout": 5.0, **settings})
    )


def references(stored, channel):
    rows = [row for row in stored.rows if row["signal"] == f"rig/{channel}/wave"]
    return {row["time"]: Reference.read(row["text"]) for row in rows}


def values_of(home, reference):
    whole = Content(home).get(reference.sha256)
    form, start, size = read_header(whole)
    return numbers(whole[start : start + size], form)[:, 0], form.rate


def test_the_recorded_bearings_of_mfpt_are_read_with_rate_speed_and_load(recorded):
    content = (recorded / "bearing-mfpt" / "InnerRaceFault_vload_1.mat").read_bytes()
    found = recording("InnerRaceFault_vload_1.mat", content, WaveSettings())
    assert found.rate == 48_828
    assert found.speed == 25.0
    assert list(found.channels) == ["gs"]
    assert len(found.channels["gs"]) > 100_000
    assert found.facts["bpfi"] == 118.875


def test_a_worn_race_is_seen_in_kurtosis_and_crest(recorded, home, collector, stored, wait, tmp_path):  # noqa: PLR0917 - fixtures
    """Kurtosis of the good bearing is that of noise; of a damaged outer race it is far above."""
    folder = tmp_path / "rig"
    folder.mkdir()
    for name in ("normal_0_97", "12k_Drive_End_OR007@6_0_130", "12k_Drive_End_IR007_0_105"):
        shutil.copy(recorded / "bearing-cwru" / f"{name}.parquet", folder / f"{name}.parquet")
    add_source(home, Source("rig", f"wave+file://{folder}", {"settle": 0.0, "look": 0.1, "pattern": "{part}.*", "samples": 60_000}))  # fmt: skip
    collector("rig")
    wait(lambda: {one.more["part"] for one in references(stored("rig"), "DE_time").values()} == {"normal_0_97", "12k_Drive_End_OR007@6_0_130", "12k_Drive_End_IR007_0_105"})  # fmt: skip
    wait(lambda: len((home / "run/collector-rig.waves").read_text().splitlines()) == 3)
    rows = stored("rig").rows
    part_at = {time: one.more["part"] for time, one in references(stored("rig"), "DE_time").items()}
    kurtosis = {}
    for row in rows:
        if row["signal"] == "rig/DE_time/kurtosis":
            kurtosis.setdefault(part_at[row["time"]], []).append(row["value"])
    assert 2.5 < np.median(kurtosis["normal_0_97"]) < 3.5
    assert np.median(kurtosis["12k_Drive_End_OR007@6_0_130"]) > 5
    assert np.median(kurtosis["12k_Drive_End_IR007_0_105"]) > 4
    import polars as pl

    whole = pl.read_parquet(folder / "normal_0_97.parquet")["DE_time"].to_numpy()
    kept = [values_of(home, one)[0] for _, one in sorted(references(stored("rig"), "DE_time").items()) if one.more["part"] == "normal_0_97"]  # fmt: skip
    joined = np.concatenate(kept)
    assert len(whole) - len(joined) < 64
    assert np.array_equal(joined, whole[: len(joined)].astype(np.float32).astype(np.float64))


class Seen(float):
    """A measure of which only the sort is known before."""

    def __eq__(self, other):
        return 0.0 < float(other) < 100.0

    __hash__ = float.__hash__


def test_a_folder_keeps_the_promise(recorded, home, tmp_path):
    folder, away = tmp_path / "rig", tmp_path / "away"
    folder.mkdir()
    shutil.copy(recorded / "bearing-mfpt" / "OuterRaceFault_vload_1.mat", folder / "b_20260102030405.mat")
    told = {"pattern": "{part}_{time}.mat", "samples": 0}
    world = World(
        open=lambda: wave(home, f"wave+file://{folder}", **told),
        nowhere=lambda: wave(home, "wave+file:///nowhere", **told),
        known=(
            Sample("rig/gs/rms", 1_767_323_045 * 10**9, Seen()),
            Sample("rig/gs/kurtosis", 1_767_323_045 * 10**9, Seen()),
        ),
        units={"rig/gs/rms": "g", "rig/gs/crest": "1"},
        leave=lambda: folder.rename(away),
        come_back=lambda: away.rename(folder),
    )
    asyncio.run(check(world, tmp_path / "log"))


@pytest.mark.peer
def test_a_stream_keeps_the_promise(hum, proxy, home, tmp_path):  # noqa: F811
    senders = Senders(hum, "f32le")
    link, nothing = proxy(senders.port), proxy(1)
    told = {"rate": RATE, "samples": 2048, "every": 0.3, "channels": "DE"}
    world = World(
        open=lambda: wave(home, f"wave+tcp://127.0.0.1:{link.port}", **told),
        nowhere=lambda: wave(home, f"wave+tcp://127.0.0.1:{nothing.port}", **told),
        known=(Sample("rig/DE/rms", 0, Seen()), Sample("rig/DE/crest", 0, Seen())),
        units={"rig/DE/rms": "g"},
        leave=link.cut,
        come_back=link.restore,
    )
    try:
        asyncio.run(check(world, tmp_path / "log"))
    finally:
        senders.close()


@pytest.mark.peer
def test_a_burst_is_cut_about_its_trigger_and_none_is_left_without_content(
    hum,  # noqa: F811
    home,
    collector,
    stored,
    wait,
):
    senders = Senders(hum, "f32le")
    told = {"rate": RATE, "samples": 3000, "before": 1000, "channels": "DE", "trigger": "signal:plc/InPlace", "part_from": "plc/Part", "speed_from": "plc/Speed", "late": 5}  # fmt: skip
    add_source(home, Source("rig", f"wave+tcp://127.0.0.1:{senders.port}", told))
    (home / "segments").mkdir(parents=True)
    try:
        with SegmentLog(home / "segments/plc") as log:

            def say(place, part):
                now = time.time_ns()
                rows = [
                    Sample("plc/Part", now, text=part),
                    Sample("plc/Speed", now, 1797.0),
                    Sample("plc/InPlace", now, place),
                ]
                log.append(batch(rows, received=now))
                return now

            moments = {}
            for part in ("A-1", "A-2"):
                say(0.0, part)
                began = time.time()
                running = collector("rig")
                wait(lambda one=running, began=began: one.status()["state"] == "collecting" and one.status()["told"] > began)  # fmt: skip
                time.sleep(1.0)
                moments[part] = say(1.0, part)
                wait(lambda part=part: any(one.more.get("part") == part for one in references(stored("rig"), "DE").values()))  # fmt: skip
                running.stop(signal.SIGKILL)
    finally:
        senders.close()
    found = references(stored("rig"), "DE")
    assert {one.more["part"]: one.more["trigger"] for one in found.values()} == moments
    for moment, one in found.items():
        values, rate = values_of(home, one)
        assert (len(values), rate, one.more["unit"], one.more["speed"]) == (3000, RATE, "g", 1797.0)
        assert (one.more["trigger"] - moment) / 1e9 == pytest.approx(1000 / RATE, abs=0.002)


@pytest.mark.peer
def test_a_level_that_is_crossed_takes_a_burst(hum, home, collector, stored, wait):  # noqa: F811
    senders = Senders(hum, "f32le")
    told = {"rate": RATE, "samples": 1200, "before": 200, "channels": "DE", "level": 0.8}
    add_source(home, Source("rig", f"wave+tcp://127.0.0.1:{senders.port}", told))
    try:
        collector("rig")
        wait(lambda: len(references(stored("rig"), "DE")) >= 2)
    finally:
        senders.close()
    for moment, one in references(stored("rig"), "DE").items():
        values, _ = values_of(home, one)
        assert abs(values[200]) > 0.8
        assert abs(values[199]) <= 0.8
        assert one.more["trigger"] > moment


def test_a_ring_gives_what_it_still_has():
    ring = Ring(SampleClock(1000.0), 500)
    for start in range(0, 2000, 100):
        ring.add(np.arange(start, start + 100, dtype=float).reshape(-1, 1), (start + 100) * 10**6)
    assert ring.cut(1700, 200).values[:, 0].tolist() == list(range(1700, 1900))
    assert ring.cut(1700, 200).time == pytest.approx(1700 * 10**6, abs=2)
    assert ring.cut(100, 10) is None
    assert ring.cut(1900, 200) is None
    assert ring.number_at(1_750 * 10**6) == 1750


@pytest.mark.parametrize("rounds", [150, pytest.param(20_000, marks=pytest.mark.soak)])
def test_damaged_recordings_are_refused(rounds):
    chance = random.Random(6)  # noqa: S311 - chance here hides no secret
    import io

    from scipy.io import savemat

    small = io.BytesIO()
    savemat(
        small, {"bearing": {"sr": 12_000, "gs": np.sin(np.arange(500.0)), "rate": 25}}, do_compression=True
    )
    csv = "t,x\n" + "\n".join(f"{n / 1000},{n % 7}" for n in range(300))
    files = {"a.mat": small.getvalue(), "a.csv": csv.encode()}
    assert recording("a.csv", files["a.csv"], WaveSettings()).rate == pytest.approx(1000)
    assert recording("a.mat", files["a.mat"], WaveSettings()).speed == 25
    for _ in range(rounds):
        name = chance.choice(list(files))
        broken = bytearray(files[name])
        for _ in range(chance.randint(1, 20)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            found = recording(name, bytes(broken), WaveSettings())
        except WaveRefused:
            continue
        assert all(np.isfinite(values).all() for values in found.channels.values())


def test_a_file_that_would_fill_the_memory_is_refused():
    import io

    from scipy.io import savemat

    packed = io.BytesIO()
    savemat(packed, {"x": np.zeros(2_000_000)}, do_compression=True)
    assert len(packed.getvalue()) < 100_000
    with pytest.raises(WaveRefused, match="too large unpacked"):
        recording("a.mat", packed.getvalue(), WaveSettings(largest=1.0))


def test_what_cannot_be_done_is_refused_with_the_way_out(home):
    with pytest.raises(SettingRefused):
        wave(home, "wave+tcp://127.0.0.1:5000", bands="10-5")
    with pytest.raises(SettingRefused):
        wave(home, "wave+tcp://127.0.0.1:5000", samples=0)
    with pytest.raises(SettingRefused):
        wave(home, "wave+tcp://127.0.0.1:5000", trigger="signal:none")
    with pytest.raises(AddressRefused):
        wave(home, "wave+file:///data", trigger="file:/x")
