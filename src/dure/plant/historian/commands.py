"""`dure query`: samples from the historian to a file or the terminal."""

import typer

app = typer.Typer()
