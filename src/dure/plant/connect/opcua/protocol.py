"""asyncua's names, taken untyped in this one place: its annotations refuse its own everyday calls (`NodeId(85)`)."""

from typing import Any

import asyncua
import asyncua.ua
import asyncua.ua.ua_binary

ua: Any = asyncua.ua
Client: Any = asyncua.Client  # type: ignore[attr-defined]  # exported without saying so
NodeId: Any = asyncua.ua.NodeId
binary: Any = asyncua.ua.ua_binary
from_binary: Any = binary.struct_from_binary
_array_of: Any = binary.unpack_uatype_array


def _array_within(kind: Any, data: Any) -> Any:
    """An array that says no more elements than bytes are left.

    asyncua believes the length: one frame that says 2³¹ nulls, which take no byte, would keep it busy for minutes.
    """
    if int.from_bytes(data.copy(4).read(4), "little", signed=True) > len(data):
        raise ValueError("an array that is cut off")
    return _array_of(kind, data)


binary.unpack_uatype_array = (
    _array_within  # Variants are read through this name, by asyncua's own decoder too
)
