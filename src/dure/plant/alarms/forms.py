"""The form of a definition: the fields of its data, checked by the same rules as a file."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from dure.plant.alarms.definition import LONGEST_DELAY, Definition, Priority, Unusable, conditions, parsed
from dure.plant.alarms.models import Alarm
from dure.science.formula import Kind

NUMBERS = ("on_delay_s", "off_delay_s", "deadband", "max_age_s", "response_s")
TEXTS = ("condition", "clear", "suppress", "equipment", "kind", "consequence", "response")
FORMULA = {"spellcheck": "false", "autocomplete": "off", "class": "formula"}


def _seconds(label: Any, text: Any, most: float = LONGEST_DELAY) -> forms.FloatField:
    return forms.FloatField(
        label=label, help_text=text, min_value=0, max_value=most, required=False, initial=0
    )


class DefinitionForm(forms.Form):
    """One definition."""

    id = forms.SlugField(label=_("Id"), max_length=64, help_text=_("a-z, 0-9 and hyphens; it stays"))
    title_ko = forms.CharField(label=_("Korean title"), max_length=300, required=False)
    title_en = forms.CharField(label=_("English title"), max_length=300, required=False)
    condition = forms.CharField(
        label=_("Condition"),
        max_length=8000,
        widget=forms.Textarea(attrs={**FORMULA, "rows": 2}),
        help_text=_("A formula over signals that is true while something is wrong: =[line1/Cell01/Temp]>60"),
    )
    priority = forms.ChoiceField(
        label=_("Priority"),
        choices=[
            (one.name.lower(), label) for one, label in zip(Priority, Alarm.Priority.labels, strict=True)
        ],
        initial="low",
    )
    on_delay_s = _seconds(_("On-delay (s)"), _("it rings after the condition held so long"))
    off_delay_s = _seconds(_("Off-delay (s)"), _("it returns after the condition was over so long"))
    deadband = _seconds(
        _("Deadband"), _("in the unit of the signal: over only when so far on the good side"), 1e12
    )
    consequence = forms.CharField(
        label=_("Consequence"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What happens if nobody acts; needed for critical and high"),
    )  # fmt: skip
    response = forms.CharField(
        label=_("What to do"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The operator's action; needed for critical and high"),
    )  # fmt: skip
    response_s = _seconds(_("Time to respond (s)"), _("needed for critical and high"))
    equipment = forms.CharField(label=_("Equipment"), max_length=300, required=False)
    kind = forms.CharField(label=_("Class"), max_length=100, required=False, initial="process")
    suppress = forms.CharField(
        label=_("Suppressed while"), max_length=8000, required=False,
        widget=forms.Textarea(attrs={**FORMULA, "rows": 1}),
        help_text=_("A formula that is true while the alarm means nothing: =[line1/Cell01/Running]=0"),
    )  # fmt: skip
    clear = forms.CharField(
        label=_("Over when"), max_length=8000, required=False, widget=forms.Textarea(attrs={**FORMULA, "rows": 1}),
        help_text=_("A formula in place of the deadband"),
    )  # fmt: skip
    max_age_s = _seconds(_("Input known for (s)"), _("an older value is unknown; 0: it holds until the next"))
    latch = forms.BooleanField(
        label=_("Latches"), required=False, help_text=_("stays until somebody resets it")
    )

    FIRST = ("id", "title_ko", "title_en", "condition", "priority", "on_delay_s", "off_delay_s", "deadband")
    WHY = ("consequence", "response", "response_s")

    def __init__(self, *args: Any, fixed: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        if fixed:
            self.fields["id"].disabled = True
            self.fields["id"].initial = fixed

    @property
    def first(self) -> list[forms.BoundField]:
        """Fields that every alarm fills in."""
        return [self[name] for name in self.FIRST]

    @property
    def why(self) -> list[forms.BoundField]:
        """The rationalisation."""
        return [self[name] for name in self.WHY]

    @property
    def more(self) -> list[forms.BoundField]:
        """Fields that a few fill in."""
        return [self[name] for name in self.fields if name not in (*self.FIRST, *self.WHY)]

    def definition(self, kinds: Mapping[str, Kind]) -> Definition | None:
        """The definition of a valid form; None, with the reason at its field, where it cannot stand over these signals."""
        words = self.cleaned_data
        found = {
            "id": words["id"],
            "title": {"en": words["title_en"], "ko": words["title_ko"]},
            "priority": words["priority"],
            "latch": words["latch"],
            **{name: words[name] for name in TEXTS if words[name]},
            **{name: words[name] for name in NUMBERS if words[name]},
        }
        try:
            made = parsed(found)
            conditions(made, kinds)
        except Unusable as refused:
            name = {"title": "title_ko"}.get(refused.name, refused.name)
            self.add_error(name if name in self.fields else None, str(refused.reason))
            return None
        return made

    @staticmethod
    def words(one: Definition) -> dict[str, Any]:
        """A definition as the form's first values."""
        plain = {name: getattr(one, name) for name in (*TEXTS, *NUMBERS, "id", "latch")}
        return {
            **plain,
            "title_en": one.title.en,
            "title_ko": one.title.ko,
            "priority": one.priority.name.lower(),
        }

    @staticmethod
    def address(one: Definition) -> str:
        """A definition as the query of an address."""
        return urlencode({name: value for name, value in DefinitionForm.words(one).items() if value})
