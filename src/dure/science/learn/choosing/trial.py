"""One fold of a search: views and candidates compared on its inner rows, blended, calibrated, held against the null."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing.candidates import Candidate, Standing, candidates, with_iterations
from dure.science.learn.choosing.cheap import CHEAP_ROWS, cheap_candidates
from dure.science.learn.choosing.clockwork import LEAST, Clockwork
from dure.science.learn.choosing.finding import Found, Slot
from dure.science.learn.choosing.plan import Material
from dure.science.learn.choosing.shown import Shown
from dure.science.learn.choosing.view import window_lengths
from dure.science.learn.choosing.whole import fitted_whole
from dure.science.learn.family import Lesson, OutOfTime, families, family_named
from dure.science.learn.forms.blend import Part, blended, weights_for
from dure.science.learn.forms.graph import thinned
from dure.science.learn.forms.opening import opened
from dure.science.learn.judging import calibration, guard
from dure.science.learn.judging.calibration import Calibration
from dure.science.learn.judging.validation import Fold
from dure.science.learn.request import TrainRequest
from dure.vocabulary import Permit

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Rows that a first look, a closer look and a fit learn from, and that candidates are compared on.
MOST_FIRST, MOST_INNER, MOST_FIT, MOST_HELD = 12_000, 60_000, 200_000, 6_000
#: Blocks of held rows that a verdict of the guard should have.
ENOUGH = 12
#: Rows of a fold up to which more than one inner split is looked at.
FEW_ROWS = 30_000
#: Views that a person asked for by name.
ON_TRUST = {"pack", "equipment"}
#: A view other than the plain one must lessen the loss by so much.
WORTH_IT = 0.995
#: The calendar by more, for then every row that is predicted must carry its time.
NEEDS_A_CLOCK = 0.95
#: Of a fold's time so much goes to the views, to the first look, and to the closer one; the rest fits.
VIEWS, FIRST, CLOSER = 0.3, 0.6, 0.78
#: Classes beyond which trees take so much larger steps.
MANY, MANY_STEPS = 4, 1.6
#: A part of a blend that weighs less is left out.
LEAST_WEIGHT = 0.05
#: Rows up to which a view is also judged by a weighted sum; values up to which windows are tried, a second of budget.
FEW_FOR_TREES, MOST_VALUES = 1_500, 10_000


@dataclass
class Trial:
    """The choice within one fold; nothing here sees the fold's test rows before it is made.

    Parameters
    ----------
    ends
        When the fold is to be done, on the clock of `work`. [s]
    haste
        How much faster trees are to learn than they would with time enough.
    """

    material: Material
    fold: Fold
    request: TrainRequest
    work: Clockwork
    permit: Permit
    ends: float
    haste: float = 1.0
    found_views: dict[str, float] = field(default_factory=dict)
    #: What the last fit is thought to take. [s]
    reserve: float = 0.0
    #: What the last fit would take on all rows, as the looks before tell. [s]
    wanted: float = 0.0
    #: Whether there was too little time for a first guess that is whole: then cheap ones are judged beside it.
    starved: bool = False

    def __post_init__(self) -> None:
        """Note when the fold began and how its rows are split."""
        self.began = self.work.spent
        self.y, self.classes = self.material.y, self.material.setting.classes
        self.known = np.zeros(len(self.y), dtype=bool)
        self.known[self.fold.fit] = True
        # Trees cost as many times more as there are classes.
        self.first = MOST_FIRST // max(1, self.classes // 3)
        few = len(self.fold.fit) <= FEW_ROWS
        self.splits = [
            (inner[thinned(len(inner), MOST_INNER)], held[thinned(len(held), MOST_HELD)])
            for inner, held in (self.fold.splits if few else self.fold.splits[:1])
        ]

    def _at(self, share: float) -> float:
        """The clock when `share` of the time is spent that the fold has besides its last fit. [s]."""
        return self.began + share * max(self.ends - self.reserve - self.began, 0.0)

    def choose(self, low: float, high: float) -> Found:
        """The view, the candidates that did best in it, their weights, calibration, and what they are worth."""
        tried = self._tried()
        first = self._first_guess(tried[0])
        view = self._view()
        self.work.advance(low + 0.4 * (high - low))
        standings = self._first_look(tried, first, (low, high))
        slots = self._closer_look(slots_of(standings))
        self.work.advance(low + 0.75 * (high - low))
        truth = np.concatenate([self.y[held] for _, held in self.splits[: _depth(slots)]])
        weights, answers, losses = self._weighed(slots, truth)
        line = Calibration()
        null = np.concatenate([self._null(inner, held) for inner, held in self.splits[: _depth(slots)]])
        losses["null"] = self._loss(truth, null)
        if self.classes:
            positive = self.material.plan.classes.positive if self.material.plan.classes else None
            line = calibration.fitted(truth.astype(np.int64), answers, positive)
        said = self._crossed(truth, answers, line)
        verdict = guard.judge(
            guard.losses(truth, said, self.classes, median=self.material.median),
            guard.losses(truth, null, self.classes, median=self.material.median),
            self._blocks_of(_depth(slots)),
        )
        self.work.advance(low + 0.85 * (high - low))
        return Found(
            view,
            self.found_views,
            standings,
            slots,
            weights,
            losses,
            line,
            verdict,
            truth,
            said,
            self.request.cost,
        )

    def _blocks_of(self, depth: int) -> Rows:
        """Blocks of the held rows of so many splits, split by split."""
        plan, groups = self.material.plan, self.material.groups
        whole = plan.validation is not None and plan.validation.kind == "grouped" and groups is not None
        found, start = [], 0
        for _, held in self.splits[:depth]:
            part = guard.blocks(len(held), groups[held] if whole and groups is not None else None)
            _, codes = np.unique(part, return_inverse=True)
            found.append(codes + start)
            start += int(codes.max()) + 1
        return np.concatenate(found)

    def _null(self, inner: Rows, held: Rows) -> Floats:
        """What no model says of held rows. [H, 1] or [H, C]."""
        if not self.classes:
            return self.material.null(inner, held)[:, None]
        shares = np.bincount(self.y[inner].astype(np.int64), minlength=self.classes) / len(inner)
        return np.tile(shares, (len(held), 1))

    def _crossed(self, truth: Floats, answers: Floats, line: Calibration) -> Floats:
        """Held rows as a calibration from other held rows makes them."""
        if line.method == "none" or not self.classes:
            return answers
        positive = line.positive
        ways = {
            "platt": lambda t, p: calibration.platt(t, p, int(positive or 0)),
            "isotonic": lambda t, p: calibration.isotonic(t, p, int(positive or 0)),
            "temperature": calibration.temperature,
        }
        return calibration.crossed(ways[line.method], truth.astype(np.int64), answers)

    # Views

    def _tried(self) -> list[Candidate]:
        """The plain view is shown; what is tried on it and on those that follow."""
        self.shown = Shown.plainly(self.material, self.material.plan.views[0], self.known, self.permit)
        columns, words = self.shown.x.shape[1], any(self.shown.words)
        tried = candidates(self.material.plan.task, self.request.families, len(self.y), columns, words=words)
        # With many classes every round grows a tree for each: larger steps cost little and save much.
        steps = MANY_STEPS if self.classes > MANY else 1.0
        tried = [one.for_median() for one in tried] if self.material.median else tried
        return [*(one.hurried(self.haste * steps) for one in tried), *self._naive()]

    def _naive(self) -> list[Candidate]:
        """The answers of the asked task that are a column of the plain view: they may be part of a blend."""
        family = family_named(self.material.plan.task, "null")
        names = [name for name in self.material.reckoned.get("columns") or () if name in self.shown.names]
        return [Candidate(family, {"place": self.shown.names.index(name)}) for name in names]

    def _first_guess(self, one: Candidate) -> Standing:
        """The first candidate on the plain view, and how long the last fit will take; without losses if time is over."""
        inner, held = self.splits[0]
        inner = inner[thinned(len(inner), self.first)]
        before, found = self.work.spent, Standing(one)
        if self._at(0.6) - before > LEAST:
            with self.work.until(self._at(0.6)):
                self.starved = not self._look(found, inner, held)
        else:
            self.starved = True
        rows = min(len(self.fold.fit), MOST_FIT) / len(inner)
        self.wanted = 1.2 * rows * (self.work.spent - before)
        self.reserve = min(self.wanted, max(0.6 * (self.ends - self.began), 0.0))
        return found

    def _cheap_guesses(self) -> list[Standing]:
        """What is always fitted, whatever the clock says: a weighted sum and a few trees of few rows, and what repeats."""
        inner, held = self.splits[0]
        inner = inner[thinned(len(inner), CHEAP_ROWS)]
        tried = cheap_candidates(self.material.plan.task, self.request.families, len(inner), self.classes)
        tried = [one.for_median() for one in tried] if self.material.median else tried
        found, before = [Standing(one) for one in [*tried, *self._naive()]], self.work.spent
        with self.work.until(float("inf")):
            for one in found:
                self._look(one, inner, held)
        rows = min(len(self.fold.fit), MOST_FIT) / len(inner)
        self.wanted = max(self.wanted, 1.2 * rows * (self.work.spent - before))
        return found

    def _view(self) -> dict[str, str]:
        """Show the view that foretells held rows best by a quick model; the plain one if none is clearly better."""
        views = self.material.plan.views
        best = self.shown
        chosen = {"static": views[0].name, "dynamic": "none"}
        dynamics = self._dynamics(best)
        if len(views) + len(dynamics) == 1 or (self.starved and not ON_TRUST & {one.name for one in views}):
            return chosen
        with self.work.until(self._at(VIEWS), must=True):
            self.found_views["plain"] = self._quick(best)
        for view in views[1:]:
            late = self.work.spent > self._at(VIEWS)
            if late and view.name not in ON_TRUST:
                continue
            shown = Shown.plainly(self.material, view, self.known, self.permit)
            # What a person asked for is taken on trust where there is no time for doubt.
            if late or self._better(view.name, shown):
                best, chosen["static"] = shown, view.name
        static = best
        for place, name in enumerate(dynamics):
            # The first is looked at in any case: for a machine that moves slowly nothing else matters as much.
            if (place == 0 and not self.starved) or self.work.spent < self._at(VIEWS):
                shown = static.adding(self.material, name, self.known, self.permit)
                if shown is not static and self._better(name, shown):
                    best, chosen["dynamic"] = shown, name
        self.shown = best
        return chosen

    def _better(self, name: str, shown: Shown) -> bool:
        """Whether a view is clearly better than all before; False if there was no time to see."""
        least = min(self.found_views.values())
        with self.work.until(self._at(VIEWS * 1.2), must=True):
            self.found_views[name] = self._quick(shown)
        worth_it = NEEDS_A_CLOCK if name == "calendar" else WORTH_IT
        return bool(self.found_views[name] < worth_it * least < np.inf)

    def _dynamics(self, plain: Shown) -> list[str]:
        """What looking back may add, for rows that follow each other."""
        plan = self.material.plan
        if not plan.consecutive or plain.x.size > MOST_VALUES * self.request.budget:
            return []
        lengths = window_lengths(int(np.median(plan.segments)))
        # The middle one first, then the longest: time may be over before all are tried.
        ranked = sorted(lengths, key=lambda rows: (rows != lengths[len(lengths) // 2], -rows))
        # Only a number, or one of two classes, has an order that a delay can agree with.
        delays = ["delays"] if self.classes <= 2 else []
        return [
            *(f"window {rows}" for rows in ranked[:1]),
            *delays,
            *(f"window {rows}" for rows in ranked[1:]),
        ]

    def _quick(self, shown: Shown) -> float:
        """Loss of a quick model on the inner splits."""
        few = len(self.fold.fit) <= FEW_FOR_TREES * 4 and self.classes <= 2
        splits = self.splits if few else self.splits[:1]
        return float(np.mean([self._quick_on(shown, inner, held) for inner, held in splits]))

    def _quick_on(self, shown: Shown, inner: Rows, held: Rows) -> float:
        inner = inner[thinned(len(inner), self.first)]
        members = families(self.material.plan.task)
        wanted = [name for name in members if not self.request.families or name in self.request.families]
        names = ["boosting"] if "boosting" in wanted else wanted[:1]
        if len(inner) <= FEW_FOR_TREES:
            names += [name for name in ("ridge", "logistic") if name in wanted and name not in names]
        losses = []
        for name in names:
            settings = dict(members[name].candidates(len(inner), shown.x.shape[1])[0])
            if name == "boosting":
                settings |= quick_trees(self.classes)
            settings |= {"median": True} if self.material.median else {}
            try:
                exported = members[name].fit(self._lesson(shown, inner, held), settings, self.work.tick)
            except OutOfTime:
                break
            losses.append(self._loss(self.y[held], opened(exported).run(shown.x[held])))
        return min(losses, default=np.inf)

    def _lesson(self, shown: Shown, inner: Rows, held: Rows) -> Lesson:
        return Lesson(
            shown.x[inner], self.y[inner], self.classes, self.request.seed, shown.x[held], self.y[held], shown.words,
            weights_of(self.material, inner),
        )  # fmt: skip

    # Candidates

    def _first_look(
        self, tried: Sequence[Candidate], first: Standing, within: tuple[float, float]
    ) -> list[Standing]:
        """Every candidate on the first inner split, on few rows, as time allows; cheap ones where it allows too little."""
        low, high = within
        inner, held = self.splits[0]
        inner = inner[thinned(len(inner), self.first)]
        plain = self.shown.view.name == "plain"
        standings = [first] if plain and first.losses else []
        # Where there was no time for the first guess there is none for the others.
        for place, one in enumerate(tried[int(plain) :] if first.losses or not self.starved else ()):
            if self.work.spent > self._at(FIRST) and (standings or self.starved):
                break
            self.work.advance(low + (0.4 + 0.3 * place / len(tried)) * (high - low))
            with self.work.until(self._at(FIRST + 0.15), must=not standings):
                standing = Standing(one)
                self._look(standing, inner, held)
                if standing.losses:
                    standings.append(standing)
        self.starved |= not standings
        return [*standings, *self._cheap_guesses()] if self.starved else standings

    def _look(self, standing: Standing, inner: Rows, held: Rows) -> bool:
        """Fit a candidate on `inner` and note how it does on `held`; False if time cut it short, or there was none."""
        one, cut = standing.candidate, self.work.cut
        self.work.words = one.family.name
        try:
            exported = one.family.fit(self._lesson(self.shown, inner, held), one.settings, self.work.tick)
        except OutOfTime:
            return False
        answer = opened(exported).run(self.shown.x[held]).reshape(len(held), -1)
        standing.answers.append(answer)
        standing.losses.append(self._loss(self.y[held], answer))
        standing.iterations.append(int(exported.facts.get("iterations", 0)))
        return self.work.cut == cut

    def _closer_look(self, slots: list[Slot]) -> list[Slot]:
        """The best of each family on all rows and on the other inner splits, as far as time allows."""
        inner, _ = self.splits[0]
        if len(inner) > self.first:
            # What was learnt from few rows is learnt again from all of them.
            for slot in slots:
                self._again(slot)
        done = 1
        for inner, held in self.splits[1:]:
            # A few things say little of a model: cheap ones are held against the null on more, whatever the clock says.
            must = self.starved and len(np.unique(self._blocks_of(done))) < ENOUGH
            if self.work.spent > self._at(CLOSER) and not must:
                break
            with self.work.until(float("inf") if must else self._at(CLOSER * 1.1)):
                if not all(self._look(slot.standing, inner, held) for slot in slots):
                    break
            done += 1
        for slot in slots:
            slot.keep(done)
        return sorted(slots, key=lambda slot: slot.standing.loss)

    def _again(self, slot: Slot) -> None:
        with self.work.until(self._at(CLOSER)):
            if self.work.spent > self._at(0.5 * (FIRST + CLOSER)):
                return
            fresh = Standing(slot.standing.candidate)
            whole = self._look(fresh, *self.splits[0])
            # Half a fit on all rows may be worse than a whole one on few.
            if whole or (fresh.losses and fresh.loss < slot.standing.loss):
                slot.standing = fresh

    # Blend

    def _weighed(self, slots: list[Slot], truth: Floats) -> tuple[Floats, Floats, dict[str, float]]:
        """Weight of each slot, what they say together of the held rows, and the losses of blend and best."""
        answers = [np.concatenate(slot.standing.answers) for slot in slots]
        alone = self._loss(truth, answers[0])
        weights = np.eye(len(slots))[0]
        losses = {"alone": alone, "blend": alone}
        if len(slots) > 1:
            losses["blend"] = self._loss(truth, self._crossed_blend(truth, answers))
            if losses["blend"] < alone:
                weights = trimmed(weights_for(truth, answers, self.classes, median=self.material.median))
        together = sum(weight * one for weight, one in zip(weights, answers, strict=True))
        return weights, np.asarray(together), losses

    def _loss(self, truth: Floats, output: Floats) -> float:
        """What candidates are compared by: root mean squared error (mean absolute for a median), or log loss."""
        median = self.material.median
        found = float(guard.losses(truth, output, self.classes, median=median).mean())
        return found if self.classes or median else float(np.sqrt(found))

    def _crossed_blend(self, truth: Floats, answers: Sequence[Floats]) -> Floats:
        """Each fifth of the held rows blended with the weights of the others."""
        part = np.arange(len(truth)) * calibration.PARTS // len(truth)
        found = np.empty_like(answers[0])
        for at in range(calibration.PARTS):
            here, others = part == at, part != at
            weights = trimmed(
                weights_for(truth[others], [one[others] for one in answers], self.classes, median=self.material.median)
            )  # fmt: skip
            found[here] = sum(weight * one[here] for weight, one in zip(weights, answers, strict=True))
        return found

    def predicted(self, found: Found) -> Floats:
        """What the choice, fitted on all that the fold may know, says of its test rows; not calibrated. [T, 1 or C]."""
        fit = self.fold.fit[thinned(len(self.fold.fit), self._affordable())]
        lesson = Lesson(
            self.shown.x[fit], self.y[fit], self.classes, self.request.seed, words=self.shown.words,
            weights=weights_of(self.material, fit),
        )  # fmt: skip
        taking = [(slot, float(w)) for slot, w in zip(found.slots, found.weights, strict=True) if w > 0]
        parts = []
        for place, (slot, weight) in enumerate(taking):
            one = slot.standing
            self.work.words = one.candidate.family.name
            share = self.work.spent + (self.ends - self.work.spent) / (len(taking) - place)
            settings = with_iterations(one.candidate.settings, one.usual_iterations)
            family = one.candidate.family
            parts.append(Part(family.name, weight, fitted_whole(family, lesson, settings, self.work, share)))
        served = opened(blended(parts, Calibration()))
        return served.run(self.shown.x[self.fold.test]).reshape(len(self.fold.test), -1)

    def _affordable(self) -> int:
        """Rows of which the last fit may learn: all, or as many as there is time for, a few thousand at least."""
        left = max(self.ends - self.work.spent, LEAST)
        if self.wanted <= left:
            return MOST_FIT
        return max(2 * CHEAP_ROWS, int(min(len(self.fold.fit), MOST_FIT) * left / self.wanted))


def weights_of(material: Material, rows: Rows | slice) -> Floats:
    """How much each of the rows teaches; empty where all teach alike. [N]."""
    teaching = material.teaching
    return np.empty(0) if teaching is None else teaching[rows]


def quick_trees(classes: int) -> dict[str, float]:
    """Settings of trees that tell soon which view is better.

    >>> quick_trees(0)["iterations"], quick_trees(11)["iterations"]
    (120, 21)
    """
    iterations = int(np.clip(240 // max(classes, 2), 15, 120))
    return {
        "learning_rate": min(0.12 * 120 / iterations, 0.3),
        "iterations": iterations,
        "num_leaves": 24,
        "max_bin": 63,
    }


def slots_of(standings: Sequence[Standing]) -> list[Slot]:
    """The best of each family, and the second best of the trees: what a closer look and a blend are made of."""
    ranked = sorted(standings, key=lambda one: one.loss)
    found: list[Slot] = []
    for one in ranked:
        family = one.candidate.family.name
        have = sum(slot.family == family for slot in found)
        if have < (2 if family == "boosting" else 1):
            found.append(Slot(family, f"{family} {have + 1}", one))
    return found


def trimmed(weights: Floats) -> Floats:
    """Weights without those that hardly count.

    >>> trimmed(np.array([0.6, 0.38, 0.02])).round(3).tolist()
    [0.612, 0.388, 0.0]
    """
    kept = np.where(weights < LEAST_WEIGHT, 0.0, weights)
    return np.asarray(kept / kept.sum())


def _depth(slots: Sequence[Slot]) -> int:
    """On how many inner splits the slots were compared."""
    return min(len(slot.standing.losses) for slot in slots)


__all__ = ["MOST_FIT", "Candidate", "Trial"]
