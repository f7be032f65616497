"""The endpoints of the HTTPS binding: every answer is the protocol's own, and a stranger sees only 404.

Provider and consumer live under one address: the process tells on which side we are.
"""

from collections.abc import Callable, Iterable
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from dure.sharing.exchange import composing, introduced, moving, taking
from dure.sharing.exchange.machine import MACHINES, Machine
from dure.sharing.exchange.messages import MOST_BYTES, read, write
from dure.sharing.exchange.refusals import MessageWrong, UnknownProcess
from dure.vocabulary import DureError, use_language

log = structlog.get_logger("exchange")
Fault = Callable[[str, list[str]], dict[str, Any]]


def versions(_request: HttpRequest) -> HttpResponse:
    """Which versions of the protocol are spoken here, and where (unversioned, open to everybody)."""
    spoken = {
        "version": "2025-1",
        "path": "/" + introduced.PATH,
        "binding": "HTTPS",
        "identifierType": "did:web",
        "serviceId": "dure",
        "auth": {"protocol": "DCP", "version": "1.0", "profile": ["vc11-sl2021/jwt"]},
    }
    return JsonResponse({"protocolVersions": [spoken]})


@csrf_exempt
def catalogue(request: HttpRequest) -> HttpResponse:
    """`POST catalog/request`: what whoever asks may see."""

    def answer() -> dict[str, Any]:
        peer = _peer(request)
        read(_body(request), "CatalogRequestMessage")
        return _catalog(introduced.offered_to(peer))

    return _answered(request, "POST", composing.catalog_error, answer)


@csrf_exempt
def dataset(request: HttpRequest, pid: str) -> HttpResponse:
    """`GET catalog/datasets/:id`: one dataset."""

    def answer() -> dict[str, Any]:
        peer = _peer(request)
        found = introduced.offered(peer, pid)
        if found is None:
            raise UnknownProcess(pid[:100])
        return write("Dataset", {name: value for name, value in found.items() if name not in _OURS})

    return _answered(request, "GET", composing.catalog_error, answer)


@csrf_exempt
def first(request: HttpRequest, kind: str, message: str) -> HttpResponse:
    """The message that begins a process: `negotiations/request`, `negotiations/offers`, `transfers/request`."""
    machine = MACHINES[kind]

    def answer() -> dict[str, Any]:
        peer = _peer(request)
        said = read(_body(request), message)
        return composing.told(taking.take_first(machine, machine.name_of(message), said, peer))

    return _answered(request, "POST", _fault(machine), answer, status=201)


@csrf_exempt
def process(request: HttpRequest, kind: str, pid: str) -> HttpResponse:
    """`GET negotiations/:pid`, `GET transfers/:pid`: where it stands."""
    machine = MACHINES[kind]

    def answer() -> dict[str, Any]:
        found = moving.seen(machine, pid, _peer(request))
        return composing.told(found)

    return _answered(request, "GET", _fault(machine), answer)


@csrf_exempt
def about(request: HttpRequest, kind: str, pid: str, message: str) -> HttpResponse:
    """A message about a process that is there."""
    machine = MACHINES[kind]

    def answer() -> dict[str, Any]:
        peer = _peer(request)
        moving.seen(machine, pid, peer)
        said = read(_body(request), message)
        name = machine.name_of(message, said.get("eventType", ""))
        return composing.told(taking.take(machine, pid, name, said, peer))

    return _answered(request, "POST", _fault(machine), answer)


@csrf_exempt
def nothing(_request: HttpRequest, **_more: str) -> HttpResponse:
    """Every other path below the protocol's."""
    return JsonResponse(composing.catalog_error("dsp-unknown", ["There is nothing here."]), status=404)


_OURS = ("@context", "@type")


def _catalog(datasets: Iterable[dict[str, Any]]) -> dict[str, Any]:
    own = introduced.own()
    shown = [{"@type": "Dataset", **{n: v for n, v in one.items() if n not in _OURS}} for one in datasets]
    service = {
        "@id": f"{introduced.address()}#service",
        "@type": "DataService",
        "endpointURL": introduced.address(),
    }
    return write(
        "Catalog",
        {
            "@id": f"{introduced.address()}#catalog",
            "participantId": own,
            "service": [service],
            "dataset": shown or None,
        },
    )


def _fault(machine: Machine) -> Fault:
    return lambda code, reasons: composing.error(machine, code, reasons)


def _peer(request: HttpRequest) -> Any:
    # Whatever is wrong with a token, the answer is the same as for a path that is not there.
    header = request.headers.get("Authorization", "")
    try:
        if header:
            return introduced.verified(header, timezone.now())
    except DureError as refused:
        log.info("exchange.not_verified", why=refused.key)
    raise UnknownProcess("process")


def _body(request: HttpRequest) -> bytes:
    if request.content_type not in {"application/json", "application/ld+json"}:
        raise MessageWrong("Content-Type", wrong="is not application/json")
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > MOST_BYTES:
        raise MessageWrong("message", wrong=f"is longer than {MOST_BYTES} bytes")
    try:
        return request.body
    except (RequestDataTooBig, UnreadablePostError) as refused:
        raise MessageWrong("message", wrong="cannot be read") from refused


def _answered(
    request: HttpRequest, method: str, fault: Fault, answer: Callable[[], dict[str, Any]], status: int = 200
) -> HttpResponse:
    if request.method != method:
        refused = JsonResponse(fault("dsp-method", [f"Use {method}."]), status=405)
        refused["Allow"] = method
        return refused
    with use_language("en"):
        try:
            return JsonResponse(answer(), status=status)
        except UnknownProcess:
            return JsonResponse(fault("dsp-unknown", ["There is nothing here."]), status=404)
        except DureError as refused_with:
            return JsonResponse(fault(refused_with.key, [refused_with.message]), status=400)
        except Exception:  # ours, not theirs: they may come again
            log.exception("exchange.fault", path=request.path)
            return JsonResponse(fault("dsp-fault", ["Try again later."]), status=503)
