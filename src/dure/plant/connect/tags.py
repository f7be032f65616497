"""A tag: one value of a device, as its table names it."""

from dataclasses import dataclass

from dure.vocabulary import Signal

ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")
WIDTHS = {"bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "bcd": 2, "int32": 4, "uint32": 4, "float32": 4, "bcd32": 4, "int64": 8, "uint64": 8, "float64": 8}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tag:
    """One value of a device.

    `id` is the signal's name within its source, `address` as the protocol writes it, `type` a key of `WIDTHS` or
    `string(n)` of n bytes. The reading is `raw · scale + offset` in `unit` (UCUM). `words` is the order in which
    the bytes of a number lie: `ABCD` most significant first, `CDAB` words swapped, `BADC` bytes swapped,
    `DCBA` least significant first. `every` [s] is the tag's own period, 0 the source's; a change of at most
    `deadband` [unit] is no change.
    """

    id: str
    address: str
    type: str = "uint16"
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    words: str = "ABCD"
    every: float = 0.0
    deadband: float = 0.0
    description: str = ""

    @property
    def is_text(self) -> bool:
        """Whether its readings are words."""
        return self.type.startswith("string")

    @property
    def width(self) -> int:
        """Bytes of one reading; a bool has one where no bit of a word is meant.

        >>> Tag("name", "40001", "string(12)").width, Tag("t", "40001", "float32").width
        (12, 4)
        """
        return int(self.type[7:-1]) if self.is_text else WIDTHS[self.type]

    def signal(self, source: str) -> Signal:
        """The tag as a signal of `source`; slashes in its id part machine and name.

        >>> Tag("Chiller/Flow", "30003").signal("utilities").equipment
        'utilities/Chiller'
        """
        kind = "text" if self.is_text else "boolean" if self.type == "bool" else "number"
        path = f"{source}/{self.id}"
        place, _slash, name = path.rpartition("/")
        return Signal(
            path, source, name, self.unit, self.address, place, kind=kind, description=self.description
        )


def order_of(words: str, width: int, *, text: bool = False) -> list[int]:
    """Places of the bytes of a number of `width` bytes, most significant first; of a text, in reading order.

    >>> order_of("CDAB", 4), order_of("BADC", 4), order_of("DCBA", 8), order_of("BADC", 5, text=True)
    ([2, 3, 0, 1], [1, 0, 3, 2], [7, 6, 5, 4, 3, 2, 1, 0], [1, 0, 3, 2, 5])
    """
    places = list(range(width))
    if text:
        return [place ^ 1 for place in places] if words in ("BADC", "DCBA") else places
    if width == 1 or words == ORDERS[0]:
        return places
    if words == "DCBA":
        return places[::-1]
    if words == "BADC":
        return [place ^ 1 for place in places]
    return [place for start in range(width - 2, -1, -2) for place in (start, start + 1)]
