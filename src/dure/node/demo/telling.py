"""`dure demo`: the story of Daon Battery, steps 1 to 5, without a browser and on accelerated time."""

from pathlib import Path

from dure.vocabulary import Answer


def tell(home: Path | None) -> Answer:
    """Play it in `home`, or in a temporary folder."""
    raise NotImplementedError
