"""An entry in the words of DCAT-AP 3, as JSON-LD, with its quality in those of DQV.

Source: DCAT-AP 3.0.1 (SEMIC, 2024); DCAT 3 (W3C, 2024); W3C Data Quality Vocabulary (2016), `dqv:QualityMeasurement`.
What DCAT has no word for (columns, events, rates) stands in a vocabulary of our own, `dure:`, beside it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from dure.sharing.catalog.models import Entry
from dure.sharing.catalog.quantities import BY_ID
from dure.vocabulary import Text

CONTEXT: dict[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/", "odrl": "http://www.w3.org/ns/odrl/2/", "xsd": "http://www.w3.org/2001/XMLSchema#",
    "spdx": "http://spdx.org/rdf/terms#", "skos": "http://www.w3.org/2004/02/skos/core#", "adms": "http://www.w3.org/ns/adms#",
    "qk": "http://qudt.org/vocab/quantitykind/", "vcard": "http://www.w3.org/2006/vcard/ns#", "dure": "urn:dure:catalog#",
}  # fmt: skip
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/PARQUET"
NOBODY = "urn:dure:publisher:unnamed"


def to_dcat(entry: Entry, endpoint: str = "") -> dict[str, Any]:
    """One entry as a JSON-LD document of its own; `endpoint` is where its access begins."""
    return {"@context": CONTEXT, **_dataset(entry, endpoint or entry.address)}


def catalogue(
    entries: Iterable[Entry], *, address: str, title: Text, publisher: tuple[str, str], endpoint: str = ""
) -> dict[str, Any]:
    """A whole catalogue as JSON-LD; a publisher is DID and name."""
    told = [_dataset(one, endpoint or one.address) for one in entries]
    return {
        "@context": CONTEXT,
        "@id": _iri(address),
        "@type": "dcat:Catalog",
        "dct:title": _both(title),
        "dct:description": _both(
            Text("Datasets that are offered here.", "여기에서 제공하는 데이터셋입니다.")
        ),
        "dct:publisher": _agent(*publisher),
        "dcat:dataset": told,
    }


def _dataset(entry: Entry, endpoint: str) -> dict[str, Any]:
    here = f"urn:dure:entry:{entry.pk}"
    columns = [_column(here, at, one) for at, one in enumerate(entry.columns)]
    told: dict[str, Any] = {
        "@id": here,
        "@type": "dcat:Dataset",
        "dct:identifier": entry.pk,
        "dct:title": _both(entry.title) or [{"@language": "en", "@value": entry.pk}],
        "dct:description": _both(entry.description)
        or _both(entry.title)
        or [{"@language": "en", "@value": entry.pk}],
        "dcat:keyword": [
            {"@language": "ko" if _korean(one) else "en", "@value": one}
            for one in map(str, entry.keywords)
            if one
        ],
        "dct:publisher": _agent(entry.publisher, entry.publisher_name),
        "dct:issued": _time(entry.issued),
        "dct:modified": _time(entry.seen_at),
        "dcat:distribution": [_distribution(entry, here, endpoint)],
        "dqv:hasQualityMeasurement": [_measurement(here, at, one) for at, one in enumerate(entry.quality)],
        "dure:column": columns,
        "dure:event": [_event(here, at, one) for at, one in enumerate(entry.events)],
        "dure:rows": _number(entry.rows, "xsd:integer"),
        "dure:equipment": entry.equipment or None,
        "dure:state": entry.state,
    }
    if entry.start or entry.end:
        period = {"@id": f"{here}#period", "@type": "dct:PeriodOfTime"}
        told["dct:temporal"] = period | {
            name: _time(at) for name, at in (("dcat:startDate", entry.start), ("dcat:endDate", entry.end)) if at
        }  # fmt: skip
    rates = [one["rate"] for one in entry.columns if one.get("rate")]
    if rates:
        told["dcat:temporalResolution"] = {
            "@type": "xsd:duration",
            "@value": f"PT{1 / max(rates):.9f}".rstrip("0").rstrip(".") + "S",
        }
    return {name: value for name, value in told.items() if value not in (None, [], "")}


def _distribution(entry: Entry, here: str, endpoint: str) -> dict[str, Any]:
    access = _iri(endpoint) if endpoint else f"{here}#access"
    told: dict[str, Any] = {
        "@id": f"{here}#distribution",
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": access, "@type": "http://www.w3.org/2000/01/rdf-schema#Resource"},
        "dct:title": _both(entry.title),
        "dct:format": {"@id": FILE_TYPE, "@type": "dct:MediaTypeOrExtent"},
    }
    if entry.offers:
        told["odrl:hasPolicy"] = [_policy(here, at) for at in range(len(entry.offers))]
    if entry.fingerprint:
        told["spdx:checksum"] = {
            "@id": f"{here}#checksum",
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256", "@type": "spdx:ChecksumAlgorithm"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": entry.fingerprint},
        }
    if entry.licence:
        told["dct:license"] = {"@id": _iri(entry.licence), "@type": "dct:LicenseDocument"}
    return {name: value for name, value in told.items() if value}


def _policy(here: str, at: int) -> dict[str, Any]:
    # The offer itself is answered by the Dataspace Protocol; here stands that there is one, and which.
    return {"@id": f"{here}#offer-{at + 1}", "@type": ["odrl:Offer", "odrl:Policy"]}


def _agent(did: str, name: str) -> dict[str, Any]:
    shown = name or did or "–"
    return {"@id": _iri(did) if did else NOBODY, "@type": "foaf:Agent", "foaf:name": shown}


def _measurement(here: str, at: int, one: dict[str, Any]) -> dict[str, Any]:
    metric = f"urn:dure:measure:{quote(str(one['key']), safe='')}"
    return {
        "@id": f"{here}#quality-{at}",
        "@type": "dqv:QualityMeasurement",
        "dqv:computedOn": {"@id": here},
        "dqv:value": _number(one["value"], "xsd:double"),
        "dqv:isMeasurementOf": {
            "@id": metric,
            "@type": "dqv:Metric",
            "skos:prefLabel": _both(Text(one["en"], one["ko"])),
            "dqv:inDimension": {"@id": f"urn:dure:characteristic:{quote(one.get('characteristic') or 'other', safe='')}", "@type": "dqv:Dimension"},
            "dqv:expectedDataType": {"@id": "xsd:double"},
        },
    }  # fmt: skip


def _column(here: str, at: int, one: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "@id": f"{here}#column-{at}",
        "@type": "dure:Column",
        "dure:name": one["name"],
        "dure:unit": one.get("unit"),
    }
    if one.get("quantity") in BY_ID:
        told["dure:quantity"] = {"@id": f"qk:{one['quantity']}"}
    for name in ("rate", "low", "high", "missing"):
        if one.get(name) is not None:
            told[f"dure:{name}"] = _number(one[name], "xsd:double")
    if one.get("semantic_id"):
        told["dure:semanticId"] = one["semantic_id"]
    return {name: value for name, value in told.items() if value}


def _event(here: str, at: int, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "@id": f"{here}#event-{at}",
        "@type": "dure:Event",
        "dct:identifier": one["kind"],
        "skos:prefLabel": _both(Text(one["en"], one["ko"])),
        "dure:count": _number(one.get("count", 0), "xsd:integer"),
    }


def _both(text: Text) -> list[dict[str, str]]:
    return [
        {"@language": name, "@value": said}
        for name, said in (("en", text.en), ("ko", text.ko))
        if said.strip()
    ]


def _korean(word: str) -> bool:
    return any("가" <= letter <= "힣" for letter in word)


def _number(value: float, kind: str) -> dict[str, str]:
    return {"@type": kind, "@value": str(int(value)) if kind == "xsd:integer" else repr(float(value))}


def _time(value: datetime) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": value.isoformat()}


def _iri(written: str) -> str:
    """An address as an IRI can hold it."""
    return quote(written, safe=":/?#[]@!$&'()*+,;=%-._~")
