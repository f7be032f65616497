"""Measures of diversity; see `Characteristic.DIVERSITY`."""
