"""A provider as a process of its own: Django's view behind the standard library's threading server.

Arguments: port, file, home. Prints `ready`; token `good` opens transfer `t1`; with DURE_TEST_SLOW each chunk takes
that many seconds to read. (Not a setting: it is read by this script only.)
"""

import json
import sys
import time
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path


class Threading(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_words):
        pass


def main() -> None:
    options = json.loads(sys.argv[1])
    settings.configure(
        ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", MIDDLEWARE=[], LOGGING_CONFIG=None
    )
    django.setup()
    from dure.sharing.delivery import FileHeld, ReceiptBook, StandingFiles, Tokens, bearer, chunk_view
    from sharing.delivery.signing import check, expected, sign

    held = FileHeld.of(Path(options["file"]), options.get("chunk", 65_536))
    read, slow = held.read, options.get("slow", 0.0)

    class Slow:
        manifest = held.manifest

        def read(self, index):
            time.sleep(slow)
            return read(index)

    home = Path(options["home"])
    tokens = Tokens(b"s" * 32, StandingFiles(home / "tokens"), time.time, life=options.get("life", 600.0))
    book = ReceiptBook(
        home / "receipts", lambda one: expected(held.manifest) if one == "t1" else None, sign("did:web:provider"), check,
        lambda one, _receipt: tokens.end(one),
    )  # fmt: skip
    view = chunk_view(
        lambda one: Slow() if one == "t1" else None,
        lambda request, one: tokens.opens(one, bearer(request)),
        rotate=tokens.next, receipt=book.take,
    )  # fmt: skip
    global urlpatterns  # noqa: PLW0603 - Django looks for it in this module
    urlpatterns = [
        path("data/<transfer>", view),
        path("data/<transfer>/<what>", view),
        path("data/<transfer>/<what>/<name>", view),
    ]
    server = make_server(
        "127.0.0.1", options["port"], get_wsgi_application(), server_class=Threading, handler_class=Silent
    )
    print("ready", json.dumps(tokens.first("t1")), flush=True)  # noqa: T201 - how the test hears of it
    server.serve_forever()


urlpatterns: list = []

if __name__ == "__main__":
    main()
