"""`dure serve`: predictions and alarms for the SCADA and PLCs that are there already."""

from typing import Annotated, Any

import typer

from dure.vocabulary import Answer, Text, home

app = typer.Typer()
serve = typer.Typer(
    name="serve", no_args_is_help=True, help="Predictions, alarms and a sign of life for SCADA and PLCs."
)
app.add_typer(serve)


@serve.command()
def opcua(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port of the server.")] = 4841,
    plain: Annotated[
        bool, typer.Option("--plain", help="Without encryption too, for PLCs that cannot.")
    ] = False,
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Without a user.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Serve it no more.")] = False,
) -> Answer:
    """Serve OPC UA; the running node takes it up by itself."""
    from dure.plant.serve.writing import set_face

    kept = set_face(home(), "opcua", None if off else {"port": port, "plain": plain, "anonymous": anonymous})
    return Answer({"opcua": kept.get("opcua")})


@serve.command()
def sparkplug(
    broker: Annotated[str, typer.Argument(help="mqtts://HOST:8883 or mqtt://HOST:1883.")] = "",
    group: Annotated[str, typer.Option(help="Group of the namespace.")] = "plant",
    node: Annotated[str, typer.Option(help="Name of the edge node.")] = "dure",
    user: Annotated[
        str, typer.Option(help="User at the broker; its password is asked for, or taken from $DURE_PASSWORD.")
    ] = "",
    off: Annotated[bool, typer.Option("--off", help="Serve it no more.")] = False,
) -> Answer:
    """Be a Sparkplug edge node at a broker; the running node takes it up by itself."""
    from dure.plant.serve.writing import keep_broker_password, set_face

    if user:
        keep_broker_password(home(), _password())
    face: dict[str, Any] | None = (
        None if off else {"broker": broker, "group": group, "node": node, "user": user}
    )
    kept = set_face(home(), "sparkplug", face)
    return Answer({"sparkplug": kept.get("sparkplug")})


@serve.command("user")
def user_(
    name: Annotated[str, typer.Argument(help="Name under which a client signs in.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take its leave away.")] = False,
) -> Answer:
    """Let a client of the OPC UA server in; its password is printed once."""
    from dure.plant.serve.users import add_user, remove_user

    if remove:
        return Answer({"user": name, "removed": remove_user(home(), name)})
    password = add_user(home(), name)
    return Answer({"user": name, "password": password}, f"{name}: {password}")


@serve.command()
def show() -> Answer:
    """What is served to whom."""
    from dataclasses import asdict

    from dure.plant.serve import Serving
    from dure.plant.serve.users import users

    serving = Serving.read(home())
    facts = {**asdict(serving), "users": users(home())}
    nothing = str(Text("Nothing is served.", "제공 중인 것이 없습니다."))
    return Answer(facts, None if serving.opcua or serving.sparkplug else nothing)


def _password() -> str:
    import os

    if (given := os.environ.get("DURE_PASSWORD")) is not None:
        return given
    return str(typer.prompt(str(Text("Password", "암호")), hide_input=True, err=True))
