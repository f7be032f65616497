"""Measures of accuracy; see `Characteristic.ACCURACY`."""
