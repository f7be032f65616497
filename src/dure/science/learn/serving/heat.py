"""Where a picture speaks for a verdict: a heat map, by leaving out one place after the other.

The picture is seen once; then its numbers are taken again with each place of a grid left out, and the exported model,
the one that serves, is asked about all of them. What its answer loses without a place is the heat of that place: it is
told by the very model whose verdict it explains, whatever family it is of.

References
----------
M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014 (occlusion), here on what the
network has seen instead of on the pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.picture import as_png, looked, places_in, seen
from dure.science.prepare import Fitted, FittedRecipe, called, content_of
from dure.vocabulary import ModelRefused, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.model import Model

Floats = NDArray[np.float64]

GRID = 16
MOST_MAPS = 1_000
_EMBED, _MARKS = "image.embed", "image.marks"


class NoPictureIn(ModelRefused):
    """A heat map was asked of a model that looks at no pictures."""

    key = "model-no-picture"
    says = Text("The model {where} does not look at pictures.", "{where} 모델은 그림을 보지 않습니다.")
    remedy = Text("Ask a model trained with --task inspect.", "--task inspect로 학습한 모델에 요청해 주세요.")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the recipe looks at pictures: the step's place, its column and the size it looks at [pixels]."""

    at: int
    column: str
    side: int


def heat(model: "Model", reference: str, *, row: Mapping[str, Any] | None = None, grid: int = GRID) -> Floats:
    """How much each place of a picture speaks for what the model says of it. [grid, grid].

    Parameters
    ----------
    model
        Trained with `--task inspect`, or any whose recipe embeds a picture.
    reference
        The picture, as the table's cell holds it.
    row
        Values of the other inputs; those not given count as missing.
    grid
        Places across and down.

    Returns
    -------
    What is lost without each place: of a detector's score (1 is the threshold), of a number in its unit, or of the log-odds
    of the decided class. Negative where a place speaks against it.

    Raises
    ------
    NoPictureIn
        If the model looks at no pictures.
    ContentAbsent, NotAPicture, PictureDamaged, PictureTooLarge
        If the picture is not to be had, or cannot be read.
    """
    place = _place_in(model)
    numbers = _with_and_without(model.recipe.steps[place.at], reference, place.side, grid)
    x = _prepared(model.recipe, place, numbers, {**(row or {}), place.column: reference})
    says = _strength(model.fits[model.card["fits"][0]["file"]].run(x), model)
    return np.asarray((says[0] - says[1:]).reshape(grid, grid))


def _with_and_without(fitted: Fitted, reference: str, side: int, grid: int) -> Floats:
    """The numbers of a picture, then those with each place left out. [1 + places, F]."""
    content, name = content_of(reference), called(reference)
    if fitted.step.name() == _EMBED:
        found = seen(content, name, side)
        return np.concatenate([found.numbers()[None], found.without_each(grid, grid)])
    step: Any = fitted.step  # the only other step that looks at places
    at_depths, teller = looked(content, name, side), step.teller(fitted.learnt, reference)
    return np.concatenate(
        [teller.numbers(places_in(at_depths))[None], teller.without_each(at_depths, grid, grid)]
    )


def heat_png(model: "Model", reference: str, *, row: Mapping[str, Any] | None = None) -> bytes:
    """The heat map laid over its picture, as PNG; raises as `heat`."""
    return as_png(heat(model, reference, row=row), content_of(reference), called(reference))


def write_maps(model: "Model", frame: "pl.DataFrame", folder: Path) -> int:
    """A heat map for each row that raises an alarm, or of a classifier for each row; how many were written.

    Parameters
    ----------
    model
        Trained with `--task inspect`.
    frame
        Rows as `predict` gives them beside the input: the pictures, and `alarm` where the model is a detector.
    folder
        Where to, made if it is not there; a map is called after the row and its file, `12 scratch.png`. At most 1,000.

    Raises
    ------
    NoPictureIn
        If the model looks at no pictures; and as `heat`.
    """
    place = _place_in(model)
    folder.mkdir(parents=True, exist_ok=True)
    rows = (
        [at for at, alarm in enumerate(frame["alarm"]) if alarm]
        if "alarm" in frame.columns
        else range(len(frame))
    )
    written = 0
    for at in rows:
        row = frame.row(at, named=True)
        if row[place.column] is None or written >= MOST_MAPS:
            continue
        name = PurePosixPath(str(row.get("file") or "")).stem
        known = {one.name: row.get(one.name) for one in model.recipe.columns}
        (folder / f"{f'{at + 1} {name}'.strip()}.png").write_bytes(
            heat_png(model, row[place.column], row=known)
        )
        written += 1
    return written


def _place_in(model: "Model") -> _Place:
    for at, fitted in enumerate(model.recipe.steps):
        if fitted.step.name() in (_EMBED, _MARKS):
            settings = fitted.step.settings()
            return _Place(at, str(settings["column"]), int(settings["side"]))
    raise NoPictureIn(str(model.card.get("target") or model.task))


def _prepared(recipe: FittedRecipe, place: _Place, numbers: Floats, row: Mapping[str, Any]) -> Floats:
    """What the model sees of each version of the picture, the other inputs as in `row`. [N, F]."""
    import polars as pl

    from dure.science.learn.model import matrix

    frame = _one_row(recipe, row)
    for fitted in recipe.steps[: place.at]:
        frame = fitted.transform(frame)
    made_of = recipe.steps[place.at].step.names([place.column])
    names = [name for name in made_of if name != place.column]
    made = pl.from_numpy(np.asfortranarray(numbers), schema=names, orient="row")
    kept = frame.drop(place.column)
    frame = pl.concat([kept] * len(numbers)).hstack(made) if kept.width else made
    for fitted in recipe.steps[place.at + 1 :]:
        frame = fitted.transform(frame)
    return matrix(frame)


def _one_row(recipe: FittedRecipe, row: Mapping[str, Any]) -> "pl.DataFrame":
    import polars as pl

    kinds: dict[str, Any] = {
        "number": pl.Float64, "text": pl.String, "time": pl.Datetime("ns"), "yes-no": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(
        [pl.Series(one.name, [row.get(one.name)], dtype=kinds[one.kind]) for one in recipe.columns]
    )


def _strength(found: Floats, model: "Model") -> Floats:
    """What the model says of each version, as one number: of classes the log-odds of the one decided. [N]."""
    if found.ndim == 1:
        return found
    chosen = int(model.decided(found[:1])[0])
    share = np.clip(found[:, chosen], 1e-9, 1 - 1e-9)
    return np.asarray(np.log(share / (1 - share)))
