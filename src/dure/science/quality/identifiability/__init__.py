"""Measures of identifiability; see `Characteristic.IDENTIFIABILITY`."""
