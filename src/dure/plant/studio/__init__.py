"""Studio: the sheet, in which people prepare, build, try and release without code.

A `Sheet` is a source table that never changes and a list of actions, each written down before it is acknowledged;
`Desk` reckons the table from them. The actions are the recipe.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.plant.studio.contents import contents_lent
    from dure.plant.studio.desk import Desk
    from dure.plant.studio.models import Sheet
    from dure.plant.studio.opening import open_block, open_signals, open_upload

__all__ = ["Desk", "Sheet", "contents_lent", "open_block", "open_signals", "open_upload"]
_WHERE = {"contents_lent": "contents", "Desk": "desk", "Sheet": "models"}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_WHERE.get(name, 'opening')}"), name)
