"""The receipt of a delivery, signed by both sides over the same words.

The consumer signs after every chunk was verified and lies on its disk; the provider countersigns the consumer's
statement together with its signature. Signing and checking come in as functions, so that this room knows no keys.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from dure.sharing.delivery.keeping import keep, kept
from dure.sharing.delivery.manifest import NAME
from dure.sharing.delivery.refusals import ReceiptWrong

Sign = Callable[[bytes], str]
"""Words to a signature as text (base64url, or a JWS)."""
Check = Callable[[str, bytes, str], bool]
"""Whether a participant's signature over words holds: `(did, words, signature)`."""
LONGEST = 4_096


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was delivered under which agreement, and both signatures.

    Parameters
    ----------
    agreement, transfer
        Their ids.
    root, size, rows
        Merkle root (hexadecimal), bytes, and rows of what was delivered.
    consumer, provider
        Their DIDs.
    at
        When the consumer had it all, RFC 3339 in UTC.
    """

    agreement: str
    transfer: str
    root: str
    size: int
    rows: int
    consumer: str
    provider: str
    at: str
    consumer_signature: str = ""
    provider_signature: str = ""

    def __post_init__(self) -> None:
        for row in fields(self):
            value = getattr(self, row.name)
            whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53
            good = (
                whole
                if row.type == "int" or row.type is int
                else isinstance(value, str) and len(value) <= LONGEST
            )
            if not good:
                raise ReceiptWrong("receipt", fault=f"{row.name} is not what it should be")
        if not NAME.fullmatch(self.root) or not _is_time(self.at):
            raise ReceiptWrong("receipt", fault="its root or its time is none")

    @property
    def said(self) -> bytes:
        """The words that the consumer signs: every field but the signatures, in one canonical form."""
        return _canonical(
            "dure-receipt-1", {k: v for k, v in asdict(self).items() if not k.endswith("_signature")}
        )

    @property
    def countersaid(self) -> bytes:
        """The words that the provider signs: the consumer's, with the consumer's signature."""
        return _canonical(
            "dure-receipt-1-countersigned",
            {k: v for k, v in asdict(self).items() if k != "provider_signature"},
        )

    def signed(self, sign: Sign) -> "Receipt":
        """With the consumer's signature."""
        return replace(self, consumer_signature=sign(self.said))

    def countersigned(self, sign: Sign) -> "Receipt":
        """With the provider's signature over the consumer's."""
        return replace(self, provider_signature=sign(self.countersaid))

    def require(self, check: Check, *, both: bool = True) -> None:
        """Refuse it unless the consumer's signature holds, and with `both` the provider's.

        Raises
        ------
        ReceiptWrong
            If one does not.
        """
        if not check(self.consumer, self.said, self.consumer_signature):
            raise ReceiptWrong(self.consumer, fault="the consumer's signature does not hold")
        if both and not check(self.provider, self.countersaid, self.provider_signature):
            raise ReceiptWrong(self.provider, fault="the provider's signature does not hold")

    def to_json(self) -> bytes:
        """The receipt as it travels and is kept."""
        return _canonical("dure-receipt-1", asdict(self))

    @classmethod
    def from_json(cls, written: bytes) -> "Receipt":
        """A receipt that somebody sent.

        Raises
        ------
        ReceiptWrong
            If it is none.
        """
        try:
            told = json.loads(written) if len(written) <= 16 * LONGEST else {}
            kind = told.pop("type", None)
            made = cls(**told)
        except (ValueError, TypeError, AttributeError, RecursionError) as fault:
            raise ReceiptWrong("receipt", fault="it is no receipt") from fault
        if kind != "dure-receipt-1":
            raise ReceiptWrong("receipt", fault="it is no receipt")
        return made


def _canonical(kind: str, facts: dict[str, Any]) -> bytes:
    # RFC 8785 for what stands here: text and whole numbers below 2^53, keys in ASCII.
    return json.dumps(
        {"type": kind, **facts}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _is_time(written: str) -> bool:
    try:
        return datetime.fromisoformat(written).utcoffset() is not None
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Expected:
    """What the provider delivered under a transfer, and so what a receipt must say."""

    agreement: str
    root: str
    size: int
    rows: int
    consumer: str
    provider: str


@dataclass(slots=True)
class ReceiptBook:
    """The provider's receipts: one a transfer, countersigned once, given again when asked again.

    Parameters
    ----------
    at
        Folder of the receipts.
    expected
        What was delivered under a transfer, or None.
    sign, check
        The provider's signing function, and how the consumer's signature is checked.
    taken
        Called with `(transfer, receipt)` once a receipt is kept: metering, and the end of the transfer's tokens.
    """

    at: Path
    expected: Callable[[str], Expected | None]
    sign: Sign
    check: Check
    taken: Callable[[str, Receipt], None] = lambda _transfer, _receipt: None

    def take(self, transfer: str, body: bytes) -> dict[str, Any]:
        """Countersign a consumer's receipt; the same one as before if it had been taken already.

        Raises
        ------
        ReceiptWrong
            If it is about something else or its signature does not hold.
        """
        given, delivered = Receipt.from_json(body), self.expected(transfer)
        told = {row.name: getattr(given, row.name) for row in fields(Expected)}
        if delivered is None or given.transfer != transfer or told != asdict(delivered):
            raise ReceiptWrong(given.consumer[:200], fault="it is not about what was delivered")
        given.require(self.check, both=False)
        whole = self.of(transfer)
        if whole is None:
            whole = given.countersigned(self.sign)
            keep(self._file(transfer), asdict(whole))
        # Called again for a receipt that was there already: the process may have died between keeping and this.
        self.taken(transfer, whole)
        return {"type": "dure-receipt-1", **asdict(whole)}

    def of(self, transfer: str) -> Receipt | None:
        """The receipt of a transfer, if its consumer has signed."""
        found = kept(self._file(transfer))
        return Receipt(**found) if found else None

    def _file(self, transfer: str) -> Path:
        from hashlib import sha256

        return self.at / f"{sha256(transfer.encode()).hexdigest()[:40]}.json"
