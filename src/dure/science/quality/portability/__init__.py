"""Measures of portability; see `Characteristic.PORTABILITY`."""
