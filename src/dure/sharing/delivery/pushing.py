"""Delivery the other way round: the provider puts chunks to an address that the consumer gave.

```
PUT  <base>/manifest       answered with {"lacking": [first, end, first, end, …]}: the stretches to send
PUT  <base>/chunks/<name>  one chunk; refused unless it is in the manifest and has its hash
POST <base>/done           answered with {"whole": true} once everything lies on the consumer's disk
```
`push_whole` sends one body instead, for a sink of another maker.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from dure.sharing.delivery.asking import BROKEN, Asking
from dure.sharing.delivery.held import Held
from dure.sharing.delivery.into import Into
from dure.sharing.delivery.keeping import keep, kept
from dure.sharing.delivery.manifest import MOST_MANIFEST, NAME, Manifest, name_of
from dure.sharing.delivery.opening import Opener, opened, parsed
from dure.sharing.delivery.receiving import Delivered, Patience
from dure.sharing.delivery.refusals import SourceSilent
from dure.sharing.delivery.serving import body_of, nothing
from dure.sharing.delivery.tokens import Bearer
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

Result = TypeVar("Result")


class Inbox(Protocol):
    """What a consumer keeps of one pushed transfer."""

    @property
    def root(self) -> str:
        """The Merkle root that was agreed."""
        ...

    @property
    def into(self) -> Into:
        """Where its chunks go."""
        ...

    def manifest(self) -> Manifest | None:
        """The manifest, once it has come."""
        ...

    def take(self, manifest: Manifest) -> None:
        """Keep the manifest."""
        ...

    def whole(self, manifest: Manifest) -> None:
        """Everything is there, on the disk."""
        ...


@dataclass(slots=True)
class InboxFile:
    """An inbox whose manifest is a file at `at`; `done` is called when all is there, perhaps more than once."""

    at: Path
    root: str
    into: Into
    done: Callable[[Manifest], None] = lambda _manifest: None
    _read: Manifest | None = field(default=None, init=False, repr=False)

    def manifest(self) -> Manifest | None:
        """The manifest, once it has come."""
        if self._read is None and (found := kept(self.at)):
            self._read = Manifest.from_json(found["manifest"].encode(), root=self.root)
        return self._read

    def take(self, manifest: Manifest) -> None:
        """Keep the manifest."""
        keep(self.at, {"manifest": manifest.to_json().decode()})
        self._read = manifest

    def whole(self, manifest: Manifest) -> None:
        """Tell whoever waits."""
        self.done(manifest)


def push(  # noqa: PLR0913 - as receive
    url: str,
    token: "str | Bearer",
    held: Held,
    *,
    opener: Opener = opened,
    patience: Patience | None = None,
    sleep: Callable[[float], None] = time.sleep,
    goes_on: Callable[[], bool] = lambda: True,
) -> Delivered:
    """Put what the other side lacks of `held` to `url`; may be run again after any interruption.

    Parameters
    ----------
    goes_on
        Asked before each chunk; False breaks off (the agreement has ended).

    Raises
    ------
    SourceSilent, SourceRefuses
        If the other side cannot be reached, does not take it, or the transfer has ended.
    """
    calm = patience or Patience()
    asking = Asking(parsed(url), Bearer(token) if isinstance(token, str) else token, opener, calm.timeout)
    manifest, sent = held.manifest, 0

    def patiently(do: Callable[[], Result]) -> Result:
        for failures in range(1, calm.tries + 1):
            try:
                return do()
            except BROKEN as broken:
                if failures == calm.tries:
                    raise SourceSilent(asking.shown, fault=str(broken)[:200] or "it breaks off") from broken
                sleep(calm.wait(failures))
        raise AssertionError("the last failure raises")

    try:
        told = patiently(lambda: asking.told("PUT", "/manifest", manifest.to_json(), most=MOST_MANIFEST))
        for index in _stretches(told.get("lacking"), len(manifest.chunks), asking.shown):
            if not goes_on():
                raise SourceSilent(asking.shown, fault="the transfer has ended")
            content = held.read(index)
            patiently(lambda: asking.answer("PUT", f"/chunks/{manifest.chunks[index]}", content))  # noqa: B023 - called before the next round
            sent += 1
        if patiently(lambda: asking.told("POST", "/done", b"{}")).get("whole") is not True:
            raise SourceSilent(asking.shown, fault="it does not have everything")
    finally:
        asking.close()
    return Delivered(manifest, sent, len(manifest.chunks) - sent)


def push_whole(
    url: str, headers: dict[str, str], held: Held, *, opener: Opener = opened, timeout: float = 60.0
) -> int:
    """Put everything to `url` as one body, for a sink that knows nothing of chunks; the HTTP status.

    Raises
    ------
    SourceSilent
        If it cannot be reached, or answers anything but 2xx.
    """
    base = parsed(url)
    asking = Asking(base, Bearer(""), opener, timeout)
    size = str(held.manifest.size)
    sent = {"Content-Length": size, "Content-Type": held.manifest.media_type, **headers}
    chunks: Iterator[bytes] = (held.read(index) for index in range(len(held.manifest.chunks)))
    connection = opener(base, timeout)
    try:
        connection.request("PUT", base.path or "/", body=chunks, headers=sent)
        with connection.getresponse() as answer:
            status = answer.status
    except BROKEN as broken:
        raise SourceSilent(asking.shown, fault=str(broken)[:200] or "it breaks off") from broken
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise SourceSilent(asking.shown, fault=f"HTTP {status}")
    return status


def take_view(
    inbox_of: Callable[[str], Inbox | None], authorised: Callable[["HttpRequest", str], bool]
) -> Callable[..., "HttpResponseBase"]:
    """The consumer's view for pushed deliveries, `(request, transfer, what, name="")`; 404 as in `chunk_view`."""

    def view(request: "HttpRequest", transfer: str, what: str, name: str = "") -> "HttpResponseBase":
        from django.http import JsonResponse

        inbox = inbox_of(transfer) if authorised(request, transfer) else None
        if inbox is None:
            return nothing()
        try:
            if (request.method, what) == ("PUT", "manifest"):
                return _begun(request, inbox)
            if (request.method, what) == ("PUT", "chunks"):
                return _taken(request, inbox, name)
            if (request.method, what) == ("POST", "done"):
                return _done(inbox)
        except DureError as refused:
            return JsonResponse({"error": refused.report()}, status=400)
        return nothing(405)

    view.csrf_exempt = True  # type: ignore[attr-defined] # Django reads this mark
    return view


def _begun(request: "HttpRequest", inbox: Inbox) -> "HttpResponseBase":
    from django.http import JsonResponse

    body = body_of(request, MOST_MANIFEST)
    if body is None:
        return JsonResponse({"error": "too long"}, status=413)
    manifest = Manifest.from_json(body, root=inbox.root)
    inbox.take(manifest)
    return JsonResponse({"lacking": stretches(_lacking(inbox, manifest))})


def _taken(request: "HttpRequest", inbox: Inbox, name: str) -> "HttpResponseBase":
    from django.http import HttpResponse, JsonResponse

    manifest = inbox.manifest()
    if manifest is None or not NAME.fullmatch(name) or name not in manifest.chunks:
        return nothing()
    content = body_of(request, manifest.chunk)
    if content is None or name_of(content) != name:
        return JsonResponse({"error": "these are not the bytes of that name"}, status=400)
    for index, one in enumerate(manifest.chunks):
        if one == name:  # the same bytes may stand in several places
            inbox.into.put(manifest, index, content)
    return HttpResponse(status=204)


def _done(inbox: Inbox) -> "HttpResponseBase":
    from django.http import JsonResponse

    manifest = inbox.manifest()
    if manifest is None:
        return nothing()
    lacking = stretches(_lacking(inbox, manifest))
    if lacking:
        return JsonResponse({"whole": False, "lacking": lacking})
    inbox.into.settle(manifest)
    inbox.whole(manifest)
    return JsonResponse({"whole": True})


def _lacking(inbox: Inbox, manifest: Manifest) -> list[int]:
    return [index for index in range(len(manifest.chunks)) if not inbox.into.has(manifest, index)]


def stretches(indices: Iterable[int]) -> list[int]:
    """Ascending numbers as first and end of each stretch.

    >>> stretches([0, 1, 2, 7, 8])
    [0, 3, 7, 9]
    """
    found: list[int] = []
    for index in indices:
        if found and found[-1] == index:
            found[-1] = index + 1
        else:
            found += [index, index + 1]
    return found


def _stretches(told: Any, count: int, shown: str) -> Iterator[int]:
    good = isinstance(told, list) and len(told) % 2 == 0 and all(type(one) is int for one in told)
    if not good or told != sorted(told) or not all(0 <= one <= count for one in told):
        raise SourceSilent(shown, fault="what it lacks is no list of stretches")
    for first, end in zip(told[::2], told[1::2], strict=True):
        yield from range(first, end)
