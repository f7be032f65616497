"""Django's views of a test behind a real server in this process."""

import threading
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from types import ModuleType
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from django.urls import path


class Threading(ThreadingMixIn, WSGIServer):
    daemon_threads = False

    def handle_error(self, *_words):
        pass


class Silent(WSGIRequestHandler):
    def log_message(self, *_words):
        pass


@contextmanager
def served(view, prefix="data"):
    """Base address of transfer `t1`."""
    routes = [path(f"{prefix}/<transfer>", view), path(f"{prefix}/<transfer>/<what>", view), path(f"{prefix}/<transfer>/<what>/<name>", view)]  # fmt: skip
    urls = ModuleType("urls_of_a_test")
    urls.urlpatterns = routes
    with override_settings(ROOT_URLCONF=urls, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], LOGGING_CONFIG=None):
        server = make_server(
            "127.0.0.1", 0, get_wsgi_application(), server_class=Threading, handler_class=Silent
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{prefix}/t1"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
