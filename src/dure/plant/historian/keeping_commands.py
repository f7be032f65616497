"""`dure historian`: retention, corrections, backfill, and tokens of programs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dure.vocabulary import Answer, Text

historian = typer.Typer(help="The historian's stored samples.", no_args_is_help=True)
By = Annotated[str, typer.Option(help="Who does it: a person's name.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why.", show_default=False)]
SignalColumn = Annotated[
    str, typer.Option(help="Column of signals; else one column a signal.", show_default=False)
]
TimeColumn = Annotated[str, typer.Option(help="Column of times; else the only one.", show_default=False)]
ValueColumn = Annotated[str, typer.Option(help="Column of values, beside --signal-column.")]
Source = Annotated[str, typer.Option(help="Put before each name: SOURCE/name.", show_default=False)]


@historian.command()
def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go, and how many bytes.")
    ] = False,
) -> Answer:
    """Remove the samples and roll-ups that historian/classes.toml no longer keeps."""
    from dure.plant.historian import Historian
    from dure.vocabulary import home

    with Historian(home()) as client:
        facts = client.retention(dry_run=dry_run)
    from rich.table import Table

    shown = Table("what", "of", "signals", "bytes", caption=_gone(facts))
    for item in facts["items"]:
        shown.add_row(*(str(item[name]) for name in ("kind", "where", "signals", "bytes")))
    return Answer(facts, shown)


def _gone(facts: dict[str, Any]) -> str:
    total = sum(facts["bytes"].values())
    return f"{total} bytes {'would go' if facts['dry_run'] else 'are gone'}"


@historian.command()
def correct(  # noqa: PLR0913, PLR0917 - a correction has these parts
    by: By,
    reason: Reason,
    signals: Annotated[
        list[str] | None, typer.Argument(help="Signals, by id or pattern.", show_default=False)
    ] = None,
    start: Annotated[
        str, typer.Option("--from", help="First moment of the stretch.", show_default=False)
    ] = "",
    end: Annotated[str, typer.Option("--to", help="Its end, itself left out.", show_default=False)] = "",
    value: Annotated[
        float | None, typer.Option(help="The value that it becomes.", show_default=False)
    ] = None,
    scale: Annotated[float | None, typer.Option(help="Each value times this.", show_default=False)] = None,
    offset: Annotated[float | None, typer.Option(help="Then plus this.", show_default=False)] = None,
    remove: Annotated[bool, typer.Option("--remove", help="No value: the readings are taken away.")] = False,
    table: Annotated[
        Path | None, typer.Option(help="File of the right values instead.", show_default=False)
    ] = None,
    signal_column: SignalColumn = "",
    time_column: TimeColumn = "",
    value_column: ValueColumn = "value",
    source: Source = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many samples change.")] = False,
) -> Answer:
    """Correct stored samples; what was before is kept, and undo gives it back."""
    import time

    from dure.plant.historian import Historian
    from dure.plant.historian.naming import named
    from dure.plant.historian.stretches import correction
    from dure.vocabulary import home

    new = (value, scale, offset, remove)
    columns = (signal_column, time_column, value_column, source)
    asked = correction(time.time_ns(), signals or [], (start, end), new, table, columns)
    with Historian(home()) as client:
        names = named(client, signals or []) if table is None else None
        facts = client.correct(by, reason, names, **asked, dry_run=dry_run)
    return _told("corrected", facts, by, reason)


@historian.command()
def undo(
    number: Annotated[int, typer.Argument(help="Number of the correction.")], by: By, reason: Reason
) -> Answer:
    """Give the samples of a correction or a backfill their reading of before; this too is on record."""
    from dure.plant.historian import Historian
    from dure.vocabulary import home

    with Historian(home()) as client:
        facts = client.undo(number, by, reason)
    return _told("undone", {**facts, "undoes": number}, by, reason)


@historian.command()
def corrections() -> Answer:
    """Corrections and backfills, newest first."""
    from datetime import UTC, datetime

    from rich.table import Table

    from dure.plant.historian import Historian
    from dure.vocabulary import home

    with Historian(home()) as client:
        rows = client.corrections()
    shown = Table("number", "when", "what", "samples", "signals", "by", "reason", "undone by")
    for row in rows:
        when = datetime.fromtimestamp(row["made"] / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        cells = (row["number"], when, row["kind"], row["rows"], row["signals"], row["by"], row["reason"])
        shown.add_row(*(str(cell) for cell in cells), str(row["undone_by"] or ""))
    return Answer({"corrections": rows}, shown)


@historian.command()
def backfill(  # noqa: PLR0913, PLR0917 - a table is described by these
    file: Annotated[Path, typer.Argument(help="Table of older samples: CSV, Excel, Parquet, JSON.")],
    by: By,
    reason: Reason,
    signal_column: SignalColumn = "",
    time_column: TimeColumn = "",
    value_column: ValueColumn = "value",
    source: Source = "",
) -> Answer:
    """Bring older samples in, each into its day; those that are there already are left and counted."""
    from dure.plant.historian import Historian
    from dure.plant.historian.stretches import samples_in
    from dure.vocabulary import home

    pieces = samples_in(file, (signal_column, time_column, value_column, source))
    facts: dict[str, Any] = {"numbers": [], "rows": 0, "refused": 0}
    with Historian(home()) as client:
        for piece in pieces:
            found = client.backfill(by, reason, piece, file.name)
            facts["numbers"] += [found["number"]] if found["number"] else []
            facts["rows"] += found["rows"]
            facts["refused"] += found["refused"]
    return _told("backfilled", {**facts, "file": file.name}, by, reason)


@historian.command()
def token(
    name: Annotated[str, typer.Argument(help="Name of the program: a-z, 0-9, hyphen.")],
    signals: Annotated[
        list[str] | None,
        typer.Option(help="Signals it may read, by pattern; all unless given.", show_default=False),
    ] = None,
    days: Annotated[int, typer.Option(help="How long it is good for.", min=1, max=3650)] = 90,
    revoke: Annotated[bool, typer.Option("--revoke", help="End the program's token.")] = False,
) -> Answer:
    """A token with which another program reads from /historian/query; shown once, kept as a hash."""
    import time

    from dure.plant.historian.tokens import make_token, revoke_token
    from dure.vocabulary import home

    if revoke:
        revoke_token(home(), name)
        _ledger("token-revoked", f"program:{name}", {})
        return Answer(
            {"name": name, "revoked": True},
            str(Text(f"{name} reads no more.", f"{name}의 토큰을 없앴습니다.")),
        )
    made, entry = make_token(home(), name, signals or ["*"], time.time(), days)
    _ledger("token-made", f"program:{name}", {"signals": list(entry.signals), "until": entry.until})
    said = Text(
        f"{made}\nGood for {days} days, and shown only now.",
        f"{made}\n{days}일 동안 유효하며, 지금 한 번만 표시됩니다.",
    )
    return Answer(
        {"name": name, "token": made, "signals": list(entry.signals), "until": entry.until}, str(said)
    )


@historian.command()
def tokens() -> Answer:
    """Programs that have a token, what they may read and until when."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from rich.table import Table

    from dure.plant.historian.tokens import programs
    from dure.vocabulary import home

    rows = [
        {name: fact for name, fact in asdict(one).items() if name != "hashed"} for one in programs(home())
    ]
    shown = Table("name", "signals", "until")
    for row in rows:
        until = datetime.fromtimestamp(row["until"], UTC).strftime("%Y-%m-%d")
        shown.add_row(row["name"], ", ".join(row["signals"]), until)
    return Answer({"programs": rows}, shown)


def _told(what: str, facts: dict[str, Any], by: str, reason: str) -> Answer:
    """The ledger's entry and the answer; what changed nothing has neither."""
    numbers = [one for one in facts.get("numbers", [facts.get("number")]) if one]
    for number in numbers:
        _ledger(what, f"correction:{number}", {**facts, "by": by, "reason": reason})
    rows = facts["rows"]
    shown = ", ".join(map(str, numbers)) or "-"
    said = Text(
        f"{rows} samples {what}; correction {shown}.", f"샘플 {rows}개를 처리했습니다. 정정 번호: {shown}."
    )
    if facts.get("dry_run"):
        said = Text(f"{rows} samples would change.", f"샘플 {rows}개가 바뀝니다.")
    left = facts.get("missing") or facts.get("refused") or 0
    more = Text(f"\n{left} rows left out.", f"\n{left}행은 제외했습니다.") if left else ""
    return Answer(facts, f"{said}{more}")


def _ledger(what: str, about: str, facts: dict[str, Any]) -> None:
    from dure.plant.historian.telling import tell

    tell(what, about, facts)
