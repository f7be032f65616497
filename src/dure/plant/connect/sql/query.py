"""The statements that are sent: made by SQLAlchemy of reflected names and bound values, never of pasted words."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dure.plant.connect.sql.refusals import QueryUnfit
from dure.plant.connect.sql.shape import Shape
from dure.vocabulary import Text

if TYPE_CHECKING:
    from sqlalchemy import Select

LONGEST = 20_000  # signs of a query
# Strings and quoted names, which mean nothing here. What ends one is not the same in every dialect where a
# backslash, a comment or a dollar stands: such queries are refused.
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[\w .-]*`|\[[\w .-]*\]")
_DOUBTFUL = re.compile(r"['\"`]|--|/\*|\*/|#|\$\w*\$|\x00")
_PARAMETER = re.compile(r"(?<![:\\]):(?=\w)")


def asked(query: str) -> str:
    r"""A query as it can stand within another: its colons mean nothing to SQLAlchemy.

    >>> asked("SELECT a::int, '10:30' FROM t")
    "SELECT a::int, '10\\:30' FROM t"
    """
    return _PARAMETER.sub(r"\\:", query)


def check_query(query: str, where: str) -> None:
    """Refuse what is not one SELECT.

    Raises
    ------
    QueryUnfit

    Examples
    --------
    >>> check_query("SELECT 1) q; DROP TABLE t; --", "mes")
    Traceback (most recent call last):
    dure.plant.connect.sql.refusals.QueryUnfit: The query of mes cannot be used: it holds a semicolon. ...
    """
    bare = _QUOTED.sub(" ", query)
    why = None
    if len(query) > LONGEST:
        why = Text(f"it is longer than {LONGEST} signs", f"{LONGEST}자보다 깁니다")
    elif not re.match(r"\s*(select|with)\b", bare, re.IGNORECASE):
        why = Text("it does not begin with SELECT or WITH", "SELECT나 WITH로 시작하지 않습니다")
    elif ";" in bare:
        why = Text("it holds a semicolon", "세미콜론이 있습니다")
    elif not _balanced(bare):
        why = Text("its parentheses do not match", "괄호가 맞지 않습니다")
    elif "\\" in query or _DOUBTFUL.search(bare):
        why = Text(
            "it holds a comment, a backslash or an open quotation mark",
            "주석이나 역슬래시, 닫히지 않은 따옴표가 있습니다",
        )
    if why is not None:
        raise QueryUnfit(where, why=why)


def _balanced(bare: str) -> bool:
    depth = 0
    for sign in bare:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0


def page(shape: Shape, begin: Any, limit: int, *, after: bool = False) -> "Select[Any]":
    """At most `limit` rows from the place `begin` on (behind it, if `after`), in order; None is the beginning."""
    from sqlalchemy import select

    columns = shape.source.c
    order = [columns[shape.order]]
    chosen = select(*(columns[name] for name in read_columns(shape)))
    if begin is not None:
        chosen = chosen.where(order[0] > begin if after else order[0] >= begin)
    elif shape.order == shape.time:
        chosen = chosen.where(order[0].is_not(None))
    return chosen.order_by(*order).limit(limit)


def read_columns(shape: Shape) -> tuple[str, ...]:
    """Columns that are asked for, each once: order, time, tag, unit, then the values."""
    wanted = (shape.order, shape.time, shape.tag, shape.unit, *shape.values)
    return tuple(dict.fromkeys(name for name in wanted if name))


def newest(shape: Shape) -> "Select[Any]":
    """The greatest value of the order column."""
    from sqlalchemy import func, select

    return select(func.max(shape.source.c[shape.order]))


def untimed(shape: Shape) -> "Select[Any]":
    """How many rows have no time."""
    from sqlalchemy import func, select

    return select(func.count()).select_from(shape.source).where(shape.source.c[shape.time].is_(None))


def latest(shape: Shape, tag: Any = None) -> "Select[Any]":
    """The newest row, or the newest of one tag."""
    from sqlalchemy import select

    columns = shape.source.c
    chosen = select(*(columns[name] for name in read_columns(shape))).where(columns[shape.time].is_not(None))
    if tag is not None:
        chosen = chosen.where(columns[shape.tag] == tag)
    return chosen.order_by(columns[shape.time].desc()).limit(1)


def tags(shape: Shape, limit: int) -> "Select[Any]":
    """The tags of a long table, with their units where a column holds them, at most `limit`."""
    from sqlalchemy import func, select

    columns = shape.source.c
    wanted: Sequence[Any] = [columns[shape.tag]]
    if shape.unit:
        wanted = [*wanted, func.max(columns[shape.unit])]
    return select(*wanted).group_by(columns[shape.tag]).order_by(columns[shape.tag]).limit(limit)
