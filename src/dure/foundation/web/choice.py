"""What a visitor chose: language and light or dark, kept in a cookie, and with the person when signed in."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

LANGUAGES = ("ko", "en")
LANGUAGE_COOKIE = "dure_language"
LOOKS = ("auto", "light", "dark")
LOOK_COOKIE = "dure_look"
YEAR = 365 * 24 * 3600
"""Life of both cookies. [s]"""


def look_of(request: "HttpRequest") -> str:
    """`light`, `dark`, or `auto`: as the device prefers."""
    look = request.COOKIES.get(LOOK_COOKIE, "auto")
    return look if look in LOOKS else "auto"
