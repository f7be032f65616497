"""Arming: a named person's leave to write one signal within limits for a while, and the one path that writes.

The leaves lie in `home/arms`, one file a signal; whatever was armed, written or refused is a line of
`home/arms/journal.jsonl`. A caller that keeps a ledger gives `tell` and gets the same facts.
"""

import asyncio
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.connect.promise import Arm, Connector
from dure.plant.connect.refusals import WriteNotArmed
from dure.plant.transport import BINARY, hold
from dure.vocabulary import DureError, InputError, Quality, Signal, SourceProblem, Text

if TYPE_CHECKING:
    from dure.plant.connect import Source

LONGEST = 12 * 3600 * 10**9
"""How long a leave lasts at most, unless its giver asks for another bound. [ns]"""
A_SECOND = 10**9
READ_BACK = (0.0, 0.2, 0.5, 1.0)
"""Waits before each look at what the source made of a write. [s]"""
JOURNAL = "journal.jsonl"
ACTS = {
    "armed": "signal.armed",
    "disarmed": "signal.disarmed",
    "written": "signal.written",
    "refused": "signal.write-refused",
}
"""Keys of a ledger for what the journal says; a write that has only begun is the journal's alone."""
Tell = Callable[[Mapping[str, Any]], object]


class ArmRefused(InputError):
    """A leave to write that cannot be given as it is asked for."""

    key = "arm-refused"
    says = Text("{where} cannot be armed: {why}.", "{where} 쓰기를 허용할 수 없습니다: {why}.")
    remedy = Text(
        "Give finite limits, low below high, a person, a reason, and an end within {hours} h.",
        "하한이 상한보다 낮은 유한한 한계, 담당자, 사유, {hours}시간 안의 종료 시각을 주세요.",
    )


class WriteNotTaken(SourceProblem):
    """A write that the source confirmed but whose reading does not show it."""

    key = "write-not-taken"
    says = Text(
        "{where} was written with {value}, but reads {read} afterwards.",
        "{where}에 {value}을(를) 썼지만 다시 읽은 값은 {read}입니다.",
    )
    remedy = Text(
        "Check at the machine which value is in force before anything is written again.",
        "다시 쓰기 전에 설비에서 실제로 적용된 값을 확인해 주세요.",
    )


@dataclass(frozen=True, slots=True)
class Written:
    """One write that the source took: the reading before and after it; `time` in ns since 1970 UTC."""

    signal: str
    value: float
    before: float
    after: float
    by: str
    time: int


def arm(  # noqa: PLR0913, PLR0917 - a leave has these parts, and each is asked of the person
    home: Path,
    signal: str,
    low: float,
    high: float,
    by: str,
    until: int,
    *,
    rate: float = math.inf,
    reason: str,
    now: int | None = None,
    longest: int = LONGEST,
    tell: Tell | None = None,
) -> Arm:
    """Give a person's leave to write `signal`, in the place of any before it.

    Parameters
    ----------
    low, high, rate
        Limits of the value and of one step, in the signal's unit.
    until, now, longest
        End of the leave, the present [ns since 1970 UTC], and the longest leave [ns].

    Raises
    ------
    ArmRefused

    Examples
    --------
    >>> import tempfile
    >>> at, hour = Path(tempfile.mkdtemp()), 3600 * 10**9
    >>> given = arm(at, "line1/SetPoint", 10, 80, "hana", hour, reason="trial 7", now=0)
    >>> armed(at, "line1/SetPoint", now=hour // 2) == given, armed(at, "line1/SetPoint", now=hour)
    (True, None)
    """
    moment = time.time_ns() if now is None else now
    if why := _fault(low, high, rate, by, until - moment, reason, longest):
        raise ArmRefused(signal, why=why, hours=f"{longest / 3600 / A_SECOND:g}")
    given = Arm(signal, float(low), float(high), by, int(until), float(rate), reason, moment)
    _write(_place(home, signal), {**asdict(given), "rate": _number(given.rate)})
    _journal(home, "armed", signal, by, moment, tell, low=low, high=high, rate=_number(rate), until=until, reason=reason)  # fmt: skip
    return given


def disarm(
    home: Path, signal: str, by: str = "", *, now: int | None = None, tell: Tell | None = None
) -> bool:
    """Take a leave back at once; whether there was one."""
    try:
        _place(home, signal).unlink()
    except FileNotFoundError:
        return False
    _journal(home, "disarmed", signal, by, time.time_ns() if now is None else now, tell)
    return True


def armed(home: Path, signal: str, now: int | None = None) -> Arm | None:
    """The leave in force for a signal at `now` [ns since 1970 UTC]; a file that cannot be read is no leave."""
    found = _read(_place(home, signal))
    moment = time.time_ns() if now is None else now
    return found if found is not None and found.signal == signal and found.since <= moment < found.until else None  # fmt: skip


def arms(home: Path, now: int | None = None) -> list[Arm]:
    """Every leave in force, the one that ends first before."""
    found = (_read(path) for path in (home / "arms").glob("*.json"))
    alive = (armed(home, one.signal, now) for one in found if one is not None)
    return sorted((one for one in alive if one is not None), key=lambda one: one.until)


def journal(home: Path, limit: int = 100) -> list[dict[str, Any]]:
    """The newest entries of the journal, newest first."""
    with suppress(OSError), (home / "arms" / JOURNAL).open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 1024 * limit))
        lines = file.read().decode(errors="replace").splitlines()
        return [entry for line in reversed(lines) if (entry := _entry(line))][:limit]
    return []


def permit(arm: Arm | None, signal: str, value: float, now: int | None = None) -> Arm:
    """The arm, if it lets `value` be written to `signal` at `now` [ns since 1970 UTC].

    Raises
    ------
    WriteNotArmed

    Examples
    --------
    >>> leave = Arm("line1/SetPoint", 10.0, 80.0, "hana", until=2_000)
    >>> permit(leave, "line1/SetPoint", 80.0, now=1_000).by
    'hana'
    >>> permit(leave, "line1/SetPoint", 80.5, now=1_000)
    Traceback (most recent call last):
    dure.plant.connect.refusals.WriteNotArmed: line1/SetPoint may not be written: 80.5 is outside 10 – 80. A person must arm this signal and its limits first.
    """
    if arm is None or arm.signal != signal:
        raise WriteNotArmed(signal, why=Text("nobody armed it", "허용한 사람이 없습니다"))
    if (time.time_ns() if now is None else now) >= arm.until:
        raise WriteNotArmed(signal, why=Text("the leave has run out", "허용 기간이 지났습니다"))
    if not (math.isfinite(value) and arm.low <= value <= arm.high):
        raise WriteNotArmed(signal, why=Text(f"{value:g} is outside {arm.low:g} – {arm.high:g}", f"{value:g}은(는) {arm.low:g}–{arm.high:g} 밖입니다"))  # fmt: skip
    return arm


def write(  # noqa: PLR0913 - what, where, how much, under which leave, and who is told
    home: Path,
    source: "Source | str",
    signal: Signal | str,
    value: float,
    *,
    arm: Arm | None = None,
    by: str = "",
    tell: Tell | None = None,
    clock: Callable[[], int] = time.time_ns,
) -> Written:
    """Write one value under a leave in force, and read it back; see `write_async`.

    `tell` is called when the loop has ended, for a caller's book may refuse to be written from within one.
    """
    entries: list[Mapping[str, Any]] = []
    try:
        return asyncio.run(
            write_async(home, source, signal, value, arm=arm, by=by, tell=entries.append, clock=clock)
        )
    finally:
        if tell is not None:
            for entry in entries:
                tell(entry)


async def write_async(  # noqa: PLR0913 - the same as `write`
    home: Path,
    source: "Source | str",
    signal: Signal | str,
    value: float,
    *,
    arm: Arm | None = None,
    by: str = "",
    tell: Tell | None = None,
    clock: Callable[[], int] = time.time_ns,
) -> Written:
    """Write one value under a leave in force, and read it back.

    The leave is the one in `home/arms` at this moment; an `arm` that is handed in must be that one. One process
    at a time writes a signal.

    Raises
    ------
    WriteNotArmed, WriteNotTaken, SourceProblem
    """
    name = signal if isinstance(signal, str) else signal.id
    try:
        with _alone(home, name) as place:
            leave = _in_force(home, name, arm, clock())
            permit(leave, name, value, clock())
            done = await _carry_out(home, source, signal, value, leave, place, clock)
    except DureError as refusal:
        _journal(home, "refused", name, by or (arm.by if arm else ""), clock(), tell, value=_number(value), why=refusal.key)  # fmt: skip
        raise
    _journal(home, "written", name, by or done.by, done.time, tell, value=value, before=_number(done.before), after=_number(done.after))  # fmt: skip
    return done


async def _carry_out(  # noqa: PLR0913, PLR0917 - the parts of one write
    home: Path,
    source: "Source | str",
    signal: Signal | str,
    value: float,
    leave: Arm,
    place: Path,
    clock: Callable[[], int],
) -> Written:
    from dure.plant.connect import open_source
    from dure.plant.connect import source as described

    connector = open_source(home, described(home, source) if isinstance(source, str) else source)
    try:
        target = signal if isinstance(signal, Signal) else await _found(connector, signal, source, home)
        before = await _reading(connector, target)
        _step(leave, value, before, clock() - _last(place))
        permit(leave, target.id, value, clock())
        _begin(place, clock())
        _journal(home, "begun", target.id, leave.by, clock(), None, value=value, before=_number(before))
        await connector.write(target, value, leave)
        after = await _read_back(connector, target, value)
    finally:
        await connector.close()
    if not _same(value, after):
        raise WriteNotTaken(target.id, value=f"{value:g}", read=f"{after:g}")
    return Written(target.id, value, before, after, leave.by, clock())


async def _found(connector: Connector, name: str, source: "Source | str", home: Path) -> Signal:
    from dure.plant.connect import source as described

    known = (described(home, source) if isinstance(source, str) else source).signals
    everything = known or await connector.browse(100_000)
    for one in everything:
        if one.id == name:
            return one
    raise WriteNotArmed(name, why=Text("the source has no such signal", "소스에 그런 신호가 없습니다"))


async def _reading(connector: Connector, signal: Signal) -> float:
    (sample,) = await connector.read([signal])
    return math.nan if sample.quality is Quality.BAD else sample.value


async def _read_back(connector: Connector, signal: Signal, value: float) -> float:
    after = math.nan
    for wait in READ_BACK:
        await asyncio.sleep(wait)
        after = await _reading(connector, signal)
        if _same(value, after):
            break
    return after


def _same(wanted: float, read: float) -> bool:
    """Equal to what a 32-bit float or a whole number can hold of it."""
    return math.isclose(wanted, read, rel_tol=1e-6, abs_tol=1e-9) or read == round(wanted)


def _step(leave: Arm, value: float, before: float, since: int) -> None:
    """Refuse a step above the rate, one from an unknown reading, or a second write within a second."""
    if since < A_SECOND:
        raise WriteNotArmed(
            leave.signal, why=Text("it was written less than 1 s ago", "1초 안에 이미 썼습니다")
        )
    if math.isinf(leave.rate):
        return
    if math.isnan(before):
        raise WriteNotArmed(
            leave.signal, why=Text("its present reading is not known", "현재값을 알 수 없습니다")
        )
    if abs(value - before) > leave.rate:
        raise WriteNotArmed(leave.signal, why=Text(f"the step from {before:g} to {value:g} is above {leave.rate:g}", f"{before:g}에서 {value:g}(으)로의 변화가 {leave.rate:g}보다 큽니다"))  # fmt: skip


def _in_force(home: Path, signal: str, given: Arm | None, now: int) -> Arm:
    found = armed(home, signal, now)
    if found is None or (given is not None and given != found):
        raise WriteNotArmed(signal, why=Text("no leave is in force", "유효한 쓰기 허용이 없습니다"))
    return found


@contextmanager
def _alone(home: Path, signal: str) -> Iterator[Path]:
    """Hold the signal for one writer; its file keeps when the last write began."""
    place = _place(home, signal).with_suffix(".last")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    let_go = hold(place.with_suffix(".lock"))
    if let_go is None:
        raise WriteNotArmed(
            signal, why=Text("another process is writing it", "다른 프로세스가 쓰고 있습니다")
        )
    try:
        yield place
    finally:
        let_go()


def _last(place: Path) -> int:
    written = place.read_text().strip() if place.exists() else ""
    return int(written) if written.isdecimal() else 0


def _begin(place: Path, now: int) -> None:
    place.write_text(str(now))


def _fault(  # noqa: PLR0911, PLR0913, PLR0917 - each is one way in which a leave is wrong
    low: float, high: float, rate: float, by: str, left: int, reason: str, longest: int
) -> Text | None:
    if not (math.isfinite(low) and math.isfinite(high)):
        return Text("a limit is not a finite number", "한계가 유한한 수가 아닙니다")
    if low >= high:
        return Text(f"{low:g} is not below {high:g}", f"{low:g}이(가) {high:g}보다 작지 않습니다")
    if not rate > 0:
        return Text("the step is not above zero", "한 번에 바꿀 수 있는 폭이 0보다 크지 않습니다")
    if not by.strip():
        return Text("no person is named", "담당자가 없습니다")
    if not reason.strip():
        return Text("no reason is given", "사유가 없습니다")
    if not 0 < left <= longest:
        return Text("its end is past or too far away", "종료 시각이 지났거나 너무 멉니다")
    return None


def _place(home: Path, signal: str) -> Path:
    return home / "arms" / f"{sha256(signal.encode()).hexdigest()[:40]}.json"


def _write(path: Path, facts: Mapping[str, Any]) -> None:
    from dure.plant.connect import write_private

    write_private(path, json.dumps(facts, ensure_ascii=False, allow_nan=False).encode())


def _read(path: Path) -> Arm | None:
    try:
        facts = json.loads(path.read_bytes())
        limit = math.inf if facts["rate"] is None else float(facts["rate"])
        return Arm(**{**facts, "rate": limit, "until": int(facts["until"]), "since": int(facts["since"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _entry(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "what" in found else None


def _journal(  # noqa: PLR0913, PLR0917 - an entry says what, of what, by whom and when
    home: Path, what: str, signal: str, by: str, moment: int, tell: Tell | None, **facts: Any
) -> None:
    """Append one line, on the disk before it returns, and tell the caller's own book."""
    entry = {"time": moment, "what": what, "signal": signal, "by": by, **facts}
    path = home / "arms" / JOURNAL
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = f"{json.dumps(entry, ensure_ascii=False)}\n".encode()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | BINARY, 0o600)
    try:
        os.write(file, line)
        os.fsync(file)
    finally:
        os.close(file)
    if tell is not None:
        tell(entry)
