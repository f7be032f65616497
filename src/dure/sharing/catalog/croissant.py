"""An entry as Croissant metadata: the fields of its table, for who reads data sets for learning.

Source: MLCommons, "Croissant Format Specification 1.0" (2024).
"""

import re
from collections.abc import Iterator
from typing import Any

from dure.sharing.catalog.models import Entry
from dure.sharing.catalog.quantities import label_of

_TYPES = {"number": "sc:Float", "text": "sc:Text", "time": "sc:DateTime", "yes-no": "sc:Boolean"}
_TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format", "includes",
    "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated", "replace",
    "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/", "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/", "sc": "https://schema.org/", **{name: f"cr:{name}" for name in _TERMS},
}  # fmt: skip


def to_croissant(entry: Entry, address: str = "") -> dict[str, Any]:
    """The entry as JSON-LD; `address` is where its table is read once a contract is there."""
    table = {
        "@type": "cr:FileObject", "@id": "table", "name": "table", "contentUrl": address or f"{entry.pk}.parquet",
        "encodingFormat": "application/x-parquet",
    }  # fmt: skip
    if entry.fingerprint:  # what grows has none
        table["sha256"] = entry.fingerprint
    told: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": _name(entry.title.en or entry.pk),
        "alternateName": entry.title.ko,
        "description": entry.description.en or entry.title.en or entry.pk,
        "identifier": entry.pk,
        "version": "1.0.0",
        "datePublished": entry.issued.isoformat(),
        "creator": {"@type": "sc:Organization", "name": entry.publisher_name or entry.publisher or "–"},
        "license": entry.licence or f"urn:dure:entry:{entry.pk}#offer-1",
        "url": entry.address or f"urn:dure:entry:{entry.pk}",
        "keywords": [str(one) for one in entry.keywords],
        "isLiveDataset": not entry.fingerprint,
        "distribution": [table],
        "recordSet": [{"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "field": list(_fields(entry))}],
    }  # fmt: skip
    return {name: value for name, value in told.items() if value not in ("", [], None)}


def _fields(entry: Entry) -> Iterator[dict[str, Any]]:
    taken: set[str] = set()
    for column in entry.fields:
        id_ = _name(column.name)
        while id_ in taken:
            id_ += "_"
        taken.add(id_)
        label = label_of(column.quantity).en if column.quantity else ""
        facts = (
            label,
            f"unit {column.unit} (UCUM)" if column.unit else "",
            f"{column.rate:g} Hz" if column.rate else "",
        )
        yield {
            "@type": "cr:Field", "@id": f"rows/{id_}", "name": column.name,
            "description": "; ".join(filter(None, facts)) or column.name, "dataType": _TYPES.get(column.type, "sc:Text"),
            "source": {"fileObject": {"@id": "table"}, "extract": {"column": column.name}},
        }  # fmt: skip


def _name(written: str) -> str:
    """A name without blanks and signs.

    >>> _name("Temp [C]")
    'Temp_C'
    """
    return re.sub(r"[^\w.-]+", "_", written).strip("_") or "dataset"
