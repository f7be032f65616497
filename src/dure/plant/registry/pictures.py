"""A model's report on its page: the sections of its paper, their pictures as they are written into the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from dure.plant.inventory import Upload
from dure.plant.registry.models import ModelVersion
from dure.science.learn import Documents, sections
from dure.science.paper import Section, picture_html


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a report, with its pictures as HTML."""

    section: Section
    pictures: tuple[SafeString, ...]


def documents_of(model: ModelVersion, *, checked: bool = False) -> Documents:
    """What the model's package holds for its report; the card is the registry's own copy."""
    kept = Documents.of(model.folder)
    return Documents(model.card, kept.metrics, kept.report, _with_titles(kept.fingerprint), checked)


def _with_titles(fingerprint: Mapping[str, Any]) -> Mapping[str, Any]:
    """The files it learnt from by the names under which people brought them in, instead of ours."""
    sources = [dict(one) for one in fingerprint.get("sources") or ()]
    if not sources:
        return fingerprint
    names = {str(one.get("name")) for one in sources}
    titles = dict(Upload.objects.filter(file__in=names).values_list("file", "title"))
    return {
        **fingerprint,
        "sources": [{**one, "name": titles.get(one["name"], one["name"])} for one in sources],
    }


def parts_of(documents: Documents) -> list[Part]:
    """The report in the language of the page."""
    return [Part(one, tuple(_drawn(one))) for one in sections(documents)]


def _drawn(section: Section) -> list[SafeString]:
    return [mark_safe(picture_html(one)) for one in section.pictures]  # noqa: S308 - escaped where it is drawn
