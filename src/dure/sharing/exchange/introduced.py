"""What the exchange takes from elsewhere: who we are, who asks, what is offered, what comes next. Settings name them.

=====================  ====================================================  =========================================
Setting                Function                                              Without it
=====================  ====================================================  =========================================
DURE_DSP_VERIFIER      ``(header, now) -> peer`` with `did` and `claims`     `participants.verified`
DURE_DSP_TOKEN         ``(audience) -> header``                              `participants.token_for`, as Bearer
DURE_DSP_OWN           ``() -> did``                                         `participants.own().did`
DURE_PUBLIC_URL        (text) where others reach this node                   the node always has it
DURE_OFFERS            ``(peer) -> datasets`` with `hasPolicy`               `catalog.offered_to`
DURE_DSP_DECIDES       ``(process, step) -> Move | None``                    `deciding.decide`
DURE_DSP_DATA          ``(transfer) -> data address``                        none: a person starts transfers
DURE_DSP_FACTS         ``(dataset id) -> facts`` frozen in the agreement     nothing is frozen
DURE_DSP_CALL          ``(method, url, body, headers) -> Answer``            `calling.over_http`
=====================  ====================================================  =========================================
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

PATH = "dsp/2025-1"


@dataclass(frozen=True, slots=True)
class Peer:
    """Who sent a message, as the verifier found it."""

    did: str
    claims: dict[str, Any] = field(default_factory=dict)


def _named(setting: str) -> Callable[..., Any] | None:
    # A dotted path, as settings name functions; or the function itself.
    named = getattr(settings, setting, "")
    found: Callable[..., Any] | None = (
        import_string(named) if isinstance(named, str) and named else named or None
    )
    return found


def _room(room: str, name: str) -> Any:
    return getattr(import_module(f"dure.sharing.{room}"), name)


def verified(header: str, now: datetime) -> Any:
    """Who sent a message with this `Authorization`; whatever the verifier raises means nobody."""
    verify = _named("DURE_DSP_VERIFIER") or _room("participants", "verified")
    return verify(header, now)


def authorization(audience: str) -> str:
    """The `Authorization` under which `audience` knows us."""
    if (token := _named("DURE_DSP_TOKEN")) is not None:
        return str(token(audience))
    return f"Bearer {_room('participants', 'token_for')(audience)}"


def own() -> str:
    """Our participant id."""
    find = _named("DURE_DSP_OWN")
    return str(find() if find else _room("participants", "own")().did)


def address() -> str:
    """Where others reach our endpoints, without a slash at the end."""
    return f"{settings.DURE_PUBLIC_URL}/{PATH}"


def offered_to(peer: Any) -> Iterable[dict[str, Any]]:
    """The datasets that `peer` may see, each as the catalogue's `Dataset`."""
    find = _named("DURE_OFFERS")
    if find is None:
        return list(_room("catalog", "offered_to")(peer.did, endpoint=address()))
    return list(find(peer))


def offered(peer: Any, dataset: str) -> dict[str, Any] | None:
    """The dataset as `peer` sees it; None if it is not there for them."""
    if _named("DURE_OFFERS") is None:
        seen = (
            _room("catalog", "offered_to")(peer.did, endpoint=address(), dataset=dataset) if dataset else []
        )
    else:
        seen = offered_to(peer)
    return next((one for one in seen if one.get("@id") == dataset), None)


def call() -> Any:
    """How other connectors are called; see `calling.Call`."""
    return _named("DURE_DSP_CALL") or import_string("dure.sharing.exchange.calling.over_http")


def decider() -> Callable[[Any, str], Any]:
    """What decides the next step of ours after each change."""
    return _named("DURE_DSP_DECIDES") or import_string("dure.sharing.exchange.deciding.decide")


def data_for(transfer: Any) -> dict[str, Any] | None:
    """The data address of a transfer that we begin to serve; None leaves it to a person."""
    find = _named("DURE_DSP_DATA")
    return None if find is None else find(transfer)


def facts_of(dataset: str) -> dict[str, Any]:
    """Metadata, schema and quality of a dataset as they are now."""
    find = _named("DURE_DSP_FACTS")
    return {} if find is None else dict(find(dataset))
