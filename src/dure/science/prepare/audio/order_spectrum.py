"""Vibration by orders: amplitudes at multiples of the shaft's speed, and where the bearing's parts are passed over."""

from dataclasses import dataclass
from typing import ClassVar

from dure.science.prepare.step import Floats, Quantity, field
from dure.science.prepare.turning_step import TurningStep
from dure.science.sound import PARTS, at_lines, spectrum_of
from dure.vocabulary import Text

_KNOWN = {
    0.5: Text("half the shaft's speed (looseness, oil whirl)", "축 회전의 절반 차수(풀림, 오일 휠)"),
    1.0: Text("the shaft's speed (unbalance)", "축 회전 1차(불평형)"),
    2.0: Text("twice the shaft's speed (misalignment)", "축 회전 2차(축 정렬 불량)"),
}


@dataclass(frozen=True)
class OrderSpectrum(TurningStep):
    """Amplitudes at multiples of the shaft's speed, in the unit of the samples; the speed is even within one sound.

    A line may lie up to 2 % beside its order, as rolling elements slip. Orders above half the rate are missing.

    >>> import numpy as np
    >>> step = OrderSpectrum(orders=(1.0, 2.0), rpm=1500.0, elements=0)
    >>> at = np.arange(4000) / 4000.0
    >>> step.measures()
    ('order 1', 'order 2')
    >>> step.heard(np.sin(2 * np.pi * 25 * at) + 0.5 * np.sin(2 * np.pi * 50 * at), 4000.0, np.empty(0)).round(2).tolist()
    [1.0, 0.5]

    References
    ----------
    ISO 13373-2:2016, Condition monitoring and diagnostics of machines — Vibration condition monitoring — Part 2.
    """

    label: ClassVar[Text] = Text("Order spectrum", "차수 스펙트럼")
    orders: tuple[float, ...] = field(
        "numbers", Text("Orders", "차수"), default=(0.5, 1.0, 2.0, 3.0, 4.0, 5.0)
    )

    def _lines(self) -> dict[str, float]:
        faults = {part: order for part, order in self.faults().items() if part != "shaft"}
        return {f"order {order:g}": order for order in self.orders} | faults

    def measures(self) -> tuple[str, ...]:
        """`order <multiple>`, then the parts of the bearing."""
        return tuple(self._lines())

    def words(self) -> dict[str, Quantity]:
        """What vibrates at an order."""
        found = {f"order {order:g}": Quantity(_order_said(order), "1") for order in self.orders}
        parts = [part for part in self._lines() if part in PARTS]
        return found | {part: Quantity(_part_said(part), "1") for part in parts}

    def heard(self, samples: Floats, rate: float, beside: Floats) -> Floats:
        """The amplitude at each line."""
        turns = self.turns(beside)
        return at_lines(spectrum_of(samples), [order * turns / rate for order in self._lines().values()])

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        orders = ", ".join(f"{order:g}" for order in self.orders)
        return Text(
            f"Adds the vibration in {self.column} at {orders} times the shaft's speed and at the bearing's frequencies.",
            f"{self.column}의 진동에서 축 회전의 {orders}차 성분과 베어링 주파수 성분을 더합니다.",
        )


def _order_said(order: float) -> Text:
    known = _KNOWN.get(order, Text(f"{order:g} times the shaft's speed", f"축 회전 {order:g}차"))
    return Text(f"vibration at {known.en}", f"{known.ko} 진동")


def _part_said(part: str) -> Text:
    return Text(f"vibration at the {PARTS[part].en} frequency", f"{PARTS[part].ko} 주파수의 진동")
