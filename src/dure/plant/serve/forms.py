"""What a person sets of the two faces."""

from django import forms
from django.utils.translation import gettext_lazy as _


class OpcUaForm(forms.Form):
    """The OPC UA server."""

    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65_535, initial=4841)
    plain = forms.BooleanField(
        label=_("Without encryption too, for PLCs that cannot encrypt"), required=False
    )
    anonymous = forms.BooleanField(label=_("Without a user, for clients that have none"), required=False)


class SparkplugForm(forms.Form):
    """The Sparkplug edge node; an empty password leaves the one that is kept."""

    broker = forms.CharField(
        label=_("Broker"), max_length=300, help_text=_("like mqtts://broker.plant:8883"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    group = forms.CharField(label=_("Group"), max_length=100, initial="plant")
    node = forms.CharField(label=_("Edge node"), max_length=100, initial="dure")
    user = forms.CharField(label=_("User at the broker"), max_length=100, required=False)
    password = forms.CharField(
        label=_("Password at the broker"), max_length=500, required=False, strip=False,
        help_text=_("Left empty, the password that is kept stays."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


class UserForm(forms.Form):
    """A client that may read."""

    name = forms.RegexField(
        r"^[\w][\w.-]{0,79}$", label=_("Name"), max_length=80, error_messages={"invalid": _("Only letters, digits, dots, hyphens and underscores.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
