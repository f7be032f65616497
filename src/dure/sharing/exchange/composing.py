"""The messages that we send: what each step says, from the process it belongs to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dure.sharing.exchange.machine import Machine, Role, State, Step
from dure.sharing.exchange.messages import write


def compose(process: Any, step: Step, said: Mapping[str, Any], callback: str) -> dict[str, Any]:
    """The message of `step`, with what is `said` in it and our `callback` address if it begins the process."""
    begins = process.stands is State.NEW
    pids: dict[str, str | None] = dict(process.pids)
    if begins:
        pids["providerPid" if process.side is Role.CONSUMER else "consumerPid"] = None
    fields: dict[str, Any] = {**pids, **said}
    if begins:
        fields["callbackAddress"] = callback
    if step.event:
        fields["eventType"] = step.event
    return write(step.message, fields)


def told(process: Any) -> dict[str, Any]:
    """The process as it is told to the other side (`ContractNegotiation`, `TransferProcess`)."""
    machine: Machine = process.machine
    # Not acknowledged yet, but whoever asks has it.
    begun = State.REQUESTED if process.side is Role.CONSUMER else State.OFFERED
    return write(machine.told_as, {**process.pids, "state": process.state or begun.value})


def error(
    machine: Machine, code: str, reasons: Sequence[str], pids: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """An error of the protocol; both pids are always there, empty if they are not known.

    >>> from dure.sharing.exchange.machine import NEGOTIATION
    >>> error(NEGOTIATION, "dsp-unknown", ["There is none."])["providerPid"]
    ''
    """
    both = {"providerPid": "", "consumerPid": "", **(pids or {})}
    return write(machine.error, {**both, "code": code, "reason": list(reasons)})


def catalog_error(code: str, reasons: Sequence[str]) -> dict[str, Any]:
    """An error of the catalogue protocol."""
    return write("CatalogError", {"code": code, "reason": list(reasons)})


def agreement(
    offer: Mapping[str, Any],
    *,
    id: str,  # noqa: A002 - its name on the wire
    assigner: str,
    assignee: str,
    now: datetime,
) -> dict[str, Any]:
    """The agreement to an offer: its rules, both parties and the time.

    >>> offer = {"@id": "o", "@type": "Offer", "target": "d", "permission": [{"action": "use"}]}
    >>> made = agreement(offer, id="a", assigner="p", assignee="c", now=datetime(2026, 11, 24, tzinfo=UTC))
    >>> made["@type"], made["target"], made["timestamp"]
    ('Agreement', 'd', '2026-11-24T00:00:00Z')
    """
    rules = {
        name: offer[name] for name in ("profile", "permission", "prohibition", "obligation") if name in offer
    }
    return {
        "@type": "Agreement",
        "@id": id,
        "target": offer["target"],
        "assigner": assigner,
        "assignee": assignee,
        "timestamp": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        **rules,
    }
