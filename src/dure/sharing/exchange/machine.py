"""The state machines of negotiation and transfer as one table: which message, by whom, from where to where.

Dataspace Protocol 2025-1, "Contract Negotiation Protocol" and "Transfer Process Protocol", clause "State Machine".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Which side of a process."""

    CONSUMER = "consumer"
    PROVIDER = "provider"

    @property
    def other(self) -> "Role":
        """The side across."""
        return Role.PROVIDER if self is Role.CONSUMER else Role.CONSUMER


class State(StrEnum):
    """Where a process stands; `NEW` is ours alone: the first message is not acknowledged yet."""

    NEW = ""
    REQUESTED = "REQUESTED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    AGREED = "AGREED"
    VERIFIED = "VERIFIED"
    FINALIZED = "FINALIZED"
    STARTED = "STARTED"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a table.

    `path` is where its message goes below the peer's address, `first` where it goes when it begins a process;
    `event` tells two messages of one type apart.
    """

    name: str
    message: str
    by: tuple[Role, ...]
    before: tuple[State, ...]
    after: State
    path: str
    first: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """The steps of one kind of process, and the words in which it is told on the wire."""

    kind: str
    steps: tuple[Step, ...]
    final: frozenset[State]
    told_as: str
    error: str
    path: str

    def named(self, name: str) -> tuple[Step, ...]:
        """The rows of the step called `name`."""
        return tuple(step for step in self.steps if step.name == name)

    def find(self, name: str, by: Role, state: State) -> Step | None:
        """The step `name` that `by` may take in `state`; None if there is none.

        >>> NEGOTIATION.find("agree", Role.PROVIDER, State.REQUESTED).after.value
        'AGREED'
        >>> NEGOTIATION.find("agree", Role.PROVIDER, State.OFFERED) is None
        True
        """
        return next((step for step in self.named(name) if by in step.by and state in step.before), None)

    def name_of(self, message: str, event: str = "") -> str:
        """The step that a message of this type (and event) stands for; empty if none.

        >>> NEGOTIATION.name_of("ContractNegotiationEventMessage", "ACCEPTED")
        'accept'
        """
        return next(
            (step.name for step in self.steps if (step.message, step.event) == (message, event)),
            "",
        )

    def possible(self, by: Role, state: State) -> Iterator[Step]:
        """The steps that `by` may take in `state`."""
        return (step for step in self.steps if by in step.by and state in step.before)


C, P = (Role.CONSUMER,), (Role.PROVIDER,)
BOTH = (*C, *P)
S = State
_RUNNING = (S.REQUESTED, S.OFFERED, S.ACCEPTED, S.AGREED, S.VERIFIED)
_EVENT = "ContractNegotiationEventMessage"

NEGOTIATION = Machine(
    "negotiation",
    (
        Step(
            "request",
            "ContractRequestMessage",
            C,
            (S.NEW, S.OFFERED),
            S.REQUESTED,
            "request",
            first="request",
        ),
        Step("offer", "ContractOfferMessage", P, (S.NEW, S.REQUESTED), S.OFFERED, "offers", first="offers"),
        Step("accept", _EVENT, C, (S.OFFERED,), S.ACCEPTED, "events", event="ACCEPTED"),
        Step("agree", "ContractAgreementMessage", P, (S.REQUESTED, S.ACCEPTED), S.AGREED, "agreement"),
        Step(
            "verify",
            "ContractAgreementVerificationMessage",
            C,
            (S.AGREED,),
            S.VERIFIED,
            "agreement/verification",
        ),
        Step("finalize", _EVENT, P, (S.VERIFIED,), S.FINALIZED, "events", event="FINALIZED"),
        Step(
            "terminate", "ContractNegotiationTerminationMessage", BOTH, _RUNNING, S.TERMINATED, "termination"
        ),
    ),
    frozenset({S.FINALIZED, S.TERMINATED}),
    "ContractNegotiation",
    "ContractNegotiationError",
    "negotiations",
)

TRANSFER = Machine(
    "transfer",
    (
        Step("request", "TransferRequestMessage", C, (S.NEW,), S.REQUESTED, "", first="request"),
        Step("start", "TransferStartMessage", P, (S.REQUESTED, S.SUSPENDED), S.STARTED, "start"),
        # A consumer may only take up again what was started before.
        Step("start", "TransferStartMessage", C, (S.SUSPENDED,), S.STARTED, "start"),
        Step("suspend", "TransferSuspensionMessage", BOTH, (S.STARTED,), S.SUSPENDED, "suspension"),
        Step("complete", "TransferCompletionMessage", BOTH, (S.STARTED,), S.COMPLETED, "completion"),
        Step(
            "terminate", "TransferTerminationMessage", BOTH, (S.REQUESTED, S.STARTED, S.SUSPENDED), S.TERMINATED,
            "termination",
        ),
    ),
    frozenset({S.COMPLETED, S.TERMINATED}),
    "TransferProcess",
    "TransferError",
    "transfers",
)  # fmt: skip

MACHINES = {machine.kind: machine for machine in (NEGOTIATION, TRANSFER)}
