"""Recipe: an ordered list of steps, read from and written to TOML and JSON, and fingerprinted."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dure.science.formula import FormulaWrong
from dure.science.prepare.families import step_named
from dure.science.prepare.step import Step
from dure.vocabulary import Action, Permit, RecipeProblem, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare.fitted import FittedRecipe

VERSION = 1
LATE = ("drop", "correct")
MOST_WATERMARK = 86_400.0
_WIDTH = 110


class RecipeUnreadable(RecipeProblem):
    """A recipe file is not one of ours."""

    key = "recipe-unreadable"
    says = Text("The recipe cannot be read: {where}.", "레시피를 읽을 수 없습니다: {where}.")
    remedy = Text(
        "See the steps reference, or let `dure prepare` propose one.",
        "단계 설명서를 보거나 `dure prepare`가 제안하는 레시피를 쓰세요.",
    )


class NotForAStream(RecipeProblem):
    """A recipe has a step that cannot treat rows as they come."""

    key = "recipe-not-for-a-stream"
    says = Text(
        "Step {where} changes the number of rows or looks ahead, so it cannot run on a live signal or in a model.",
        "{where} 단계는 행 수를 바꾸거나 이후 행을 보므로 실시간 신호나 모델에 쓸 수 없습니다.",
    )
    remedy = Text(
        "Run it once with `dure prepare` and train on what comes out.",
        "`dure prepare`로 먼저 처리한 뒤 그 결과로 학습하세요.",
    )


@dataclass(frozen=True)
class Recipe:
    r"""An ordered list of steps; the columns `aside` (time, target, labels) are carried along untouched.

    On a stream whose rows carry times, a row is waited for until rows `watermark_s` [s] newer have come. `late` says
    what comes of rows out of order until then: `drop` holds rows back and gives each once, in order; `correct` gives each
    at once and again when an older one came after it. A row older than the watermark is dropped and counted by both.

    >>> recipe = Recipe.from_toml('version = 1\n[[steps]]\nstep = "table.drop_columns"\ncolumns = ["id"]\n')
    >>> recipe.steps
    (DropColumns(columns=('id',)),)
    >>> Recipe.from_toml(recipe.to_toml()) == recipe
    True
    """

    steps: tuple[Step, ...] = ()
    aside: tuple[str, ...] = ()
    watermark_s: float = 0.0
    late: str = "drop"

    def __post_init__(self) -> None:
        """Refuse a policy for late rows that is none."""
        number = isinstance(self.watermark_s, int | float) and not isinstance(self.watermark_s, bool)
        if not number or not 0 <= self.watermark_s <= MOST_WATERMARK:
            raise RecipeUnreadable(f"watermark_s must be from 0 to {MOST_WATERMARK:g} seconds")
        if self.late not in LATE:
            raise RecipeUnreadable(f"late must be one of {', '.join(LATE)}")

    @property
    def warm_up(self) -> int:
        """Rows before a row that its result may depend on."""
        return sum(step.warm_up for step in self.steps)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the recipe does; comments and layout do not count."""
        written = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()

    def require_stream(self) -> None:
        """Raise `NotForAStream` unless every step is causal and keeps the rows."""
        for step in self.steps:
            if not (step.causal and step.keeps_rows):
                raise NotForAStream(step.name())

    def fit(self, frame: "pl.DataFrame", permit: Permit, segments: Sequence[int] = ()) -> "FittedRecipe":
        """Freeze every step's statistics on `frame`.

        Parameters
        ----------
        frame
            The table to learn from.
        permit
            Must allow `prepare`.
        segments
            Rows of each file or run, in order; no window reaches from one into the next.

        Raises
        ------
        ActionRefused
            If `permit` does not allow it.
        ColumnAbsent
            If a step's column is not in the table.
        """
        from dure.science.prepare.fitted import fit

        permit.require(Action.PREPARE)
        return fit(self, frame, segments)

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON holds it."""
        steps = [{"step": step.name(), **step.settings()} for step in self.steps]
        return {"version": VERSION, "aside": list(self.aside), **self._policy(), "steps": steps}

    def _policy(self) -> dict[str, Any]:
        """What is asked of late rows; nothing where nothing is, so that older recipes keep their fingerprint."""
        plain = (self.watermark_s, self.late) == (0.0, "drop")
        return {} if plain else {"watermark_s": float(self.watermark_s), "late": self.late}

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> "Recipe":
        """The recipe that `to_dict` wrote.

        Raises
        ------
        RecipeUnreadable
            If it is not one, or of a newer version.
        StepUnknown, FieldRefused
            If a step or a field is wrong.
        """
        if written.get("version") != VERSION:
            raise RecipeUnreadable(
                f"version is {written.get('version')!r}, this dure reads version {VERSION}"
            )
        unknown = set(written) - {"version", "aside", "steps", "watermark_s", "late"}
        if unknown:
            raise RecipeUnreadable(f"unknown entry {min(unknown)!r}")
        aside, steps = written.get("aside", []), written.get("steps", [])
        if not _is_list_of(aside, str) or not _is_list_of(steps, dict):
            raise RecipeUnreadable("aside must be a list of texts and steps a list of tables")
        made = tuple(_step(one, number) for number, one in enumerate(steps, start=1))
        return cls(made, tuple(aside), written.get("watermark_s", 0.0), written.get("late", "drop"))

    def to_toml(self) -> str:
        """The recipe as a file for people: a comment says in one sentence what each step does."""
        parts = [f"version = {VERSION}\n"]
        if self.aside:
            parts.append(
                f"# carried along untouched: times, the column to be learnt, labels\n{_entry('aside', list(self.aside))}"
            )
        if policy := self._policy():
            told = "how long a late row is waited for, and what comes of it"
            parts.append(f"# {told}\n{''.join(_entry(name, value) for name, value in policy.items())}")
        for step in self.steps:
            fields = {"step": step.name(), **step.settings()}
            written = "".join(_entry(name, value) for name, value in fields.items())
            parts.append(f"\n# {_one_line(str(step.explain()))}\n[[steps]]\n{written}")
        return "".join(parts)

    @classmethod
    def from_toml(cls, written: str) -> "Recipe":
        """The recipe in a TOML file; raises as `from_dict`."""
        import tomllib

        try:
            parsed = tomllib.loads(written)
        except tomllib.TOMLDecodeError as wrong:
            raise RecipeUnreadable(str(wrong)) from wrong
        return cls.from_dict(parsed)


def _is_list_of(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kind) for one in value)


def _one_line(sentence: str) -> str:
    line = " ".join(sentence.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def _entry(name: str, value: Any) -> str:
    """One line of TOML, or a list filled to the width of a page; JSON's scalars are TOML's."""
    if not isinstance(value, list):
        return f"{name} = {_scalar(value)}\n"
    line = f"{name} = [{', '.join(map(_scalar, value))}]\n"
    if len(line) <= _WIDTH:
        return line
    rows = [""]
    for word in map(_scalar, value):
        if len(rows[-1]) + len(word) > _WIDTH:
            rows.append("")
        rows[-1] += f" {word}," if rows[-1] else f"  {word},"
    return f"{name} = [\n" + "\n".join(rows) + "\n]\n"


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _step(written: Mapping[str, Any], number: int) -> Step:
    fields = dict(written)
    member = step_named(str(fields.pop("step", "")))
    known = {one.name for one in _fields(member)}
    for name in fields:
        if name not in known:
            raise RecipeUnreadable(
                f"step {member.name()} has no field {name!r}; it has {', '.join(sorted(known))}"
            )
    try:
        return member(**fields)
    except FormulaWrong as wrong:
        raise wrong.of(
            Text(f"Step {number}, {member.name()}", f"{number}번째 단계 {member.name()}")
        ) from None
    except TypeError as lacking:
        raise RecipeUnreadable(f"step {member.name()}: {lacking}") from lacking


def _fields(member: type[Step]) -> Iterable[Any]:
    import dataclasses

    return dataclasses.fields(member)
