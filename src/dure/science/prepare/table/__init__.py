"""Steps on tables: each row is treated by itself, with what was frozen at `fit`.

A table is rows by named columns; a column holds numbers [float64], text, times or yes/no. One file here is one
step: a frozen dataclass below `dure.science.prepare.step.Step`, found by its place.
"""
