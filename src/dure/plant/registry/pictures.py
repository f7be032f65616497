"""A model's report on its page: the sections of its paper, their pictures as they are written into the page."""

from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

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
    return Documents(model.card, kept.metrics, kept.report, kept.fingerprint, checked)


def parts_of(documents: Documents) -> list[Part]:
    """The report in the language of the page."""
    return [Part(one, tuple(_drawn(one))) for one in sections(documents)]


def _drawn(section: Section) -> list[SafeString]:
    return [mark_safe(picture_html(one)) for one in section.pictures]  # noqa: S308 - escaped where it is drawn
