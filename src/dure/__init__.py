"""dure: from raw machine data to AI on the line, and to data shared under contract."""

__version__ = "0.1.0"
