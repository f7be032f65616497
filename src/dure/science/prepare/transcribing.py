"""Spoken notes as text, by a recogniser that the plant installs itself.

No step of a recipe: no Korean recogniser was found that is kept by its makers, has a stated licence in its package and
understands a plant's speech (see “Words” in the explanations). Vosk (Apache-2.0) is used where it is installed, with a
model folder that its user has unpacked from the makers' page and whose licence its user has read.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.prepare.media import called, each_content
from dure.science.prepare.sounds import Wave, decoded
from dure.science.prepare.step import require_columns
from dure.vocabulary import FileProblem, NodeProblem, Text

if TYPE_CHECKING:
    import polars as pl

RATE = 16_000
# Longer recordings are no notes. [s]
MOST_SECONDS = 600.0


class RecogniserAbsent(NodeProblem):
    """No recogniser of speech is installed."""

    key = "recogniser-absent"
    says = Text(
        "Speech cannot be written down: {where} is not installed.",
        "음성을 글로 바꿀 수 없습니다: {where}이(가) 설치되어 있지 않습니다.",
    )
    remedy = Text(
        "Run: pip install vosk; then unpack a model from its makers and give its folder.",
        "pip install vosk를 실행하고, 제작자가 배포한 모델을 풀어 그 폴더를 지정하세요.",
    )


class SpeechModelRefused(FileProblem):
    """A folder is no model of Vosk."""

    key = "speech-model-refused"
    says = Text("{where} is no folder of a Vosk model.", "{where}은(는) Vosk 모델 폴더가 아닙니다.")
    remedy = Text("Give the folder that holds am/final.mdl.", "am/final.mdl이 든 폴더를 지정하세요.")


def transcribe(frame: "pl.DataFrame", column: str, model: Path) -> "pl.Series":
    """What is said in each sound of a column; missing where there is none, empty where nothing was understood.

    Parameters
    ----------
    frame
        The table.
    column
        Its column of references to sounds (see `media`); of each, the first channel and 600 s are heard.
    model
        Folder of an unpacked Vosk model.

    Raises
    ------
    ColumnAbsent, RecogniserAbsent, SpeechModelRefused
        If the column, the recogniser or its model is not there.
    SoundDamaged, SoundEmpty
        If a sound cannot be heard.
    """
    import polars as pl

    require_columns([column], frame.columns)
    opened = _opened(model)
    heard = each_content(
        frame.get_column(column).to_list(),
        lambda content, where: _said(opened, decoded(content, called(where))),
    )
    return pl.Series(f"{column}.said", heard, dtype=pl.String)


def _opened(folder: Path) -> Any:
    try:
        from vosk import Model, SetLogLevel
    except ImportError as absent:
        raise RecogniserAbsent("vosk") from absent
    if not (folder / "am" / "final.mdl").is_file():
        raise SpeechModelRefused(str(folder))
    SetLogLevel(-1)
    return Model(str(folder))


def _said(model: Any, wave: Wave) -> str:
    from vosk import KaldiRecognizer

    recogniser = KaldiRecognizer(model, RATE)
    recogniser.AcceptWaveform(at_rate(wave).tobytes())
    return str(json.loads(recogniser.FinalResult()).get("text", ""))


def at_rate(wave: Wave) -> "np.ndarray[Any, np.dtype[np.int16]]":
    """The first channel at 16 kHz in 16 bits. [N].

    >>> at_rate(Wave(np.ones((8, 1), np.float32), 8_000.0)).shape
    (16,)
    """
    from scipy.signal import resample_poly

    samples = np.asarray(wave.samples[: int(MOST_SECONDS * wave.rate), 0], dtype=np.float64)
    rate = round(wave.rate)
    if rate != RATE:
        shared = int(np.gcd(rate, RATE))
        samples = resample_poly(samples, RATE // shared, rate // shared, padtype="line")
    return np.rint(np.clip(samples, -1.0, 1.0) * 32_767).astype("<i2")
