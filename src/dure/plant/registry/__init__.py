"""Registry: which models the node holds, what each learnt from, and who released it for the line."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.plant.registry.lineages import (
        Change,
        Signature,
        before,
        changes,
        measure_row,
        signature_of,
        steps_of,
        versions,
    )
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
    "Change",
    "ModelVersion",
    "NotReleased",
    "PackageChanged",
    "Release",
    "RoleMissing",
    "Signature",
    "before",
    "changes",
    "measure_row",
    "open_model",
    "register",
    "release",
    "require_role",
    "signature_of",
    "steps_of",
    "versions",
    "withdraw",
]
_MODELS = {"ModelVersion", "Release"}
_LINEAGES = {
    "Change",
    "Signature",
    "before",
    "changes",
    "measure_row",
    "signature_of",
    "steps_of",
    "versions",
}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    place = "models" if name in _MODELS else "lineages" if name in _LINEAGES else "releases"
    return getattr(import_module(f"{__name__}.{place}"), name)
