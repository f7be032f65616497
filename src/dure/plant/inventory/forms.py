"""Forms of the data page: a source by its connector's own settings, and a file."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dure.plant.connect import Connector, Setting, Source, slug
from dure.vocabulary import Text

EXAMPLES = {
    "opc.tcp": "opc.tcp://192.168.0.10:4840",
    "file": "file:///data/line1",
    "modbus": "modbus://192.168.0.20:502",
    "s7": "s7://192.168.0.1",
    "xgt": "xgt://192.168.0.50",
    "slmp": "slmp://192.168.3.39:5007",
    "fins": "fins://192.168.250.1",
    "mqtt": "mqtt://192.168.0.5:1883",
    "postgresql": "postgresql://192.168.0.30:5432/mes",
    "http": "http://192.168.0.40/status",
    "rest+https": "rest+https://mes.plant.example/api/readings?since={since}",
}
GROUPS: tuple[tuple[str, Text, frozenset[str]], ...] = (
    ("machine", Text("A machine or its controller", "설비나 PLC"), frozenset({"opc.tcp", "modbus", "modbus+tcp", "modbus+rtu", "modbus+rtutcp", "modbus+tls", "modbus-rtu", "modbusrtu", "rtu", "s7", "xgt", "slmp", "mc", "fins", "fins+udp"})),
    ("broker", Text("A message broker", "메시지 브로커"), frozenset({"mqtt", "mqtts", "mqtt+ws", "sparkplug", "sparkplugs", "spb"})),
    ("database", Text("A database of MES or ERP", "MES·ERP 데이터베이스"), frozenset({"postgresql", "postgres", "mysql", "mariadb", "sqlite", "mssql", "sqlserver", "oracle"})),
    ("files", Text("Files that something writes", "프로그램이 쓰는 파일"), frozenset({"file", "folder", "watch"})),
    ("media", Text("A camera, a microphone, a vibration sensor", "카메라·마이크·진동 센서"), frozenset({"rtsp", "rtsps", "onvif", "wav", "pcm", "audio", "burst", "wave", "sound", "camera", "sound+tcp", "wave+tcp"})),
    ("web", Text("A web service", "웹 서비스"), frozenset({"http", "https", "push", "rest", "rest+https", "rest+http"})),
)  # fmt: skip
"""Kinds of sources by what a person knows of them; a kind that is in none is shown under `other`."""
FULL = {
    "hold": Text("wait: the source keeps what is not confirmed", "기다림: 확인되지 않은 값은 소스가 보관"),
    "oldest": Text("drop the oldest, and name the gap", "가장 오래된 값을 버리고 결측으로 기록"),
    "newest": Text("drop the newest, and name the gap", "가장 새로운 값을 버리고 결측으로 기록"),
}
"""What happens when the buffer of a source is full."""


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

    buffer = forms.FloatField(
        label=_("Buffer on the disk (GB)"), required=False, min_value=0, max_value=10_000, initial=0,
        help_text=_("How much may wait when the historian or the link is away; 0 is half of the free disk."),
    )  # fmt: skip
    when_full = forms.ChoiceField(
        label=_("When the buffer is full"),
        required=False,
        choices=lambda: [(k, str(v)) for k, v in FULL.items()],
    )

    def __init__(
        self,
        kind: type[Connector],
        data: Mapping[str, Any] | None = None,
        source: Source | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(source) if source else None)
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

    def source(self, name: str = "") -> Source:
        """The source as it was filled in; `name` where the form does not ask for one."""
        words = self.cleaned_data
        called = name or words["name"] or slug(words["url"])
        return Source(
            called, words["url"], self.settings(),
            buffer=words.get("buffer") or 0.0, when_full=words.get("when_full") or "hold",
        )  # fmt: skip


def _initial(source: Source) -> dict[str, Any]:
    kept = {f"set_{name}": value for name, value in source.settings.items()}
    return {
        "url": source.url,
        "name": source.id,
        "buffer": source.buffer,
        "when_full": source.when_full,
        **kept,
    }


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
    if setting.multiline:
        return forms.CharField(label=label, initial=setting.default, required=False, max_length=1_000_000, widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}))  # fmt: skip
    return forms.CharField(label=label, initial=setting.default, required=False, max_length=300)


class ArmForm(forms.Form):
    """A leave to write one signal."""

    signal = forms.CharField(label=_("Signal"), max_length=400)
    low = forms.FloatField(label=_("Lowest value"))
    high = forms.FloatField(label=_("Highest value"))
    rate = forms.FloatField(
        label=_("Largest step"), required=False, min_value=0, help_text=_("From the present reading; at most one write a second.")
    )  # fmt: skip
    hours = forms.FloatField(label=_("For how long (h)"), min_value=0.01, max_value=12, initial=1)
    reason = forms.CharField(label=_("Why"), max_length=300)


class WriteForm(forms.Form):
    """One value for one armed signal; `sure` once the person has seen what stands there now."""

    signal = forms.CharField(max_length=400, widget=forms.HiddenInput)
    value = forms.FloatField(label=_("New value"))
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)


class BoxForm(forms.Form):
    """An edge box to invite."""

    name = forms.RegexField(
        r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$",
        label=_("Name of the box"), max_length=32, help_text=_("a–z, 0–9 and hyphens; like press-shop"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    url = forms.RegexField(
        r"^https://[^\s/@]+:\d{1,5}/?$", label=_("Where the box reaches this node"), max_length=300,
        help_text=_("https://HOST:PORT, the port of these pages and two more. The box's network must let it through."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip


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
