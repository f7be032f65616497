"""Pages of what is served: which faces are on, who may read, and whether dure lives."""

from dure.plant.serve.views.faces import admit, dismiss, opcua, page, sparkplug

__all__ = ["admit", "dismiss", "opcua", "page", "sparkplug"]
