"""The questions of a form as a page asks and shows them: with the answer, what is wrong with it, and what was measured."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dure.foundation.procedure.attachments import keep
from dure.foundation.procedure.facts import Value
from dure.foundation.procedure.form import Field, Form
from dure.science.paper import figure, unit_name
from dure.vocabulary import Text

#: Kinds whose bounds and steps the browser knows itself.
INPUTS = {"number": "text", "date": "date", "file": "file", "text": "text"}


class Posted(Protocol):
    """What a page sent: Django's `QueryDict`."""

    def getlist(self, name: str) -> list[str]:
        """All values of a name."""


@dataclass(frozen=True)
class Question:
    """One question on a page. `measured`: the answer came from the formula; `typed`: a person may change it."""

    field: Field
    key: str
    value: Any
    fault: str
    measured: bool
    choices: tuple[tuple[str, str, bool], ...] = ()

    @property
    def typed(self) -> bool:
        """Whether a person answers it."""
        return self.field.evidence != "measured"

    @property
    def input(self) -> str:
        """Type of its HTML input."""
        return INPUTS.get(self.field.kind, "text")

    @property
    def unit(self) -> str:
        """Its unit as people write it."""
        return unit_name(self.field.unit) if self.field.unit else ""

    @property
    def written(self) -> str:
        """The answer as it stands in the input: a number in full."""
        if isinstance(self.value, float):
            return f"{self.value:.15g}"
        return "" if self.value is None else str(self.value)

    @property
    def shown(self) -> str:
        """The answer as people read it."""
        chosen = [label for _id, label, on in self.choices if on]
        if self.choices:
            return ", ".join(chosen)
        if isinstance(self.value, bool):
            return str(Text("yes", "예") if self.value else Text("no", "아니요"))
        if isinstance(self.value, int | float):
            return f"{figure(self.value, 12)} {self.unit}".strip()
        return self.written


def questions(  # noqa: PLR0913 - a form, and what is known of its answers
    form: Form,
    answers: Mapping[str, Value],
    *,
    filled: Mapping[str, Value] | None = None,
    faults: Mapping[str, Exception] | None = None,
    parties: Mapping[str, str] | None = None,
    prefix: str = "",
) -> list[Question]:
    """The questions that are asked, given the answers so far.

    Parameters
    ----------
    filled
        What the formulas of the form give now.
    faults
        What is wrong with answers, by field.
    parties
        Organisations and persons to choose from: `organisation:3` and its name.
    """
    kept = {name: value for name, value in answers.items() if name in form.kinds}
    return [
        Question(
            one,
            f"{prefix or form.id}-{one.id}",
            kept.get(one.id),
            _fault((faults or {}).get(one.id)),
            bool(one.fill) and kept.get(one.id) is not None and kept.get(one.id) == (filled or {}).get(one.id),
            tuple(_choices(one, kept.get(one.id), parties or {})),
        )
        for one in form.shown(_plain(form, kept))
    ]  # fmt: skip


def answered(form: Form, post: Posted, files: Mapping[str, Any]) -> dict[str, Any]:
    """What a page answered: only what it showed, and nothing that is measured. Files are kept, and are their references."""
    shown = set(post.getlist("shown"))
    found: dict[str, Any] = {}
    for one in form.fields:
        name = f"a.{one.id}"
        if one.id not in shown or one.evidence == "measured":
            continue
        if one.kind == "file":
            if name in files:
                found[one.id] = keep(files[name].chunks(), str(files[name].name))
        else:
            found[one.id] = (
                post.getlist(name) if one.kind == "choices" else next(iter(post.getlist(name)), "")
            )
    return found


def _fault(fault: Any) -> str:
    return "" if fault is None else str(getattr(fault, "facts", {}).get("fault", fault))


def _plain(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers that could be taken, for the conditions under which others are asked."""
    wrong = form.faults(answers, complete=False)
    return {name: form.taken({name: value}, complete=False).get(name) for name, value in answers.items() if name not in wrong}  # fmt: skip


def _choices(field: Field, value: Any, parties: Mapping[str, str]) -> Iterable[tuple[str, str, bool]]:
    chosen = value if isinstance(value, list) else [one.strip() for one in str(value or "").split(",")]
    if field.kind == "party":
        return ((id, name, id in chosen) for id, name in parties.items())  # noqa: A001 - as the form calls it
    if field.kind == "yes-no":
        said = {"true": True, "yes": True, "false": False, "no": False}.get(str(value).lower())
        return (
            ("yes", str(Text("yes", "예")), said is True),
            ("no", str(Text("no", "아니요")), said is False),
        )
    return ((one.id, str(one.label), one.id in chosen) for one in field.options)
