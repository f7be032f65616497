"""What a person writes on the pages of events."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dure.plant.events.kinds import Kind

EXAMPLE = """\
kind = "batch"
source = "mes"
table = "production_lot"
key = "lot_no"
start = "started_at"
end = "ended_at"
time_zone = "Asia/Seoul"
equipment = "line1/{machine}"
lot = "lot_no"
"""
VOCABULARY = (
    ("kind", _("batch, order, step, shift, alarm or downtime; lots or genealogy for tables without times")),
    ("source, table", _("a database under Data, and its table")),
    ("file, table", _("or a file of this node, and its sheet")),
    ("key, start, end", _("columns; without an end it is one moment")),
    ("time_zone", _("of times that bear none, like Asia/Seoul")),
    ("equipment", _("where; names in braces are columns")),
    ("lot, material", _("what came out")),
    ("uses, used_quantity", _("what went in, and how much")),
    ("[equipments]", _("what the table calls a machine, and what the plant calls it")),
)
"""What a definition may say, beside the field in which it is written."""
SPANS = (("1", _("1 day")), ("7", _("7 days")), ("30", _("30 days")), ("365", _("1 year")), ("0", _("all")))


class FilterForm(forms.Form):
    """Which frames are shown."""

    words = forms.CharField(
        label=_("Find"), max_length=200, required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    equipment = forms.CharField(label=_("Equipment"), max_length=300, required=False)
    days = forms.ChoiceField(label=_("Newest"), choices=SPANS, required=False)

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type] # as Django's own form is called
        self.initial.setdefault("days", "0")
        kinds = [(one.value, str(one.words)) for one in Kind]
        self.fields["kind"].choices = [("", _("all")), *kinds]  # type: ignore[attr-defined] # a ChoiceField


class DefinitionForm(forms.Form):
    """A definition as text."""

    name = forms.RegexField(
        r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$",
        label=_("Name"),
        max_length=64,
        help_text=_("a–z, 0–9 and hyphens"),
    )
    written = forms.CharField(
        label=_("Definition (TOML)"), max_length=20_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "mono"}),
    )  # fmt: skip
