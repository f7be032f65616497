"""Inspect: tell from pictures which kind a part is, or whether it is like the good ones.

With a target (or folders named after the classes) it is what the target makes; with good pictures named (`normal`,
`normal_rows`), or with nothing to tell apart, it is `detect`: how far a picture is from the good ones. Near-duplicates
and pictures of one part are held back together: a model asked about a part that it was shown under another light would
look better than it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.learn.target import decide
from dure.science.picture import alike, fingerprint, kind_of_picture
from dure.science.prepare import called, content_of, each_content, is_reference, step_named
from dure.vocabulary import TableProblem, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.request import TrainRequest
    from dure.science.prepare import Step, Table

#: What reading says of pictures beside themselves: no inputs, for they are of the file and not of the part.
BESIDE = (
    "file",
    "folder",
    "width",
    "height",
    "channels",
    "bits",
    "mask",
    "masked",
    "marks",
    "mark kinds",
    "word",
    "part",
)
#: The detector that watches pictures: chosen on solar cells and circuit boards beside four others (`benchmarks/tiles.py`).
DETECTOR = "ledoit_wolf"
SIDE = 320


class NothingToLookAt(TableProblem):
    """No column of a table holds pictures."""

    key = "inspect-no-pictures"
    says = Text("No column of {where} holds pictures.", "{where}에 그림이 있는 열이 없습니다.")
    remedy = Text(
        "Give a folder, pattern or zip archive of JPEG, PNG, BMP, TIFF or WebP files.",
        "JPEG, PNG, BMP, TIFF, WebP 파일이 있는 폴더나 패턴, zip을 주세요.",
    )


class Inspect:
    """Which kind a part is, or whether it is like the good ones, by its picture."""

    name: ClassVar[str] = "inspect"
    label: ClassVar[Text] = Text("look at pictures", "그림 검사")
    alone: ClassVar[bool] = True

    def shape(self, request: "TrainRequest", table: "Table") -> tuple["TrainRequest", "Table"]:
        """The table with a group of pictures that show the same, its rows in the order of these groups.

        Raises
        ------
        NothingToLookAt
            If no column holds pictures.
        NotAPicture, PictureDamaged, PictureTooLarge
            Naming the file, if one of them cannot be read.
        """
        picture = _pictures(table.frame, request)
        if picture is None:
            raise NothingToLookAt(table.told)
        frame = table.frame
        if request.target is None and not _asks_for_good(request) and "folder" in frame.columns:
            request = replace(request, target="folder")
        group, codes = _groups(frame, picture, request.group)
        frame = frame.with_columns(codes)
        request = replace(request, found={**request.found, "picture": picture})
        lessons = _lessons(frame, picture, codes, request)
        request = replace(request, found={**request.found, **lessons})
        for step in _seen(request, picture):  # looked at once, before any clock of a search runs
            step.fit(frame.select(picture)).transform(frame.select(picture))
        kept = {request.target, group, (request.normal or "").partition("=")[0].strip()}
        ignore = [name for name in frame.columns if name in (*BESIDE, request.group) and name not in kept]
        request = replace(request, families=request.families or _families(request, frame))
        of_file = [name for name in ignore if name in BESIDE and name not in request.ignore]
        request = replace(request, found={**request.found, "of_file": of_file})
        shaped = replace(
            request,
            group=group,
            ignore=tuple(dict.fromkeys((*request.ignore, *ignore))),
        )
        return shaped, replace(table, frame=_together(frame, group, len(table.rows_per_source)))

    def base(self, request: "TrainRequest", frame: "pl.DataFrame") -> str:
        """How far from the good ones, where these are named or nothing else is; else what the target decides."""
        del frame
        return "detect" if _asks_for_good(request) or request.target is None else ""

    def inputs(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple[str, ...]:
        """The column of pictures."""
        return (str(request.found["picture"]),) if request.found["picture"] in frame.columns else ()

    def steps(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple["Step", ...]:
        """How each picture looks, and what the network sees in it, or what it was taught to see."""
        return tuple(step for name in self.inputs(request, frame) for step in _seen(request, name))


def _seen(request: "TrainRequest", column: str) -> "tuple[Step, Step]":
    looks = step_named("image.statistics")(column=column, keep=True)  # type: ignore[call-arg]  # the base class has no fields; the member has
    if request.found.get("shown"):
        shown, marked = tuple(request.found["shown"]), tuple(request.found["marked"])
        return looks, step_named("image.marks")(column=column, shown=shown, marked=marked)  # type: ignore[call-arg]  # as above
    return looks, step_named("image.embed")(column=column, side=SIDE)  # type: ignore[call-arg]  # as above


def _lessons(
    frame: "pl.DataFrame", picture: str, parts: "pl.Series", request: "TrainRequest"
) -> dict[str, list[str]]:
    """Lines of what each picture teaches, and the kinds that masks show; nothing where classes are not told apart."""
    import polars as pl

    target = request.target
    if _asks_for_good(request) or target is None or target not in frame.columns:
        return {}
    if decide(frame.get_column(target))[0] != "classify":
        return {}
    kinds = frame.get_column(target).cast(pl.String).to_list()
    masks = frame.get_column("mask").to_list() if "mask" in frame.columns else [None] * len(frame)
    shares = frame.get_column("masked").to_list() if "masked" in frame.columns else [0.0] * len(frame)
    _, numbers = np.unique(parts.to_numpy(), return_inverse=True)
    rows = zip(frame.get_column(picture).to_list(), masks, numbers, kinds, strict=True)
    shown = [
        f"{one} {mask or '-'} {part} {kind}" for one, mask, part, kind in rows if one and kind is not None
    ]
    marked = {kind for kind, share in zip(kinds, shares, strict=True) if share and kind is not None}
    return {"shown": shown, "marked": sorted(marked)}


def _families(request: "TrainRequest", frame: "pl.DataFrame") -> tuple[str, ...]:
    """Families for 304 numbers a picture: weighted sums, and the distance that was chosen for watching."""
    if _asks_for_good(request) or request.target is None:
        return (DETECTOR,)
    if request.target not in frame.columns:
        return ()
    return ("logistic",) if decide(frame.get_column(request.target))[0] == "classify" else ("ridge",)


def _asks_for_good(request: "TrainRequest") -> bool:
    return request.normal is not None or request.normal_rows is not None


def _pictures(frame: "pl.DataFrame", request: "TrainRequest") -> str | None:
    """The first column of references whose first content is a picture, masks and what is ignored left aside."""
    import polars as pl

    for column in frame.get_columns():
        if column.dtype != pl.String or column.name in (
            request.target,
            request.group,
            "mask",
            *request.ignore,
        ):
            continue
        first = column.drop_nulls().head(1).to_list()
        if first and is_reference(first[0]) and kind_of_picture(content_of(first[0])[:32]):
            return column.name
    return None


def _groups(frame: "pl.DataFrame", picture: str, named: str | None) -> "tuple[str, pl.Series]":
    """Name and codes of groups: near-duplicates, joined with the group that was named, or with `part` of the file names."""
    import polars as pl

    cells = frame.get_column(picture).to_list()
    marks = each_content(cells, lambda content, reference: fingerprint(content, called(reference)))
    there = [place for place, one in enumerate(marks) if one is not None]
    close = dict(zip(there, alike([one for one in marks if one is not None]), strict=True))
    ties: list[Sequence[object]] = [[close.get(place, f"none {place}") for place in range(len(cells))]]
    known = named if named in frame.columns else "part" if "part" in frame.columns else None
    if known is not None:
        ties.append(frame.get_column(known).to_list())
    name = f"{picture}: alike"
    while name in frame.columns:
        name += " "
    return name, pl.Series(name, [f"part {code + 1}" for code in _joined(ties)], dtype=pl.String)


def _joined(ties: Sequence[Sequence[object]]) -> list[int]:
    """One code for all rows that any tie holds together, directly or by others.

    >>> _joined([[1, 1, 2, 3], ["a", "b", "b", "c"]])
    [0, 0, 0, 1]
    """
    first = list(range(len(ties[0])))

    def root(at: int) -> int:
        while first[at] != at:
            first[at] = first[first[at]]
            at = first[at]
        return at

    for tie in ties:
        seen: dict[object, int] = {}
        for row, value in enumerate(tie):
            if value is not None:
                low, high = sorted((root(seen.setdefault(value, row)), root(row)))
                first[high] = low
    codes: dict[int, int] = {}
    return [codes.setdefault(root(row), len(codes)) for row in range(len(first))]


def _together(frame: "pl.DataFrame", group: str, sources: int) -> "pl.DataFrame":
    """Rows of one group after each other, for stretches of good pictures are held back in turn; as they were where there are several sources."""
    import polars as pl

    if sources != 1:
        return frame
    first = frame.with_row_index("row").select(pl.col("row").min().over(group)).to_series()
    return frame[first.to_numpy().argsort(kind="stable")]
