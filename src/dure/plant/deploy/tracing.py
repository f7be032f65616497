"""A stored prediction back to what made it: the model's version, recipe, data, who released it, and the inputs it saw."""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.deploy import seen
from dure.plant.deploy.blocks import Verdict
from dure.plant.deploy.keeping import INPUT, OUTPUT
from dure.plant.deploy.models import Deployment, Tenure
from dure.plant.registry import signature_of, steps_of
from dure.vocabulary import InputError, Text

if TYPE_CHECKING:
    from dure.plant.registry import ModelVersion

#: A prediction is looked for at the asked moment and so far before it. [ns]
BEFORE_NS = 86_400 * 10**9


class NoPrediction(InputError):
    """A signal that no model writes, or a moment at which none had spoken."""

    key = "prediction-unknown"
    says = Text(
        "No model's prediction is stored for {where} at {at}.", "{where}에는 {at} 시점의 예측이 없습니다."
    )
    remedy = Text(
        "Name a signal deploy/NUMBER/EQUIPMENT/prediction and a time at which it has a sample.",
        "deploy/번호/설비/prediction 신호와 값이 있는 시각을 지정하세요.",
    )


def trace(signal: str, at: int, folder: Path) -> dict[str, Any]:
    """What stands behind the newest prediction of `signal` at or before `at` [ns since 1970 UTC].

    Parameters
    ----------
    signal
        `deploy/<number>/<equipment>/<what>`.
    folder
        Where the worker keeps what models saw: `home/scored`.

    Returns
    -------
    `signal`, `time`, `value`, `verdict`, `asset`, `inputs` [{column, signal, value, low, high}], `model` {id, version,
    fingerprint, family, recipe, calibration, signature}, `data` {fingerprint, learnt_from, asked}, `released` {by, at, note},
    `stood` {place, since, until, by, reason, state}.

    Raises
    ------
    NoPrediction
    """
    place, asset, what = _parts(signal, at)
    for tenure in _tenures(place, at):
        row = _row(folder / tenure.memory, asset, at, tenure)
        if row is not None:
            return _told(signal, what, place, tenure, row)
    raise NoPrediction(signal, at=_iso(at))


def _parts(signal: str, at: int) -> tuple[Deployment, str, str]:
    kind, _slash, rest = signal.partition("/")
    number, _slash, rest = rest.partition("/")
    asset, _slash, what = rest.rpartition("/")
    found = (
        Deployment.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 12 else None
    )
    if kind != "deploy" or found is None or not asset:
        raise NoPrediction(signal, at=_iso(at))
    return found, asset, what


def _tenures(place: Deployment, at: int) -> list[Tenure]:
    """Who stood there at that moment, and just before: a tick is decided a little later than it lies."""
    found = Tenure.objects.filter(deployment=place, began__lte=at + BEFORE_NS).select_related("model", "by")
    standing = [one for one in found if one.ended is None or one.ended + BEFORE_NS >= at]
    return sorted(standing, key=lambda one: (not (one.began <= at < (one.ended or 2**63)), -one.began))


def _row(folder: Path, asset: str, at: int, tenure: Tenure) -> Mapping[str, Any] | None:
    """The newest scored tick of an asset at or before a moment, as it was written down."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not folder.is_dir():
        return None
    table = seen.read(folder, max(0, at - BEFORE_NS))
    if table is None:
        return None
    wanted = pc.and_(pc.equal(table["asset"], asset), pc.less_equal(table["time"], at))
    wanted = pc.and_(
        wanted, pc.equal(table["verdict"], pa.scalar(int(Verdict.SCORED), table["verdict"].type))
    )
    rows = table.filter(wanted)
    if tenure.ended is not None:
        rows = rows.filter(pc.less_equal(rows["time"], tenure.ended))
    if not rows.num_rows:
        return None
    newest = int(pc.max(rows["time"]).as_py())
    found: dict[str, Any] = rows.filter(pc.equal(rows["time"], newest)).slice(0, 1).to_pylist()[0]
    return found


def _told(
    signal: str, what: str, place: Deployment, tenure: Tenure, row: Mapping[str, Any]
) -> dict[str, Any]:
    model = tenure.model
    inputs = {one["name"]: one for one in model.card.get("inputs") or ()}
    named: dict[str, str] = next((one["inputs"] for one in place.assets if one["asset"] == row["asset"]), {})
    values = {name.removeprefix(INPUT): value for name, value in row.items() if name.startswith(INPUT)}
    outputs = {
        name.removeprefix(OUTPUT): value
        for name, value in row.items()
        if name.startswith(OUTPUT) and value is not None and not isnan(value)
    }
    return {
        "signal": signal,
        "asset": row["asset"],
        "time": _iso(int(row["time"])),
        "value": row.get("label") if what == "prediction" and row.get("label") else outputs.get(what),
        "said": {**outputs, **({"label": row["label"]} if row.get("label") else {})},
        "state": row.get("state") or "",
        "inputs": [
            {"column": name, "signal": named.get(name, ""), "value": value, "unit": one.get("unit") or "",
             "low": one.get("usual_low"), "high": one.get("usual_high")}
            for name, value in values.items() if (one := inputs.get(name)) is not None
        ],
        "model": _model(model, place, tenure),
        "data": {"fingerprint": model.dataset_fingerprint, "learnt_from": list(model.learnt_from), "asked": model.asked, "rows": model.card.get("rows")},
        "released": _released(model, int(row["time"])),
        "stood": {"place": place.name, "number": place.pk, "since": _iso(tenure.began), "until": _iso(tenure.ended) if tenure.ended else "", "by": str(tenure.by), "reason": tenure.reason, "state": tenure.state or place.state},
    }  # fmt: skip


def _model(model: "ModelVersion", place: Deployment, tenure: Tenure) -> dict[str, Any]:
    signature = signature_of(model)
    own = next((one for one in (place, *place.challengers.all()) if one.folder == tenure.memory), place)
    return {
        "id": model.pk,
        "version": model.title,
        "fingerprint": model.fingerprint,
        "family": model.card.get("family"),
        "recipe": steps_of(model),
        "calibration": own.calibration,
        "trained_by": str(model.trained_by),
        "signature": {"signer": signature.signer, "key": signature.key, "holds": signature.holds},
    }


def _released(model: "ModelVersion", at: int) -> dict[str, Any]:
    """The release in force at a moment [ns], else the newest."""
    moment = datetime.fromtimestamp(at / 1e9, UTC)
    found = model.releases.select_related("by").order_by("-at")
    one = next(
        (
            one
            for one in found
            if one.at <= moment and (one.withdrawn_at is None or one.withdrawn_at > moment)
        ),
        None,
    )
    one = one or found.first()
    return {"by": str(one.by), "at": one.at.isoformat(), "note": one.note} if one else {}


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1e9, UTC).isoformat()
