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
