"""Versions of one model: what changed from one to the next, who signed each, and both judged on the same rows."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dure.plant.registry.models import ModelVersion
from dure.plant.registry.wording import FAMILIES
from dure.science.learn import measure_name
from dure.science.paper import figure
from dure.vocabulary import DureError, InputError, Text, home

if TYPE_CHECKING:
    from dure.plant.inventory import Upload

DATA, ROWS, STRETCH = Text("Data", "데이터"), Text("Rows", "행"), Text("Recorded", "기록 기간")
INPUTS, STEPS, FAMILY = Text("Inputs", "입력"), Text("Recipe", "레시피"), Text("Family", "모델 종류")
JUDGED, NOTHING = Text("Judged on", "검증 방법"), Text("–", "–")
MOST_NAMES = 8
#: Rows on which two versions are judged while the page waits.
MOST_ROWS = 300_000


class RowsTooMany(InputError):
    """A table on which two versions are not judged while somebody waits."""

    key = "compare-rows-too-many"
    says = Text(
        "{where} has {rows} rows; at most {most} are compared on a page.",
        "{where}은(는) {rows}행입니다. 페이지에서는 {most}행까지 비교합니다.",
    )
    remedy = Text("Use a shorter stretch, or dure evaluate.", "더 짧은 구간이나 dure evaluate를 쓰세요.")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing beside the other: what, in the older version and in the newer one."""

    what: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """Whether it changed."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a package: the name in it, a key that a person can compare, and whether it holds now."""

    signer: str
    key: str
    holds: bool


def versions(model: ModelVersion) -> Sequence[ModelVersion]:
    """All versions of its lineage, newest first."""
    found = ModelVersion.objects.filter(lineage=model.lineage).select_related("trained_by")
    return list(found.prefetch_related("releases__by", "deployments").order_by("-number"))


def before(model: ModelVersion) -> ModelVersion | None:
    """The version before it; None for the first."""
    older = ModelVersion.objects.filter(lineage=model.lineage, number__lt=model.number)
    return older.order_by("-number").first()


def signature_of(model: ModelVersion, *, check: bool = True) -> Signature:
    """Whose signature its package bears; `check` verifies it over every file, as `open_model` does."""
    try:
        written = json.loads((model.folder / "signature.json").read_bytes())
        public = base64.b64decode(written["key"], validate=True)
    except (OSError, ValueError, KeyError, TypeError, binascii.Error):
        return Signature("", "", holds=False)
    digest = hashlib.sha256(public).hexdigest()
    return Signature(
        str(written.get("signer", ""))[:40], f"{digest[:8]}:{digest[8:16]}", not check or _holds(model)
    )


def _holds(model: ModelVersion) -> bool:
    from dure.science.learn import fingerprint, load

    try:
        load(model.folder, trust=model.trusted_by_hand, home=home())
        return fingerprint(model.folder) == model.fingerprint
    except (DureError, OSError):
        return False


def changes(older: ModelVersion, newer: ModelVersion) -> list[Change]:
    """What both are made of, row by row: data, inputs, recipe, family and how each was judged."""
    told = [(what, _said(older, what), _said(newer, what)) for what in _TOLD]
    return [Change(str(what), old, new) for what, old, new in told]


def metrics(older: ModelVersion, newer: ModelVersion) -> list[dict[str, str]]:
    """Each measure of both beside its null, as each was judged when it was trained."""
    keys = [
        key
        for key in {**older.metric, **newer.metric}
        if _number(older.metric.get(key)) or _number(newer.metric.get(key))
    ]
    return [measure_row(key, [(older.metric, older.null), (newer.metric, newer.null)]) for key in keys]


def measure_row(key: str, parts: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> dict[str, str]:
    """A measure's name, and the value and null of each part, in words for a table."""
    (old, old_null), (new, new_null) = parts
    values = {
        "before": old.get(key),
        "before_null": old_null.get(key),
        "after": new.get(key),
        "after_null": new_null.get(key),
    }
    return {
        "name": measure_name(key),
        **{name: figure(value) if _number(value) else "–" for name, value in values.items()},
    }


def on_same_rows(older: ModelVersion, newer: ModelVersion, upload: "Upload") -> dict[str, Any]:
    """Both versions on the rows of one file, beside the null; `learnt`: versions that learnt from these very rows.

    Raises
    ------
    RowsTooMany, ModelRefused, TableProblem
    """
    from dure.plant.registry.releases import open_model
    from dure.science.learn import evaluate
    from dure.science.prepare import read_each

    if upload.rows > MOST_ROWS:
        raise RowsTooMany(upload.title, rows=f"{upload.rows:,}", most=f"{MOST_ROWS:,}")
    tables = read_each([str(upload.path)])
    found = [evaluate(open_model(one), tables, target=one.card.get("target")) for one in (older, newer)]
    keys = [key for key in found[1]["metric"] if _number(found[1]["metric"][key])]
    parts = [(one["metric"], one["null"]) for one in found]
    learnt = [one.title for one in (older, newer) if one.dataset_fingerprint == upload.fingerprint]
    return {
        "rows": found[1]["rows"],
        "lines": [measure_row(key, parts) for key in keys],
        "learnt": learnt,
        "title": upload.title,
    }


def _said(model: ModelVersion, what: Text) -> str:
    return _TOLD[what](model) or str(NOTHING)


def _rows(model: ModelVersion) -> str:
    return f"{model.card['rows']:,}" if isinstance(model.card.get("rows"), int) else ""


def _data(model: ModelVersion) -> str:
    names = [str(one) for one in model.learnt_from]
    more = f" … ({len(names)})" if len(names) > MOST_NAMES else ""
    return (
        ", ".join(names[:MOST_NAMES])
        + more
        + (f" · {model.dataset_fingerprint[:12]}" if model.dataset_fingerprint else "")
    )


def _stretch(model: ModelVersion) -> str:
    from datetime import UTC, datetime

    table = dict(model.asked.get("table") or {})
    ends = [datetime.fromtimestamp(int(table[key]) / 1e9, UTC) for key in ("start", "end") if key in table]
    return " – ".join(f"{one:%Y-%m-%d %H:%M} UTC" for one in ends)


def _inputs(model: ModelVersion) -> str:
    return ", ".join(str(one["name"]) for one in model.card.get("inputs") or ())


def _steps(model: ModelVersion) -> str:
    return ", ".join(str(one.get("step", "?")) for one in steps_of(model))


def steps_of(model: ModelVersion) -> list[dict[str, Any]]:
    """The steps of its recipe as the package holds them; none if the package cannot be read."""
    try:
        recipe = json.loads((model.folder / "recipe.json").read_bytes())
    except (OSError, ValueError):
        return []
    steps = recipe.get("steps") or (recipe.get("recipe") or {}).get("steps") or []
    return [dict(one) for one in steps if isinstance(one, dict)]


def _family(model: ModelVersion) -> str:
    return str(FAMILIES.get(str(model.card.get("family")), model.card.get("family") or ""))


def _judged(model: ModelVersion) -> str:
    found = model.card.get("validation") or {}
    words = found.get("words")
    return (
        str(Text(**words))
        if isinstance(words, dict) and {"en", "ko"} <= words.keys()
        else str(words or found.get("kind") or "")
    )


_TOLD = {
    DATA: _data, STRETCH: _stretch, ROWS: _rows, INPUTS: _inputs, STEPS: _steps, FAMILY: _family, JUDGED: _judged,
}  # fmt: skip


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
