"""Measures of precision; see `Characteristic.PRECISION`."""
