"""Measures of currentness; see `Characteristic.CURRENTNESS`."""
