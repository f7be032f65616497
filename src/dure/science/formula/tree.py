"""What a formula says, as a frozen tree; where it says it is kept but does not count when trees are compared."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Number:
    """A number written out."""

    value: float
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Words:
    """A text in quotes."""

    value: str
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """TRUE or FALSE."""

    value: bool
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name."""

    name: str
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function and what it is given; its name in capitals."""

    name: str
    arguments: "tuple[Node, ...]"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Signed:
    """A minus before a term (`sign` is `-`), or a per cent behind it (`%`)."""

    sign: str
    term: "Node"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """An operator and the term behind it."""

    operator: str
    term: "Node"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one rank, taken from left to right: a − b + c."""

    first: "Node"
    links: tuple[Link, ...]

    @property
    def at(self) -> int:
        """Where the first term stands."""
        return self.first.at


Node = Number | Words | Truth | Column | Call | Signed | Chain


def below(node: Node) -> tuple[Node, ...]:
    """The terms that a node is made of, in order."""
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Signed):
        return (node.term,)
    if isinstance(node, Chain):
        return (node.first, *(link.term for link in node.links))
    return ()


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node with its depth, 1 for the root; without recursion, for a tree may be deeper than Python's stack."""
    waiting = [(node, 1)]
    while waiting:
        found, depth = waiting.pop()
        yield found, depth
        waiting.extend((one, depth + 1) for one in reversed(below(found)))


_RANK = {"^": 5, "*": 4, "/": 4, "+": 3, "-": 3, "&": 2}


def written(node: Node, rank: int = 0) -> str:
    """The formula that reads as `node`, in parentheses where its rank wants them.

    >>> written(Chain(Column("a [b]"), (Link("*", Chain(Number(1.0), (Link("+", Number(2.5)),))),)))
    '[a [[b]]]*(1+2.5)'
    """
    if isinstance(node, Chain):
        own = _RANK.get(node.links[0].operator, 1)
        text = written(node.first, own + 1) + "".join(
            f"{link.operator}{written(link.term, own + 1)}" for link in node.links
        )
        return f"({text})" if own < rank else text
    if isinstance(node, Signed):
        return _signed(node)
    if isinstance(node, Call):
        return f"{node.name}({', '.join(written(one) for one in node.arguments)})"
    return _leaf(node)


def _signed(node: Signed) -> str:
    inner = written(node.term, 6)
    if node.sign == "%":
        return f"({inner})%" if isinstance(node.term, Signed) and node.term.sign == "-" else f"{inner}%"
    return f"-{inner}"


def _leaf(node: Node) -> str:
    if isinstance(node, Column):
        return "[" + node.name.replace("[", "[[").replace("]", "]]") + "]"
    if isinstance(node, Words):
        return '"' + node.value.replace('"', '""') + '"'
    if isinstance(node, Truth):
        return str(node.value).upper()
    assert isinstance(node, Number)  # noqa: S101 - the last kind of leaf
    return repr(node.value).removesuffix(".0")
