"""Measures of efficiency; see `Characteristic.EFFICIENCY`."""
