"""Versions of a procedure's text: drafted, compared, tried on past cases, put in force; old cases keep theirs."""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from dure.foundation.ledger import record
from dure.foundation.procedure.flow import Flow, flow_of
from dure.foundation.procedure.form import Form, form_of
from dure.foundation.procedure.models import Case, Edition
from dure.foundation.procedure.refusals import ProcedureUnknown
from dure.foundation.procedure.score import Score, score_of
from dure.foundation.procedure.written import KINDS, read
from dure.science.formula import Kind

if TYPE_CHECKING:
    from dure.foundation.parties import Person


def in_force(kind: str, name: str) -> Edition:
    """The version that a new case takes; raises `ProcedureUnknown`."""
    found = Edition.objects.filter(kind=kind, name=name, since__isnull=False, until__isnull=True).first()
    if found is None:
        known = Edition.objects.filter(kind=kind, since__isnull=False, until__isnull=True)
        raise ProcedureUnknown(name, kind=kind, known=", ".join(known.values_list("name", flat=True)) or "–")
    return found


def form(edition: Edition) -> Form:
    """The form of a version."""
    return _form(edition.text, str(edition))


def flow(edition: Edition) -> Flow:
    """The flow of a version."""
    return _flow(edition.text, str(edition))


def score(edition: Edition) -> Score:
    """The score of a version."""
    return _score(edition.text, str(edition))


_form = lru_cache(256)(form_of)
_flow = lru_cache(256)(flow_of)
_score = lru_cache(256)(score_of)


def draft(
    kind: str, text: str, by: "Person | None" = None, note: str = "", *, shipped: bool = False
) -> Edition:
    """A new version, checked and kept, not yet in force.

    Raises
    ------
    ProcedureWrong
        If the text breaks its format, or its guards name what its forms do not ask.
    """
    name = checked(kind, text)
    number = (Edition.objects.filter(kind=kind, name=name).aggregate(Max("number"))["number__max"] or 0) + 1
    return Edition.objects.create(
        kind=kind, name=name, number=number, text=text, sha256=fingerprint(text), note=note, by=by, shipped=shipped
    )  # fmt: skip


def checked(kind: str, text: str) -> str:
    """The name of a procedure whose text is right; raises `ProcedureWrong`."""
    if kind == "form":
        return form_of(text).id
    if kind == "score":
        return score_of(text).id
    found = flow_of(text)
    return flow_of(text, known=kinds_of(found)).id


def kinds_of(of: Flow, forms: Mapping[str, Form] | None = None) -> dict[str, Kind]:
    """Kinds of every fact that a flow's guards may name: its own, and the answers of the forms in force."""
    kinds = dict(of.facts)
    for name in dict.fromkeys([of.form, *(move.form for move in of.moves)]):
        if name:
            asked = forms[name] if forms and name in forms else form(in_force("form", name))
            kinds |= asked.kinds
    return kinds


def activate(edition: Edition, by: "Person | None" = None, now: datetime | None = None) -> Edition:
    """Put a version in force; the one before stays with the cases that began under it."""
    now = now or timezone.now()
    with transaction.atomic():
        checked(edition.kind, edition.text)
        same = Edition.objects.select_for_update().filter(kind=edition.kind, name=edition.name)
        same.filter(since__isnull=False, until__isnull=True).exclude(pk=edition.pk).update(until=now)
        edition.since, edition.until = now, None
        edition.save(update_fields=["since", "until"])
        facts = {"version": edition.number, "sha256": edition.sha256}
        record(
            f"person:{by.pk}" if by else "node", "procedure.in_force", f"{edition.kind}:{edition.name}", facts
        )
    return edition


def listed() -> list[dict[str, Any]]:
    """Every procedure: kind, name, the version in force (0 for none) and since when, versions, open cases."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    open_cases = dict(Case.objects.filter(closed=None).values_list("flow__name").annotate(Count("pk")))
    for one in Edition.objects.order_by("kind", "name", "number"):
        fresh = {
            "kind": one.kind,
            "name": one.name,
            "version": 0,
            "since": None,
            "versions": 0,
            "open_cases": 0,
        }
        line = found.setdefault((one.kind, one.name), fresh)
        line["versions"] += 1
        line["open_cases"] = open_cases.get(one.name, 0) if one.kind == "flow" else 0
        if one.since and not one.until:
            line |= {"version": one.number, "since": one.since.isoformat()}
    return list(found.values())


def difference(before: str, after: str) -> tuple[str, ...]:
    """Lines of two texts, as a unified difference without its head."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return tuple(lines)[2:]


@dataclass(frozen=True)
class Change:
    """What a new version would have done otherwise with one case: the move, and whether it would now be allowed."""

    case: Case
    move: str
    was: bool
    would_be: bool


def preview(text: str, most: int = 200) -> tuple[Change, ...]:
    """Moves of past cases of a flow that its new text would have decided otherwise.

    Each move that was made is asked again, with the facts as they are kept: one that is not there any more, leads
    elsewhere, is not the role's, or whose guard does not hold, would have been refused.
    """
    from dure.foundation.procedure.preview import changes

    return changes(flow_of(text), most)


def fingerprint(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def install(folders: Iterable[Path]) -> int:
    """Put the procedures of a release in force: `<name>.<kind>.yaml`. How many are new.

    One that a centre has written itself stays in force; the release's text then lies beside it as a draft, once.
    """
    files = [path for folder in folders for path in sorted(folder.glob("*.yaml")) if _kind(path) in KINDS]
    ordered = sorted(files, key=lambda path: ("form", "score", "flow").index(_kind(path)))
    return sum(_install(_kind(path), path.read_text("utf-8"), path.name) for path in ordered)


def _kind(path: Path) -> str:
    return path.suffixes[-2][1:] if len(path.suffixes) > 1 else ""


def _install(kind: str, text: str, name: str) -> bool:
    id = read(kind, text, name).values["id"]  # noqa: A001 - the format's own word
    known = Edition.objects.filter(kind=kind, name=id)
    if known.filter(sha256=fingerprint(text)).exists():
        return False
    own = known.filter(since__isnull=False, until__isnull=True, shipped=False).exists()
    edition = draft(kind, text, shipped=True)
    if not own:
        activate(edition)
    return True
