"""Listen: tell from sound or vibration which class a machine is in, or whether it sounds as usual.

Long recordings are cut into frames, and the frames of one recording are never split between learning and judging.
Underneath it is the task that the target makes, or `detect` where none is named. What is learnt from is what is heard
alone; the speed of the shaft and the geometry of the bearing say at which orders to listen.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dure.science.prepare import framed, is_reference, step_named
from dure.vocabulary import TableProblem, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.request import TrainRequest
    from dure.science.prepare import Step, Table

#: Length of a frame where there is much to hear (in all), and where there is little. [s]
FRAME_S, SHORT_S, MUCH_S = 1.0, 0.5, 600.0
#: The next frame begins half a frame on; earlier, down to an eighth, where so many frames would not come of it.
FRAMES = 300
#: Recordings of at least two frames are cut if they are no more than so many.
MOST_RECORDINGS = 2_000
#: Columns of the speed of a shaft, and their units.
SPEEDS = {"rpm": "/min", "speed_rpm": "/min", "shaft_rpm": "/min", "shaft_hz": "Hz"}
#: Columns of a bearing's geometry, one value throughout; or of its frequencies [Hz], from which it follows.
GEOMETRY = ("elements", "element_diameter", "pitch_diameter", "contact_angle")
RACES = ("BPFO", "BPFI")


#: Up to so many recordings, classes of a known bearing are told by its own frequencies alone: with one or two recordings a
#: class, loads and mountings set them apart just as well, and a model would learn these.
FEW_RECORDINGS = 20


class NothingToBeHeard(TableProblem):
    """No column of a table holds sounds."""

    key = "listen-no-sounds"
    says = Text("No column of {where} holds sounds.", "{where}에 소리가 있는 열이 없습니다.")
    remedy = Text(
        "Give a folder of WAV, FLAC, OGG or MATLAB files, or waves in Parquet with a csv that lists their rate.",
        "WAV, FLAC, OGG, MATLAB 파일이 있는 폴더나, 표본율을 적은 csv와 함께 Parquet 파형을 주세요.",
    )


class Listen:
    """A class, or what is not normal, told from a sound."""

    name: ClassVar[str] = "listen"
    label: ClassVar[Text] = Text("listen to a machine", "소리·진동 듣기")
    alone: ClassVar[bool] = True

    def shape(self, request: "TrainRequest", table: "Table") -> tuple["TrainRequest", "Table"]:
        """The table in frames, the recording as the group, and all that is not heard left out.

        Raises
        ------
        NothingToBeHeard
            If no column holds sounds.
        """
        sound = _sound_in(table.frame)
        if sound is None:
            raise NothingToBeHeard(table.told)
        target = request.target
        if target is None and request.normal is None and request.normal_rows is None:
            target = _class_folder(table.frame)
        window, recordings = _window(table.frame), len(table.frame)
        if window:
            table = framed(table, window, _hop(table.frame, window), column=sound)
        group = request.group or ("recording" if window else None)
        found = {"sound": sound, "window": window, **_heard_with(table.frame)}
        found["few"] = bool(target and found["bearing"].get("elements")) and recordings <= FEW_RECORDINGS
        kept = {sound, target, group, found["speed"], *_named(request)}
        frame = table.frame.select(name for name in table.frame.columns if name in kept)
        asked = replace(request, target=target, group=group, found={**request.found, **found})
        return asked, replace(table, frame=frame)

    def base(self, request: "TrainRequest", frame: "pl.DataFrame") -> str:
        """What the target decides; without one, what is not normal."""
        del frame
        return "" if request.target else "detect"

    def inputs(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple[str, ...]:
        """The sound, and the speed that says where the orders lie."""
        del frame
        speed = request.found["speed"]
        return (request.found["sound"], *((speed,) if speed else ()))

    def steps(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple["Step", ...]:
        """What is heard: of a turning machine indicators, orders and the envelope, of others loudness by pitch."""
        del frame
        found = request.found
        made = _of_turning(found) if found["speed"] else _of_sound(found)
        last = len(made) - 1
        heard = [
            step_named(name)(column=found["sound"], window_s=found["window"], keep=at < last, **settings)  # type: ignore[call-arg]  # the base class has no fields; the member has
            for at, (name, settings) in enumerate(made)
        ]
        gone = [step_named("table.drop_columns")(columns=(found["speed"],))] if found["speed"] else []  # type: ignore[call-arg]  # as above
        return (*heard, *gone)


def _of_turning(found: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    turning = {"speed": found["speed"], "speed_unit": SPEEDS[found["speed"].lower()], **found["bearing"]}
    if found["few"]:
        return [("audio.envelope", turning | {"measure": ("prominence", "share")})]
    return [
        ("audio.vibration_indicators", {}),
        ("audio.spectrum", {"high": found["high"], "bands": 16}),
        ("audio.kurtogram", {}),
        ("audio.order_spectrum", turning),
        ("audio.envelope", turning),
    ]


def _of_sound(found: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("audio.vibration_indicators", {"indicators": ("rms", "crest", "kurtosis")}),
        ("audio.log_mel", {"high": found["high"], "statistics": ("mean", "std")}),
    ]


def _sound_in(frame: "pl.DataFrame") -> str | None:
    """The column of sounds: `sound`, or the first whose cells are references and which is no column of others."""
    import polars as pl

    names = [
        name for name, kind in frame.schema.items() if kind == pl.String and name not in ("image", "document")
    ]
    for name in sorted(names, key=lambda one: one != "sound"):
        cells = frame.get_column(name).drop_nulls().head(50).to_list()
        if cells and all(is_reference(cell) for cell in cells):
            return name
    return None


def _class_folder(frame: "pl.DataFrame") -> str | None:
    """The folder, where files lie in several: then it is the class."""
    return "folder" if "folder" in frame.columns and frame.get_column("folder").n_unique() > 1 else None


def _window(frame: "pl.DataFrame") -> float:
    """How long the frames are that recordings are cut into; 0 where they stay whole."""
    if "seconds" not in frame.columns or len(frame) > MOST_RECORDINGS:
        return 0.0
    seconds = frame.get_column("seconds").drop_nulls().to_numpy()
    window = FRAME_S if seconds.sum() >= MUCH_S else SHORT_S
    return window if len(seconds) and np.median(seconds) >= 2 * window else 0.0


def _hop(frame: "pl.DataFrame", window: float) -> float:
    """How far a frame begins after the last."""
    total = float(frame.get_column("seconds").drop_nulls().sum())
    return min(window / 2, max(window / 8, total / FRAMES))


def _heard_with(frame: "pl.DataFrame") -> dict[str, Any]:
    """Speed, bearing and highest frequency."""
    speed = next((name for name in frame.columns if name.lower() in SPEEDS), None)
    rate = frame.get_column("rate").drop_nulls().min() if "rate" in frame.columns else None
    bearing = _bearing(frame, speed) if speed else {}
    return {
        "speed": speed,
        "bearing": bearing,
        "high": float(rate) / 2 if isinstance(rate, float) else 4000.0,
    }


def _bearing(frame: "pl.DataFrame", speed: str | None) -> dict[str, Any]:
    """The bearing's geometry, from its own columns or from the frequencies of its races."""
    given = {name: value for name in GEOMETRY if (value := _only(frame, name)) is not None}
    if len(given) >= 3:
        return given | {"elements": round(given["elements"])}
    turns, races = _only(frame, speed or ""), [_only(frame, name) for name in RACES]
    if turns is None or None in races:
        return {"elements": 0}
    hertz = turns / (60.0 if SPEEDS[str(speed).lower()] == "/min" else 1.0)
    outer, inner = (float(race or 0.0) / hertz for race in races)
    # BPFO + BPFI is the number of elements, their difference over it the ratio of the diameters
    return {
        "elements": round(outer + inner),
        "element_diameter": (inner - outer) / (inner + outer),
        "pitch_diameter": 1.0,
    }


def _only(frame: "pl.DataFrame", name: str) -> float | None:
    """The value that a column has throughout; None if there is none."""
    if name not in frame.columns or not frame.schema[name].is_numeric():
        return None
    values = frame.get_column(name).drop_nulls().unique().to_list()
    return float(values[0]) if len(values) == 1 and np.isfinite(values[0]) else None


def _named(request: "TrainRequest") -> set[str]:
    """Columns that the request names, with or without a value behind a `=`."""
    named = (request.time, request.normal, request.inspected, request.state, *request.ignore)
    return {one.partition("=")[0] for one in named if one} | {one for one in named if one}
