"""How fast an edge box hands on what it kept while the node was away: days of samples through TLS, forwarder to intake.

.venv/bin/python benchmarks/edge_catch_up.py [HOURS] [SIGNALS]      72 hours of 100 signals at 1 Hz, else as asked
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from dure.plant.edge import invite, join
from dure.plant.edge.certificate import fingerprint_of, node_certificate
from dure.plant.transport import SAMPLE_SCHEMA, SegmentLog

S = 10**9
BEGIN = 1_790_000_000 * S
PORT = 18_442
SECONDS_A_FRAME = 60


def write(folder: Path, hours: int, signals: int) -> tuple[int, float]:
    """A box's log of so many hours: rows, and seconds it took."""
    names = pa.array(np.repeat([f"press/S{n:04d}" for n in range(signals)], SECONDS_A_FRAME))
    count, rng, began = signals * SECONDS_A_FRAME, np.random.default_rng(0), time.monotonic()
    with SegmentLog(folder) as log:
        for frame in range(hours * 3600 // SECONDS_A_FRAME):
            times = BEGIN + (frame * SECONDS_A_FRAME + np.tile(np.arange(SECONDS_A_FRAME), signals)) * S
            columns = [
                names, pa.array(times), pa.array(np.zeros(count, np.int32)), pa.array(rng.normal(20, 1, count).round(3)),
                pa.nulls(count, pa.string()), pa.array(np.zeros(count, np.uint8)), pa.array(times),
            ]  # fmt: skip
            log.append(pa.RecordBatch.from_arrays(columns, schema=SAMPLE_SCHEMA))
    return hours * 3600 * signals, time.monotonic() - began


def main(hours: int = 72, signals: int = 100) -> None:
    with tempfile.TemporaryDirectory() as place:
        node, box = Path(place) / "node", Path(place) / "box"
        certificate, _ = node_certificate(node)
        join(box, invite(node, "box", f"https://127.0.0.1:{PORT}", fingerprint_of(certificate)).line)
        rows, wrote = write(box / "segments/press", hours, signals)
        kept = sum(file.stat().st_size for file in (box / "segments/press").glob("*.log"))
        print(
            f"{hours} h x {signals} signals: {rows:,} samples, {kept / 1e6:.0f} MB on the box, written in {wrote:.0f} s"
        )
        ends = [
            subprocess.Popen([sys.executable, "-m", "dure.plant.edge", *words], env={**os.environ, "DURE_HOME": str(home)}, stderr=subprocess.DEVNULL)
            for home, words in ((node, ("intake", "127.0.0.1", str(PORT))), (box, ("forward",)))
        ]  # fmt: skip
        began = time.monotonic()
        try:
            while (
                kept - arrived(node) > 4096 * len(list((box / "segments/press").glob("*.log")))
                and arrived(node) < kept
            ):
                time.sleep(0.2)
            took = time.monotonic() - began
        finally:
            for end in ends:
                end.terminate()
                end.wait(20)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = used.ru_utime + used.ru_stime
        print(
            f"handed on in {took:.1f} s: {rows / took / 1e6:.2f} M samples a second, {rows / cpu / 1e6:.2f} M a core-second (both ends)"
        )


def arrived(node: Path) -> int:
    return sum(file.stat().st_size for file in (node / "segments/press").glob("*.log"))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
