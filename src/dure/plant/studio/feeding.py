"""A sheet as an OData 4.0 service (OASIS OData Version 4.01, parts 1 and 2; JSON Format; CSDL XML).

One entity set `rows` with the key `row_id`. What Excel and Power BI send is answered: `$select`, `$filter`, `$orderby`,
`$top`, `$skip`, `$count`; pages follow each other by `@odata.nextLink`, all of the version that the first was of.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from xml.sax.saxutils import quoteattr

from dure.plant.studio.grid import Grid
from dure.plant.studio.looking import View, plain
from dure.plant.studio.refusals import FeedRefused
from dure.plant.studio.typed import kind_of, moment
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

PAGE = 10_000
LONGEST, DEEPEST = 4_000, 40
KEY = "row_id"
OPTIONS = ("$select", "$filter", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$format")
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<time>\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?)|(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
    r"|(?P<word>[^\W\d]\w*)|(?P<sign>[(),]))"
)
_COMPARE = {"eq": "eq", "ne": "ne_missing", "gt": "gt", "ge": "ge", "lt": "lt", "le": "le"}
_FINDS = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with"}


def identifiers(columns: Sequence[str]) -> dict[str, str]:
    """Property name by column: letters, digits and underscores, all different (CSDL clause 15.2).

    >>> identifiers(["Melt temp [Cel]", "melt_temp__Cel_", "온도", "2nd", "row_id"])
    {'Melt temp [Cel]': 'Melt_temp_Cel', 'melt_temp__Cel_': 'melt_temp_Cel', '온도': '온도', '2nd': '_2nd', 'row_id': 'row_id_2'}
    """
    found: dict[str, str] = {}
    taken = {KEY}
    for name in columns:
        plain_name = re.sub(r"\W+", "_", name)
        plain_name = re.sub(r"_+", "_", plain_name).strip("_") or "column"
        plain_name = (plain_name if not plain_name[0].isdigit() else f"_{plain_name}")[:120]
        made, count = plain_name, 2
        while made in taken:
            made, count = f"{plain_name}_{count}", count + 1
        taken.add(made)
        found[name] = made
    return found


def edm(dtype: "pl.DataType") -> str:
    """The primitive type of a column (CSDL clause 3.3)."""
    import polars as pl

    if dtype.is_integer():
        return "Edm.Int64"
    if dtype == pl.Date:
        return "Edm.Date"
    if dtype == pl.Time:
        return "Edm.TimeOfDay"
    return {"number": "Edm.Double", "bool": "Edm.Boolean", "time": "Edm.DateTimeOffset"}.get(
        kind_of(dtype), "Edm.String"
    )


def service(root: str) -> dict[str, Any]:
    """The service document (JSON Format clause 5)."""
    return {
        "@odata.context": f"{root}$metadata",
        "value": [{"name": "rows", "kind": "EntitySet", "url": "rows"}],
    }


def metadata(grid: Grid, view: View) -> str:
    """The model of the service as CSDL XML."""
    names = identifiers(view.columns)
    properties = "".join(
        f'<Property Name={quoteattr(names[name])} Type="{edm(grid.frame.schema[name])}"><Annotation Term="Org.OData.Core.V1.Description" String={quoteattr(_described(grid, name))}/></Property>'
        for name in view.columns
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        '<Schema Namespace="dure" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f'<EntityType Name="Row"><Key><PropertyRef Name="{KEY}"/></Key><Property Name="{KEY}" Type="Edm.Int64" Nullable="false"/>{properties}</EntityType>'
        '<EntityContainer Name="Sheet"><EntitySet Name="rows" EntityType="dure.Row"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    )


def _described(grid: Grid, name: str) -> str:
    unit = grid.units.get(name, "")
    return f"{name} [{unit}]" if unit else name


@dataclass(frozen=True)
class Query:
    """What is asked for."""

    select: tuple[str, ...] = ()
    filter: str = ""
    orderby: str = ""
    top: int | None = None
    skip: int = 0
    count: bool = False
    page: int = PAGE


def query_of(words: Mapping[str, str], *, skip: int = 0, page: int = PAGE) -> Query:
    """The query of an address.

    Raises
    ------
    FeedRefused
    """
    for name in words:
        if name.startswith("$") and name not in OPTIONS:
            raise FeedRefused(name[:40], why=Text("this option is not offered", "지원하지 않는 옵션입니다"))
        if len(words[name]) > LONGEST:
            raise FeedRefused(name[:40], why=Text("it is too long", "너무 깁니다"))
    if words.get("$format", "json").partition(";")[0].lower() not in ("json", "application/json"):
        raise FeedRefused("$format", why=Text("only JSON is given", "JSON만 제공합니다"))
    select = tuple(one.strip() for one in words.get("$select", "").split(",") if one.strip() not in ("", "*"))
    top = _whole(words, "$top")
    return Query(
        select,
        words.get("$filter", ""),
        words.get("$orderby", ""),
        top,
        (_whole(words, "$skip") or 0) + skip,
        words.get("$count", "").lower() == "true",
        max(1, min(PAGE, page)),
    )


def _whole(words: Mapping[str, str], name: str) -> int | None:
    written = words.get(name, "")
    if not written:
        return None
    if not written.isdigit() or len(written) > 12:
        raise FeedRefused(name, why=Text("it must be a whole number", "정수여야 합니다"))
    return int(written)


def answered(grid: Grid, view: View, asked: Query, zone: str) -> tuple[list[dict[str, Any]], int, bool]:
    """Rows of one page, how many there are in all, and whether more follow; times without a zone are in `zone`.

    Raises
    ------
    FeedRefused
    """
    import numpy as np
    import polars as pl

    names = identifiers(view.columns)
    columns = {made: name for name, made in names.items()}
    chosen = [one for one in asked.select or names.values() if one != KEY]
    for one in chosen:
        if one not in columns:
            raise FeedRefused(one[:80], why=Text("there is no such property", "그런 속성이 없습니다"))
    places = np.arange(grid.rows, dtype=np.int64) if view.places is None else view.places
    frame = (
        grid.frame.lazy()
        .rename(names, strict=False)
        .select(list(columns))
        .with_columns(pl.Series(KEY, grid.all_ids()))
    )
    if asked.filter:
        mask = (
            frame.select(
                Filter(asked.filter, dict(frame.collect_schema()), zone)
                .expression()
                .fill_null(value=False)
                .alias("\0kept")
            )
            .collect()
            .to_series()
        )
        places = places[mask.to_numpy()[places]]
    if asked.orderby:
        places = places[_order(frame, places, asked.orderby)]
    total = len(places)
    end = total if asked.top is None else min(total, asked.skip + asked.top)
    part = places[asked.skip : min(end, asked.skip + asked.page)]
    rows = frame.select(KEY, *chosen).select(pl.all().gather(pl.Series(part))).collect()
    values = {name: _as_json(rows.get_column(name), zone) for name in rows.columns}
    return (
        [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)],
        total,
        asked.skip + len(part) < end,
    )


def _as_json(column: "pl.Series", zone: str) -> list[Any]:
    import polars as pl

    if isinstance(column.dtype, pl.Datetime):
        aware = (
            column
            if column.dtype.time_zone
            else column.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        )
        return aware.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ").to_list()
    return plain(column)


def _order(frame: "pl.LazyFrame", places: Any, orderby: str) -> Any:
    import polars as pl

    by: list[str] = []
    down: list[bool] = []
    for one in orderby.split(","):
        name, _, way = one.strip().partition(" ")
        if name not in frame.collect_schema() or way.strip() not in ("", "asc", "desc"):
            raise FeedRefused(
                one.strip()[:80],
                why=Text("order by a property, asc or desc", "속성 이름과 asc 또는 desc로 적어 주세요"),
            )
        if name in by:
            continue
        by.append(name)
        down.append(way.strip() == "desc")
    table = frame.select(by).select(pl.all().gather(pl.Series(places)))
    order = table.select(pl.arg_sort_by(by, descending=down, nulls_last=True, maintain_order=True)).collect()
    return order.to_series().to_numpy()


class Filter:
    """A `$filter` as an expression (OData URL Conventions clause 5.1.1): comparisons, and, or, not, three functions of text."""

    def __init__(self, text: str, schema: Mapping[str, "pl.DataType"], zone: str) -> None:
        self._schema, self._zone = schema, zone
        self._tokens = self._read(text)
        self._at = self._depth = 0

    def _read(self, text: str) -> list[tuple[str, str]]:
        found, at = [], 0
        text = text.strip()
        while at < len(text):
            one = _TOKEN.match(text, at)
            if one is None:
                raise self._refusal(text[at : at + 20])
            found.append((str(one.lastgroup), one[str(one.lastgroup)]))
            at = one.end()
        return found

    def _refuse(self, where: str) -> NoReturn:
        raise self._refusal(where)

    def _refusal(self, where: str) -> FeedRefused:
        return FeedRefused(
            f"$filter “{where}”", why=Text("it is not understood here", "이 부분을 이해할 수 없습니다")
        )

    def expression(self) -> "pl.Expr":
        """The whole filter."""
        found = self._or()
        if self._at < len(self._tokens):
            self._refuse(self._tokens[self._at][1][:20])
        return found

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            self._refuse("…")
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, word: str) -> bool:
        here = self._at < len(self._tokens) and self._tokens[self._at] in (("word", word), ("sign", word))
        self._at += here
        return here

    def _must(self, word: str) -> None:
        if not self._is(word):
            self._refuse(self._tokens[self._at][1][:20] if self._at < len(self._tokens) else "…")

    def _or(self) -> "pl.Expr":
        self._depth += 1
        if self._depth > DEEPEST:
            self._refuse("(")
        found = self._and()
        while self._is("or"):
            found = found | self._and()
        self._depth -= 1
        return found

    def _and(self) -> "pl.Expr":
        found = self._one()
        while self._is("and"):
            found = found & self._one()
        return found

    def _one(self) -> "pl.Expr":
        if self._is("not"):
            self._depth += 1
            if self._depth > DEEPEST:
                self._refuse("not")
            found = ~self._one().fill_null(value=False)
            self._depth -= 1
            return found
        if self._is("("):
            found = self._or()
            self._must(")")
            return found
        kind, word = self._next()
        if kind == "word" and word in _FINDS and self._is("("):
            return self._find(word)
        return self._comparison(kind, word)

    def _find(self, word: str) -> "pl.Expr":
        column = self._column(*self._next())
        self._must(",")
        kind, value = self._next()
        self._must(")")
        if kind != "text":
            self._refuse(value)
        part = value[1:-1].replace("''", "'")
        text = column.str
        if word == "contains":
            return text.contains(part, literal=True)
        return text.starts_with(part) if word == "startswith" else text.ends_with(part)

    def _comparison(self, kind: str, word: str) -> "pl.Expr":
        import polars as pl

        column = self._column(kind, word)
        op = self._next()[1]
        value = self._next()
        if op not in _COMPARE:
            self._refuse(op[:20])
        if value == ("word", "null"):
            return (
                column.is_null()
                if op == "eq"
                else column.is_not_null()
                if op == "ne"
                else pl.lit(value=False)
            )
        found: pl.Expr = getattr(column, _COMPARE[op])(self._value(value, self._schema[word]))
        return found

    def _column(self, kind: str, word: str) -> "pl.Expr":
        import polars as pl

        if kind != "word" or word not in self._schema:
            self._refuse(word[:60])
        return pl.col(word)

    def _value(self, token: tuple[str, str], dtype: "pl.DataType") -> "pl.Expr":
        import polars as pl

        kind, word = token
        of = kind_of(dtype)
        if kind == "number" and of == "number":
            return pl.lit(
                float(word) if not dtype.is_integer() or "." in word or "e" in word.lower() else int(word)
            )
        if kind == "text" and of == "text":
            return pl.lit(word[1:-1].replace("''", "'"))
        if kind == "word" and word in ("true", "false") and of == "bool":
            return pl.lit(word == "true")
        if kind == "time" and of == "time":
            return self._moment(word, dtype)
        raise self._refusal(word[:20])

    def _moment(self, word: str, dtype: "pl.DataType") -> "pl.Expr":
        import polars as pl

        found = moment(word)
        if found is None or dtype == pl.Time:
            self._refuse(word[:30])
        if dtype == pl.Date:
            return pl.lit(found.date())  # type: ignore[union-attr] # a moment with a date: the token begins with one
        assert isinstance(dtype, pl.Datetime)  # noqa: S101 - the only kind of time left
        value = pl.Series([found.replace(tzinfo=None)], dtype=pl.Datetime(dtype.time_unit))
        given = value.dt.replace_time_zone(
            "UTC" if found.tzinfo else self._zone, ambiguous="earliest", non_existent="null"
        )
        there = given.dt.convert_time_zone(dtype.time_zone or self._zone)
        return pl.lit(there if dtype.time_zone else there.dt.replace_time_zone(None)).first()
