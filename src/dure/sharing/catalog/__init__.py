"""Catalogue: what others may find, and what somebody needs; a dataset is offered in one act from what the inventory knows.

- `DatasetFacts`, `Column`, `Event`, `Measured`, `Shelf`: what the node gives of a dataset; `publish`, `withdraw`, `offered_to`.
- `Entry`: what may be found. `to_dcat`, `to_croissant`: the same in the words of DCAT-AP 3 and of Croissant.
- `search`, `Results`: words in Korean and English, and facets. `sketch`, `likeness`: the same content under other names.
- `feed`, `take_in`: the signed feed of changes, both ends. `harvest`, `Source`: other catalogues, by feed, DCAT or CKAN.
- `Need`, `fits`, `common`: what is missing, who nearly has it, and what many miss.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dure.sharing.catalog.facts import Column, DatasetFacts, Event, Measured, Shelf
from dure.sharing.catalog.needs import Lack, Near, Need
from dure.sharing.catalog.refusals import (
    DatasetUnknown,
    EntryUnknown,
    FeedRefused,
    HarvestFailed,
    NeedWrong,
)
from dure.sharing.catalog.sketching import likeness, sketch

if TYPE_CHECKING:
    from dure.sharing.catalog.croissant import to_croissant
    from dure.sharing.catalog.dcat import to_dcat
    from dure.sharing.catalog.feeding import feed, take_in
    from dure.sharing.catalog.finding.asking import Results, search
    from dure.sharing.catalog.fitting import common, fits
    from dure.sharing.catalog.harvesting import harvest
    from dure.sharing.catalog.models import Entry, PostedNeed, Source
    from dure.sharing.catalog.publishing import offered_to, publish, withdraw

_WHERE = {
    "Entry": "models",
    "PostedNeed": "models",
    "Results": "finding.asking",
    "Source": "models",
    "common": "fitting",
    "feed": "feeding",
    "fits": "fitting",
    "harvest": "harvesting",
    "offered_to": "publishing",
    "publish": "publishing",
    "search": "finding.asking",
    "take_in": "feeding",
    "to_croissant": "croissant",
    "to_dcat": "dcat",
    "withdraw": "publishing",
}
__all__ = [
    "Column",
    "DatasetFacts",
    "DatasetUnknown",
    "Entry",
    "EntryUnknown",
    "Event",
    "FeedRefused",
    "HarvestFailed",
    "Lack",
    "Measured",
    "Near",
    "Need",
    "NeedWrong",
    "PostedNeed",
    "Results",
    "Shelf",
    "Source",
    "common",
    "feed",
    "fits",
    "harvest",
    "likeness",
    "offered_to",
    "publish",
    "search",
    "sketch",
    "take_in",
    "to_croissant",
    "to_dcat",
    "withdraw",
]


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _WHERE:
        raise AttributeError(name)
    found = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = found  # a function stands before the file of its name
    return found
