"""“These 20 would help most”: which items a person should look at next, and why."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.plant.labels.models import LabelSet
from dure.plant.labels.things import Things, bytes_of, things
from dure.plant.labels.weighing import verdicts
from dure.science.learn import Suggestion, Why, suggest
from dure.vocabulary import DureError, Text, home

if TYPE_CHECKING:
    import polars as pl

    from dure.plant.registry import ModelVersion

COUNT = 20
#: Items among which is chosen; of more, those are taken that were looked at already, then the first.
MOST = 5_000
#: How long pictures and sounds are turned into numbers in one go; the rest comes with the next asking. [s]
AT_ONCE_S = 12.0
FEW_LABELS = 8
_STEPS = {
    "pictures": ("image.statistics", "image.embed"),
    "sounds": ("audio.vibration_indicators", "audio.log_mel"),
}
_UNLIKE = Text("Nothing like it is labelled yet.", "이와 비슷한 항목에는 아직 라벨이 없습니다.")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Helpful:
    """Items worth a look, the most telling first; of how many they were chosen, and by what."""

    items: list[dict[str, str]]
    among: int
    of: int
    by_model: str = ""
    why_not: str = ""

    @property
    def words(self) -> Text:
        """What they were chosen by, in a sentence."""
        among = f"{self.among:,}" if self.among == self.of else f"{self.among:,} / {self.of:,}"
        if self.by_model:
            return Text(
                f"Chosen among {among} items: those on which {self.by_model} wavers, and some unlike all that is labelled.",
                f"항목 {among}개 중에서 {self.by_model}의 판단이 갈리는 것과 라벨이 붙은 것과 다른 것을 골랐습니다.",
            )
        return Text(
            f"Chosen among {among} items by how unlike they are: there are too few labels for a model to waver.",
            f"항목 {among}개 중에서 서로 다른 것을 골랐습니다. 라벨이 적어 아직 모델로 고를 수 없습니다.",
        )


def helpful(label_set: LabelSet, count: int = COUNT) -> Helpful:
    """The items of a set whose labels would help most.

    By the model that the set names, else by one learnt at once from the labels there are, else by diversity alone.

    Raises
    ------
    ItemsGone, HistorianDown
    """
    found = things(label_set)
    told = verdicts(label_set)
    rows, features = _numbers(label_set, found)
    keys = [found.keys[row] for row in rows]
    labelled = np.array([key in told for key in keys], dtype=bool)
    kinds = [told[key].kind if key in told else "" for key in keys]
    names, said, by, why_not = _opinion(label_set, found, rows, features, kinds)
    chosen = suggest(features, labelled, said, count)
    items = [_told(one, keys, names) for one in chosen]
    return Helpful(items, len(rows), len(found), by, why_not)


def _told(one: Suggestion, keys: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    why = _UNLIKE
    if one.why is Why.WAVERS:
        first, second = names[one.first], names[one.second]
        shares = f"{100 * one.shares[0]:.0f} %", f"{100 * one.shares[1]:.0f} %"
        why = Text(
            f"The model wavers between {first} ({shares[0]}) and {second} ({shares[1]}).",
            f"모델이 {first}({shares[0]})와(과) {second}({shares[1]}) 사이에서 망설입니다.",
        )
    return {"key": keys[one.place], "why": one.why.value, "en": why.en, "ko": why.ko}


def _opinion(
    label_set: LabelSet, found: Things, rows: Sequence[int], features: Floats, kinds: Sequence[str]
) -> "tuple[list[str], Floats | None, str, str]":
    """Names of classes, their probabilities at the rows, whose they are, and why the model of the set was not asked."""
    why_not = ""
    if label_set.model is not None:
        try:
            return (*_of_model(label_set.model, label_set, found, rows), str(label_set.model), "")
        except DureError as refusal:
            why_not = str(refusal)
    known = [place for place, kind in enumerate(kinds) if kind]
    names = sorted({kinds[place] for place in known})
    if len(known) < FEW_LABELS or len(names) < 2:
        return names, None, "", why_not
    quick = str(Text("a quick model of the labels so far", "지금까지의 라벨로 만든 간이 모델"))
    return names, _quick(features, known, [names.index(kinds[place]) for place in known]), quick, why_not


def _quick(features: Floats, known: Sequence[int], codes: Sequence[int]) -> Floats:
    from sklearn.linear_model import LogisticRegression

    from dure.science.learn import scaled

    x = scaled(features)
    strict = 0.1 if x.shape[1] > 100 else 1.0  # many numbers a picture, few labels
    fitted = LogisticRegression(C=strict, class_weight="balanced", max_iter=300).fit(
        x[list(known)], list(codes)
    )
    return np.asarray(fitted.predict_proba(x), dtype=np.float64)


def _of_model(
    model: "ModelVersion", label_set: LabelSet, found: Things, rows: Sequence[int]
) -> "tuple[list[str], Floats]":
    from dure.science.learn import load
    from dure.science.prepare import lend

    frame = _asked(label_set, found, rows, model)
    with lend(_Ours(label_set)):
        said = load(model.folder, trust=model.trusted_by_hand, home=home()).predict(frame)
    names = [name for name in said.columns if name.startswith("probability_")]
    if names:
        return [name.removeprefix("probability_") for name in names], said.select(names).to_numpy()
    score = said.get_column("score").to_numpy() if "score" in said.columns else np.zeros(len(rows))
    strange = 1.0 / (1.0 + np.exp(-4.0 * (np.nan_to_num(score) - 1.0)))  # 1 is a detector's limit
    return ["normal", "abnormal"], np.column_stack([1.0 - strange, strange])


def _asked(label_set: LabelSet, found: Things, rows: Sequence[int], model: "ModelVersion") -> "pl.DataFrame":
    """The rows as a model takes them: of contents the column that it learnt pictures or sounds from."""
    import polars as pl

    if found.frame is not None and label_set.about == LabelSet.About.ROWS:
        return found.frame[list(rows)]
    learnt = model.card.get("found") or {}
    inputs = [str(one["name"]) for one in model.card.get("inputs") or ()]
    name = next((str(word) for word in learnt.values() if word in inputs), inputs[0] if inputs else "image")
    return pl.DataFrame({name: [found.keys[row] for row in rows]})


@dataclass(frozen=True, slots=True)
class _Ours:
    """The contents of a set, lent to a model."""

    label_set: LabelSet

    def open(self, reference: str) -> bytes:
        return bytes_of(self.label_set, reference)


# Numbers ------------------------------------------------------------------------------------------------------------


def _numbers(label_set: LabelSet, found: Things) -> tuple[list[int], Floats]:
    """Rows that have numbers, and these. [N], [N, F]."""
    if label_set.about == LabelSet.About.ROWS and found.frame is not None:
        rows = list(range(min(len(found), MOST)))
        return rows, _of_rows(found.frame.head(MOST))
    return _of_contents(label_set, found)


def _of_rows(frame: "pl.DataFrame") -> Floats:
    """Numbers as they are, words with few values as one column each."""
    import polars as pl

    columns: list[Any] = []
    for column in frame.get_columns():
        if column.dtype.is_numeric() or column.dtype == pl.Boolean:
            columns.append(column.cast(pl.Float64).to_numpy())
        elif column.dtype == pl.String and 1 < column.n_unique() <= 12:
            columns += [
                (column == word).fill_null(value=False).cast(pl.Float64).to_numpy()
                for word in column.drop_nulls().unique().sort()
            ]
    return np.column_stack(columns) if columns else np.arange(frame.height, dtype=np.float64)[:, None]


def _of_contents(label_set: LabelSet, found: Things) -> tuple[list[int], Floats]:
    """Numbers of pictures or sounds: those kept from before, and as many new ones as there is time for."""
    kept = _read(label_set)
    ends = time.monotonic() + AT_ONCE_S
    fresh = False
    for key in found.keys[:MOST]:
        if key not in kept and time.monotonic() < ends:
            kept[key], fresh = _seen(label_set, key), True
    if fresh:
        _keep(label_set, kept)
    width = max((len(one) for one in kept.values()), default=0)
    rows = [row for row, key in enumerate(found.keys[:MOST]) if len(kept.get(key, ())) == width and width]
    return rows, np.array([kept[found.keys[row]] for row in rows]).reshape(len(rows), width)


def _seen(label_set: LabelSet, key: str) -> Floats:
    """Numbers of one content; none for one that cannot be read."""
    import polars as pl

    from dure.science.prepare import lend

    column = "image" if label_set.about == LabelSet.About.PICTURES else "sound"
    frame = pl.DataFrame({column: [key]})
    try:
        with lend(_Ours(label_set)):
            return np.concatenate(
                [step.apply(frame, {}).to_numpy()[0] for step in _steps(label_set, column)]
            ).astype(np.float64)
    except DureError:
        return np.empty(0)


def _steps(label_set: LabelSet, column: str) -> list[Any]:
    from dure.science.prepare import steps

    known = steps()
    names = [name for name in _STEPS[label_set.about] if name in known]
    return [known[name](column=column) for name in names]  # type: ignore[call-arg] # the base class has no fields; members have


def _read(label_set: LabelSet) -> dict[str, Floats]:
    try:
        with np.load(label_set.folder / "numbers.npz", allow_pickle=False) as file:
            return dict(zip(file["keys"].tolist(), file["values"], strict=True))
    except (OSError, ValueError, KeyError):
        return {}


def _keep(label_set: LabelSet, kept: dict[str, Floats]) -> None:
    width = max(len(one) for one in kept.values())
    whole = {key: one for key, one in kept.items() if len(one) == width and width}
    if not whole:
        return
    label_set.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = label_set.folder / ".numbers.npz"
    np.savez(beside, keys=np.array(list(whole)), values=np.stack(list(whole.values())))
    beside.replace(label_set.folder / "numbers.npz")
