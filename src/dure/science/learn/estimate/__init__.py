"""Estimate a number from a row: a strength, a temperature, a remaining capacity. `y` and output are in its unit."""
