"""From text to tree: Excel's grammar with column names, as an LALR(1) grammar without recursion in Python.

Excel's ranks, strongest first: `%` behind a term, the minus before it, `^`, `*` and `/`, `+` and `-`, `&`, and the
comparisons; operators of one rank go from left to right, so `-2^2` is 4 and `2^3^2` is 64.
"""

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, cast

from dure.science.formula.refusals import FormulaTooLarge, FormulaUnreadable
from dure.science.formula.tree import Call, Chain, Column, Link, Node, Number, Signed, Truth, Words, walk
from dure.vocabulary import Text

if TYPE_CHECKING:
    from lark import Lark

LENGTH, DEPTH, NODES = 8_000, 64, 2_000

GRAMMAR = r"""
start: comparison
comparison: joined (COMPARE joined)*
joined: sum (AND sum)*
sum: product (SIGN product)*
product: power (TIMES power)*
power: signed (RAISE signed)*
signed: SIGN* share
share: atom PERCENT*
?atom: NUMBER -> number
     | TEXT -> words
     | COLUMN -> column
     | NAME -> name
     | FUNCTION "(" [comparison (SEPARATOR comparison)*] ")" -> call
     | "(" comparison ")" -> inner

COMPARE: "<>" | "<=" | ">=" | "=" | "<" | ">"
AND: "&"
SIGN: "+" | "-"
TIMES: "*" | "/"
RAISE: "^"
PERCENT: "%"
SEPARATOR: "," | ";"
NUMBER: /(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/
TEXT: /"(?:[^"]|"")*"/
COLUMN.2: /\[[^\[\]]*\[[^\[\]]*\]\](?=\s*(?:$|[-+*\/^&=<>,;)%]))|\[(?:[^\]]|\]\])+\](?!\])/
FUNCTION.2: /[^\W\d][\w.]*(?=\s*\()/
NAME: /[^\W\d][\w.]*/
%ignore /\s+/
"""

# what may not be taken for a parenthesis
_PIECES = re.compile(
    r'(?P<text>"(?:[^"]|"")*"?)'
    r"|(?P<column>\[[^\[\]]*\[[^\[\]]*\]\](?=\s*(?:$|[-+*/^&=<>,;)%]))|\[(?:[^\]]|\]\])+\](?!\])|\[)"
    r"|(?P<open>\()|(?P<close>\))"
)


def tree(text: str) -> Node:
    """The tree of a formula, the `=` before it or not.

    Raises
    ------
    FormulaUnreadable
        If it does not follow the grammar.
    FormulaTooLarge
        If it is longer than 8,000 characters, deeper than 64 or has more than 2,000 terms.

    Examples
    --------
    >>> tree("=[a]+1")
    Chain(first=Column(name='a', at=2), links=(Link(operator='+', term=Number(value=1.0, at=6), at=5),))
    """
    if len(text) > LENGTH:
        raise FormulaTooLarge(
            "length",
            at=LENGTH,
            formula=text[:LENGTH],
            what=Text("characters", "글자 수"),
            count=len(text),
            most=LENGTH,
        )
    plain = re.sub(r"^\s*=", lambda found: " " * len(found[0]), text)
    _require_closed(text, plain)
    found = _parsed(text, plain)
    _require_small(text, found)
    return found


class _NumberTooLarge(ValueError):
    """A number beyond 1e308, and where it stands."""


def _require_closed(text: str, plain: str) -> None:
    opened: list[int] = []
    for piece in _PIECES.finditer(plain):
        at = piece.start() + 1
        if piece.lastgroup == "open":
            opened.append(at)
        elif piece.lastgroup == "close" and not opened:
            _unreadable(text, at, Text("“)” closes nothing", "“)”에 짝이 없습니다"))
        elif piece.lastgroup == "close":
            opened.pop()
        elif piece[0] == "[":
            _unreadable(text, at, Text("“[” is never closed", "“[”가 닫히지 않았습니다"))
        elif piece.lastgroup == "text" and piece[0].count('"') % 2:
            _unreadable(
                text, at, Text("the text is never closed by a quote", "글자를 닫는 따옴표가 없습니다")
            )
    if opened:
        _unreadable(text, opened[-1], Text("“(” is never closed", "“(”가 닫히지 않았습니다"))


def _unreadable(text: str, at: int, what: Text) -> NoReturn:
    raise FormulaUnreadable(what.en, at=at, formula=text, what=what) from None


def _parsed(text: str, plain: str) -> Node:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        return cast("Node", _parser().parse(plain))
    except UnexpectedCharacters as wrong:
        place = wrong.pos_in_stream or 0
        sign = plain[place : place + 1]
        _unreadable(
            text,
            place + 1,
            Text(f"“{sign}” means nothing here", f"“{sign}” 기호를 쓸 수 없습니다"),
        )
    except UnexpectedToken as wrong:
        ended = wrong.token.type == "$END"
        at = len(text.rstrip()) + 1 if ended else (wrong.token.start_pos or 0) + 1
        _unreadable(text, max(1, at), _unexpected(str(wrong.token), ended=ended))
    except _NumberTooLarge as wrong:
        _unreadable(text, int(wrong.args[0]), Text("the number is too large", "숫자가 너무 큽니다"))


def _unexpected(found: str, *, ended: bool) -> Text:
    if ended:
        return Text("a value is missing at the end", "끝에 값이 없습니다")
    if found in ",;)":
        return Text(f"a value is missing before “{found}”", f"“{found}” 앞에 값이 없습니다")
    short = found[:20]
    return Text(f"“{short}” is not expected here", f"“{short}”이(가) 올 자리가 아닙니다")


def _require_small(text: str, found: Node) -> None:
    for count, (node, depth) in enumerate(walk(found), start=1):
        for what, reached, most in (
            (Text("nesting", "중첩"), depth, DEPTH),
            (Text("terms", "항"), count, NODES),
        ):
            if reached > most:
                raise FormulaTooLarge(
                    what.en, at=node.at, formula=text, what=what, count=f"> {most}", most=most
                )


@cache
def _parser() -> "Lark":
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", transformer=_builder(), maybe_placeholders=False)


def _builder() -> Any:  # noqa: C901 - one method a rule of the grammar
    from lark import Transformer

    class Builder(Transformer[Any, Any]):
        """Nodes out of what the parser found, as it finds them."""

        def start(self, children: list[Any]) -> Node:
            return children[0]  # type: ignore[no-any-return]  # lark types no children

        inner = start

        def _chained(self, children: list[Any]) -> Node:
            if len(children) == 1:
                return children[0]  # type: ignore[no-any-return]  # lark types no children
            pairs = zip(children[1::2], children[2::2], strict=True)
            return Chain(
                children[0], tuple(Link(str(sign), term, sign.start_pos + 1) for sign, term in pairs)
            )

        comparison = joined = sum = product = power = _chained

        def signed(self, children: list[Any]) -> Node:
            minus = [sign for sign in children[:-1] if sign == "-"]
            return Signed("-", children[-1], minus[0].start_pos + 1) if len(minus) % 2 else children[-1]

        def share(self, children: list[Any]) -> Node:
            found: Node = children[0]
            for sign in children[1:]:
                found = Signed("%", found, sign.start_pos + 1)
            return found

        def number(self, children: list[Any]) -> Node:
            at, value = children[0].start_pos + 1, float(children[0])
            if not math.isfinite(value):
                raise _NumberTooLarge(at)
            return Number(value, at)

        def words(self, children: list[Any]) -> Node:
            return Words(children[0][1:-1].replace('""', '"'), children[0].start_pos + 1)

        def column(self, children: list[Any]) -> Node:
            return Column(_column_name(children[0]), children[0].start_pos + 1)

        def name(self, children: list[Any]) -> Node:
            word, at = str(children[0]), children[0].start_pos + 1
            return (
                Truth(word.upper() == "TRUE", at) if word.upper() in ("TRUE", "FALSE") else Column(word, at)
            )

        def call(self, children: list[Any]) -> Node:
            return Call(str(children[0]).upper(), tuple(children[1::2]), children[0].start_pos + 1)

    return Builder()


def _column_name(token: str) -> str:
    """`[a]]b]` is “a]b”; a name that ends in a bracketed unit may be written as it is: `[Torque [Nm]]`."""
    inner = token[1:-1]
    if re.fullmatch(r"[^\[\]]*\[[^\[\]]*\]", inner):
        return inner
    return inner.replace("[[", "[").replace("]]", "]")
