"""Measures of similarity; see `Characteristic.SIMILARITY`."""
