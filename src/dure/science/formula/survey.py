"""What a formula needs, without a table at hand: columns, functions, how far it looks back, what it costs.

Everything that bounds a formula is looked at here, before a single value is touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from dure.science.formula.function import Function, Table
from dure.science.formula.refusals import ArgumentCount, ArgumentWrong, FormulaTooLarge, FunctionUnknown
from dure.science.formula.tree import Call, Column, Node, Number, Words, below
from dure.science.formula.window_length import ROWS, SPAN, Reach, Window, duration
from dure.vocabulary import Text

COST = 20_000.0


@dataclass
class Survey:
    """What was found on a walk over a tree."""

    text: str
    table: Table
    columns: dict[str, None] = field(default_factory=dict)
    functions: dict[str, None] = field(default_factory=dict)
    whole_columns: list[Call] = field(default_factory=list)
    durations: list[Call] = field(default_factory=list)
    cost: float = 0.0

    def reach(self, node: Node) -> Reach:
        """How far back `node` looks; refuses what it may not hold on the way."""
        if isinstance(node, Column):
            self.columns[node.name] = None
        self.cost += 1.0
        function = self._function(node) if isinstance(node, Call) else None
        if function is not None and isinstance(node, Call) and not function.causal:
            self.whole_columns.append(node)
        outermost = len(self.whole_columns)
        found = Reach()
        for one in self._values(node, function):
            found = found.joined(self.reach(one))
        if function is None or not isinstance(node, Call):
            return self._bounded(node, found)
        if not function.causal:
            del self.whole_columns[outermost:]
            return Reach()
        window = window_of(self.text, node, function)
        self.cost += function.work(window)
        if window.span:
            self.durations.append(node)
        return self._bounded(node, further(found, function, window))

    def _values(self, node: Node, function: Function | None) -> Iterator[Node]:
        for place, one in enumerate(below(node)):
            if function is None or function.argument(place).of != "window":
                yield one

    def _bounded(self, node: Node, found: Reach) -> Reach:
        over = (
            (Text("cost", "계산량"), round(self.cost), round(COST)),
            (Text("rows looked back over", "되돌아보는 행 수"), found.rows, ROWS),
            (Text("hours looked back over", "되돌아보는 시간(시)"), found.span // 3_600_000_000_000, 2 * SPAN // 3_600_000_000_000),
        )  # fmt: skip
        for what, count, most in over:
            if count > most:
                raise FormulaTooLarge(
                    what.en, at=node.at, formula=self.text, what=what, count=count, most=most
                )
        return found

    def _function(self, node: Call) -> Function:
        if node.name not in self.table:
            near = get_close_matches(_as_named_here(node.name), self.table, n=1, cutoff=0.6)
            said = Text(f"; did you mean {near[0]}?", f". {near[0]}인가요?") if near else Text(".", ".")
            raise FunctionUnknown(node.name[:40], at=node.at, formula=self.text, near=said)
        function = self.table[node.name].meant(len(node.arguments))
        if not function.takes(len(node.arguments)):
            raise _wrong_count(self.text, node, self.table[node.name])
        self.functions[node.name] = None
        return function


def _as_named_here(name: str) -> str:
    """A name as other programs have it, in the words of this language: AVG is AVERAGE, and MEAN in a window."""
    plain = name.replace("AVERAGE", "AVG").replace("MEAN", "AVG").replace("STDEV", "STD")
    return (
        plain.replace("AVG", "MEAN").replace("MOVING", "ROLL")
        if plain.startswith(("ROLL", "MOV"))
        else plain.replace("AVG", "AVERAGE")
    )


def further(found: Reach, function: Function, window: Window) -> Reach:
    """How far a function looks back at values that look back as far as `found`."""
    if function.looks == "over":
        return found.further(max(0, window.rows - 1), window.span)
    return found.further(window.rows, 2 * window.span) if function.looks == "ago" else found


def _wrong_count(text: str, node: Call, function: Function) -> ArgumentCount:
    least, most = function.least, len(function.arguments)
    if function.repeats:
        wanted = Text(f"at least {least} arguments", f"{least}개 이상")
    elif least == most:
        wanted = Text(f"{most} argument{'s' if most != 1 else ''}", f"{most}개")
    else:
        wanted = Text(f"{least} to {most} arguments", f"{least}~{most}개")
    facts = {"wanted": wanted, "given": len(node.arguments), "usage": function.usage}
    return ArgumentCount(node.name, at=node.at, formula=text, **facts)


def window_of(text: str, node: Call, function: Function) -> Window:
    """The window that a call is given, 1 row if it needs none.

    Raises
    ------
    ArgumentWrong
        If it is no whole number of rows and no duration, or beyond what is allowed.
    """
    places = [place for place in range(len(node.arguments)) if function.argument(place).of == "window"]
    if not places:
        return Window(rows=1) if function.looks else Window()
    given = node.arguments[places[0]]
    most = min(ROWS, function.most_rows)
    if isinstance(given, Number) and given.value == int(given.value) and 1 <= given.value <= most:
        return Window(rows=int(given.value))
    span = duration(given.value) if isinstance(given, Words) else None
    if span and span <= SPAN:
        return Window(span=span)
    wanted = Text(
        f"1 to {most} rows or a duration such as 60s, at most 31d", f"1~{most}행이나 60s 같은 시간(최대 31d)"
    )
    way = Text(
        'Write a number of rows, or a text: "60s", "5min", "1h".',
        '행 수를 쓰거나 "60s", "5min", "1h"처럼 적어 주세요.',
    )
    shown = (
        f"{given.value:g}"
        if isinstance(given, Number)
        else f"“{given.value[:20]}”"
        if isinstance(given, Words)
        else None
    )
    facts = {"wanted": wanted, "way": way, "given": shown or Text("not written out", "계산해야 하는 값")}
    raise ArgumentWrong(f"{node.name} window", at=given.at, formula=text, **facts)
