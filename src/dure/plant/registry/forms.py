"""Forms of the models pages."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

BUDGETS = ((15, _("15 seconds")), (60, _("1 minute")), (300, _("5 minutes")), (1800, _("30 minutes")))
EVERY = ((1, _("1 second")), (10, _("10 seconds")), (60, _("1 minute")))
BACK = (
    (600, _("10 minutes")),
    (3600, _("1 hour")),
    (28_800, _("8 hours")),
    (86_400, _("24 hours")),
    (604_800, _("7 days")),
)
BY_ITSELF = ("", _("found by itself"))


def _packs() -> list[tuple[str, Any]]:
    """Installed solution packs, whose features a training tries first."""
    from dure.science.packs import load, packs

    return [("", _("none")), *((name, str(load(name).name)) for name in sorted(packs()))]


def _equipment() -> list[tuple[str, Any]]:
    """Equipment templates, whose features a training tries."""
    from dure.science.packs import load_template, templates

    return [("", _("none")), *((name, str(load_template(name).name)) for name in templates())]


def _offer(form: forms.Form, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
    cast("forms.ChoiceField", form.fields[name]).choices = choices


class TrainForm(forms.Form):
    """What a model from a file is to learn."""

    name = forms.CharField(label=_("Name of the model"), max_length=200)
    target = forms.ChoiceField(label=_("What it is to tell"), required=False)
    task = forms.ChoiceField(
        label=_("Task"),
        choices=[
            ("auto", _("chosen from the column")),
            ("estimate", _("estimate a number")),
            ("classify", _("tell classes apart")),
            ("detect", _("find what is not normal")),
        ],
    )
    budget = forms.TypedChoiceField(label=_("Search at most"), choices=BUDGETS, coerce=int, initial=60)
    time = forms.ChoiceField(label=_("Column of times"), required=False)
    group = forms.ChoiceField(
        label=_("Rows that belong together"), required=False,
        help_text=_("A mould, a cell, a machine: such rows are judged together, never split."),
    )  # fmt: skip
    pack = forms.ChoiceField(label=_("Solution pack"), required=False)
    equipment = forms.ChoiceField(
        label=_("Kind of equipment"), required=False,
        help_text=_("What an engineer would reckon first from its signals is tried: power, temperature rise, strain."),
    )  # fmt: skip
    state = forms.ChoiceField(
        label=_("Operating state"), required=False,
        help_text=_("Only for what is not normal: each state is judged by its own normal rows."),
    )  # fmt: skip
    inspected = forms.ChoiceField(
        label=_("Rows that were inspected"), required=False,
        help_text=_("A column that says so, where only some parts were looked at."),
    )  # fmt: skip
    cost = forms.FloatField(
        label=_("Cost of a miss"),
        required=False,
        min_value=0.001,
        max_value=1e6,
        help_text=_("As many false alarms as one miss costs; the limit between the classes follows it."),
    )
    fleet = forms.BooleanField(
        label=_("Also one for each machine, where that is better"), required=False,
        help_text=_("“Rows that belong together” names the machine. Each is judged by itself; where nothing of its own is better it runs the model of all."),
    )  # fmt: skip
    ignore = forms.MultipleChoiceField(
        label=_("Columns to leave out"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, columns: Sequence[str], suggested: Sequence[str], *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        rest = [name for name in columns if name not in suggested]
        marked = [(name, _("%(name)s (suggested)") % {"name": name}) for name in suggested]
        every = [(name, name) for name in columns]
        none = ("", _("none: only normal rows are known"))
        _offer(self, "target", [*marked, *((n, n) for n in rest), none])
        _offer(self, "time", [BY_ITSELF, *every])
        _offer(self, "group", [BY_ITSELF, *every])
        _offer(self, "pack", _packs())
        _offer(self, "equipment", _equipment())
        _offer(self, "state", [("", _("none")), ("auto", BY_ITSELF[1]), *every])
        _offer(self, "inspected", [BY_ITSELF, *every])
        _offer(self, "ignore", every)

    def clean(self) -> dict[str, Any]:
        """A target is needed for all but a detector."""
        words = super().clean() or {}
        if not words.get("target") and words.get("task") != "detect":
            self.add_error("target", _("Choose a column, or the task “find what is not normal”."))
        if words.get("fleet") and (not words.get("group") or words.get("task") == "detect"):
            self.add_error(
                "fleet",
                _("Name the column of machines under “Rows that belong together”; numbers and classes only."),
            )
        if words.get("state") and words.get("task") != "detect":
            self.add_error(
                "state", _("Operating states are told apart for the task “find what is not normal”.")
            )
        return words

    @property
    def basics(self) -> list[forms.BoundField]:
        """What everybody chooses."""
        return [self[name] for name in ("name", "target", "task", "budget")]

    @property
    def known(self) -> list[forms.BoundField]:
        """What only people know."""
        return [self[name] for name in ("equipment", "cost", "inspected", "state", "pack")]

    @property
    def more(self) -> list[forms.BoundField]:
        """What is found by itself."""
        return [self[name] for name in ("time", "group", "fleet", "ignore")]

    @property
    def more_wrong(self) -> bool:
        """Whether something that is found by itself was corrected wrongly."""
        return any(field.errors for field in self.more)


class WatchForm(forms.Form):
    """What a detector from live signals is to watch."""

    name = forms.CharField(label=_("Name of the model"), max_length=200)
    back = forms.TypedChoiceField(label=_("Learns from the last"), choices=BACK, coerce=int, initial=3600)
    every = forms.TypedChoiceField(label=_("One row every"), choices=EVERY, coerce=int, initial=1)
    budget = forms.TypedChoiceField(label=_("Search at most"), choices=BUDGETS, coerce=int, initial=60)
    pack = forms.ChoiceField(label=_("Solution pack"), required=False)
    equipment = forms.ChoiceField(label=_("Kind of equipment"), required=False)
    by_state = forms.BooleanField(
        label=_("Tell operating states apart"), required=False,
        help_text=_("Standing still, starting up, changing over and running are each judged by themselves."),
    )  # fmt: skip
    columns = forms.MultipleChoiceField(label=_("Signals"), widget=forms.CheckboxSelectMultiple)
    assets = forms.MultipleChoiceField(label=_("Equipment"), widget=forms.CheckboxSelectMultiple)
    without_findings = forms.BooleanField(
        label=_("Leave out signals and times with findings"), required=False, initial=True,
        help_text=_("A stuck sensor or a wrong clock would teach the wrong normal."),
    )  # fmt: skip

    def __init__(self, columns: Sequence[str], assets: Sequence[str], *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        _offer(self, "columns", [(name, name) for name in columns])
        _offer(self, "assets", [(name, name) for name in assets])
        _offer(self, "pack", _packs())
        _offer(self, "equipment", _equipment())
        self.fields["columns"].initial, self.fields["assets"].initial = list(columns), list(assets)

    @property
    def basics(self) -> list[forms.BoundField]:
        """Name, time, effort."""
        return [self[name] for name in ("name", "back", "every", "budget", "pack", "equipment")]

    @property
    def what(self) -> list[forms.BoundField]:
        """Signals and equipment."""
        return [self[name] for name in ("columns", "assets")]
