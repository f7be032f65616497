"""Measures of consistency; see `Characteristic.CONSISTENCY`."""
