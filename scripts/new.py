"""Write the skeleton of a new member of a family: `make new-connector NAME`, `new-step TYPE/NAME`, `new-model TASK/NAME`.

The skeleton is found by its family at once and held by the family's generic check; what is left to write is
marked by the one sentence that the check prints.
"""

import keyword
import sys
from pathlib import Path
from string import Template

ROOT = Path(__file__).parents[1]
SKELETONS = Path(__file__).parent / "skeletons"
HOMES = {
    "connector": ("src/dure/plant/connect", ""),
    "step": ("src/dure/science/prepare", "table series"),
    "model": ("src/dure/science/learn", "estimate classify detect"),
}

# How each task's skeleton learns until its author writes something better: from the nearest rows.
TASKS = {
    "estimate": {
        "numpy_line": "",
        "graph_names": "",
        "gathers": "from dure.science.learn.forms.neighbours import weighted_neighbours\n",
        "fit": """found = weighted_neighbours(graph, lesson.x, lesson.y[:, None], int(settings["neighbours"]))
        content = graph.finish(graph.shaped(found, -1))""",
    },
    "classify": {
        "numpy_line": "import numpy as np\n\n",
        "graph_names": "",
        "gathers": "from dure.science.learn.forms.neighbours import weighted_neighbours\n",
        "fit": """shares = np.eye(lesson.classes)[lesson.y.astype(np.int64)]
        found = weighted_neighbours(graph, lesson.x, shares, int(settings["neighbours"]))
        content = graph.finish(graph.add("Transpose", found, perm=[1, 0]), lesson.classes)""",
    },
    "detect": {
        "numpy_line": "",
        "graph_names": ", scaled, thinned",
        "gathers": "",
        "fit": """z, usual, centre, scale = scaled(lesson.x)
        standard = graph.standardised(graph.filled(graph.columns_first(), usual), centre, scale)
        squared, _ = graph.nearest(graph.distances(standard, z[thinned(len(z), 500)]), int(settings["neighbours"]))
        content = graph.finish(graph.total(graph.add("Sqrt", squared)))""",
    },
}


def main(arguments: list[str]) -> int:
    """Write the files of one member; says what it wrote and what to do next."""
    if len(arguments) != 2 or arguments[0] not in HOMES:
        return refuse(
            "Say what and its name: make new-connector modbus, make new-step series/median_filter, make new-model estimate/theil_sen"
        )
    kind, given = arguments
    home, branches = HOMES[kind]
    branch, _, name = given.rpartition("/")
    if branches and branch not in branches.split():
        return refuse(f"A {kind} belongs to one of {branches}: make new-{kind} {branches.split()[0]}/{name}")
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        return refuse(f"“{name}” is no module name: use lower case letters, digits and _")
    return write(kind, Path(home) / branch, name)


def write(kind: str, folder: Path, name: str) -> int:
    """Fill the skeletons of `kind` and write them where they belong; refuses to replace anything."""
    words = TASKS.get(folder.name, {}) | {
        "name": name,
        "Name": name.title().replace("_", ""),
        "title": name.replace("_", " "),
        "branch": folder.name,
    }
    made: dict[Path, str] = {}
    for skeleton in sorted((SKELETONS / kind).iterdir()):
        target, text = skeleton.read_text().split("\n", 1)
        made[ROOT / Template(target.removeprefix("target: ")).substitute(words, folder=folder)] = Template(
            text
        ).substitute(words)
    there = [path for path in made if path.exists()]
    if there:
        return refuse(f"{there[0].relative_to(ROOT)} is there already")
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(path.relative_to(ROOT))
    print("Next: write what the file's first comment asks for, then make test")
    return 0


def refuse(sentence: str) -> int:
    """Say why nothing was written."""
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
