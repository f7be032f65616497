"""Sound and vibration as samples at a rate: read from WAV, FLAC and OGG, written as WAV, bounded in both.

```
FileProblem
├── SoundDamaged          bytes that are no sound, or a sound that ends too soon
├── SoundEmpty            a header and no sample
├── SoundTooLong          more samples or channels than one cell may hold
└── WaveUnclear           a file of waves whose vector or rate cannot be told
```
"""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.vocabulary import ExtraAbsent, FileProblem, Text

MOST_SAMPLES = 2**26
MOST_CHANNELS = 64
_BLOCK = 2**20
# A length that a program writes which does not know yet how long the sound will be [EBU Tech 3306, §3].
_STREAMED = (0, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFFFFF)
_BEGINS = (b"RIFF", b"RF64", b"fLaC", b"OggS")
# A header of WAV, FLAC or OGG with one sample is longer.
_SHORTEST = 42
_NO_SOUND = Text(
    "it is too short, it ends before the first sample", "너무 짧아 첫 표본에 이르기 전에 끝납니다"
)
ENDINGS = (".wav", ".flac", ".ogg", ".oga")


class SoundDamaged(FileProblem):
    """Bytes that are no sound, or a sound that ends too soon."""

    key = "sound-damaged"
    says = Text("{where} cannot be heard: {why}.", "{where}을(를) 소리로 읽을 수 없습니다: {why}.")
    remedy = Text("Record or copy it again.", "다시 녹음하거나 복사해 주세요.")


class SoundEmpty(FileProblem):
    """A header and no sample."""

    key = "sound-empty"
    says = Text(
        "{where} is empty: it holds no sample.", "{where} 파일이 비어 있습니다: 표본이 하나도 없습니다."
    )
    remedy = Text("Record it again, or leave it out.", "다시 녹음하거나 제외해 주세요.")


class SoundTooLong(FileProblem):
    """More samples or channels than one cell may hold."""

    key = "sound-too-long"
    says = Text(
        "{where} holds more than {limit} million samples or {channels} channels.",
        "{where}에 표본이 {limit}백만 개 또는 채널이 {channels}개보다 많습니다.",
    )
    remedy = Text("Cut it into shorter recordings.", "더 짧은 녹음으로 나누어 주세요.")


class WaveUnclear(FileProblem):
    """A file of waves whose vector or rate cannot be told."""

    key = "wave-unclear"
    says = Text(
        "{where} is no recording that can be told: {why}.", "{where}에서 녹음을 찾을 수 없습니다: {why}."
    )
    remedy = Text(
        "Give it as WAV, or list it in a csv beside it with columns file and rate [Hz].",
        "WAV로 주거나, file과 rate[Hz] 열이 있는 csv를 같은 폴더에 두세요.",
    )


@dataclass(frozen=True)
class Wave:
    """Samples of one recording: float32, or float64 where the source has more bits. [N, channels], and their rate [Hz]."""

    samples: NDArray[Any]
    rate: float
    names: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it is. [s]."""
        return len(self.samples) / self.rate

    @property
    def channels(self) -> int:
        """How many channels it has."""
        return int(self.samples.shape[1])


def is_sound(content: bytes) -> bool:
    r"""Whether bytes begin as a sound file that is read.

    >>> is_sound(b"RIFF\x24\0\0\0WAVEfmt "), is_sound(b"RIFF\x24\0\0\0AVI LIST"), is_sound(b"PAR1")
    (True, False, False)
    """
    return content.startswith(_BEGINS) and (content[:4] not in (b"RIFF", b"RF64") or content[8:12] == b"WAVE")


def decoded(content: bytes, where: str) -> Wave:
    """The samples of a WAV, FLAC or OGG file; integers as fractions of full scale, floats as they are written.

    Parameters
    ----------
    content
        The bytes of the file.
    where
        What to call it in a refusal.

    Raises
    ------
    SoundDamaged, SoundEmpty, SoundTooLong
        If it ends too soon, is none, holds no sample, or too many; a false length in a header costs no memory.
    ExtraAbsent
        If `soundfile` is not installed.

    References
    ----------
    WAVE: IBM and Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991; FLAC: RFC 9639.
    """
    soundfile = _soundfile(where)
    _require_sound(content, where)
    _require_whole(content, where)
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as opened:
            return _samples(opened, where)
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError) as broken:
        raise SoundDamaged(where, why=_why(broken)) from broken


def facts_of(content: bytes, where: str) -> tuple[int, float, int]:
    """Samples a channel, rate [Hz] and channels, from the header alone; raises as `decoded`."""
    soundfile = _soundfile(where)
    _require_sound(content, where)
    _require_whole(content, where)
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as opened:
            frames, rate, channels = opened.frames, opened.samplerate, opened.channels
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError) as broken:
        raise SoundDamaged(where, why=_why(broken)) from broken
    if frames < 1:
        raise SoundEmpty(where)
    if channels > MOST_CHANNELS or frames * channels > MOST_SAMPLES:
        raise SoundTooLong(where, limit=MOST_SAMPLES // 10**6, channels=MOST_CHANNELS)
    return frames, float(rate), channels


def _samples(opened: Any, where: str) -> Wave:
    """Block by block, so that memory follows what is there and not what a header says."""
    if opened.channels > MOST_CHANNELS:
        raise SoundTooLong(where, limit=MOST_SAMPLES // 10**6, channels=MOST_CHANNELS)
    kind = "float64" if opened.subtype in ("DOUBLE", "PCM_32") else "float32"
    blocks, total, says = [], 0, opened.frames
    while len(block := opened.read(_BLOCK // opened.channels, dtype=kind, always_2d=True)):
        blocks.append(block)
        total += block.size
        if total > MOST_SAMPLES:
            raise SoundTooLong(where, limit=MOST_SAMPLES // 10**6, channels=MOST_CHANNELS)
    if not blocks:
        raise SoundEmpty(where)
    found = np.concatenate(blocks)
    if len(found) < min(says, 2**40):
        raise SoundDamaged(where, why=_too_short(len(found), says))
    return Wave(found, float(opened.samplerate))


def _too_short(there: int, said: int) -> Text:
    return Text(
        f"it says {said:,} samples a channel and has {there:,}",
        f"채널마다 표본이 {said:,}개라고 하지만 {there:,}개만 있습니다",
    )


def _why(broken: Exception) -> str:
    """What the library says is wrong, without what it calls the bytes."""
    return str(getattr(broken, "error_string", broken)).strip(". ")[-120:]


def _require_sound(content: bytes, where: str) -> None:
    """Raises if bytes are none, fewer than any sound has, or begin as no sound does."""
    if not content:
        raise SoundEmpty(where)
    if len(content) < _SHORTEST and any(begin.startswith(content[:4]) for begin in _BEGINS):
        raise SoundDamaged(where, why=_NO_SOUND)
    if not is_sound(content):
        raise SoundDamaged(where, why=Text("it is neither WAV, FLAC nor OGG", "WAV, FLAC, OGG가 아닙니다"))


def _require_whole(content: bytes, where: str) -> None:
    """A WAV whose `data` chunk says more bytes than follow, or that has none, was cut off; libsndfile would not say so."""
    if content[:4] != b"RIFF":
        return
    at = 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        if content[at : at + 4] == b"data":
            there = len(content) - at - 8
            if size > there and size not in _STREAMED:
                why = Text(
                    f"it says {size:,} bytes of sound and has {there:,}",
                    f"소리가 {size:,}바이트라고 하지만 {there:,}바이트만 있습니다",
                )
                raise SoundDamaged(where, why=why)
            return
        at += 8 + size + size % 2
    raise SoundDamaged(where, why=_NO_SOUND)


def encoded(wave: Wave) -> bytes:
    """A recording as a WAV of floats, 32 or 64 bits as the samples are: nothing is scaled, nothing lost."""
    soundfile = _soundfile("WAV")
    made = io.BytesIO()
    subtype = "DOUBLE" if wave.samples.dtype == np.float64 else "FLOAT"
    soundfile.write(made, wave.samples, round(wave.rate), format="WAV", subtype=subtype)
    return _without_peak(made.getvalue())


def _without_peak(content: bytes) -> bytes:
    """Libsndfile writes the hour into a `PEAK` chunk; without it equal samples are equal bytes."""
    at = content.find(b"PEAK", 12, 200)
    if at < 0:
        return content
    end = at + 8 + int.from_bytes(content[at + 4 : at + 8], "little")
    rest = content[12:at] + content[end:]
    return b"RIFF" + (len(rest) + 4).to_bytes(4, "little") + b"WAVE" + rest


def _soundfile(where: str) -> Any:
    try:
        import soundfile
    except (ImportError, OSError) as absent:
        raise ExtraAbsent(where, library="soundfile", extra="media") from absent
    return soundfile
