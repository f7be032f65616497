"""Measures of completeness; see `Characteristic.COMPLETENESS`."""
