"""What is asked of a training: the tables, the target, and what the asker knows about them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from dure.vocabulary import Action, Permit


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What is asked of a training; whatever is left out is chosen from the data and said.

    Parameters
    ----------
    sources
        Files, folders or globs of tables, stacked by column name.
    target
        Column to be predicted; None only for `detect`.
    task
        `estimate` (a number), `classify` (a class), `detect` (what is not normal), or `auto`.
    time
        Column that orders the rows.
    group
        Column of things whose rows belong together: a mould, a cell, a machine.
    ignore
        Columns that are not to be learnt from.
    pack
        Solution pack whose features come first.
    budget
        Ceiling on the search. [s]
    seed
        Start of every random choice. The budget is time of the wall: how far the search comes, and so the model, may
        differ from run to run all the same.
    normal_rows
        For `detect`: the first so many rows of each file are normal, and each file gets a fit of its own.
    normal
        For `detect`: `COLUMN=VALUE` names the normal rows.
    families
        Model families to choose from; empty = all of the task.
    equipment
        Equipment template (`rotating_machine`, `thermal`, …) whose features are tried.
    cost
        For two classes: what a miss costs against a false alarm, `MISS:FALSE` such as `20:1`.
    state
        Column that names the operating state, a formula `=…` that reckons it, or `auto` to find it; for `detect` each state
        gets a limit of its own.
    inspected
        Column, or `COLUMN=VALUE`, that names the rows whose label was really looked at.
    without_rows
        Leave the judged rows out of the package: they hold the true values of the target, row by row.
    units
        UCUM code of a column where its name does not say it: what persons confirmed of the signals.
    horizon
        For `forecast`: how far ahead, in rows (`96`) or as a time (`24h`, `30min`, `7d`).
    known
        For `forecast`: columns whose values are known ahead: a plan, a calendar, a weather forecast.
    event
        For `life`: `COLUMN=VALUE` marks the row at which a thing failed; things without such a row were still alive.
    found
        What the asked task found in the table, in plain values: for later stages and the card; set by the training itself.
    asked
        What a person asked for where `task` is the base task underneath: `inspect`, `listen`, …; set by the training itself.
    engine
        `auto` for our own search alone; `flaml` or `autogluon` to have theirs held against it on the same folds.
    permit
        What may be done with the sources; a stage refuses to start without it.
    """

    sources: tuple[str, ...]
    target: str | None = None
    task: str = "auto"
    time: str | None = None
    group: str | None = None
    ignore: tuple[str, ...] = ()
    pack: str | None = None
    budget: float = 60.0
    seed: int = 0
    normal_rows: int | None = None
    normal: str | None = None
    families: tuple[str, ...] = ()
    equipment: str | None = None
    cost: str | None = None
    state: str | None = None
    inspected: str | None = None
    without_rows: bool = False
    units: Mapping[str, str] = field(default_factory=dict)
    horizon: str | None = None
    known: tuple[str, ...] = ()
    event: str | None = None
    found: Mapping[str, Any] = field(default_factory=dict)
    asked: str = ""
    engine: str = "auto"
    permit: Permit | None = None

    def to_dict(self) -> dict[str, Any]:
        """The request as JSON has it; `from_dict` reads it back.

        >>> asked = TrainRequest(("line1.csv",), target="scrap", permit=Permit.own(["line1.csv"]))
        >>> TrainRequest.from_dict(asked.to_dict()) == asked
        True
        """
        facts = asdict(replace(self, permit=None))
        facts.update({name: list(getattr(self, name)) for name in ("sources", "ignore", "families", "known")})
        if self.permit is not None:
            actions = sorted(action.value for action in self.permit.actions)
            facts["permit"] = {"data": list(self.permit.data), "actions": actions}
        return facts

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "TrainRequest":
        """The request that `to_dict` wrote; names it does not know are refused by Python itself."""
        known = {name: facts[name] for name in (one.name for one in fields(cls)) if name in facts}
        for name in ("sources", "ignore", "families", "known"):
            known[name] = tuple(known.get(name, ()))
        permit = known.get("permit")
        if permit is not None:
            actions = frozenset(Action(action) for action in permit["actions"])
            known["permit"] = Permit(tuple(permit["data"]), actions)
        return cls(**known)
