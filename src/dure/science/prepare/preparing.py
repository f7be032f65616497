"""Prepare files: read, look, follow a recipe or propose one, write; nothing is written unless all is well."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.science.prepare.abbreviating import as_table
from dure.science.prepare.joining import join, settled
from dure.science.prepare.joining_how import FIRST, JOINED, Join
from dure.science.prepare.proposal import propose, reasons
from dure.science.prepare.proposing_texts import TextColumn, text_columns, with_alike_texts
from dure.science.prepare.reading import SignalReader, Table, read
from dure.science.prepare.reading_refusals import (
    ColumnsDiffer,
    HeaderOnly,
    NotATable,
    NothingToRead,
    PartUndecided,
)
from dure.science.prepare.reading_stacking import SAME
from dure.science.prepare.recipe import Recipe
from dure.science.prepare.recipe_file import RecipeFile, read_recipe, written
from dure.science.prepare.spreading import is_remote, on
from dure.science.prepare.treating import in_parts
from dure.science.prepare.writing import check_out, write, write_text
from dure.science.quality import Profile, profile
from dure.vocabulary import Action, Permit, Progress, RecipeProblem, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare.mixing import Mix

# What the reader decided that a person who reads the recipe should know.
_TOLD = (
    "decimal-comma-read", "decimal-comma-undecided", "thousands-read", "date-order-undecided", "year-short", "zones-mixed",
    "header-trimmed", "header-aligned", "turned", "columns-left-out", "columns-filled-up", "unit-row", "joined",
    "folder-joined", "folder-left-out", "names-from-note",
)  # fmt: skip


_MASKS, _TIDIES = "image.mask_faces", "text.clean"


class RowsUnknown(RecipeProblem):
    """`--rows` is neither of its two words."""

    key = "join-rows-unknown"
    says = Text("--rows cannot be “{where}”.", "--rows에 “{where}”을(를) 쓸 수 없습니다.")
    remedy = Text("Give first or joined.", "first나 joined를 주세요.")


class AsideLost(RecipeProblem):
    """Columns carried along, where the number of rows changes."""

    key = "recipe-aside-lost"
    says = Text(
        "The recipe changes the number of rows, so “{where}” cannot be carried along untouched.",
        "레시피가 행 수를 바꾸므로 “{where}” 열을 그대로 둘 수 없습니다.",
    )
    remedy = Text(
        "Take it out of `aside`; it then goes through the steps.", "`aside`에서 빼면 단계를 함께 거칩니다."
    )


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is asked for: sources, output file, recipe file or None, columns to know, and where to run.

    `columns` says what if files differ (`same`, `common`, `all`), `joins` what is joined before the steps; a join whose
    `rows` are empty keeps those of the table that has the target.
    """

    sources: tuple[str, ...]
    out: Path
    recipe: Path | None = None
    target: str | None = None
    time: str | None = None
    ignore: tuple[str, ...] = ()
    on: str = ""
    columns: str = "same"
    joins: tuple[Join, ...] = ()


def run(
    wanted: Preparation, permit: Permit, signals: SignalReader | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Prepare as `wanted`, here or on the cluster it names; the facts that `dure prepare --json` gives.

    Raises
    ------
    ActionRefused
        If `permit` does not allow to prepare.
    InputError
        If a source, the recipe or the output cannot be used; then nothing is written.
    """
    permit.require(Action.PREPARE)
    check_out(wanted.out, [*wanted.sources, *(one.table for one in wanted.joins)])
    with on(wanted.on, progress):
        return _run(wanted, permit, signals)


def _run(wanted: Preparation, permit: Permit, signals: SignalReader | None) -> dict[str, Any]:
    given = read_recipe(wanted.recipe) if wanted.recipe is not None else None
    mixed = _mixed(wanted)
    whole = mixed.table if mixed is not None else read(wanted.sources, signals, columns=wanted.columns)
    table, joins = _joined(whole, wanted, given)
    found = with_alike_texts(profile(table, target=wanted.target), table.frame)
    texts = text_columns(table.frame) if given is None else ()
    recipe = given.recipe if given is not None else _proposed(table, found, wanted, texts)
    texts = tuple(one for one in texts if any(one.name in step.reads() for step in recipe.steps if step.name() == _TIDIES))  # fmt: skip
    prepared = apply(recipe, table, permit)
    kept = _keep(prepared, wanted, _text_of(recipe, joins, table, found, texts))
    facts: dict[str, Any] = {"rows": len(prepared), "columns": prepared.width, "recipe": str(kept)}
    facts |= _of_texts(texts, wanted.out)
    facts |= _masked_pictures(recipe, prepared, wanted.out)
    if mixed is not None:
        facts |= _described(replace(mixed, table=table), recipe, prepared, found, wanted.out)
    return facts | {"findings": found.to_dict()["findings"], "out": str(wanted.out)}


def _of_texts(texts: Sequence[TextColumn], out: Path) -> dict[str, Any]:
    """Write what look like abbreviations beside the table, for a person to look over; what to say of the texts."""
    if not texts:
        return {}
    said = [str(sentence) for one in texts for sentence in one.told()]
    short = {found.short: found for one in reversed(texts) for found in one.abbreviated}
    if not short:
        return {"texts": said}
    beside = out.with_name(f"{out.stem}.abbreviations.toml")
    write_text(as_table(sorted(short.values(), key=lambda one: (-one.times, one.short))), beside)
    return {"texts": said, "abbreviations": str(beside)}


def _masked_pictures(recipe: Recipe, prepared: "pl.DataFrame", out: Path) -> dict[str, Any]:
    """Write pictures whose faces were masked into a folder beside the table; what to say of them."""
    columns = [name for step in recipe.steps if step.name() == _MASKS for name in step.reads()]
    there = [name for name in columns if name in prepared.columns]
    if not there:
        return {}
    from dure.science.prepare.masking_faces import write_masked

    folder = out.with_name(f"{out.stem}.masked")
    count = sum(write_masked(prepared.get_column(name), folder) for name in there)
    return {"masked_pictures": count} | ({"masked": str(folder)} if count else {})


def looked_at(sources: Sequence[str], columns: str = SAME, target: str | None = None) -> Table:
    """One table of the sources; folders that cannot be read as files of one kind are mixed, as `run` mixes them.

    Raises
    ------
    FileProblem
        As `read`; what is broken is refused, what is only unlike is mixed.
    """
    try:
        return read(sources, columns=columns)
    except (ColumnsDiffer, HeaderOnly, NotATable, NothingToRead, PartUndecided):
        mixed = _mixed(Preparation(tuple(sources), Path(), target=target, columns=columns))
        if mixed is None:
            raise
        return mixed.table


def _mixed(wanted: Preparation) -> "Mix | None":
    """The mix of folders that are given; None where only files are, or where it is said what to do with columns."""
    if wanted.columns != SAME or not any(Path(source).expanduser().is_dir() for source in wanted.sources):
        return None
    if not all(Path(source).expanduser().exists() for source in wanted.sources):
        return None
    from dure.science.prepare.mixing import mix

    return mix([Path(source).expanduser() for source in wanted.sources], wanted.target)


def _described(
    mixed: "Mix", recipe: Recipe, prepared: "pl.DataFrame", found: Profile, out: Path
) -> dict[str, Any]:
    """Write the report and the Croissant metadata beside the table; what to say of them."""
    from dure.science.prepare.croissant import metadata, written
    from dure.science.prepare.mixing_lineage import report

    told = report(mixed, recipe, prepared, found)
    beside = out.with_name(f"{out.stem}.report.json")
    write_text(json.dumps(told, ensure_ascii=False, indent=1, default=str) + "\n", beside)
    files = dict.fromkeys(file for one in told["lineage"] for file in one["files"])
    units = {name: unit for name, unit in mixed.table.units.items() if name in prepared.columns}
    made = metadata(prepared, out, sources=list(files), about=mixed.descriptions, units=units)
    croissant = out.with_name(f"{out.stem}.croissant.json")
    write_text(written(made), croissant)
    return {
        "groups": len(mixed.groups),
        "joined": [str(one.message) for one in mixed.table.notes if one.key == "folder-joined"],
        "left_out": [str(one.message) for one in mixed.table.notes if one.key == "folder-left-out"],
        "report": str(beside),
        "croissant": str(croissant),
    }


def joins_of(  # noqa: PLR0913 - the options of the command
    table: str | None, on: str, *, by: str = "", delay: str = "0s", within: str = "", rows: str = ""
) -> tuple[str, tuple[Join, ...]]:
    """The cluster and the joins that the command's options mean: `--on` names a cluster where nothing is joined.

    >>> joins_of(None, "ray://host"), joins_of("lab.csv", "lot")[1][0].on
    (('ray://host', ()), 'lot')
    """
    if table is None or "://" in on:
        return on, ()
    if rows not in ("", FIRST, JOINED):
        raise RowsUnknown(rows)
    return "", (Join(table, "" if on == "time" else on, by, delay, within, rows),)


def _joined(table: Table, wanted: Preparation, given: RecipeFile | None) -> tuple[Table, tuple[Join, ...]]:
    """The table with all that is joined to it, and the joins with nothing left open."""
    joins = wanted.joins or (given.joins if given is not None else ())
    made: list[Join] = []
    for one in joins:
        right = read([_found(one.table, wanted.recipe)])
        how = settled(
            table, right, replace(one, rows=one.rows or _whose_rows(table, right, wanted.target, one.on))
        )
        table = join(table, right, how)
        made.append(how)
    return table, tuple(made)


def _found(table: str, recipe: Path | None) -> str:
    """A joined table's path as written, or from the recipe's folder."""
    beside = recipe.parent / table if recipe is not None else Path(table)
    return str(beside) if not Path(table).exists() and beside.exists() else table


def _whose_rows(table: Table, right: Table, target: str | None, on: str) -> str:
    """A laboratory's sample has what is to be learnt: then its rows stay; not so where a lot has many rows."""
    told = target is not None and target in right.frame.columns and target not in table.frame.columns
    key = on.partition("=")[0]
    many = key in table.frame.columns and bool(table.frame.get_column(key).is_duplicated().any())
    return JOINED if told and not many and len(right.frame) < len(table.frame) else FIRST


def _text_of(
    recipe: Recipe, joins: Sequence[Join], table: Table, found: Profile, texts: Sequence[TextColumn] = ()
) -> str:
    files = [Path(source).name for source in table.sources]
    about = [f"Made for {', '.join(files[:3])}{' …' if len(files) > 3 else ''}: {len(table.frame):,} rows."]
    about += [str(one.message) for one in table.notes if one.key in _TOLD]
    about += [str(sentence) for one in texts for sentence in one.told()]
    return written(recipe, joins, about=about, reasons=reasons(found))


def apply(recipe: Recipe, table: Table, permit: Permit) -> "pl.DataFrame":
    """The table after the recipe, the columns aside first; raises `AsideLost` where they cannot stay."""
    permit.require(Action.PREPARE)
    # masked pictures lie where they were made: here, where they are written
    if is_remote() and all(step.name() != _MASKS for step in recipe.steps):
        recipe, table = in_parts(recipe, table)
    fitted = recipe.fit(table.frame, permit, table.rows_per_source)
    treated = fitted.transform(table.frame, table.rows_per_source)
    aside = [name for name in table.frame.columns if name in recipe.aside]
    if not aside:
        return treated
    if not all(step.keeps_rows for step in recipe.steps):
        raise AsideLost(aside[0])
    return table.frame.select(aside).hstack(
        [column for column in treated.get_columns() if column.name not in aside]
    )


def _proposed(table: Table, found: Profile, wanted: Preparation, texts: Sequence[TextColumn]) -> Recipe:
    return propose(table.frame, target=wanted.target, time=wanted.time, ignore=wanted.ignore, profile=found, texts=texts)  # fmt: skip


def _keep(prepared: "pl.DataFrame", wanted: Preparation, text: str) -> Path:
    """Write the table, and beside it the recipe that was followed unless it was given; both or neither."""
    if wanted.recipe is not None:
        write(prepared, wanted.out)
        return wanted.recipe
    beside = wanted.out.with_name(f"{wanted.out.stem}.recipe.toml")
    fresh = not beside.exists()
    write_text(text, beside)
    try:
        write(prepared, wanted.out)
    except BaseException:
        if fresh:
            beside.unlink(missing_ok=True)
        raise
    return beside
