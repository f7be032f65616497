"""Forms of the data page: a source by its connector's own settings, and a file."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dure.plant.connect import Connector, Setting
from dure.vocabulary import Text

EXAMPLES = {"opc.tcp": "opc.tcp://192.168.0.10:4840", "file": "file:///data/line1"}


class SourceForm(forms.Form):
    """Address and name of a source; the settings of its connector follow."""

    url = forms.CharField(
        label=_("Address"), max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    name = forms.SlugField(
        label=_("Name"), max_length=64, required=False,
        help_text=_("Lower-case letters, digits and hyphens; signals are called name/…. Empty: made from the address."),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), required=False, strip=False,
        help_text=_("Kept apart, readable by this node alone."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, kind: type[Connector], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        scheme = kind.schemes[0]
        self.fields["url"].widget.attrs["placeholder"] = EXAMPLES.get(scheme, f"{scheme}://")
        self.sheet = kind.settings_type.sheet()
        if "user" not in {setting.name for setting in self.sheet}:
            del self.fields["password"]
        for setting in self.sheet:
            self.fields[f"set_{setting.name}"] = field_of(setting)

    @property
    def basics(self) -> list[forms.BoundField]:
        """What everybody fills in."""
        return [self[name] for name in ("url", "name", "set_user", "password") if name in self.fields]

    @property
    def more(self) -> list[forms.BoundField]:
        """What has a good default."""
        basics = {field.name for field in self.basics}
        return [self[name] for name in self.fields if name not in basics]

    def settings(self) -> dict[str, Any]:
        """Settings that differ from their default, by name."""
        given = {setting.name: self.cleaned_data.get(f"set_{setting.name}") for setting in self.sheet}
        defaults = {setting.name: setting.default for setting in self.sheet}
        return {name: value for name, value in given.items() if value is not None and value != defaults[name]}


def field_of(setting: Setting) -> forms.Field:
    """Form field of one setting: its label, unit, bounds and choices."""
    label = f"{setting.label} ({setting.unit})" if setting.unit else str(setting.label)
    if setting.choices:
        return forms.ChoiceField(
            label=label, choices=[(c, c) for c in setting.choices], initial=setting.default, required=False
        )
    if setting.kind is bool:
        return forms.BooleanField(label=label, initial=setting.default, required=False)
    if setting.kind in {int, float}:
        bounds: Any = {"min_value": setting.low, "max_value": setting.high}
        kind = forms.IntegerField if setting.kind is int else forms.FloatField
        return kind(label=label, initial=setting.default, required=False, **bounds)
    return forms.CharField(label=label, initial=setting.default, required=False, max_length=300)


class FileForm(forms.Form):
    """A file to bring in."""

    file = forms.FileField(label=_("File"), allow_empty_file=True)


STATES = {
    "connecting": Text("connecting", "연결 중"),
    "collecting": Text("connected", "연결됨"),
    "lost": Text("connection lost", "연결 끊김"),
    "finished": Text("read to its end", "끝까지 읽음"),
    "stopped": Text("stopped", "멈춤"),
    "silent": Text("collector does not report", "수집기 응답 없음"),
    "off": Text("switched off", "꺼 둠"),
}

KINDS = {
    "number": Text("number", "숫자"),
    "text": Text("text", "문자"),
    "time": Text("time", "시각"),
    "yes-no": Text("yes or no", "예/아니요"),
}
"""What a column of a file holds."""

STAGES = {
    "prepare": Text("Preparing the table", "표를 전처리하는 중"),
    "keep": Text("Keeping the prepared table", "전처리한 표를 저장하는 중"),
    "import": Text("Bringing the rows into the historian", "행을 히스토리안으로 옮기는 중"),
}
