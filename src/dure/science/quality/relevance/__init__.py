"""Measures of relevance; see `Characteristic.RELEVANCE`."""
