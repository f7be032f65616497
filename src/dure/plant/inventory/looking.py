"""A look into a file that was brought in, in a process of its own: `python -m dure.plant.inventory.looking`.

The readers take a hundred megabytes and more, which a process that mostly waits for pages would never give back;
and whatever a foreign file does to them, the pages stay.
"""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.inventory.shapes import shapes
from dure.vocabulary import DureError, FileProblem, Text, use_language

if TYPE_CHECKING:
    from dure.science.quality import Profile

logger = logging.getLogger(__name__)
REFUSED = 2


class UploadUnreadable(FileProblem):
    """What reading the file as a table refused, in its own words."""

    key = "upload-unreadable"
    says = Text("The file is not taken in: {why}", "파일을 받지 않았습니다: {why}")
    remedy = Text("What helps: {way_out}", "해결 방법: {way_out}")


class UploadBreaks(FileProblem):
    """A file at which the readers broke down."""

    key = "upload-breaks"
    says = Text(
        "{where} could not be read: the process that read it ended with {code}.",
        "{where} 파일을 읽지 못했습니다. 읽던 프로세스가 {code} 코드로 끝났습니다.",
    )
    remedy = Text(
        "Export it again, or try a part of it; the log of the pages says more.",
        "다시 내보내거나 일부만 시도해 보세요. 자세한 내용은 pages 로그에 있습니다.",
    )


def look(place: Path, title: str) -> dict[str, Any]:
    """Rows, columns and profile of the file at `place`; refusals name the `title` instead of our path.

    Raises
    ------
    UploadUnreadable
        With the words of the `FileProblem` or `TableProblem` that the readers raised.
    UploadBreaks
        If the process ended otherwise.
    """
    done = subprocess.run(  # noqa: S603 - our own module; place and title are words to it, not options
        [sys.executable, "-m", __name__, str(place), title],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode not in {0, REFUSED}:
        logger.error("reading %s: %s", place.name, done.stderr.decode(errors="replace")[-2000:])
        raise UploadBreaks(title, code=done.returncode)
    facts: dict[str, Any] = json.loads(done.stdout)
    if done.returncode == REFUSED:
        raise UploadUnreadable(title, **{name: Text(**words) for name, words in facts.items()})
    return facts


def main(place: Path, title: str) -> int:
    """Print what `look` gives, or the words of the refusal; the exit code."""
    from dure.science.prepare import read
    from dure.science.quality import profile

    try:
        table = read([place])
        found = _in_both_languages(profile(table))
    except DureError as refusal:
        if isinstance(refusal, FileProblem):
            refusal.where = title
        sys.stdout.write(json.dumps(_words(refusal)))
        return REFUSED
    found["shapes"] = shapes(table.frame)
    facts = {"rows": table.frame.height, "columns": table.frame.columns, "profile": found}
    sys.stdout.write(json.dumps(facts))
    return 0


def _words(refusal: DureError) -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {"why": {}, "way_out": {}}
    for language in ("en", "ko"):
        with use_language(language):
            words["why"][language], words["way_out"][language] = refusal.message, refusal.way_out
    return words


def _in_both_languages(found: "Profile") -> dict[str, Any]:
    """The profile as it is stored: findings and measures carry their words in English and in Korean."""
    with use_language("ko"):
        korean = found.to_dict()
    with use_language("en"):
        stored = found.to_dict()
    stored["findings"] = [
        {**en, "message_ko": ko["message"], "remedy_ko": ko["remedy"]}
        for en, ko in zip(stored["findings"], korean["findings"], strict=True)
    ]
    stored["quality"] = [
        {
            **en,
            "measure_ko": ko["measure"],
            "words_ko": ko["words"],
            "label_ko": value.characteristic.label.ko,
        }
        for en, ko, value in zip(stored["quality"], korean["quality"], found.quality, strict=True)
    ]
    return stored


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
