"""Pictures a CPU-second: bytes on disk to RGB 96 × 96, Daft's native functions beside `science.picture`.

Both read the same JPEG files (`surface-magnetic-tile`), decode them, and bring them to 96 × 96. Repeats are interleaved in
one process tree; CPU is that of all threads. Ours decodes at a reduced scale, which the peer has no setting for; the last
column says how far the two sets of pixels are apart (mean absolute difference of 255), so that nobody compares another
task. Also prints what seeing a picture costs: decode, network, the 304 numbers.

    python benchmarks/images.py [pictures] [repeats]
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dure.science.picture import decoded, embedded
from dure.science.picture.decoding import opencv

DATA = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared")) / "data"
SIDE = 96
Pixels = NDArray[np.uint8]


def files(count: int) -> list[Path]:
    """So many paths, the same pictures again where there are too few."""
    there = sorted((DATA / "surface-magnetic-tile").glob("*/*.jpg"))
    return (there * (count // len(there) + 1))[:count]


def ours(paths: list[Path]) -> Pixels:
    """Threads over pictures, each decoded no larger than needed. [N, 96, 96, 3]."""
    cv2 = opencv()

    def one(path: Path) -> Pixels:
        picture = decoded(path.read_bytes(), str(path), SIDE)
        return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA))

    with ThreadPoolExecutor(2) as pool:
        return np.stack(list(pool.map(one, paths)))


def daft_native(paths: list[Path]) -> Pixels:
    """The same by Daft: download, decode, resize. [N, 96, 96, 3]."""
    import daft
    from daft.functions import decode_image, download, resize

    frame = daft.from_pydict({"path": [str(path) for path in paths]})
    pictures = decode_image(download(daft.col("path")), mode=daft.ImageMode.RGB)
    found = frame.select(resize(pictures, w=SIDE, h=SIDE).alias("picture")).to_pydict()["picture"]
    return np.stack(found)


def measured(work: Callable[[list[Path]], Pixels], paths: list[Path]) -> tuple[float, float]:
    """Pictures a CPU-second and a second."""
    cpu, wall = time.process_time(), time.perf_counter()
    work(paths)
    return len(paths) / (time.process_time() - cpu), len(paths) / (time.perf_counter() - wall)


def main(count: int, repeats: int) -> None:
    """Print medians and ratios."""
    paths = files(count)
    apart = np.abs(ours(paths[:50]).astype(int) - daft_native(paths[:50]).astype(int)).mean()
    found = {"ours": [], "daft": []}
    for _ in range(repeats):
        found["daft"].append(measured(daft_native, paths))
        found["ours"].append(measured(ours, paths))
    middle = {name: np.median(rows, axis=0) for name, rows in found.items()}
    print(f"{count} pictures × {repeats}, load {os.getloadavg()[0]:.1f}; pixels {apart:.2f} of 255 apart")
    for name, (cpu, wall) in middle.items():
        print(f"{name}: {cpu:.0f} a CPU-second, {wall:.0f} a second")
    ratio = middle["ours"] / middle["daft"]
    print(f"ratio: {ratio[0]:.2f} by CPU, {ratio[1]:.2f} by wall")
    costs = []
    for path in paths[:60]:
        content, cpu = path.read_bytes(), time.process_time()
        embedded(content, str(path))
        costs.append(time.process_time() - cpu)
    print(
        f"seen and embedded: {1e3 * np.median(costs):.1f} ms CPU a picture (p90 {1e3 * np.quantile(costs, 0.9):.1f})"
    )


if __name__ == "__main__":
    main(*(int(one) for one in (sys.argv[1:] or ["1000", "7"])))
