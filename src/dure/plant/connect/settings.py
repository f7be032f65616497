"""Settings of a connector: one frozen dataclass, from which the command line, the form and the docs come."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from dure.vocabulary import InputError, Text


class SettingUnknown(InputError):
    """A setting that this connector does not have."""

    key = "setting-unknown"
    says = Text("There is no setting “{where}” for {scheme}.", "{scheme}에는 “{where}” 설정이 없습니다.")
    remedy = Text("The settings are: {known}.", "쓸 수 있는 설정: {known}.")


class SettingRefused(InputError):
    """A setting's value that cannot be used."""

    key = "setting-refused"
    says = Text(
        "Setting “{where}” cannot be “{value}”.", "“{where}” 설정값으로 “{value}”은(는) 쓸 수 없습니다."
    )
    remedy = Text("Give {allowed}.", "다음과 같이 적어 주세요: {allowed}.")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as a form or a page of docs shows it.

    `low` and `high` bound a number of `unit` (UCUM); a `multiline` text may hold a whole table.
    """

    name: str
    default: Any
    label: Text
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    multiline: bool = False

    @property
    def kind(self) -> type:
        """Python type of the value."""
        return type(self.default)

    @property
    def allowed(self) -> str:
        """What may be given, in words."""
        if self.choices:
            return " | ".join(self.choices)
        if self.kind is bool:
            return "true | false"
        if self.kind is str:
            return "text"
        return f"{self.low:g} – {self.high:g} {self.unit}".strip()


def setting(  # noqa: PLR0913 - each is a part of one field of a form
    default: Any,
    label: Text,
    *,
    unit: str = "",
    between: tuple[float, float] | None = None,
    choices: Sequence[str] = (),
    multiline: bool = False,
) -> Any:
    """Field of a settings dataclass, with all that a form needs to know of it."""
    low, high = between or (None, None)
    facts = {"label": label, "unit": unit, "low": low, "high": high, "choices": tuple(choices), "multiline": multiline}  # fmt: skip
    return dataclasses.field(default=default, metadata=facts)


@dataclass(frozen=True)
class Settings:
    """Ground of every connector's settings; the fields are made by `setting`.

    >>> @dataclass(frozen=True)
    ... class Meter(Settings):
    ...     period: float = setting(1.0, Text("Period", "주기"), unit="s", between=(0.1, 60))
    >>> Meter.read({"period": "2.5"})
    Meter(period=2.5)
    >>> Meter.read({"period": "0"})
    Traceback (most recent call last):
    dure.plant.connect.settings.SettingRefused: Setting “period” cannot be “0”. Give 0.1 – 60 s.
    """

    @classmethod
    def sheet(cls) -> tuple[Setting, ...]:
        """The settings in their order."""
        return tuple(Setting(f.name, f.default, **f.metadata) for f in dataclasses.fields(cls))

    @classmethod
    def read(cls, given: Mapping[str, Any], *, scheme: str = "") -> Self:
        """Settings from names and values as a command, a form or a file gives them.

        Raises
        ------
        SettingUnknown, SettingRefused
        """
        sheet = {setting.name: setting for setting in cls.sheet()}
        for name in given:
            if name not in sheet:
                raise SettingUnknown(name, scheme=scheme or cls.__name__, known=", ".join(sheet) or "–")
        return cls(**{name: _value(sheet[name], value) for name, value in given.items()})

    def changed(self) -> dict[str, Any]:
        """The settings that differ from their default: what a source's description keeps."""
        return {s.name: getattr(self, s.name) for s in self.sheet() if getattr(self, s.name) != s.default}


def _value(setting: Setting, given: Any) -> Any:
    refused = SettingRefused(setting.name, value=given, allowed=setting.allowed)
    if setting.kind is bool:
        truth = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if (value := truth.get(str(given).lower())) is None:
            raise refused
        return value
    if setting.kind is str:
        if setting.choices and given not in setting.choices:
            raise refused
        return str(given)
    try:
        number = setting.kind(given)
    except (TypeError, ValueError):
        raise refused from None
    low, high = setting.low, setting.high
    if (low is not None and not number >= low) or (high is not None and not number <= high):
        raise refused
    return number
