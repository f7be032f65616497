"""“Which column would you like to know?”: what fits a column, what gives it away, and what came of a training."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.registry import ModelVersion
from dure.plant.studio.desk import Desk
from dure.plant.studio.folding import column_absent
from dure.plant.studio.grid import print_of
from dure.plant.studio.keeping import write_whole
from dure.plant.studio.looking import shown
from dure.plant.studio.refusals import ActionWrong
from dure.vocabulary import Action, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn import TrainRequest

TASKS = ("auto", "estimate", "classify", "detect", "forecast", "life", "inspect", "listen", "read")
BUDGETS = (15, 60, 300, 1_800)
LOOKED_AT = 100_000
"""Rows in which columns that give a target away are looked for."""
FEW = 10
LEAKS = frozenset({"leakage-suspect", "leakage-in-part", "known-only-after"})


def suggested(column: "pl.Series", kind: str) -> tuple[str, Text]:
    """The task that fits a column, and why.

    >>> import polars as pl
    >>> suggested(pl.Series("ok", ["yes", "no"]), "text")[0], suggested(pl.Series("t", [1.5, 2.25]), "number")[0]
    ('classify', 'estimate')
    """
    if kind in ("image", "sound", "time"):
        return "", Text(
            "It is something to learn from, not to be known.", "맞힐 대상이 아니라 학습에 쓰는 열입니다."
        )
    distinct = column.drop_nulls().n_unique()
    if distinct < 2:
        return "", Text("It always has the same value.", "값이 늘 같습니다.")
    if kind in ("text", "bool"):
        if distinct > 100:
            return "", Text(
                f"It has {distinct:,} different texts: too many to tell apart.",
                f"서로 다른 글이 {distinct:,}개라 구분하기에 너무 많습니다.",
            )
        return "classify", Text(f"It has {distinct} different values.", f"값의 종류가 {distinct}개입니다.")
    whole = column.dtype.is_integer() or bool((column.drop_nulls() % 1 == 0).all())
    if whole and distinct <= FEW:
        return "classify", Text(
            f"It has only {distinct} different whole numbers.", f"정수 값이 {distinct}종류뿐입니다."
        )
    return "estimate", Text("It is a number with many values.", "값이 다양한 숫자입니다.")


_CHOICES: Mapping[str, Text] = {
    "auto": Text("chosen from the column", "열을 보고 정합니다"), "estimate": Text("a number", "숫자"), "classify": Text("a class", "분류"),
    "detect": Text("what is not normal", "정상이 아닌 것"), "forecast": Text("what it will be later", "앞으로의 값"),
    "life": Text("how long it will last", "남은 수명"), "inspect": Text("from the pictures", "사진으로 판정"), "listen": Text("from the sounds", "소리로 판정"),
    "read": Text("from the texts", "글로 판정"),
}  # fmt: skip
WORDY = 20
"""Different texts from which on a column is written language, not names of classes."""


def choices(desk: Desk, target: str) -> list[dict[str, str]]:
    """Tasks that fit the table and, if it is named, the target; each with its words. `life` knows its own target."""
    grid = desk.grid
    kinds = {name: grid.kind(name) for name in desk.view.columns}
    others = {name: kind for name, kind in kinds.items() if name != target}
    if not target:
        found = ["detect", "life"] if "time" in kinds.values() or len(kinds) > 2 else ["detect"]
        return [{"task": one, "words": str(_CHOICES[one])} for one in found]
    number = kinds.get(target) == "number"
    found = ["auto", *(["estimate"] if number else []), "classify"]
    found += ["forecast"] if number and grid.rows >= 50 else []
    found += ["inspect"] if "image" in others.values() else []
    found += ["listen"] if "sound" in others.values() else []
    texts = [name for name, kind in others.items() if kind == "text"]
    written = any(
        shown(grid, desk.view, [one]).get_column(one).head(5_000).n_unique() > WORDY for one in texts
    )
    found += ["read"] if written else []
    return [{"task": one, "words": str(_CHOICES[one])} for one in found]


def targets(desk: Desk, column: str = "") -> list[dict[str, Any]]:
    """Each column (or one) with its task, why, and for one the columns that would give it away."""
    grid, view = desk.grid, desk.view
    if column and column not in grid.columns:
        raise column_absent(column[:80])
    table = shown(grid, view, [column] if column else view.columns).head(LOOKED_AT)
    found = []
    for name in table.columns:
        task, why = suggested(table.get_column(name), grid.kind(name))
        found.append(
            {
                "column": name,
                "task": task,
                "why": str(why),
                "leaks": [],
                "missing": table.get_column(name).null_count(),
            }
        )
    if column:
        found[0]["leaks"] = leaks(desk, column)
    return found


def leaks(desk: Desk, target: str) -> list[dict[str, str]]:
    """Columns that know the target beforehand: each with its sentence."""
    from dure.science.prepare import Table
    from dure.science.quality import profile

    frame = shown(desk.grid, desk.view).head(LOOKED_AT)
    found = profile(Table(frame, (desk.sheet.name,), (frame.height,)), target=target).to_dict()["findings"]
    told = [
        {"column": str(one["where"]), "message": str(one["message"]), "remedy": str(one["remedy"])}
        for one in found
        if one["key"] in LEAKS
    ]
    made = [
        {
            "column": name,
            "message": str(
                Text(
                    f"“{name}” is made of “{target}” by its formula.",
                    f"“{name}” 열은 “{target}” 열로 계산합니다.",
                )
            ),
            "remedy": str(Text("It is left out.", "학습에서 뺍니다.")),
        }
        for name in _made_of(desk, target)
        if name not in {one["column"] for one in told}
    ]
    return told + made


def _made_of(desk: Desk, target: str) -> list[str]:
    """Columns whose formulas look at the target, and those that look at these."""
    from dure.science.formula import parse
    from dure.vocabulary import DureError

    reads: dict[str, set[str]] = {}
    for name, text in desk.grid.formulas.items():
        try:
            reads[name] = set(parse(text, desk.functions).columns)
        except DureError:
            reads[name] = set()
    found: set[str] = set()
    while more := {
        name
        for name, columns in reads.items()
        if name not in found and name != target and columns & ({target} | found)
    }:
        found |= more
    return [name for name in reads if name in found]


def request_of(desk: Desk, body: Mapping[str, Any]) -> "tuple[TrainRequest, str]":
    """What is asked of the training on what is shown, and the name of the model.

    Raises
    ------
    ActionRefused
        If the data may not be learnt from.
    ActionWrong
    """
    from dure.science.learn import TrainRequest

    desk.permit.require(Action.TRAIN)
    task, target = str(body.get("task") or "auto"), str(body.get("target") or "")
    if task not in TASKS:
        raise ActionWrong(
            task[:40],
            why=Text(f"the tasks are {', '.join(TASKS)}", f"쓸 수 있는 과제는 {', '.join(TASKS)}입니다"),
        )
    if target and target not in desk.grid.columns:
        raise column_absent(target[:80])
    if not target and task not in ("detect", "life"):
        raise ActionWrong(
            "target", why=Text("choose the column that you would like to know", "알고 싶은 열을 고르세요")
        )
    if desk.grid.busy:
        raise ActionWrong(
            next(iter(desk.grid.busy)), why=Text("it is still being reckoned", "아직 계산 중입니다")
        )
    budget = int(body.get("budget") or 60)
    ignore = {str(one) for one in body.get("ignore") or []} | set(_made_of(desk, target) if target else ())
    units = {name: unit for name, unit in desk.grid.units.items() if unit and name in desk.view.columns}
    asked = TrainRequest(
        (str(table_of(desk)),), target=target or None, task=task, time=str(body.get("time") or "") or None, group=str(body.get("group") or "") or None,
        horizon=str(body.get("horizon") or "")[:20] or None,
        ignore=tuple(sorted(ignore & set(desk.view.columns))), budget=float(min(BUDGETS[-1], max(1, budget))), units=units, permit=desk.permit,
    )  # fmt: skip
    return asked, " ".join(str(body.get("name") or f"{desk.sheet.name} {target}").split())[:200]


def table_of(desk: Desk) -> Path:
    """What is shown as a file that stays: the work may begin again after a kill."""
    view = desk.view
    mark = print_of(desk.grid.key, view.columns, view.key)
    place = desk.sheet.folder / "training" / f"{mark}.parquet"
    if not place.is_file():
        write_whole(shown(desk.grid, view), place, "parquet")
    return place


_STAGES = {
    "table": Text("Gathering the rows", "행을 모으는 중"), "read": Text("Reading the table", "표를 읽는 중"), "prepare": Text("Preparing the columns", "열을 전처리하는 중"),
    "search": Text("Trying kinds of models", "모델 종류를 시험하는 중"), "fit": Text("Fitting the chosen one on all rows", "고른 모델을 전체 행으로 학습하는 중"),
    "report": Text("Judging it and writing the report", "검증하고 보고서를 쓰는 중"), "register": Text("Taking it among the models", "모델 목록에 등록하는 중"),
}  # fmt: skip
_TRYING = Text("Trying kinds of models", "모델 종류를 시험하는 중")


def stage_said(stage: str) -> str:
    """What a training does now, in words."""
    return str(_STAGES.get(stage, _TRYING)) if stage else ""


def told(model: ModelVersion) -> dict[str, Any]:
    """What came of it: sentences against the null, the figures, where the report is, and the formula that adds it."""
    from django.urls import reverse

    from dure.science.learn import measure_name, verdict

    words, mood = verdict(model.card)
    null = model.null
    figures = [
        {"name": measure_name(name), "value": value, "null": null.get(name)}
        for name, value in model.metric.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    return {
        "model": model.pk, "name": model.name, "task": model.task, "sentences": [words, *_further(model.card)], "mood": mood, "figures": figures,
        "page": reverse("registry:report", args=[model.pk]),
        "formula": f'={"ANOMALY" if model.task == "detect" else "PREDICT"}("{model.pk}")',
    }  # fmt: skip


def _further(card: Mapping[str, Any]) -> list[str]:
    """How it was judged, in the words of its card."""
    validation = card.get("validation")
    words = validation.get("words") if isinstance(validation, Mapping) else None
    if isinstance(words, Mapping) and words.get("en"):
        return [str(Text(str(words["en"]), str(words.get("ko") or words["en"])))]
    return [words] if isinstance(words, str) and words else []
