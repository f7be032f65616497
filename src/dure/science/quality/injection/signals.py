"""Defects of one signal."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from dure.science.quality.injection.defect import ONCE, ROWS, SHARE, SPANS, Chance, Defect, Spoilt
from dure.science.quality.injection.spoiling import changed, put, signal, smooth, somewhere
from dure.science.quality.subject import Floats, Subject
from dure.vocabulary import Text


def _outlying(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:
    values[somewhere(values, 5, chance)] += chance.choice([-1, 1]) * magnitude * span
    return values


def _spike(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:
    values[somewhere(values, 1, chance)] += chance.choice([-1, 1]) * magnitude * span
    return values


def _clipped(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:  # noqa: ARG001 - the common shape
    upper = bool(chance.integers(2))
    limit = float(np.nanquantile(values, 1 - magnitude if upper else magnitude))
    return np.minimum(values, limit) if upper else np.maximum(values, limit)


def _stuck(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:  # noqa: ARG001 - the common shape
    here = somewhere(values, int(magnitude), chance)
    values[here] = values[here.start]
    return values


def _sentinel(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:
    signs = [
        sign
        for sign in (-999.0, -9999.0, 9999.0, 65535.0)
        if not np.nanmin(values) - span < sign < np.nanmax(values) + span
    ]
    values[chance.choice(len(values), int(magnitude), replace=False)] = chance.choice(signs or [-99999.0])
    return values


def _missing(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:  # noqa: ARG001 - the common shape
    values[chance.choice(len(values), int(magnitude), replace=False)] = np.nan
    return values


def _quantised(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:  # noqa: ARG001 - the common shape
    step = np.ptp(values[np.isfinite(values)]) / 2**magnitude
    return np.round(values / step) * step


def _drifted(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:
    ramp = np.clip((np.arange(len(values)) / len(values) - 0.6) / 0.1, 0, 1)
    moved: Floats = values + chance.choice([-1, 1]) * ramp * magnitude * span
    return moved


def _emptied(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    name = signal(subject, chance)
    return None if name is None else (put(subject, name, np.full(len(subject.frame), np.nan)), name)


def _frozen(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    name = signal(subject, chance)
    return None if name is None else (put(subject, name, np.full(len(subject.frame), 7.5)), name)


def _other_unit(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    name = smooth(subject, chance)
    if name is None or subject.frame.schema[name].is_integer():
        return None
    values = subject.array(name).copy()
    start = int(chance.integers(len(values) // 4, len(values) * 3 // 4))
    offset = {1.8: 32.0, 1.0: 273.15}.get(magnitude, 0.0)
    shape = subject.shape(name)
    if shape is None or shape.low < 0 or abs(shape.middle) * abs(magnitude - 1) + offset < 3 * shape.span:
        return None  # a signal around zero looks the same in another unit
    values[start:] = values[start:] * magnitude + offset
    return put(subject, name, values), name


def _sign_turned(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    name = smooth(subject, chance)
    shape = subject.shape(name) if name is not None else None
    if name is None or shape is None or shape.low <= 0 or shape.middle < 2 * shape.span:
        return None
    values = subject.array(name).copy()
    start = int(len(values) * (1 - magnitude))
    values[start:] *= -1
    return put(subject, name, values), name


def _impossible(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    name = signal(subject, chance)
    shape = subject.shape(name) if name is not None else None
    if name is None or shape is None or shape.low < -200:
        return None
    values = subject.array(name).copy()
    values[chance.choice(len(values), int(magnitude), replace=False)] = -300.0
    warm = f"{name} [°C]"
    return replace(subject, frame=put(subject, name, values).frame.rename({name: warm})), warm


def _linear_copy(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    name = signal(subject, chance)
    shape = subject.shape(name) if name is not None else None
    if name is None or shape is None:
        return None
    noise = magnitude * shape.span * chance.normal(size=len(subject.frame))
    return put(subject, "again", 9.81 * (subject.array(name) + noise) + 3), "again"


DEFECTS: Mapping[str, Defect] = {
    "outlying-stretch": Defect(Text("five rows moved away", "다섯 행이 벗어남"), (1, 2, 4, 8), SPANS, changed(signal, _outlying)),
    "spike": Defect(Text("one row moved away", "한 행이 튐"), (0.25, 0.5, 1, 2, 4), SPANS, changed(smooth, _spike)),
    "clipped": Defect(Text("cut off at one end", "한쪽 끝이 잘림"), (0.01, 0.03, 0.1), SHARE, changed(lambda s, c: signal(s, c, 100), _clipped)),
    "impossible": Defect(Text("−300 in a signal of °C", "℃ 신호에 −300"), (1, 10), ROWS, _impossible),
    "missing": Defect(Text("values taken out", "값이 빠짐"), (1, 10, 100), ROWS, changed(signal, _missing)),
    "emptied-column": Defect(Text("all values taken out", "모든 값이 빠짐"), (1,), ONCE, _emptied),
    "sentinel": Defect(Text("−999, −9999, 9999 or 65535 put in", "−999, −9999, 9999, 65535가 섞임"), (2, 10, 50), ROWS, changed(signal, _sentinel)),
    "other-unit": Defect(Text("in another unit from some row on", "어느 행부터 다른 단위"), (1.8, 1.0, 1000, 0.1, 6.89476), Text("times (1.8: °C to °F; 1: °C to K)", "배(1.8은 ℃→℉, 1은 ℃→K)"), _other_unit),
    "sign-turned": Defect(Text("with the sign turned", "부호가 뒤집힘"), (0.1, 0.5), SHARE, _sign_turned),
    "stuck": Defect(Text("one value repeated", "한 값이 되풀이"), (10, 30, 60, 120, 300), ROWS, changed(signal, _stuck)),
    "frozen-column": Defect(Text("one value in all rows", "모든 행이 한 값"), (1,), ONCE, _frozen),
    "linear-copy": Defect(Text("9.81 × a signal + 3, with noise of", "신호의 9.81배 + 3, 잡음"), (0.0, 0.001, 0.01), SPANS, _linear_copy),
    "quantised": Defect(Text("rounded to", "반올림"), (6, 5, 4), Text("bits", "비트"), changed(lambda s, c: signal(s, c, 100), _quantised)),
    "drifted": Defect(Text("moved away by", "값이 옮겨 감"), (0.25, 0.5, 1, 2), SPANS, changed(signal, _drifted)),
}  # fmt: skip
