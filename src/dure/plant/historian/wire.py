"""How a process speaks with the historian: JSON and Arrow bytes over a local socket, never a pickle.

```
request  = JSON object {"do": name, …} on one line; for an append of Arrow, then a newline and an Arrow IPC stream
reply    = "A" + bytes of an Arrow IPC stream (any number), then "J" + JSON, or "E" + JSON of an error
```
`send_bytes` and `recv_bytes` frame the messages; both ends prove that they hold the key before anything else.
"""

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Any

ARROW, JSON, ERROR = b"A", b"J", b"E"
MAX_REQUEST = 64 * 2**20
MAX_REPLY = 64 * 2**20  # one message of a reply; a long table comes in many
_LONGEST_ADDRESS = 100  # sun_path holds 108 bytes on Linux, 104 elsewhere
HANDSHAKE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the historian of a home keeps what its clients need."""

    home: Path

    @property
    def key(self) -> Path:
        """The secret both ends share, 0600."""
        return self.home / "secret" / "historian.key"

    @property
    def ready(self) -> Path:
        """JSON that says where the running historian listens."""
        return self.home / "run" / "historian.json"

    @property
    def segments(self) -> Path:
        """Folder of all sources' logs."""
        return self.home / "segments"

    @property
    def store(self) -> Path:
        """Folder of the database and of the day files."""
        return self.home / "historian"

    @property
    def archive(self) -> Path:
        """Folder of the day files."""
        return self.store / "archive"

    def address(self) -> Path:
        """Socket for this home; a home with a long path gets a short folder of its own below the temporary one."""
        plain = self.home / "run" / "historian.sock"
        if len(os.fsencode(plain)) <= _LONGEST_ADDRESS:
            return plain
        name = sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"dure-{os.getuid()}-{name}" / "historian.sock"


def make_key(path: Path) -> bytes:
    """The key at `path`, made at the first start."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(made, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    return path.read_bytes()


def prove_as_client(connection: Connection, key: bytes) -> None:
    """Show the key to the historian and see that it has it too; AuthenticationError or EOFError if not."""
    _expect_word(connection)
    answer_challenge(connection, key)
    deliver_challenge(connection, key)


def prove_as_historian(connection: Connection, key: bytes) -> None:
    """The other half of `prove_as_client`."""
    deliver_challenge(connection, key)
    _expect_word(connection)
    answer_challenge(connection, key)


def _expect_word(connection: Connection) -> None:
    if not connection.poll(HANDSHAKE_SECONDS):
        raise EOFError("the other end keeps silent")


def to_json(facts: Any) -> bytes:
    """Facts as strict JSON bytes."""
    return json.dumps(facts, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
