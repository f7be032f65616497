"""Write the reference pages that the code itself knows, or check that they are true (`--check`).

docs/reference/public-names.md, command.md and settings.md come from docstrings, the command's own help and the
settings' own fields; what has no words in the code cannot get onto a page, so the check fails.
"""

import dataclasses
import importlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs/reference"
HEAD = "<!-- Written by `make reference`; edit the code's own words instead. -->\n\n"


def main() -> int:
    """Write the pages, or with `--check` name those that are no longer true."""
    pages = {"public-names.md": public_names(), "command.md": command(), "settings.md": settings()}
    stale = [
        name
        for name, text in pages.items()
        if not (PAGES / name).exists() or (PAGES / name).read_text() != text
    ]
    if "--check" in sys.argv:
        for name in stale:
            print(f"docs/reference/{name} is not what the code says. Run: make reference")
        return 1 if stale else 0
    for name in stale:
        (PAGES / name).write_text(pages[name])
    return 0


def rooms() -> Iterator[str]:
    """Names of the packages that have public names."""
    import dure

    for found in pkgutil.walk_packages(dure.__path__, "dure."):
        if (
            found.ispkg
            and ".migrations" not in found.name
            and getattr(importlib.import_module(found.name), "__all__", None)
        ):
            yield found.name


def public_names() -> str:
    """Every name in a room's `__all__`, with its signature and the first sentence of its docstring."""
    parts = [HEAD + "# Public names\n\nWhat a room shows to others. Everything else may change tomorrow.\n"]
    for room in rooms():
        module = importlib.import_module(room)
        parts.append(f"\n## {room}\n\n{first_sentence(module)}\n\n| name | what it is |\n|---|---|\n")
        parts += [
            f"| `{name}{signature(getattr(module, name))}` | {first_sentence(getattr(module, name), name)} |\n"
            for name in module.__all__
        ]
    return "".join(parts)


class Named:
    """A default that is shown by a name instead of an address in memory."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


def signature(thing: object) -> str:
    """Parameters of a function, without their types: `(sources, *, per_file)`."""
    if not inspect.isfunction(thing):
        return ""
    parameters = inspect.signature(thing).parameters.values()
    return str(inspect.Signature([shown_parameter(p) for p in parameters])).replace("|", "\\|")


def shown_parameter(parameter: inspect.Parameter) -> inspect.Parameter:
    """A parameter without its type; a default that is a function by its name, a bare mark or a table as …."""
    default = parameter.default
    if inspect.isfunction(default):
        default = Named(default.__name__)
    elif type(default) is object or (isinstance(default, Mapping) and default):
        default = Named("…")
    return parameter.replace(annotation=parameter.empty, default=default)


def first_sentence(thing: object, name: str = "") -> str:
    """First line of a docstring; constants speak through their value."""
    words = inspect.getdoc(thing) or ""
    if isinstance(thing, (str, int, float, tuple, frozenset, Mapping)) or thing.__class__.__module__ in {
        "typing",
        "collections.abc",
    }:
        return f"`{thing!r:.80}`".replace("|", "\\|") if isinstance(thing, (str, int, float)) else "constant"
    if not words:
        raise SystemExit(f"{name or thing} has no docstring")
    return words.splitlines()[0].replace("|", "\\|")


def command() -> str:
    """Help of every command."""
    import typer

    from dure.node.command import EPILOG, build

    parts = [HEAD + f"# The command\n\n{EPILOG}\n"]

    def walk(thing: Any, path: str) -> None:  # Typer carries its own copy of click, without public types
        context = thing.context_class(thing, info_name=path)
        if getattr(thing, "commands", None):
            for name in sorted(thing.commands):
                walk(thing.commands[name], f"{path} {name}")
            return
        if not thing.help:
            raise SystemExit(f"{path} has no help")
        parts.append(
            f"\n## `{path}`\n\n{inspect.cleandoc(thing.help)}\n\n```\n{path} {' '.join(thing.collect_usage_pieces(context))}\n```\n"
        )
        rows = [
            p for p in thing.params if p.param_type_name == "option" and not p.hidden and p.name != "help"
        ]
        if rows:
            parts.append("\n| option | what it does |\n|---|---|\n")
        for option in rows:
            if not option.help:
                raise SystemExit(f"{path} {option.opts[0]} has no help")
            default = (
                f" Default: {option.default}."
                if option.default not in (None, False, (), "") and not callable(option.default)
                else ""
            )
            parts.append(f"| `{', '.join(option.opts)}` | {option.help}{default} |\n".replace("[", "\\["))

    walk(typer.main.get_command(build()), "dure")
    return "".join(parts)


def settings() -> str:
    """Every setting of a node: its environment name, default and meaning."""
    from dure.node.options import Options

    rows = [
        f"| `DURE_{field.name.upper()}` | {shown(field)} | {field.metadata['unit']} | {field.metadata['help']} |\n"
        for field in dataclasses.fields(Options)
    ]
    return (
        HEAD
        + "# Settings\n\nEach is an environment variable; an unknown `DURE_` name is refused.\n\n| name | default | unit | what it is |\n|---|---|---|---|\n"
        + "".join(rows)
    )


def shown(field: "dataclasses.Field[object]") -> str:
    """Default of a setting as people read it."""
    if field.name == "home":
        return "`dure-home`, where the command was started"
    written = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return f"`{written}`" if written else ""


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dure.node.settings")
    os.environ["DURE_LANG"] = "en"
    import django

    django.setup()
    sys.exit(main())
