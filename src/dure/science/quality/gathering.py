"""One sentence for what many columns share: thirty findings are unreadable, five are read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from dure.science.quality.measure import Finding, Severity
from dure.science.quality.telling import quoted
from dure.vocabulary import Text

# Columns with the same finding, up to which each has its own sentence; what is only good to know is told at once.
_EACH = {Severity.SERIOUS: 3, Severity.CHECK: 3, Severity.NOTE: 2}
_AGAIN = Text("{first} The same holds for {names}.", "{first} {names}도 마찬가지입니다.")


def gathered(findings: Sequence[Finding], together: Mapping[str, Text]) -> tuple[Finding, ...]:
    """Findings of one kind on more than a few columns as one, which names them; the worst first.

    Parameters
    ----------
    findings
        Findings, the worst first.
    together
        By key what one sentence says of several columns: `{names}`, `{count}`, and the first's own as `{example}`.
    """
    kinds: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        kinds[one.key].append(one)
    told = [
        finding
        for key, same in kinds.items()
        for finding in (same if len(same) <= _EACH[same[0].severity] else [_as_one(same, together.get(key))])
    ]
    return tuple(sorted(told, key=lambda one: one.severity))


def _as_one(same: Sequence[Finding], together: Text | None) -> Finding:
    names = tuple(dict.fromkeys(name for one in same for name in (one.columns or (one.where,))))
    first = same[0]
    if together is not None and together.en:
        message = _filled(together, names, count=f"{len(names):,}", example=first.message)
    else:
        message = _filled(_AGAIN, [name for name in names if name != first.where], first=first.message)
    return Finding(first.key, ", ".join(names), message, first.remedy, first.facts, first.severity, names)


def _filled(text: Text, names: Sequence[str], *, count: str = "", **sentence: Text) -> Text:
    named = quoted(names)
    en, ko = (
        {name: one.en for name, one in sentence.items()},
        {name: one.ko for name, one in sentence.items()},
    )
    return Text(
        text.en.format(names=named.en, count=count, **en), text.ko.format(names=named.ko, count=count, **ko)
    )
