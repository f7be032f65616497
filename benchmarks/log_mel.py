"""Log-mel statistics of many sounds: ours beside librosa 0.11, and whether both say the same.

    scripts/peers && .venv-peers/bin/python benchmarks/log_mel.py          # peer and ours in turn, one process
    DURE_SOURCE=src .venv-peers/bin/python benchmarks/log_mel.py           # ours from the checkout

Sounds are made from a seed (chirps, noise, clicks, silence), written as WAV once and read from memory by both with
soundfile; each repeat goes through all of them with librosa and then with ours. librosa is asked for its own defaults
but for 64 bands: 2,048 samples a window, 512 from window to window.
"""

import io
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import soundfile

sys.path.insert(0, os.environ.get("DURE_SOURCE", "src"))

SOUNDS, REPEATS, RATES = 200, 5, (8_000, 12_000, 16_000, 44_100)


def sounds() -> list[bytes]:
    """WAVs of 0.3 to 3 s, four rates, 16 bits."""
    chance, made = np.random.default_rng(0), []
    for at in range(SOUNDS):
        rate = RATES[at % len(RATES)]
        moments = np.arange(int(rate * chance.uniform(0.3, 3.0))) / rate
        sound = 0.3 * np.sin(2 * np.pi * moments * (100 + 400 * chance.random() * (1 + moments)))
        sound += 0.02 * chance.normal(size=len(moments))
        sound[chance.integers(0, len(moments), 20)] += 0.5
        sound *= at % 17 != 0
        written = io.BytesIO()
        soundfile.write(written, sound, rate, format="WAV", subtype="PCM_16")
        made.append(written.getvalue())
    return made


def librosas(content: bytes) -> np.ndarray:
    """librosa's log-mel spectrogram. [64, frames]."""
    import librosa

    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32")
    return librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=rate, n_mels=64))


def ours(content: bytes) -> np.ndarray:
    """Ours. [64, frames]."""
    from dure.science.sound import log_mel

    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32")
    return log_mel(samples, rate)


def summed_up(spectrogram: np.ndarray) -> np.ndarray:
    """Mean and spread over time, and the percentiles that the step gives, by the same NumPy for both."""
    ordered = np.sort(spectrogram, axis=1)
    last = ordered.shape[1] - 1
    return np.stack(
        [spectrogram.mean(1), spectrogram.std(1), *(ordered[:, int(q * last)] for q in (0.1, 0.5, 0.9))]
    )


def timed(of: Callable[[bytes], np.ndarray], contents: list[bytes]) -> tuple[float, float]:
    """CPU and wall seconds of all sounds."""
    cpu, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    for content in contents:
        summed_up(of(content))
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime, time.perf_counter() - wall


def main() -> None:
    """Print how far they differ, and medians of CPU and wall time."""
    contents = sounds()
    apart = max(float(np.abs(librosas(one) - ours(one)).max()) for one in contents)
    print(f"{SOUNDS} sounds; greatest difference {apart:.2e} dB")
    if apart > 1e-4:
        raise SystemExit("the two differ by more than 1e-4 dB")
    peers, owns = [], []
    for _ in range(REPEATS):
        peers.append(timed(librosas, contents))
        owns.append(timed(ours, contents))
    for place, what in enumerate(("CPU", "wall")):
        theirs, mine = (statistics.median(one[place] for one in runs) for runs in (peers, owns))
        ratios = sorted(a[place] / b[place] for a, b in zip(peers, owns, strict=True))
        print(
            f"{what}: librosa {theirs:.3f} s, ours {mine:.3f} s; {theirs / mine:.1f} x (runs {ratios[0]:.1f} to {ratios[-1]:.1f})"
        )


if __name__ == "__main__":
    main()
