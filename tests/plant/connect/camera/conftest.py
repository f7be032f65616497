"""Recorded pictures as a stream of GStreamer's RTSP server, and as files that a machine drops."""

import subprocess

import pytest

from dure.plant.connect import Place
from dure.plant.connect.camera import Camera, CameraSettings
from peers.servers import HERE, free_port

SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's own, whose gi knows GStreamer


class Server:
    """GStreamer's RTSP server playing a file."""

    def __init__(self, file, *words):
        self.file, self.words, self.port, self.process = file, words, free_port(), None

    def start(self):
        words = [SYSTEM_PYTHON, HERE / "rtsp_server.py", str(self.port), str(self.file), *self.words]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if self.process.stdout.readline().strip() != "ready":
            pytest.fail("GStreamer's RTSP server did not start: run scripts/test-services", pytrace=False)
        return self

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None


@pytest.fixture(scope="session")
def film(recorded, tmp_path_factory):
    """Recorded cells of a solar module as H.264 in Matroska, two a second, 10 frames a second, for four minutes."""
    folder = tmp_path_factory.mktemp("film")
    cells = sorted((recorded / "pv-el-cells-elpv").glob("*.png"))[:12]
    for number, cell in enumerate(cells):
        (folder / f"{number:02d}.png").symlink_to(cell)
    file = folder / "cells.mkv"
    picture = ["-framerate", "2", "-stream_loop", "40", "-i", str(folder / "%02d.png"), "-vf", "fps=10"]
    coder = [
        "-pix_fmt",
        "yuv420p",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-tune",
        "zerolatency",
        "-g",
        "5",
    ]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *picture, *coder, str(file)], check=True, timeout=60)
    return file


@pytest.fixture
def rtsp(film):
    """Start a server: `rtsp("user", "password", "certificate.pem")`."""
    started = []

    def start(*words):
        started.append(Server(film, *words))
        return started[-1].start()

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def camera(home):
    """A connector: `camera("rtsp://…", period=0.2)`."""

    def make(url, *, secret=None, **settings):
        told = CameraSettings(**{"period": 0.2, "timeout": 5.0, "settle": 0.0, **settings})
        return Camera(Place("eye", url, home, secret), told)

    return make
