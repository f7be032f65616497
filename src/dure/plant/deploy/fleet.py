"""One recipe, many machines: a model of all, one of each machine's own, or the model of all with a machine's own scale.

Which of them a machine gets is chosen by validation that only looks forward: the rows of each machine are cut into four
stretches in order of time; what is said of a stretch comes from models that learnt the stretches before it. Scale and
offset are learnt from what the model of all said of stretches it had not seen. The simpler stays unless the other is
better beyond chance on the machine's own last two stretches.

References
----------
A. Gelman, J. Hill, "Data Analysis Using Regression and Multilevel/Hierarchical Models", 2007, ch. 12 (partial pooling).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.plant.deploy.comparing import compare
from dure.science.learn import Turn, said
from dure.science.prepare import each, on
from dure.vocabulary import Action, Permit, Progress, TableProblem, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn import TrainRequest

Floats = NDArray[np.float64]
#: Stretches in order of time; the last so many judge.
STRETCHES, JUDGING = 4, 2
#: A machine with fewer rows before the first judged stretch gets no model of its own; fewer in all, no choice.
OWN_ROWS, FEWEST = 200, 60
#: Rows that count as much as the belief that a machine is like all others (scale 1, offset 0).
BELIEF = 20.0
#: A machine's own interval holds so many of its errors.
LEVEL = 0.9
#: Part of the budget for the model of all; what is left is shared by the models that judge.
POOLED_SHARE, LEAST_BUDGET, MOST_MACHINES = 0.4, 2.0, 500

LIKE_ALL = Text("Served by the model of all machines: {why}", "전체 설비 모델을 씁니다. {why}")
WHY = {
    "few": Text("it has only {rows} rows, too few to judge one of its own.", "행이 {rows}개뿐이라 자기 모델을 판단하기에 부족합니다."),
    "same": Text("nothing of its own was better beyond chance (error {pooled}, own {own}, scaled {partial}).", "자기 모델이나 보정이 우연 이상으로 낫지 않았습니다(오차: 전체 {pooled}, 자기 {own}, 보정 {partial})."),
}  # fmt: skip
SCALED = Text(
    "The model of all with this machine's own scale: error {partial} instead of {pooled} on rows not seen.",
    "전체 모델에 이 설비의 보정을 더합니다. 처음 보는 행에서 오차가 {pooled}에서 {partial}(으)로 줄었습니다.",
)
OWN = Text(
    "A model of its own: error {own} instead of {pooled} on rows not seen.",
    "자기 모델을 씁니다. 처음 보는 행에서 오차가 {pooled}에서 {own}(으)로 줄었습니다.",
)
USELESS = Text(
    " No better than no model ({null}): do not release it here.",
    " 모델이 없는 것({null})보다 낫지 않으니 이 설비에는 출시하지 마세요.",
)


class FleetTooSmall(TableProblem):
    """A table without two machines, or with too many."""

    key = "fleet-machines"
    says = Text(
        "{where} names {machines} machines in {group}.",
        "{where}의 {group} 열에 설비가 {machines}대 있습니다.",
    )
    remedy = Text(
        "A fleet has 2 to 500 machines; name the column with --group.",
        "설비는 2~500대여야 합니다. --group으로 열을 지정하세요.",
    )


class FleetTask(TableProblem):
    """A question that fleets do not answer yet."""

    key = "fleet-task"
    says = Text(
        "{where}: a fleet estimates a number or tells classes apart, not {task}.",
        "{where}: 여러 대 학습은 수치 예측과 분류만 됩니다({task} 제외).",
    )
    remedy = Text(
        "Train a detector with a fit for each file instead.", "이상 감지는 파일마다 따로 학습하세요."
    )


@dataclass(frozen=True, slots=True)
class Fit:
    """What one machine was told by each kind of model on the same rows, in order of time. [N] each, NaN where it had none."""

    truth: Floats
    pooled: Floats
    own: Floats
    null: Floats
    stretch: NDArray[np.int64]
    share: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What a machine is served by: `pooled`, `partial` (scaled) or `own`, with the error of each beside the null."""

    machine: str
    kind: str
    rows: int
    errors: Mapping[str, float | None]
    scale: float = 1.0
    offset: float = 0.0
    half: float | None = None
    en: str = ""
    ko: str = ""

    @property
    def calibration(self) -> dict[str, Any]:
        """Its own scale as a deployment keeps it; empty for the others."""
        own = {"scale": self.scale, "offset": self.offset, "half": self.half}
        return own if self.kind == "partial" else {}

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "errors": dict(self.errors)}


def scaled(truth: Floats, said: Floats) -> tuple[float, float]:
    """Scale and offset that bring what was said nearest to the truth, drawn towards 1 and 0 by few rows.

    >>> said = np.arange(200.0)
    >>> scale, offset = scaled(2.0 * said + 5.0, said)
    >>> round(scale, 2), bool(abs(offset - 5) < 20)
    (1.91, True)
    """
    if len(said) < 2:
        return 1.0, 0.0
    centre, spread = said.mean(), float(((said - said.mean()) ** 2).mean())
    slope = float(((said - centre) * (truth - truth.mean())).mean()) / spread if spread > 0 else 1.0
    trust = len(said) / (len(said) + BELIEF)
    scale = 1.0 + trust * (slope - 1.0)
    return scale, trust * float(truth.mean() - scale * centre)


def choose(machine: str, fit: Fit) -> Choice:
    """What a machine is served by, judged on its last stretches.

    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=400)
    >>> fit = Fit(truth, truth - 3.0, np.full(400, np.nan), np.zeros(400), np.repeat(np.arange(4), 100))
    >>> choose("M1", fit).kind
    'partial'
    """
    judged = (fit.stretch >= STRETCHES - JUDGING) & ~np.isnan(fit.pooled)
    rows = len(fit.truth)
    if rows < FEWEST or judged.sum() < FEWEST // 2:
        return _choice(
            machine, "pooled", rows, {"pooled": None, "partial": None, "own": None, "null": None}, "few"
        )
    partial = _forward(fit)
    said = {"pooled": fit.pooled, "partial": partial, "own": fit.own, "null": fit.null}
    off = {
        name: np.abs(fit.truth - values)[judged]
        if not fit.share
        else (fit.truth != values)[judged].astype(float)
        for name, values in said.items()
    }
    off = {name: values for name, values in off.items() if not np.isnan(said[name][judged]).any()}
    errors = {name: float(off[name].mean()) if name in off else None for name in said}
    kind = "pooled"
    for name in ("partial", "own") if not fit.share else ("own",):
        if name in off and compare(off[kind], off[name], off["null"]).verdict == "better":
            kind = name
    seen = ~np.isnan(fit.pooled)
    scale, offset = scaled(fit.truth[seen], fit.pooled[seen]) if kind == "partial" else (1.0, 0.0)
    half = float(np.quantile(off["partial"], LEVEL)) if kind == "partial" else None
    return _choice(machine, kind, rows, errors, "same", scale, offset, half)


def _forward(fit: Fit) -> Floats:
    """The scaled model's word on each stretch, the scale learnt from the stretches before. NaN where there are none."""
    found = np.full(len(fit.truth), np.nan)
    if fit.share:
        return found
    for stretch in range(STRETCHES - JUDGING, STRETCHES):
        before = (fit.stretch < stretch) & ~np.isnan(fit.pooled)
        here = fit.stretch == stretch
        scale, offset = scaled(fit.truth[before], fit.pooled[before])
        found[here] = scale * fit.pooled[here] + offset
    return found


def _choice(  # noqa: PLR0913, PLR0917 - the parts of one choice
    machine: str,
    kind: str,
    rows: int,
    errors: Mapping[str, float | None],
    why: str,
    scale: float = 1.0,
    offset: float = 0.0,
    half: float | None = None,
) -> Choice:
    words = {name: "–" if value is None else f"{value:.3g}" for name, value in errors.items()}
    said = SCALED if kind == "partial" else OWN if kind == "own" else WHY[why]
    en, ko = said.en.format(rows=rows, **words), said.ko.format(rows=rows, **words)
    if kind == "pooled":
        en, ko = LIKE_ALL.en.format(why=en), LIKE_ALL.ko.format(why=ko)
    best, null = errors.get(kind), errors.get("null")
    if best is not None and null is not None and best >= null:
        en, ko = en + USELESS.en.format(null=words["null"]), ko + USELESS.ko.format(null=words["null"])
    return Choice(machine, kind, rows, errors, scale, offset, half, en, ko)


# Training ----------------------------------------------------------------------------------------------------------


def train_fleet(
    request: "TrainRequest", out: Path, permit: Permit, progress: Progress, cluster: str = ""
) -> dict[str, Any]:
    """Train a model of all machines, choose for each, and train those of their own; `out` gets packages and `fleet.json`.

    The models that judge, some for each machine, are learnt on `cluster` (`ray://HOST`) where one is named; packages are
    made and signed here.

    Parameters
    ----------
    request
        As for `dure.science.learn.train`; `group` names the machine. The budget is for everything together.
    out
        A folder that is not there yet: `pooled/`, `own/<n>/` and `fleet.json` are written into it.

    Returns
    -------
    `group`, `target`, `task`, `rows`, `pooled` {metric, null: on machines it never saw}, `machines` [Choice], `own` {machine: folder}.

    Raises
    ------
    FleetTooSmall, FleetTask, and as `train`
    """
    from dure.science.learn import train
    from dure.science.prepare import read

    permit.require(Action.TRAIN)
    out.mkdir(mode=0o700, parents=True)
    table = read(list(request.sources))
    machines = _machines(table.frame, request)
    progress(0.02, "read")
    pooled = train(
        replace(request, budget=max(LEAST_BUDGET, POOLED_SHARE * request.budget)), out / "pooled", permit
    )
    if pooled["task"] not in {"estimate", "classify"}:
        raise FleetTask(request.sources[0], task=pooled["task"])
    progress(0.3, "search")
    with on(cluster, lambda share, stage: progress(0.3 + 0.6 * share, stage)):
        fits = _fits(replace(request, task=pooled["task"]), machines, out, permit)
    choices = [choose(name, fits[name]) for name in machines]
    own: dict[str, str] = {}
    for name in [one.machine for one in choices if one.kind == "own"]:
        own[name] = f"own/{len(own)}"
        _train(
            _asked(request, out, pooled["task"], budget=_budget(request, len(machines))),
            machines[name],
            out,
            out / own[name],
            permit,
        )
    facts = {
        "group": request.group, "target": request.target, "task": pooled["task"], "rows": pooled["rows"],
        "pooled": {name: pooled.get(name) for name in ("metric", "null", "validation")},
        "machines": [one.to_dict() for one in choices], "own": own,
    }  # fmt: skip
    (out / "fleet.json").write_text(json.dumps(facts, ensure_ascii=False, default=str), encoding="utf-8")
    return facts


def _machines(frame: "pl.DataFrame", request: "TrainRequest") -> "dict[str, pl.DataFrame]":
    """Rows of each machine with a target, in order of time."""
    from dure.science.quality import clock

    where, group = request.sources[0], request.group or ""
    if group not in frame.columns or request.target not in frame.columns:
        raise FleetTooSmall(where, machines="0", group=group or "–")
    found = clock(frame, request.time)
    if found is not None:
        frame = frame[np.argsort(found.seconds, kind="stable")]
    frame = frame.filter(frame[str(request.target)].is_not_null())
    parts = {str(name[0]): part for name, part in frame.group_by(group, maintain_order=True)}
    if not 2 <= len(parts) <= MOST_MACHINES:
        raise FleetTooSmall(where, machines=str(len(parts)), group=group)
    return parts


def _budget(request: "TrainRequest", machines: int) -> float:
    trainings = (STRETCHES - 1) * (machines + 1)
    return max(LEAST_BUDGET, (1.0 - POOLED_SHARE) * request.budget / trainings)


def _asked(request: "TrainRequest", out: Path, task: str, budget: float) -> "TrainRequest":
    """The same recipe for a part: the family that won on all machines, without anybody to tell apart."""
    card = json.loads((out / "pooled" / "card.json").read_bytes())
    family = str(card.get("family") or "")
    known = (family,) if family in {"ridge", "boosting", "neighbours", "logistic"} else ()
    ignore = tuple(dict.fromkeys((*request.ignore, request.group or "")))
    return replace(
        request,
        task=task,
        group=None,
        ignore=ignore,
        budget=budget,
        families=known,
        without_rows=True,
        permit=None,
    )


def _train(request: "TrainRequest", frame: "pl.DataFrame", work: Path, to: Path, permit: Permit) -> None:
    from dure.science.learn import train

    file = work / "part.parquet"
    frame.write_parquet(file)
    to.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        train(replace(request, sources=(str(file),)), to, permit)
    finally:
        file.unlink()


def _fits(
    request: "TrainRequest",
    machines: "Mapping[str, pl.DataFrame]",
    out: Path,
    permit: Permit,
) -> dict[str, Fit]:
    """Each machine's rows as said by models that learnt the stretches before them."""
    import polars as pl

    asked = _asked(request, out, request.task, _budget(request, len(machines)))
    cuts = {name: np.arange(len(part)) * STRETCHES // max(len(part), 1) for name, part in machines.items()}
    pooled = {name: [None] * len(part) for name, part in machines.items()}
    own: dict[str, list[Any]] = {name: [None] * len(part) for name, part in machines.items()}
    turns: list[tuple[Turn, int, dict[str, list[Any]]]] = []
    for stretch in range(1, STRETCHES):
        before = {name: part.filter(pl.Series(cuts[name] < stretch)) for name, part in machines.items()}
        here = {name: part.filter(pl.Series(cuts[name] == stretch)) for name, part in machines.items()}
        turns.append((Turn(asked, permit, pl.concat(list(before.values())), here), stretch, pooled))
        turns += [
            (Turn(asked, permit, before[name], {name: here[name]}), stretch, own)
            for name in machines
            if stretch >= STRETCHES - JUDGING and len(before[name]) >= OWN_ROWS and len(here[name])
        ]
    for found, (_, stretch, words) in zip(
        each(said, [turn for turn, *_ in turns], "fit"), turns, strict=True
    ):
        for name, values in found.items():
            for place, value in zip(np.flatnonzero(cuts[name] == stretch).tolist(), values, strict=True):
                words[name][place] = value
    return {
        name: _fit(part, str(request.target), request.task, pooled[name], own[name], cuts[name])
        for name, part in machines.items()
    }


def _fit(  # noqa: PLR0913, PLR0917 - what one machine was told, by whom
    part: "pl.DataFrame", target: str, task: str, pooled: Sequence[Any], own: Sequence[Any], cut: Any
) -> Fit:
    """Numbers as they are; classes as codes, so that right or wrong can be told."""
    truth: list[Any] = part[target].to_list()
    if task == "classify":
        codes = {word: float(at) for at, word in enumerate(dict.fromkeys(str(one) for one in truth))}
        columns = [
            [codes.get(str(one), -1.0) if one is not None else np.nan for one in column]
            for column in (truth, pooled, own)
        ]
    else:
        columns = [
            [np.nan if one is None else float(one) for one in column] for column in (truth, pooled, own)
        ]
    y, all_, alone = (np.array(column, dtype=np.float64) for column in columns)
    null = np.full(len(y), np.nan)
    for stretch in range(1, STRETCHES):
        before = y[cut < stretch]
        if len(before):
            null[cut == stretch] = (
                np.bincount(before.astype(int)).argmax() if task == "classify" else before.mean()
            )
    return Fit(y, all_, alone, null, np.asarray(cut), share=task == "classify")
