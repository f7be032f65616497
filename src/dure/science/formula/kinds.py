"""What a value is: its type, and its unit where that is known."""

from dataclasses import dataclass

TYPES = ("number", "text", "yes-no", "time")


@dataclass(frozen=True, slots=True)
class Kind:
    """Type of a value, and the unit of a number [UCUM].

    `unit` is None where it is not known, which stays so and is never an error; `"1"` is a pure number. A number
    written in the formula is `bare`: it takes the unit of what it meets, and scales without changing a unit.

    >>> Kind("number", "Cel")
    Kind(type='number', unit='Cel', bare=False)
    """

    type: str
    unit: str | None = None
    bare: bool = False

    @property
    def known(self) -> bool:
        """Whether it has a unit that can clash."""
        return self.unit is not None and not self.bare


NUMBER, TEXT, YES_NO, TIME = Kind("number"), Kind("text"), Kind("yes-no"), Kind("time")
BARE, PURE = Kind("number", bare=True), Kind("number", "1")
