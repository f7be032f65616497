"""Sound from FFmpeg over TCP and in growing WAV files: the promise, times, gaps, kills, and malformed files."""

import asyncio
import io
import random
import signal
import socket
import subprocess
import threading
import time
import wave
from contextlib import suppress

import numpy as np
import pytest

from dure.plant.connect import AddressRefused, Place, Source, SourceUnreachable, add_source
from dure.plant.connect.check import World, check
from dure.plant.connect.sound import Sound, SoundSettings
from dure.plant.connect.sound.pieces import piece
from dure.plant.connect.waveform import Form, WaveRefused, numbers, read_header, wav
from dure.plant.transport import Content, Reference
from dure.vocabulary import Sample

RATE = 12_000


@pytest.fixture(scope="session")
def hum(recorded, tmp_path_factory):
    """A bearing's recorded vibration as a sound: 10 s of 16 bits at 12 kHz, written by Python's own wave."""
    import polars as pl

    values = pl.read_parquet(recorded / "bearing-cwru" / "normal_0_97.parquet")["DE_time"].to_numpy()[
        : 10 * RATE
    ]
    file = tmp_path_factory.mktemp("hum") / "hum.wav"
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((values / np.abs(values).max() * 30_000).astype("<i2").tobytes())
    return file


class Senders:
    """To whoever connects an FFmpeg of its own plays a WAV file over and over, as fast as it was recorded."""

    def __init__(self, file, form="s16le"):
        self.words = ["ffmpeg", "-v", "quiet", "-re", "-stream_loop", "-1", "-i", file, "-f", form, "pipe:1"]
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port, self.playing = self.listening.getsockname()[1], []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with suppress(OSError):
            while True:
                link, _ = self.listening.accept()
                with link:
                    self.playing.append(
                        subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=link.fileno())
                    )

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for player in self.playing:
            player.kill()
            player.wait()


@pytest.fixture
def sender(hum):
    made = Senders(hum)
    yield made
    made.close()


def sound(home, url, **settings):
    told = {"rate": RATE, "length": 0.5, "timeout": 5.0, "look": 0.05, "whole": 0.3, **settings}
    return Sound(Place("mic", url, home), SoundSettings(**told))


def references(stored):
    return [(row["time"], Reference.read(row["text"])) for row in stored.rows if row["signal"] == "mic/sound"]


class Seen(float):
    """A measure of which only the sort is known before."""

    def __eq__(self, other):
        return -120.0 < float(other) < 0.0

    __hash__ = float.__hash__


@pytest.mark.peer
def test_a_stream_keeps_the_promise(sender, proxy, home, tmp_path):
    link, nothing = proxy(sender.port), proxy(1)
    world = World(
        open=lambda: sound(home, f"sound+tcp://127.0.0.1:{link.port}", length=0.3),
        nowhere=lambda: sound(home, f"sound+tcp://127.0.0.1:{nothing.port}"),
        known=(Sample("mic/level", 0, Seen()), Sample("mic/band1000", 0, Seen())),
        units={"mic/level": "dB", "mic/centroid": "Hz"},
        leave=link.cut,
        come_back=link.restore,
    )
    asyncio.run(check(world, tmp_path / "log"))
    from plant.connect.conftest import Stored

    kept = references(Stored(tmp_path / "log"))
    assert kept
    assert all(Content(home).verify(one.sha256) for _, one in kept)


@pytest.mark.peer
def test_pieces_of_a_stream_follow_each_other_and_a_kill_leaves_none_without_content(sender, home, collector, stored, wait):  # fmt: skip
    add_source(home, Source("mic", f"sound+tcp://127.0.0.1:{sender.port}", {"rate": RATE, "length": 0.5}))
    for turn in (1, 2):
        running = collector("mic")
        wait(lambda turn=turn: len(references(stored("mic"))) >= 5 * turn)
        running.stop(signal.SIGKILL)
    found = references(stored("mic"))
    assert all(Content(home).verify(one.sha256) for _, one in found)
    steps = np.diff([moment for moment, _ in found]) / 1e9
    assert np.sum(np.abs(steps - 0.5) < 0.05) >= len(steps) - 1  # but for the kill
    form, start, size = read_header(Content(home).get(found[0][1].sha256))
    assert (form, start, size) == (Form("s16", RATE), 44, RATE)
    assert any(gap.filled_by == "permanent" for gap in stored("mic").gaps) or steps.max() < 1.5


def test_a_growing_file_is_cut_where_it_stands_and_each_value_is_kept_once(  # noqa: PLR0917 - fixtures
    hum, home, collector, stored, wait, tmp_path
):
    """The pieces put together are the recording, whatever the writer's and the killer's pace."""
    file, whole = tmp_path / "mic.wav", hum.read_bytes()
    add_source(home, Source("mic", f"sound+file://{file}", {"length": 0.7, "look": 0.05, "whole": 0.5}))
    file.write_bytes(whole[:40] + b"\xff\xff\xff\xff")  # a recorder leaves the size open
    running = collector("mic")
    for start in range(44, len(whole), 30_001):
        with file.open("ab") as out:
            out.write(whole[start : start + 30_001])
        time.sleep(0.1)
        if start == 44 + 3 * 30_001:
            wait(lambda: references(stored("mic")))
            running.stop(signal.SIGKILL)
            running = collector("mic")
    last = len(whole) - 44

    def together():
        kept = dict(references(stored("mic")))
        pieces = [Content(home).get(kept[moment].sha256) for moment in sorted(kept)]
        return b"".join(piece[44 : 44 + read_header(piece)[2]] for piece in pieces)

    wait(lambda: len(together()) >= last)
    assert together() == whole[44:]
    moments = sorted(dict(references(stored("mic"))))  # what was read again after the kill is the same sample
    assert np.allclose(np.diff(moments)[:-1] / 1e9, 0.7)


def test_the_bands_of_a_file_are_those_that_its_rate_can_hold(hum, home):
    found = asyncio.run(sound(home, f"sound+file://{hum}", rate=48_000).browse())
    _, features, _ = piece(hum.read_bytes()[44:], Form("s16", RATE))
    assert [one.name for one in found] == ["sound", *features]


def test_levels_are_those_of_the_recording(hum):
    values = numbers(hum.read_bytes()[44:], Form("s16", RATE))[:, 0]
    from dure.plant.connect.waveform import sound_features

    found = sound_features(values, RATE)
    assert found["level"] == pytest.approx(20 * np.log10(np.std(values)), abs=1e-6)
    assert found["peak"] == pytest.approx(20 * np.log10(30_000 / 32_768), abs=0.01)
    bands = sum(10 ** (found[name] / 10) for name in found if name.startswith("band"))
    assert bands <= 10 ** (found["level"] / 10)
    assert bands > 0.8 * 10 ** (found["level"] / 10)  # the octaves hold nearly all of it


def test_what_is_written_other_programs_read(hum):
    raw = hum.read_bytes()[44:]
    with wave.open(io.BytesIO(wav(raw, Form("s16", RATE)))) as file:
        assert file.readframes(file.getnframes()) == raw
    for kind, width in (("s24", 3), ("s32", 4), ("f32", 4)):
        whole = wav(raw[: 12 * 100 * width], Form(kind, RATE, 2))
        said = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=sample_rate,channels", "-of", "csv=p=0", "-"], input=whole, capture_output=True, check=True)  # fmt: skip
        assert said.stdout.decode().strip() == f"{RATE},2"


@pytest.mark.parametrize("rounds", [3000, pytest.param(200_000, marks=pytest.mark.soak)])
def test_a_damaged_header_is_refused_or_read_within_the_file(hum, rounds):
    chance = random.Random(5)  # noqa: S311 - chance here hides no secret
    whole = hum.read_bytes()[:2000]
    for _ in range(rounds):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(60)] = chance.choice([0, 1, 0xFF, chance.randrange(256)])
        try:
            form, start, _ = read_header(bytes(broken))
        except WaveRefused:
            continue
        assert numbers(bytes(broken[start:]), form).shape[1] == form.channels


def test_addresses_that_lead_nowhere_are_refused(home):
    with pytest.raises(AddressRefused):
        sound(home, "sound+tcp://host")
    with pytest.raises(AddressRefused):
        sound(home, "sound+alsa://-D evil")
    with pytest.raises(SourceUnreachable):
        asyncio.run(sound(home, "sound+file:///nowhere/mic.wav").browse())
    with pytest.raises(SourceUnreachable):
        asyncio.run(sound(home, "sound+alsa://hw:9").browse())
