"""`dure edge`: boxes that collect beside the machines and hand on to this node, and this machine as such a box."""

from typing import Annotated

import typer

from dure.vocabulary import Answer, Text, home

app = typer.Typer()
edge = typer.Typer(
    name="edge", no_args_is_help=True, help="Boxes beside the machines that collect and hand on."
)
app.add_typer(edge)


@edge.command()
def invite(
    name: Annotated[str, typer.Argument(help="Name of the box (a-z 0-9 -).")],
    url: Annotated[
        str,
        typer.Option(help="Where the box reaches this node: https://HOST:PORT, the port of the pages + 2."),
    ],
) -> Answer:
    """Invite a box; prints the one line to give to `dure edge join` there. Treat it as a password."""
    from dure.plant.edge import invite_here

    made = invite_here(home(), name, url)
    return Answer({"name": name, "url": made.url, "invitation": made.line}, made.line)


@edge.command()
def join(
    invitation: Annotated[str, typer.Argument(help="The line that `dure edge invite` printed.")],
) -> Answer:
    """Make this machine a box of the node that invited it."""
    from dure.plant.edge import join as accept

    joined = accept(home(), invitation)
    said = Text(
        f"This box is {joined.name} of {joined.url}.", f"이 장치는 {joined.url}의 {joined.name}입니다."
    )
    return Answer({"name": joined.name, "url": joined.url}, str(said))


@edge.command("list")
def list_() -> Answer:
    """Boxes invited to this node, and the sources they collect."""
    from dure.plant.edge import boxes

    rows = [{"name": box.name, "sources": list(box.sources)} for box in boxes(home())]
    shown = "\n".join(f"{row['name']}: {', '.join(row['sources']) or '–'}" for row in rows)
    return Answer({"boxes": rows}, shown or str(Text("No box is invited.", "초대된 장치가 없습니다.")))


@edge.command()
def remove(name: Annotated[str, typer.Argument(help="Name of the box.")]) -> Answer:
    """Take a box's leave to send away; what it has sent stays."""
    from dure.plant.edge import remove_box

    remove_box(home(), name)
    return Answer({"removed": name}, str(Text(f"{name} is removed.", f"{name}을(를) 삭제했습니다.")))


@edge.command()
def status() -> Answer:
    """How much this box still has to hand on."""
    from dure.plant.edge import invitation_of
    from dure.plant.edge.forwarding import Forwarder

    forwarder = Forwarder(home(), invitation_of(home()))
    told = forwarder.state()["sources"]
    rows = {
        name: {"backlog": one["backlog"], "state": one["status"].get("state", "off")}
        for name, one in told.items()
    }
    shown = "\n".join(f"{name}: {one['state']}, {one['backlog']:,} B" for name, one in rows.items())
    return Answer({"url": forwarder.invitation.url, "sources": rows}, shown or forwarder.invitation.url)
