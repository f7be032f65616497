"""`dure connect`: which sources there are, what a machine offers, and how one is added, tried and trusted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.vocabulary import Answer, InputError, Text, home

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dure.plant.connect import Connector, Source

app = typer.Typer()
connect = typer.Typer(
    name="connect",
    no_args_is_help=True,
    help="Machines, servers and files as sources of data.",
)
app.add_typer(connect)

# Settings of the connector itself follow as --name value; `dure.plant.connect` checks them by the address's kind.
OPEN = {"allow_extra_args": True, "ignore_unknown_options": True}
SHOWN = 50
STATES = {
    "connecting": Text("connecting", "연결 중"),
    "collecting": Text("collecting", "수집 중"),
    "lost": Text("lost", "끊김"),
    "finished": Text("finished", "완료"),
    "stopped": Text("stopped", "멈춤"),
    "off": Text("off", "꺼짐"),
    "disabled": Text("disabled", "사용 안 함"),
}
Target = Annotated[
    str, typer.Argument(metavar="URL", help="Address (opc.tcp://…, file://…) or name of a source.")
]
User = Annotated[
    str, typer.Option(help="User at the source; the password is asked for, or taken from $DURE_PASSWORD.")
]
Security = Annotated[str, typer.Option(help="auto, none, sign or encrypt (OPC UA).")]
PasswordFile = Annotated[Path | None, typer.Option(help="File whose first line is the password.")]


class PasswordUnreadable(InputError):
    """A password file that cannot be read."""

    key = "password-unreadable"
    says = Text(
        "The password in {where} cannot be read: {why}.", "{where}에서 암호를 읽을 수 없습니다: {why}."
    )
    remedy = Text("Check the file's name and rights.", "파일 이름과 권한을 확인해 주세요.")


class OptionOdd(InputError):
    """A word on the command line that is no setting."""

    key = "option-odd"
    says = Text("“{where}” is not a setting with a value.", "“{where}”은(는) 값이 있는 설정이 아닙니다.")
    remedy = Text("Write settings as --name value.", "설정은 --이름 값으로 적어 주세요.")


@connect.command("list")
def list_() -> Answer:
    """Sources of this node and how each is doing."""
    from dure.plant.connect import sources

    rows = [{**_told(one), "id": one.id, "url": one.url, "enabled": one.enabled} for one in sources(home())]
    columns = ("id", "url", "state", "samples", "error")
    table = _table(columns, [{**row, "error": _error(row["error"])} for row in rows])
    return Answer(
        {"sources": rows}, table if rows else str(Text("There are no sources yet.", "아직 원천이 없습니다."))
    )


@connect.command(context_settings=OPEN)
def browse(  # noqa: PLR0913 - each is an option of the command
    context: typer.Context,
    url: Target,
    *,
    user: User = "",
    security: Security = "",
    password_file: PasswordFile = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Signals to list at most.")] = 10_000,
) -> Answer:
    """Signals that a source offers, with unit and address."""
    described = _described(url, context.args, user=user, security=security)
    connector, signals, _ = _visit(described, _password(user, password_file), limit)
    rows = [
        {
            "id": s.id,
            "name": s.name,
            "unit": s.unit,
            "kind": s.kind,
            "address": s.address,
            "equipment": s.equipment,
        }
        for s in signals
    ]
    table = _table(("id", "unit", "kind", "address"), rows[:SHOWN])
    more = Text(f"and {len(rows) - SHOWN} more; --json lists all", f"외 {len(rows) - SHOWN}개, 전체는 --json")
    table.caption = "\n".join([*([str(more)] if len(rows) > SHOWN else []), *connector.notes]) or None
    return Answer(
        {"url": described.url, "count": len(rows), "signals": rows, "notes": connector.notes}, table
    )


@connect.command(context_settings=OPEN)
def add(  # noqa: PLR0913 - each is an option of the command
    context: typer.Context,
    url: Target,
    *,
    name: Annotated[str, typer.Option(help="Name of the source (a-z 0-9 -); else made of the address.")] = "",
    user: User = "",
    security: Security = "",
    password_file: PasswordFile = None,
    untested: Annotated[
        bool, typer.Option("--untested", help="Keep it although it does not answer now.")
    ] = False,
    buffer: Annotated[
        float, typer.Option(help="What may wait on the disk [GB]; 0 is half of the free disk.")
    ] = 0.0,
    when_full: Annotated[str, typer.Option(help="When the buffer is full: hold, oldest or newest.")] = "hold",
) -> Answer:
    """Add a source after trying it; its collector starts with the node."""
    from dataclasses import replace

    from dure.plant.connect import SourceExists, add_source, sources

    described = _described(url, context.args, user=user, security=security, name=name)
    described = replace(described, buffer=buffer, when_full=when_full)
    if described.id in {one.id for one in sources(home())}:
        raise SourceExists(described.id)
    password = _password(user, password_file)
    count = 0
    if not untested:
        connector, signals, _ = _visit(described, password, 100_000)
        count = len(signals)
        described = replace(described, settings=connector.settings.changed())
    add_source(home(), described, password=password)
    facts = {"id": described.id, "url": described.url, "settings": dict(described.settings), "signals": count}
    said = Text(f"{described.id}: {count} signals.", f"{described.id}: 신호 {count}개.")
    return Answer(facts, str(said))


@connect.command("test", context_settings=OPEN)
def try_(
    context: typer.Context,
    url: Target,
    *,
    user: User = "",
    security: Security = "",
    password_file: PasswordFile = None,
) -> Answer:
    """Try an address: who answers, how the link is secured, a few present values."""
    from dure.plant.connect import try_source

    described = _described(url, context.args, user=user, security=security)
    facts = try_source(home(), described, password=_password(user, password_file))
    return Answer(facts)


@connect.command()
def remove(name: Annotated[str, typer.Argument(help="Name of the source.")]) -> Answer:
    """Forget a source and its password; the data it delivered stays."""
    from dure.plant.connect import remove_source

    remove_source(home(), name)
    return Answer({"removed": name}, str(Text(f"{name} is removed.", f"{name}을(를) 삭제했습니다.")))


@connect.command()
def trust(fingerprint: Annotated[str, typer.Argument(help="SHA-256 of the certificate, or its first 8 digits.")]) -> Answer:  # fmt: skip
    """Trust a server's certificate that was refused before."""
    from dure.plant.connect import trust_certificate

    whole = trust_certificate(home(), fingerprint)
    return Answer({"trusted": whole}, str(Text(f"Trusted: {whole}", f"신뢰함: {whole}")))


@connect.command()
def scan(
    range_: Annotated[
        str,
        typer.Argument(
            metavar="RANGE", help="192.168.0.0/24, 10.0.0.1-10.0.0.9; empty: this node's own /24."
        ),
    ] = "",
) -> Answer:
    """Look for what answers on well-known ports in a range of private addresses; nothing is written."""
    import asyncio

    from dure.plant.connect import Scan, addresses, own_network
    from dure.plant.connect import scan as look

    named = range_ or own_network()
    found = asyncio.run(look(addresses(named), Scan()))
    rows = [
        {
            "host": one.host,
            "port": one.port,
            "url": one.url,
            "kind": str(one.title),
            "said": one.said,
            "sure": one.sure,
        }
        for one in found
    ]
    nothing = str(Text("Nothing answers there.", "응답하는 것이 없습니다."))
    return Answer({"range": named, "found": rows}, _table(("url", "kind", "said"), rows) if rows else nothing)


def _ledger() -> "Callable[[Mapping[str, Any]], None] | None":
    """The node's ledger, where this machine is a node; an edge box has the journal alone."""
    try:
        import django
        from django.db import DatabaseError

        django.setup()
    except ImportError:
        return None
    from dure.foundation.ledger import Entry, record
    from dure.plant.connect import ACTS

    try:
        Entry.objects.exists()
    except DatabaseError:  # no node has ever run at this home
        return None

    def tell(entry: "Mapping[str, Any]") -> None:
        if act := ACTS.get(entry["what"]):
            facts = {name: fact for name, fact in entry.items() if name not in {"what", "signal", "time"}}
            record("command", act, f"signal:{entry['signal']}", facts, personal=["by"])

    return tell


@connect.command("arm")
def arm_(  # noqa: PLR0913 - a leave has these parts
    signal: Annotated[str, typer.Argument(help="Signal that may be written, source/path.")],
    *,
    low: Annotated[float, typer.Option(help="Lowest value.")],
    high: Annotated[float, typer.Option(help="Highest value.")],
    by: Annotated[str, typer.Option(help="The person who gives leave.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    step: Annotated[float, typer.Option(help="Largest step from the present reading.")] = float("inf"),
    hours: Annotated[float, typer.Option(help="How long, at most 12.")] = 1.0,
) -> Answer:
    """Let one signal be written within limits for a while, in the name of a person."""
    import time

    from dure.plant.connect import arm

    until = time.time_ns() + int(hours * 3600e9)
    given = arm(home(), signal, low, high, by, until, rate=step, reason=reason, tell=_ledger())
    facts = {
        "signal": given.signal,
        "low": low,
        "high": high,
        "by": by,
        "until": given.until,
        "reason": reason,
    }
    return Answer(
        facts, str(Text(f"{signal} may be written until then.", f"{signal}에 그때까지 쓸 수 있습니다."))
    )


@connect.command("disarm")
def disarm_(
    signal: Annotated[str, typer.Argument(help="Signal.")],
    by: Annotated[str, typer.Option(help="The person who takes the leave back.")] = "",
) -> Answer:
    """Take a leave to write back, at once."""
    from dure.plant.connect import disarm

    was = disarm(home(), signal, by, tell=_ledger())
    said = Text(f"{signal} may not be written.", f"{signal}에 쓸 수 없습니다.")
    return Answer({"signal": signal, "was_armed": was}, str(said))


@connect.command("arms")
def arms_() -> Answer:
    """Who may write what until when, and what was written or refused of late."""
    from dataclasses import asdict
    from math import isfinite

    from dure.plant.connect import arms, journal

    rows = [asdict(one) | {"rate": one.rate if isfinite(one.rate) else None} for one in arms(home())]
    nothing = str(Text("Nothing may be written.", "쓸 수 있는 신호가 없습니다."))
    shown = _table(("signal", "low", "high", "by", "reason"), rows) if rows else nothing
    return Answer({"arms": rows, "journal": journal(home(), 20)}, shown)


@connect.command("write")
def write_(
    source: Annotated[str, typer.Argument(help="Name of the source.")],
    signal: Annotated[str, typer.Argument(help="Signal, source/path.")],
    value: Annotated[float, typer.Argument(help="Value, in the signal's unit.")],
    by: Annotated[str, typer.Option(help="The person who writes.")] = "",
) -> Answer:
    """Write one value to an armed signal, and read it back."""
    from dataclasses import asdict
    from math import isfinite

    from dure.plant.connect import write

    done = write(home(), source, signal, value, by=by, tell=_ledger())
    facts = {
        name: None if isinstance(one, float) and not isfinite(one) else one
        for name, one in asdict(done).items()
    }
    said = Text(f"{signal}: {done.before:g} → {done.after:g}", f"{signal}: {done.before:g} → {done.after:g}")
    return Answer(facts, str(said))


@connect.command("health")
def health() -> Answer:
    """How each source does: state, pace, age, clock, buffer, memory."""
    import time

    from dure.plant.connect import sources

    rows = [_well(one, time.time()) for one in sources(home())]
    columns = ("id", "state", "rate", "age_s", "skew_s", "buffer_mb", "memory_mb", "dropped")
    nothing = str(Text("There are no sources yet.", "아직 원천이 없습니다."))
    return Answer({"sources": rows}, _table(columns, rows) if rows else nothing)


def _error(told: dict[str, str]) -> str:
    """What is wrong, in the language in force."""
    said = told.get("message", "")
    return str(Text(told.get("message_en", said), told.get("message_ko", said)))


def _well(described: "Source", now: float) -> dict[str, Any]:
    """One source in figures, from the status file of its collector."""
    import json

    try:
        told = json.loads((home() / "run" / f"collector-{described.id}.json").read_text())
    except (OSError, ValueError):
        told = {}
    buffer, received = told.get("buffer") or {}, told.get("received") or 0
    return {
        "id": described.id,
        "state": _told(described)["state"],
        "rate": round(told.get("rate", 0.0), 2),
        "age_s": round(now - received / 1e9, 1) if received else None,
        "skew_s": None if told.get("skew") is None else round(told["skew"], 3),
        "buffer_mb": round(buffer.get("bytes", 0) / 1e6, 3),
        "bound_mb": round(buffer.get("bound", 0) / 1e6, 3),
        "when_full": buffer.get("full", described.when_full),
        "memory_mb": round(told.get("memory", 0) / 1e6, 1),
        "dropped": told.get("dropped", 0),
        "gaps": told.get("gaps", 0),
    }


@connect.command()
def token(
    name: Annotated[str, typer.Argument(help="Name of a push:// source.")],
    device: Annotated[str, typer.Argument(help="Name of the device (a-z 0-9 -).")],
    *,
    revoke: Annotated[bool, typer.Option("--revoke", help="End the device's token.")] = False,
) -> Answer:
    """A token with which a device may send; it is shown once and takes the place of the former one."""
    from dure.plant.connect import NoTokens, Tokens, connector_for, source

    member = connector_for(source(home(), name).url)
    if not issubclass(member, Tokens):
        raise NoTokens(name)
    if revoke:
        member.revoke_token(home(), name, device)
        return Answer({"device": device, "revoked": True}, str(Text(f"The token of {device} is ended.", f"{device}의 토큰을 폐기했습니다.")))  # fmt: skip
    made = member.make_token(home(), name, device)
    note = Text("Keep it now: it is not shown again.", "지금 보관하세요. 다시 표시되지 않습니다.")
    return Answer({"device": device, "token": made}, f"{made}\n{note}")


def _described(target: str, words: list[str], *, user: str, security: str, name: str = "") -> "Source":
    """The source meant: one of this node's by name, or an address with the settings given."""
    from dure.plant.connect import Source, connector_for, slug, source

    if "://" not in target:
        return source(home(), target)
    settings = _settings(words) | {k: v for k, v in (("user", user), ("security", security)) if v}
    member = connector_for(target)
    read = member.settings_type.read(settings, scheme=member.schemes[0])
    return Source(name or slug(target), target, read.changed())


def _settings(words: list[str]) -> dict[str, str]:
    """Settings given as --name value or --name=value."""
    settings: dict[str, str] = {}
    given = iter(words)
    for word in given:
        if not word.startswith("--"):
            raise OptionOdd(word)
        key, equals, value = word[2:].partition("=")
        found = value if equals else next(given, None)
        if found is None:
            raise OptionOdd(word)
        settings[key.replace("-", "_")] = found
    return settings


def _password(user: str, file: Path | None) -> str | None:
    """The password: from the file, the environment, or the person; never from the command line."""
    import os
    import sys

    if file is not None:
        try:
            return file.read_text().split("\n")[0]
        except (OSError, UnicodeDecodeError) as unreadable:
            raise PasswordUnreadable(str(file), why=unreadable) from unreadable
    if (given := os.environ.get("DURE_PASSWORD")) is not None:
        return given
    if user and sys.stdin.isatty():
        return str(typer.prompt(str(Text("Password", "암호")), hide_input=True, err=True))
    return None


def _visit(
    described: "Source", password: str | None, limit: int
) -> "tuple[Connector, list[Any], dict[str, str]]":
    """Connect, look at what is there, and leave."""
    import asyncio

    from dure.plant.connect import open_source

    async def look() -> "tuple[Connector, list[Any], dict[str, str]]":
        connector = open_source(home(), described, password=password)
        try:
            facts = await connector.identify()
            return connector, await connector.browse(limit), facts
        finally:
            await connector.close()

    return asyncio.run(look())


def _told(described: "Source") -> dict[str, Any]:
    """What the collector of a source last told, if it tells at all."""
    import json
    import time

    silent: dict[str, Any] = {
        "state": "off" if described.enabled else "disabled",
        "since": 0,
        "error": {},
        "samples": 0,
        "last": 0,
    }
    try:
        told = json.loads((home() / "run" / f"collector-{described.id}.json").read_text())
    except (OSError, ValueError):
        return silent
    if time.time() - told.get("told", 0) > 10:
        told["state"] = silent["state"]
    return {name: told.get(name, usual) for name, usual in silent.items()} | {"skew": told.get("skew", 0.0)}


def _table(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    titles = {
        "id": Text("source", "원천") if "state" in columns else Text("signal", "신호"),
        "url": Text("address", "주소"),
        "state": Text("state", "상태"),
        "samples": Text("samples", "측정값"),
        "error": Text("what is wrong", "문제"),
        "unit": Text("unit", "단위"),
        "kind": Text("kind", "종류"),
        "address": Text("address", "주소"),
        "signal": Text("signal", "신호"),
        "said": Text("what it says", "응답"),
        "low": Text("low", "하한"),
        "high": Text("high", "상한"),
        "by": Text("by", "담당자"),
        "reason": Text("why", "사유"),
        "rate": Text("readings/s", "초당 측정값"),
        "age_s": Text("age [s]", "경과 [s]"),
        "skew_s": Text("clock off [s]", "시계 차이 [s]"),
        "buffer_mb": Text("buffer [MB]", "버퍼 [MB]"),
        "memory_mb": Text("memory [MB]", "메모리 [MB]"),
        "dropped": Text("dropped", "버림"),
    }
    table = Table(*(str(titles[column]) for column in columns))
    for row in rows:
        cells = {**row, "state": STATES.get(row.get("state", ""), row.get("state"))}
        table.add_row(*("" if cells.get(column) is None else str(cells[column]) for column in columns))
    return table
