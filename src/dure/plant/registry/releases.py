"""A package is taken in, released by a named person, and withdrawn; each of it is written in the ledger."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import timezone

from dure.foundation.ledger import record
from dure.plant.registry.models import ModelVersion, Release
from dure.vocabulary import ModelRefused, NotPermitted, Text, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.science.learn import Model

ID_LENGTH = 12


class RoleMissing(NotPermitted):
    """A person without the role that an act takes."""

    key = "role-missing"
    says = Text("{where} takes the role {role}.", "{where}에는 {role} 역할이 필요합니다.")
    remedy = Text(
        "Ask the owner, or let someone with the role do it.",
        "소유자에게 요청하거나 해당 역할의 담당자가 진행하세요.",
    )


class AlreadyReleased(ModelRefused):
    """A second release of a model whose release is in force."""

    key = "model-already-released"
    says = Text("{where} is released already, by {by}.", "{where}은(는) 이미 {by} 님이 출시했습니다.")
    remedy = Text("Withdraw that release first.", "먼저 그 출시를 철회하세요.")


class NotReleased(ModelRefused):
    """A model that nobody has released for the line, or whose release was withdrawn."""

    key = "model-not-released"
    says = Text("{where} is not released.", "{where}은(는) 출시되지 않았습니다.")
    remedy = Text("An engineer or owner releases it first.", "엔지니어나 소유자가 먼저 출시해야 합니다.")


def require_role(by: "Person", role: str, what: str) -> None:
    """Raise `RoleMissing` unless `by` may do `what`, which takes `role`."""
    if not by.has_role(role):
        raise RoleMissing(what, role=role)


def register(  # noqa: PLR0913 - what a version must know of its making
    folder: Path,
    name: str,
    by: "Person",
    *,
    learnt_from: Sequence[str] = (),
    dataset_fingerprint: str = "",
    trust: bool = False,
    lineage: str = "",
    asked: Mapping[str, Any] | None = None,
) -> ModelVersion:
    """Take the package in `folder` into the node under `name`; the same package again gives the same version.

    Parameters
    ----------
    folder
        The package as `train` wrote it; it is copied, the folder stays as it is.
    learnt_from
        Ids of the datasets it learnt from.
    trust
        Take it although its signer is not among the trusted ones.
    lineage
        Of which model it is the next version; that of its name when empty.
    asked
        What its training was asked, see `ModelVersion`.

    Raises
    ------
    ModelRefused
        If the package does not verify.
    RoleMissing
        If `by` is neither engineer nor owner.
    """
    from dure.science.learn import fingerprint, load

    require_role(by, "engineer", name)
    card = dict(load(folder, trust=trust, home=home()).card)
    print_ = fingerprint(folder)
    if known := ModelVersion.objects.filter(fingerprint=print_).first():
        return known
    id_ = print_.rsplit(":", 1)[-1][:ID_LENGTH]
    _copy(folder, home() / "models" / id_)
    facts: dict[str, Any] = {"name": name, "fingerprint": print_, "learnt_from": list(learnt_from)}
    with transaction.atomic():
        line = lineage or name
        newest = ModelVersion.objects.filter(lineage=line).aggregate(models.Max("number"))["number__max"] or 0
        model, made = ModelVersion.objects.get_or_create(
            fingerprint=print_,
            defaults={
                "id": id_,
                "name": name,
                "lineage": line,
                "number": newest + 1,
                "asked": dict(asked or {}),
                "task": card["task"],
                "card": card,
                "learnt_from": list(learnt_from),
                "dataset_fingerprint": dataset_fingerprint,
                "trained_by": by,
                "trusted_by_hand": trust,
            },
        )
        if made:
            facts |= {"lineage": line, "number": model.number}
            record(f"person:{by.pk}", "model.registered", f"model:{model.pk}", facts)
    return model


def _copy(folder: Path, place: Path) -> None:
    """Copy a package whole or not at all; the disk holds it when this returns."""
    if place.exists():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(prefix=".", dir=place.parent))
    try:
        shutil.copytree(folder, unfinished, dirs_exist_ok=True, symlinks=True)
        for path in (*unfinished.rglob("*"), unfinished):
            _sync(path)
        unfinished.rename(place)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    _sync(place.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def release(model: ModelVersion, by: "Person", note: str = "") -> Release:
    """Put `by`'s name under `model` for the line.

    Raises
    ------
    RoleMissing
        If `by` is neither engineer nor owner.
    AlreadyReleased
        If a release is in force.
    """
    require_role(by, "engineer", str(model))
    with transaction.atomic():
        held = ModelVersion.objects.select_for_update().get(pk=model.pk)
        if held.release is not None:
            raise AlreadyReleased(str(model), by=str(held.release.by))
        released = Release.objects.create(model=held, by=by, note=note)
        facts: dict[str, Any] = {"fingerprint": held.fingerprint, "note": note, "metric": held.metric}
        record(f"person:{by.pk}", "model.released", f"model:{held.pk}", facts)
    return released


def withdraw(model: ModelVersion, by: "Person", reason: str) -> Release:
    """End the release in force; whatever runs of it stops scoring at its next tick.

    Raises
    ------
    RoleMissing
        If `by` is neither engineer nor owner.
    NotReleased
        If none is in force.
    """
    require_role(by, "engineer", str(model))
    with transaction.atomic():
        held = ModelVersion.objects.select_for_update().get(pk=model.pk)
        released = held.release
        if released is None:
            raise NotReleased(str(model))
        released.withdrawn_by, released.withdrawn_at, released.withdrawn_note = by, timezone.now(), reason
        released.save()
        record(f"person:{by.pk}", "model.withdrawn", f"model:{held.pk}", {"reason": reason})
    return released


def open_model(model: ModelVersion) -> "Model":
    """The model of a version held; its signature, size and trees are checked again as it is opened."""
    from dure.science.learn import fingerprint, load

    if fingerprint(model.folder) != model.fingerprint:
        raise PackageChanged(str(model))
    return load(model.folder, trust=model.trusted_by_hand, home=home())


class PackageChanged(ModelRefused):
    """A package whose files are no longer those that were registered."""

    key = "model-changed"
    says = Text(
        "The files of {where} are not those that were registered.",
        "{where}의 파일이 등록된 것과 다릅니다.",
    )
    remedy = Text("Register the package again.", "패키지를 다시 등록하세요.")
