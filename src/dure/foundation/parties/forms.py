"""Forms of the first set-up and of the people page."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from dure.foundation.parties.models import Person, Role
from dure.foundation.parties.rules import RANKS


class PasswordField(forms.CharField):
    """A new password, held to the node's rules."""

    def __init__(self, **settings: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        super().__init__(strip=False, widget=widget, help_text=_("At least 10 characters."), **settings)

    def validate(self, value: str) -> None:
        """Refuse what is short or common."""
        super().validate(value)
        validate_password(value)


class SetUpForm(forms.Form):
    """The first person, who owns the node."""

    organisation = forms.CharField(label=_("Name of the plant"), max_length=200)
    name = forms.CharField(
        label=_("Your name"), max_length=150, help_text=_("As it stands under what you release.")
    )
    username = forms.CharField(
        label=_("Name to sign in with"), max_length=150, validators=Person._meta.get_field("username").validators,  # noqa: SLF001 - Django documents `_meta`
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )  # fmt: skip
    email = forms.EmailField(label=_("E-mail address"), required=False)
    password = PasswordField(label=_("Password"))


#: What an owner gives on the pages of a plant; the roles of offices come by delegation or from an office.
PLANT_ROLES = [(value, label) for value, label in Role.Name.choices if value in RANKS]


class InviteForm(forms.ModelForm):  # type: ignore[type-arg] # Django takes no parameter at run time
    """A new account."""

    role = forms.ChoiceField(label=_("Role"), choices=PLANT_ROLES)
    password = PasswordField(label=_("First password"))

    class Meta:
        """Which fields of a person."""

        model = Person
        fields = ("name", "username", "email")
        labels: ClassVar = {
            "name": _("Name"),
            "username": _("Name to sign in with"),
            "email": _("E-mail address"),
        }
        help_texts: ClassVar = {"username": ""}

    field_order = ["name", "username", "email", "role", "password"]  # noqa: RUF012 - Django's own name


class PasswordForm(forms.Form):
    """A new first password for a person."""

    password = PasswordField(label=_("New password"))
