"""Measures of timeliness; see `Characteristic.TIMELINESS`."""
