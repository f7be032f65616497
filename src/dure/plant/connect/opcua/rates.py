"""How fast, and how finely, each signal is asked for: classes of rate, and deadbands (OPC 10000-8 §7.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from dure.plant.connect import SettingRefused
from dure.plant.connect.opcua.protocol import ua
from dure.plant.connect.opcua.settings import OpcUaSettings
from dure.vocabulary import Signal

_FORM = "PATTERN sampling=100 publishing=500 deadband=0.5 (or 1%); PATTERN …"


@dataclass(frozen=True, slots=True)
class Rate:
    """Sampling and publishing interval [ms], and a deadband: in the signal's unit, or in % of its EURange."""

    sampling: float
    publishing: float
    deadband: float = 0.0
    percent: bool = False

    def filter(self, trigger: str, *, deadband: bool = True) -> Any:
        """DataChangeFilter of it, None where the server's own default is the same."""
        absolute = deadband and self.deadband > 0
        if trigger != "timestamp" and not absolute:
            return None
        by = ua.DataChangeTrigger
        made = ua.DataChangeFilter(
            Trigger=by.StatusValueTimestamp if trigger == "timestamp" else by.StatusValue
        )
        if absolute:
            kinds = ua.DeadbandType
            made.DeadbandType = int((kinds.Percent if self.percent else kinds.Absolute).value)
            made.DeadbandValue = self.deadband
        return made


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates by pattern of the signal's path, first match first, and the rate of all others."""

    usual: Rate
    patterns: tuple[tuple[str, Rate], ...] = ()

    @classmethod
    def read(cls, settings: OpcUaSettings) -> "Rates":
        """Rates as the settings give them.

        Raises
        ------
        SettingRefused

        Examples
        --------
        >>> rates = Rates.read(OpcUaSettings(rates="Line1/Vib* sampling=10; */Temp* publishing=5000 deadband=1%"))
        >>> rates.of("Line1/Vibration").sampling, rates.of("Line1/Temperature").publishing, rates.of("x").publishing
        (10.0, 5000.0, 250.0)
        """
        usual = Rate(settings.sampling, settings.publishing, *_deadband("deadband", settings.deadband))
        parts = [part.strip() for part in settings.rates.split(";") if part.strip()]
        return cls(usual, tuple(_pattern(part, usual) for part in parts))

    def of(self, path: str) -> Rate:
        """Rate of the signal at a path (its id without the source)."""
        return next((rate for pattern, rate in self.patterns if fnmatchcase(path, pattern)), self.usual)


def _pattern(part: str, usual: Rate) -> tuple[str, Rate]:
    pattern, *words = part.rsplit(" ", part.count("="))
    given = dict(word.split("=", 1) for word in words if "=" in word)
    if (
        not pattern
        or not given
        or len(given) != len(words)
        or set(given) - {"sampling", "publishing", "deadband"}
    ):
        raise SettingRefused("rates", value=part, allowed=_FORM)
    try:
        sampling = float(given.get("sampling", usual.sampling))
        publishing = float(given.get("publishing", usual.publishing))
    except ValueError:
        raise SettingRefused("rates", value=part, allowed=_FORM) from None
    if not (-1 <= sampling <= 3.6e6 and 10 <= publishing <= 60_000):
        raise SettingRefused("rates", value=part, allowed="sampling -1 – 3.6e6 ms, publishing 10 – 60000 ms")
    band = _deadband("rates", given["deadband"]) if "deadband" in given else (usual.deadband, usual.percent)
    return pattern.strip(), Rate(sampling, publishing, *band)


def _deadband(name: str, words: str) -> tuple[float, bool]:
    """Value of a deadband and whether it is in percent.

    >>> _deadband("deadband", "0.5"), _deadband("deadband", "2 %"), _deadband("deadband", "0")
    ((0.5, False), (2.0, True), (0.0, False))
    """
    percent = words.strip().endswith("%")
    try:
        value = float(words.strip().removesuffix("%"))
    except ValueError:
        value = -1.0
    if not 0 <= value < (100.0 if percent else float("inf")):
        raise SettingRefused(
            name, value=words, allowed="0, a number in the signal's unit, or a percentage like 1%"
        )
    return value, percent


def groups(signals: Sequence[Signal], rates: Rates, most: int) -> list[tuple[Rate, list[int]]]:
    """Places of the signals that share a subscription: those of one rate, at most `most`; the rate's deadband is the item's.

    >>> signals = [Signal(f"s/{name}", "s") for name in ("a1", "a2", "a3", "b1")]
    >>> rates = Rates(Rate(0, 250), (("b*", Rate(1000, 1000)),))
    >>> [(rate.publishing, places) for rate, places in groups(signals, rates, 2)]
    [(250, [0, 1]), (250, [2]), (1000, [3])]
    """
    together: dict[tuple[float, float], list[int]] = {}
    for place, signal in enumerate(signals):
        rate = rates.of(path_of(signal))
        together.setdefault((rate.sampling, rate.publishing), []).append(place)
    return [
        (Rate(sampling, publishing), places[start : start + most])
        for (sampling, publishing), places in together.items()
        for start in range(0, len(places), most)
    ]


def path_of(signal: Signal) -> str:
    """Id of a signal without its source."""
    return signal.id.removeprefix(f"{signal.source}/")
