"""The last stage: the card is written, with the model's worth on it, and the package is signed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure import __version__
from dure.science.learn.choosing import detecting
from dure.science.learn.choosing import plan as plans
from dure.science.learn.choosing.plan import Material, Plan
from dure.science.learn.choosing.reading import READ_FILE, permitted
from dure.science.learn.choosing.told import told
from dure.science.learn.family import Exported, family_named
from dure.science.learn.forms.graph import thinned
from dure.science.learn.forms.opening import FILES, opened
from dure.science.learn.judging.judged import Judged
from dure.science.learn.judging.recomputing import measured
from dure.science.learn.judging.worth import judged
from dure.science.learn.keeping import package
from dure.science.learn.model import matrix, without_each
from dure.science.learn.request import TrainRequest
from dure.science.learn.serving.changes import Changes
from dure.science.learn.serving.drift import references
from dure.science.learn.serving.gate import unnamed_columns
from dure.science.learn.serving.near import Near
from dure.science.learn.serving.states import StateRule
from dure.science.learn.target import word
from dure.science.learn.tasks import asked_of
from dure.science.learn.telling.account import Documents, purpose, useless, weakest, worth
from dure.science.prepare import FittedRecipe
from dure.science.quality import unit_in
from dure.vocabulary import Progress, Text, language

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.choosing.columns import Aside

Floats = NDArray[np.float64]
Facts = dict[str, Any]

MOST_GROUPS, MOST_EXPLAINED = 1_000, 400
PACKAGE, FACTS_FILE = "package", "facts.json"


@dataclass(frozen=True)
class Finished:
    """All that the stages before left: the rows with their plan, the fitted recipe, the fits, what was read."""

    request: TrainRequest
    folder: Path
    material: Material
    recipe: FittedRecipe
    fit: Facts
    read: Facts

    @classmethod
    def of(cls, request: TrainRequest, folder: Path) -> "Finished":
        """What lies in `folder`."""
        found = {
            name: json.loads((folder / name).read_bytes()) for name in ("recipe.json", "fit.json", READ_FILE)
        }
        recipe = FittedRecipe.from_dict(found["recipe.json"])
        return cls(
            request, folder, plans.kept(folder, plans.SHOWN), recipe, found["fit.json"], found[READ_FILE]
        )


def stage_report(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Measure, write the card, sign the package."""
    permitted(request)
    progress(0.9, "report")
    finished = Finished.of(request, folder)
    rows = described(judged(finished.material, folder), finished)
    progress(0.95, "report")
    figures, metrics, pictures = measured(rows)
    card = card_of(finished, figures)
    documents = {
        "card.json": card,
        "recipe.json": finished.recipe.to_dict(),
        "metrics.json": metrics,
        "report.json": pictures,
        "fingerprint.json": _fingerprint(finished, card),
    }
    files = {
        name: json.dumps(one, ensure_ascii=False, indent=1, allow_nan=False)
        for name, one in documents.items()
    }
    package.write(
        _models(finished, card)
        | ({} if request.without_rows else rows.files() | _similar(finished))
        | {name: text.encode() for name, text in files.items()},
        folder / PACKAGE,
    )
    told = Documents(card, metrics, pictures)
    words = [purpose(card), *worth(told), *weakest(told), *useless(card)]
    plans.write_json(facts_of(card, words), folder / FACTS_FILE)
    progress(0.99, "report")


def _similar(finished: Finished) -> dict[str, bytes]:
    """The earlier records that a model of texts keeps, so that the nearest can be shown beside what it predicts."""
    request, frame = finished.request, finished.material.frame
    texts = [name for name in request.found.get("texts", ()) if name in frame.columns]
    if request.asked != "read" or not texts or request.target is None or request.target not in frame.columns:
        return {}
    from dure.science.learn.serving.similar import SimilarRecords

    kept = SimilarRecords.of(frame, texts, request.target)
    return {} if kept is None else kept.files()


def described(rows: Judged, finished: Finished) -> Judged:
    """Judged rows with what else figures are taken from: names of the groups, and the part of each signal in some rows."""
    plan, extra = finished.material.plan, {}
    facts = {**rows.facts, "learnt": len(finished.material.frame)}
    if "group" in rows.rows:
        facts["groups"] = _groups(finished)
    if plan.task != "detect":
        facts["signals"], extra["parts"] = parts_of_signals(finished)
    return Judged(facts, {**rows.rows, **extra})


def _groups(finished: Finished) -> list[str]:
    """Names of the groups in the order of their numbers."""
    plan, frame = finished.material.plan, finished.material.frame
    if plan.group in frame.columns:
        names = [
            f"{plan.group} {word(value)}"
            for value in frame.get_column(plan.group).unique(maintain_order=True)
        ]
    else:
        names = [Path(name).name.removesuffix(".gz") for name, _ in plan.sources]
    return [name[:60] for name in names[:MOST_GROUPS]]


def parts_of_signals(finished: Finished) -> tuple[list[str], Floats]:
    """Signals, and how much each speaks for what the model says of some of the rows it learnt from. [rows, signals]."""
    material, plan = finished.material, finished.material.plan
    served = opened(
        Exported(finished.fit["form"], (finished.folder / finished.fit["fits"][0]["model"]).read_bytes())
    )
    x = matrix(finished.recipe.transform(material.frame.select(plan.features), plan.segments))
    x = x[thinned(len(x), MOST_EXPLAINED)]
    parts = family_named(plan.task, finished.fit["family"]).contributions(served, x)
    if parts is None:
        parts = without_each(served, x)
    origins = list(finished.recipe.known_as.values())
    names = list(dict.fromkeys(origins))
    found = np.zeros((len(x), len(names)))
    for origin, part in zip(origins, np.abs(parts).T, strict=True):
        found[:, names.index(origin)] += part
    return names, found


def _models(finished: Finished, card: Facts) -> dict[str, bytes]:
    """Bytes of each fit under the name that the card gives it."""
    made = [(finished.folder / one["model"]).read_bytes() for one in finished.fit["fits"]]
    return {one["file"]: content for one, content in zip(card["fits"], made, strict=True)}


def _fingerprint(finished: Finished, card: Facts) -> Facts:
    """What the model learnt from: the bytes of each source, rows, columns, ranges."""
    files = finished.read["files"]
    return {
        "sources": [
            {"name": Path(name).name, "rows": rows, "sha256": files.get(name, "")}
            for name, rows in finished.read["sources"]
        ],
        "rows": len(finished.material.frame),
        "columns": finished.material.frame.columns,
        "ranges": {one["name"]: [one["low"], one["high"]] for one in card["inputs"]},
    }


def card_of(finished: Finished, figures: Facts) -> Facts:
    """The model card; see `ModelCard` for its entries. `figures` are those that the judged rows give."""
    plan, fit, request = finished.material.plan, finished.fit, finished.request
    family = family_named(plan.task, fit["family"])
    classes = plan.classes
    known = classes and {"names": list(classes.names), "kind": classes.kind, "positive": classes.positive}
    model = finished.folder / fit["fits"][0]["model"]
    return {
        "version": package.VERSION,
        "id": plans.digest(model)[:12],
        "dure": __version__,
        "made": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "task": plan.task,
        "asked": request.asked,
        "why": both(plan.why),
        "target": plan.target,
        "unit": request.units.get(plan.target or "") or unit_in(plan.target or ""),
        "family": family.name,
        "family_words": both(family.label),
        "form": fit["form"],
        "settings": fit["settings"],
        "learnt": fit["facts"],
        "tried": fit["tried"],
        "seed": request.seed,
        "rows": len(finished.material.frame),
        "inputs": _inputs(finished),
        "quantities": _quantities(finished),
        "near": _near(finished),
        "unnamed_columns": unnamed_columns(finished.material.frame),
        "left_out": [_aside(one) for one in plan.columns.left_out],
        "to_look_at": [_aside(one) for one in plan.columns.to_look_at],
        "clock": plan.clock,
        "period": plan.period,
        "group": plan.group if plan.task == "detect" else plan.runs_by,
        "normal_rows": request.normal_rows,
        "classes": known,
        "fits": _fits(fit),
        "validation": _validation(plan, fit),
        "notes": [both(note) for note in plan.notes],
        "rows_kept": not request.without_rows,
        **_watching(finished),
        **told(plan, fit),
        **figures,
    }


def _watching(finished: Finished) -> Facts:
    """What the line watches by: the distribution of each input, and for a detector its states and how it is calmed."""
    import polars as pl

    plan, frame = finished.material.plan, finished.material.frame
    rule = StateRule.of(plan.facts.get("state"))
    states = rule.states(frame, plan.segments) if rule else [""] * len(frame)
    if plan.task == "detect":
        normal = finished.material.y > 0
        frame, states = (
            frame.filter(pl.Series(normal)),
            [one for one, kept in zip(states, normal, strict=True) if kept],
        )
    names = [one.name for one in finished.recipe.columns if frame.schema[one.name].is_numeric()]
    facts: Facts = {"drift": references(matrix(frame.select(names)), states, names) if names else None}
    if plan.task == "detect":
        facts |= {
            "state": rule.to_dict() if rule else None,
            "steady": detecting.steady_of(finished.request).to_dict(),
            # Rows that stand alone follow nothing: nothing changes from one to the next.
            "changes": None if _alone(finished.request) else Changes().to_dict(),
        }
    return facts


def _alone(request: TrainRequest) -> bool:
    asked = asked_of(request)
    return asked is not None and asked.alone


def _fits(fit: Facts) -> list[Facts]:
    """The fits as the card has them: file, source, normal rows and their bytes."""
    endings = [FILES[one.get("form") or fit["form"]] for one in fit["fits"]]
    told = ("form", "horizon", "family", "interval", "error", "null_error")
    return [
        {
            "file": f"model-{at:03d}{endings[at]}" if at else f"model{endings[at]}",
            "source": one["source"],
            "state": one.get("state", ""),
            "rows": one["rows"],
            "seen": one["seen"],
            **{name: one[name] for name in told if name in one},
        }
        for at, one in enumerate(fit["fits"])
    ]


def _validation(plan: Plan, fit: Facts) -> Facts:
    """How the model was judged, as the card has it."""
    if plan.validation is not None:
        one = plan.validation
        return {"kind": one.kind, "gap": one.gap, "folds": one.folds, "by": one.by, "words": both(one.words)}
    gap, sources = plan.recipe.warm_up, len(plan.sources)
    if sources > 1 and len(fit["fits"]) == 1:
        words = Text(
            f"Whole files were held back in turn, {sources} in all; the alarms are those of files never learnt from.",
            f"파일 {sources}개를 번갈아 통째로 떼어 두고, 학습하지 않은 파일에서 난 알람를 셌습니다.",
        )
    else:
        words = Text(
            f"Normal rows in order were held back in {detecting.STRETCHES} stretches, {gap} rows left out on either "
            "side; the alarms are those of the rows held back"
            + (", in each file by its own fit." if sources > 1 else "."),
            f"정상 행을 순서대로 {detecting.STRETCHES}구간으로 나누어 번갈아 떼어 두고(앞뒤 {gap}행 제외), 떼어 둔 행에서 난 "
            "알람를 셌습니다" + (". 파일마다 따로 학습했습니다." if sources > 1 else "."),
        )
    return {
        "kind": "held_back_normal",
        "gap": gap,
        "folds": detecting.STRETCHES,
        "by": "",
        "words": both(words),
    }


def both(text: Text) -> dict[str, str]:
    """A text as JSON has it, in both languages."""
    return {"en": text.en, "ko": text.ko}


def _aside(one: "Aside") -> Facts:
    return {"column": one.column, "key": one.key, "why": both(one.why)}


def _inputs(finished: Finished) -> list[Facts]:
    """Columns that the model needs, with the range and the usual range of the rows it learnt from."""
    import polars as pl

    frame = finished.material.frame
    if finished.material.plan.task == "detect":
        frame = frame.filter(pl.Series(finished.material.y > 0))
    known = finished.request.units
    return [
        {
            "name": one.name,
            "unit": known.get(one.name) or one.unit,
            "kind": one.kind,
            **_range(frame.get_column(one.name)),
        }
        for one in finished.recipe.columns
    ]


def _near(finished: Finished) -> Facts | None:
    """Where the rows learnt from lie, as neighbourhoods of many rows each; a detector's over the normal rows."""
    import polars as pl

    frame = finished.material.frame
    if finished.material.plan.task == "detect":
        frame = frame.filter(pl.Series(finished.material.y > 0))
    names = [one.name for one in finished.recipe.columns if frame.schema[one.name].is_numeric()]
    found = Near.learnt(matrix(frame.select(names)), names) if names else None
    return found.to_dict() if found else None


def _quantities(finished: Finished) -> list[Facts]:
    """What the recipe reckons that has a name of its own: label, unit, and its ranges over the normal rows."""
    plan, recipe = finished.material.plan, finished.recipe
    if not recipe.quantities:
        return []
    found = recipe.reckon(finished.material.frame.select(plan.features), plan.segments)
    if plan.task == "detect":
        import polars as pl

        found = found.filter(pl.Series(finished.material.y > 0))
    return [
        {
            "name": name,
            "label": both(one.label),
            "unit": one.unit,
            "kind": "number",
            **_range(found.get_column(name)),
        }
        for name, one in recipe.quantities.items()
    ]


def _range(column: "pl.Series") -> dict[str, float | None]:
    """Lowest and highest value, and the bounds of the middle nine tenths; None for words."""
    found = np.empty(0)
    if column.dtype.is_numeric():
        found = column.drop_nulls().cast(float).to_numpy()
        found = found[np.isfinite(found)]
    if not len(found):
        return {"low": None, "high": None, "usual_low": None, "usual_high": None}
    low, usual_low, usual_high, high = (float(value) for value in np.quantile(found, [0, 0.05, 0.95, 1]))
    return {"low": low, "high": high, "usual_low": usual_low, "usual_high": usual_high}


def spoken(facts: Mapping[str, Any]) -> Facts:
    """Facts of a card with their words in the language in force.

    >>> from dure.vocabulary import use_language
    >>> with use_language("ko"):
    ...     spoken({"gap": 5, "words": {"en": "in time", "ko": "시간 순서"}})
    {'gap': 5, 'words': '시간 순서'}
    """
    return {
        name: value[language()] if isinstance(value, Mapping) and set(value) == {"en", "ko"} else value
        for name, value in facts.items()
    }


def facts_of(card: Mapping[str, Any], words: Sequence[str] = ()) -> Facts:
    """What `train` answers, from the card, in the language in force; `words` say what the model is worth."""
    return {
        "task": card.get("asked") or card["task"],
        "target": card["target"],
        "why": card["why"][language()],
        "rows": card["rows"],
        "columns": len(card["inputs"]),
        "family": card["family"],
        "validation": spoken(card["validation"]),
        "unit": card["unit"],
        "metric": card["metric"],
        "null": card["null"],
        "words": list(words),
        "left_out": [spoken(one) for one in card["left_out"]],
        "to_look_at": [spoken(one) for one in card["to_look_at"]],
        "notes": [note[language()] for note in card["notes"]],
    }
