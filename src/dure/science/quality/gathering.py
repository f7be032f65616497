"""One sentence for what many columns share: thirty findings are unreadable, five are read."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from dure.science.quality.measure import Finding
from dure.science.quality.telling import quoted
from dure.vocabulary import Text

#: Columns with the same finding, up to which each has its own sentence.
EACH = 3
_AGAIN = Text("{first} The same holds for {names}.", "{first} {names}도 마찬가지입니다.")


def gathered(findings: Sequence[Finding], together: Mapping[str, Text]) -> tuple[Finding, ...]:
    """Findings of one kind on more than `EACH` columns as one, which names the columns; `together` by key."""
    told: list[Finding] = []
    for key, group in groupby(findings, key=lambda one: one.key):
        same = list(group)
        told += same if len(same) <= EACH else [_as_one(same, together.get(key, Text("", "")))]
    return tuple(told)


def _as_one(same: Sequence[Finding], together: Text) -> Finding:
    names = tuple(dict.fromkeys(name for one in same for name in (one.columns or (one.where,))))
    first, rest = same[0], quoted([name for name in names if name != same[0].where])
    if together.en:
        all_of_them = quoted(names)
        facts = {"count": f"{len(names):,}", "example": first.message}
        message = Text(
            together.en.format(names=all_of_them.en, **{**facts, "example": first.message.en}),
            together.ko.format(names=all_of_them.ko, **{**facts, "example": first.message.ko}),
        )
    else:
        message = Text(
            _AGAIN.en.format(first=first.message.en, names=rest.en),
            _AGAIN.ko.format(first=first.message.ko, names=rest.ko),
        )
    return Finding(first.key, ", ".join(names), message, first.remedy, first.facts, first.severity, names)
