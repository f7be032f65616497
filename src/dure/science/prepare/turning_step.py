"""What steps on turning machines share: the speed of the shaft, from a column or constant, and the bearing's geometry."""

from dataclasses import dataclass

from dure.science.prepare.sound_step import SoundStep
from dure.science.prepare.step import Floats, field
from dure.vocabulary import Text


@dataclass(frozen=True)
class TurningStep(SoundStep):
    """A step on the vibration of a machine whose shaft turns at a speed that is even within one sound."""

    speed: str | None = field("column", Text("Speed of the shaft", "축 회전 속도"), default=None)
    speed_unit: str = field(
        "choice", Text("Unit of that column", "회전 속도 열의 단위"), default="/min", choices=("/min", "Hz")
    )
    rpm: float = field(
        "number",
        Text("Speed where no column has it", "회전 속도 열이 없을 때의 속도"),
        default=1800.0,
        unit="/min",
        low=1.0,
        high=200_000.0,
    )
    elements: int = field(
        "count", Text("Rolling elements (0: no bearing)", "전동체 수(0이면 베어링 없음)"), default=9, low=0, high=200
    )  # fmt: skip
    element_diameter: float = field(
        "number", Text("Diameter of an element", "전동체 지름"), default=7.94, unit="mm", low=1e-3, high=1e4
    )
    pitch_diameter: float = field(
        "number", Text("Diameter of their circle", "피치원 지름"), default=39.04, unit="mm", low=1e-3, high=1e4
    )  # fmt: skip
    contact_angle: float = field(
        "number", Text("Contact angle", "접촉각"), default=0.0, unit="deg", low=0.0, high=89.0
    )

    def besides(self) -> tuple[str, ...]:
        """The column of the speed."""
        return () if self.speed is None else (self.speed,)

    def turns(self, beside: Floats) -> float:
        """Turns of the shaft a second; NaN where the column has none. [Hz]."""
        if self.speed is None:
            return self.rpm / 60.0
        found = float(beside[0]) / (60.0 if self.speed_unit == "/min" else 1.0)
        return found if found > 0.0 else float("nan")

    def faults(self) -> dict[str, float]:
        """Orders at which each part of the bearing is passed over; the ball at twice its spin, where it strikes."""
        from dure.science.sound import Bearing, fault_orders

        if not self.elements:
            return {"shaft": 1.0}
        bearing = Bearing(self.elements, self.element_diameter, self.pitch_diameter, self.contact_angle)
        found = fault_orders(bearing)
        return found | {"ball": 2 * found["ball"]}
