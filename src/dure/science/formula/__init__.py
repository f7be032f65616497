"""Formula: the one formula language. Excel's syntax with column names, checked for types and units, compiled to Polars.

`parse` reads a text and bounds its cost; `Formula.checked` checks it against the columns of a table; `evaluate` and
`evaluate_all` reckon it. The same text gives the same bits in batch, in chunks and row by row. Functions come in
immutable tables: `FUNCTIONS` has all, `without` and `only_causal` make narrower ones, `table` larger ones.
"""

from dure.science.formula.columns import schema_of
from dure.science.formula.formula import (
    Checked,
    Formula,
    evaluate,
    evaluate_all,
    in_order,
    parse,
    require_unit,
)
from dure.science.formula.function import (
    SAMPLE,
    Argument,
    Call,
    Example,
    Function,
    Setting,
    Table,
    only_causal,
    table,
    without,
)
from dure.science.formula.functions import FUNCTIONS
from dure.science.formula.kinds import Kind
from dure.science.formula.live import Live
from dure.science.formula.refusals import FormulaWrong, TimeNotNamed

__all__ = [
    "FUNCTIONS",
    "SAMPLE",
    "Argument",
    "Call",
    "Checked",
    "Example",
    "Formula",
    "FormulaWrong",
    "Function",
    "Kind",
    "Live",
    "Setting",
    "Table",
    "TimeNotNamed",
    "evaluate",
    "evaluate_all",
    "in_order",
    "only_causal",
    "parse",
    "require_unit",
    "schema_of",
    "table",
    "without",
]
