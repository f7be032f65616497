"""The provider's side over HTTP, as one Django view that a protocol room mounts where its transfers live.

```
GET  <base>                the whole, with Range (any HTTP client can take it)
GET  <base>/manifest       what it consists of
GET  <base>/chunks/<name>  one chunk by its hash
POST <base>/token          the next token; the old one holds until the new one is used
POST <base>/receipt        the consumer's receipt; answered with both signatures
```
Unknown, ended and unauthorised are one answer, 404, so that a stranger learns nothing.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from dure.sharing.delivery.held import Held
from dure.sharing.delivery.manifest import NAME
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

# How often a running answer asks whether it may go on [s]; the longest body of a question [bytes].
ASK_AGAIN, MOST_QUESTION = 1.0, 64 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

View = Callable[..., "HttpResponseBase"]


def chunk_view(
    manifest_of: Callable[[str], Held | None],
    authorised: Callable[["HttpRequest", str], bool],
    *,
    rotate: Callable[[str, str], dict[str, Any] | None] | None = None,
    receipt: Callable[[str, bytes], dict[str, Any]] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> View:
    """A view `(request, transfer, what="", name="")`; exempt from CSRF, for its callers bear a token and no cookie.

    Parameters
    ----------
    manifest_of
        What is delivered under a transfer's id, or None.
    authorised
        Whether this request may have it; asked at the begin and again every second while an answer runs, so that
        ending an agreement ends what is under way.
    rotate
        `(transfer, token) -> {"token", "until"}`, usually `Tokens.next`; None refuses.
    receipt
        `(transfer, body) -> the receipt with both signatures`; refusals are DureErrors.
    """

    def view(request: "HttpRequest", transfer: str, what: str = "", name: str = "") -> "HttpResponseBase":
        if request.method == "POST" and what == "token" and rotate is not None:
            return _rotated(request, transfer, rotate)
        if request.method == "POST" and what == "receipt" and receipt is not None:
            return _receipted(request, transfer, receipt, lambda: authorised(request, transfer))
        held = manifest_of(transfer) if authorised(request, transfer) else None
        if held is None:
            return nothing()
        return _got(request, held, what, name, _asked_again(lambda: authorised(request, transfer), clock))

    view.csrf_exempt = True  # type: ignore[attr-defined] # Django reads this mark
    return view


def _got(
    request: "HttpRequest", held: Held, what: str, name: str, goes_on: Callable[[], bool]
) -> "HttpResponseBase":
    if request.method not in ("GET", "HEAD"):
        return nothing(405)
    if what == "manifest":
        return _manifest(held)
    if what == "chunks":
        return _chunk(held, name)
    return _whole(request, held, goes_on) if what == "" else nothing()


def nothing(status: int = 404) -> "HttpResponseBase":
    """The one answer to whatever does not exist for whoever asks."""
    from django.http import JsonResponse

    return JsonResponse({"error": {405: "method not allowed"}.get(status, "not found")}, status=status)


def bearer(request: "HttpRequest") -> str:
    """The token of a request; empty without one. A bare token is taken as well, as other connectors send it."""
    given = str(request.headers.get("Authorization", ""))
    return given[7:].strip() if given[:7].lower() == "bearer " else given.strip()


def _rotated(
    request: "HttpRequest", transfer: str, rotate: Callable[[str, str], dict[str, Any] | None]
) -> "HttpResponseBase":
    from django.http import JsonResponse

    made = rotate(transfer, bearer(request))
    if made is None:
        return nothing()
    return JsonResponse(made, headers={"Cache-Control": "no-store"})


def _receipted(
    request: "HttpRequest",
    transfer: str,
    receipt: Callable[[str, bytes], dict[str, Any]],
    known: Callable[[], bool],
) -> "HttpResponseBase":
    """Both signatures. A receipt is proven by its signature: the token has ended when it is asked for once more."""
    from django.http import JsonResponse

    body = body_of(request, MOST_QUESTION)
    if body is None:
        return JsonResponse({"error": "too long"}, status=413) if known() else nothing()
    try:
        return JsonResponse(receipt(transfer, body))
    except DureError as refused:
        return JsonResponse({"error": refused.report()}, status=400) if known() else nothing()


def body_of(request: "HttpRequest", most: int) -> bytes | None:
    """The body of a request, at most `most` bytes of it; None when it is longer, or of no told length."""
    told = str(request.headers.get("Content-Length") or "")
    if not (told.isascii() and told.isdigit() and len(told) < 16) or int(told) > most:
        return None
    return bytes(request.read(int(told)))


def _manifest(held: Held) -> "HttpResponseBase":
    from django.http import HttpResponse

    return HttpResponse(
        held.manifest.to_json(), content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _chunk(held: Held, name: str) -> "HttpResponseBase":
    from django.http import HttpResponse

    # The name is looked for among the names of this manifest; it never becomes a path.
    if not NAME.fullmatch(name) or name not in held.manifest.chunks:
        return nothing()
    try:
        content = held.read(held.manifest.chunks.index(name))
    except (OSError, DureError):
        return _gone()
    return HttpResponse(content, content_type="application/octet-stream", headers={"ETag": f'"{name}"'})


def _gone() -> "HttpResponseBase":
    from django.http import JsonResponse

    return JsonResponse({"error": "the data is no longer what was agreed"}, status=410)


def _whole(request: "HttpRequest", held: Held, goes_on: Callable[[], bool]) -> "HttpResponseBase":
    from django.http import HttpResponse, StreamingHttpResponse

    manifest = held.manifest
    wanted = _range(request.headers.get("Range", ""), manifest.size)
    if wanted is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{manifest.size}"})
    first, end = wanted
    headers = {
        "Content-Length": str(end - first),
        "Accept-Ranges": "bytes",
        "ETag": f'"{manifest.root}"',
        "Cache-Control": "no-store",
    }
    part = "Range" in request.headers and manifest.size > 0
    if part:
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{manifest.size}"
    status = 206 if part else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=manifest.media_type, headers=headers)
    return StreamingHttpResponse(
        between(held, first, end, goes_on), status=status, content_type=manifest.media_type, headers=headers
    )


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; the whole for a range of another kind; None if it lies outside."""
    matched = _RANGE.fullmatch(header.strip())
    if matched is None or matched.groups() == ("", "") or size == 0:
        return 0, size
    first, last = matched.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) else None
    end = min(size, int(last) + 1) if last else size
    return (int(first), end) if int(first) < end else None


def between(held: Held, first: int, end: int, goes_on: Callable[[], bool] = lambda: True) -> Iterator[bytes]:
    """Bytes `first` to `end` (without it), chunk by chunk; breaks off, short of its length, once it may not go on."""
    size = held.manifest.chunk
    for index in range(first // size, -(-end // size)):
        if not goes_on():
            raise ConnectionAbortedError("the transfer has ended")
        content, start = held.read(index), index * size
        if start < first or start + len(content) > end:
            content = content[max(0, first - start) : end - start]
        yield content


def _asked_again(asks: Callable[[], bool], clock: Callable[[], float]) -> Callable[[], bool]:
    last = clock()

    def goes_on() -> bool:
        nonlocal last
        if clock() - last < ASK_AGAIN:
            return True
        last = clock()
        return asks()

    return goes_on


def question(body: bytes) -> dict[str, Any]:
    """A JSON object that somebody sent; anything else is empty.

    >>> question(b'{"a": 1}'), question(b"[1]"), question(b"{")
    ({'a': 1}, {}, {})
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
