"""Rule sets: which measure must reach what, which laws hold between columns, what each column must be; data, in YAML or JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dure.sharing.certification.blocks import BLOCK_ROWS
from dure.sharing.certification.refusals import RulesWrong
from dure.sharing.certification.writing import canonical
from dure.vocabulary import Text

SHIPPED = Path(__file__).parent / "rules"
MOST_CHARACTERS = 200_000
HOLD = {"psi": 0.25, "missing": 0.05, "days": 365}
POWER = {"rows": 3_000, "trials": 20}


@dataclass(frozen=True)
class RuleSet:
    """A rule set as it is written, checked; equal values give the same hash, however they were laid out."""

    values: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its name and version, as `sensor-table/1`."""
        return f"{self.values['id']}/{self.values['version']}"

    @property
    def label(self) -> Text:
        """Its name for people."""
        return Text(self.values["en"], self.values["ko"])

    @property
    def hash(self) -> str:
        """SHA-256 of its canonical JSON."""
        return f"sha256:{hashlib.sha256(canonical(dict(self.values)).encode()).hexdigest()}"

    @property
    def hold(self) -> Mapping[str, float]:
        """How far newer data may move, and for how many days it holds."""
        return {**HOLD, **self.values.get("hold", {})}

    @property
    def power(self) -> Mapping[str, int]:
        """Rows of the stretch and trials a magnitude by which detection power is measured."""
        return {**POWER, **self.values.get("power", {})}

    @property
    def block_rows(self) -> int:
        """Rows of a block."""
        return int(self.values.get("block_rows", BLOCK_ROWS))

    @property
    def named(self) -> bool:
        """Whether the certificate names the columns; else they are numbered."""
        return bool(self.values.get("columns", "named") == "named")


def shipped() -> tuple[str, ...]:
    """Names of the rule sets that come with us.

    >>> shipped()
    ('conformity', 'learning-table', 'sensor-table')
    """
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def rules(asked: str | Path) -> RuleSet:
    """The rule set of that shipped name, or in that file.

    >>> rules("sensor-table").id
    'sensor-table/1'

    Raises
    ------
    RulesWrong
        If there is none, or it breaks `rules.schema.json`.
    """
    path = SHIPPED / f"{asked}.yaml" if str(asked) in shipped() else Path(asked)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as absent:
        raise _wrong(str(asked), "it is not there.", "파일이 없습니다.") from absent
    return rules_of(text, str(asked))


def rules_of(text: str, name: str = "rules") -> RuleSet:
    """The rule set written in YAML (JSON is YAML); raises `RulesWrong`."""
    import yaml

    if len(text) > MOST_CHARACTERS:
        raise _wrong(name, "it is too long.", "너무 깁니다.")
    try:
        if any(isinstance(one, yaml.AliasEvent) for one in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise _wrong(name, "it uses anchors.", "별칭을 씁니다.")
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as odd:
        why = str(getattr(odd, "problem", None) or "YAML").splitlines()[0]
        raise _wrong(name, f"it is no YAML ({why}).", f"YAML 형식이 아닙니다({why}).") from odd
    return checked(values, name)


def checked(values: Any, name: str = "rules") -> RuleSet:
    """The rule set of these values; raises `RulesWrong`."""
    worst = next(
        iter(sorted(_validator().iter_errors(values), key=lambda one: str(list(one.absolute_path)))), None
    )
    if worst is not None:
        place = ".".join(str(one) for one in worst.absolute_path) or "–"
        raise _wrong(name, f"{place}: {worst.message[:200]}", f"{place}: {worst.message[:200]}")
    return RuleSet(values)


def _wrong(name: str, en: str, ko: str) -> RulesWrong:
    return RulesWrong(name, fault=Text(en, ko), known=", ".join(shipped()))


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    schema = json.loads((Path(__file__).parent / "rules.schema.json").read_text("utf-8"))
    return Draft202012Validator(schema)
