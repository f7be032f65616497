"""How far persons agree on labels, beyond what chance alone would give."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from dure.vocabulary import Text

#: Landis & Koch 1977, table of strengths: the upper end of each, and its word.
STRENGTHS = (
    (0.0, Text("no better than chance", "우연 수준")),
    (0.2, Text("slight", "미미함")),
    (0.4, Text("fair", "약함")),
    (0.6, Text("moderate", "보통")),
    (0.8, Text("substantial", "상당함")),
    (1.0, Text("almost perfect", "거의 완전함")),
)


def cohen_kappa(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Cohen's kappa of two persons on the same items [Cohen 1960]; None without items or with one kind throughout.

    >>> round(cohen_kappa(["a"] * 25 + ["b"] * 25, ["a"] * 20 + ["b"] * 5 + ["a"] * 10 + ["b"] * 15), 3)
    0.4
    """
    count = len(one)
    if not count:
        return None
    mine, theirs = Counter(one), Counter(other)
    chance = sum(mine[kind] * theirs[kind] for kind in mine) / count**2
    if chance >= 1.0:
        return None
    seen = sum(left == right for left, right in zip(one, other, strict=True)) / count
    return (seen - chance) / (1.0 - chance)


def fleiss_kappa(items: Sequence[Sequence[str]]) -> float | None:
    """Fleiss' kappa of any number of persons [Fleiss 1971]; items may have been seen by different numbers of them.

    Items with fewer than two labels say nothing. None where nothing can be said. The agreement of an item is that of
    its pairs, weighed by its labels, as in Krippendorff's treatment of missing labels.

    >>> fleiss_kappa([["a", "a", "a"], ["b", "b", "b"]])
    1.0
    >>> round(fleiss_kappa([["a", "a"], ["a", "b"], ["b", "b"], ["a", "b"]]), 6)
    0.0
    """
    seen = [Counter(one) for one in items if len(one) > 1]
    if not seen:
        return None
    total = sum(sum(one.values()) for one in seen)
    kinds: Counter[str] = Counter()
    for one in seen:
        kinds.update(one)
    chance = sum((count / total) ** 2 for count in kinds.values())
    if chance >= 1.0:
        return None
    agreed = sum(sum(n * (n - 1) for n in one.values()) / (sum(one.values()) - 1) for one in seen) / total
    return (agreed - chance) / (1.0 - chance)


def pairs(labels: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str, int, float | None]]:
    """Each two persons with how many items both labelled, and their kappa; `labels` is kind by person by item.

    >>> pairs({"i1": {"kim": "a", "lee": "a"}, "i2": {"kim": "b", "lee": "a"}, "i3": {"kim": "b"}})
    [('kim', 'lee', 2, 0.0)]
    """
    persons = sorted({person for one in labels.values() for person in one})
    found = []
    for one, other in combinations(persons, 2):
        both = [(told[one], told[other]) for told in labels.values() if one in told and other in told]
        if both:
            kappa = cohen_kappa([left for left, _ in both], [right for _, right in both])
            found.append((one, other, len(both), kappa))
    return found


def strength(kappa: float) -> Text:
    """A kappa in a word.

    >>> str(strength(0.85))
    'almost perfect'
    """
    return next(word for high, word in STRENGTHS if kappa <= high or high >= 1.0)
