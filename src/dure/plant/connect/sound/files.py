"""WAV files as they grow: pieces of a length, and the rest when a file grows no more."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dure.plant.connect import write_private
from dure.plant.connect.dropped import Found
from dure.plant.connect.sound.settings import SoundSettings
from dure.plant.connect.waveform import Form, WaveRefused, read_header

HEADER = 64 * 1024
UNKNOWN = (0, 2**32 - 1)


@dataclass(slots=True)
class Standing:
    """How far a file was read: `begun` is when it was begun [ns since 1970 UTC], `frames` those taken."""

    begun: int
    frames: int = 0
    size: int = -1


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a file: its raw values, their form, and when the first was taken [ns since 1970 UTC]."""

    raw: bytes
    form: Form
    time: int


@dataclass(slots=True)
class Book:
    """How far each file was read, kept in `path` when the samples are on the disk."""

    path: Path
    files: dict[str, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with suppress(OSError, ValueError, TypeError, AttributeError):
            kept = json.loads(self.path.read_bytes())
            self.files = {name: Standing(**told) for name, told in kept.items()}

    def keep(self, there: set[str]) -> None:
        """Write down what is still there."""
        self.files = {name: one for name, one in self.files.items() if name in there}
        told = {name: asdict(one) for name, one in self.files.items()}
        write_private(self.path, json.dumps(told, ensure_ascii=False).encode())


def rate_of(path: Path) -> float:
    """Sampling rate of a WAV file [Hz], 0 if it is none, or none yet."""
    try:
        with path.open("rb") as file:
            return read_header(file.read(HEADER))[0].rate
    except (OSError, WaveRefused):
        return 0.0


def begin(folder: Path, found: Found, book: Book) -> bool:
    """Note in the book when a file was begun.

    Raises
    ------
    WaveRefused
        If the file is no WAV file, or none yet.
    """
    with (folder / found.name).open("rb") as file:
        form, start, told = read_header(file.read(HEADER))
    book.files[found.name] = Standing(_begun(found, _frames(found, form, start, told), form))
    return True


def cut(folder: Path, found: Found, book: Book, settings: SoundSettings, *, finished: bool) -> Cut | None:
    """The next piece of a file that is in the book, None if there is none yet; it counts as taken.

    Raises
    ------
    WaveRefused
        If the file is no WAV file any more.
    """
    standing = book.files[found.name]
    if standing.size == found.size:
        return None
    with (folder / found.name).open("rb") as file:
        form, start, told = read_header(file.read(HEADER))
        frames = _frames(found, form, start, told)
        if frames < standing.frames:  # another file under the same name
            standing = book.files[found.name] = Standing(_begun(found, frames, form))
        left, length = frames - standing.frames, max(1, round(settings.length * form.rate))
        count = min(left, length) if finished or left >= length else 0
        file.seek(start + standing.frames * form.frame)
        raw = file.read(count * form.frame)
    moment = standing.begun + round(standing.frames * 1e9 / form.rate)
    standing.frames += len(raw) // form.frame
    if finished and standing.frames >= frames:
        standing.size = found.size
    return Cut(raw, form, moment) if raw else None


def _frames(found: Found, form: Form, start: int, told: int) -> int:
    """How many values of every channel a file holds now."""
    there = found.size - start if told in UNKNOWN else min(told, found.size - start)
    return max(0, there // form.frame)


def _begun(found: Found, frames: int, form: Form) -> int:
    """When a recording began: as its name tells, else its last change less what it holds."""
    if found.time != found.changed:
        return found.time
    return found.changed - round(frames * 1e9 / form.rate)
