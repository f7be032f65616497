"""Steps on series: rows in the order in which they were measured, each with a few rows before it.

A series is a table whose rows are evenly spaced measurements, oldest first. One file here is one step: a frozen
dataclass below `dure.science.prepare.step.Step`, found by its place; `warm_up` says how many rows before a row
its result may depend on.
"""
