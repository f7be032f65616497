"""Measures of effectiveness; see `Characteristic.EFFECTIVENESS`."""
