"""From tree to program: types and units are checked, constants reckoned, at the place where each stands."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from dure.science.formula import rules
from dure.science.formula.function import Call, Function, Setting, Table, Value
from dure.science.formula.functions.operators import AS_NUMBER, AS_WORDS, AS_YES_NO, OPERATORS, SETTLE
from dure.science.formula.kinds import BARE, TEXT, YES_NO, Kind
from dure.science.formula.program import Instruction, Program, number_of
from dure.science.formula.refusals import ArgumentWrong, ColumnUnknown
from dure.science.formula.survey import window_of
from dure.science.formula.tree import Call as CallNode
from dure.science.formula.tree import Chain, Column, Node, Number, Signed, Truth, Words, written
from dure.science.formula.window_length import NO_WINDOW, Window
from dure.vocabulary import Text

_TURNS = {
    ("yes-no", "number"): AS_NUMBER,
    ("number", "yes-no"): AS_YES_NO,
    ("number", "text"): AS_WORDS,
    ("yes-no", "text"): AS_WORDS,
}


class Checker:
    """Builds the instructions of one formula over one schema."""

    def __init__(
        self, text: str, schema: Mapping[str, Kind], table: Table, frozen: Mapping[str, Value]
    ) -> None:
        self._text, self._schema, self._table, self._frozen = text, schema, table, frozen
        self._made: list[Instruction] = []
        self._places: dict[Any, int] = {}

    def program(self, tree: Node) -> tuple[Program, Kind]:
        """The program of `tree` and the kind of its result, ready to be shown: finite or missing."""
        result = self._check(tree)
        if self._made[result].wild:
            result = self._applied(SETTLE, [result], tree.at)
        return Program.of(self._made, result), self._made[result].kind

    def _check(self, node: Node) -> int:
        if isinstance(node, Number):
            return self._constant(node.value, BARE)
        if isinstance(node, Words):
            return self._constant(node.value, TEXT)
        if isinstance(node, Truth):
            return self._constant(node.value, YES_NO)
        if isinstance(node, Column):
            return self._column(node)
        if isinstance(node, Signed):
            return self._applied(
                OPERATORS["minus" if node.sign == "-" else "%"],
                [self._check(node.term)],
                node.at,
                [node.term.at],
            )
        return self._chain(node) if isinstance(node, Chain) else self._call(node)

    def _constant(self, value: Value, kind: Kind) -> int:
        return self._add((type(value), value, kind), Instruction(kind, value=value, scalar=True))

    def _column(self, node: Column) -> int:
        if node.name not in self._schema:
            near = get_close_matches(node.name, self._schema, n=1, cutoff=0.5)
            said = (
                Text(f"; the nearest is “{near[0]}”.", f". 가장 비슷한 열은 “{near[0]}”입니다.")
                if near
                else Text(".", ".")
            )
            raise ColumnUnknown(node.name[:80], at=node.at, formula=self._text, near=said)
        kind = self._schema[node.name]
        return self._add(
            ("column", node.name), Instruction(kind, column=node.name, wild=kind.type == "number")
        )

    def _add(self, key: Any, made: Instruction) -> int:
        """Place of an instruction; equal ones share it."""
        if key not in self._places:
            self._places[key] = len(self._made)
            self._made.append(made)
        return self._places[key]

    def _chain(self, node: Chain) -> int:
        found = self._check(node.first)
        for link in node.links:
            other = self._check(link.term)
            times = self._made[found].kind.type == self._made[other].kind.type == "time"
            if link.operator == "-" and times:
                found = self._applied(self._table["SECONDS"], [other, found], link.at)
            else:
                found = self._applied(
                    OPERATORS[link.operator], [found, other], link.at, [node.at, link.term.at]
                )
        return found

    def _call(self, node: CallNode) -> int:
        function = self._table[node.name].meant(len(node.arguments))
        window = window_of(self._text, node, function)
        indices = [self._check(one) for one in node.arguments]
        found = self._applied(function, indices, node.at, [one.at for one in node.arguments], window)
        key = written(node)
        if not function.causal and key in self._frozen:
            return self._constant(self._frozen[key], self._made[found].kind)
        return found

    def _applied(
        self, function: Function, indices: list[int], place: int, places: Sequence[int] = (), window: Window = NO_WINDOW
    ) -> int:  # fmt: skip
        arguments = [function.argument(slot) for slot in range(len(indices))]
        places = tuple(places) or (place,) * len(indices)
        call = Call(function, self._kinds(indices), (), window, place, places, self._text)
        indices = [self._turned(call, slot, arguments[slot], index) for slot, index in enumerate(indices)]
        indices = self._evened(arguments, indices)
        if not function.carries and function is not SETTLE:
            indices = [
                self._applied(SETTLE, [one], place) if self._made[one].wild else one for one in indices
            ]
        constants = tuple(self._made[one].value if self._made[one].constant else None for one in indices)
        call = Call(function, self._kinds(indices), constants, window, place, places, self._text)
        return self._emitted(call, function.kind(call), indices)

    def _kinds(self, indices: Sequence[int]) -> tuple[Kind, ...]:
        return tuple(self._made[one].kind for one in indices)

    def _turned(self, call: Call, slot: int, argument: Any, index: int) -> int:
        """An argument as the type that is wanted, or refused."""
        made = self._made[index]
        if argument.constant and not made.constant:
            wanted, way = (
                Text("written out", "직접 적은 값"),
                Text("Write the value itself.", "값을 직접 적어 주세요."),
            )
            call.refuse(
                ArgumentWrong,
                slot,
                wanted=wanted,
                given=Text("reckoned from columns", "열에서 계산한 값"),
                way=way,
            )
        if argument.of in ("any", "window", made.kind.type):
            return index
        turn = _TURNS.get((made.kind.type, argument.of))
        if turn is None:
            rules.wrong_type(call, slot, argument.of, made.kind.type)
        return self._applied(turn, [index], call.places[slot])

    def _evened(self, arguments: Sequence[Any], indices: list[int]) -> list[int]:
        """Yes and no become 1 and 0 where the other arguments of any type are numbers."""
        loose = [
            slot for slot, argument in enumerate(arguments) if argument.of == "any" and not argument.constant
        ]
        if {self._made[indices[slot]].kind.type for slot in loose} != {"number", "yes-no"}:
            return indices
        return [
            self._applied(AS_NUMBER, [index], 1)
            if slot in loose and self._made[index].kind.type == "yes-no"
            else index
            for slot, index in enumerate(indices)
        ]

    def _emitted(self, call: Call, kind: Kind, indices: list[int]) -> int:
        parts = [self._made[one] for one in indices]
        function = call.function
        if all(part.constant for part in parts) and function.pure and function.causal and not function.looks:
            return self._constant(_reckoned(call, kind, parts), kind)
        wild = kind.type == "number" and (
            function.wild or (function.carries and any(part.wild for part in parts))
        )
        scalar = not function.looks and (not function.causal or all(part.scalar for part in parts))
        key = (function.name, function.causal, tuple(indices), call.constants, call.window)
        return self._add(key, Instruction(kind, call=call, parts=tuple(indices), scalar=scalar, wild=wild))


def _reckoned(call: Call, kind: Kind, parts: Sequence[Instruction]) -> Value:
    """Value of a call on constants; missing where it is no finite number."""
    loose = (part for place, part in enumerate(parts) if not call.function.argument(place).constant)
    if (
        call.function.arrays
        and kind.type != "text"
        and all(part.kind.type in ("number", "yes-no") for part in loose)
    ):
        with np.errstate(all="ignore"):
            value = float(call.function.arrays([np.asarray(number_of(part.value)) for part in parts], call))
        if not np.isfinite(value):
            return None
        return bool(value) if kind.type == "yes-no" else value + 0.0
    return _reckoned_by_polars(call, parts)


def _reckoned_by_polars(call: Call, parts: Sequence[Instruction]) -> Value:
    import polars as pl

    from dure.science.formula.program import _expression

    made = call.function.expression([_expression(part, [], Setting()) for part in parts], call, Setting())
    found: Value = pl.select(made).item()
    return float(found) if call.function.kind(call).type == "number" and found is not None else found
