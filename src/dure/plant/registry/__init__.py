"""Registry: which models the node holds, what each learnt from, and who released it for the line."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.plant.registry.models import ModelVersion, Release
    from dure.plant.registry.releases import (
        AlreadyReleased,
        NotReleased,
        PackageChanged,
        RoleMissing,
        open_model,
        register,
        release,
        require_role,
        withdraw,
    )

__all__ = [
    "AlreadyReleased",
    "ModelVersion",
    "NotReleased",
    "PackageChanged",
    "Release",
    "RoleMissing",
    "open_model",
    "register",
    "release",
    "require_role",
    "withdraw",
]
_MODELS = {"ModelVersion", "Release"}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{'models' if name in _MODELS else 'releases'}"), name)
