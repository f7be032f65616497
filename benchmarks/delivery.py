"""Throughput of a verified delivery beside a bare file server's; latency and throughput of the tunnel beside none.

    benchmarks/delivery.py [MiB] [rounds] [--nginx]

Same machine, interleaved. The bare transfer is what an HTTP client does: GET to a file, nothing verified. Ours: Django's
view behind granian, chunks verified by SHA-256 and written as a file, or encrypted into the chest. `--nginx` adds a
bare nginx, if there is one on the path.
"""

import asyncio
import json
import os
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

TOKEN, CHUNK = "good", 1 << 20

GRANIAN = """
import sys
from pathlib import Path
from django.conf import settings
settings.configure(ROOT_URLCONF="served_here", ALLOWED_HOSTS=["*"], SECRET_KEY="x", MIDDLEWARE=[], LOGGING_CONFIG=None)
import django; django.setup()
from django.urls import path
from dure.sharing.delivery import FileHeld, chunk_view
held = FileHeld.of(Path(r"%s"), %d)
view = chunk_view(lambda _one: held, lambda request, _one: request.headers.get("Authorization") == "Bearer good")
urlpatterns = [path("data/<transfer>", view), path("data/<transfer>/<what>", view), path("data/<transfer>/<what>/<name>", view)]
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def answers(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("a server did not start")


def bare(port: int, path: str, into: Path) -> float:
    begun = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    with into.open("wb") as file:
        shutil.copyfileobj(answer, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    connection.close()
    return time.perf_counter() - begun


def ours(port: int, into: object) -> float:
    from dure.sharing.delivery import opened_near, receive

    begun = time.perf_counter()
    receive(f"http://127.0.0.1:{port}/data/t1", TOKEN, into, opener=opened_near)
    return time.perf_counter() - begun


def deliveries(folder: Path, size: int, rounds: int, *, nginx: bool) -> None:
    from dure.sharing.delivery import Chest, FileInto

    (folder / "rows").write_bytes(os.urandom(size << 20))
    (folder / "served_here.py").write_text(GRANIAN % (folder / "rows", CHUNK))
    plain, granian, third = free_port(), free_port(), free_port()
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [
        subprocess.Popen([sys.executable, "-m", "http.server", str(plain), "--bind", "127.0.0.1"], cwd=folder, **quiet),
        subprocess.Popen([sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(granian), "--host", "127.0.0.1", "--blocking-threads", "4", "served_here:application"], cwd=folder, env=environment, **quiet),
    ]  # fmt: skip
    if nginx:
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/n.pid; error_log {folder}/n.err; events {{}} http {{ access_log off; sendfile on; "
            f"client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t; uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t; "
            f"server {{ listen 127.0.0.1:{third}; root {folder}; }} }}"
        )
        processes.append(
            subprocess.Popen([shutil.which("nginx") or "nginx", "-c", str(folder / "nginx.conf")], **quiet)
        )
    try:
        for port in (plain, granian, *([third] if nginx else [])):
            answers(port)
        took: dict[str, list[float]] = {}
        for round_ in range(rounds + 1):
            chest = Chest(folder / f"sharing{round_}")
            runs = {
                "bare http.server": lambda: bare(plain, "/rows", folder / "got"),
                **({"bare nginx": lambda: bare(third, "/rows", folder / "got")} if nginx else {}),
                "ours, file": lambda: ours(granian, FileInto(folder / "got")),
                "ours, encrypted": lambda: ours(granian, chest.part("a")),  # noqa: B023 - called in this round
            }
            for name, run in runs.items():
                seconds = run()
                if round_:  # the first warms up
                    took.setdefault(name, []).append(seconds)
            shutil.rmtree(folder / f"sharing{round_}")
        rates = {name: size / statistics.median(seconds) for name, seconds in took.items()}
        for name, rate in rates.items():
            ratios = {peer: round(rate / rates[peer], 2) for peer in rates if peer.startswith("bare")}
            print(f"{name:18s} {rate:7.0f} MiB/s (median of {rounds})  against {ratios}")
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def tunnel(folder: Path, size: int, rounds: int) -> None:
    from dure.sharing.tunnel import (
        Hub,
        Plant,
        admit,
        listening_context,
        plant_certificate,
        public_line,
        signer,
        verifier,
    )

    name = "plant1.hub.example"
    admit(folder, name, public_line(folder))
    payload = bytes(size << 20)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readuntil(b"\n")).strip() == b"small":
            writer.write(b"ok\n")
        writer.write(payload)
        await writer.drain()
        writer.close()

    async def serve_all(ports: list[int], ready: threading.Event) -> None:
        hub = Hub("hub.example", verifier(folder))
        ports.append(hub.listen("127.0.0.1", 0))
        local = await asyncio.start_server(answer, "127.0.0.1", 0)
        to = local.sockets[0].getsockname()
        plant = Plant(("127.0.0.1", ports[0]), name, signer(folder), to, listening_context(folder, name))
        direct = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=listening_context(folder, name))
        ports.append(direct.sockets[0].getsockname()[1])
        task = asyncio.gather(hub.run(), plant.run())
        await asyncio.sleep(1)
        ready.set()
        await task

    ports: list[int] = []
    ready = threading.Event()
    threading.Thread(target=lambda: asyncio.run(serve_all(ports, ready)), daemon=True).start()
    ready.wait(30)
    trust = ssl.create_default_context(cafile=str(plant_certificate(folder, name)[0]))

    def measured(port: int) -> dict[str, float]:
        begun = time.perf_counter()
        sock = trust.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=name)
        opened, trips = time.perf_counter() - begun, []
        for _ in range(200):
            begun = time.perf_counter()
            sock.sendall(b"small\n")
            sock.recv(10)
            trips.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        sock.sendall(b"big\n")
        left = len(payload)
        while left and (part := sock.recv(1 << 18)):
            left -= len(part)
        sock.close()
        return {
            "open_ms": opened * 1e3,
            "trip_ms": statistics.median(trips) * 1e3,
            "MiB_s": size / (time.perf_counter() - begun),
        }

    rows: dict[str, list[dict[str, float]]] = {"through the hub": [], "TLS without it": []}
    for _ in range(rounds):
        for row, port in zip(rows, ports, strict=True):
            rows[row].append(measured(port))
    for row, found in rows.items():
        print(
            row, json.dumps({key: round(statistics.median(one[key] for one in found), 2) for key in found[0]})
        )


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    size, rounds = int(words[0]) if words else 256, int(words[1]) if len(words) > 1 else 5
    print(f"{size} MiB, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        deliveries(Path(folder), size, rounds, nginx="--nginx" in sys.argv)
    with tempfile.TemporaryDirectory() as folder:
        tunnel(Path(folder), min(size, 64), rounds)


if __name__ == "__main__":
    main()
