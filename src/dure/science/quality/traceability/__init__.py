"""Measures of traceability; see `Characteristic.TRACEABILITY`."""
