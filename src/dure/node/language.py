"""In which language a request is answered: the person's own, else the browser's."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from dure.vocabulary import use_language

type_of_view = Callable[[HttpRequest], HttpResponse]


def speak(answer: type_of_view) -> type_of_view:
    """Middleware: pages and the words of `vocabulary` speak the same language.

    A language chosen in this browser (the cookie) wins over the person's, which wins over the browser's.
    """

    def answered(request: HttpRequest) -> HttpResponse:
        own = getattr(request.user, "language", "")
        if own and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(own)
            request.LANGUAGE_CODE = own
        with use_language(translation.get_language() or settings.LANGUAGE_CODE):
            return answer(request)

    return answered
