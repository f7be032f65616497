"""Other catalogues' words for a dataset: DCAT as JSON-LD, and CKAN's `package_search`; read as plain JSON, bounded.

Source: DCAT 3 (W3C, 2024); CKAN API 3, https://docs.ckan.org/en/2.12/api/
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

MOST_TEXT, MOST_KEYWORDS, MOST_NODES = 5000, 60, 20_000
_PREFIXES = (
    "dcat:", "dct:", "dcterms:", "foaf:", "http://www.w3.org/ns/dcat#", "https://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/",
    "http://xmlns.com/foaf/0.1/",
)  # fmt: skip


def of_dcat(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Origin and fields of each dataset in a JSON-LD document: a catalogue, a graph, a list, or one dataset."""
    nodes = list(_nodes(document, []))
    known = {one["@id"]: one for one in nodes if isinstance(one.get("@id"), str) and len(one) > 1}
    seen: set[str] = set()
    for node in nodes:
        origin = str(node.get("@id") or _word(_get(node, "identifier")) or "")[:400]
        if "Dataset" in _types(node) and origin and origin not in seen:
            seen.add(origin)
            yield origin, _dcat_fields(node, known)


def _nodes(value: Any, found: list[dict[str, Any]], depth: int = 0) -> list[dict[str, Any]]:
    if len(found) >= MOST_NODES or depth > 20:
        return found
    if isinstance(value, dict):
        found.append(value)
        for name, inner in value.items():
            if name != "@context":
                _nodes(inner, found, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _nodes(inner, found, depth + 1)
    return found


def _types(node: Mapping[str, Any]) -> set[str]:
    told = node.get("@type", [])
    return {_bare(one) for one in (told if isinstance(told, list) else [told]) if isinstance(one, str)}


def _bare(name: str) -> str:
    prefix = next((one for one in _PREFIXES if name.startswith(one)), "")
    return name[len(prefix) :]


def _get(node: Mapping[str, Any], name: str) -> Any:
    return next((value for key, value in node.items() if _bare(key) == name), None)


def _dcat_fields(node: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    titles, told = _by_language(_get(node, "title")), _by_language(_get(node, "description"))
    publisher = _followed(_get(node, "publisher"), known)
    distribution = _followed(_get(node, "distribution"), known)
    checksum = _followed(_get(distribution, "spdx:checksum") or _get(distribution, "checksum"), known)
    period = _followed(_get(node, "temporal"), known)
    digest = _word(checksum.get("spdx:checksumValue") or checksum.get("checksumValue")).lower()
    return {
        "title_en": titles[0][:300], "title_ko": titles[1][:300], "description_en": told[0], "description_ko": told[1],
        "keywords": _keywords(_words(_get(node, "keyword"))),
        "publisher": str(publisher.get("@id", ""))[:300], "publisher_name": _word(_get(publisher, "name"))[:200],
        "address": _word(_get(node, "landingPage") or _get(distribution, "accessURL") or node.get("@id"))[:2000],
        "licence": _word(_get(node, "license") or _get(distribution, "license"))[:300],
        "fingerprint": digest if len(digest) == 64 else "",
        "start": _moment(_word(_get(period, "startDate"))), "end": _moment(_word(_get(period, "endDate"))),
    }  # fmt: skip


def _followed(value: Any, known: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, str):
        return known.get(first, {"@id": first})
    if isinstance(first, dict):
        return (
            known.get(first["@id"], first)
            if set(first) == {"@id"} and isinstance(first["@id"], str)
            else first
        )
    return {}


def _words(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield from _words(one.get("@value", one.get("@id")))
        elif isinstance(one, (str, int, float)):
            yield str(one)


def _word(value: Any) -> str:
    return next(_words(value), "")


def _by_language(value: Any) -> tuple[str, str]:
    """English, or whatever is no Korean, and Korean, told apart by the tag, else by the letters."""
    en = ko = ""
    for one in value if isinstance(value, list) else [value]:
        tag = str(one.get("@language", "")) if isinstance(one, dict) else ""
        for text in _words(one):
            if tag == "ko" or (not tag and korean(text)):
                ko = ko or text
            elif not en or tag == "en":
                en = text
    return en[:MOST_TEXT], ko[:MOST_TEXT]


def korean(text: str) -> bool:
    """Whether there is a Korean syllable in a text."""
    return any("가" <= letter <= "힣" for letter in text)


def _keywords(words: Iterable[str]) -> list[str]:
    return [one[:200] for one in dict.fromkeys(words) if one][:MOST_KEYWORDS]


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def of_ckan(answer: Any) -> tuple[int, list[tuple[str, dict[str, Any]]]]:
    """How many packages there are, and origin and fields of those on this page; `ValueError` if CKAN said no."""
    result = answer.get("result") if isinstance(answer, dict) and answer.get("success") is True else None
    if not isinstance(result, dict) or not isinstance(result.get("results"), list):
        raise ValueError("no result of package_search")  # noqa: TRY004 - what it says is wrong, not our call
    count = result.get("count")
    packages = [
        one
        for one in result["results"]
        if isinstance(one, dict) and isinstance(one.get("id"), str) and one["id"]
    ]
    return count if isinstance(count, int) else len(packages), [
        (one["id"][:400], _ckan_fields(one)) for one in packages
    ]


def _ckan_fields(one: Mapping[str, Any]) -> dict[str, Any]:
    title, notes = str(one.get("title") or one.get("name") or ""), str(one.get("notes") or "")
    said = one.get("organization")
    organisation: dict[str, Any] = said if isinstance(said, dict) else {}
    tags = [
        tag.get("display_name") or tag.get("name") for tag in one.get("tags") or [] if isinstance(tag, dict)
    ]
    resources = [res for res in one.get("resources") or [] if isinstance(res, dict)]
    hashes = (str(res.get("hash") or "").lower().removeprefix("sha256:") for res in resources)
    address = next((str(res["url"]) for res in resources if res.get("url")), str(one.get("url") or ""))
    return {
        "title_en": "" if korean(title) else title[:300], "title_ko": title[:300] if korean(title) else "",
        "description_en": "" if korean(notes) else notes[:MOST_TEXT], "description_ko": notes[:MOST_TEXT] if korean(notes) else "",
        "keywords": _keywords(str(tag) for tag in tags if tag),
        "publisher_name": str(organisation.get("title") or one.get("author") or "")[:200], "publisher": "",
        "address": address[:2000], "licence": str(one.get("license_url") or one.get("license_id") or "")[:300],
        "fingerprint": next((digest for digest in hashes if len(digest) == 64 and digest.isalnum()), ""),
        "start": None, "end": None,
    }  # fmt: skip
