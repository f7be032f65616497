"""Measures of representativeness; see `Characteristic.REPRESENTATIVENESS`."""
