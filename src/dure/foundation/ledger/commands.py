"""`dure ledger`: what was done on this node, and whether the record of it still stands."""

import typer

from dure.vocabulary import Answer, ExtraAbsent

app = typer.Typer()
ledger = typer.Typer(no_args_is_help=True, help="The append-only record of who did what.")
app.add_typer(ledger, name="ledger")


@ledger.callback()
def _group() -> None:
    pass


@ledger.command()
def verify() -> Answer:
    """Read the whole ledger against its hashes and its signed checkpoints; refuse at the first bad entry."""
    _start_django()
    from dure.foundation.ledger.verification import verify as read

    report = read()
    if report.broken:
        raise report.broken
    facts = {
        "entries": report.entries,
        "root": report.root,
        "signed": report.signed,
        "checkpoints": report.checkpoints,
    }
    return Answer(facts)


def _start_django() -> None:
    try:
        import django
    except ImportError as absent:
        raise ExtraAbsent("dure ledger", library="Django", extra="node") from absent
    django.setup()
