"""`dure certify` and `dure verify`: figures of data that anybody with access can compute again, signed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.vocabulary import Answer

if TYPE_CHECKING:
    from rich.text import Text

    from dure.sharing.certification.certificate import Certificate
    from dure.sharing.certification.measuring import Dataset
    from dure.sharing.certification.verifying import Verdict

app = typer.Typer()

Target = Annotated[str | None, typer.Option(help="The column to be learnt.", show_default=False)]


@app.command()
def certify(  # noqa: PLR0913, PLR0917 - the options of the command, which Typer passes by name
    dataset: Annotated[
        list[str], typer.Argument(help="Files, folders or patterns, as one table.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The certificate, as JSON.", show_default=False)],
    rules: Annotated[
        str, typer.Option(help="sensor-table, learning-table, conformity, or a file of rules.")
    ] = "sensor-table",
    target: Target = None,
    title: Annotated[str, typer.Option(help="What the data are called.", show_default=False)] = "",
    ids: Annotated[
        Path | None, typer.Option(help="JSON of semantic ids by column.", show_default=False)
    ] = None,
    assessed: Annotated[
        Path | None, typer.Option(help="An assessor's signed statement on blocks shown.", show_default=False)
    ] = None,
    show: Annotated[int, typer.Option(help="So many blocks for an assessor, drawn by --seed.", min=0)] = 0,
    seed: Annotated[str, typer.Option(help="The assessor's seed.", show_default=False)] = "",
    blocks: Annotated[
        Path | None, typer.Option(help="Where to write the blocks shown.", show_default=False)
    ] = None,
    *,
    keep: Annotated[bool, typer.Option("--keep", help="List it on this node's pages.")] = False,
) -> Answer:
    """Measure data by rules and sign the result; the data stay where they are."""
    from datetime import UTC, datetime

    from dure.sharing.certification.certifying import certify as make
    from dure.sharing.certification.disclosure import disclose, drawn, written
    from dure.sharing.certification.ruling import rules as rules_named
    from dure.sharing.certification.signing import own_signer
    from dure.vocabulary import Permit, home

    chosen, signer = rules_named(rules), own_signer(home())
    data, called = _dataset(dataset, target, ids)
    stated = assessed.read_text("utf-8").strip() if assessed else ""
    made = make(
        data, chosen, signer, title=title or called, ran_by=signer.did, now=datetime.now(UTC),
        permit=Permit.own(dataset), assessed=stated,
    )  # fmt: skip
    out.write_text(made.written(), "utf-8")
    facts = _facts(made, out)
    if blocks is not None and show:
        numbers = drawn(made.root, seed, made.says["data"]["blocks"], show)
        blocks.write_text(written(disclose(data.frame, numbers, chosen.block_rows)), "utf-8")
        facts |= {"shown": list(numbers), "blocks_out": str(blocks)}
    if keep:
        import django

        django.setup()
        from dure.sharing.certification.keeping import keep as keep_it

        facts["kept"] = str(keep_it(made).pk)
    return Answer(facts, _told(made, out))


@app.command()
def verify(
    certificate: Annotated[
        Path, typer.Argument(help="The file that dure certify wrote.", show_default=False)
    ],
    data: Annotated[
        list[str] | None,
        typer.Argument(help="The data, for whoever has them; else only signature and blocks are checked."),
    ] = None,
    blocks: Annotated[
        Path | None, typer.Option(help="Blocks that were shown to you.", show_default=False)
    ] = None,
    newer: Annotated[
        bool, typer.Option("--newer", help="DATA are newer rows of the same source: does it still hold?")
    ] = False,
) -> Answer:
    """Check a certificate: whose it is, whether the data are those, whether every figure comes out again."""
    from datetime import UTC, datetime

    from dure.sharing.certification.certificate import Certificate
    from dure.sharing.certification.disclosure import read
    from dure.sharing.certification.holding import still_holds
    from dure.sharing.certification.verifying import verify as check

    found, now = Certificate.read(_text(certificate), str(certificate)), datetime.now(UTC)
    given = _dataset(data, None, None)[0] if data else None
    shown = read(_text(blocks)) if blocks is not None else None
    verdict = check(found, None if newer else given, now=now, shown=shown)
    facts: dict[str, Any] = verdict.report()
    if newer and given is not None:
        standing = still_holds(found, given, now)
        facts |= {"still_holds": standing.holds, "lapses": [one.report() for one in standing.reasons]}
    return Answer(facts, _verdict(verdict, facts))


def _dataset(sources: list[str], target: str | None, ids: Path | None) -> "tuple[Dataset, str]":
    import json

    from dure.science.prepare import content_of, read
    from dure.sharing.certification.measuring import Dataset

    table = read(sources)
    known = {str(k): str(v) for k, v in json.loads(ids.read_text("utf-8")).items()} if ids else {}
    return Dataset.of(table, target, known, content_of), Path(table.sources[0]).name


def _text(path: Path) -> str:
    from dure.sharing.certification.signing import wrong

    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as odd:
        raise wrong(str(path), "it cannot be read.", "읽을 수 없습니다.") from odd


def _facts(made: "Certificate", out: Path) -> dict[str, Any]:
    said = made.says
    held = [one for one in said["results"] if "met" in one]
    return {
        "out": str(out), "id": made.id, "issuer": made.issuer, "root": made.root, "rules": made.rules.id,
        "rules_hash": made.rules.hash, "code": said["engine"]["code"], "rows": said["data"]["rows"],
        "blocks_count": said["data"]["blocks"], "meets": made.meets, "met": sum(one["met"] for one in held),
        "required": len(held), "not_met": [one["measure"] for one in held if not one["met"]], "assurance": made.assurance,
        "until": made.until.isoformat(), "findings": len(said["findings"]),
    }  # fmt: skip


def _told(made: "Certificate", out: Path) -> "Text":
    from rich.text import Text

    from dure.sharing.certification.telling import summary

    return Text(f"{summary(made)}\n{out}")


def _verdict(verdict: "Verdict", facts: dict[str, Any]) -> "Text":
    from rich.text import Text  # plain: a DID holds what Rich takes for a drawing

    marks = {True: "✓", False: "✗", None: "–"}
    lines = [str(verdict.words), *(f"{marks[one.ok]} {one.says}" for one in verdict.checks)]
    return Text("\n".join([*lines, *(f"✗ {one['says']}" for one in facts.get("lapses", ()))]))
