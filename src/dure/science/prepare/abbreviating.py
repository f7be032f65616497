# ruff: noqa: SIM905 - lists of words are read and kept more easily as text
"""Abbreviations that texts hold, guessed from the texts themselves and shown to a person; nothing is applied.

A short word is an abbreviation of a longer one that the same texts hold if it begins it (`temp`, temperature) or is its
first letter with some of its later ones in order and few vowels (`brg`, bearing), if it is no common word, and if both
stand among the same words: the cosine of what stands beside them, weighed so that rare neighbours count more.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dure.science.prepare.on_words import MOST_CHARACTERS

# So many texts are looked at, evenly taken, and so many pairs compared at most.
_MOST_TEXTS, _MOST_SHORTS, _MOST_PROPOSED = 50_000, 4_000, 200
_LEAST_SHORT, _LEAST_LONG, _LEAST_AGREEMENT = 2, 2, 0.12
_WORD = re.compile(r"[A-Za-z][A-Za-z']*|\d+|<\w+>")
_VOWELS = frozenset("aeiou")
_INFLECTED = frozenset(
    "s es ed d ing er ers or r rs y ly al ally ion ions ted ting t en n ning ped ping ged ging led ling red ring ned ked king ies ness ment ments age less ful able "
    "est like up down out off on in way ways side line work works man men proof".split()
)
# Common words that begin longer ones, or look like their bones.
_COMMON = frozenset(
    "a able about above act add after again age air all also am an and any are arm art as ask at away axle back bad bag bar base be bed been belt bend bent best "
    "big bin bit blow blown body bolt boom both bow box brake bulb burn bus but by cab cable call came can cap car card care case cat cell "
    "change chip clean clear close cold come con cool core cover crack cut dam data date day dead deep did die dig dip dirt dish do door "
    "down drain draw drill drip drive drop dry due dust duty each ear earth edge edges eight end error even eye face fail fan far fast feed "
    "fell few file fill film find fine fire fit five fix flag flat flow foot for form found four free from front fuel full fuse gap gas gate "
    "gauge gave gear get give glass go good got grip hand hard has hat have he head heat held help her here high hinge his hit hold hole "
    "hook horn hose hot hour how hub if in inch inlet is it its jack jaw job join joint just keep kept key kit lack lamp last late leak "
    "left leg less let level lid lift light like line link list lit load lock log long look loop loose lose lost lot low lower lug made "
    "main make man many mast mat may men met meter mid mine mix more most mount mud nail near neck need net new next nil nine no nor not note now "
    "nut off oil old on one open or other our out oven over own pack pad page pain panel part pass past path pay pin pipe place plan plant plate "
    "play plug point pole port post power press pull pump push put race rack rag rail rain raise ran rate raw ready rear red rest rim ring "
    "road rock rod roll roof room rope rot row rub run rust safe sat saw say sea seal seat see seen send sent set seven she shed shift ship "
    "shot show shut side sign sink site six size skin slip slot slow so some soon spare spin spot star start state stay steam steel step "
    "stick still stop stuck such sun swing tag tail take tank tap tape task tear ten test text than that the them then there they thin this "
    "three tie tight time tip tire to ton tone too took tool top torn touch tow track trap tray tread trip truck try tube tune turn two tyre "
    "under unit up use used valve van vent very view wait wall warm was wash water way we wear week weld well went were wet what wheel when "
    "where which who why wide will wind wing wipe wire with won wood work worn yes yet you zone hoist crowd blade frame fault pilot fan fans cord "
    "cause camera con coil cam clip chain plus poor port pots pre pro para per sub super inter auto hydro micro multi non re un ex dis mis metal bee sting mr mrs ms dr".split()
)


@dataclass(frozen=True, slots=True)
class Abbreviated:
    """A short word, the longer one it seems to stand for, how often each stands, and how well their neighbours agree [0, 1]."""

    short: str
    long: str
    times: int
    times_long: int
    agreement: float


def proposed_abbreviations(
    texts: Iterable[str | None], known: Iterable[str] = (), *, least: float = _LEAST_AGREEMENT
) -> tuple[Abbreviated, ...]:
    """What seem to be abbreviations in texts of Latin letters, the commonest first.

    Parameters
    ----------
    texts
        The texts.
    known
        Abbreviations that are in a table already; they are not proposed again.
    least
        Least agreement of the neighbours [0, 1]; words that stand three times or less need twice as much.

    Examples
    --------
    >>> texts = ["replace front bearing on motor", "repl front bearing on motor", "repl rear seal on pump", "replace rear seal on pump"]
    >>> [(one.short, one.long) for one in proposed_abbreviations(texts)]
    [('repl', 'replace')]
    """
    words = [_WORD.findall(text[:MOST_CHARACTERS].lower()) for text in _taken(texts)]
    counts = Counter(word for line in words for word in line)
    shorts = _shorts(counts, frozenset(known))
    longs = _longs(counts)
    if not shorts or not longs:
        return ()
    pairs = {short: [one for one in longs[short[0]] if _stands_for(short, one)] for short in shorts}
    wanted = {word for short, found in pairs.items() if found for word in (short, *found)}
    beside = _beside(words, wanted, counts)
    found = [
        _best(short, [(_cosine(beside[short], beside[one]), one) for one in those], counts, least)
        for short, those in pairs.items()
        if those
    ]
    told = sorted((one for one in found if one is not None), key=lambda one: (-one.times, one.short))
    return tuple(told[:_MOST_PROPOSED])


def as_table(found: Sequence[Abbreviated]) -> str:
    """The proposals as the file that step `text.abbreviations` takes as its `table`, for a person to correct.

    >>> print(as_table([Abbreviated("repl", "replace", 12, 40, 0.61)]).splitlines()[-1])
    "repl" = "replace"  # 12 times, replace 40 times, neighbours agree 0.61
    """
    lines = [
        f'"{one.short}" = "{one.long}"  # {one.times:,} times, {one.long} {one.times_long:,} times, neighbours agree {one.agreement:.2f}'
        for one in found
    ]
    head = (
        "# Guessed from the texts, applied nowhere: take out what is wrong, then name this file as `table` of text.abbreviations.",
        "# 글에서 추정한 약어이며 아직 적용하지 않았습니다. 틀린 줄을 지운 뒤 text.abbreviations 단계의 table에 이 파일을 지정하세요.",
        "[en]",
    )
    return "\n".join([*head, *lines]) + "\n"


def _taken(texts: Iterable[str | None]) -> list[str]:
    there = [text for text in texts if text]
    return there[:: max(1, -(-len(there) // _MOST_TEXTS))]


def _shorts(counts: Mapping[str, int], known: frozenset[str]) -> list[str]:
    found = [
        word
        for word, times in counts.items()
        if 2 <= len(word) <= 6 and word.isalpha() and times >= _LEAST_SHORT and word not in _COMMON and word not in known
    ]  # fmt: skip
    return sorted(found, key=lambda word: (-counts[word], word))[:_MOST_SHORTS]


def _longs(counts: Mapping[str, int]) -> dict[str, list[str]]:
    """Longer words by their first letter, each once for all its endings: the commonest of them."""
    found: dict[str, list[str]] = defaultdict(list)
    for word, times in counts.items():
        if len(word) >= 5 and word.isalpha() and times >= _LEAST_LONG:
            found[word[0]].append(word)
    return found


def _stands_for(short: str, long: str) -> bool:
    """Whether a short word may stand for a longer one.

    >>> [_stands_for(*pair.split()) for pair in ("temp temperature", "brg bearing", "leak leaking", "mtr meter", "pmp pump", "tank truck")]
    [True, True, False, True, False, False]
    """
    if len(long) < len(short) + 2 or (long[len(short) :] in _INFLECTED and long.startswith(short)):
        return False
    if long.startswith(short):
        return len(short) >= 3
    few = sum(letter in _VOWELS for letter in short[1:])
    return (
        few <= (len(short) >= 5)
        and short[-1] not in _VOWELS
        and _in_order(short, long)
        and _keeps(short, long)
    )


def _in_order(short: str, long: str) -> bool:
    rest = iter(long)
    return all(letter in rest for letter in short)


def _keeps(short: str, long: str) -> bool:
    """Whether enough of the long word's consonants are there: half of its bones, or its first, a middle and its last."""
    bones = [letter for at, letter in enumerate(long) if at == 0 or letter not in _VOWELS]
    return 2 * len(short) >= len(bones)


def _beside(
    words: Sequence[Sequence[str]], wanted: set[str], counts: Mapping[str, int]
) -> dict[str, dict[str, float]]:
    """What stands one and two places beside each wanted word, near ones and rare ones weighing more."""
    found: dict[str, Counter[str]] = {word: Counter() for word in wanted}
    for line in words:
        for at, word in enumerate(line):
            if word in wanted:
                for apart in (-2, -1, 1, 2):
                    place = at + apart
                    other = line[place] if 0 <= place < len(line) else "^" if place in {-1, len(line)} else ""
                    if other and other != word:
                        found[word][f"{apart}{other}"] += 1
                        found[word][other] += 1
    total = sum(counts.values()) + 1
    return {
        word: {
            one: math.sqrt(times) * math.log(total / (counts.get(one.lstrip("-12"), total // 10) + 1))
            for one, times in beside.items()
        }
        for word, beside in found.items()
    }  # fmt: skip


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    both = sum(one[word] * other[word] for word in one.keys() & other.keys())
    size = math.sqrt(sum(value**2 for value in one.values()) * sum(value**2 for value in other.values()))
    return both / size if size else 0.0


def _best(
    short: str, scored: list[tuple[float, str]], counts: Mapping[str, int], least: float
) -> Abbreviated | None:
    """The long word whose neighbours agree best; of endings of one word the commonest, where it agrees nearly as well."""
    agreement, long = max(scored, key=lambda one: (one[0], counts[one[1]]))
    stem = long[: max(4, len(long) - 4)]
    nearly = [one for one in scored if one[1].startswith(stem) and one[0] >= 0.6 * agreement]
    agreement, long = max(nearly, key=lambda one: (counts[one[1]], one[0]))
    if agreement < (least if counts[short] > 3 else 2 * least):
        return None
    return Abbreviated(short, long, counts[short], counts[long], round(agreement, 3))
