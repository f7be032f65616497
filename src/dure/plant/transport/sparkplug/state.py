"""STATE, the host application's birth and death certificates: JSON, retained, QoS 1 (Sparkplug 3.0.0 §6.4.33)."""

import json
from typing import NamedTuple


class State(NamedTuple):
    """Whether a host is online, and the time [ms since 1970 UTC] that its certificate bears."""

    online: bool
    timestamp: int


def write_state(state: State) -> bytes:
    """The certificate's payload.

    >>> write_state(State(True, 1_700_000_000_000))
    b'{"online":true,"timestamp":1700000000000}'
    """
    return json.dumps(state._asdict(), separators=(",", ":")).encode()


def read_state(payload: bytes) -> State | None:
    """The certificate; None if it is none.

    >>> read_state(b'{"timestamp": 5, "online": false}'), read_state(b"ONLINE")
    (State(online=False, timestamp=5), None)
    """
    try:
        said = json.loads(payload)
        online, timestamp = said["online"], said["timestamp"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if type(online) is not bool or type(timestamp) is not int:
        return None
    return State(online, timestamp)
