"""The `dure` command: rooms bring their commands, this prints their answers and their refusals.

Every command returns an `Answer` or raises a `DureError`; nothing else decides what is printed or which exit
code is given: 0 done, 2 refused with one sentence, 130 interrupted.
"""

import importlib
import json
import os
import re
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

import typer

from dure.vocabulary import Answer, DiskFull, DureError, FileForbidden, NodeProblem, Text, home, is_full

# A room with commands has `commands.py` with a Typer `app`; its heavy imports wait inside the functions.
ROOMS = (
    "dure.science.prepare",
    "dure.science.learn",
    "dure.science.replay",
    "dure.plant.historian",
    "dure.plant.connect",
    "dure.plant.events",
    "dure.plant.inventory",
    "dure.plant.alarms",
    "dure.plant.deploy",
    "dure.plant.serve",
    "dure.plant.edge",
    "dure.sharing.tunnel",
    "dure.sharing.catalog",
    "dure.sharing.certification",
    "dure.foundation.ledger",
    "dure.foundation.procedure",
    "dure.sharing.trade",
    "dure.node",
)
EPILOG = "Every command also takes --json (one JSON object on stdout) and --home DIR (state of the node; default $DURE_HOME, else ./dure-home)."

# SQLite's and PostgreSQL's words for a database in which nothing was set up.
_NO_RECORDS = re.compile(r'no such table|unable to open database file|relation "[^"]+" does not exist')


class NodeNotBegun(NodeProblem):
    """A command that needs a node's records, in a home where no node was ever started."""

    key = "node-not-begun"
    says = Text("There is no node in {where} yet.", "{where}에 아직 노드가 없습니다.")
    remedy = Text(
        "Start it once with: dure up, or name another --home.",
        "dure up으로 한 번 시작하거나 --home으로 다른 폴더를 지정하세요.",
    )


def build() -> typer.Typer:
    """The command with every room's commands below it."""
    app = typer.Typer(
        name="dure",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="From raw machine data to AI on the line.",
        epilog=EPILOG,
    )
    for room in ROOMS:
        app.add_typer(importlib.import_module(f"{room}.commands").app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process with its exit code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(words: list[str]) -> int:
    """Run the command given as `words`; its exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dure.node.settings")  # rooms with records need it
    words, as_json = _take_common_options(words)
    try:
        with _signals(words):
            answer = build()(words, prog_name="dure", standalone_mode=False)
        if isinstance(answer, Answer):
            _show(answer, as_json)
            sys.stdout.flush()
    except DureError as refusal:
        return _refuse(refusal.report(), str(refusal), as_json)
    except typer.TyperException as misuse:
        context = getattr(misuse, "ctx", None)
        where = context.command_path if context else "dure"
        report = {
            "key": "usage",
            "message": misuse.format_message(),
            "where": where,
            "remedy": f"{where} --help",
        }
        return _refuse(report, f"{report['message']} See: {report['remedy']}", as_json)
    except BrokenPipeError:  # whoever read the answer went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as refused:
        told = _plainly(refused)
        if told is None:
            raise
        return _refuse(told.report(), str(told), as_json)
    return answer if isinstance(answer, int) else 0


def _plainly(refused: Exception) -> DureError | None:
    """What the system refused, where a person can help it: no room, no right to open a file, no node here yet."""
    # told by its name: a ring without the node has no Django to ask
    if type(refused).__module__ == "django.db.utils" and _NO_RECORDS.search(str(refused)):
        return NodeNotBegun(str(home()))
    if not isinstance(refused, OSError):
        return None
    if is_full(refused):
        return DiskFull(str(refused.filename or "the output"))
    if isinstance(refused, PermissionError) and refused.filename:
        return FileForbidden(str(refused.filename))
    return None


def _signals(words: list[str]) -> AbstractContextManager[None]:
    """Lend the node's signals to a command that names some."""
    if not any(word.startswith("signal:") for word in words):
        return nullcontext()
    from dure.node.signals import read_signals
    from dure.science.prepare import signals_from

    return signals_from(read_signals)


def _take_common_options(words: list[str]) -> tuple[list[str], bool]:
    """Take `--json` and `--home DIR` out of the words, wherever they stand."""
    kept: list[str] = []
    given = iter(words)
    for word in given:
        if word == "--home":
            os.environ["DURE_HOME"] = next(given, "dure-home")
        elif word.startswith("--home="):
            os.environ["DURE_HOME"] = word.removeprefix("--home=")
        elif word != "--json":
            kept.append(word)
    return kept, "--json" in words


def _refuse(report: dict[str, str], sentence: str, as_json: bool) -> int:
    if as_json:
        with suppress(OSError):  # where it goes may be what is full
            sys.stdout.write(json.dumps({"error": report}, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    sys.stderr.write(f"{sentence}\n")
    return 2


def _show(answer: Answer, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(answer.facts, ensure_ascii=False, default=str, allow_nan=False) + "\n")
        return
    from rich.console import Console

    Console().print(answer.shown if answer.shown is not None else _listed(answer.facts))


def _listed(facts: Any) -> str:
    return "\n".join(f"{name}: {value}" for name, value in facts.items())
