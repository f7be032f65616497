"""Simple offers to choose from, and any offer in a plain sentence. What is finer is made where contracts are made."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    from dure.sharing.policies import Policy

OFFERS = (
    ("", Text("can be found only", "검색만 허용")),
    ("use", Text("may be used, not passed on", "이용 허용, 재제공 금지")),
    ("pass", Text("may be used and passed on", "이용과 재제공 허용")),
)


def offer_of(terms: str, dataset: str, did: str) -> "Policy | None":
    """The offer of those terms for a dataset; None where it is only to be found."""
    from dure.sharing.policies import Policy

    if terms not in {"use", "pass"}:
        return None
    told: dict[str, Any] = {
        "@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Offer", "@id": f"urn:dure:offer:{dataset}:{terms}",
        "target": f"urn:dure:dataset:{dataset}", "assigner": did, "permission": [{"action": "use"}],
    }  # fmt: skip
    if terms == "pass":
        told["permission"].append({"action": "distribute"})
    else:
        told["prohibition"] = [{"action": "distribute"}]
    return Policy.from_odrl(told)


def spoken(offer: Mapping[str, Any], title: Text) -> Text:
    """An offer in plain sentences, in both languages; if it cannot be read, that is said."""
    from dure.sharing.policies import Policy, plain

    try:
        policy = Policy.from_odrl(offer)
        target = str(offer.get("target", ""))
        return Text(plain(policy, {target: title.en}).en, plain(policy, {target: title.ko}).ko)
    except DureError:
        return Text(
            "This offer is written in a way that cannot be read here.",
            "여기에서 읽을 수 없는 형식의 제안입니다.",
        )
