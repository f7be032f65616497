"""What a battery engineer reads off a cell: resistance from current steps, power, warmth above the chamber."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.step import Floats, Learnt, Quantity, Step, WindowForm, field, place_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

QUANTITIES = {
    "resistance": Quantity(Text("Direct-current resistance", "직류 저항"), "mOhm"),
    "power": Quantity(Text("Power", "전력"), "W"),
    "voltage_rate": Quantity(Text("Change of voltage", "전압 변화"), "V"),
    "above_ambient": Quantity(Text("Temperature above chamber", "챔버 대비 온도 상승"), "K"),
}


@dataclass(frozen=True)
class BatteryFeatures(Step):
    """Turn a cell's voltage [V], current [A] and temperatures [°C] into what tells of its health.

    Adds `resistance` [mΩ], `power` [W], `voltage_rate` [V a row] and, where the columns are named,
    `above_ambient` [K]. With `replace` the signals themselves are left out: their level follows the schedule of
    the cycler, not the health of the cell.

    >>> import polars as pl
    >>> cell = pl.DataFrame({"voltage": [3.70, 3.70, 3.75], "current": [0.0, 0.0, 2.0], "temperature": [27.0] * 3})
    >>> made = BatteryFeatures(window=2).fit(cell).transform(cell)
    >>> made.columns
    ['resistance', 'power', 'voltage_rate', 'temperature']
    >>> made["resistance"].round(3).to_list(), made["power"].to_list()
    ([None, None, 25.0], [0.0, 0.0, 7.5])
    """

    voltage: str = field("column", Text("Voltage", "전압"), default="voltage", unit="V")
    current: str = field("column", Text("Current", "전류"), default="current", unit="A")
    temperature: str | None = field("column", Text("Temperature", "온도"), default=None, unit="Cel")
    ambient: str | None = field("column", Text("Chamber temperature", "챔버 온도"), default=None, unit="Cel")
    window: int = field(
        "count", Text("Rows looked back over", "참조할 행 수"), default=60, low=2, high=100_000
    )
    least_step: float = field(
        "number",
        Text("Smallest step of current", "최소 전류 변화"),
        default=0.5,
        unit="A",
        low=1e-6,
        high=1e6,
    )
    replace: bool = field("yes-no", Text("Leave the signals out", "원래 신호 제외"), default=True)

    label: ClassVar[Text] = Text("Battery features", "배터리 특징")

    @property
    def warm_up(self) -> int:
        """Rows before a row that its resistance looks at."""
        return self.window - 1

    def reads(self) -> tuple[str, ...]:
        """The columns that are named."""
        return tuple(name for name in self._named() if name)

    def _named(self) -> tuple[str, str, str | None, str | None]:
        return self.voltage, self.current, self.temperature, self.ambient

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The made columns first, then what was there; each with the signal that it tells most of."""
        made = {"resistance": self.voltage, "power": self.current, "voltage_rate": self.voltage}
        gone = {self.voltage, self.current} if self.replace else set()
        if self.temperature and self.ambient:
            made["above_ambient"] = self.temperature
            gone |= {self.temperature, self.ambient} if self.replace else set()
        return made | {name: name for name in columns if name not in gone}

    def quantities(self) -> dict[str, Quantity]:
        """All that it makes."""
        made = {name: QUANTITIES[name] for name in ("resistance", "power", "voltage_rate")}
        return made | (
            {"above_ambient": QUANTITIES["above_ambient"]} if self.temperature and self.ambient else {}
        )

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The made columns, and what stays."""
        import polars as pl

        from dure.science.process import battery

        del learnt
        volts, amperes = (frame.get_column(name).cast(pl.Float64) for name in (self.voltage, self.current))
        ohms = battery.dc_resistance(amperes.to_numpy(), volts.to_numpy(), self.window, self.least_step)
        made = {
            "resistance": pl.Series(1000.0 * ohms, nan_to_null=True),
            "power": volts * amperes,
            "voltage_rate": volts.diff(),
        }
        if self.temperature and self.ambient:
            made["above_ambient"] = frame.get_column(self.temperature) - frame.get_column(self.ambient)
        return frame.with_columns(**made).select(list(self.names(frame.columns)))

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The made columns of the newest row, and what stays of it."""
        from dure.science.process import battery

        del learnt
        named = {name: at for at, name in enumerate(columns)}
        volts, amperes = named[self.voltage], named[self.current]
        warm = [
            named[name]
            for name in (self.temperature, self.ambient)
            if self.temperature and self.ambient and name
        ]
        own = {"resistance", "power", "voltage_rate", "above_ambient"}
        kept = place_of([name for name in self.names(columns) if name not in own], columns)

        def form(window: Floats) -> Floats:
            newest = window[-1]
            ohms = battery.newest_resistance(window[:, amperes], window[:, volts], self.least_step)
            made = [1000.0 * ohms, newest[volts] * newest[amperes], newest[volts] - window[-2, volts]]
            if warm:
                made.append(newest[warm[0]] - newest[warm[1]])
            return np.concatenate([made, newest[kept]])

        return form

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Reckons resistance from the current steps of the last {self.window} rows, power, change of voltage and warmth above the chamber.",
            f"최근 {self.window}행의 전류 변화에서 저항을 구하고, 전력·전압 변화·챔버 대비 온도 상승을 계산합니다.",
        )
