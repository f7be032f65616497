"""Files of bursts: MATLAB 5, CSV, Parquet and WAV, each as named channels of one rate."""

import io
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dure.plant.connect.wave.settings import WaveSettings
from dure.plant.connect.waveform import WaveRefused, numbers, read_header

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENDINGS = (".mat", ".csv", ".parquet", ".wav")
MOST_CHANNELS = 64
SHORTEST = 64
"""Least values of a channel; shorter arrays of a file are facts or nothing."""
_RATES = ("sr", "fs", "rate_hz", "sampling_rate", "samplerate")
_SPEEDS = {"rate": 1.0, "shaft_hz": 1.0, "rpm": 1 / 60}


@dataclass(frozen=True, slots=True)
class Recording:
    """Channels by their names, N values each in the settings' unit; `speed` of the shaft [Hz], 0 if not told."""

    channels: "dict[str, NDArray[np.float64]]"
    rate: float
    speed: float = 0.0
    facts: dict[str, float] = field(default_factory=dict)


def recording(name: str, content: bytes, settings: WaveSettings) -> Recording:
    """What a file holds.

    Raises
    ------
    WaveRefused
        If it is of another kind, damaged, too large unpacked, or holds no channel.
    """
    readers = {".mat": _mat, ".csv": _csv, ".parquet": _parquet, ".wav": _wav}
    reader = readers.get(f".{name.lower().rpartition('.')[2]}")
    if reader is None:
        raise WaveRefused("a file of another kind")
    try:
        found = reader(content, settings)
    except WaveRefused:
        raise
    except (
        Exception
    ) as odd:  # readers of foreign formats fail in ways of their own; the file is refused, whichever
        raise WaveRefused(f"damaged: {str(odd)[:100]}") from odd
    if not found.channels:
        raise WaveRefused(f"no channel of {SHORTEST} values or more")
    return found


def _scaled(arrays: "dict[str, Any]", settings: WaveSettings) -> "dict[str, NDArray[np.float64]]":
    """Channels under the names that the settings give them, in order, finite and in their unit."""
    import numpy as np

    given = [one.strip() for one in settings.channels.split(",") if one.strip()]
    found = {}
    for place, (name, values) in enumerate(list(arrays.items())[:MOST_CHANNELS]):
        flat = np.asarray(values, np.float64).ravel()
        if len(flat) >= SHORTEST and np.isfinite(flat).all():
            shown = given[place] if place < len(given) else name
            found[shown.replace("/", "_")[:80]] = flat * settings.scale
    return found


def _wav(content: bytes, settings: WaveSettings) -> Recording:
    form, start, size = read_header(content)
    values = numbers(content[start : start + size] if size else content[start:], form)
    return Recording(
        _scaled({f"channel{n + 1}": values[:, n] for n in range(form.channels)}, settings), form.rate
    )


def _csv(content: bytes, settings: WaveSettings) -> Recording:
    import polars as pl

    return _frame(pl.read_csv(io.BytesIO(content), infer_schema_length=1000), settings)


def _parquet(content: bytes, settings: WaveSettings) -> Recording:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(content))
    groups = range(file.metadata.num_row_groups)
    size = sum(file.metadata.row_group(n).total_byte_size for n in groups)
    if max(size, file.metadata.num_rows * 8) > settings.largest * 1e6:
        raise WaveRefused("too large unpacked")
    import polars as pl

    frame = pl.from_arrow(file.read())
    if not isinstance(frame, pl.DataFrame):
        raise WaveRefused("no table")
    return _frame(frame, settings)


def _frame(frame: Any, settings: WaveSettings) -> Recording:
    """Numbers of a table; a column of steady times in seconds gives the rate."""
    arrays = {name: frame[name].to_numpy() for name in frame.columns if frame[name].dtype.is_numeric()}
    rate = settings.rate
    for name in [
        one for one in arrays if one.strip().lower().split("[")[0].strip() in {"t", "time", "time_s", "시간"}
    ]:
        rate = _rate_of(arrays.pop(name)) or rate
    return Recording(_scaled(arrays, settings), rate)


def _rate_of(times: Any) -> float:
    import numpy as np

    if len(times) < 3:
        return 0.0
    steps = np.diff(np.asarray(times, np.float64))
    middle = float(np.median(steps))
    steady = middle > 0 and float(np.abs(steps - middle).max()) < 0.5 * middle
    return float((len(times) - 1) / (times[-1] - times[0])) if steady else 0.0


def _mat(content: bytes, settings: WaveSettings) -> Recording:
    """Arrays of a MATLAB 5 file and of the structures in it; the rate and speed beside them, if named as usual."""
    from scipy.io import loadmat

    _check_mat(content, int(settings.largest * 1e6))
    told = loadmat(io.BytesIO(content), squeeze_me=True, struct_as_record=True)  # type: ignore[arg-type] # scipy reads open files too
    arrays: dict[str, Any] = {}
    facts: dict[str, float] = {}
    for name, value in told.items():
        if not name.startswith("__"):
            _gather(name, value, arrays, facts, depth=0)
    rate = next((facts[name] for name in _RATES if facts.get(name, 0) > 0), settings.rate)
    speed = next((facts[name] * to for name, to in _SPEEDS.items() if name in facts), 0.0)
    speed = speed or next((value / 60 for name, value in facts.items() if name.endswith("rpm")), 0.0)
    kept = {name: value for name, value in facts.items() if name in {"load", "bpfo", "bpfi", "bsf", "ftf"}}
    return Recording(_scaled(arrays, settings), rate, speed, kept)


def _gather(name: str, value: Any, arrays: dict[str, Any], facts: dict[str, float], *, depth: int) -> None:
    import numpy as np

    array = np.asarray(value)
    if array.dtype.names and depth < 4 and array.size == 1:
        for part in array.dtype.names[:200]:
            _gather(part, array[part].item() if array.ndim == 0 else array[part].ravel()[0], arrays, facts, depth=depth + 1)  # fmt: skip
    elif array.dtype.kind in "iuf" and array.size == 1:
        facts.setdefault(name.lower()[:40], float(array.ravel()[0]))
    elif array.dtype.kind in "iuf" and array.size >= SHORTEST and len(arrays) < MOST_CHANNELS:
        arrays.setdefault(name, array)


def _check_mat(content: bytes, most: int) -> None:
    """Refuse what would unpack to more than `most` [bytes]: MATLAB 5 elements, type 15 is zlib (MAT-File Format, 1-7)."""
    if len(content) < 128 or content[124:128][2:] not in (b"IM", b"MI"):
        raise WaveRefused("no MATLAB 5 file")
    order, place, total = "<" if content[126:128] == b"IM" else ">", 128, 0
    while place + 8 <= len(content):
        kind, size = struct.unpack_from(f"{order}II", content, place)
        if kind == 15:
            total += len(
                zlib.decompressobj().decompress(content[place + 8 : place + 8 + size], most - total + 1)
            )
        else:
            total += size
        if total > most:
            raise WaveRefused("too large unpacked")
        place += 8 + size
