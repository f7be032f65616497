"""Models of the registry by name or version, opened once a process."""

from functools import lru_cache
from typing import TYPE_CHECKING

from dure.plant.registry import ModelVersion, open_model

if TYPE_CHECKING:
    from dure.science.learn import Model


class Registered:
    """The registry as formulas ask it."""

    def find(self, name: str) -> tuple[str, str] | None:
        """Id and task of the version that a name or id means: of a name the newest released one, else the newest."""
        known = _by_id(name)
        if known is not None:
            return known
        found = list(ModelVersion.objects.filter(name__iexact=name.strip()).order_by("-created")[:50])
        if not found:
            return None
        one = next((model for model in found if model.release is not None), found[0])
        return str(one.pk), one.task

    def open(self, id: str) -> "Model":  # noqa: A002 - the word everyone uses
        """The model of a version, its package checked as it is opened."""
        return _opened(id)


_KNOWN: dict[str, tuple[str, str]] = {}


def _by_id(name: str) -> tuple[str, str] | None:
    if name not in _KNOWN:
        found = ModelVersion.objects.filter(pk=name[:16]).first() if len(name) <= 16 else None
        if found is None:
            return None
        _KNOWN[name] = (str(found.pk), found.task)
    return _KNOWN[name]


@lru_cache(maxsize=8)
def _opened(id_: str) -> "Model":
    return open_model(ModelVersion.objects.get(pk=id_))
