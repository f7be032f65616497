"""Measures of understandability; see `Characteristic.UNDERSTANDABILITY`."""
