"""`python -m dure.node.hands KIND FOLDER`: the process in which long work is really done.

It reads the name of a stage a line on stdin (an empty one asks for all names) and writes JSON lines on stdout: `{"at": fraction, "stage": words}`
while it works, then `{"done": {...}}` or `{"error": {...}}`. Heavy libraries are loaded here and go when the work is
over; whoever asked can end it at any moment by ending the process.
"""

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

from dure.node.lifeline import end_with_parent
from dure.vocabulary import DureError, NodeProblem, Text, use_language


class WorkBroken(NodeProblem):
    """A mistake of ours in the middle of long work."""

    key = "work-broken"
    says = Text(
        "The stage “{where}” failed unexpectedly ({why}).",
        "“{where}” 단계가 예기치 않게 실패했습니다({why}).",
    )
    remedy = Text(
        "The worker's log in the home folder says more; please report it.",
        "자세한 내용은 홈 폴더의 worker 로그에 있습니다. 개발자에게 알려 주세요.",
    )


def main() -> None:
    """Carry out stages until stdin ends."""
    end_with_parent()
    kind, folder = sys.argv[1], Path(sys.argv[2])
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library's prints must not pass for answers
    import django

    django.setup()
    for line in sys.stdin:
        _write(answers, _carried_out(kind, line.strip(), folder, answers))


def _carried_out(kind: str, name: str, folder: Path, answers: TextIO) -> dict[str, Any]:
    from dure.node.stages import stages

    facts = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    try:
        row = stages(kind, facts)
        if name == "":
            return {"done": {"stages": [one.name for one in row]}}
        place = next(place for place, one in enumerate(row) if one.name == name)

        def progress(fraction: float, stage: str) -> None:
            whole = fraction if row[place].whole else (place + fraction) / len(row)
            _write(answers, {"at": round(whole, 4), "stage": stage})

        return {"done": row[place].act(facts, folder, progress) or {}}
    except DureError as refusal:
        return {"error": told(refusal)}
    except Exception as mistake:  # noqa: BLE001 - the last place that can tell which stage it was
        traceback.print_exc()
        return {"error": told(WorkBroken(name or kind, why=type(mistake).__name__))}


def told(refusal: DureError) -> dict[str, dict[str, str]]:
    """The report of a refusal in both languages: whoever looks at the work reads their own."""
    reports = {}
    for name in ("en", "ko"):
        with use_language(name):
            reports[name] = refusal.report()
    return reports


def _write(answers: TextIO, words: dict[str, Any]) -> None:
    answers.write(json.dumps(words, ensure_ascii=False, default=str) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
