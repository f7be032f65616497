"""What a rolling bearing's geometry says: at which multiples of the shaft's speed each part is passed over."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dure.vocabulary import Text

#: Parts of a bearing that can be damaged, and how a sentence names each.
PARTS: Mapping[str, Text] = {
    "outer race": Text("outer-race", "외륜 결함"),
    "inner race": Text("inner-race", "내륜 결함"),
    "ball": Text("ball-spin", "볼 회전"),
    "cage": Text("cage", "케이지 회전"),
    "shaft": Text("shaft", "축 회전"),
}


@dataclass(frozen=True, slots=True)
class Bearing:
    """A rolling bearing: how many elements, their diameter and that of their circle (same unit), contact angle [deg]."""

    elements: int
    element_diameter: float
    pitch_diameter: float
    contact_angle: float = 0.0


def fault_orders(bearing: Bearing) -> dict[str, float]:
    """Defect frequencies as multiples of the shaft's speed, outer ring at rest and without slip. [1].

    A damaged element strikes both races, twice a turn: its line is mostly seen at twice the order of `ball`.

    References
    ----------
    R. B. Randall and J. Antoni, "Rolling element bearing diagnostics — a tutorial", Mech. Syst. Signal Process. 25,
    485-520, 2011, doi:10.1016/j.ymssp.2010.07.017, eqs. 1-4 (BPFO, BPFI, BSF, FTF).

    Examples
    --------
    SKF 6205-2RS of the Case Western Reserve rig, as its web page states them (3.5848, 5.4152, 2.3567, 0.39828):

    >>> {part: round(order, 4) for part, order in fault_orders(Bearing(9, 7.94, 39.04)).items()}
    {'outer race': 3.5848, 'inner race': 5.4152, 'ball': 2.3567, 'cage': 0.3983, 'shaft': 1.0}
    """
    ratio = bearing.element_diameter / bearing.pitch_diameter * math.cos(math.radians(bearing.contact_angle))
    return {
        "outer race": bearing.elements / 2 * (1 - ratio),
        "inner race": bearing.elements / 2 * (1 + ratio),
        "ball": bearing.pitch_diameter / (2 * bearing.element_diameter) * (1 - ratio**2),
        "cage": (1 - ratio) / 2,
        "shaft": 1.0,
    }
