"""Where packs lie: the folders beside this file, and the packages that other wheels name."""

from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from dure.science.packs.match import likeness
from dure.science.packs.pack import Pack, PackSignal
from dure.science.packs.reader import read
from dure.vocabulary import FileProblem, Text

GROUP = "dure.packs"
FILE = "pack.yaml"


class PackUnknown(FileProblem):
    """A pack that is not installed was asked for."""

    key = "pack-unknown"
    says = Text("There is no pack called {where}.", "{where}(이)라는 솔루션 팩이 없습니다.")
    remedy = Text("Installed packs: {known}.", "설치된 팩: {known}.")


def packs() -> dict[str, Path]:
    """File of every installed pack by its id: ours, and those of other wheels.

    >>> sorted(packs())
    ['battery', 'fermentation', 'photovoltaic', 'reactor', 'safety', 'thermal', 'welding']
    """
    own = {path.parent.name: path for path in sorted(Path(__file__).parent.glob(f"*/{FILE}"))}
    others = ((point.name, _inside(point.value)) for point in entry_points(group=GROUP))
    return {name: path for name, path in others if path is not None} | own


def _inside(package: str) -> Path | None:
    """The pack's file in a package, found without running the package."""
    spec = find_spec(package)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    return next((folder / FILE for folder in folders if (folder / FILE).is_file()), None)


def load(id: str) -> Pack:  # noqa: A002 - the word everyone uses
    """The installed pack of that id.

    Raises
    ------
    PackUnknown
        If no such pack is installed.
    PackProblem
        If its file breaks the format.

    Examples
    --------
    >>> load("battery").signal("voltage").ucum
    'V'
    """
    found = packs()
    if id not in found:
        raise PackUnknown(id, known=", ".join(sorted(found)))
    return _read_once(found[id])


def meaning(written: str) -> PackSignal | None:
    """The signal of any installed pack that a tag most likely means, or None; of two that say as much the first pack's.

    >>> meaning("Robot2/Torch/ArcVoltage").id, meaning("Cell07/Voltage").id
    ('arc_voltage', 'voltage')
    """
    found = [one for pack in sorted(packs()) if (one := load(pack).match(written)) is not None]
    return max(found, key=lambda one: likeness(written, one.names), default=None)


@cache
def _read_once(path: Path) -> Pack:
    return read(path)
