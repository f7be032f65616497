"""`dure engines`: foreign search engines in environments of their own."""

from typing import Annotated

import typer

from dure.vocabulary import Answer

app = typer.Typer(help="Search engines of others (FLAML, AutoGluon), each in an environment of its own.")


@app.command()
def add(
    engine: Annotated[str, typer.Argument(metavar="ENGINE", help="flaml or autogluon.", show_default=False)],
    find_links: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Folder of wheels, where there is no network.", show_default=False),
    ] = None,
) -> Answer:
    """Install a search engine into an environment of its own, with pinned requirements."""
    from dure.science.learn.engines import add as install
    from dure.vocabulary import Text

    facts = install(engine, ["--no-index", "--find-links", find_links] if find_links else [])
    says = Text("{engine} is installed in {folder}.", "{engine}을(를) {folder}에 설치했습니다.")
    return Answer(facts, says.format(**facts))


@app.command("list")
def show() -> Answer:
    """Say which search engines there are, and which are installed here."""
    from dure.science.learn.engines import listed
    from dure.vocabulary import Text

    here, absent = Text("installed", "설치됨"), Text("not installed", "설치되지 않음")
    found = listed()
    lines = [f"{one['engine']}: {one['label']}, {here if one['installed'] else absent}" for one in found]
    return Answer({"engines": found}, "\n".join(lines))
