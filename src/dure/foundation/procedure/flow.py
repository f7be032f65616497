"""Flow: the states of a case, and who may move it from which to which, on what condition, with what effect."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from dure.foundation.procedure.facts import Facts, holds, require
from dure.foundation.procedure.form import label_of, text_of
from dure.foundation.procedure.refusals import FactAbsent, GuardNotMet, MoveNotYours, MoveUnknown
from dure.foundation.procedure.written import Document, Place, read
from dure.science.formula import Kind
from dure.vocabulary import Text

#: The part that time plays: a move that happens by itself when a deadline has passed.
CLOCK = "clock"
#: Roles that no organisation gives: who opened the case, and anybody who is signed in.
APPLICANT, ANYBODY = "applicant", "anybody"


@dataclass(frozen=True)
class State:
    """Where a case can stand. `public` is what outsiders read; `pauses` stops the case's own clock."""

    id: str
    label: Text
    public: Text | None = None
    end: bool = False
    pauses: bool = False
    within: int | None = None
    then: str = ""


@dataclass(frozen=True)
class Effect:
    """What a move brings about: one of notify, create, set, lock, sign, schedule, publish, pay_order. No scripts."""

    kind: str
    settings: Mapping[str, Any] | tuple[str, ...]


@dataclass(frozen=True)
class Transition:
    """A move: from where, to where, by whom, if what."""

    id: str
    label: Text
    sources: tuple[str, ...]
    to: str
    by: tuple[str, ...]
    help: Text | None = None
    guard: str = ""
    unless: Text | None = None
    form: str = ""
    reason: bool = False
    at_most: int | None = None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Flow:
    """States and moves; the first state is where a case begins.

    >>> flow = flow_of(EXAMPLE)
    >>> [move.id for move in flow.moves_from("draft")], flow.state("issued").end
    (['submit'], True)
    >>> flow.require("submit", "draft", ["applicant"], facts={"rows": 400.0}, kinds=flow.facts).to
    Traceback (most recent call last):
    dure.foundation.procedure.refusals.GuardNotMet: “Submit” is not possible yet: at least 1,000 rows are needed. ...
    """

    id: str
    label: Text
    states: tuple[State, ...]
    moves: tuple[Transition, ...]
    facts: Mapping[str, Kind]
    roles: Mapping[str, Text]
    form: str = ""
    help: Text | None = None
    limit: int | None = None
    limit_from: str = ""

    @property
    def first(self) -> State:
        """Where a case begins."""
        return self.states[0]

    def state(self, id: str) -> State:  # noqa: A002 - the flow's own word
        """The state of that id; raises `KeyError`."""
        return {one.id: one for one in self.states}[id]

    def moves_from(self, state: str, roles: Collection[str] | None = None) -> tuple[Transition, ...]:
        """Moves that begin at `state`; of these the ones that somebody of `roles` may do, if given."""
        found = (one for one in self.moves if state in one.sources)
        return tuple(one for one in found if roles is None or may(one, roles))

    def require(  # noqa: PLR0913 - what is asked, and what is known
        self,
        move: str,
        state: str,
        roles: Collection[str],
        *,
        facts: Facts,
        kinds: Mapping[str, Kind],
        done: int = 0,
    ) -> Transition:
        """The move, if it may be done now.

        Parameters
        ----------
        move, state
            What is to be done, and where the case stands.
        roles
            Of the person who does it, as to this case.
        facts, kinds
            What is known of the case, and the kind of everything that a guard may name.
        done
            How often this case has made the move already.

        Raises
        ------
        MoveUnknown
            If it does not begin at `state`, or was made as often as it may be.
        MoveNotYours
            If none of the roles may do it.
        GuardNotMet
            If its condition does not hold, or a fact it needs is not known.
        """
        found = next((one for one in self.moves_from(state) if one.id == move), None)
        if found is None or (found.at_most is not None and done >= found.at_most):
            possible = ", ".join(str(one.label) for one in self.moves_from(state, roles)) or "–"
            label = next((str(one.label) for one in self.moves if one.id == move), move[:60])
            raise MoveUnknown(label, state=self.state(state).label, possible=possible)
        if not may(found, roles):
            raise MoveNotYours(str(found.label), roles=", ".join(self.role(one) for one in found.by))
        if found.guard:
            self._require_guard(found, facts, kinds)
        return found

    def role(self, id: str) -> str:  # noqa: A002
        """A role in words."""
        return str(self.roles.get(id) or _ROLES.get(id) or id)

    @staticmethod
    def _require_guard(move: Transition, facts: Facts, kinds: Mapping[str, Kind]) -> None:
        try:
            met = holds(move.guard, facts, kinds)
        except FactAbsent as absent:
            raise GuardNotMet(str(move.label), reason=absent.message) from absent
        if not met:
            raise GuardNotMet(str(move.label), reason=str(move.unless or move.guard))


def may(move: Transition, roles: Collection[str]) -> bool:
    """Whether somebody of these roles may do it."""
    return bool(set(move.by) & {*roles, ANYBODY}) and not (move.by == (CLOCK,) and CLOCK not in roles)


def flow_of(text: str, name: str = "", known: Mapping[str, Kind] | None = None) -> Flow:
    """The flow written in YAML.

    Parameters
    ----------
    text
        As `schemas/flow.schema.json` says.
    known
        Kinds of its forms' answers; None where the forms are not at hand, and guards are not checked.

    Raises
    ------
    ProcedureWrong
        If it breaks the format; names a state, move or role that is not there; has a state that no case can reach or
        none can leave though it is no end; or a guard is wrong. Says the line.
    """
    document = read("flow", text, name)
    values = document.values
    flow = Flow(
        values["id"],
        label_of(values),
        tuple(_state(raw) for raw in values["states"]),
        tuple(_move(raw) for raw in values["moves"]),
        {name: Kind(kind) for name, kind in values.get("facts", {}).items()},
        {raw["id"]: label_of(raw) for raw in values.get("roles", ())},
        values.get("form", ""),
        text_of(values.get("help")),
        values.get("limit", {}).get("working_days"),
        values.get("limit", {}).get("from", ""),
    )
    _require_whole(document, flow)
    if known is not None:
        _require_guards(document, flow, {**known, **flow.facts})
    return flow


def _state(raw: Mapping[str, Any]) -> State:
    within = raw.get("within", {})
    return State(
        raw["id"], label_of(raw), text_of(raw.get("public")), raw.get("end", False), raw.get("pauses", False),
        within.get("working_days"), within.get("then", ""),
    )  # fmt: skip


def _move(raw: Mapping[str, Any]) -> Transition:
    effects = tuple(
        _effect(kind, settings) for one in raw.get("effects", ()) for kind, settings in one.items()
    )
    plain = {name: raw[name] for name in ("guard", "form", "reason", "at_most") if name in raw}
    return Transition(
        raw["id"], label_of(raw), tuple(raw["from"]), raw["to"], tuple(raw["by"]), text_of(raw.get("help")),
        unless=text_of(raw.get("unless")), effects=effects, **plain,
    )  # fmt: skip


def _effect(kind: str, settings: Any) -> Effect:
    return Effect(kind, tuple(settings) if isinstance(settings, list) else settings)


def _require_whole(document: Document, flow: Flow) -> None:
    """Names meet names; every state can be reached, and left unless it is an end."""
    states = [one.id for one in flow.states]
    for place, id in _named(flow):  # noqa: A001
        if id not in states:
            raise document.wrong(place, f"names no state: {id}.", f"없는 상태를 가리킵니다: {id}.")
    for part, ids in (("states", states), ("moves", [one.id for one in flow.moves])):
        twice = next((at for at, id in enumerate(ids) if id in ids[:at]), None)  # noqa: A001
        if twice is not None:
            raise document.wrong(
                (part, twice, "id"), f"is there twice: {ids[twice]}.", f"두 번 있습니다: {ids[twice]}."
            )
    for at, state in enumerate(flow.states):
        moves = [one.id for one in flow.moves_from(state.id, [CLOCK])]
        if state.then and state.then not in moves:
            raise document.wrong(("states", at, "within", "then"), f"is no move of the clock from here: {state.then}.", f"이 상태에서 clock이 할 수 있는 이동이 아닙니다: {state.then}.")  # fmt: skip
        if not state.end and not flow.moves_from(state.id):
            raise document.wrong(("states", at), "is no end, yet nothing leads on from it.", "끝 상태가 아닌데 나가는 이동이 없습니다.")  # fmt: skip
        if state.id not in _reached(flow):
            raise document.wrong(("states", at), "cannot be reached.", "도달할 수 없습니다.")


def _named(flow: Flow) -> list[tuple[Place, str]]:
    """Every place where a state is named."""
    found: list[tuple[Place, str]] = []
    for at, one in enumerate(flow.moves):
        found += [(("moves", at, "from", n), id) for n, id in enumerate(one.sources)]  # noqa: A001
        found.append((("moves", at, "to"), one.to))
    if flow.limit_from:
        found.append((("limit", "from"), flow.limit_from))
    return found


def _reached(flow: Flow) -> frozenset[str]:
    reached, waiting = {flow.first.id}, [flow.first.id]
    while waiting:
        for move in flow.moves_from(waiting.pop()):
            if move.to not in reached:
                reached.add(move.to)
                waiting.append(move.to)
    return frozenset(reached)


def _require_guards(document: Document, flow: Flow, kinds: Mapping[str, Kind]) -> None:
    for at, move in enumerate(flow.moves):
        if move.guard:
            require(document, ("moves", at, "guard"), move.guard, kinds, "yes-no")


_ROLES: Mapping[str, Text] = {
    CLOCK: Text("the clock", "기한 경과"),
    APPLICANT: Text("the applicant", "신청인"),
    ANYBODY: Text("anybody signed in", "로그인한 사람"),
}
EXAMPLE = """
id: certification
ko: 데이터 품질 인증
en: Certification of data quality
facts: {rows: number}
roles: [{id: reviewer, ko: 심사원, en: Reviewer}]
states:
  - {id: draft, ko: 작성 중, en: Draft}
  - {id: submitted, ko: 접수, en: Submitted, within: {working_days: 10, then: lapse}}
  - {id: issued, ko: 발급, en: Issued, end: true}
  - {id: lapsed, ko: 기한 경과, en: Lapsed, end: true}
moves:
  - {id: submit, ko: 제출, en: Submit, from: [draft], to: submitted, by: [applicant], guard: "=[rows]>=1000", unless: {ko: "1,000행 이상이어야 합니다.", en: "at least 1,000 rows are needed."}}
  - {id: issue, ko: 발급, en: Issue, from: [submitted], to: issued, by: [reviewer], reason: true}
  - {id: lapse, ko: 실효, en: Lapse, from: [submitted], to: lapsed, by: [clock]}
"""
