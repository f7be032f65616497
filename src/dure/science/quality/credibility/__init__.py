"""Measures of credibility; see `Characteristic.CREDIBILITY`."""
