"""Defects that a single reading does not show: noise, replays, a sensor against its neighbours, pictures, texts, people."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from dure.science.quality.injection.defect import ONCE, ROWS, SHARE, SPANS, Chance, Defect, Spoilt
from dure.science.quality.injection.spoiling import changed, put, smooth, somewhere
from dure.science.quality.measure import TABLE
from dure.science.quality.redundancy import told_by_others
from dure.science.quality.subject import Floats, Subject
from dure.vocabulary import Text

_WORDS = ("금형", "온도가", "조금", "높아", "다시", "맞춤", "냉각수", "밸브", "교체", "후", "정상", "운전")
_PICTURES = 40


def _noise(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:
    here = somewhere(values, 100, chance)
    values[here] += magnitude * span * chance.normal(size=len(values[here]))
    return values


def _replayed(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    names, size, rows = (
        [one for one in subject.signals if one != subject.label],
        int(magnitude),
        len(subject.frame),
    )
    if (
        len(names) < 2
        or rows < 4 * size
        or all((shape := subject.shape(one)) is None or shape.distinct < 30 for one in names)
    ):
        return None
    source = int(chance.integers(0, rows // 2 - size))
    target = int(chance.integers(rows // 2, rows - size))
    order = np.arange(rows)
    order[target : target + size] = np.arange(source, source + size)
    copied = subject.frame.select(names)[order]
    return replace(
        subject, frame=subject.frame.with_columns(*(pl.Series(one.name, one) for one in copied))
    ), TABLE


def _offset_alone(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    told = told_by_others(subject, 0.8)
    if not told or len(subject.frame) < 1_000:
        return None
    name = told[int(chance.integers(len(told)))].name
    shape = subject.shape(name)
    if shape is None:
        return None
    values = subject.array(name).copy()
    values[somewhere(values, len(values) // 10, chance)] += chance.choice([-1, 1]) * magnitude * shape.span
    return put(subject, name, values), name


def _late(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    if subject.clock is None or not isinstance(subject.frame.schema.get(subject.clock.name), pl.Datetime):
        return None
    rows = len(subject.frame)
    seconds = chance.uniform(1, 3, rows) * np.where(chance.random(rows) < magnitude, 100, 1)
    delay = pl.Series((seconds * 1e6).astype(np.int64)).cast(pl.Duration("us"))
    return put(subject, "received_at", subject.frame.get_column(subject.clock.name) + delay), "received_at"


def _people(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    import polars as pl

    rows = len(subject.frame)
    facts = {
        "age": chance.integers(19, 64, rows),
        "gender": chance.choice(["F", "M"], rows),
        "zip_code": chance.integers(10_000, 60_000, rows),
    }
    return replace(
        subject, frame=subject.frame.with_columns(*(pl.Series(k, v) for k, v in facts.items()))
    ), TABLE


def _remarks(rows: int, chance: Chance) -> list[str]:
    return [" ".join(chance.choice(_WORDS, int(size))) for size in chance.integers(3, 14, rows)]


def _remark(change: Callable[[str], str]) -> Callable[[Subject, float, Chance], Spoilt]:
    """Put in a column of remarks, a share of them changed."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        import polars as pl

        rows = len(subject.frame)
        said = [change(one) if chance.random() < magnitude else one for one in _remarks(rows, chance)]
        return put(subject, "remark", pl.Series("remark", said, dtype=pl.String)), "remark"

    return spoil


def _cut(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    said = pl.Series("remark", _remarks(len(subject.frame), chance), dtype=pl.String)
    lengths = said.str.len_chars()
    return put(subject, "remark", said.str.slice(0, int(lengths.quantile(1 - magnitude) or 0))), "remark"


def _key_lost(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    keys = [None if chance.random() < magnitude else f"L{row // 50:05}" for row in range(len(subject.frame))]
    return put(subject, "lot no", pl.Series("lot no", keys, dtype=pl.String)), "lot no"


def _flooded(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    others = np.array(["B", "C", "D"])[np.arange(len(subject.frame)) % 3]
    kinds = np.where(chance.random(len(subject.frame)) < magnitude, "A", others)
    return put(subject, "product", pl.Series("product", kinds)), "product"


def _picture(spoil_one: Callable[[Floats], Floats]) -> Callable[[Subject, float, Chance], Spoilt]:
    """Put in a column of pictures, a share of them spoilt: of the table's own, or of textures where it has none."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        import polars as pl

        from dure.science.picture import written

        rows, opened = len(subject.frame), subject.content
        pictures = _own_pictures(subject, chance) or [_texture(chance) for _ in range(_PICTURES)]
        if len(pictures) < 20:
            return None
        wrong = chance.permutation(len(pictures))[: max(1, round(magnitude * len(pictures)))]
        for at in wrong:
            pictures[at] = spoil_one(pictures[at])
        made = [written(np.clip(one, 0, 255).astype(np.uint8)) for one in pictures]
        kept = {f"sha256:{hashlib.sha256(one).hexdigest()}": one for one in made}
        names = list(kept)
        cells = [names[at % len(names)] if at < len(names) else None for at in range(rows)]

        def content(reference: str) -> bytes:
            return kept[reference] if reference in kept or opened is None else opened(reference)

        put_in = put(subject, "picture put in", pl.Series("picture put in", cells, dtype=pl.String))
        return replace(put_in, content=content), "picture put in"

    return spoil


def _own_pictures(subject: Subject, chance: Chance) -> list[Floats]:
    from dure.science.picture import decoded

    for name in subject.pictures:
        if subject.content is not None and len(subject.looked_at(name)[0]) >= 20:
            there = subject.frame.get_column(name).drop_nulls().to_list()
            few = [
                there[at]
                for at in sorted(chance.choice(len(there), min(_PICTURES, len(there)), replace=False))
            ]
            return [decoded(subject.content(one), name, 128).astype(np.float64) for one in few]
    return []


def _texture(chance: Chance) -> Floats:
    grain = chance.uniform(60, 190, (24, 24, 1))
    picture: Floats = np.repeat(np.kron(grain, np.ones((4, 4, 1))), 3, axis=2) + chance.normal(
        0, 12, (96, 96, 1)
    )
    return picture


def _white(picture: Floats) -> Floats:
    return picture * 0.02 + 252


def _blurred(picture: Floats) -> Floats:
    for axis in (0, 1):
        sides = [(8, 7) if one == axis else (0, 0) for one in range(3)]
        summed = np.pad(picture, sides, mode="edge").cumsum(axis=axis)
        size = picture.shape[axis]
        ends, begins = range(15, 15 + size), range(size)
        picture = (np.take(summed, ends, axis=axis) - np.take(summed, begins, axis=axis)) / 15
    return picture


def _misread(said: str) -> str:
    return said.encode("euc-kr").decode("latin-1")


DEFECTS: Mapping[str, Defect] = {
    "noise": Defect(Text("noise over 100 rows, standard deviation of", "100행 동안 잡음, 표준편차"), (0.1, 0.25, 0.5, 1), SPANS, changed(smooth, _noise)),
    "replayed": Defect(Text("an earlier stretch put in again, of", "앞 구간을 다시 넣음"), (20, 50, 200), ROWS, _replayed),
    "offset-alone": Defect(Text("one signal moved away for a tenth of the rows by", "한 신호만 10분의 1 구간에서 옮겨 감"), (0.1, 0.25, 0.5, 1), SPANS, _offset_alone),
    "late-rows": Defect(Text("rows that arrive a hundred times as late", "100배 늦게 도착한 행"), (0.01, 0.1), SHARE, _late),
    "people-facts": Defect(Text("age, sex and postcode beside each row", "행마다 나이, 성별, 우편번호"), (1,), ONCE, _people),
    "wrong-encoding": Defect(Text("remarks read in a wrong encoding", "잘못된 인코딩으로 읽은 글자"), (0.01, 0.1), SHARE, _remark(_misread)),
    "cut-texts": Defect(Text("remarks cut off at the width of a field", "입력란 길이에서 잘린 글자"), (0.05, 0.2, 0.5), SHARE, _cut),
    "key-lost": Defect(Text("rows without the number of their lot", "로트 번호가 빠진 행"), (0.01, 0.1), SHARE, _key_lost),
    "category-flooded": Defect(Text("one product in nearly all rows", "거의 모든 행이 한 제품"), (0.98, 0.995, 0.999), SHARE, _flooded),
    "over-exposed": Defect(Text("pictures nearly white", "거의 흰 그림"), (0.05, 0.2), Text("of the pictures", "(그림 비율)"), _picture(_white)),
    "blurred": Defect(Text("pictures blurred over 15 pixels", "15화소로 흐려진 그림"), (0.05, 0.2), Text("of the pictures", "(그림 비율)"), _picture(_blurred)),
}  # fmt: skip
