"""The look of dure, as Django finds it."""

from django.apps import AppConfig


class Web(AppConfig):
    """Layout, sign-in, language and forms."""

    name = "dure.foundation.web"
    label = "web"
