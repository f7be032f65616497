"""Labels as tables: one row an item or a stretch, or the whole table with a column of labels to learn from."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dure.plant.labels.models import LabelSet
from dure.plant.labels.things import things
from dure.plant.labels.weighing import segments, verdicts
from dure.vocabulary import Action, Permit

if TYPE_CHECKING:
    import polars as pl


def permit_of(label_set: LabelSet) -> Permit:
    """What may be done with it: everything that no obligation of its file forbids."""
    actions = {action for action in Action if f"no-{action.value}" not in label_set.obligations}
    return Permit((f"labels:{label_set.pk}",), frozenset(actions))


def table(label_set: LabelSet) -> "pl.DataFrame":
    """One row a labelled item or stretch.

    Items: item, file (or row), label (empty while disputed), disputed, decided_by, certainty, people. Stretches: signals,
    start, end (ISO 8601, UTC) and the same.

    Raises
    ------
    ActionRefused
    """
    permit_of(label_set).require(Action.EXPORT)
    return _of_items(label_set) if label_set.queues else _of_stretches(label_set)


def _of_items(label_set: LabelSet) -> "pl.DataFrame":
    import polars as pl

    found, told = things(label_set), verdicts(label_set)
    rows = [
        {
            "item": key,
            "file": title,
            "label": told[key].kind,
            "disputed": told[key].disputed,
            "decided_by": told[key].decided_by,
            "certainty": told[key].sure,
            "people": _people(told[key].by_person),
        }
        for key, title in zip(found.keys, found.titles, strict=True)
        if key in told
    ]
    names = ("item", "file", "label", "disputed", "decided_by", "certainty", "people")
    kinds = dict.fromkeys(names, pl.String) | {"disputed": pl.Boolean, "certainty": pl.Float64}
    return pl.DataFrame(rows, schema=kinds)


def _of_stretches(label_set: LabelSet) -> "pl.DataFrame":
    import polars as pl

    rows = [
        {
            "signals": one.place,
            "start": _iso(one.start),
            "end": _iso(one.end),
            "label": one.verdict.kind,
            "disputed": one.verdict.disputed,
            "decided_by": one.verdict.decided_by,
            "certainty": one.verdict.sure,
            "people": _people(one.verdict.by_person),
        }
        for one in segments(label_set)
    ]
    names = ("signals", "start", "end", "label", "disputed", "decided_by", "certainty", "people")
    kinds = dict.fromkeys(names, pl.String) | {"disputed": pl.Boolean, "certainty": pl.Float64}
    return pl.DataFrame(rows, schema=kinds)


def _people(by_person: dict[str, str]) -> str:
    return "; ".join(f"{person}: {kind}" for person, kind in sorted(by_person.items()))


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time // 10**9, tz=UTC).replace(microsecond=time % 10**9 // 1000).isoformat()


def labelled(label_set: LabelSet) -> "pl.DataFrame":
    """The rows of the file on which people agree, with the column `label` (`label of people` where that name is taken)."""
    import polars as pl

    found, told = things(label_set), verdicts(label_set)
    if found.frame is None:
        return pl.DataFrame()
    name = label_column(found.frame.columns)
    kinds = [told[key].kind if key in told else "" for key in found.keys]
    frame = found.frame.with_columns(pl.Series(name, kinds, dtype=pl.String))
    return frame.filter(pl.col(name) != "")


def label_column(taken: "list[str]") -> str:
    """Name of the column of labels.

    >>> label_column(["a"]), label_column(["label"])
    ('label', 'label of people')
    """
    return "label" if "label" not in taken else "label of people"
