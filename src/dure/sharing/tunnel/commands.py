"""`dure tunnel`: a public address for a plant that has none."""

from typing import Annotated

import typer

from dure.vocabulary import Answer, Text, home

app = typer.Typer()
tunnel = typer.Typer(
    name="tunnel", no_args_is_help=True, help="A public address for a plant that has none, through a hub."
)
app.add_typer(tunnel)


@tunnel.command()
def serve(
    name: Annotated[str, typer.Argument(help="This hub's own name; plants sign it.")],
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Public port of visitors and plants.")] = 443,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "0.0.0.0",  # noqa: S104 - a hub is public
    rate: Annotated[float, typer.Option(min=0, help="MB/s that one name may move; 0 without a bound.")] = 0.0,
) -> int:
    """Be a hub until Ctrl-C: pass visitors on to the plants that joined, without reading what they say."""
    from dure.sharing.tunnel import Limits
    from dure.sharing.tunnel.running import serve as run

    return run(home(), name, host, port, Limits(rate=rate * 1e6))


@tunnel.command()
def join(
    hub: Annotated[str, typer.Argument(help="HOST or HOST:PORT of the hub.")],
    name: Annotated[str, typer.Option(help="The public name that the hub admitted.")],
    to: Annotated[str, typer.Option(help="What visitors reach here.")] = "127.0.0.1:8000",
    passthrough: Annotated[
        bool, typer.Option("--passthrough", help="What is reached speaks TLS itself.")
    ] = False,
) -> int:
    """Join a hub until Ctrl-C; outbound connections only. TLS ends here, with this plant's own key."""
    from dure.sharing.tunnel.running import join as run

    return run(home(), hub, name, to, passthrough=passthrough)


@tunnel.command()
def key() -> Answer:
    """Public key of this plant, to be given to the people of the hub."""
    from dure.sharing.tunnel import public_line

    line = public_line(home())
    return Answer({"key": line}, line)


@tunnel.command()
def admit(
    name: Annotated[str, typer.Argument(help="Public name, as in plant1.hub.example.")],
    key: Annotated[str, typer.Argument(help="What `dure tunnel key` printed at the plant.")],
) -> Answer:
    """At the hub: let the plant with this key have a name."""
    from dure.sharing.tunnel import admit as keep

    keep(home(), name, key)
    return Answer({"name": name.lower(), "admitted": True})


@tunnel.command()
def dismiss(name: Annotated[str, typer.Argument(help="The name to take back.")]) -> Answer:
    """At the hub: take a name back; its connections end within a second."""
    from dure.sharing.tunnel import dismiss as take_back

    return Answer({"name": name.lower(), "dismissed": take_back(home(), name)})


@tunnel.command()
def status() -> Answer:
    """What the hub or the joined plant of this home is doing."""
    import time

    from dure.sharing.tunnel import told

    facts = {who: said for who in ("hub", "plant") if (said := told(home(), who, time.time()))}
    nothing = str(Text("No tunnel runs here.", "실행 중인 터널이 없습니다."))
    return Answer(facts, None if facts else nothing)
