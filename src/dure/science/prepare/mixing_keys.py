"""How two groups of a folder belong together: by columns both have, by what their files are called, or by time.

A way is taken only where the rows that come are told apart by it and enough of them are found, so that a chance likeness
of numbers joins nothing. Of several ways the surest is taken: columns of one name, then names of files, then times.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import PurePath
from typing import TYPE_CHECKING

from dure.science.prepare.mixing_groups import Group
from dure.science.prepare.reading_names import trimmed
from dure.science.quality import kind_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

FILE = "\x00file"
# Rows that stay of which so many find a partner, or rows that come of which so many are found.
_FOUND, _USED = 0.5, 0.8
# Words that are more than digits meet by chance hardly ever; numbers of files and rows easily.
_USED_WORDS, _USED_FILES = 0.3, 0.5
_FEWEST = 2
_MOST_KEYS = 3
# Columns that may be keys, at most: pairs and triples of more cost too much.
_CANDIDATES = 8
_PARTS = re.compile(r"[_\-\s.()]+")
_IDENTITY = re.compile(
    r"(?i)(?:^|[^a-z])(?:id|lot|batch|part|serial|s/?n|no|nr|number|machine|equipment|asset|tool|mould|mold|order|wo|sample|run|cell|unit|시료|로트|품번|번호|설비|호기|금형|작업|주문)(?:$|[^a-z])|(?:lot|id|no|nr)\s?#?$|#"
)


@dataclass(frozen=True)
class Key:
    """A way of telling rows apart: a name for people, and its word for each row (null where it has none)."""

    name: str
    words: "pl.Series"
    plain: bool = True


@dataclass(frozen=True)
class Way:
    """How a group comes to another: words of both by which rows meet, and what to call it."""

    mine: tuple["pl.Series", ...]
    theirs: tuple["pl.Series", ...]
    says: Text
    share: float


Books = tuple["pl.Series", ...]
Origin = Callable[[Group], "pl.Series | None"]


def way_by_columns(stay: Group, come: Group, origin: Origin) -> Way | None:
    """Columns of the same name by which the rows that come are told apart, the fewest that do.

    Sheets of the same workbooks meet within their workbook only.
    """
    names = _shared(stay.frame, come.frame)
    books = _books(stay, come, origin)
    for count in range(1, _MOST_KEYS + 1):
        ways = [_way(stay, come, pairs, books) for pairs in combinations(names, count)]
        found = [way for way in ways if way is not None]
        if found:
            return max(found, key=lambda way: way.share)
    return None


def _way(stay: Group, come: Group, pairs: Sequence[tuple[str, str]], books: Books = ()) -> Way | None:
    mine = (*books[:1], *(words_of(stay.frame.get_column(one)) for one, _ in pairs))
    theirs = (*books[1:], *(words_of(come.frame.get_column(other)) for _, other in pairs))
    share = met(mine, theirs)
    named = ", ".join(one if one == other else f"{one} = {other}" for one, other in pairs)
    if len(pairs) == 1 and len(stay.frame) != len(come.frame) and not _IDENTITY.search(pairs[0][0]):
        share = None if _count_rows(mine[0]) and _count_rows(theirs[0]) else share
    return None if share is None else Way(mine, theirs, Text(f"by {named}", f"{named} 기준"), share)


def _books(stay: Group, come: Group, origin: Origin) -> Books:
    """The workbook of each row on both sides, where both are sheets and have a workbook in common."""
    mine, theirs = origin(stay), origin(come)
    if not (stay.sheet and come.sheet) or mine is None or theirs is None:
        return ()
    books = tuple(files.str.replace(r"#.*$", "") for files in (mine, theirs))
    return books if set(books[0].unique()) & set(books[1].unique()) and books[0].n_unique() > 1 else ()


def way_by_identity(stay: Group, come: Group) -> Way | None:
    """Columns of words that are called differently and hold the same words, as `LotID` and `Lot #`."""
    best: Way | None = None
    for one in _identities(stay.frame):
        for other in _identities(come.frame):
            if come.frame.get_column(other).n_unique() < _FEWEST + 1:
                continue
            way = _way(stay, come, [(one, other)])
            if way is not None and (best is None or way.share > best.share):
                best = way
    return best


def way_by_file(stay: Group, come: Group, origin: Origin) -> Way | None:
    """What files are called on one side is a word of a column, or of a file's name, on the other.

    `origin` gives the file of each row of a group: of pictures and sounds their own, else that of the table.
    """
    best: Way | None = None
    mine, theirs = _file_keys(stay, origin), _file_keys(come, origin)
    pairs = [(one, other) for one in _column_keys(stay.frame) for other in theirs]
    pairs += [(one, other) for one in mine for other in _column_keys(come.frame)]
    pairs += [(one, other) for one in mine for other in theirs if one.name == other.name == "name"]
    for one, other in pairs:
        share = met((one.words,), (other.words,), _USED_FILES)
        if share is None or (best is not None and share <= best.share):
            continue
        en = f"by {_told(one)} = {_told(other)}"
        ko = f"{_told(one)} = {_told(other)} 기준"
        best = Way((one.words,), (other.words,), Text(en, ko), share)
    return best


def _told(key: Key) -> str:
    return key.name if key.plain else f"‹{key.name}›"


def met(mine: Sequence["pl.Series"], theirs: Sequence["pl.Series"], least: float = 0.0) -> float | None:
    """Share of the rows that stay that find one that comes; None if rows that come share a key or too few meet.

    `least` is the share of the rows that come that must be found whatever else.

    >>> import polars as pl
    >>> met([pl.Series(["a", "a", "b"])], [pl.Series(["a", "b"])]), met([pl.Series(["a"])], [pl.Series(["a", "a"])])
    (1.0, None)
    """
    import polars as pl

    left = pl.DataFrame([words.alias(str(n)) for n, words in enumerate(mine)])
    right = pl.DataFrame([words.alias(str(n)) for n, words in enumerate(theirs)]).drop_nulls()
    if right.is_empty() or right.is_duplicated().any():
        return None
    told = left.drop_nulls()
    keys = told.unique()
    shared = keys.join(right, on=left.columns, how="inner")
    share = len(told.join(right, on=left.columns, how="semi")) / max(1, len(left))
    used = len(shared) / len(right)
    if used < least or (len(shared) < min(_FEWEST, len(right)) and share < _FOUND):
        return None
    enough = _USED_WORDS if _are_words(shared) and len(shared) > _FEWEST else _USED
    return share if share >= _FOUND or used >= enough else None


def _are_words(keys: "pl.DataFrame") -> bool:
    """Whether keys are more than digits."""
    import polars as pl

    return bool(keys.select(pl.any_horizontal(pl.all().str.contains(r"\p{L}")).all()).item())


def _count_rows(words: "pl.Series") -> bool:
    """Whether a column only counts the rows, as it would in any table; in each file from the beginning.

    >>> import polars as pl
    >>> _count_rows(pl.Series(["1", "2", "3", "0", "1"])), _count_rows(pl.Series(["1", "2", "4"]))
    (True, False)
    """
    import polars as pl

    numbers = words.cast(pl.Int64, strict=False)
    goes_on = (numbers.diff() == 1) | numbers.is_in([0, 1])
    return len(numbers) > 1 and numbers.null_count() == 0 and bool(goes_on[1:].all())


def _shared(stay: "pl.DataFrame", come: "pl.DataFrame") -> list[tuple[str, str]]:
    """Columns of the same name that may be keys, those that sound like one first."""
    theirs = {_plain(name): name for name in come.columns}
    both = [
        (name, theirs[_plain(name)])
        for name in stay.columns
        if _plain(name) in theirs and _may_be_key(stay, name) and _may_be_key(come, theirs[_plain(name)])
    ]
    return sorted(both, key=lambda pair: not _IDENTITY.search(pair[0]))[:_CANDIDATES]


def shared_identities(stay: "pl.DataFrame", come: "pl.DataFrame") -> list[tuple[str, str]]:
    """Columns of the same name that sound like a key, whatever kinds they hold."""
    theirs = {_plain(name): name for name in come.columns}
    return [
        (name, theirs[_plain(name)])
        for name in stay.columns
        if _plain(name) in theirs and _IDENTITY.search(name) and not name.startswith("column_")
    ]


def _may_be_key(frame: "pl.DataFrame", name: str) -> bool:
    if re.fullmatch(r"column_\d+", name):
        return False
    column = frame.get_column(name)
    return column.dtype.is_integer() or (kind_of(column.dtype) == "text" and not _is_long(column))


def _is_long(column: "pl.Series") -> bool:
    """Remarks are no keys."""
    length = column.drop_nulls().str.len_chars().max()
    return isinstance(length, int) and length > 80


def _identities(frame: "pl.DataFrame") -> list[str]:
    return [
        name
        for name in frame.columns
        if kind_of(frame.schema[name]) == "text" and _IDENTITY.search(name) and _may_be_key(frame, name)
    ][:_CANDIDATES]


def _plain(name: str) -> str:
    return trimmed(name).replace(" ", "").replace("_", "").lower()


def words_of(column: "pl.Series") -> "pl.Series":
    """Values as words, whole numbers without a decimal point, no blanks around them."""
    from dure.science.prepare.conforming import as_words

    return as_words(column).str.strip_chars()


def _column_keys(frame: "pl.DataFrame") -> list[Key]:
    """Columns whose values may name a file: words, and numbers that sound like a key or count up."""
    found = []
    for name in frame.columns:
        column = frame.get_column(name)
        if not _may_be_key(frame, name) or name in ("file", "folder", "image", "sound", "document"):
            continue
        if column.dtype.is_integer() and not (_IDENTITY.search(name) or column.is_unique().all()):
            continue
        found.append(Key(name, _stems(words_of(column))))
    return found[: 2 * _CANDIDATES]


def _stems(words: "pl.Series") -> "pl.Series":
    """Words as names of files are compared: no folder, no ending of a picture or sound, no zeros before, small letters."""
    plain = words.str.replace_all(r"\\", "/").str.replace(r"^.*/", "").str.to_lowercase()
    return plain.str.replace(r"\.[a-z]{1,4}\d?$", "").str.replace(r"^0+(\d)", "${1}")


def _file_keys(group: Group, origin: Origin) -> list[Key]:
    """The name of each row's file as a whole, its parts, its folder; none where all rows are of one file."""
    import polars as pl

    files = origin(group)
    if files is None or files.n_unique() < _FEWEST:
        return []
    names = files.unique(maintain_order=True).to_list()
    keys = []
    for name, cut in _cuts(names):
        told = pl.Series([cut(file) for file in names], dtype=pl.String)
        if told.drop_nulls().n_unique() > 1:
            words = files.replace_strict(names, _stems(told).to_list(), return_dtype=pl.String)
            keys.append(Key(name, words, plain=False))
    return keys


def _cuts(names: Sequence[str]) -> Iterator[tuple[str, Callable[[str], str | None]]]:
    yield "name", stem_of
    most = max(len(_PARTS.split(stem_of(name))) for name in names)
    for place in range(min(most, 6)):
        yield f"name, part {place + 1}", lambda name, place=place: _part(name, place)  # type: ignore[misc]  # the place is bound here
    if most > 1:
        yield "name, last part", lambda name: _PARTS.split(stem_of(name))[-1]
    yield "digits in the name", _digits
    yield "folder", lambda name: PurePath(name).parent.name or None


def stem_of(name: str) -> str:
    """The name of a file without folder and endings.

    >>> stem_of("cam/part_0012.png"), stem_of("run.csv.gz")
    ('part_0012', 'run')
    """
    return re.sub(r"(\.[A-Za-z]\w{0,7})+$", "", PurePath(name.partition("#")[0]).name)


def _part(name: str, place: int) -> str | None:
    parts = _PARTS.split(stem_of(name))
    return parts[place] if place < len(parts) else None


def _digits(name: str) -> str | None:
    found = re.findall(r"\d+", stem_of(name))
    return found[-1] if found else None
